//! The rule about what updates have to heed. Never looks at an installation: only at what a release tells it.

use semver::Version;

use crate::channels::is_withdrawn;
use crate::config::compatibility::reached;
use crate::config::paths;
use crate::facts::Facts;
use crate::finding::{Cause, Finding};
use crate::identity::Tag;

use super::stop;

pub(super) fn there_is_a_way(facts: &Facts, tag: Option<&Tag>) -> Vec<Finding> {
    let (Some(tag), Some(compatibility)) = (tag, &facts.configuration.compatibility) else {
        return Vec::new();
    };
    let updates = &compatibility.updates;
    let version = reached(tag.version());
    let too_high = updates.from.iter().filter(|from| **from >= version).map(|from| {
        let message = format!("updates to {tag} may begin at {from} only, and there is nothing between");
        barred(message, "lower `updates.from`")
    });
    let passed = updates.stops.iter().filter(|stop| **stop < version);
    let closed = passed.filter_map(|passed| {
        let what = closed(facts, passed)?;
        Some(barred(
            format!("updates to {tag} have to stop at {passed}, which {what}"),
            "correct `updates.stops`",
        ))
    });
    too_high.chain(closed).collect()
}

/// Why nobody can stop at a version.
fn closed(facts: &Facts, version: &Version) -> Option<&'static str> {
    let tag = Tag::of(version);
    let repository = &facts.repository;
    let known =
        repository.tags.iter().any(|known| known.tag == tag) || repository.remote_tags.contains_key(&tag);
    match known {
        false => Some("was never released"),
        true => is_withdrawn(&facts.withdrawn, version).then_some("was withdrawn"),
    }
}

fn barred(message: String, remedy: &str) -> Finding {
    stop(Cause::UpdateBarred, message, format!("{remedy} in `{}`", paths::COMPATIBILITY))
}

#[cfg(test)]
mod tests {
    use bundle_format::pointer::Yanked;

    use super::*;
    use crate::config::CompatibilityConfig;
    use crate::config::compatibility::UpdatesConfig;
    use crate::samples;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    /// What is said of v1.3.0, which follows v1.2.0, or of another version.
    fn said(of: &str, from: Option<&str>, stops: &[&str], withdrawn: &[&str]) -> Vec<String> {
        let mut facts = samples::facts();
        let stops = stops.iter().map(|text| version(text)).collect();
        let updates = UpdatesConfig { from: from.map(version), stops, irreversible: Vec::new() };
        facts.configuration.compatibility = Some(CompatibilityConfig { format: 1, updates });
        let yanked =
            |text: &&str| Yanked { version: version(text), reason: "-".to_owned(), since: facts.now };
        facts.withdrawn = withdrawn.iter().map(yanked).collect();
        let findings = there_is_a_way(&facts, Some(&of.parse().expect("a tag")));
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn an_update_can_begin_somewhere_and_stop_where_it_has_to() {
        let none: [&str; 0] = [];
        assert_eq!(said("v1.3.0", Some("1.2.9"), &["1.2.0", "1.3.0", "2.0.0"], &[]), none);
        assert_eq!(said("v1.3.0-rc.1", Some("1.2.9"), &["1.2.0", "1.3.0"], &[]), none);
        for of in ["v1.3.0", "v1.3.0-rc.1"] {
            let message = format!("updates to {of} may begin at 1.3.0 only, and there is nothing between");
            assert_eq!(said(of, Some("1.3.0"), &[], &[]), [message]);
        }
    }

    #[test]
    fn a_stop_that_nobody_can_make_is_named() {
        let never = ["updates to v1.3.0 have to stop at 1.2.1, which was never released"];
        assert_eq!(said("v1.3.0", None, &["1.2.1"], &[]), never);
        let withdrawn = ["updates to v1.3.0 have to stop at 1.2.0, which was withdrawn"];
        assert_eq!(said("v1.3.0", None, &["1.2.0"], &["1.2.0"]), withdrawn);
    }
}
