//! Files on this machine: written beside their folder and renamed into it, so that a folder is whole or not there.

use std::path::{Path, PathBuf};

use release_core::bundle::assets::AssetBytes;
use release_core::finding::Cause;

use crate::failure::Failure;

/// Writes assets into a folder, beside what else is there; each file appears whole or not at all. Returns the folder's full path.
///
/// # Errors
///
/// [`Cause::FileSystem`] where the folder or a file cannot be written.
pub fn write_assets(assets: &[AssetBytes], folder: &Path) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| file_failure("create", folder, &error))?;
    for part in assets {
        replace(&folder.join(&part.asset.name), &part.content)?;
    }
    folder.canonicalize().map_err(|error| file_failure("read", folder, &error))
}

/// Puts a file in the place of an old one; it appears whole or not at all.
///
/// # Errors
///
/// [`Cause::FileSystem`] where it cannot be written.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut beside = tempfile::NamedTempFile::new_in(folder)
        .map_err(|error| file_failure("create a file in", folder, &error))?;
    std::io::Write::write_all(&mut beside, content).map_err(|error| file_failure("write", path, &error))?;
    readable(beside.path(), 0o644)?;
    beside.persist(path).map_err(|error| file_failure("write", path, &error.error))?;
    Ok(())
}

/// Writes files into a new folder and puts it in the place of an old one.
pub(crate) fn write_whole(folder: &Path, files: &[(&str, &[u8])]) -> Result<(), Failure> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    create_ignored(parent)?;
    let beside = tempfile::Builder::new()
        .prefix(".building-")
        .tempdir_in(parent)
        .map_err(|error| file_failure("create a folder in", parent, &error))?;
    for (name, content) in files {
        let path = beside.path().join(name);
        std::fs::write(&path, content).map_err(|error| file_failure("write", &path, &error))?;
    }
    readable(beside.path(), 0o755)?;
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|error| file_failure("replace", folder, &error))?;
    }
    let built = beside.keep();
    std::fs::rename(&built, folder).map_err(|error| file_failure("rename", &built, &error))
}

/// The file that keeps a folder of ours out of what Git sees, as Cargo does with its own.
const IGNORED: (&str, &str) = (".gitignore", "*\n");

/// Creates the repository's folder for what is built. A repository that does not ignore it would count as changed, and no release
/// starts from one; so a new folder ignores itself. One that holds something is somebody's, and stays as it is.
///
/// # Errors
///
/// [`Cause::FileSystem`] where it cannot be created.
pub fn create_ignored(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| file_failure("create", folder, &error))?;
    let mut entries = std::fs::read_dir(folder).map_err(|error| file_failure("read", folder, &error))?;
    if entries.next().is_some() {
        return Ok(());
    }
    let (name, text) = IGNORED;
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|error| file_failure("write", &path, &error))
}

/// Temporary files are private; what was built is for everybody to read.
fn readable(path: &Path, mode: u32) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .map_err(|error| file_failure("set the mode of", path, &error))?;
    }
    Ok(())
}

/// A failure of the file system that names what was tried and where.
pub(crate) fn file_failure(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        Cause::FileSystem,
        format!("could not {what} `{}`: {error}", path.display()),
        "check that the folder exists, that it may be written, and that the disk has room",
    )
}
