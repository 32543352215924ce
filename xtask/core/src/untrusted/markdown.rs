//! Turns a clean line into Markdown that shows exactly it. Never sees a line break or an invisible character: `clean` took them away.

/// Where words are parted before anything is put into code: what would end or confuse a code span, look like HTML, or open a bracket.
/// These characters are always written outside code.
const PARTING: [char; 5] = ['`', '<', '>', '[', ']'];

/// What surrounds words in prose and stays outside their code span.
const AROUND: &[char] = &[
    '(', ')', '{', '}', '"', '\'', '*', '_', '~', '|', ',', '.', ';', ':', '!', '?', '…', '“', '”', '‘', '’',
];

/// Escapes one clean line: the characters that Markdown reads by a backslash, those of HTML as entities, and words the forge would
/// link in code spans.
pub(super) fn escaped(line: &str) -> String {
    let mut safe = String::with_capacity(line.len() + line.len() / 8 + 8);
    for (index, word) in line.split(' ').enumerate() {
        if index > 0 {
            safe.push(' ');
        }
        for part in word.split_inclusive(PARTING) {
            let (part, parting) = match part.char_indices().next_back() {
                Some((at, last)) if PARTING.contains(&last) => part.split_at(at),
                _ => (part, ""),
            };
            write_part(&mut safe, part);
            write_text(&mut safe, parting);
        }
    }
    safe
}

/// Whether the forge would turn a part of this text into a link, a mention or mathematics.
pub(super) fn becomes_link(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    (lower.contains('@') && lower.len() > 1)
        || lower.contains('$')
        || ["://", "www.", "mailto:", "xmpp:"].iter().any(|sign| lower.contains(sign))
        || digit_follows(&lower, "#")
        || digit_follows(&lower, "gh-")
        || names_commit(&lower)
}

/// Writes a part of a word, with the core of it in code where the forge would link it.
fn write_part(safe: &mut String, part: &str) {
    let core = part.trim_matches(AROUND);
    if core.is_empty() || !becomes_link(part) {
        return write_text(safe, part);
    }
    let start = part.len() - part.trim_start_matches(AROUND).len();
    let (before, rest) = part.split_at(start);
    let (core, after) = rest.split_at(core.len());
    write_text(safe, before);
    safe.push('`');
    safe.push_str(core);
    safe.push('`');
    write_text(safe, after);
}

/// Writes text outside code.
fn write_text(safe: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' | '!' => safe.extend(['\\', character]),
            '-' | '+' | '=' | '#' | ':' if safe.is_empty() => safe.extend(['\\', character]),
            // A number at the start of a line makes a numbered list.
            '.' | ')' if !safe.is_empty() && safe.bytes().all(|byte| byte.is_ascii_digit()) => {
                safe.extend(['\\', character]);
            }
            _ => safe.push(character),
        }
    }
}

/// Whether a digit follows the sign somewhere.
fn digit_follows(text: &str, sign: &str) -> bool {
    text.match_indices(sign).any(|(at, _)| {
        text.get(at + sign.len()..)
            .and_then(|rest| rest.bytes().next())
            .is_some_and(|next| next.is_ascii_digit())
    })
}

/// Whether a word of 7 to 40 hexadecimal digits is in it, which names a commit where one has that name.
fn names_commit(lower: &str) -> bool {
    lower
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .any(|word| (7..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
