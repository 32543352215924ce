//! Finds the headings and link definitions of a changelog as `CommonMark` reads it, so that code, comments, quotations and lists hold
//! none. Never decides where something goes.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};
use semver::Version;

/// What is known about a changelog's structure.
pub(super) struct Outline<'a> {
    pub(super) text: &'a str,
    /// The headings outside of everything else, in order.
    pub(super) headings: Vec<Heading>,
    /// The definitions of links, in order.
    definitions: Vec<Definition>,
}

/// A heading.
pub(super) struct Heading {
    /// Where its line starts, in bytes.
    pub(super) start: usize,
    pub(super) kind: Kind,
    level: HeadingLevel,
}

/// What a heading says.
pub(super) enum Kind {
    /// A release.
    Version(Version),
    /// What is to come.
    Unreleased,
    /// Anything else.
    Other,
}

/// The definition of a link.
pub(super) struct Definition {
    /// Where its line starts, in bytes.
    pub(super) start: usize,
    /// Where the next line starts.
    pub(super) end: usize,
    /// Whether a line break ends it.
    pub(super) ends_line: bool,
    /// What texts call it; capital letters and spaces are of no account.
    label: String,
    /// Where it leads.
    pub(super) link: String,
    /// The version it is named after.
    pub(super) version: Option<Version>,
    /// Whether it is named after what is to come.
    pub(super) unreleased: bool,
}

impl<'a> Outline<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // A byte order mark would hide a heading right after it.
        let offset = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let parser = Parser::new_ext(text.get(offset..).unwrap_or_default(), Options::empty());
        let definitions = parser.reference_definitions().iter();
        let mut definitions: Vec<Definition> = definitions
            .map(|(label, definition)| {
                let (start, stop) = (offset + definition.span.start, offset + definition.span.end);
                let end =
                    end_of_line(text, start + text.get(start..stop).unwrap_or_default().trim_end().len());
                Definition {
                    start: start_of_line(text, start).max(offset),
                    end,
                    ends_line: text.get(..end).is_some_and(|before| before.ends_with('\n')),
                    label: label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase(),
                    link: definition.dest.to_string(),
                    version: version_at_start(label)
                        .filter(|(_, rest)| rest.is_empty())
                        .map(|(version, _)| version),
                    unreleased: label.eq_ignore_ascii_case(UNRELEASED),
                }
            })
            .collect();
        definitions.sort_by_key(|definition| definition.start);
        let mut headings = Vec::new();
        let (mut depth, mut block_before) = (0_usize, offset);
        for (event, range) in parser.into_offset_iter() {
            let range = offset + range.start..offset + range.end;
            let end = range.end;
            match event {
                Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                    let start = start_of_line(text, range.start).max(offset);
                    let start = with_definitions_above(text, start, block_before);
                    let kind = kind_of(text.get(range).unwrap_or_default(), level);
                    headings.push(Heading { start, kind, level });
                    depth += 1;
                }
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                block_before = end;
            }
        }
        Self { text, headings, definitions }
    }

    /// The versions with their headings, in the order of the file.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&Version, &Heading)> {
        self.headings.iter().filter_map(|heading| match &heading.kind {
            Kind::Version(version) => Some((version, heading)),
            Kind::Unreleased | Kind::Other => None,
        })
    }

    /// The heading of a version.
    pub(super) fn version(&self, version: &Version) -> Option<&Heading> {
        self.versions().find(|(found, _)| *found == version).map(|(_, heading)| heading)
    }

    /// The definition of a version's link.
    pub(super) fn definition(&self, version: &Version) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.version.as_ref() == Some(version))
    }

    /// The definitions that end the file, in order.
    pub(super) fn last_definitions(&self) -> &[Definition] {
        let end = self.content_end(self.text.len());
        let first = self.definitions.partition_point(|definition| definition.start < end);
        self.definitions.get(first..).unwrap_or_default()
    }

    /// Where the section of a heading ends: at the next release, or at the next heading that is not below it.
    pub(super) fn section_end(&self, heading: &Heading) -> usize {
        let next =
            self.headings.iter().filter(|next| next.start > heading.start).find(|next| match next.kind {
                Kind::Version(_) | Kind::Unreleased => true,
                Kind::Other => next.level <= heading.level,
            });
        next.map_or(self.text.len(), |next| next.start)
    }

    /// The section of a heading, without the blank lines and definitions at its end.
    pub(super) fn section(&self, heading: &Heading) -> &'a str {
        let end = self.content_end(self.section_end(heading));
        self.text.get(heading.start..end).unwrap_or_default()
    }

    /// The text without the definitions that one of these texts has as well.
    pub(super) fn without_definitions_of<'b>(
        &self,
        others: impl Iterator<Item = &'b Outline<'b>> + Clone,
    ) -> String {
        let same = |own: &Definition, other: &Definition| own.label == other.label && own.link == other.link;
        let (mut at, mut left) = (0, String::new());
        for own in &self.definitions {
            if others.clone().flat_map(|other| &other.definitions).any(|other| same(own, other)) {
                left.push_str(self.text.get(at..own.start).unwrap_or_default());
                at = own.end;
            }
        }
        left.push_str(self.text.get(at..).unwrap_or_default());
        left
    }

    /// The whole text without the blank lines and definitions at its end.
    pub(super) fn content(&self) -> &'a str {
        self.text.get(..self.content_end(self.text.len())).unwrap_or_default().trim_end()
    }

    /// The section of a heading as its release wrote it: all of it, but for definitions that are named after a version.
    pub(super) fn own_text(&self, heading: &Heading) -> String {
        let (mut at, end) = (heading.start, self.section_end(heading));
        let mut own = String::new();
        let named = |definition: &&Definition| definition.version.is_some() || definition.unreleased;
        for definition in self.definitions.iter().filter(named) {
            if (at..end).contains(&definition.start) {
                own.push_str(self.text.get(at..definition.start).unwrap_or_default());
                at = definition.end.min(end);
            }
        }
        own.push_str(self.text.get(at..end).unwrap_or_default());
        own
    }

    /// Where the last line before `limit` ends that is neither blank nor a definition.
    pub(super) fn content_end(&self, limit: usize) -> usize {
        let trimmed = |end: usize| self.text.get(..end).map_or(0, |before| before.trim_end().len());
        let mut end = trimmed(limit);
        for definition in self.definitions.iter().rev().filter(|definition| definition.start < limit) {
            if trimmed(definition.end) != end {
                break;
            }
            end = trimmed(definition.start);
        }
        if end == 0 { 0 } else { end_of_line(self.text, end).min(limit) }
    }

    /// The number of the line at a place, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
    }

    /// How the file ends its lines, by what most of them do.
    pub(super) fn line_end(&self) -> &'static str {
        let windows = self.text.matches("\r\n").count();
        if windows * 2 > self.text.matches('\n').count() { "\r\n" } else { "\n" }
    }
}

const UNRELEASED: &str = "unreleased";

/// What a heading says, from its source.
fn kind_of(source: &str, level: HeadingLevel) -> Kind {
    let line = source.trim_start_matches([' ', '#']).lines().next().unwrap_or_default();
    let text = line.trim().trim_end_matches('#').trim_end();
    let bare = text.trim_start_matches('[').to_ascii_lowercase();
    if level <= HeadingLevel::H3 && bare.starts_with(UNRELEASED) {
        return Kind::Unreleased;
    }
    let bracketed = text.starts_with('[');
    let text = ["version ", "release "].iter().fold(text, |text, word| {
        let (start, rest) = text.split_at_checked(word.len()).unwrap_or(("", text));
        if start.eq_ignore_ascii_case(word) { rest } else { text }
    });
    match version_at_start(text.trim_start_matches('[')) {
        Some((version, rest)) if is_release(level, bracketed, rest) => Kind::Version(version),
        _ => Kind::Other,
    }
}

/// Whether a heading that starts with a version is that of a release. `## 1.2.0 as planned` is one, for releases stand on the second
/// level; on the first and third it takes a link, a date, or nothing else, as some generators write them.
fn is_release(level: HeadingLevel, bracketed: bool, rest: &str) -> bool {
    match level {
        HeadingLevel::H2 => true,
        HeadingLevel::H1 | HeadingLevel::H3 => bracketed || rest.trim().is_empty() || has_date(rest),
        _ => false,
    }
}

/// Reads a version with or without `v`, of three numbers or two, and gives what follows it.
fn version_at_start(text: &str) -> Option<(Version, &str)> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let end = text
        .find(|character: char| !character.is_ascii_alphanumeric() && !matches!(character, '.' | '-' | '+'));
    let (word, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let version = Version::parse(word).or_else(|_| Version::parse(&format!("{word}.0"))).ok()?;
    Some((version, rest))
}

/// Whether a day as in `2026-11-21` is in a text.
fn has_date(text: &str) -> bool {
    text.as_bytes().windows(10).any(|window| {
        let mut places = window.iter().zip(b"dddd-dd-dd");
        places.all(|(byte, place)| if *place == b'd' { byte.is_ascii_digit() } else { byte == place })
    })
}

/// Where the paragraph starts that a heading with an underline goes on from: its first line may be indented as code is, after definitions
/// right above it, and apart from them it would be code.
fn with_definitions_above(text: &str, start: usize, block_before: usize) -> usize {
    let line = |at: usize| text.get(at..end_of_line(text, at)).unwrap_or_default();
    let mut first = start;
    if !line(start).starts_with("    ") && !line(start).trim_start_matches(' ').starts_with('\t') {
        return start;
    }
    while first > block_before {
        let above = start_of_line(text, first - 1).max(block_before);
        if line(above).trim().is_empty() {
            break;
        }
        first = above;
    }
    first
}

fn start_of_line(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
}

fn end_of_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end + 1)
}
