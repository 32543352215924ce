//! Owns how text is written so that no reader of YAML 1.1 or 1.2 takes it for anything else. It prefers quoting too much: only
//! text that is text beyond doubt is left plain. It must never look at where the text stands.

use std::fmt::Write as _;

/// How a text is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// A literal block; true when the text ends with a line break.
    Literal(bool),
}

/// Words that some reader takes for a boolean or for null, in any case.
const WORDS: [&str; 12] =
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nil", "none", "undefined"];

/// Chooses the style for a value.
pub(super) fn style(text: &str) -> Style {
    if text.contains('\n') {
        return if fits_literal(text) { Style::Literal(text.ends_with('\n')) } else { Style::Double };
    }
    line_style(text)
}

/// Chooses the style for a key, which has to stay on one line.
pub(super) fn line_style(text: &str) -> Style {
    if is_plain(text) {
        Style::Plain
    } else if text.contains(['"', '\\']) && text.chars().all(is_printable) {
        Style::Single
    } else {
        Style::Double
    }
}

fn is_plain(text: &str) -> bool {
    let starts_right = text
        .starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '_' | '$'))
        || text.starts_with("./")
        || text.starts_with("../");
    starts_right
        && !text.ends_with([' ', ':'])
        && text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
        && !text.contains(": ")
        && !text.contains('#')
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Line breaks of YAML 1.1, byte order marks and control characters are printable to nobody.
fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\u{a0}'..='\u{d7ff}' => !matches!(c, '\u{2028}' | '\u{2029}'),
        '\u{e000}'..='\u{fffd}' => c != '\u{feff}',
        '\u{10000}'.. => true,
        _ => false,
    }
}

/// A literal block keeps every character, but not every reader agrees on leading blanks, blank-only lines and several line
/// breaks at the end.
fn fits_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    !body.is_empty()
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && body.chars().all(|c| c == '\n' || c == '\t' || is_printable(c))
        && body.split('\n').all(|line| line.is_empty() || !line.trim_matches([' ', '\t']).is_empty())
}

/// Writes text on one line in a style.
pub(super) fn write_line(out: &mut String, text: &str, style: &Style) {
    match style {
        Style::Plain => out.push_str(text),
        Style::Single => {
            out.push('\'');
            out.push_str(&text.replace('\'', "''"));
            out.push('\'');
        }
        Style::Double | Style::Literal(_) => write_double(out, text),
    }
}

fn write_double(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) <= 0xff => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if u32::from(c) <= 0xffff => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
}
