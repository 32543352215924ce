//! Owns the tree of a YAML document: values with their source positions and tags. It must never know how text becomes a tree.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use indexmap::IndexMap;

/// Where a value was read. Lines and columns count from 1; 0 means that it was not read from a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The number that the caller gave the document.
    pub source: u16,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// A value, with its local tag (`!reset`) if it has one, and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The local tag with its exclamation mark.
    pub tag: Option<Box<str>>,
    /// Where it was read.
    pub place: Place,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: `null`, `~` or an empty value.
    Null,
    /// A truth value: `true` or `false` (`yes` and `on` are text).
    Bool(bool),
    /// A whole number of at most 64 bits.
    Int(i128),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in source order.
    Map(Map),
}

/// A mapping, in source order.
pub type Map = IndexMap<Key, Node>;

/// A key of a mapping, with the place where it was read.
#[derive(Debug, Clone, Eq)]
pub struct Key {
    name: String,
    /// Where it was read.
    pub place: Place,
}

impl Key {
    /// Makes a key that was read at a place.
    pub fn new(name: impl Into<String>, place: Place) -> Self {
        Self { name: name.into(), place }
    }

    /// The text of the key.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.as_str().hash(state);
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.name
    }
}

impl PartialEq for Node {
    /// Compares values and tags; where they were read does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.tag == other.tag
    }
}

impl Node {
    /// Makes a node without a tag.
    pub fn new(value: Value, place: Place) -> Self {
        Self { value, tag: None, place }
    }

    /// Makes a node of text.
    pub fn text(text: impl Into<String>, place: Place) -> Self {
        Self::new(Value::Text(text.into()), place)
    }

    /// Its text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Its items, if it is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value under a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// What kind of value it is, in the words of an error message.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}
