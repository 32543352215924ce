//! Finds one text of a JSON file with its bytes. Never builds the document: each level is read as raw text of its input.

use std::fmt;
use std::ops::Range;

use semver::Version;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::carrier::{At, Carrier, StampError};

/// The value of a key, keys joined by dots; a number stands for an item of a list.
pub(super) fn carrier(path: &str, text: &str, key: &str, version: &Version) -> Result<Carrier, StampError> {
    let at = At { path, text, key };
    let refused = |error: serde_json::Error| at.unreadable(None, &error.to_string());
    let document = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut value: &RawValue = serde_json::from_str(document).map_err(refused)?;
    for part in key.split('.') {
        value = child(value, part).ok_or_else(|| at.missing())?;
    }
    let span = span_in(text, value.get());
    let found: String = serde_json::from_str(value.get()).map_err(|_| at.not_a_version(span.start))?;
    let inner = span.start + 1..span.end - 1;
    if text.get(inner.clone()) != Some(&found) {
        return Err(at.not_a_version(span.start));
    }
    Carrier::value(&at, inner, &found, version)
}

fn child<'a>(value: &'a RawValue, part: &str) -> Option<&'a RawValue> {
    if let Ok(Entries(entries)) = serde_json::from_str(value.get()) {
        // Readers of JSON take the last of several values of one key.
        return entries.into_iter().rev().find(|(key, _)| key == part).map(|(_, value)| value);
    }
    let items: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    items.get(part.parse::<usize>().ok()?).copied()
}

/// The bytes of a part of a text. The part was borrowed from the text, so its address tells where it begins.
fn span_in(text: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + part.len()
}

struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Entries<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}
