//! `config/bundles.yaml`: the variants and what travels in them. Never says how a bundle is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The bundles of a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BundlesConfig {
    /// The format of this file; 1.
    #[schemars(example = 1)]
    pub format: u32,
    /// The variants, the first being the one the others are compared with.
    pub variants: Vec<VariantConfig>,
    /// The service configuration files that travel in a bundle.
    #[serde(default)]
    pub files: Vec<FileRule>,
    /// How exactly the tags of third-party images have to say what they mean.
    #[serde(default)]
    pub pins: PinsConfig,
}

/// What holds for the tags of third-party images, beyond the rule that each names one version to the patch level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinsConfig {
    /// The images whose tags may say less. One that excuses nothing is a finding.
    #[serde(default)]
    pub exceptions: Vec<PinException>,
}

/// An image whose tag says less than others and still stays what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinException {
    /// The image: with a tag where that one is meant, without where `numbers` says how its releases are numbered.
    #[schemars(example = &"docker.io/library/postgres")]
    pub image: String,
    /// How many numbers a release of the image has: 2 where they are called `17.5` and `17.6`, 1 where they are called `4719`.
    pub numbers: Option<u8>,
    /// Why its tag stays what it is.
    #[schemars(example = &"PostgreSQL numbers its releases 17.5, 17.6")]
    pub reason: String,
}

/// One variant: one bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantConfig {
    /// Its name, as in `cpu`.
    #[schemars(example = &"cpu")]
    pub id: String,
    /// What follows the version in its asset names, as in `-gpu`.
    #[serde(default)]
    pub suffix: String,
    /// Its Compose files: the base first, then the overlays in order.
    pub compose: Vec<String>,
    /// The services it has beyond those of the first variant. Anything else that differs is a finding.
    #[serde(default)]
    pub adds_services: Vec<String>,
    /// The services of the first variant that it may change.
    #[serde(default)]
    pub changes_services: Vec<String>,
}

/// A file or folder of the repository that travels in a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// The file or folder, from the root of the repository. A file that ends in `.j2` is rendered first, with `product`, `version` (without `v`) and `variant`, and loses the ending.
    #[schemars(example = &"config/services/api")]
    pub from: String,
    /// Its place in the bundle.
    #[schemars(example = &"configs/api")]
    pub to: String,
    /// The variants it travels in; all where empty.
    #[serde(default)]
    pub variants: Vec<String>,
}
