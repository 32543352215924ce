//! `config/compatibility.yaml`: which versions an installation may be updated from, where it has to stop on its way, and from where it
//! cannot simply go back. Says nothing about a version that the source commit is not released as.

use bundle_format::updating::{Rollback, Updating};
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

/// What goes with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompatibilityConfig {
    /// The format of this file; 1.
    #[schemars(example = 1)]
    pub format: u32,
    /// What updates of installations have to heed.
    #[serde(default)]
    pub updates: UpdatesConfig,
}

/// What updates of installations have to heed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatesConfig {
    /// The lowest version that can be updated at once to what is released from here. Without it every version can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "semver"))]
    pub from: Option<Version>,
    /// The versions that no update may pass over, because something is done there that later versions rely on.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub stops: Vec<Version>,
    /// The versions that change data in a way that the versions before them do not read.
    #[serde(default)]
    pub irreversible: Vec<IrreversibleChange>,
}

/// A change of data that the versions before it do not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IrreversibleChange {
    /// The first version that has it.
    #[schemars(with = "String", extend("format" = "semver"), example = &"2.0.0")]
    pub version: Version,
    /// What going back beyond it takes.
    #[schemars(example = &"restore")]
    pub back: WayBack,
}

/// What going back beyond an irreversible change takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WayBack {
    /// The backup from before the update is restored.
    Restore,
    /// There is none.
    Never,
}

impl UpdatesConfig {
    /// What it takes to update to a version that is released from here, and to go back from it.
    ///
    /// A pre-release is told as the version that it may become, so that promoting it changes nothing. What is declared of a later version
    /// does not count yet.
    #[must_use]
    pub fn of(&self, version: &Version) -> Updating {
        let reached = reached(version);
        let mut stops: Vec<Version> = self.stops.iter().filter(|stop| **stop <= reached).cloned().collect();
        stops.sort();
        let passed = |change: &&IrreversibleChange| {
            change.version <= reached && self.from.as_ref().is_none_or(|from| change.version > *from)
        };
        let passed = || self.irreversible.iter().filter(passed);
        Updating {
            min_upgradable_from: self.from.clone(),
            mandatory_stops: stops,
            rollback: passed().map(|change| change.back.into()).max().unwrap_or_default(),
            data_since: passed().map(|change| change.version.clone()).max(),
        }
    }
}

/// The stable version that a version is or may become.
pub(crate) const fn reached(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

impl From<WayBack> for Rollback {
    fn from(back: WayBack) -> Self {
        match back {
            WayBack::Restore => Self::Restore,
            WayBack::Never => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    fn updates() -> UpdatesConfig {
        let change = |text, back| IrreversibleChange { version: version(text), back };
        UpdatesConfig {
            from: None,
            stops: vec![version("2.0.0"), version("1.4.0")],
            irreversible: vec![change("2.0.0", WayBack::Never), change("1.4.0", WayBack::Restore)],
        }
    }

    #[test]
    fn a_version_is_told_what_was_declared_up_to_it() {
        for (of, stops, rollback, since) in [
            ("1.3.9", &[][..], Rollback::Free, None),
            ("1.4.0", &["1.4.0"], Rollback::Restore, Some("1.4.0")),
            ("1.9.2", &["1.4.0"], Rollback::Restore, Some("1.4.0")),
            ("2.0.0-rc.1", &["1.4.0", "2.0.0"], Rollback::Never, Some("2.0.0")),
            ("2.0.0", &["1.4.0", "2.0.0"], Rollback::Never, Some("2.0.0")),
            ("3.1.0", &["1.4.0", "2.0.0"], Rollback::Never, Some("2.0.0")),
        ] {
            let told = updates().of(&version(of));
            assert_eq!(
                told.mandatory_stops,
                stops.iter().map(|stop| version(stop)).collect::<Vec<_>>(),
                "{of}"
            );
            assert_eq!((told.rollback, told.data_since), (rollback, since.map(version)), "{of}");
        }
        assert!(UpdatesConfig::default().of(&version("1.0.0")).is_free());
    }

    #[test]
    fn what_nobody_who_may_update_has_before_him_needs_no_way_back() {
        let from = |text| UpdatesConfig { from: Some(version(text)), stops: Vec::new(), ..updates() };
        let told = from("2.0.0").of(&version("2.1.0"));
        assert_eq!((told.rollback, told.data_since), (Rollback::Free, None));
        let told = from("1.4.0").of(&version("1.5.0"));
        assert_eq!((told.rollback, told.min_upgradable_from), (Rollback::Free, Some(version("1.4.0"))));
        assert_eq!(from("1.4.0").of(&version("2.0.0")).rollback, Rollback::Never);
    }
}
