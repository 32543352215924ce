//! `.env` in the dialect of Docker Compose: one parser, one encoder, and the question whether a file is complete. Never touches
//! a file, never resolves a `$` reference and never shows a value.
//!
//! The dialect is the one of the `dotenv` package of compose-go.

mod complete;
mod encode;
mod parse;

pub use complete::{Problem, complete};
pub use encode::{EncodeError, encode_assignment, encode_value};
pub use parse::{Entry, EnvFile, ParseError, Value};
