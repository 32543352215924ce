//! Owns references to container images: `[host[:port]/]path[:tag][@digest]`. Source: the distribution project's reference grammar
//! and Docker's rules for names without a host. It must never ask a registry.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const DOCKER_HUB: &str = "docker.io";
const OFFICIAL: &str = "library/";
/// The longest name, host included, that registries take.
const MAX_NAME: usize = 255;
const MAX_TAG: usize = 128;
/// The digest algorithms of the OCI image specification, with the number of hexadecimal digits.
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// A reference to an image, with its registry and path written out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageReference {
    registry: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// What is wrong with a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The host is no host name, address or port.
    #[error("`{0}` does not begin with a registry's host; write `host:port/path:tag`")]
    Host(String),
    /// The path has other characters than lower-case letters, digits and single separators, or is missing.
    #[error("`{0}` has no usable path; use lower-case letters, digits, `.`, `_`, `-` and `/`")]
    Path(String),
    /// The tag is empty, too long or has other characters.
    #[error("`{0}` has no usable tag; use at most {MAX_TAG} letters, digits, `.`, `_` and `-`")]
    Tag(String),
    /// The digest has no known algorithm or not as many digits as that has.
    #[error("`{0}` has no usable digest; write `@sha256:` and 64 lower-case hexadecimal digits")]
    Digest(String),
    /// The name is too long.
    #[error("`{0}` is longer than {MAX_NAME} characters; shorten the path")]
    TooLong(String),
}

impl ImageReference {
    /// The registry's host, with its port if it has one; `docker.io` for names without a host.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path in the registry, `library/` included.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The tag, if one is given.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest with its algorithm, if one is given.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Registry and path, without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.path)
    }

    /// The same image with another tag and no digest.
    ///
    /// # Errors
    /// When it is no tag.
    pub fn with_tag(&self, tag: &str) -> Result<Self, ImageError> {
        check_tag(tag).ok_or_else(|| ImageError::Tag(tag.to_owned()))?;
        Ok(Self { tag: Some(tag.to_owned()), digest: None, ..self.clone() })
    }

    /// The same image pinned to a digest; the tag stays, for people.
    ///
    /// # Errors
    /// When it is no digest.
    pub fn with_digest(&self, digest: &str) -> Result<Self, ImageError> {
        check_digest(digest).ok_or_else(|| ImageError::Digest(digest.to_owned()))?;
        Ok(Self { digest: Some(digest.to_owned()), ..self.clone() })
    }

    /// The short form that people write: `postgres:17` for `docker.io/library/postgres:17`.
    pub fn familiar(&self) -> String {
        let mut short = match (self.registry.as_str(), self.path.strip_prefix(OFFICIAL)) {
            (DOCKER_HUB, Some(name)) if !name.contains('/') => name.to_owned(),
            (DOCKER_HUB, _) => self.path.clone(),
            _ => self.name(),
        };
        self.write_suffix(&mut short);
        short
    }

    fn write_suffix(&self, out: &mut String) {
        for (separator, part) in [(':', &self.tag), ('@', &self.digest)] {
            if let Some(part) = part {
                out.push(separator);
                out.push_str(part);
            }
        }
    }
}

impl fmt::Display for ImageReference {
    /// Writes the reference with registry and path in full.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.name();
        self.write_suffix(&mut text);
        f.write_str(&text)
    }
}

impl FromStr for ImageReference {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon behind the last slash begins the tag; before it, a port.
        let path_start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest.get(path_start..).and_then(|last| last.find(':')) {
            Some(colon) => {
                let (name, tag) = rest.split_at_checked(path_start + colon).unwrap_or((rest, ""));
                (name, tag.strip_prefix(':'))
            }
            None => (rest, None),
        };
        let (registry, path) = split_registry(name);
        let own = || text.to_owned();
        check_host(registry).ok_or_else(|| ImageError::Host(own()))?;
        check_path(&path).ok_or_else(|| ImageError::Path(own()))?;
        tag.map_or(Some(()), check_tag).ok_or_else(|| ImageError::Tag(own()))?;
        digest.map_or(Some(()), check_digest).ok_or_else(|| ImageError::Digest(own()))?;
        if registry.len() + 1 + path.len() > MAX_NAME {
            return Err(ImageError::TooLong(own()));
        }
        if is_identifier(name) {
            return Err(ImageError::Path(own()));
        }
        let own = |part: Option<&str>| part.map(str::to_owned);
        Ok(Self { registry: registry.to_owned(), path, tag: own(tag), digest: own(digest) })
    }
}

impl TryFrom<String> for ImageReference {
    type Error = ImageError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ImageReference> for String {
    fn from(image: ImageReference) -> Self {
        image.to_string()
    }
}

/// The first part is a host when it has a dot, a port or capital letters, or is `localhost`.
fn split_registry(name: &str) -> (&str, String) {
    let is_host = |part: &str| {
        part.contains(['.', ':']) || part == "localhost" || part.chars().any(|c| c.is_ascii_uppercase())
    };
    match name.split_once('/') {
        Some((host, path)) if is_host(host) && !matches!(host, "index.docker.io" | DOCKER_HUB) => {
            (host, path.to_owned())
        }
        Some((host, path)) if is_host(host) => (DOCKER_HUB, official(path)),
        _ => (DOCKER_HUB, official(name)),
    }
}

fn official(path: &str) -> String {
    if path.contains('/') { path.to_owned() } else { format!("{OFFICIAL}{path}") }
}

/// 64 hexadecimal digits are the id of an image, not its name.
fn is_identifier(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(is_lower_hex)
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

fn check_host(host: &str) -> Option<()> {
    let (host, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            let is_address =
                !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
            let port = if port.is_empty() { None } else { Some(port.strip_prefix(':')?) };
            return (is_address && port.is_none_or(is_port)).then_some(());
        }
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (host.split('.').all(is_label) && port.is_none_or(is_port)).then_some(())
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_path(path: &str) -> Option<()> {
    path.split('/').all(is_component).then_some(())
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_component(component: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_separator = |part: &str| matches!(part, "." | "_" | "__") || part.bytes().all(|byte| byte == b'-');
    component.starts_with(is_word)
        && component.ends_with(is_word)
        && component.split(is_word).filter(|part| !part.is_empty()).all(is_separator)
}

fn check_tag(tag: &str) -> Option<()> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts_right = tag.bytes().next().is_some_and(is_word);
    let is_right = tag.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'));
    (starts_right && is_right && tag.len() <= MAX_TAG).then_some(())
}

fn check_digest(digest: &str) -> Option<()> {
    let (algorithm, hex) = digest.split_once(':')?;
    let known = ALGORITHMS.iter().any(|(name, length)| *name == algorithm && hex.len() == *length);
    (known && hex.bytes().all(is_lower_hex)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn parse(text: &str) -> Result<ImageReference, ImageError> {
        text.parse()
    }

    #[test]
    fn names_are_written_out_as_docker_does() {
        let cases = [
            ("postgres", "docker.io/library/postgres", "postgres"),
            ("postgres:17", "docker.io/library/postgres:17", "postgres:17"),
            ("library/postgres", "docker.io/library/postgres", "postgres"),
            ("docker.io/postgres", "docker.io/library/postgres", "postgres"),
            ("index.docker.io/postgres", "docker.io/library/postgres", "postgres"),
            ("grafana/loki:3", "docker.io/grafana/loki:3", "grafana/loki:3"),
            ("localhost/a", "localhost/a", "localhost/a"),
            ("localhost:5000/a:b", "localhost:5000/a:b", "localhost:5000/a:b"),
            ("ghcr.io/o/a/b__c:v1.0-rc.1", "ghcr.io/o/a/b__c:v1.0-rc.1", "ghcr.io/o/a/b__c:v1.0-rc.1"),
            ("[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a"),
            ("Uppercase/a", "Uppercase/a", "Uppercase/a"),
            ("a/b--c", "docker.io/a/b--c", "a/b--c"),
        ];
        for (text, full, familiar) in cases {
            let image = parse(text).unwrap();
            assert_eq!(image.to_string(), full, "{text}");
            assert_eq!(image.familiar(), familiar, "{text}");
            assert_eq!(parse(full).unwrap(), image, "{text}");
        }
    }

    #[test]
    fn tag_and_digest_are_told_apart_from_a_port() {
        let image = parse(&format!("host:5000/a/b:t@sha256:{HEX}")).unwrap();
        assert_eq!((image.registry(), image.path(), image.tag()), ("host:5000", "a/b", Some("t")));
        assert_eq!(image.digest(), Some(format!("sha256:{HEX}").as_str()));
        assert_eq!(parse("host:5000/a").unwrap().tag(), None);
        assert_eq!(parse(&format!("a@sha256:{HEX}")).unwrap().tag(), None);
    }

    #[test]
    fn what_the_grammar_refuses_is_refused() {
        let path = ["", "/a", "a/", "a//b", "A", "a/B", "a_", "a..b", "a___b", "-a", HEX, "a b", "ä", "a/b?"];
        for text in path {
            assert!(matches!(parse(text), Err(ImageError::Path(_))), "{text}");
        }
        let host = ["-a.b/c", "a.-b/c", "a..b/c", "a:x/b", "a:/b", ".a/b", "[::1/b", "[g::]/b"];
        for text in host {
            assert!(matches!(parse(text), Err(ImageError::Host(_))), "{text}");
        }
        for text in ["a:", "a:.b", "a:-b", "a:b:c", "a:b c", &format!("a:{}", "t".repeat(129))] {
            assert!(matches!(parse(text), Err(ImageError::Tag(_))), "{text}");
        }
        let upper = HEX.to_uppercase();
        for digest in ["", "sha256:", "sha256:abc", "md5:0123", &format!("sha256:{upper}"), HEX] {
            assert!(matches!(parse(&format!("a@{digest}")), Err(ImageError::Digest(_))), "{digest}");
        }
        assert!(matches!(parse(&format!("a.b/{}", "c".repeat(252))), Err(ImageError::TooLong(_))));
        assert!(parse(&format!("a.b/{}", "c".repeat(251))).is_ok());
    }

    #[test]
    fn a_pin_keeps_the_tag_and_a_new_tag_drops_the_pin() {
        let pinned = parse("a:1").unwrap().with_digest(&format!("sha256:{HEX}")).unwrap();
        assert_eq!(pinned.familiar(), format!("a:1@sha256:{HEX}"));
        assert_eq!(pinned.with_tag("2").unwrap().familiar(), "a:2");
        assert!(pinned.with_tag("").is_err() && pinned.with_digest("x").is_err());
    }

    #[test]
    fn serde_reads_and_writes_a_string() {
        let image: ImageReference = serde_json::from_str("\"postgres:17\"").unwrap();
        assert_eq!(serde_json::to_string(&image).unwrap(), "\"docker.io/library/postgres:17\"");
        assert!(serde_json::from_str::<ImageReference>("\"A:\"").is_err());
    }
}
