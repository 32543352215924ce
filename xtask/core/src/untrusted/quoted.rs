//! Values from files as messages repeat them: in backticks, shortened, harmless, and otherwise as they are written. Never says what is wrong
//! with one.

/// How much of a value is repeated in a message, in characters.
const QUOTED: usize = 60;

/// A text from a file, in backticks, cut short and without anything that could steer a terminal.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut safe = String::from("`");
    for (number, character) in text.chars().enumerate() {
        if number == QUOTED {
            safe.push('…');
            break;
        }
        if steers_a_terminal(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe.push('`');
    safe
}

/// Control characters, and the characters of Unicode's bidirectional algorithm that reorder what follows (UAX 9, section 2).
fn steers_a_terminal(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Names in backticks, joined by commas.
#[must_use]
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_short_and_cannot_steer_a_terminal() {
        assert_eq!(quoted("\u{1b}[31m\u{202e}"), "`\\u{1b}[31m\\u{202e}`");
        assert_eq!(quoted(&"x".repeat(1000)).chars().count(), QUOTED + 3);
    }
}
