//! Finds texts of a YAML file with their bytes. Never writes YAML.

use std::ops::Range;

use semver::Version;

use super::carrier::{At, Carrier, StampError};
use crate::yaml::located::{self, Node, Style, Value};

/// Reads a document.
pub(super) fn read(path: &str, text: &str) -> Result<Node, StampError> {
    located::read(text).map_err(|problems| {
        let (line, reason) =
            problems.first().map_or((1, ""), |first| (first.place.line, first.wrong.as_str()));
        let line = usize::try_from(line).unwrap_or(1).max(1);
        StampError::Unreadable { path: path.to_owned(), line, reason: reason.to_owned() }
    })
}

/// The value of a key, keys joined by dots; a number stands for an item of a list.
pub(super) fn carrier(path: &str, text: &str, key: &str, version: &Version) -> Result<Carrier, StampError> {
    let root = read(path, text)?;
    let at = At { path, text, key };
    let node = key.split('.').try_fold(&root, child).ok_or_else(|| at.missing())?;
    let (span, found) = written(node, text).ok_or_else(|| at.not_a_version(node.span.start))?;
    Carrier::value(&at, span, &found, version)
}

fn child<'a>(node: &'a Node, part: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Map(entries) => entries.iter().find(|(key, _)| key.name == part).map(|(_, value)| value),
        Value::List(items) => items.get(part.parse::<usize>().ok()?),
        Value::Scalar { .. } => None,
    }
}

/// A text that is written in one piece: its bytes without quotes, anchor and tag, and what they are.
pub(super) fn written(node: &Node, text: &str) -> Option<(Range<usize>, String)> {
    let Value::Scalar { text: value, style } = &node.value else { return None };
    let mut rest = text.get(node.span.clone())?;
    while rest.starts_with(['&', '!']) {
        rest = rest.split_once([' ', '\t', '\n'])?.1.trim_start();
    }
    if *style == Style::Quoted {
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        rest = rest.get(1..)?;
        rest.strip_prefix(value.as_str()).filter(|behind| behind.starts_with(quote))?;
    }
    let start = node.span.end - rest.len();
    let is_there = rest.starts_with(value.as_str()) && !value.is_empty() && *style != Style::Block;
    is_there.then(|| (start..start + value.len(), value.clone()))
}
