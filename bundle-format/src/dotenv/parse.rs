//! Reads `.env` as Compose does. Keeps `$` references as they are written, because what they stand for is known only where
//! Compose runs.

use std::fmt;
use std::ops::Range;

/// A `.env` file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// Its assignments in the order of the file, repeated ones included.
    pub entries: Vec<Entry>,
}

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// The value; none for a name that stands alone and takes its value from the environment.
    pub value: Option<Value>,
    /// The line it starts on, counted from 1.
    pub line: usize,
    /// The bytes of the value in the text, quotes included; where there is none, the place behind the `=`.
    pub place: Range<usize>,
}

/// A value. It may be a secret: its debug form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    /// Quotes removed, escapes resolved, references such as `${NAME}` as they are written.
    pub text: String,
    /// Whether the text holds a reference that Compose replaces.
    pub interpolates: bool,
}

/// A text that Compose would not read, or not as it looks.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseError {
    /// A quote without its end.
    #[error("line {line}: the quote that starts here is never closed; close it or put `\\` before it")]
    Unterminated {
        /// The line, counted from 1.
        line: usize,
    },
    /// Something other than an assignment.
    #[error("line {line}: this is no assignment; write `NAME=value`, or `#` before a comment")]
    NoAssignment {
        /// The line, counted from 1.
        line: usize,
    },
    /// Text behind a closing quote, which Compose takes for another assignment.
    #[error("line {line}: text follows the closing quote; put `\\` before quotes that belong to the value")]
    AfterQuote {
        /// The line, counted from 1.
        line: usize,
    },
    /// A NUL character.
    #[error("line {line}: a NUL character, which no environment can carry; remove it")]
    Nul {
        /// The line, counted from 1.
        line: usize,
    },
}

impl EnvFile {
    /// Reads a whole file.
    ///
    /// ```
    /// use bundle_format::dotenv::EnvFile;
    /// let file = EnvFile::parse("export A='x y' # why\nB=\"1\\n2\"\n")?;
    /// assert_eq!(file.get("A").map(|value| value.text.as_str()), Some("x y"));
    /// assert_eq!(file.get("B").map(|value| value.text.as_str()), Some("1\n2"));
    /// # Ok::<(), bundle_format::dotenv::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ParseError`] at the first place that Compose refuses or reads differently from how it looks.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut cursor =
            Cursor { rest: text.strip_prefix('\u{feff}').unwrap_or(text), length: text.len(), line: 1 };
        if let Some(at) = text.find('\0') {
            let before = text.get(..at).unwrap_or_default();
            return Err(ParseError::Nul { line: 1 + before.matches('\n').count() });
        }
        let mut entries = Vec::new();
        while cursor.skip_to_assignment() {
            entries.push(cursor.entry()?);
        }
        Ok(Self { entries })
    }

    /// The value of a name: the last one counts.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entry(name).and_then(|entry| entry.value.as_ref())
    }

    /// The assignment that gives a name its value: the last one that has one.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.name == name && entry.value.is_some())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Value").field("interpolates", &self.interpolates).finish_non_exhaustive()
    }
}

struct Cursor<'a> {
    rest: &'a str,
    /// Of the whole text in bytes.
    length: usize,
    line: usize,
}

impl<'a> Cursor<'a> {
    /// Skips white space and comments; false at the end.
    fn skip_to_assignment(&mut self) -> bool {
        loop {
            let trimmed = self.rest.trim_start();
            self.advance(self.rest.len() - trimmed.len());
            match trimmed.strip_prefix('#') {
                Some(_) => self.advance(trimmed.find('\n').unwrap_or(trimmed.len())),
                None => return !trimmed.is_empty(),
            }
        }
    }

    fn entry(&mut self) -> Result<Entry, ParseError> {
        let line = self.line;
        self.skip_export();
        let end = self.rest.find(['=', ':', '\n']).unwrap_or(self.rest.len());
        let (written, behind) = self.rest.split_at(end);
        let name = written.trim_end_matches(is_blank).to_owned();
        let allowed =
            |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | '[' | ']');
        if name.is_empty() || !name.chars().all(allowed) {
            return Err(ParseError::NoAssignment { line });
        }
        self.advance(end);
        if !behind.starts_with(['=', ':']) {
            return Ok(Entry { name, value: None, line, place: self.at()..self.at() });
        }
        self.advance(1);
        let behind = self.at();
        let value = self.rest.trim_start_matches(is_blank);
        self.advance(self.rest.len() - value.len());
        let start = self.at();
        let (value, length) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let value = self.quoted(quote)?;
                (value, self.at() - start)
            }
            _ => self.unquoted(),
        };
        let start = if length == 0 { behind } else { start };
        Ok(Entry { name, value: Some(value), line, place: start..start + length })
    }

    /// How many bytes are read.
    fn at(&self) -> usize {
        self.length - self.rest.len()
    }

    fn skip_export(&mut self) {
        if let Some(behind) = self.rest.strip_prefix("export") {
            let trimmed = behind.trim_start_matches(is_blank);
            if trimmed.len() < behind.len() {
                self.advance(self.rest.len() - trimmed.len());
            }
        }
    }

    /// The value, and its length as it is written.
    fn unquoted(&mut self) -> (Value, usize) {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let written = self.rest.get(..end).unwrap_or_default();
        self.advance(end);
        let value = written.split_once(" #").map_or(written, |(value, _comment)| value).trim_end();
        (resolve_dollars(value), value.len())
    }

    fn quoted(&mut self, quote: char) -> Result<Value, ParseError> {
        let line = self.line;
        let inside = self.rest.get(1..).unwrap_or_default();
        let mut raw = String::new();
        let mut escaped = false;
        for (at, letter) in inside.char_indices() {
            if letter == quote && !escaped {
                self.advance(1 + at + 1);
                self.end_of_line()?;
                return Ok(if quote == '"' {
                    resolve_dollars(&resolve_escapes(&raw))
                } else {
                    Value { text: raw, interpolates: false }
                });
            }
            // A backslash belongs to the value unless it protects the quote.
            if escaped && letter != quote {
                raw.push('\\');
            }
            escaped = letter == '\\' && !escaped;
            if !escaped {
                raw.push(letter);
            }
        }
        Err(ParseError::Unterminated { line })
    }

    fn end_of_line(&self) -> Result<(), ParseError> {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let behind = self.rest.get(..end).unwrap_or_default().trim();
        if behind.is_empty() || behind.starts_with('#') {
            Ok(())
        } else {
            Err(ParseError::AfterQuote { line: self.line })
        }
    }

    fn advance(&mut self, bytes: usize) {
        let (gone, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += gone.matches('\n').count();
        self.rest = rest;
    }
}

fn is_blank(letter: char) -> bool {
    matches!(letter, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

/// Resolves the escapes of double quotes. `\$` becomes `$$`, which [`resolve_dollars`] then takes for a plain `$`.
fn resolve_escapes(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('a') => text.push('\u{7}'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('v') => text.push('\u{b}'),
            Some('\\') => text.push('\\'),
            Some('$') => text.push_str("$$"),
            Some('0') => {
                let digits: String = letters.clone().take(3).take_while(char::is_ascii_digit).collect();
                letters = letters.as_str().get(digits.len()..).unwrap_or_default().chars();
                text.push_str(&resolve_octal(&digits));
            }
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    text
}

/// `\0` and three octal digits are a character; fewer stay, without the `0`.
fn resolve_octal(digits: &str) -> String {
    match u8::from_str_radix(digits, 8) {
        Ok(code) if digits.len() == 3 => char::from(code).to_string(),
        _ => format!("\\{digits}"),
    }
}

/// Turns `$$` into `$`, and says whether a reference is left.
fn resolve_dollars(written: &str) -> Value {
    let mut text = String::with_capacity(written.len());
    let mut interpolates = false;
    let mut letters = written.chars().peekable();
    while let Some(letter) = letters.next() {
        text.push(letter);
        if letter != '$' {
            continue;
        }
        match letters.peek() {
            Some('$') => {
                letters.next();
            }
            Some(next) if next.is_ascii_alphabetic() || matches!(next, '_' | '{') => interpolates = true,
            _ => {}
        }
    }
    Value { text, interpolates }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
