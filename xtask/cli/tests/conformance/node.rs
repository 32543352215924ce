//! The packages from npm. Must never install them, and never do without.

use std::path::PathBuf;

/// The folder they are in.
pub(crate) fn modules() -> PathBuf {
    let given = std::env::var_os("SLIPWAY_TEST_NODE_MODULES").map(PathBuf::from);
    let there = given.filter(|folder| folder.join("@octokit").is_dir());
    there.unwrap_or_else(|| {
        panic!("`SLIPWAY_TEST_NODE_MODULES` names no folder of packages: run `cargo xtask test`")
    })
}
