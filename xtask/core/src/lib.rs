//! Decides what a release is: pure functions from [`facts::Facts`] to a [`plan::Plan`].
//!
//! Reads nothing and changes nothing: no file system, network, clock, environment, process or randomness. Whatever a decision
//! needs arrives in its arguments; whatever it decides leaves as data that `release-edge` executes.

pub mod affected;
pub mod announce;
pub mod bundle;
pub mod changelog;
pub mod channels;
pub mod check;
pub mod compose;
pub mod config;
pub mod converge;
pub mod cut;
pub mod environment;
pub mod facts;
pub mod finding;
pub mod identity;
pub mod line;
pub mod picks;
pub mod plan;
pub mod receipt;
#[cfg(test)]
mod samples;
pub mod sources;
pub mod stamp;
pub mod untrusted;
pub mod version;
pub mod yaml;
