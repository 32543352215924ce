//! Text from the other side, made fit for one line of a terminal or a log. Never used for text that is compared or stored.

/// The most characters of the other side's words that a message repeats.
const MOST: usize = 400;

/// Makes one line without control or direction characters, and no longer than a message should be.
pub(crate) fn terminal_line(text: &str) -> String {
    let visible: String =
        text.chars().map(|letter| if hidden(letter) { ' ' } else { letter }).take(4 * MOST).collect();
    let mut line: String = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(MOST) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// Control characters, and those of Unicode that change the direction of text or take no room.
fn hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_other_side_reaches_a_second_line_or_steers_a_terminal() {
        assert_eq!(
            terminal_line("a\r\n::stop-commands::x\u{1b}[2J\u{202e}b\u{200b}"),
            "a ::stop-commands::x [2J b"
        );
    }

    #[test]
    fn a_long_answer_is_cut() {
        assert_eq!(terminal_line(&"ü".repeat(10_000)).chars().count(), MOST + 1);
    }
}
