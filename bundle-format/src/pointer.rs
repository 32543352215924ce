//! `latest.json`, the pointer of one channel. Never names a release that is not published: the release tool moves pointers last.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::digest::Sha256Hex;

/// The newest pointer format this crate writes and reads.
pub const FORMAT: u32 = 1;

/// The pointer's name in its channel's folder.
pub const FILE_NAME: &str = "latest.json";

/// What a channel points at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pointer {
    /// The format number, [`FORMAT`].
    pub format: u32,
    /// The platform's name.
    pub product: String,
    /// The channel's name.
    pub channel: String,
    /// Grows by one with each move of this channel; a reader refuses a lower one.
    pub sequence: u64,
    /// The version the channel points at, without `v`.
    #[schemars(with = "String")]
    pub version: Version,
    /// When that version was released, RFC 3339 in UTC.
    pub released_at: String,
    /// The bundle of each variant.
    pub bundles: BTreeMap<String, PointedBundle>,
}

/// One variant's bundle: names and digests of its assets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointedBundle {
    /// The archive's asset name.
    pub archive: String,
    /// The archive's digest.
    pub archive_sha256: Sha256Hex,
    /// The manifest's asset name.
    pub manifest: String,
    /// The manifest's digest.
    pub manifest_sha256: Sha256Hex,
}
