//! Finds texts of a TOML file with their bytes. The only place that names a TOML parser. Never writes TOML.

use std::ops::Range;

use semver::Version;
use toml_edit::{Document, Item};

use super::carrier::{At, Carrier, StampError};

/// Reads a document.
pub(super) fn read(path: &str, text: &str) -> Result<Item, StampError> {
    Document::parse(text).map(Document::into_item).map_err(|error| {
        let at = At { path, text, key: "" };
        at.unreadable(error.span().map(|span| span.start), error.message())
    })
}

/// The value of a key, keys joined by dots; a number stands for an item of a list.
pub(super) fn carrier(path: &str, text: &str, key: &str, version: &Version) -> Result<Carrier, StampError> {
    let root = read(path, text)?;
    let at = At { path, text, key };
    let item = key.split('.').try_fold(&root, |item, part| child(item, part)).ok_or_else(|| at.missing())?;
    let (span, found) = string(item, text).ok_or_else(|| at.not_a_version(start(item)))?;
    Carrier::value(&at, span, &found, version)
}

fn child<'a>(item: &'a Item, part: &str) -> Option<&'a Item> {
    item.get(part).or_else(|| item.get(part.parse::<usize>().ok()?))
}

/// Where an item begins.
pub(super) fn start(item: &Item) -> usize {
    item.span().map_or(0, |span| span.start)
}

/// A string that is written in one piece between quotes: the bytes between them, and what they are.
pub(super) fn string(item: &Item, text: &str) -> Option<(Range<usize>, String)> {
    let value = item.as_value()?;
    within_quotes(value.span()?, value.as_str()?, text)
}

/// The bytes of a string between its quotes, where it is written as it reads.
pub(super) fn within_quotes(span: Range<usize>, value: &str, text: &str) -> Option<(Range<usize>, String)> {
    let inner = span.start + 1..span.end.checked_sub(1)?;
    (text.get(inner.clone()) == Some(value)).then(|| (inner, value.to_owned()))
}
