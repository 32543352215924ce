//! Reduces any text to one visible line. Never escapes: what is safe differs between Markdown and a terminal.

use std::str::Chars;

use unicode_normalization::char::is_combining_mark;

/// The most marks one letter keeps. Living languages write up to four.
const MARKS: usize = 4;

/// The visible characters of a text on one line, white space folded, at most `limit` characters of which the last is `…` where
/// something was cut off. Takes time in proportion to the text and keeps no more than the limit.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let mut line = Line { text: String::new(), characters: 0, marks: 0, space: false };
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_control_sequence(&mut rest),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_control_string(&mut rest),
            _ if character.is_whitespace() || character == BRAILLE_BLANK => line.space = true,
            _ if is_invisible(character) => {}
            _ if line.push(character, limit) => {}
            _ => return line.cut(limit),
        }
    }
    line.text
}

/// Whether a character belongs to the one before it: combining marks, and the skin tones of emoji.
pub(super) fn is_mark(character: char) -> bool {
    !character.is_ascii() && (is_combining_mark(character) || matches!(character, '\u{1f3fb}'..='\u{1f3ff}'))
}

/// A line in the making.
struct Line {
    text: String,
    characters: usize,
    /// How many marks the last letter has.
    marks: usize,
    /// Whether white space was seen since the last character.
    space: bool,
}

impl Line {
    /// Adds a visible character; false where it does not fit any more.
    fn push(&mut self, character: char, limit: usize) -> bool {
        if is_mark(character) {
            // A mark without a letter of its own would land on whatever we write before the text.
            if self.text.is_empty() || self.space || self.marks == MARKS {
                return true;
            }
            self.marks += 1;
        } else {
            self.marks = 0;
        }
        let space = self.space && !self.text.is_empty();
        if self.characters + usize::from(space) + 1 > limit {
            return false;
        }
        if space {
            self.text.push(' ');
            self.characters += 1;
        }
        self.space = false;
        self.text.push(character);
        self.characters += 1;
        true
    }

    /// Makes room for `…`, taking whole letters with their marks away.
    fn cut(mut self, limit: usize) -> String {
        let mut inside = false;
        while self.characters >= limit || inside {
            let Some(gone) = self.text.pop() else { break };
            self.characters -= 1;
            inside = is_mark(gone);
        }
        self.text.truncate(self.text.trim_end().len());
        self.text.push('…');
        self.text
    }
}

/// Whether a character shows itself and keeps others where they are: a space does, every other white space may look like one.
pub(super) fn shows_itself(character: char) -> bool {
    let blank = character.is_whitespace() || character == BRAILLE_BLANK;
    character == ' ' || !(blank || is_invisible(character))
}

/// A visible blank: seen as nothing, so taken for a space.
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether a character shows nothing by itself: control characters, Unicode's `Default_Ignorable_Code_Point` (with `Bidi_Control`
/// among it), formatting characters without a glyph, and code points that are no characters.
fn is_invisible(character: char) -> bool {
    let noncharacter = u32::from(character) & 0xFFFE == 0xFFFE;
    character.is_control()
        || noncharacter
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{70f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffc}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Skips what follows an escape character, as ECMA-48 and ECMA-35 lay it out.
fn skip_escape(rest: &mut Chars<'_>) {
    match peek(rest) {
        Some('[') => {
            rest.next();
            skip_control_sequence(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            rest.next();
            skip_control_string(rest);
        }
        _ => {
            skip_while(rest, |next| matches!(next, ' '..='/'));
            skip_one(rest, |next| matches!(next, '0'..='~'));
        }
    }
}

/// Skips the parameters and the final character of a control sequence.
fn skip_control_sequence(rest: &mut Chars<'_>) {
    skip_while(rest, |next| matches!(next, ' '..='?'));
    skip_one(rest, |next| matches!(next, '@'..='~'));
}

/// Skips a control string, as in titles and hyperlinks of terminals, up to its end. One that is not ended swallows the line, as a
/// terminal would have it.
fn skip_control_string(rest: &mut Chars<'_>) {
    skip_while(rest, |next| {
        !matches!(next, '\u{7}' | '\u{18}' | '\u{1a}' | '\u{1b}' | '\u{9c}' | '\n' | '\r')
    });
    let mut after = rest.clone();
    if after.next() == Some('\u{1b}') && after.next() == Some('\\') {
        *rest = after;
    }
}

fn peek(rest: &Chars<'_>) -> Option<char> {
    rest.clone().next()
}

fn skip_one(rest: &mut Chars<'_>, wanted: impl Fn(char) -> bool) {
    if peek(rest).is_some_and(wanted) {
        rest.next();
    }
}

fn skip_while(rest: &mut Chars<'_>, wanted: impl Fn(char) -> bool) {
    while peek(rest).is_some_and(&wanted) {
        rest.next();
    }
}
