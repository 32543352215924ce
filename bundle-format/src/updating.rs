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
    /// What going back takes at worst, from this version to one that can be updated to it at once.
    #[serde(default)]
    pub rollback: Rollback,
    /// Every irreversible change that this version has, the lowest version first: what going back to a certain version takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub irreversible: Vec<Irreversible>,
}

/// A change of data that the versions before it do not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Irreversible {
    /// The first stable version that has it; of its pre-releases the later ones do.
    #[schemars(with = "String")]
    pub version: Version,
    /// What going back beyond it takes.
    pub back: Rollback,
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
    /// What going back to an older version takes.
    ///
    /// ```
    /// use bundle_format::updating::{Irreversible, Rollback, Updating};
    /// let version = |text: &str| text.parse().unwrap();
    /// let irreversible = vec![Irreversible { version: version("1.4.0"), back: Rollback::Restore }];
    /// let updating = Updating { irreversible, ..Updating::default() };
    /// assert_eq!(updating.back_to(&version("1.3.9")), Rollback::Restore);
    /// assert_eq!(updating.back_to(&version("1.4.0-rc.1")), Rollback::Restore);
    /// assert_eq!(updating.back_to(&version("1.4.0")), Rollback::Free);
    /// ```
    #[must_use]
    pub fn back_to(&self, older: &Version) -> Rollback {
        back_to(&self.irreversible, older)
    }

    /// Whether nothing was declared: every version can be updated to this one at once, and back.
    #[must_use]
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }
}

/// What going back to an older version takes, of a version that has these irreversible changes. Of the pre-releases of the version that
/// brought one nobody knows from when on they had it, so all count as older.
#[must_use]
pub fn back_to(changes: &[Irreversible], older: &Version) -> Rollback {
    let passed = changes.iter().filter(|change| change.version > *older);
    passed.map(|change| change.back).max().unwrap_or_default()
}

/// The stable version that a version is or may become.
#[must_use]
pub const fn stable(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}
