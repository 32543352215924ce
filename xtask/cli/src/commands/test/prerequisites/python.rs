//! Installing what the checks run from PyPI, into an environment of their own, exactly as pinned.
//!
//! Must never build a package from source nor touch the machine's Python.

use std::fs;

use super::PrepareError;
use super::probe::Pin;
use crate::commands::test::process;
use crate::commands::test::workplace::Workplace;

/// The list of requirements, and the copy that says that the installation is complete.
pub(crate) const PIN: Pin =
    Pin { list: "xtask/cli/tests/python/requirements.txt", installed: "python/installed.txt" };

/// Makes the environment anew and installs what the list says.
///
/// # Errors
///
/// When Python or pip fails or the folder cannot be written.
pub(crate) fn install(workplace: &Workplace) -> Result<(), PrepareError> {
    let folder = workplace.tool("python");
    let list = workplace.root().join(PIN.list);
    // A half-made environment would be first in the search path.
    let mut venv = workplace.command("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&folder);
    process::output_of(&mut venv).map_err(PrepareError::Process)?;
    let mut pip = workplace.command("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--only-binary=:all:", "--require-hashes", "--requirement"])
        .arg(&list);
    process::output_of(&mut pip).map_err(PrepareError::Process)?;
    let stamp = workplace.tool(PIN.installed);
    fs::copy(&list, &stamp).map_err(|source| PrepareError::File { path: stamp, source })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_requirement_is_pinned_by_version_and_content() {
        let list = include_str!("../../../../tests/python/requirements.txt");
        let logical = list.replace("\\\n", " ");
        for line in logical.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            assert!(line.contains("==") && line.contains("--hash=sha256:"), "{line}");
        }
    }
}
