//! SHA-256 digests as the one way this project names content. Never computes over files, only over bytes it is given.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of some bytes, as 64 lower-case hexadecimal digits.
///
/// ```
/// use bundle_format::digest::Sha256Hex;
/// assert!(Sha256Hex::of(b"").as_str().starts_with("e3b0c442"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// Digests bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut running = Running::default();
        running.update(bytes);
        running.finish()
    }

    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form registries and forges write: `sha256:` and the digits.
    #[must_use]
    pub fn prefixed(&self) -> String {
        format!("sha256:{}", self.0)
    }
}

/// A digest of bytes that come one after the other.
#[derive(Clone, Debug, Default)]
pub struct Running(Sha256);

impl Running {
    /// Digests further bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them.
    #[must_use]
    pub fn finish(self) -> Sha256Hex {
        use fmt::Write as _;
        let mut hex = String::with_capacity(64);
        for byte in self.0.finalize() {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Sha256Hex(hex)
    }
}

/// A text that is not a SHA-256 digest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a SHA-256 digest: 64 lower-case hexadecimal digits are needed")]
pub struct NotADigest(String);

impl TryFrom<String> for Sha256Hex {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.strip_prefix("sha256:").unwrap_or(&text);
        let hexadecimal = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits.len() == 64 && hexadecimal { Ok(Self(digits.to_owned())) } else { Err(NotADigest(text)) }
    }
}

impl From<Sha256Hex> for String {
    fn from(digest: Sha256Hex) -> Self {
        digest.0
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_with_or_without_its_prefix() {
        let digest = Sha256Hex::of(b"abc");
        assert_eq!(Sha256Hex::try_from(digest.to_string()), Ok(digest.clone()));
        assert_eq!(Sha256Hex::try_from(digest.prefixed()), Ok(digest));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "sha256:", "ABC", &"g".repeat(64), &"A".repeat(64)] {
            assert!(Sha256Hex::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
