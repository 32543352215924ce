//! Files of a commit, as they lie in Git: no line ends or filters are applied. Never reads the working tree.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::{ErrorCode, FileMode, ObjectType, Oid, Tree};
use release_core::facts::{Content, SourceFile};
use release_core::finding::Cause;
use release_core::identity::ObjectId;

use super::{Repository, git_failure, oid};
use crate::failure::Failure;

/// The largest file that is read, in bytes: 16 MiB. A release reads configuration, not data.
pub const LARGEST_FILE: usize = 16 * 1024 * 1024;

// Every plan that may be written can be read back.
const _: () = assert!(release_core::plan::LARGEST <= LARGEST_FILE);

impl Repository {
    /// One file of a commit; none where there is nothing of that name.
    ///
    /// # Errors
    ///
    /// [`Cause::FileSystem`] for a folder, a symbolic link, a submodule or a file over [`LARGEST_FILE`].
    pub fn file(&self, commit: &ObjectId, path: &str) -> Result<Option<SourceFile>, Failure> {
        let tree = tree_of(&self.git, oid(commit)?)?;
        let Some((id, mode)) = find(&tree, path)? else { return Ok(None) };
        source_file(&self.git, id, mode, path).map(Some)
    }

    /// Every file under a folder of a commit by its path from the root; all of them for the empty name, none where there is no such
    /// folder.
    ///
    /// # Errors
    ///
    /// [`Cause::FileSystem`] where one of them is a symbolic link, a submodule, over [`LARGEST_FILE`], or has a name that is not
    /// UTF-8.
    pub fn files_under(
        &self,
        commit: &ObjectId,
        folder: &str,
    ) -> Result<BTreeMap<String, SourceFile>, Failure> {
        let folder = folder.trim_end_matches('/');
        let root = tree_of(&self.git, oid(commit)?)?;
        let mut files = BTreeMap::new();
        let mut open = Vec::new();
        if folder.is_empty() {
            open.push((String::new(), root));
        } else if let Some((id, mode)) = find(&root, folder)? {
            if mode != FileMode::Tree {
                return Err(unreadable(folder, "is no folder"));
            }
            open.push((format!("{folder}/"), subtree(&self.git, id, folder)?));
        }
        while let Some((prefix, tree)) = open.pop() {
            for entry in tree.iter() {
                let name = entry.name().map_err(|_| unreadable(&prefix, "holds a name that is not UTF-8"))?;
                let path = format!("{prefix}{name}");
                let mode = mode(entry.filemode());
                if mode == FileMode::Tree {
                    let below = subtree(&self.git, entry.id(), &path)?;
                    open.push((format!("{path}/"), below));
                } else {
                    let file = source_file(&self.git, entry.id(), mode, &path)?;
                    files.insert(path, file);
                }
            }
        }
        Ok(files)
    }
}

/// The tree of a commit, or of the commit that a tag leads to.
pub(super) fn tree_of(git: &git2::Repository, commit: Oid) -> Result<Tree<'_>, Failure> {
    git.find_object(commit, None)
        .and_then(|object| object.peel_to_tree())
        .map_err(|error| git_failure(&format!("reading the files of commit `{commit}`"), &error))
}

/// What stands at a path of a tree.
pub(super) fn find(tree: &Tree<'_>, path: &str) -> Result<Option<(Oid, FileMode)>, Failure> {
    match tree.get_path(Path::new(path)) {
        Ok(entry) => Ok(Some((entry.id(), mode(entry.filemode())))),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(git_failure(&format!("reading `{path}`"), &error)),
    }
}

/// The bytes of a file, after its kind and size were looked at.
pub(super) fn bytes(git: &git2::Repository, id: Oid, mode: FileMode, path: &str) -> Result<Vec<u8>, Failure> {
    let reading = |error: git2::Error| git_failure(&format!("reading `{path}`"), &error);
    if !matches!(mode, FileMode::Blob | FileMode::BlobExecutable | FileMode::BlobGroupWritable) {
        return Err(refused(mode, path));
    }
    let (size, kind) = git.odb().and_then(|odb| odb.read_header(id)).map_err(reading)?;
    require_size(if kind == ObjectType::Blob { size } else { usize::MAX }, path)?;
    Ok(git.find_blob(id).map_err(reading)?.content().to_vec())
}

pub(super) fn source_file(
    git: &git2::Repository,
    id: Oid,
    mode: FileMode,
    path: &str,
) -> Result<SourceFile, Failure> {
    Ok(of_bytes(bytes(git, id, mode, path)?, mode))
}

/// A file of a mode.
pub(super) fn of_bytes(bytes: Vec<u8>, mode: FileMode) -> SourceFile {
    let content = match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text),
        Err(binary) => Content::Base64(STANDARD.encode(binary.into_bytes())),
    };
    SourceFile { content, executable: mode == FileMode::BlobExecutable }
}

/// Why something that is no file is not read.
pub(super) fn refused(mode: FileMode, path: &str) -> Failure {
    let why = match mode {
        FileMode::Link => "is a symbolic link, which a bundle cannot carry",
        FileMode::Commit => "is a submodule, whose files are not here",
        FileMode::Tree => "is a folder",
        _ => "has a mode that Git does not know",
    };
    unreadable(path, why)
}

/// Refuses what is too large to be read.
pub(super) fn require_size(size: usize, path: &str) -> Result<(), Failure> {
    if size <= LARGEST_FILE {
        return Ok(());
    }
    Err(unreadable(path, &format!("has {size} bytes, more than the {LARGEST_FILE} that are read")))
}

/// The tree of a folder.
pub(super) fn subtree<'repo>(
    git: &'repo git2::Repository,
    id: Oid,
    path: &str,
) -> Result<Tree<'repo>, Failure> {
    git.find_tree(id).map_err(|error| git_failure(&format!("reading folder `{path}`"), &error))
}

/// What the bits of an entry mean.
pub(super) fn mode(bits: i32) -> FileMode {
    match bits {
        0o040_000 => FileMode::Tree,
        0o100_644 => FileMode::Blob,
        0o100_664 => FileMode::BlobGroupWritable,
        0o100_755 => FileMode::BlobExecutable,
        0o120_000 => FileMode::Link,
        0o160_000 => FileMode::Commit,
        _ => FileMode::Unreadable,
    }
}

fn unreadable(path: &str, why: &str) -> Failure {
    Failure::new(
        Cause::FileSystem,
        format!("`{path}` {why}"),
        "name a plain file of the repository instead, or take it out of the folder",
    )
}
