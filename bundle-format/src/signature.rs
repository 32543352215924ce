//! The signatures over the checksums of a release and over the pointer of a channel: minisign, prehashed. Verifies and never signs: no secret key is ever read here.

use std::fmt;

use minisign_verify::{PublicKey as Minisign, Signature};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the name of a signature ends, after the name of what is signed.
pub const ENDING: &str = ".minisig";

/// What a signature is over, as its first line says. What really tells them apart is what is signed: checksums read as no pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The checksums of a release, or a statement about its keys.
    Checksums,
    /// The pointer of a channel.
    Pointer,
}

impl Subject {
    /// The first line of a signature, which everybody can change, and which therefore always says the same.
    #[must_use]
    pub const fn untrusted(self) -> &'static str {
        match self {
            Self::Checksums => "untrusted comment: signature over the checksums of a release",
            Self::Pointer => "untrusted comment: signature over the pointer of a channel",
        }
    }
}

/// What stands before a trusted comment.
const TRUSTED: &str = "trusted comment: ";

/// The most bytes of a signature: four lines of which one has a comment of ours. More is no signature of ours.
pub const LARGEST: usize = 4096;

/// A public key of minisign, as it stands in the second line of its file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "minisign-public-key"), example = &"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")]
pub struct PublicKey(String);

/// Why a text is no public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no public key of minisign: 56 characters that begin with `RW` are needed")]
pub struct NotAKey;

/// Why a signature proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// It is not as this project writes signatures.
    #[error("it is no signature as releases have one")]
    Form,
    /// None of the keys made it.
    #[error("it was made with another key")]
    OtherKey,
    /// A key made it that was taken back.
    #[error("it was made with the key `{0}`, which was revoked")]
    Revoked(PublicKey),
    /// A key made one, but not over these bytes.
    #[error("it is over something else, or was changed")]
    Wrong,
}

impl PublicKey {
    /// The key as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number by which minisign tells keys apart, as its program prints it.
    #[must_use]
    pub fn id(&self) -> String {
        // Two bytes say the algorithm, eight are the number with its lowest byte first: characters 3 to 14 hold them.
        let bytes = base64_bytes(&self.0);
        let digits = bytes.get(2..10).unwrap_or_default().iter().rev();
        digits.map(|byte| format!("{byte:02X}")).collect()
    }

    fn key(&self) -> Result<Minisign, NotAKey> {
        Minisign::from_base64(&self.0).map_err(|_| NotAKey)
    }
}

/// Verifies a signature over bytes and gives its trusted comment. The keys that were taken back count as nobody's.
///
/// # Errors
///
/// Why it proves nothing.
pub fn verify(
    subject: Subject,
    bytes: &[u8],
    signature: &str,
    keys: &[PublicKey],
    revoked: &[PublicKey],
) -> Result<String, SignatureError> {
    let decoded = decode(subject, signature)?;
    let made_by = |key: &PublicKey| match key.key() {
        Ok(minisign) => match minisign.verify(bytes, &decoded, false) {
            Ok(()) => Ok(true),
            Err(minisign_verify::Error::UnexpectedKeyId) => Ok(false),
            Err(_) => Err(SignatureError::Wrong),
        },
        Err(NotAKey) => Ok(false),
    };
    for key in revoked {
        if made_by(key)? {
            return Err(SignatureError::Revoked(key.clone()));
        }
    }
    for key in keys {
        if made_by(key)? {
            return Ok(decoded.trusted_comment().to_owned());
        }
    }
    Err(SignatureError::OtherKey)
}

/// Reads the four lines of a signature and takes nothing else for one: a reader that overlooks what follows them, or what the first
/// says, would call two different files the same signature.
fn decode(subject: Subject, text: &str) -> Result<Signature, SignatureError> {
    let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or_default().split('\n').collect();
    let [untrusted, _, trusted, _] = lines.as_slice() else { return Err(SignatureError::Form) };
    let plain = text.len() <= LARGEST && !text.contains('\r');
    if !plain || *untrusted != subject.untrusted() || !trusted.starts_with(TRUSTED) {
        return Err(SignatureError::Form);
    }
    Signature::decode(text).map_err(|_| SignatureError::Form)
}

/// The bytes that base64 stands for; characters that are none of it are passed over.
fn base64_bytes(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for six in text.bytes().filter_map(value) {
        held = (held << 6 | u32::from(six)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.extend(u8::try_from(held >> bits & 0xff));
        }
    }
    bytes
}

impl TryFrom<String> for PublicKey {
    type Error = NotAKey;

    /// Takes a key, or the text of its file.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        let key = Self(line.to_owned());
        key.key().map(|_| key)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.0
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
