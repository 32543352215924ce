//! The changelog: what stands in it, how it is written, and where it goes in an existing file. Never reads a title but through
//! [`crate::untrusted`], and never changes a byte that it did not write.
//!
//! ```text
//! pull requests, commits → entry → render → document
//!        block (a description's own words)     notes (the text of the forge's release)
//!
//! commits, tags → history → whole → render (every release of a history)
//! ```

pub mod block;
pub mod document;
pub mod entry;
pub mod history;
pub mod notes;
pub mod render;
mod title;
pub mod whole;

#[cfg(test)]
mod tests;
