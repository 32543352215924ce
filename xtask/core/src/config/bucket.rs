//! `pointers.s3` in `config/release.yaml`: a bucket that the pointers of channels are copied to. Never reaches it and knows no credentials.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channels;

/// A bucket that every pointer is copied to, after it moved on the branch. It is spoken to as Amazon S3 is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketConfig {
    /// The server: `https://` and its name, or `http://` on this machine.
    #[schemars(example = &"https://s3.eu-central-1.amazonaws.com")]
    pub endpoint: String,
    /// The region that requests are signed for.
    #[serde(default = "default_region")]
    pub region: String,
    /// The bucket's name.
    #[schemars(example = &"releases")]
    pub bucket: String,
    /// The folder of the objects, as in `platform` for `platform/latest/latest.json`. Without it they lie at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"platform")]
    pub prefix: Option<String>,
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

impl BucketConfig {
    /// The object that the pointer of a channel is copied to.
    #[must_use]
    pub fn key(&self, channel: &str) -> String {
        self.below(&channels::path(channel))
    }

    /// An object below the folder.
    #[must_use]
    pub fn below(&self, name: &str) -> String {
        match &self.prefix {
            Some(prefix) => format!("{prefix}/{name}"),
            None => name.to_owned(),
        }
    }

    /// The address of an object.
    #[must_use]
    pub fn address(&self, key: &str) -> String {
        format!("{}/{}/{key}", self.endpoint.trim_end_matches('/'), self.bucket)
    }

    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.endpoint.split_once("://").is_some_and(|(_, rest)| is_loopback(rest.trim_end_matches('/')))
    }
}

/// Whether an endpoint is encrypted, or on this machine, and is nothing but a server.
#[must_use]
pub(super) fn is_endpoint(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let server = rest.strip_suffix('/').unwrap_or(rest);
    let (name, port) = match server.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (server, None),
    };
    let right_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let bare = name.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let right_name = match bare {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let right = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'.' | b'-');
            !name.is_empty() && name.bytes().all(right)
        }
    };
    right_name && right_port && (scheme == "https" || (scheme == "http" && is_loopback(server)))
}

/// Whether a bucket may have this name.
#[must_use]
pub(super) fn is_bucket(text: &str) -> bool {
    let right = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().last()];
    (3..=63).contains(&text.len())
        && ends.into_iter().flatten().all(right)
        && text.bytes().all(|letter| right(letter) || matches!(letter, b'.' | b'-'))
}

/// Whether objects may lie in this folder: such a name needs no escape in an address.
#[must_use]
pub(super) fn is_prefix(text: &str) -> bool {
    let right = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'.' | b'-' | b'_');
    text.split('/')
        .all(|part| !part.is_empty() && part.bytes().any(|letter| letter != b'.') && part.bytes().all(right))
}

fn is_loopback(server: &str) -> bool {
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|here| server.strip_prefix(here).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_encrypted_or_here_and_nothing_but_a_server() {
        for right in [
            "https://s3.example",
            "https://s3.example/",
            "https://s3.example:9000",
            "https://[2001:db8::1]:9000",
            "http://127.0.0.1:9000",
            "http://localhost",
            "http://[::1]:9",
        ] {
            assert!(is_endpoint(right), "{right}");
        }
        for wrong in [
            "s3.example",
            "http://s3.example",
            "http://127.0.0.1.example",
            "https://",
            "https://user:word@s3.example",
            "https://s3.example/path",
            "https://s3.example?x",
            "https://s3.example:0",
            "https://[s3]:1",
            "ftp://127.0.0.1",
        ] {
            assert!(!is_endpoint(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_address_of_an_object_is_below_the_bucket() {
        let mut bucket = BucketConfig {
            endpoint: "https://s3.example/".to_owned(),
            region: default_region(),
            bucket: "releases".to_owned(),
            prefix: None,
        };
        assert_eq!(bucket.address(&bucket.key("rc")), "https://s3.example/releases/rc/latest.json");
        bucket.prefix = Some("a/b".to_owned());
        assert_eq!(bucket.address(&bucket.key("rc")), "https://s3.example/releases/a/b/rc/latest.json");
        assert!(!bucket.is_here());
        bucket.endpoint = "http://127.0.0.1:9000".to_owned();
        assert!(bucket.is_here());
    }

    #[test]
    fn names_that_would_need_an_escape_are_none() {
        assert!(is_bucket("my.bucket-1") && is_prefix("a/b_c/1.x"));
        for wrong in ["ab", "Bucket", "-ab", "a_b", "ab.", &"a".repeat(64)] {
            assert!(!is_bucket(wrong), "{wrong}");
        }
        for wrong in ["", "/a", "a/", "a//b", "..", "a/./b", "a b", "ä"] {
            assert!(!is_prefix(wrong), "{wrong}");
        }
    }
}
