//! The images that a Dockerfile is built from: `FROM`, `COPY --from` and `RUN --mount=from=`, by the Dockerfile reference of Docker. Never
//! judges a Dockerfile: what does not build is told by whoever builds it.

use std::collections::{BTreeMap, BTreeSet};

use crate::compose::image::ImageReference;

/// An image that a Dockerfile is built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// This one.
    Image(ImageReference),
    /// One that only whoever builds knows.
    Unknown,
}

/// The images that a Dockerfile names, with the defaults of its arguments. Its own stages are none.
pub(super) fn bases(text: &str) -> Vec<Base> {
    let mut reader = Reader::default();
    for line in instructions(text) {
        reader.instruction(&line);
    }
    reader.bases
}

#[derive(Default)]
struct Reader {
    /// What was declared before the first stage, with its default.
    arguments: BTreeMap<String, Option<String>>,
    stages: BTreeSet<String>,
    begun: bool,
    bases: Vec<Base>,
}

impl Reader {
    fn instruction(&mut self, line: &str) {
        let words = words(line);
        let Some((name, rest)) = words.split_first() else { return };
        let (flags, plain): (Vec<&String>, Vec<&String>) =
            rest.iter().partition(|word| word.starts_with("--"));
        match name.to_ascii_uppercase().as_str() {
            "ARG" if !self.begun => rest.iter().for_each(|word| self.declare(word)),
            "FROM" => {
                self.begun = true;
                if let Some(image) = plain.first() {
                    self.image(image);
                }
                if let [_, word, stage] = plain.as_slice()
                    && word.eq_ignore_ascii_case("as")
                {
                    self.stages.insert(stage.to_ascii_lowercase());
                }
            }
            "COPY" | "ADD" => {
                for image in flags.iter().filter_map(|flag| flag.strip_prefix("--from=")) {
                    self.image(image);
                }
            }
            "RUN" => {
                let mounts = flags.iter().filter_map(|flag| flag.strip_prefix("--mount="));
                for image in
                    mounts.flat_map(|mount| mount.split(',')).filter_map(|part| part.strip_prefix("from="))
                {
                    self.image(image);
                }
            }
            _ => {}
        }
    }

    fn declare(&mut self, word: &str) {
        let (name, default) = match word.split_once('=') {
            Some((name, value)) => (name, substituted(value, &self.arguments)),
            None => (word, None),
        };
        self.arguments.insert(name.to_owned(), default);
    }

    fn image(&mut self, written: &str) {
        let Some(image) = substituted(written, &self.arguments) else {
            self.bases.push(Base::Unknown);
            return;
        };
        let is_stage = self.stages.contains(&image.to_ascii_lowercase())
            || image == "scratch"
            || image.bytes().all(|byte| byte.is_ascii_digit());
        if !is_stage {
            self.bases.push(image.parse().map_or(Base::Unknown, Base::Image));
        }
    }
}

/// The instructions, each in one line: without comments, and without the lines of here-documents, which are no instructions.
fn instructions(text: &str) -> Vec<String> {
    let escape = if has_backtick(text) { '`' } else { '\\' };
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    let (mut found, mut open, mut at) = (Vec::new(), String::new(), 0);
    while let Some(line) = lines.get(at) {
        at += 1;
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(part) = line.strip_suffix(escape) {
            open.push_str(part);
            continue;
        }
        open.push_str(line);
        let whole = std::mem::take(&mut open);
        for end in here_documents(&whole) {
            let rest = lines.get(at..).unwrap_or_default();
            // Without its end it is none that Docker would take.
            at +=
                rest.iter().position(|line| line.trim_start_matches('\t') == end).map_or(0, |last| last + 1);
        }
        found.push(whole);
    }
    found.push(open);
    found
}

/// Whether the directive at the top makes the backtick continue a line. Directives end with the first line that is none.
fn has_backtick(text: &str) -> bool {
    let directives = text.lines().map_while(|line| line.trim().strip_prefix('#')?.split_once('='));
    directives
        .into_iter()
        .any(|(name, value)| name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`")
}

/// The words that end the here-documents of an instruction.
fn here_documents(line: &str) -> Vec<String> {
    let takes = ["RUN", "COPY", "ADD"];
    let mut parts = line.split_whitespace();
    if !parts.next().is_some_and(|name| takes.iter().any(|known| name.eq_ignore_ascii_case(known))) {
        return Vec::new();
    }
    let ends = parts.filter_map(|word| {
        let word = word.trim_start_matches(|digit: char| digit.is_ascii_digit()).strip_prefix("<<")?;
        let word = word.strip_prefix('-').unwrap_or(word).trim_matches(['"', '\'']);
        (!word.is_empty() && !word.contains('<')).then(|| word.to_owned())
    });
    ends.collect()
}

/// The words of an instruction, without quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for letter in line.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter == '"' || letter == '\'' => (quote, begun) = (Some(letter), true),
            None if letter.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            _ => {
                word.push(letter);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

/// A text with its variables replaced by the defaults of arguments; none where one has no value that is known here.
fn substituted(text: &str, arguments: &BTreeMap<String, Option<String>>) -> Option<String> {
    let value = |name: &str| arguments.get(name).cloned().flatten();
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        let (found, left) = match after.strip_prefix('{') {
            Some(inner) => {
                let end = closing(inner)?;
                (expanded(inner.get(..end)?, arguments)?, inner.get(end + 1..)?)
            }
            None => {
                let end = after.find(|letter: char| !is_name(letter)).unwrap_or(after.len());
                (value(after.get(..end)?)?, after.get(end..)?)
            }
        };
        result.push_str(&found);
        rest = left;
    }
    result.push_str(rest);
    Some(result)
}

const fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Where the brace closes that was opened before a text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What stands between braces: `name`, `name:-word` or `name:+word`, each also without the colon.
fn expanded(inner: &str, arguments: &BTreeMap<String, Option<String>>) -> Option<String> {
    let end = inner.find(|letter: char| !is_name(letter)).unwrap_or(inner.len());
    let (name, rest) = (inner.get(..end)?, inner.get(end..)?);
    let value = arguments.get(name).cloned().flatten();
    let (counts, operator) = match rest.strip_prefix(':') {
        Some(operator) => (value.clone().filter(|value| !value.is_empty()), operator),
        None => (value.clone(), rest),
    };
    if rest.is_empty() {
        return value;
    }
    if let Some(word) = operator.strip_prefix('-') {
        return counts.or_else(|| substituted(word, arguments));
    }
    let word = operator.strip_prefix('+')?;
    match counts {
        Some(_) => substituted(word, arguments),
        None => Some(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        let shown = |base: Base| match base {
            Base::Image(image) => image.to_string(),
            Base::Unknown => "?".to_owned(),
        };
        bases(text).into_iter().map(shown).collect()
    }

    #[test]
    fn images_are_found_wherever_a_dockerfile_names_them() {
        let cases: &[(&str, &[&str])] = &[
            ("FROM node:22.1.0\n", &["docker.io/library/node:22.1.0"]),
            ("# syntax=docker/dockerfile:1\nfrom --platform=$BUILDPLATFORM a.b/c:1\r\n", &["a.b/c:1"]),
            ("FROM a.b/c:1@sha256:x", &["?"]),
            (
                "FROM a.b/c:1 AS One\nFROM one\nFROM scratch\nCOPY --from=ONE /a /b\nCOPY --from=0 /a /b",
                &["a.b/c:1"],
            ),
            ("FROM scratch\nCOPY --chown=1 --from=a.b/tool:2 /a /b\n", &["a.b/tool:2"]),
            ("FROM scratch\nRUN --mount=type=bind,from=a.b/m:3,target=/m make\n", &["a.b/m:3"]),
            ("FROM \\\n  # said between\n\n  a.b/c:1\n", &["a.b/c:1"]),
            ("# escape=`\nFROM `\n a.b/c:1\n", &["a.b/c:1"]),
            ("FROM scratch\nRUN <<EOF\nFROM a.b/no:1\nEOF\nFROM a.b/c:1\n", &["a.b/c:1"]),
            ("FROM scratch\nRUN <<-'EOF' cat\n\tFROM a.b/no:1\n\tEOF\nFROM a.b/c:1\n", &["a.b/c:1"]),
            ("FROM scratch\nRUN <<EOF\nFROM a.b/c:1\n", &["a.b/c:1"]),
            ("FROM scratch\nLABEL a=\"FROM a.b/no:1\"\n", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(named(text), *expected, "{text}");
        }
    }

    #[test]
    fn arguments_stand_for_their_defaults_and_without_one_nobody_knows() {
        let cases: &[(&str, &str)] = &[
            ("ARG V=1\nFROM a.b/c:$V", "a.b/c:1"),
            ("ARG V=\"1\" W=2\nFROM a.b/c:${V}.${W}", "a.b/c:1.2"),
            ("ARG V=1\nARG I=a.b/c:${V}\nFROM $I", "a.b/c:1"),
            ("ARG V\nFROM a.b/c:${V}", "?"),
            ("ARG V\nFROM a.b/c:${V:-3}", "a.b/c:3"),
            ("ARG V=\nFROM a.b/c:${V:-3}", "a.b/c:3"),
            ("ARG V=\nFROM a.b/c:3${V-9}", "a.b/c:3"),
            ("ARG V=1\nFROM a.b/c:3${V:+-slim}", "a.b/c:3-slim"),
            ("ARG V\nFROM a.b/c:3${V:+-slim}", "a.b/c:3"),
            ("ARG W=2\nFROM a.b/c:${V:-${W}}", "a.b/c:2"),
            ("ARG V=1\nFROM a.b/c:${V#1}", "?"),
            ("FROM a.b/c:${V", "?"),
            // Declared in a stage, it says nothing about the next.
            ("FROM scratch\nARG V=1\nFROM a.b/c:$V", "?"),
        ];
        for (text, expected) in cases {
            assert_eq!(named(text), [*expected], "{text}");
        }
    }
}
