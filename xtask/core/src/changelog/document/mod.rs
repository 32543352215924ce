//! Puts a release's section into a changelog that people may have written. Never changes or moves a byte of what is there: it only
//! inserts, and where the right place cannot be told it says so.

mod outline;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use self::outline::{Heading, Kind, Outline};
use super::render::RenderedSection;
use crate::plan::Splice;

/// What a new changelog starts with.
pub const PREAMBLE: &str = "# Changelog\n\nAll notable changes of this platform, newest version first. The form is that of \
     [Keep a Changelog](https://keepachangelog.com/en/1.1.0/), versions follow \
     [Semantic Versioning](https://semver.org/spec/v2.0.0.html).\n";

/// Why a section cannot be put into a changelog.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DocumentError {
    /// A version has two sections.
    #[error("the changelog has two sections of `{version}`, in line {first} and in line {second}")]
    Duplicate {
        /// The version.
        version: Version,
        /// The line of the first heading.
        first: usize,
        /// The line of the second.
        second: usize,
    },
    /// The version has a section that says something else.
    #[error(
        "the changelog already has a section of `{version}`, and it differs from this release in line {line}"
    )]
    Differs {
        /// The version.
        version: Version,
        /// The first line that differs.
        line: usize,
    },
    /// The link of the version's heading leads elsewhere.
    #[error("the changelog defines the link `[{version}]` in line {line}, and not as `{link}`")]
    Link {
        /// The version.
        version: Version,
        /// The line of the definition.
        line: usize,
        /// Where it should lead.
        link: String,
    },
    /// The version has its section, but the link of its heading is missing.
    #[error(
        "the changelog has the section of `{version}` in line {line}, but nowhere the line `[{version}]: {link}`"
    )]
    LinkMissing {
        /// The version.
        version: Version,
        /// The line of the heading.
        line: usize,
        /// Where it should lead.
        link: String,
    },
    /// What would be inserted would not be a section there.
    #[error("the section of `{version}` would not be seen as a section of the changelog in line {line}")]
    Unseen {
        /// The version.
        version: Version,
        /// The line where it would stand.
        line: usize,
    },
}

impl DocumentError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } => "join the two sections, or mend the version of one",
            Self::Differs { .. } => "remove that section; the release writes it anew",
            Self::Link { .. } => "remove that definition; the release writes it anew",
            Self::LinkMissing { .. } => {
                "add the line at the end, or remove the section; the release writes both anew"
            }
            Self::Unseen { .. } => {
                "close the comment, HTML or code that is left open before that line; with an own template, let it \
                 start with `## [{{ version }}]`"
            }
        }
    }
}

/// What has to be inserted so that a changelog holds a section: nothing where it does already.
///
/// The section goes before the first lower version, so that the newest stands first and a fix of an older line stands in its line;
/// where no version is lower, after the last one, or else after `Unreleased` or the preamble. The definition of its link joins those
/// at the end of the file, or ends the section where there are none. Line ends are those of the file. Without a file, or with an
/// empty one, a new changelog is made.
///
/// The sections of `earlier` releases go in with it. Of those, one whose version the changelog has stays out, in whatever words it is
/// there: the file is the people's.
///
/// # Errors
///
/// A changelog that holds the version differently, or any version twice, or where the section would lie in a comment or in code.
pub fn insert(
    existing: Option<&str>,
    earlier: &[RenderedSection],
    section: &RenderedSection,
) -> Result<Vec<Splice>, DocumentError> {
    let text = existing.unwrap_or_default();
    let outline = Outline::new(text);
    let earlier = with_each_definition_once(&outline, earlier, section);
    let mut sections: Vec<&RenderedSection> = earlier.iter().chain([section]).collect();
    sections.sort_by(|one, other| other.version.cmp(&one.version));
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let bodies: Vec<&str> = sections.iter().map(|section| section.body.as_str()).collect();
        let references: Vec<String> = sections.iter().map(|section| section.reference()).collect();
        let insert = format!("{PREAMBLE}\n{}\n{}\n", bodies.join("\n"), references.join("\n"));
        return Ok(vec![Splice { at: text.len(), remove: 0, insert }]);
    }
    refuse_duplicates(&outline)?;
    if let Some(heading) = outline.version(&section.version) {
        compare(&outline, heading, section)?;
    }
    sections.retain(|section| outline.version(&section.version).is_none());
    let splices = Insertion { outline: &outline, sections: &sections }.splices()?;
    let after = applied(text, &splices);
    let outline_after = Outline::new(&after);
    let whole = refuse_duplicates(&outline_after).is_ok();
    let seen = |section: &RenderedSection| {
        let heading = outline_after.version(&section.version);
        whole && heading.is_some_and(|heading| compare(&outline_after, heading, section).is_ok())
    };
    let at = splices.first().map_or(0, |splice| splice.at);
    match sections.iter().find(|section| !seen(section)) {
        Some(unseen) => {
            Err(DocumentError::Unseen { version: unseen.version.clone(), line: outline.line(at) })
        }
        None => Ok(splices),
    }
}

/// Earlier sections without the definitions of links that the changelog or another section has as well. The last section of a changelog
/// reaches to its end, so the definitions there came along; twice they would only pile up.
fn with_each_definition_once(
    outline: &Outline<'_>,
    earlier: &[RenderedSection],
    section: &RenderedSection,
) -> Vec<RenderedSection> {
    let mut others = vec![Outline::new(&section.body)];
    let mut kept = Vec::new();
    for one in earlier {
        let own = Outline::new(&one.body);
        let known = others.iter().chain([outline]);
        let body = format!("{}\n", own.without_definitions_of(known).trim_end());
        others.push(own);
        kept.push(RenderedSection { body, ..one.clone() });
    }
    kept
}

/// The versions that a changelog has sections of, in whatever words.
#[must_use]
pub fn versions_of(document: &str) -> BTreeSet<Version> {
    Outline::new(document).versions().map(|(version, _)| version.clone()).collect()
}

/// The sections that a changelog has of some versions, ready to be put into another one. A section without the definition of its
/// heading's link is nothing that a release wrote, and left out.
#[must_use]
pub fn sections_of(document: &str, versions: &BTreeSet<Version>) -> Vec<RenderedSection> {
    let outline = Outline::new(document);
    let found = outline.versions().filter(|(version, _)| versions.contains(version));
    let section = |(version, heading): (&Version, &Heading)| {
        let body = format!("{}\n", outline.own_text(heading).trim_end().replace("\r\n", "\n"));
        let link = outline.definition(version)?.link.clone();
        Some(RenderedSection { version: version.clone(), body, link })
    };
    found.filter_map(section).collect()
}

/// The section of a version in a changelog: from its heading to the last line before the next section, without blank lines and
/// definitions of links at its end.
#[must_use]
pub fn section_of<'a>(document: &'a str, version: &Version) -> Option<&'a str> {
    let outline = Outline::new(document);
    // By itself, because of two definitions of a name in a file only the first is found.
    outline.version(version).map(|heading| Outline::new(outline.section(heading)).content())
}

/// The text after its splices.
pub(super) fn applied(text: &str, splices: &[Splice]) -> String {
    let (mut after, mut at) = (String::with_capacity(text.len() + 4096), 0);
    for splice in splices {
        after.push_str(text.get(at..splice.at).unwrap_or_default());
        after.push_str(&splice.insert);
        at = splice.at + splice.remove;
    }
    after.push_str(text.get(at..).unwrap_or_default());
    after
}

fn refuse_duplicates(outline: &Outline<'_>) -> Result<(), DocumentError> {
    let mut seen = std::collections::HashMap::new();
    for (version, heading) in outline.versions() {
        if let Some(first) = seen.insert(version, heading) {
            let (first, second) = (outline.line(first.start), outline.line(heading.start));
            return Err(DocumentError::Duplicate { version: version.clone(), first, second });
        }
    }
    Ok(())
}

/// Compares a section that is there with the one that should be, line ends apart.
fn compare(outline: &Outline<'_>, heading: &Heading, section: &RenderedSection) -> Result<(), DocumentError> {
    let (version, link) = (section.version.clone(), section.link.clone());
    // Definitions at the end of a section are not part of it. Each is looked at by itself: of two definitions of a name in a file,
    // only the first is found.
    let (wanted, found) = (Outline::new(&section.body), Outline::new(outline.section(heading)));
    let mut wanted_lines = wanted.content().lines();
    let mut lines = found.content().lines();
    let first_line = outline.line(heading.start);
    for line in first_line.. {
        match (lines.next(), wanted_lines.next()) {
            (None, None) => break,
            (found, expected) if found == expected => {}
            _ => return Err(DocumentError::Differs { version, line }),
        }
    }
    match outline.definition(&section.version) {
        None => Err(DocumentError::LinkMissing { version, line: first_line, link }),
        Some(definition) if definition.link != link => {
            Err(DocumentError::Link { version, line: outline.line(definition.start), link })
        }
        Some(_) => Ok(()),
    }
}

/// Sections on their way into a changelog, the highest version first.
struct Insertion<'a> {
    outline: &'a Outline<'a>,
    sections: &'a [&'a RenderedSection],
}

impl Insertion<'_> {
    fn splices(&self) -> Result<Vec<Splice>, DocumentError> {
        let line_end = self.outline.line_end();
        let mut bodies: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        // Without other definitions at the end of the file, each stays with its section.
        let mut beside: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let mut references: BTreeMap<usize, String> = BTreeMap::new();
        for section in self.sections {
            let at = self.place(&section.version);
            bodies.entry(at).or_default().push(section.body.trim_end().replace('\n', line_end));
            if self.is_defined(section)? {
                continue;
            }
            match self.reference(section) {
                Some(splice) => references.entry(splice.at).or_default().push_str(&splice.insert),
                None => beside.entry(at).or_default().push(section.reference()),
            }
        }
        let mut inserts: BTreeMap<usize, String> = BTreeMap::new();
        for (at, mut parts) in bodies {
            parts.extend(beside.remove(&at).map(|references| references.join(line_end)));
            inserts.insert(at, self.surrounded(at, &parts.join(&line_end.repeat(2))));
        }
        for (at, reference) in references {
            inserts.entry(at).or_default().push_str(&reference);
        }
        Ok(inserts.into_iter().map(|(at, insert)| Splice { at, remove: 0, insert }).collect())
    }

    /// Whether the link of a section's heading is there; one that leads elsewhere is a conflict.
    fn is_defined(&self, section: &RenderedSection) -> Result<bool, DocumentError> {
        match self.outline.definition(&section.version) {
            None => Ok(false),
            Some(definition) if definition.link == section.link => Ok(true),
            Some(definition) => {
                let (version, link) = (section.version.clone(), section.link.clone());
                Err(DocumentError::Link { version, line: self.outline.line(definition.start), link })
            }
        }
    }

    /// Where the section of a version goes.
    fn place(&self, version: &Version) -> usize {
        let mut versions = self.outline.versions();
        if let Some((_, lower)) = versions.find(|(other, _)| *other < version) {
            return lower.start;
        }
        let listed = |heading: &&Heading| matches!(heading.kind, Kind::Version(_) | Kind::Unreleased);
        match self.outline.headings.iter().rev().find(listed) {
            Some(last) => self.outline.content_end(self.outline.section_end(last)),
            None => self.outline.content_end(self.outline.text.len()),
        }
    }

    /// The body with the blank lines that part it from what stands before and after.
    fn surrounded(&self, at: usize, body: &str) -> String {
        let line_end = self.outline.line_end();
        let (before, after) = self.outline.text.split_at_checked(at).unwrap_or((self.outline.text, ""));
        let lines_before = before.trim_end_matches([' ', '\t', '\r', '\n']);
        let breaks = before.get(lines_before.len()..).map_or(0, |blank| blank.matches('\n').count());
        let lead = if lines_before.trim_start_matches('\u{feff}').is_empty() {
            0
        } else {
            2_usize.saturating_sub(breaks)
        };
        let trail = match after.trim_start_matches([' ', '\t', '\r']).chars().next() {
            // A file without a line break at its end stays one.
            None => usize::from(breaks > 0),
            Some('\n') => 1,
            Some(_) => 2,
        };
        format!("{}{body}{}", line_end.repeat(lead), line_end.repeat(trail))
    }

    /// The definition of the link among those at the end of the file; none where there are none.
    fn reference(&self, section: &RenderedSection) -> Option<Splice> {
        let (line_end, reference) = (self.outline.line_end(), section.reference());
        let block = self.outline.last_definitions();
        let lower = block
            .iter()
            .find(|definition| definition.version.as_ref().is_some_and(|version| *version < section.version));
        if let Some(lower) = lower {
            return Some(Splice { at: lower.start, remove: 0, insert: reference + line_end });
        }
        let listed =
            block.iter().rev().find(|definition| definition.version.is_some() || definition.unreleased);
        let before = listed.or(block.last())?;
        let insert = if before.ends_line { reference + line_end } else { line_end.to_owned() + &reference };
        Some(Splice { at: before.end, remove: 0, insert })
    }
}
