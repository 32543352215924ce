//! The formats a bundle is made of: what the release tool writes and what operators' tools read.
//!
//! Owns names, shapes and digests of everything inside and beside a bundle. It is pure: it never touches the file system, the
//! network, the clock or the environment, and it decides nothing about releases.

pub mod contract;
pub mod digest;
pub mod dotenv;
pub mod manifest;
pub mod pointer;
pub mod provenance;
pub mod sbom;
pub mod setup;
pub mod signature;
pub mod updating;
