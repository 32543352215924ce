//! What Markdown says, without its marks. Never gives anything that could do more on a terminal than stand there.

use pulldown_cmark::{Event, Parser};

use super::terminal_line;

/// The words of a Markdown text as one line for a terminal: escapes, entities and marks are read, as whoever renders it would.
///
/// ```
/// use release_core::untrusted::{markdown_line, plain_text};
/// assert_eq!(plain_text(&markdown_line("Fix *all* of <b>`x`</b>")), "Fix *all* of <b>`x`</b>");
/// ```
#[must_use]
pub fn plain_text(markdown: &str) -> String {
    let mut text = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(words) => text.push_str(&words),
            Event::Code(code) | Event::Html(code) | Event::InlineHtml(code) => text.push_str(&code),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    terminal_line(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::untrusted::markdown_line;

    #[test]
    fn a_title_reads_on_a_terminal_as_it_was_written() {
        for title in
            ["Print `check --json` at once", "Array [x] of <T> & co_op", "1. Begin", "# Head, @alice and #12"]
        {
            let shown = plain_text(&markdown_line(title));
            assert_eq!(shown.replace('`', ""), title.replace('`', ""), "{title}");
        }
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(plain_text("&#27;[31mred&#x202e; a&#10;b"), "red a b");
    }
}
