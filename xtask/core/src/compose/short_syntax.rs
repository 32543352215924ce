//! Owns the short syntax of mounts, ports and devices: `SOURCE:TARGET:MODE`, `IP:PUBLISHED:TARGET/PROTOCOL`. A colon within
//! `${…}` does not separate, so an expression stands for (a part of) one field. It must never check whether a source exists.

use super::interpolation::{is_open, split_outside};

/// A mount in short syntax.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Volume<'a> {
    /// A path or the name of a volume; none for an anonymous volume.
    pub(super) source: Option<&'a str>,
    pub(super) target: &'a str,
}

/// A port in short syntax. What is not given is empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Port<'a> {
    pub(super) ip: &'a str,
    pub(super) published: &'a str,
    pub(super) target: &'a str,
    pub(super) protocol: &'a str,
}

/// Reads a mount. None when it has too many or empty fields.
pub(super) fn volume(text: &str) -> Option<Volume<'_>> {
    if text.is_empty() {
        return None;
    }
    if text.len() <= 2 {
        return Some(Volume { source: None, target: text });
    }
    let fields = join_drives(text, split_outside(text, ':'));
    if fields.iter().any(|field| field.is_empty()) {
        return None;
    }
    match fields.as_slice() {
        [target] => Some(Volume { source: None, target }),
        [source, target] | [source, target, _] => Some(Volume { source: Some(source), target }),
        _ => None,
    }
}

/// A single letter before a colon is a Windows drive and belongs to what follows.
fn join_drives<'a>(text: &'a str, fields: Vec<&'a str>) -> Vec<&'a str> {
    let mut joined = Vec::with_capacity(fields.len());
    let (mut start, mut at) = (0, 0);
    for (index, field) in fields.iter().enumerate() {
        let end = at + field.len();
        let is_drive = start == at
            && field.len() == 1
            && field.starts_with(|c: char| c.is_ascii_alphabetic())
            && index + 1 < fields.len();
        if !is_drive {
            joined.push(text.get(start..end).unwrap_or_default());
            start = end + 1;
        }
        at = end + 1;
    }
    joined
}

/// Whether the source of a mount is a path rather than the name of a volume.
pub(super) fn is_path(source: &str) -> bool {
    let drive =
        source.as_bytes().get(1) == Some(&b':') && source.starts_with(|c: char| c.is_ascii_alphabetic());
    source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") || drive
}

/// Reads a port. None when a number, a range or the protocol is wrong.
pub(super) fn port(text: &str) -> Option<Port<'_>> {
    let (binding, protocol) = match split_outside(text, '/').as_slice() {
        [binding] => (*binding, "tcp"),
        [binding, protocol] => (*binding, *protocol),
        _ => return None,
    };
    let fields = split_outside(binding, ':');
    let target = fields.last().copied()?;
    let published = fields.iter().rev().nth(1).copied().unwrap_or_default();
    let ip_length = binding.len().checked_sub(target.len() + published.len() + 2);
    let ip = ip_length.and_then(|length| binding.get(..length)).unwrap_or_default();
    let port = Port { ip: ip.trim_start_matches('[').trim_end_matches(']'), published, target, protocol };
    is_right(&port).then_some(port)
}

fn is_right(port: &Port<'_>) -> bool {
    let protocols = ["tcp", "udp", "sctp"];
    let protocol = is_open(port.protocol) || protocols.iter().any(|p| p.eq_ignore_ascii_case(port.protocol));
    if port.target.is_empty() || !protocol {
        return false;
    }
    let (target, published) = (range(port.target), range(port.published));
    match (target, published) {
        (Range::Wrong, _) | (_, Range::Wrong) => false,
        (Range::Of(1), _) | (Range::Open, _) | (_, Range::Open | Range::Absent) => true,
        (Range::Of(targets), Range::Of(ports)) => targets == ports,
        (Range::Absent, _) => false,
    }
}

/// How many ports a field names.
enum Range {
    Absent,
    Open,
    Of(u32),
    Wrong,
}

fn range(field: &str) -> Range {
    if field.is_empty() {
        return Range::Absent;
    }
    if is_open(field) {
        return Range::Open;
    }
    let (first, last) = field.split_once('-').unwrap_or((field, field));
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) if first <= last => Range::Of(u32::from(last - first) + 1),
        _ => Range::Wrong,
    }
}

/// The device in the container, by default the one on the host.
pub(super) fn device_target(text: &str) -> &str {
    let fields = split_outside(text, ':');
    fields.get(1).or_else(|| fields.first()).copied().unwrap_or_default()
}

/// A path without `.`, `..`, doubled and trailing slashes, as Compose compares targets.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_around_expressions() {
        let cases = [
            ("/data", None, "/data"),
            ("db:/data", Some("db"), "/data"),
            ("./a:/b:ro,z", Some("./a"), "/b"),
            ("${ROOT:?set it}/pg:/data", Some("${ROOT:?set it}/pg"), "/data"),
            ("${A:-${B:-/x:y}}:/data:ro", Some("${A:-${B:-/x:y}}"), "/data"),
            ("C:\\a:/b", Some("C:\\a"), "/b"),
            ("C:\\a:D:\\b:ro", Some("C:\\a"), "D:\\b"),
            ("d", None, "d"),
        ];
        for (text, source, target) in cases {
            assert_eq!(volume(text), Some(Volume { source, target }), "{text}");
        }
        for text in ["", "aa::b", ":/data", "aa:bb:cc:d/e", "/a:/b:"] {
            assert_eq!(volume(text), None, "{text}");
        }
    }

    #[test]
    fn ports_are_read_around_expressions() {
        let cases = [
            ("80", ("", "", "80", "tcp")),
            ("8080:80/udp", ("", "8080", "80", "udp")),
            ("127.0.0.1:8080:80", ("127.0.0.1", "8080", "80", "tcp")),
            ("127.0.0.1::80", ("127.0.0.1", "", "80", "tcp")),
            ("[::1]:8080:80", ("::1", "8080", "80", "tcp")),
            ("${IP:-0.0.0.0}:${PORT:-80}:80", ("${IP:-0.0.0.0}", "${PORT:-80}", "80", "tcp")),
            ("8000-8010:9000-9010", ("", "8000-8010", "9000-9010", "tcp")),
            ("8000-8010:80", ("", "8000-8010", "80", "tcp")),
        ];
        for (text, (ip, published, target, protocol)) in cases {
            assert_eq!(port(text), Some(Port { ip, published, target, protocol }), "{text}");
        }
        for text in ["", "a:80", "80:", "8000-8001:80-82", "80/icmp", "70000:80", "9-8:9-8", "80/tcp/udp"] {
            assert_eq!(port(text), None, "{text}");
        }
    }

    #[test]
    fn targets_are_compared_clean() {
        for (path, clean_path) in [
            ("/data/", "/data"),
            ("/a//b/./c/..", "/a/b"),
            ("/..", "/"),
            ("a/", "a"),
            ("", "."),
            ("../a", "../a"),
        ] {
            assert_eq!(clean(path), clean_path, "{path}");
        }
    }
}
