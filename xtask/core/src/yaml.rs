//! Owns YAML: the only module that names a YAML crate, so that changing one is a change of this module.
//!
//! Typed documents (configuration) are read through serde. Trees whose source positions, tags and scalar styles matter
//! (Compose files) are read event by event, with limits on size, depth and alias expansion. What is written reads the same
//! in YAML 1.1 and YAML 1.2 readers. It must never read a file, and never know what a document means.
//!
//! There are two trees, because they lose different things on purpose. The one of Compose files is what a document comes to: scalars
//! resolved, merge keys applied, the first fault ends it. The one in [`located`] is what was written: every scalar with its style and
//! its bytes, for messages with key paths, for several faults at once, and for stamping in place. One reader for both would have to
//! take neither decision.

mod emit;
pub mod located;
mod node;
mod quote;
mod read;
mod scalar;

pub use emit::emit;
pub use node::{Key, Map, Node, Place, Value};
pub use read::parse;

use serde::de::DeserializeOwned;

/// The largest document that is read, in bytes.
pub const MAX_BYTES: usize = 8 << 20;
/// How deep lists and mappings may lie in each other.
pub const MAX_DEPTH: usize = 64;
/// How many values a document may have once its aliases are expanded.
pub const MAX_NODES: usize = 500_000;

/// What is wrong with a document, and where. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct Error {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What is wrong.
    pub problem: Problem,
}

/// The reasons for which a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The text is not YAML, or not what the type expects.
    #[error("{0}")]
    Syntax(String),
    /// The document is larger than [`MAX_BYTES`].
    #[error("the document has {0} bytes; at most {MAX_BYTES} are read")]
    TooLarge(usize),
    /// The document nests deeper than [`MAX_DEPTH`].
    #[error("the document nests deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// The document has more than [`MAX_NODES`] values, aliases expanded.
    #[error("the document has more than {MAX_NODES} values when its aliases are expanded")]
    TooMany,
    /// A second document follows after `---`.
    #[error("there is a second document; write one document per file")]
    SecondDocument,
    /// A key is there twice in one mapping.
    #[error("the key `{0}` is there twice; remove one")]
    DuplicateKey(String),
    /// A key is a number, a boolean, null, a list or a mapping.
    #[error("the key {0} is not text; write it in quotes")]
    KeyNotText(String),
    /// A plain scalar that readers of YAML take for a point in time.
    #[error("`{0}` is a date to some readers of YAML and text to others; write it in quotes")]
    Date(String),
    /// A whole number outside of 64 bits.
    #[error("`{0}` does not fit into 64 bits; write it in quotes")]
    NumberTooLarge(String),
    /// A tag that is not understood.
    #[error("the tag `{0}` is not supported; remove it")]
    Tag(String),
    /// `<<` with something else than a mapping or a list of mappings.
    #[error("`<<` takes a mapping or a list of mappings; point it at one")]
    MergeKey,
    /// An alias within the value that its anchor names.
    #[error("an alias refers to a value that it is part of")]
    AliasCycle,
}

/// Reads a document into a type.
///
/// # Errors
/// When the document is larger than [`MAX_BYTES`], is no YAML or does not fit the type; with line and column.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error { line: 1, column: 1, problem: Problem::TooLarge(text.len()) });
    }
    serde_yaml::from_str(text).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or(&text).to_owned();
        Error { line: count(line), column: count(column), problem: Problem::Syntax(what) }
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
