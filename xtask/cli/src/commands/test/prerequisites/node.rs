//! Installing the npm packages that the tests compare themselves with, exactly as locked.
//!
//! Must never write into the source tree nor run a package's own scripts.

use std::fs;

use super::PrepareError;
use super::probe::Pin;
use crate::commands::test::process;
use crate::commands::test::workplace::Workplace;

/// The lock file, and the copy that says that the installation is complete.
pub(crate) const PIN: Pin =
    Pin { list: "xtask/cli/tests/node/package-lock.json", installed: "node/installed.json" };

/// Installs what the lock file lists into the installed tools.
///
/// # Errors
///
/// When npm fails or the folder cannot be written.
pub(crate) fn install(workplace: &Workplace) -> Result<(), PrepareError> {
    let folder = workplace.tool("node");
    let failed = |source| PrepareError::File { path: folder.clone(), source };
    fs::create_dir_all(&folder).map_err(failed)?;
    let lock = workplace.root().join(PIN.list);
    fs::copy(&lock, folder.join("package-lock.json")).map_err(failed)?;
    fs::copy(lock.with_file_name("package.json"), folder.join("package.json")).map_err(failed)?;
    let mut npm = workplace.command("npm");
    npm.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    process::output_of(&mut npm).map_err(PrepareError::Process)?;
    fs::copy(&lock, workplace.tool(PIN.installed)).map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    const LOCK: &str = include_str!("../../../../tests/node/package-lock.json");

    #[test]
    fn the_lock_file_pins_contents_and_names_no_registry() {
        let lock: serde_json::Value = serde_json::from_str(LOCK).unwrap();
        for (path, package) in lock["packages"].as_object().unwrap() {
            assert!(package.get("resolved").is_none(), "{path} says where it comes from");
            assert!(
                path.is_empty() || package.get("integrity").is_some(),
                "{path} is not pinned by its content"
            );
        }
    }
}
