//! A YAML document as a tree that knows where everything stands. Never knows what a document means.

mod read;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::untrusted::quoted;

pub(crate) use read::read;

/// The largest document that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// How deep lists and mappings may lie in each other.
pub const MAX_DEPTH: usize = 100;
/// How many values a document may have once its aliases are expanded.
pub const MAX_NODES: usize = 100_000;

/// A place in a file. Line and column count from 1, columns in characters; 0 means the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Where each key of a document has its value, by key path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locations(BTreeMap<String, Place>);

impl Locations {
    /// The place of a value, as in `labels[3].bump`; of what it would lie in where the document does not have it.
    #[must_use]
    pub fn of(&self, key: &str) -> Place {
        let mut path = key;
        loop {
            if let Some(place) = self.0.get(path) {
                return *place;
            }
            let Some(end) = path.rfind(['.', '[']) else {
                return self.0.get("").copied().unwrap_or(Place { line: 1, column: 1 });
            };
            path = path.get(..end).unwrap_or_default();
        }
    }

    pub(crate) fn in_tree(root: &Node) -> Self {
        let mut locations = Self::default();
        locations.collect(root, String::new());
        locations
    }

    fn collect(&mut self, node: &Node, path: String) {
        match &node.value {
            Value::Scalar { .. } => {}
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.collect(item, item_path(&path, index));
                }
            }
            Value::Map(entries) => {
                for (key, value) in entries {
                    self.collect(value, key_path(&path, &key.name));
                }
            }
        }
        self.0.insert(path, node.place);
    }
}

/// The path of a key of the mapping at a path.
pub(crate) fn key_path(path: &str, key: &str) -> String {
    let plain = !key.is_empty()
        && key.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '/'));
    match (plain, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[{}]", quoted(key)),
    }
}

/// The path of an item of the list at a path.
pub(crate) fn item_path(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it begins.
    pub(crate) place: Place,
    /// Its bytes, with anchor and tag before it and possibly space behind it.
    pub(crate) span: Range<usize>,
    /// Its tag, where it has one.
    pub(crate) tag: Option<String>,
    /// What it is.
    pub(crate) value: Value,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A text as it is written, quotes and escapes resolved.
    Scalar {
        /// The text.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping in source order, its keys unique.
    Map(Vec<(Key, Node)>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block, `|` or `>`.
    Block,
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// Its text.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) place: Place,
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where.
    pub(crate) place: Place,
    /// At which key.
    pub(crate) key: String,
    /// What is wrong.
    pub(crate) wrong: String,
    /// What would be right.
    pub(crate) right: String,
}

#[cfg(test)]
mod tests;
