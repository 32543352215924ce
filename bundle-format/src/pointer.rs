//! `latest.json`, the pointer of one channel, and the envelope that proves it. Never names a release that is not published: the release
//! tool moves pointers last. Reads no clock: who accepts a pointer says what time it is.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::digest::Sha256Hex;
use crate::signature::{self, PublicKey, SignatureError, Subject};
use crate::updating::{Irreversible, Rollback};

/// The newest schema of a pointer that this crate writes and reads.
pub const SCHEMA: u32 = 1;

/// The pointer's name in its channel's folder.
pub const FILE_NAME: &str = "latest.json";

/// The most bytes of an envelope. More is no pointer.
pub const LARGEST: usize = 64 * 1024;

/// How far a sequence may be ahead of the one that a reader knows: whoever steals a key must not be able to use the numbers up.
pub const FARTHEST: u64 = 1000;

/// `latest.json` as it lies on a host: what a channel points at, and the proof of it, in one file so that both always belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The pointer: the text of a JSON object, in base64 with padding.
    #[schemars(extend("contentEncoding" = "base64", "contentMediaType" = "application/json"))]
    signed: String,
    /// The text of a minisign signature over the bytes that `signed` stands for. Missing where a platform signs no pointers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// What a channel points at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pointer {
    /// The number of this schema; 1.
    pub schema: u32,
    /// The platform's name.
    pub product: String,
    /// The channel's name.
    pub channel: String,
    /// Grows by one with each change of this channel; a reader refuses a lower one.
    pub sequence: u64,
    /// The version the channel points at, without `v`.
    #[schemars(with = "String")]
    pub version: Version,
    /// When that version was released, RFC 3339 in UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub released_at: Timestamp,
    /// Until when this pointer counts, RFC 3339 in UTC. Later it says nothing about what is newest.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: Timestamp,
    /// The lowest version that can be updated to this one at once. Missing where every version can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub min_upgradable_from: Option<Version>,
    /// The versions that an update may not pass over, the lowest first.
    #[schemars(with = "Vec<String>")]
    pub mandatory_stops: Vec<Version>,
    /// What going back takes at worst, from this version to one that can be updated to it at once.
    pub rollback: Rollback,
    /// Every irreversible change that this version has, the lowest version first: what going back to a certain version takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub irreversible: Vec<Irreversible>,
    /// The versions of this channel that were withdrawn, the lowest first.
    pub yanked: Vec<Yanked>,
    /// How many of a hundred installations may take this version by themselves.
    #[schemars(range(max = 100))]
    pub rollout_percentage: u8,
    /// The bundle of each variant.
    pub bundles: BTreeMap<String, PointedBundle>,
}

/// A version that was withdrawn: nobody should install it any more. It is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Yanked {
    /// The version, without `v`.
    #[schemars(with = "String")]
    pub version: Version,
    /// Why, in one line.
    pub reason: String,
    /// Since when, RFC 3339 in UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
}

/// One variant's bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointedBundle {
    /// The archive.
    pub archive: PointedFile,
    /// The manifest.
    pub manifest: PointedFile,
}

/// An asset of the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointedFile {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub sha256: Sha256Hex,
    /// Its size in bytes.
    pub size: u64,
}

/// Why a pointer is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// It has more bytes than a pointer can have.
    #[error("it has more than {LARGEST} bytes")]
    TooLarge,
    /// It is not of the form that its schema describes; says where.
    #[error("it is no pointer: {0}")]
    Form(String),
    /// It is of a schema that this version does not read.
    #[error("it has the schema {0}, and this version reads {SCHEMA}")]
    Schema(u32),
    /// Nothing proves it.
    #[error("it is not signed")]
    Unsigned,
    /// The signature proves nothing.
    #[error("its signature proves nothing: {0}")]
    Signature(#[from] SignatureError),
    /// What was signed with it does not say what it says.
    #[error("its signature is of another pointer")]
    Comment,
    /// It is of another platform.
    #[error("it is of the product `{0}`")]
    OtherProduct(String),
    /// It is of another channel.
    #[error("it is of the channel `{0}`")]
    OtherChannel(String),
    /// A newer one was seen before.
    #[error("its sequence {found} is lower than {known}, which was seen before")]
    Older {
        /// Its sequence.
        found: u64,
        /// The one that is known.
        known: u64,
    },
    /// Its sequence is too far ahead.
    #[error("its sequence {found} is more than {FARTHEST} ahead of {known}")]
    TooFar {
        /// Its sequence.
        found: u64,
        /// The one that is known.
        known: u64,
    },
    /// It is old; everything else about it is right. Holds it for a person who takes it all the same.
    #[error("it expired at {}", .0.expires_at)]
    Expired(Box<Pointer>),
}

/// What a reader wants to be told, and what it knows.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The platform.
    pub product: &'a str,
    /// The channel.
    pub channel: &'a str,
    /// The keys of which one has to have signed.
    pub keys: &'a [PublicKey],
    /// Keys that were taken back.
    pub revoked: &'a [PublicKey],
    /// The highest sequence of this product and channel that was ever accepted.
    pub known: Option<u64>,
    /// The time.
    pub now: Timestamp,
}

/// Reads a pointer as operators' tools do: nothing of it counts before its signature is proven, and it must be what was asked for.
///
/// # Errors
///
/// Why it is not taken. [`PointerError::Expired`] comes last: everything else was right then.
pub fn accept(bytes: &[u8], expected: &Expected<'_>) -> Result<Pointer, PointerError> {
    let pointer = Envelope::read(bytes)?.prove(expected.keys, expected.revoked)?;
    if pointer.product != expected.product {
        return Err(PointerError::OtherProduct(pointer.product));
    }
    if pointer.channel != expected.channel {
        return Err(PointerError::OtherChannel(pointer.channel));
    }
    if let Some(known) = expected.known {
        let found = pointer.sequence;
        if found < known {
            return Err(PointerError::Older { found, known });
        }
        if found - known > FARTHEST {
            return Err(PointerError::TooFar { found, known });
        }
    }
    if pointer.expires_at <= expected.now {
        return Err(PointerError::Expired(Box::new(pointer)));
    }
    Ok(pointer)
}

impl Envelope {
    /// The envelope of a pointer's text; without a signature nothing proves it.
    #[must_use]
    pub fn seal(text: &str, signature: Option<String>) -> Self {
        Self { signed: STANDARD.encode(text), signature }
    }

    /// Reads an envelope and proves nothing.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, PointerError> {
        if bytes.len() > LARGEST {
            return Err(PointerError::TooLarge);
        }
        serde_json::from_slice(bytes).map_err(|error| PointerError::Form(error.to_string()))
    }

    /// The envelope as it is published.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Two texts: this cannot fail.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// Whether it carries a signature, of whatever worth.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.signature.is_some()
    }

    /// The pointer inside. Nothing is proven about it.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn unproven(&self) -> Result<Pointer, PointerError> {
        Pointer::read(&self.bytes()?)
    }

    /// The pointer inside, signed by one of `keys` and none of `revoked`, with the comment that says the same.
    ///
    /// # Errors
    ///
    /// Where it is none, or nothing proves it.
    pub fn prove(&self, keys: &[PublicKey], revoked: &[PublicKey]) -> Result<Pointer, PointerError> {
        let bytes = self.bytes()?;
        let signature = self.signature.as_ref().ok_or(PointerError::Unsigned)?;
        let comment = signature::verify(Subject::Pointer, &bytes, signature, keys, revoked)?;
        let pointer = Pointer::read(&bytes)?;
        if comment == pointer.comment() { Ok(pointer) } else { Err(PointerError::Comment) }
    }

    fn bytes(&self) -> Result<Vec<u8>, PointerError> {
        STANDARD.decode(&self.signed).map_err(|error| PointerError::Form(format!("`signed`: {error}")))
    }
}

impl Pointer {
    /// What is signed with it: `name:value` pairs, with tabs between them as minisign itself writes them.
    #[must_use]
    pub fn comment(&self) -> String {
        let Self { product, channel, sequence, version, .. } = self;
        format!("product:{product}\tchannel:{channel}\tseq:{sequence}\tversion:{version}")
    }

    /// The text that is signed.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every map of a pointer has string keys, so this cannot fail.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// Whether the version it points at was withdrawn: there is no good one to fall back to, and nothing to install.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        self.yanked.iter().any(|yanked| yanked.version == self.version)
    }

    fn read(bytes: &[u8]) -> Result<Self, PointerError> {
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
        }
        let form = |error: serde_json::Error| PointerError::Form(error.to_string());
        match serde_json::from_slice::<Head>(bytes).map_err(form)?.schema {
            SCHEMA => serde_json::from_slice(bytes).map_err(form),
            other => Err(PointerError::Schema(other)),
        }
    }
}

#[cfg(test)]
#[path = "pointer_tests.rs"]
mod tests;
