//! Reads the world and changes it: Git, the forge, registries and files.
//!
//! Decides nothing: it reads facts for `release-core` and carries out the plans that `release-core` makes.

pub mod abandon;
pub mod announce;
pub mod barred;
pub mod bucket;
pub mod channels;
pub mod clock;
pub mod course;
pub mod execute;
pub mod failure;
pub mod forge;
pub mod gather;
pub mod key_files;
pub mod offline;
pub mod output;
pub mod pending;
pub mod proxy;
pub mod registry;
pub mod repository;
pub mod retag;
pub mod secret;
pub mod settings;
pub mod shell;
pub mod signing;
pub mod waiting;
