//! Owns Compose files: reading, merging overlays, looking into them, changing image references, writing. Overlays merge as Docker
//! Compose merges them; what is not supported is an error, never a guess. It must never replace a variable, and never touch the
//! file system: paths are kept as they are written.

mod check;
mod consistency;
mod error;
mod format;
mod identity;
/// References to container images.
pub mod image;
/// Expressions such as `${PORT:-80}`.
pub mod interpolation;
mod load;
mod merge;
mod model;
mod pairs;
mod rules;
mod short_syntax;
mod sources;
mod table;
mod tags;
mod variables;

pub use error::{Error, Errors, Problem};
pub use load::load;
pub use model::{ComposeFile, ExpressionUse, NoSuchService, Service};
pub use sources::{FileSource, SourceKind};
pub use variables::{VariableUse, pairs_of};

#[cfg(test)]
mod tests;
