//! How exactly a tag says which image it means, read from the tag alone: a table. Never asks a registry, which could only say what a tag
//! means today.

use std::cmp::Ordering;

/// Words for whatever is newest of a kind. They count as a whole part at the start of a tag: `latest-cuda-12.6` moves,
/// `v1.83.10-stable` does not.
const MOVING: &[&str] = &[
    "alpha",
    "beta",
    "canary",
    "current",
    "daily",
    "dev",
    "devel",
    "develop",
    "development",
    "edge",
    "experimental",
    "head",
    "latest",
    "lts",
    "main",
    "mainline",
    "master",
    "newest",
    "next",
    "nightly",
    "prerelease",
    "preview",
    "production",
    "rolling",
    "snapshot",
    "stable",
    "staging",
    "testing",
    "trunk",
    "unstable",
    "weekly",
];

/// The numbers that name a release down to its last fix: major, minor, patch.
const NUMBERS: u8 = 3;
/// The fewest digits that are a date without separators, or enough of a commit's name to be the only one.
const LONG: usize = 7;

/// A way in which a tag leaves open which image it means.
#[derive(Debug)]
pub struct Vague {
    /// Its name.
    pub id: &'static str,
    /// What follows the tag in a message.
    pub why: &'static str,
    /// What would be right.
    pub right: &'static str,
    holds: fn(Option<&str>, u8) -> bool,
}

/// Every way. The first that holds is the one that is told.
pub const VAGUE_TAGS: &[Vague] = &[
    Vague {
        id: "missing",
        why: "has no tag, which means `latest`",
        right: "add the tag of one version, as in `:1.2.3`, or the digest: `…:tag@sha256:…`",
        holds: |tag, _| tag.is_none(),
    },
    Vague {
        id: "word",
        why: "which is moved to whatever is newest",
        right: "name the tag of the version that is meant, as in `:1.2.3`, or add the digest: `…:tag@sha256:…`",
        holds: |tag, _| tag.is_some_and(is_moving),
    },
    Vague {
        id: "no-version",
        why: "which names no version",
        right: "name the tag of one version, as in `:1.2.3`, or add the digest: `…:tag@sha256:…`",
        holds: |tag, _| tag.is_some_and(|tag| precision(tag) == Precision::Numbers(0)),
    },
    Vague {
        id: "major",
        why: "which is moved to each release of that major version",
        right: "name the release that it leads to now, to the patch level, as in `:3.1.4`; where its releases have one number, say so \
                under `pins.exceptions` in `config/bundles.yaml`",
        holds: |tag, enough| has_too_few(tag, enough, |found| found == 1),
    },
    Vague {
        id: "minor",
        why: "which is moved to each fix of that version",
        right: "name the release that it leads to now, to the patch level, as in `:25.8.3`; where its releases have no third number, say so \
                under `pins.exceptions` in `config/bundles.yaml`",
        holds: |tag, enough| has_too_few(tag, enough, |found| found > 1),
    },
];

/// How a tag leaves open what it means, where the releases of its image have as many numbers as given; none where it is exact.
pub(super) fn vague(tag: Option<&str>, numbers: Option<u8>) -> Option<&'static Vague> {
    VAGUE_TAGS.iter().find(|way| (way.holds)(tag, numbers.unwrap_or(NUMBERS)))
}

/// What a tag says of the version it means.
#[derive(Debug, PartialEq, Eq)]
enum Precision {
    /// A date or a commit, which is one image.
    Build,
    /// As many numbers of a version.
    Numbers(usize),
}

fn has_too_few(tag: Option<&str>, enough: u8, is_of_this_way: fn(usize) -> bool) -> bool {
    match tag.map(precision) {
        Some(Precision::Numbers(found)) => {
            found.cmp(&usize::from(enough)) == Ordering::Less && is_of_this_way(found)
        }
        Some(Precision::Build) | None => false,
    }
}

fn is_moving(tag: &str) -> bool {
    let first = tag.split(['-', '.', '_']).next().unwrap_or_default().to_ascii_lowercase();
    MOVING.contains(&first.as_str())
}

fn precision(tag: &str) -> Precision {
    if has_date(tag) || tag.split(['-', '.', '_']).any(is_commit) {
        return Precision::Build;
    }
    let Some(version) = version(tag) else { return Precision::Numbers(0) };
    let mut numbers = version.split('.').take_while(|part| starts_with_digit(part)).peekable();
    let digits = |part: &&str| part.chars().take_while(char::is_ascii_digit).count();
    if numbers.peek().is_some_and(|first| digits(first) >= LONG) {
        return Precision::Build;
    }
    Precision::Numbers(numbers.count())
}

/// The part of a tag that is its version: the first that is a number, after a `v` or not, else the first that has one.
fn version(tag: &str) -> Option<&str> {
    let bare = |part| -> &str { str::strip_prefix(part, ['v', 'V']).unwrap_or(part) };
    let of_number = tag.split('-').map(bare).find(|part| starts_with_digit(part));
    of_number.or_else(|| {
        let part = tag.split('-').find(|part| part.contains(|letter: char| letter.is_ascii_digit()))?;
        Some(part.trim_start_matches(|letter: char| !letter.is_ascii_digit()))
    })
}

fn starts_with_digit(part: &str) -> bool {
    part.starts_with(|letter: char| letter.is_ascii_digit())
}

/// Whether a day stands in it, as `2025-09-07`.
fn has_date(tag: &str) -> bool {
    const DATE: &[u8] = b"dddd-dd-dd";
    tag.as_bytes().windows(DATE.len()).any(|window| {
        window.iter().zip(DATE).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            form => byte == form,
        })
    })
}

/// Hexadecimal digits, enough of them and not only letters, which might be a word.
fn is_commit(part: &str) -> bool {
    part.len() >= LONG
        && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        && part.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_exact_or_vague_in_one_way() {
        for (tag, expected) in [
            // Words, wherever they stand.
            ("latest", "word"),
            ("Latest", "word"),
            ("latest-cuda-12.6.3", "word"),
            ("nightly", "word"),
            ("main", "word"),
            ("main-v1.63.14", "word"),
            ("edge", "word"),
            ("stable", "word"),
            ("stable-alpine", "word"),
            ("dev.12", "word"),
            ("v1.83.10-stable", ""),
            ("mainframe-1.2.3", ""),
            // No version at all.
            ("alpine", "no-version"),
            ("server-cuda", "no-version"),
            ("deadbeef", "no-version"),
            // One number.
            ("3", "major"),
            ("v3", "major"),
            ("17", "major"),
            ("pg17", "major"),
            ("17-alpine", "major"),
            ("1-alpine3.20.1", "major"),
            ("x86_64", "major"),
            // Two numbers.
            ("25.8", "minor"),
            ("0.3", "minor"),
            ("v2.1", "minor"),
            ("17.5-alpine", "minor"),
            ("22.04", "minor"),
            ("1.2.x", "minor"),
            ("python-3.11", "minor"),
            // Three and more.
            ("1.2.3", ""),
            ("v3.5.25", ""),
            ("5.26.16-community", ""),
            ("notebook-7.0.6", ""),
            ("v1.58.0-jammy", ""),
            ("17.0.106.0-ferretdb-2.5.0", ""),
            ("6.5.1-26.5.5", ""),
            ("v1.24.1-p1", ""),
            ("0.8.1-pg17", ""),
            ("pg17-v0.2.0", ""),
            ("1.2.3_4", ""),
            // Dates and commits.
            ("2026.4.29-cba0cffa8", ""),
            ("RELEASE.2025-09-07T16-13-09Z", ""),
            ("20250907", ""),
            ("v20250907", ""),
            ("pg17-20250907", ""),
            ("sha-1a2b3c4", ""),
        ] {
            let found = vague(Some(tag), None).map_or("", |way| way.id);
            assert_eq!(found, expected, "{tag}");
        }
        assert_eq!(vague(None, None).map(|way| way.id), Some("missing"));
    }

    #[test]
    fn releases_of_fewer_numbers_are_exact_where_that_is_said_and_nothing_else_is() {
        for (tag, numbers, expected) in [
            ("4.01", 2, ""),
            ("17.5-alpine", 2, ""),
            ("17", 2, "major"),
            ("b4719", 1, ""),
            ("alpine", 1, "no-version"),
            ("latest", 1, "word"),
        ] {
            let found = vague(Some(tag), Some(numbers)).map_or("", |way| way.id);
            assert_eq!(found, expected, "{tag}");
        }
        assert!(vague(None, Some(1)).is_some());
    }
}
