//! Reads the words a pull request's description has for the changelog. Never makes text safe: that happens where an entry is made.
//!
//! Two forms, both at the top level of the description (or of a commit's message):
//!
//! ````text
//! changelog: Bots answer in threads
//! changelog(action-required): Set `BOT_TOKEN` before the update
//!
//! ```changelog(breaking)
//! The old address of the API is gone.
//! Its lines are joined to one.
//! ```
//! ````
//!
//! - `changelog` is read in any case; the section is a section's name as in the configuration, in any case, with hyphens, spaces or
//!   underscores.
//! - HTML comments (templates of descriptions), quoted lines and other code are left out. A block without text counts as not there.
//! - Several blocks make **one** entry, for every pull request is listed once: their texts are joined by `; ` in their order, and
//!   the section is the first in print order of those that are named.

use serde::Deserialize as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

use crate::config::release::Section;

/// What a description says for the changelog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The text, as it is: untrusted.
    pub text: Option<String>,
    /// The section it asks for.
    pub section: Option<Section>,
    /// Names of sections that do not exist, as they are: untrusted. They ask for nothing; the check of open pull requests names them.
    pub unknown: Vec<String>,
}

/// Reads a description.
///
/// ```
/// use release_core::changelog::block::read;
/// use release_core::config::release::Section;
/// let block = read("Closes the hole.\r\n\r\nchangelog(security): Tokens expire\r\n");
/// assert_eq!((block.text.as_deref(), block.section), (Some("Tokens expire"), Some(Section::Security)));
/// ```
#[must_use]
pub fn read(description: &str) -> Block {
    let mut block = Block::default();
    let mut fence: Option<Fence> = None;
    let mut comments = Comments { last_end: description.rfind(COMMENT_END), inside: false };
    let mut at = 0;
    for line in description.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if let Some(open) = &mut fence {
            if open.is_closed_by(line) {
                block.take(open.section.take(), &open.text);
                fence = None;
            } else if open.section.is_some() {
                open.text.push_str(line);
                open.text.push('\n');
            }
            continue;
        }
        let line = comments.removed(line, start);
        let Some(line) = unindented(&line) else { continue };
        if let Some(opened) = Fence::opened_by(line) {
            fence = Some(opened);
        } else if let Some((section, text)) =
            marked(line).and_then(|(section, rest)| Some((section, rest.strip_prefix(':')?)))
        {
            block.take(Some(section), text);
        }
    }
    // An open fence reaches to the end of the description.
    if let Some(open) = fence {
        block.take(open.section, &open.text);
    }
    block
}

impl Block {
    /// Adds one block; `section` is none for code that is no block, and empty where no section is named.
    fn take(&mut self, section: Option<String>, text: &str) {
        let Some(name) = section else { return };
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        match &mut self.text {
            Some(before) => {
                before.push_str("; ");
                before.push_str(text);
            }
            None => self.text = Some(text.to_owned()),
        }
        match section_named(&name) {
            Some(section) => self.section = Some(self.section.map_or(section, |before| before.min(section))),
            None if name.trim().is_empty() => {}
            None => self.unknown.push(name),
        }
    }
}

/// The section of a name, as the configuration writes it.
fn section_named(name: &str) -> Option<Section> {
    let name = name.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    let reader: StrDeserializer<'_, ValueError> = StrDeserializer::new(&name);
    Section::deserialize(reader).ok()
}

/// The name of a section, as the configuration writes it.
pub(crate) fn name_of(section: Section) -> String {
    let name = serde_json::to_value(section).ok();
    name.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// Reads `changelog` or `changelog(section)` at the start of a text, and what follows.
fn marked(text: &str) -> Option<(String, &str)> {
    const WORD: &str = "changelog";
    let (word, rest) = text.split_at_checked(WORD.len())?;
    if !word.eq_ignore_ascii_case(WORD) {
        return None;
    }
    match rest.strip_prefix('(') {
        Some(inner) => inner.split_once(')').map(|(section, rest)| (section.to_owned(), rest)),
        None => Some((String::new(), rest)),
    }
}

/// The line without indentation, where it has less than would make it code.
fn unindented(line: &str) -> Option<&str> {
    let text = line.trim_start_matches(' ');
    (line.len() - text.len() < 4).then_some(text)
}

/// A fenced code block that is open.
struct Fence {
    sign: char,
    length: usize,
    /// The named section where it is a block of ours; empty where none is named.
    section: Option<String>,
    text: String,
}

impl Fence {
    fn opened_by(line: &str) -> Option<Self> {
        let sign = line.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
        let info = line.trim_start_matches(sign);
        let length = line.len() - info.len();
        if length < 3 || (sign == '`' && info.contains('`')) {
            return None;
        }
        let section = marked(info.trim()).filter(|(_, rest)| rest.is_empty()).map(|(section, _)| section);
        Some(Self { sign, length, section, text: String::new() })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let Some(line) = unindented(line) else { return false };
        let rest = line.trim_start_matches(self.sign);
        line.len() - rest.len() >= self.length && rest.trim().is_empty()
    }
}

const COMMENT_START: &str = "<!--";
const COMMENT_END: &str = "-->";

/// HTML comments, which reach over lines.
struct Comments {
    /// Where the last end of a comment stands: a start after it starts nothing, unless a line begins with it.
    last_end: Option<usize>,
    inside: bool,
}

impl Comments {
    /// The parts of a line that are in no comment. `start` is where the line stands in the description.
    fn removed(&mut self, line: &str, start: usize) -> String {
        let mut kept = String::with_capacity(line.len());
        let mut rest = line;
        loop {
            if self.inside {
                let Some((_, after)) = rest.split_once(COMMENT_END) else { return kept };
                self.inside = false;
                rest = after;
            }
            let Some((before, after)) = rest.split_once(COMMENT_START) else {
                kept.push_str(rest);
                return kept;
            };
            let at = start + line.len() - after.len();
            if !kept.is_empty() || !before.trim().is_empty() {
                let ends = self.last_end.is_some_and(|end| end >= at);
                if !ends {
                    kept.push_str(rest);
                    return kept;
                }
            }
            kept.push_str(before);
            self.inside = true;
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(description: &str) -> Option<String> {
        read(description).text
    }

    #[test]
    fn a_line_or_a_fenced_block_speaks_for_the_changelog() {
        let cases = [
            ("changelog: Plain", "Plain", None),
            ("Some words.\r\n\r\nChangelog: In any case\r\nmore", "In any case", None),
            ("   changelog(Breaking): Indented a little", "Indented a little", Some(Section::Breaking)),
            ("changelog(action required): Do it", "Do it", Some(Section::ActionRequired)),
            ("changelog(action_required): Do it", "Do it", Some(Section::ActionRequired)),
            ("```changelog\nTwo\nlines\n```\nrest", "Two\nlines", None),
            ("~~~~ changelog(migration)\n~~~\nkept\n~~~~", "~~~\nkept", Some(Section::Migration)),
            ("```changelog\nopen to the end", "open to the end", None),
            ("changelog: a <!-- that never ends", "a <!-- that never ends", None),
        ];
        for (description, expected, section) in cases {
            let block = read(description);
            assert_eq!(block.text.as_deref(), Some(expected), "{description:?}");
            assert_eq!(block.section, section, "{description:?}");
        }
    }

    #[test]
    fn templates_quotations_and_other_code_do_not() {
        let cases = [
            "",
            "changelog:",
            "changelog: <!-- what users notice -->",
            "changelog: <!-- what users\nnotice --> words of another line",
            "<!-- changelog: example -->",
            "<!--\nchangelog: example\n-->",
            "<!-- never ended\nchangelog: example",
            "> changelog: somebody else's",
            "    changelog: code",
            "```\nchangelog: code\n```",
            "```changelogs\ncode\n```",
            "```changelog\n\n```",
            "the changelog: not at the start",
            "changelogs: another word",
            "changelog(added) no colon",
            "changelog(added: never closed",
        ];
        for description in cases {
            assert_eq!(read(description), Block::default(), "{description:?}");
        }
    }

    #[test]
    fn several_blocks_make_one_entry_in_the_gravest_section() {
        let block = read("changelog(fixed): One\nchangelog(breaking): Two\n```changelog\nThree\n```\n");
        assert_eq!(block.text.as_deref(), Some("One; Two; Three"));
        assert_eq!(block.section, Some(Section::Breaking));
    }

    #[test]
    fn an_unknown_section_keeps_the_text_and_is_told() {
        let block = read("changelog(faster): Starts at once");
        assert_eq!(block.text.as_deref(), Some("Starts at once"));
        assert_eq!((block.section, block.unknown), (None, vec!["faster".to_owned()]));
    }

    #[test]
    fn a_long_hostile_description_takes_no_time() {
        let description = "<!-- <!-- a ".repeat(100_000) + &"\n```changelog\n<!--\n```".repeat(100_000);
        assert_eq!(text(&description), None);
        let description = "x <!-- --> ".repeat(100_000) + "\nchangelog: Found";
        assert_eq!(text(&description).as_deref(), Some("Found"));
    }
}
