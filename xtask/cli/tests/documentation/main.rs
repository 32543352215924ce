//! What people read and what CI runs: links lead somewhere, commands that pages name exist, workflows keep to their rules, and another
//! repository can adopt the tool as the pages say. Reads this checkout, and never its Git history.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, and so do the functions beside it"
)]

mod adoption;
mod checkout;
mod commands;
mod links;
mod tutorial;
mod workflows;
