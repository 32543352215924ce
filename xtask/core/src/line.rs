//! The line of releases that a commit continues: which tag came before, and which commits are new since. Never walks a history: the
//! facts say which tags lie on the line.

use crate::facts::TagFacts;
use crate::identity::ObjectId;

/// The release that a new stable one follows: the highest stable version on this line.
#[must_use]
pub fn previous_stable(tags: &[TagFacts]) -> Option<&TagFacts> {
    on_line(tags).filter(|tag| tag.tag.version().pre.is_empty()).max_by_key(|tag| tag.tag.version())
}

/// Whether nothing stable was ever released, on any line: then the configuration says the first version.
#[must_use]
pub fn is_first(tags: &[TagFacts]) -> bool {
    tags.iter().all(|tag| !tag.tag.version().pre.is_empty())
}

/// The newest release of any kind on this line.
#[must_use]
pub fn newest(tags: &[TagFacts]) -> Option<&TagFacts> {
    newest_of(tags.iter())
}

/// The newest of some tags, as far as they lie on this line.
pub fn newest_of<'a>(tags: impl Iterator<Item = &'a TagFacts>) -> Option<&'a TagFacts> {
    tags.filter(|tag| tag.on_this_line).max_by_key(|tag| tag.tag.version())
}

/// What the range of new commits leaves out: everything up to the source of every stable release on this line, so that what was merged
/// back from a release line is not listed twice.
///
/// The source is hidden, not the release commit: in `tag-only` mode no branch holds the latter, and commits that were merged while a
/// release was under way are newer than the one and older than the other.
#[must_use]
pub fn hidden(tags: &[TagFacts]) -> Vec<ObjectId> {
    on_line(tags).filter(|tag| tag.tag.version().pre.is_empty()).map(|tag| tag.source.clone()).collect()
}

fn on_line(tags: &[TagFacts]) -> impl Iterator<Item = &TagFacts> {
    tags.iter().filter(|tag| tag.on_this_line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str, on_this_line: bool) -> TagFacts {
        let id: ObjectId = "0123456789012345678901234567890123456789".parse().unwrap();
        TagFacts {
            tag: name.parse().unwrap(),
            object: id.clone(),
            commit: id.clone(),
            source: id,
            plan: None,
            on_this_line,
        }
    }

    #[test]
    fn a_stable_release_follows_the_highest_stable_version_of_its_own_line() {
        let tags =
            [tag("v1.9.0", true), tag("v1.10.0", true), tag("v2.0.0", false), tag("v1.11.0-rc.1", true)];
        assert_eq!(previous_stable(&tags).unwrap().tag.to_string(), "v1.10.0");
        assert_eq!(newest(&tags).unwrap().tag.to_string(), "v1.11.0-rc.1");
        assert_eq!(previous_stable(&[]), None);
    }

    #[test]
    fn everything_up_to_the_sources_of_the_lines_stable_releases_is_hidden_and_no_more() {
        let numbered = |name, on_this_line, number| TagFacts {
            source: crate::samples::id(number),
            ..tag(name, on_this_line)
        };
        let tags = [
            numbered("v1.0.0", true, 1),
            numbered("v1.1.0", true, 2),
            numbered("v1.2.0-rc.1", true, 3),
            numbered("v2.0.0", false, 4),
        ];
        assert_eq!(hidden(&tags), [crate::samples::id(1), crate::samples::id(2)]);
        assert_eq!(hidden(&[numbered("v1.0.0-rc.1", true, 1)]), []);
    }
}
