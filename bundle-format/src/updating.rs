//! What it takes to update to a version, and to go back from it. Declared by the platform; never decides whether an installation may be
//! updated: whoever updates it does.

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

/// What it takes to update to a version, and to go back from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Updating {
    /// The lowest version that can be updated to this one at once. Missing where every version can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub min_upgradable_from: Option<Version>,
    /// The versions that an update may not pass over, the lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub mandatory_stops: Vec<Version>,
    /// What going back takes, from this version to the farthest that can be updated to it at once.
    #[serde(default)]
    pub rollback: Rollback,
    /// The lowest version that reads the data of this one: going back no farther than that takes nothing, whatever `rollback` says.
    /// Missing where every version does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub data_since: Option<Version>,
}

/// What going back from a version takes; each is worse than the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rollback {
    /// Nothing was declared that stands against it: the older version starts on the same data.
    #[default]
    Free,
    /// The backup from before the update has to be restored: the older version does not read the newer data.
    Restore,
    /// There is no way back.
    Never,
}

impl Updating {
    /// Whether nothing was declared: every version can be updated to this one at once, and back.
    #[must_use]
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }
}
