//! `bundle.json`, the manifest of one bundle: every file and image it holds. Never says anything that differs between two builds
//! of the same source, version and digests.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::contract::EnvironmentContract;
use crate::digest::Sha256Hex;
use crate::updating::Updating;

/// The newest manifest format this crate writes and reads.
pub const FORMAT: u32 = 1;

/// The manifest's name inside the archive.
pub const FILE_NAME: &str = "bundle.json";

/// The manifest of one bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format number, [`FORMAT`].
    pub format: u32,
    /// The platform's name.
    pub product: String,
    /// The platform's version, without `v`.
    #[schemars(with = "String")]
    pub version: Version,
    /// Which variant this bundle is.
    pub variant: String,
    /// The commit the bundle was made from, 40 hexadecimal digits.
    pub source_commit: String,
    /// When that commit was made, RFC 3339 in UTC.
    pub source_date: String,
    /// Whether this bundle came out of a rehearsal, whose registry makes digests up. Verification refuses it as a release.
    pub rehearsed: bool,
    /// Every image of the Compose file, by service.
    pub images: BTreeMap<String, Image>,
    /// Every other file of the archive, by path.
    pub files: BTreeMap<String, File>,
    /// The environment contract: every variable the bundle takes.
    pub environment: EnvironmentContract,
    /// What it takes to update to this version, and to go back from it. Missing where nothing was declared.
    #[serde(default, skip_serializing_if = "Updating::is_free")]
    pub updating: Updating,
}

/// One image and what it resolved to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The reference for people, `host/path:tag`.
    pub reference: String,
    /// The digest of the image index (or of the manifest, for an image of one platform). None where no registry was asked;
    /// such a bundle cannot be published.
    pub digest: Option<Sha256Hex>,
    /// The digest of each platform's manifest, by `os/architecture`.
    pub platforms: BTreeMap<String, Sha256Hex>,
}

/// One file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The digest of its content.
    pub sha256: Sha256Hex,
    /// Its permission bits as four octal digits, `0644` or `0755`.
    pub mode: String,
    /// Its size in bytes.
    pub size: u64,
}
