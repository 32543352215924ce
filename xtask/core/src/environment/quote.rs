//! The quoting that the templates need, as filters. Text from a contract stays text, whatever it holds.

/// Quotes a text as one word of a POSIX shell.
pub(super) fn sh(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Puts a text on one line without control characters, for comments.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Escapes a text for a cell of a Markdown table.
pub(super) fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        if matches!(letter, '\\' | '|' | '<' | '>' | '[' | ']' | '*' | '_' | '&') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_cannot_end_early() {
        assert_eq!(sh("it's $(id)"), r"'it'\''s $(id)'");
    }

    #[test]
    fn a_comment_cannot_start_a_line() {
        assert_eq!(one_line("a\nexit\r\u{1b}"), "a exit  ");
    }

    #[test]
    fn a_cell_stays_in_its_table() {
        assert_eq!(cell("a|b\n<b>"), r"a\|b \<b\>");
    }
}
