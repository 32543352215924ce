//! Arithmetic of versions: from one and a bump to the next. Never looks at commits or labels.

use semver::{Prerelease, Version};

use crate::config::release::{BelowOne, Bump};
use crate::identity::Tag;

/// The version after `previous`, following [Semantic Versioning](https://semver.org); `None` where the bump releases nothing.
///
/// While the major version is 0, [`BelowOne`] says what a bump means:
///
/// | bump | `shifted` | `literal` |
/// |---|---|---|
/// | major | 0.y+1.0 | 1.0.0 |
/// | minor | 0.y.z+1 | 0.y+1.0 |
/// | patch | 0.y.z+1 | 0.y.z+1 |
///
/// ```
/// use release_core::config::release::{BelowOne, Bump};
/// use semver::Version;
/// let next = release_core::version::next(&Version::new(1, 2, 3), Bump::Minor, BelowOne::Shifted);
/// assert_eq!(next, Some(Version::new(1, 3, 0)));
/// ```
#[must_use]
pub fn next(previous: &Version, bump: Bump, below_one: BelowOne) -> Option<Version> {
    let Version { major, minor, patch, .. } = *previous;
    let bump = match (major, below_one, bump) {
        (0, BelowOne::Shifted, Bump::Major) => Bump::Minor,
        (0, BelowOne::Shifted, Bump::Minor) => Bump::Patch,
        _ => bump,
    };
    match bump {
        Bump::None => None,
        Bump::Patch => Some(Version::new(major, minor, patch + 1)),
        Bump::Minor => Some(Version::new(major, minor + 1, 0)),
        Bump::Major => Some(Version::new(major + 1, 0, 0)),
    }
}

/// The version, or the first patch after it that is not among those that can never be released.
#[must_use]
pub fn not_skipped(mut version: Version, skip: &[Version]) -> Version {
    while skip.contains(&version) {
        version.patch += 1;
    }
    version
}

/// The next pre-release of a version: one more than the highest number its identifier has among the tags, from 1.
///
/// The number is a numeric identifier of its own, so that `rc.10` follows `rc.9` (SemVer rule 11.4).
///
/// # Errors
///
/// Where `identifier` is no SemVer pre-release identifier.
pub fn next_prerelease<'a>(
    version: &Version,
    identifier: &str,
    tags: impl IntoIterator<Item = &'a Tag>,
) -> Result<Version, semver::Error> {
    let taken = tags
        .into_iter()
        .map(Tag::version)
        .filter(|tag| (tag.major, tag.minor, tag.patch) == (version.major, version.minor, version.patch))
        .filter_map(|tag| number(tag, identifier))
        .max()
        .unwrap_or(0);
    let mut candidate = version.clone();
    candidate.pre = Prerelease::new(&format!("{identifier}.{}", taken + 1))?;
    Ok(candidate)
}

/// Whether a tag is of a numbered pre-release with this identifier.
#[must_use]
pub fn is_prerelease(tag: &Tag, identifier: &str) -> bool {
    number(tag.version(), identifier).is_some()
}

fn number(version: &Version, identifier: &str) -> Option<u64> {
    version.pre.strip_prefix(identifier)?.strip_prefix('.')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bumps_follow_semver_from_one_on_and_the_declared_rule_below() {
        let table = [
            ("1.2.3", Bump::Major, BelowOne::Shifted, Some("2.0.0")),
            ("1.2.3", Bump::Minor, BelowOne::Shifted, Some("1.3.0")),
            ("1.2.3", Bump::Patch, BelowOne::Shifted, Some("1.2.4")),
            ("1.2.3", Bump::None, BelowOne::Shifted, None),
            ("0.2.3", Bump::Major, BelowOne::Shifted, Some("0.3.0")),
            ("0.2.3", Bump::Minor, BelowOne::Shifted, Some("0.2.4")),
            ("0.2.3", Bump::Patch, BelowOne::Shifted, Some("0.2.4")),
            ("0.0.3", Bump::Major, BelowOne::Shifted, Some("0.1.0")),
            ("0.2.3", Bump::Major, BelowOne::Literal, Some("1.0.0")),
            ("0.2.3", Bump::Minor, BelowOne::Literal, Some("0.3.0")),
            ("0.2.3", Bump::Patch, BelowOne::Literal, Some("0.2.4")),
            ("0.2.3", Bump::None, BelowOne::Literal, None),
        ];
        for (previous, bump, rule, expected) in table {
            let got = next(&previous.parse().unwrap(), bump, rule).map(|version| version.to_string());
            assert_eq!(got.as_deref(), expected, "{previous} {bump:?} {rule:?}");
        }
    }

    #[test]
    fn versions_that_are_burned_are_passed_over() {
        let skip = [Version::new(1, 3, 0), Version::new(1, 3, 1)];
        assert_eq!(not_skipped(Version::new(1, 3, 0), &skip), Version::new(1, 3, 2));
        assert_eq!(not_skipped(Version::new(1, 4, 0), &skip), Version::new(1, 4, 0));
    }

    #[test]
    fn candidates_count_up_as_numbers_and_for_their_own_version_only() {
        let tags: Vec<Tag> = ["v1.3.0-rc.9", "v1.3.0-rc.10", "v1.3.0-beta.40", "v1.2.0-rc.77", "v1.2.0"]
            .iter()
            .map(|tag| tag.parse().unwrap())
            .collect();
        let version = Version::new(1, 3, 0);
        assert_eq!(next_prerelease(&version, "rc", &tags).unwrap().to_string(), "1.3.0-rc.11");
        assert_eq!(next_prerelease(&version, "alpha", &tags).unwrap().to_string(), "1.3.0-alpha.1");
        assert!(next_prerelease(&version, "r c", &tags).is_err());
    }
}
