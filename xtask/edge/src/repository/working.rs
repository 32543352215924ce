//! Files of the working tree, as somebody left them: what Git has, and what is new and not ignored. Never writes, not even to the index.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::Path;

use git2::{FileMode, IndexEntryExtendedFlag, StatusOptions};
use release_core::config::ReleaseConfig;
use release_core::facts::SourceFile;
use release_core::finding::Cause;
use release_core::stamp::{CARGO_MANIFEST, workspaces};

use super::{Repository, git_failure, tree};
use crate::failure::Failure;

/// What a commit of everything would hold: each path, and its entry of the index where the file is kept out of the working tree.
struct Present(BTreeMap<String, Option<git2::IndexEntry>>);

impl Repository {
    /// The files of the working tree that have one of these names or lie in a folder of one, by path; what is not there is left out,
    /// and so is what Git ignores, because no commit will have it. With them the manifests below each Cargo workspace that is stamped.
    ///
    /// # Errors
    ///
    /// As [`Self::release_files`] for a commit.
    pub fn working_files(
        &self,
        paths: &[String],
        release: Option<&ReleaseConfig>,
    ) -> Result<BTreeMap<String, SourceFile>, Failure> {
        let Present(present) = self.present()?;
        let workspaces = release.map(workspaces).unwrap_or_default();
        let mut files = BTreeMap::new();
        for (path, kept_out) in &present {
            let named = paths.iter().any(|wanted| is_or_lies_in(path, wanted));
            let manifest = path.rsplit('/').next() == Some(CARGO_MANIFEST)
                && workspaces.iter().any(|folder| path.starts_with(folder));
            if !named && !manifest {
                continue;
            }
            let file = match kept_out {
                Some(entry) => {
                    let mode = tree::mode(i32::try_from(entry.mode).unwrap_or_default());
                    Some(tree::source_file(&self.git, entry.id, mode, path)?)
                }
                None => on_disk(&self.folder, path, named)?,
            };
            files.extend(file.map(|file| (path.clone(), file)));
        }
        Ok(files)
    }

    fn present(&self) -> Result<Present, Failure> {
        let reading = |error: git2::Error| git_failure("reading the index", &error);
        let mut index = self.git.index().map_err(reading)?;
        index.read(false).map_err(reading)?;
        let mut present = BTreeMap::new();
        for entry in index.iter() {
            let flags = IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended);
            let path = String::from_utf8_lossy(&entry.path).into_owned();
            let kept_out = flags.contains(IndexEntryExtendedFlag::SKIP_WORKTREE)
                && self.folder.join(&path).symlink_metadata().is_err();
            present.insert(path, kept_out.then_some(entry));
        }
        let mut options = StatusOptions::new();
        options
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .include_ignored(false)
            .update_index(false);
        let statuses = self
            .git
            .statuses(Some(&mut options))
            .map_err(|error| git_failure("comparing the working tree", &error))?;
        for entry in statuses.iter().filter(|entry| entry.status().is_wt_new()) {
            present.entry(String::from_utf8_lossy(entry.path_bytes()).into_owned()).or_insert(None);
        }
        Ok(Present(present))
    }
}

fn is_or_lies_in(path: &str, wanted: &str) -> bool {
    let below = path.strip_prefix(wanted.trim_end_matches('/'));
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A file as it lies there; none where it was removed. Of what is no file, only what was asked for by name matters.
fn on_disk(folder: &Path, path: &str, named: bool) -> Result<Option<SourceFile>, Failure> {
    let place = folder.join(path);
    let failed = |error: &std::io::Error| {
        Failure::of(Cause::FileSystem, format!("could not read `{}`: {error}", place.display()))
    };
    let found = match place.symlink_metadata() {
        Ok(found) => found,
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(failed(&error)),
    };
    let mode = mode(&found);
    if mode != FileMode::Blob && mode != FileMode::BlobExecutable {
        return if named { Err(tree::refused(mode, path)) } else { Ok(None) };
    }
    tree::require_size(usize::try_from(found.len()).unwrap_or(usize::MAX), path)?;
    let bytes = fs::read(&place).map_err(|error| failed(&error))?;
    Ok(Some(tree::of_bytes(bytes, mode)))
}

/// Also where a folder on the way was removed, or became a file.
fn is_gone(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn mode(found: &Metadata) -> FileMode {
    use std::os::unix::fs::PermissionsExt as _;
    match found.file_type() {
        kind if kind.is_symlink() => FileMode::Link,
        // Git names a folder by itself only where it is a repository of its own.
        kind if kind.is_dir() => FileMode::Commit,
        kind if kind.is_file() && found.permissions().mode() & 0o100 != 0 => FileMode::BlobExecutable,
        kind if kind.is_file() => FileMode::Blob,
        _ => FileMode::Unreadable,
    }
}
