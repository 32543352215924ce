//! What a repository declares: `config/release.yaml`, `config/bundles.yaml`, `config/env.yaml` and, where it has one,
//! `config/compatibility.yaml`, typed and validated as a whole, with the lock file of its images.
//! Never holds a platform's facts of its own.

pub mod bucket;
pub mod bundles;
pub mod compatibility;
pub mod environment;
pub mod error;
mod example;
mod format;
pub mod keys;
pub mod locks;
pub(crate) mod nearest;
pub mod parse;
pub mod release;
mod scalar;
pub mod schema;
mod shape;
pub mod validate;

pub use crate::yaml::located::{Locations, Place};
pub use bucket::BucketConfig;
pub use bundles::BundlesConfig;
pub use compatibility::CompatibilityConfig;
pub use error::ConfigError;
pub use locks::ImageLocks;
pub use parse::parse_located;
pub use release::ReleaseConfig;

use bundle_format::contract::EnvironmentContract;
use bundle_format::updating::Updating;
use semver::Version;
use serde::{Deserialize, Serialize};

/// Where the configuration files lie in a repository.
pub mod paths {
    /// The folder that holds all of it.
    pub const FOLDER: &str = "config";
    /// Product, repository, version source, labels, branches, channels, registry, own images.
    pub const RELEASE: &str = "config/release.yaml";
    /// The variants and the files that travel in them.
    pub const BUNDLES: &str = "config/bundles.yaml";
    /// The environment contract.
    pub const ENVIRONMENT: &str = "config/env.yaml";
    /// Which versions go with which; there only where somebody has to say something about it.
    pub const COMPATIBILITY: &str = "config/compatibility.yaml";
    /// What third-party images resolved to; there only where somebody wants it.
    pub const LOCKS: &str = "config/images.lock.yaml";
}

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// `config/release.yaml`.
    pub release: ReleaseConfig,
    /// `config/bundles.yaml`.
    pub bundles: BundlesConfig,
    /// `config/env.yaml`.
    pub environment: EnvironmentContract,
    /// `config/compatibility.yaml`, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compatibility: Option<CompatibilityConfig>,
    /// `config/images.lock.yaml`, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locks: Option<ImageLocks>,
}

impl Configuration {
    /// What it takes to update to a version that is released from here, and to go back from it.
    #[must_use]
    pub fn updating(&self, version: &Version) -> Updating {
        self.compatibility.as_ref().map(|compatibility| compatibility.updates.of(version)).unwrap_or_default()
    }
}
