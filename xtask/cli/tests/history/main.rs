//! What the tool makes of a history: repositories of every shape are made up, read and planned in process, against a rehearsal's
//! servers. Never runs the binary and never looks at this repository's own history.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "the functions beside the tests may fail a test too, and say what they measured"
)]

mod faults;
mod git;
mod long;
mod mixed;
mod oracle;
mod past;
mod plans;
mod platform;
mod proxy;
mod rules;
mod seeds;
mod stage;
mod story;
mod titles;
mod whole;
mod writer;
