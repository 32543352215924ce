//! The line of releases that a commit continues: what came before, which commits are new since, and which version comes next. Never
//! walks a history: the facts say which tags lie on it and where release lines left it.

use semver::Version;

use crate::config::release::{Bump, VersionConfig};
use crate::facts::{LineFacts, RepositoryFacts, TagFacts};
use crate::identity::{LineNumber, ObjectId};
use crate::version;

/// The releases that matter to a commit.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The release line; none for the main branch.
    pub number: Option<LineNumber>,
    /// Every release line that there is.
    pub lines: &'a [LineFacts],
    /// Every version tag.
    pub tags: &'a [TagFacts],
}

/// A change that moves the version further than its release line can go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the next version would be {wanted}, which is not one of the release line {line}")]
pub struct OutOfLine {
    /// The line.
    pub line: LineNumber,
    /// Where the changes lead.
    pub wanted: Version,
}

impl<'a> From<&'a RepositoryFacts> for Line<'a> {
    fn from(facts: &'a RepositoryFacts) -> Self {
        Self { number: facts.line, lines: &facts.lines, tags: &facts.tags }
    }
}

impl<'a> Line<'a> {
    /// The main branch of a repository without release lines.
    #[must_use]
    pub fn main(tags: &'a [TagFacts]) -> Self {
        Self { number: None, lines: &[], tags }
    }

    /// Whether nothing stable came before, on any line: then labels decide nothing.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.tags.iter().all(|tag| !is_stable(tag)) && (self.number.is_some() || self.lines.is_empty())
    }

    /// Whether a stable release can be told to come before: one lies on the history, or on a line that left it.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.stable().next().is_some()
    }

    /// The stable release that a new one follows: the highest that counts.
    #[must_use]
    pub fn previous(&self) -> Option<&'a TagFacts> {
        self.stable().max_by_key(|tag| tag.tag.version())
    }

    /// What the range of new commits leaves out: everything up to the source of every stable release that counts, and up to where
    /// release lines left the history, whose first release has all of that.
    ///
    /// The source is hidden, not the release commit: in `tag-only` mode no branch holds the latter, and commits that were merged while a
    /// release was under way are newer than the one and older than the other.
    #[must_use]
    pub fn hidden(&self) -> Vec<ObjectId> {
        let sources = self.stable().map(|tag| tag.source.clone());
        sources.chain(self.cut().filter_map(|line| line.fork.clone())).collect()
    }

    /// The next stable version; `None` where nothing asks for one.
    ///
    /// What release lines hold is passed over: while `release/1.4` exists, main goes on with 1.5.0, and 1.4.1 is made on the line.
    ///
    /// # Errors
    ///
    /// Where changes on a release line ask for more than its versions can say.
    pub fn next(&self, bump: Bump, rules: &VersionConfig) -> Result<Option<Version>, OutOfLine> {
        match self.number {
            Some(number) => self.next_on_line(number, bump, rules),
            None => Ok(self.next_on_main(bump, rules)),
        }
    }

    fn next_on_main(&self, bump: Bump, rules: &VersionConfig) -> Option<Version> {
        let tagged = self.previous();
        let cut = self.cut().map(|line| line.number.first()).max();
        let Some(base) = tagged.map(|tag| tag.tag.version().clone()).max(cut) else {
            return Some(rules.first.clone());
        };
        let next = version::next(&base, bump, rules.below_one)?;
        let number = LineNumber::of(&base);
        let elsewhere = tagged.is_some_and(|tag| *tag.tag.version() == base && !tag.on_this_line);
        let taken = elsewhere || self.lines.iter().any(|line| line.number == number);
        Some(if taken && number.takes(&next) { number.next().first() } else { next })
    }

    fn next_on_line(
        &self,
        number: LineNumber,
        bump: Bump,
        rules: &VersionConfig,
    ) -> Result<Option<Version>, OutOfLine> {
        let out = |wanted: Version| OutOfLine { line: number, wanted };
        let own = self.stable().filter(|tag| number.takes(tag.tag.version()) && tag.on_this_line);
        if let Some(own) = own.max_by_key(|tag| tag.tag.version()) {
            return match version::next(own.tag.version(), bump, rules.below_one) {
                Some(next) if !number.takes(&next) => Err(out(next)),
                next => Ok(next),
            };
        }
        // Somebody cut the line: that alone asks for its first version.
        let first = number.first();
        let wanted = self.previous().and_then(|tag| version::next(tag.tag.version(), bump, rules.below_one));
        match wanted {
            Some(wanted) if wanted > first => Err(out(wanted)),
            _ => Ok(Some(first)),
        }
    }

    /// The stable releases that count as before: those on the history, and those of release lines that left it, which are ours where the
    /// branch of the line was deleted since. Where not one of the others is there, what is beside may be of a history that was rewritten,
    /// and counts for nothing. On a release line only this one and lower ones.
    pub fn stable(&self) -> impl Iterator<Item = &'a TagFacts> + use<'a> {
        let Self { number, lines, tags } = *self;
        let line_of = move |tag: &TagFacts| {
            let number = LineNumber::of(tag.tag.version());
            lines.iter().find(|line| line.number == number)
        };
        let tied =
            move |tag: &TagFacts| tag.on_this_line || line_of(tag).is_some_and(|line| line.fork.is_some());
        let counts = move |tag: &&TagFacts| is_stable(tag) && counts(number, tag);
        let is_known = tags.iter().filter(counts).any(tied);
        let before =
            move |tag: &TagFacts| tied(tag) || (is_known && tag.plan.is_some() && line_of(tag).is_none());
        tags.iter().filter(counts).filter(move |tag| before(tag))
    }

    /// The lines that were cut before: all of them for the main branch, those of lower numbers for a release line.
    fn cut(&self) -> impl Iterator<Item = &'a LineFacts> + use<'a> {
        let number = self.number;
        let before = move |line: &&LineFacts| number.is_none_or(|number| line.number < number);
        self.lines.iter().filter(before).filter(|line| line.fork.is_some())
    }
}

/// Whether a release comes before those of a line, or is of it.
#[must_use]
pub fn counts(line: Option<LineNumber>, tag: &TagFacts) -> bool {
    line.is_none_or(|number| LineNumber::of(tag.tag.version()) <= number)
}

/// The newest release of any kind on this history.
#[must_use]
pub fn newest(tags: &[TagFacts]) -> Option<&TagFacts> {
    newest_of(tags.iter())
}

/// The newest of some tags, as far as they lie on this history.
pub fn newest_of<'a>(tags: impl Iterator<Item = &'a TagFacts>) -> Option<&'a TagFacts> {
    tags.filter(|tag| tag.on_this_line).max_by_key(|tag| tag.tag.version())
}

/// Whether a tag is of a stable version.
#[must_use]
pub fn is_stable(tag: &TagFacts) -> bool {
    tag.tag.version().pre.is_empty()
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
