//! Makes the text of strangers safe to show: titles, names, messages of servers. Never decides anything by such a text, and never
//! lets one through unchanged.
//!
//! What may not pass: line breaks and control characters, escape sequences of terminals, everything invisible (zero-width and
//! formatting characters, the `Bidi_Control` characters of Unicode, tags, variation selectors, fillers), floods of combining marks,
//! Markdown and HTML, and whatever the forge turns into a link or a mention by itself.
//!
//! # Links the forge makes by itself
//!
//! GitHub looks for `@name`, `#12`, `GH-12`, commit hashes and bare addresses in the *rendered* text, after backslashes and entities
//! are gone, and leaves out what lies in code. Such words are therefore put into code spans, which also read well in a plain file:
//! `` Thanks to `@alice`, closes `#12` ``. A dollar sign goes there as well, for it starts mathematics.

mod clean;
mod markdown;
mod plain;
mod quoted;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use clean::one_line;
pub use plain::plain_text;
pub(crate) use quoted::{listed, quoted};

/// The most characters of a title that are shown; what is longer ends in `…`.
pub const TITLE_CHARACTERS: usize = 200;

/// The most characters of a line on a terminal or in a log.
pub const TERMINAL_CHARACTERS: usize = 1000;

/// The most characters of a name.
pub const NAME_CHARACTERS: usize = 60;

/// What stands for a title of which nothing visible is left.
pub const NO_TITLE: &str = "(no title)";

/// What stands for a name of which nothing is left.
pub const NO_NAME: &str = "(no name)";

/// One line of Markdown that shows the text and does nothing else, wherever on a line it is put.
///
/// At most [`TITLE_CHARACTERS`] are shown; a cut never falls into an escape or between a letter and its marks. A text with nothing
/// visible in it gives [`NO_TITLE`].
///
/// ```
/// use release_core::untrusted::markdown_line;
/// assert_eq!(markdown_line("Fix *all*\nof <b>#12</b>"), r"Fix \*all\* of &lt;b&gt;`#12`&lt;/b&gt;");
/// ```
#[must_use]
pub fn markdown_line(text: &str) -> String {
    let line = one_line(text, TITLE_CHARACTERS);
    if line.is_empty() { NO_TITLE.to_owned() } else { markdown::escaped(&line) }
}

/// One line for a terminal or a log: no control characters, no escape sequences, nothing that reorders text.
///
/// GitHub's runner reads standard output and standard error, takes a line that starts with `::` after trimming for a command, and
/// `##[` anywhere for one of the older form; the doubled signs are parted, so that neither is left. A line may later be wrapped at a
/// space, so `::` is parted after each. At most [`TERMINAL_CHARACTERS`] are shown, besides the spaces that part signs.
///
/// ```
/// use release_core::untrusted::terminal_line;
/// assert_eq!(terminal_line("x\r\n::add-mask::e"), "x : :add-mask::e");
/// ```
#[must_use]
pub fn terminal_line(text: &str) -> String {
    let line = one_line(text, TERMINAL_CHARACTERS);
    if line.is_empty() {
        return NO_TITLE.to_owned();
    }
    let mut safe = String::with_capacity(line.len() + 8);
    // Whether the colons before stand where a line may begin.
    let (mut before, mut at_break) = (' ', false);
    for character in line.chars() {
        if character == before && (character == '#' || (character == ':' && at_break)) {
            safe.push(' ');
        }
        at_break = character == ':' && (at_break || before == ' ');
        before = character;
        safe.push(character);
    }
    safe
}

/// Whether a character shows itself: no control character, nothing invisible, nothing that reorders text, no white space but a space.
#[must_use]
pub fn shows_itself(character: char) -> bool {
    clean::shows_itself(character)
}

/// Whether a text shows all that it is: two that look the same may still differ in letters, but in nothing that nobody can see.
///
/// ```
/// use release_core::untrusted::is_plain;
/// assert!(is_plain("configs/api.conf") && !is_plain("configs/api\u{202e}fnoc."));
/// ```
#[must_use]
pub fn is_plain(text: &str) -> bool {
    text.chars().all(shows_itself)
}

/// A login or a person's name, safe in Markdown and on a terminal: letters, digits, single spaces, and `-`, `_`, `'`, `.` where names
/// have them. A name that the forge would take for a link (`deadbeef`) stands in a code span.
///
/// ```
/// use release_core::untrusted::plain_name;
/// assert_eq!(plain_name("@everyone <b>O'Neil</b>"), "everyone b O'Neil b");
/// ```
#[must_use]
pub fn plain_name(text: &str) -> String {
    let line = one_line(text, usize::MAX);
    let mut plain = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    let mut before = ' ';
    while let Some(character) = rest.next() {
        let followed_by_letter = rest.peek().is_some_and(|next| next.is_alphanumeric());
        let kept = match character {
            '-' | '_' | '\'' => before.is_alphanumeric() && followed_by_letter,
            // An initial, not a part of an address.
            '.' => before.is_alphanumeric() && !followed_by_letter,
            _ => character.is_alphanumeric() || clean::is_mark(character),
        };
        before = if kept { character } else { ' ' };
        plain.push(before);
    }
    let name = one_line(&plain, NAME_CHARACTERS);
    match name.as_str() {
        "" => NO_NAME.to_owned(),
        _ if markdown::becomes_link(&name) => format!("`{name}`"),
        _ => name,
    }
}
