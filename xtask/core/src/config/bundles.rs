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
