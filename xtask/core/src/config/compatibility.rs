//! `config/compatibility.yaml`: which versions an installation may be updated from, where it has to stop on its way, and from where it
//! cannot simply go back. Says nothing about a version that the source commit is not released as.

use bundle_format::updating::{Irreversible, Rollback, Updating, back_to, stable};
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
    /// does not count.
    #[must_use]
    pub fn of(&self, version: &Version) -> Updating {
        let version = stable(version);
        let mut stops: Vec<Version> = self.stops.iter().filter(|stop| **stop <= version).cloned().collect();
        stops.sort();
        let reached = self.irreversible.iter().filter(|change| change.version <= version);
        let mut irreversible: Vec<Irreversible> = reached.map(Irreversible::from).collect();
        irreversible.sort_by(|one, other| one.version.cmp(&other.version));
        // Whoever is behind the last stop updates to that one first.
        let last_stop = stops.iter().rfind(|stop| **stop < version);
        let lowest = self.from.iter().chain(last_stop).max().cloned().unwrap_or(Version::new(0, 0, 0));
        Updating {
            min_upgradable_from: self.from.clone(),
            rollback: back_to(&irreversible, &lowest),
            mandatory_stops: stops,
            irreversible,
        }
    }
}

impl From<&IrreversibleChange> for Irreversible {
    fn from(change: &IrreversibleChange) -> Self {
        Self { version: change.version.clone(), back: change.back.into() }
    }
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

    fn updates(from: Option<&str>, stops: &[&str]) -> UpdatesConfig {
        let change = |text, back| IrreversibleChange { version: version(text), back };
        UpdatesConfig {
            from: from.map(version),
            stops: stops.iter().map(|text| version(text)).collect(),
            irreversible: vec![change("2.0.0", WayBack::Never), change("1.4.0", WayBack::Restore)],
        }
    }

    #[test]
    fn a_version_is_told_what_was_declared_up_to_it() {
        assert!(UpdatesConfig::default().of(&version("1.0.0")).is_free());
        for (of, stops, changes, rollback) in [
            ("1.3.9", &[][..], &[][..], Rollback::Free),
            ("1.4.0", &["1.3.0"], &["1.4.0"], Rollback::Restore),
            ("2.0.0-rc.1", &["1.3.0"], &["1.4.0", "2.0.0"], Rollback::Never),
            ("2.0.0", &["1.3.0"], &["1.4.0", "2.0.0"], Rollback::Never),
            ("3.1.0", &["1.3.0"], &["1.4.0", "2.0.0"], Rollback::Never),
        ] {
            let told = updates(None, stops).of(&version(of));
            let versions = |texts: &[&str]| texts.iter().map(|text| version(text)).collect::<Vec<_>>();
            let told_changes: Vec<_> =
                told.irreversible.iter().map(|change| change.version.clone()).collect();
            assert_eq!((told.mandatory_stops, told_changes), (versions(stops), versions(changes)), "{of}");
            assert_eq!(told.rollback, rollback, "{of}");
        }
    }

    #[test]
    fn the_class_is_of_what_may_be_updated_at_once_and_the_changes_are_of_every_older_version() {
        for (from, stops, of, rollback) in [
            (None, &[][..], "2.1.0", Rollback::Never),
            (Some("1.4.0"), &[], "1.5.0", Rollback::Free),
            (Some("1.4.0"), &[], "2.0.0", Rollback::Never),
            (Some("2.0.0"), &[], "2.1.0", Rollback::Free),
            (None, &["2.0.0", "1.4.0"], "2.1.0", Rollback::Free),
            (None, &["2.0.0"], "2.0.0", Rollback::Never),
        ] {
            let told = updates(from, stops).of(&version(of));
            assert_eq!(told.rollback, rollback, "{from:?} {stops:?} {of}");
            assert_eq!(
                told.back_to(&version("1.3.0")),
                match told.irreversible.len() {
                    1 => Rollback::Restore,
                    _ => Rollback::Never,
                }
            );
        }
    }

    #[test]
    fn going_back_takes_the_worst_of_what_is_passed() {
        let told = updates(None, &[]).of(&version("2.1.0"));
        for (to, back) in [
            ("2.0.0", Rollback::Free),
            ("2.0.0-rc.1", Rollback::Never),
            ("1.9.0", Rollback::Never),
            ("1.3.0", Rollback::Never),
        ] {
            assert_eq!(told.back_to(&version(to)), back, "{to}");
        }
        let told = updates(None, &[]).of(&version("1.9.0"));
        assert_eq!(told.back_to(&version("1.3.9")), Rollback::Restore);
        assert_eq!(told.back_to(&version("1.4.0-rc.2")), Rollback::Restore, "it may be of before the change");
    }
}
