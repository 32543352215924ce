//! The tool and the rehearsal GitHub, held against what we did not write: GitHub's description of its REST interface, its GraphQL
//! schema, and recordings of its answers.
//!
//! Must never reach anything but loopback, and never pass for want of a program or a recording: `cargo xtask test` installs them.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

mod answers;
mod client;
mod description;
mod exceptions;
mod node;
mod prism;
mod queries;
mod reading;
mod receipts;
mod recorder;
mod recordings;
mod replay;
mod scene;
mod scripted;
mod shape;
mod typed;
