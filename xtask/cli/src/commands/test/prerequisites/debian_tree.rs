//! Making a small Debian system as one archive, from which the tests make images: no image can be downloaded everywhere.
//!
//! Must never change the machine's own system. The packages come from where the machine's own do.

use std::fs;
use std::io;
use std::path::Path;

use super::probe::Pin;
use super::{PrepareError, apt_unpack};
use crate::commands::test::process;
use crate::commands::test::workplace::Workplace;

/// The list of packages, and the copy that says that the tree is complete.
pub(crate) const PIN: Pin =
    Pin { list: "xtask/cli/tests/debian/packages.txt", installed: "debian/packages.txt" };

/// The archive among the installed tools.
pub(crate) const ARCHIVE: &str = "debian/tree.tar";

/// The suite whose packages the tests know by their versions.
const SUITE: &str = "bookworm";

/// What no image needs: half of the tree.
const SUPERFLUOUS: &[&str] = &[
    "usr/share/doc",
    "usr/share/locale",
    "usr/share/man",
    "usr/lib/x86_64-linux-gnu/libLLVM-14.so.1",
    "usr/lib/aarch64-linux-gnu/libLLVM-14.so.1",
    "var/cache/apt",
    "var/lib/apt/lists",
];

/// Makes the archive anew.
///
/// # Errors
///
/// When the machine has no Debian source, a package cannot be had, or a file cannot be written.
pub(crate) fn install(workplace: &Workplace) -> Result<(), PrepareError> {
    let folder = workplace.tool("debian");
    let list = workplace.root().join(PIN.list);
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| PrepareError::File { path, source }
    };
    absent(fs::remove_dir_all(&folder)).map_err(failed(&folder))?;
    let tree = folder.join("tree");
    fs::create_dir_all(&folder).map_err(failed(&folder))?;
    let packages = packages(&fs::read_to_string(&list).map_err(failed(&list))?).join(",");
    let archive = apt_unpack::derived(SUITE)?;
    let mut making = workplace.command("debootstrap");
    making.args(["--variant=minbase", &format!("--include={packages}"), SUITE]).arg(&tree);
    process::output_of(making.args(archive.uri())).map_err(PrepareError::Process)?;
    for name in SUPERFLUOUS {
        let path = tree.join(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        absent(removed).map_err(failed(&path))?;
    }
    let mut packing = workplace.command("tar");
    packing.arg("--create").arg("--file").arg(workplace.tool(ARCHIVE)).arg("--directory").arg(&tree).arg(".");
    process::output_of(&mut packing).map_err(PrepareError::Process)?;
    fs::remove_dir_all(&tree).map_err(failed(&tree))?;
    let stamp = workplace.tool(PIN.installed);
    fs::copy(&list, &stamp).map(drop).map_err(failed(&stamp))
}

/// The names in a list, comments apart.
fn packages(list: &str) -> Vec<&str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// What is not there need not be removed.
fn absent(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_packages_and_nothing_else() {
        let list = include_str!("../../../../tests/debian/packages.txt");
        let packages = packages(list);
        assert!(packages.len() > 3);
        let is_name = |name: &&str| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-+.".contains(&byte))
        };
        assert!(packages.iter().all(is_name), "{packages:?}");
    }
}
