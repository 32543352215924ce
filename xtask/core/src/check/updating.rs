//! The rule about what updates have to heed. Never looks at an installation: only at what a release tells it.

use bundle_format::updating::stable;
use semver::Version;

use crate::channels::is_withdrawn;
use crate::config::compatibility::UpdatesConfig;
use crate::config::paths;
use crate::facts::{Facts, ReleaseFacts};
use crate::finding::{Cause, Finding, Severity};
use crate::identity::Tag;

use super::stop;

pub(super) fn declarations_fit(facts: &Facts, tag: Option<&Tag>) -> Vec<Finding> {
    let (Some(tag), Some(compatibility)) = (tag, &facts.configuration.compatibility) else {
        return Vec::new();
    };
    let UpdatesConfig { from, stops, irreversible } = &compatibility.updates;
    let version = stable(tag.version());
    // Pre-releases are made without asking anybody, and of main while a version to stop at is still tested on its line.
    let severity = if tag.version().pre.is_empty() { Severity::Stop } else { Severity::Note };
    let unfit = |message: String, remedy: &str| {
        let place = format!("in `{}`", paths::COMPATIBILITY);
        let hint = match &facts.promoted {
            None => format!("{remedy} {place}"),
            Some(promoted) => {
                format!("{remedy} {place} where {} comes from, and promote another candidate", promoted.tag)
            }
        };
        Finding { severity, ..stop(Cause::UpdatesUnfit, message, hint) }
    };
    let too_high = from.iter().filter(|from| **from >= version).map(|from| {
        let message = format!("updates to {tag} may begin at {from} at the lowest, so nobody can make one");
        unfit(message, "lower `updates.from`")
    });
    let changes = irreversible.iter().map(|change| &change.version);
    let ahead = stops.iter().chain(changes).filter(|declared| **declared > version).map(|declared| {
        let message = format!("updates have to heed {declared}, and what is released is {tag}");
        unfit(message, "name the version that has the change, or correct the label that decides the version,")
    });
    let closed = stops.iter().filter(|stop| **stop < version).filter_map(|passed| {
        let why = closed(facts, passed)?;
        let message = format!("updates to {tag} have to stop at {passed}, which {why}");
        Some(unfit(message, "release it first, or correct `updates.stops`"))
    });
    too_high.chain(ahead).chain(closed).collect()
}

/// Why nobody can stop at a version.
fn closed(facts: &Facts, version: &Version) -> Option<&'static str> {
    let tag = Tag::of(version).to_string();
    let is_out = |release: &ReleaseFacts| !release.draft && release.tag == tag;
    match facts.releases.iter().any(is_out) {
        false => Some("is not released"),
        true => is_withdrawn(&facts.withdrawn, version).then_some("was withdrawn"),
    }
}

#[cfg(test)]
mod tests {
    use bundle_format::pointer::Yanked;

    use super::*;
    use crate::config::CompatibilityConfig;
    use crate::config::compatibility::{IrreversibleChange, WayBack};
    use crate::samples;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    /// What is said of a version after v1.2.0, the only release.
    fn said(of: &str, updates: UpdatesConfig, withdrawn: &[&str]) -> Vec<String> {
        let mut facts = samples::facts();
        facts.configuration.compatibility = Some(CompatibilityConfig { format: 1, updates });
        let yanked =
            |text: &&str| Yanked { version: version(text), reason: "-".to_owned(), since: facts.now };
        facts.withdrawn = withdrawn.iter().map(yanked).collect();
        let findings = declarations_fit(&facts, Some(&of.parse().expect("a tag")));
        findings.into_iter().map(|finding| finding.message).collect()
    }

    fn from(text: &str) -> UpdatesConfig {
        UpdatesConfig { from: Some(version(text)), ..UpdatesConfig::default() }
    }

    fn stops(texts: &[&str]) -> UpdatesConfig {
        UpdatesConfig { stops: texts.iter().map(|text| version(text)).collect(), ..UpdatesConfig::default() }
    }

    fn change(text: &str) -> UpdatesConfig {
        let change = IrreversibleChange { version: version(text), back: WayBack::Restore };
        UpdatesConfig { irreversible: vec![change], ..UpdatesConfig::default() }
    }

    #[test]
    fn what_fits_the_release_is_fine() {
        for of in ["v1.3.0", "v1.3.0-rc.1"] {
            for updates in [from("1.2.9"), stops(&["1.2.0", "1.3.0"]), change("1.1.0"), change("1.3.0")] {
                assert_eq!(said(of, updates, &[]), Vec::<String>::new(), "{of}");
            }
        }
    }

    #[test]
    fn an_update_can_begin_somewhere() {
        for of in ["v1.3.0", "v1.3.0-rc.1"] {
            let message = format!("updates to {of} may begin at 1.3.0 at the lowest, so nobody can make one");
            assert_eq!(said(of, from("1.3.0"), &[]), [message]);
        }
    }

    #[test]
    fn what_is_declared_of_a_version_above_the_release_would_be_told_to_nobody() {
        for updates in [stops(&["2.0.0"]), change("2.0.0")] {
            let message = "updates have to heed 2.0.0, and what is released is v1.3.0";
            assert_eq!(said("v1.3.0", updates, &[]), [message]);
        }
    }

    #[test]
    fn a_pre_release_is_made_all_the_same() {
        let mut facts = samples::facts();
        let updates = UpdatesConfig { from: Some(version("1.3.0")), ..stops(&["1.2.1", "2.0.0"]) };
        facts.configuration.compatibility = Some(CompatibilityConfig { format: 1, updates });
        for (of, severity) in [("v1.3.0-rc.1", Severity::Note), ("v1.3.0", Severity::Stop)] {
            let findings = declarations_fit(&facts, Some(&of.parse().expect("a tag")));
            let severities: Vec<_> = findings.iter().map(|finding| finding.severity).collect();
            assert_eq!(severities, [severity; 3], "{of}");
        }
    }

    #[test]
    fn a_stop_that_nobody_can_make_is_named() {
        let never = ["updates to v1.3.0 have to stop at 1.2.1, which is not released"];
        assert_eq!(said("v1.3.0", stops(&["1.2.1"]), &[]), never);
        let withdrawn = ["updates to v1.3.0 have to stop at 1.2.0, which was withdrawn"];
        assert_eq!(said("v1.3.0", stops(&["1.2.0"]), &["1.2.0"]), withdrawn);
    }
}
