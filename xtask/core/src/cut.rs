//! Where a release line may begin, and with which number. Never looks at a repository.

use semver::Version;

use crate::check::stop;
use crate::facts::TagFacts;
use crate::finding::{Cause, Finding};
use crate::identity::{LineNumber, ObjectId};
use crate::line::is_stable;

/// The line that is cut from a commit whose next release would be this version: its own where it begins one, and the next where it would
/// only be a patch, because patches of what is out belong to the line of that.
///
/// ```
/// use release_core::cut::number_of;
/// use semver::Version;
/// assert_eq!(number_of(&Version::new(1, 4, 0)).to_string(), "1.4");
/// assert_eq!(number_of(&Version::new(1, 3, 2)).to_string(), "1.4");
/// ```
#[must_use]
pub fn number_of(next: &Version) -> LineNumber {
    let number = LineNumber::of(next);
    if next.patch == 0 { number } else { number.next() }
}

/// The newest stable release of a line: where its fixes go on.
#[must_use]
pub fn newest_of_line(number: LineNumber, tags: &[TagFacts]) -> Option<&TagFacts> {
    let own = tags.iter().filter(|tag| is_stable(tag) && number.takes(tag.tag.version()));
    own.max_by_key(|tag| tag.tag.version())
}

/// Why a line of this number may not begin at a commit, as seen by the tags on that commit's history.
#[must_use]
pub fn refusal(number: LineNumber, commit: &ObjectId, tags: &[TagFacts]) -> Option<Finding> {
    if let Some(newest) = newest_of_line(number, tags) {
        let at_newest = *commit == newest.commit || *commit == newest.source;
        return (!at_newest).then(|| {
            stop(
                Cause::LineElsewhere,
                format!("{} is out, so its line goes on there and not at {}", newest.tag, commit.short()),
                format!("leave out `--from`: the line {number} then begins at {}", newest.tag),
            )
        });
    }
    let higher = tags.iter().filter(|tag| tag.on_this_line && is_stable(tag));
    let higher = higher.filter(|tag| *tag.tag.version() > number.first()).max_by_key(|tag| &tag.tag)?;
    Some(stop(
        Cause::LineElsewhere,
        format!("{} has {} in its history, which is higher than {number}", commit.short(), higher.tag),
        "take a higher number, or begin the line at a commit before that release",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, id};

    fn tag(name: &str, number: u64, on_this_line: bool) -> TagFacts {
        TagFacts { on_this_line, commit: id(100 + number), source: id(number), ..samples::tag(name, number) }
    }

    #[test]
    fn a_line_for_fixes_begins_at_the_newest_release_of_its_number_and_nowhere_else() {
        let tags = [tag("v1.4.0", 1, true), tag("v1.4.1", 2, false), tag("v1.5.0", 3, true)];
        let line: LineNumber = "1.4".parse().unwrap();
        assert_eq!(newest_of_line(line, &tags).unwrap().tag.to_string(), "v1.4.1");
        assert_eq!(refusal(line, &id(102), &tags), None);
        assert_eq!(refusal(line, &id(2), &tags), None);
        let refused = refusal(line, &id(1), &tags).unwrap();
        assert_eq!(refused.cause, Cause::LineElsewhere);
        assert!(refused.hint.contains("v1.4.1"), "{refused:?}");
    }

    #[test]
    fn a_new_line_has_a_higher_number_than_all_that_its_history_released() {
        let tags = [tag("v1.4.0", 1, true), tag("v1.5.0-rc.1", 2, true), tag("v2.0.0", 3, false)];
        assert_eq!(refusal("1.5".parse().unwrap(), &id(9), &tags), None);
        let refused = refusal("1.3".parse().unwrap(), &id(9), &tags).unwrap();
        assert!(refused.message.contains("has v1.4.0 in its history"), "{refused:?}");
    }
}
