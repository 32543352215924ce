//! Which versions can come next on a line, whatever is merged until then. Never decides which one does.

use semver::{Prerelease, Version};

use crate::config::release::{Bump, VersionConfig};
use crate::facts::TagFacts;
use crate::finding::{Cause, Finding, Severity};
use crate::identity::Tag;
use crate::line::{is_stable, newest_of};

use super::next::{next, not_skipped};

/// Says so where a version that no release has is neither one that can come next on this line nor a pre-release of one, and names
/// those that can: such a bundle has a name that no release of what is checked out will have.
#[must_use]
pub fn unexpected(version: &Version, tags: &[TagFacts], rules: &VersionConfig) -> Option<Finding> {
    let possible = possible(tags, rules);
    let stable = Version { pre: Prerelease::EMPTY, ..version.clone() };
    if possible.contains(&stable) {
        return None;
    }
    let named: Vec<String> = possible.iter().map(|version| format!("`{}`", Tag::of(version))).collect();
    Some(Finding {
        cause: Cause::VersionUnknown,
        severity: Severity::Note,
        message: format!(
            "{} is no release that this clone knows, and cannot be the next one: what is checked out was built by that name",
            Tag::of(version)
        ),
        hint: format!(
            "the next release will be {}; `{}-dev` is a name for what comes before it; for a release that is made already, run \
             `git fetch --tags` first",
            named.join(" or "),
            possible.first().map(|version| Tag::of(version).to_string()).unwrap_or_default(),
        ),
        place: None,
    })
}

/// One version for each bump, each once, the lowest first.
fn possible(tags: &[TagFacts], rules: &VersionConfig) -> Vec<Version> {
    let after = |previous: &Version| -> Vec<Version> {
        let bumps = [Bump::Patch, Bump::Minor, Bump::Major].into_iter();
        bumps.filter_map(|bump| next(previous, bump, rules.below_one)).collect()
    };
    let previous = newest_of(tags.iter().filter(|tag| is_stable(tag)));
    let mut possible = previous.map_or_else(|| vec![rules.first.clone()], |tag| after(tag.tag.version()));
    possible = possible.into_iter().map(|version| not_skipped(version, &rules.skip)).collect();
    possible.sort();
    possible.dedup();
    possible
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn said(version: &str, tags: &[TagFacts]) -> Option<Finding> {
        let rules = samples::configuration().release.version;
        unexpected(&version.parse().unwrap(), tags, &rules)
    }

    #[test]
    fn what_each_bump_leads_to_and_its_pre_releases_can_come_next() {
        let tags = [samples::tag("v1.2.0", 1), samples::tag("v1.2.3", 2)];
        for version in ["1.2.4", "1.3.0", "2.0.0", "1.3.0-rc.1", "2.0.0-dev"] {
            assert_eq!(said(version, &tags), None, "{version}");
        }
        for version in ["1.2.3", "1.2.5", "1.4.0", "3.0.0", "0.9.0", "1.2.3-rc.1"] {
            let finding = said(version, &tags).unwrap();
            assert_eq!(finding.cause, Cause::VersionUnknown, "{version}");
            assert!(finding.hint.contains("`v1.2.4` or `v1.3.0` or `v2.0.0`"), "{}", finding.hint);
        }
    }

    #[test]
    fn the_first_release_is_the_configured_one_and_what_is_skipped_never_comes() {
        assert_eq!(said("1.0.0", &[]), None);
        assert!(said("0.1.0", &[]).is_some());
        let mut rules = samples::configuration().release.version;
        rules.skip = vec![Version::new(1, 2, 4)];
        let tags = [samples::tag("v1.2.3", 1)];
        assert_eq!(unexpected(&Version::new(1, 2, 5), &tags, &rules), None);
        assert!(unexpected(&Version::new(1, 2, 4), &tags, &rules).is_some());
    }
}
