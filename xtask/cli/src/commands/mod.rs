//! One file a command: reads the arguments, calls the rooms below, reports. Decides nothing about releases.

pub mod abandon;
pub mod affected;
pub mod bundle;
pub mod changelog;
pub mod channels;
pub mod check;
pub mod completions;
pub mod generate;
pub mod images;
pub mod keys;
pub mod lines;
mod locks;
pub mod offline;
pub mod plan;
pub mod rehearsal;
pub mod release;
pub mod setup_env;
pub mod test;
pub mod verify;
pub mod yank;
