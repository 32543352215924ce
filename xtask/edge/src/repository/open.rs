//! Opens a repository, or says why it cannot serve a release and what helps. Never changes a setting to get in.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, RepositoryOpenFlags};
use release_core::finding::Cause;

use super::{Repository, git_failure};
use crate::failure::Failure;

const NO_CEILINGS: &[&OsStr] = &[];

const CLONE_WHOLE: &str = "clone again without `--filter` (in CI: check out without `filter:`)";

impl Repository {
    /// Opens the repository at or above a path; linked working trees and folders inside are fine.
    ///
    /// # Errors
    ///
    /// [`Cause::RepositoryForeign`], [`Cause::RepositoryShallow`], [`Cause::RepositoryPartial`], or
    /// [`Cause::RepositoryUnreadable`] for no repository and for formats that cannot be read.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let git = git2::Repository::open_ext(path, RepositoryOpenFlags::empty(), NO_CEILINGS)
            .map_err(|error| refused(path, &error))?;
        let folder = git.workdir().unwrap_or_else(|| git.path()).to_owned();
        require_depth(&git, &folder)?;
        require_objects(&git, &folder)?;
        Ok(Self { git, folder, changed_files: RefCell::default(), scratch: RefCell::default() })
    }
}

/// Formats that libgit2 refuses, by the word in its message.
const UNREADABLE_FORMATS: &[(&str, Cause, &str, &str)] = &[
    ("partialclone", Cause::RepositoryPartial, "is a partial clone: objects are missing", CLONE_WHOLE),
    (
        "refstorage",
        Cause::RepositoryUnreadable,
        "keeps its references as `reftable`, which is not supported",
        "run `git refs migrate --ref-format=files`, or clone again with `--ref-format=files`",
    ),
    (
        "object format",
        Cause::RepositoryUnreadable,
        "names its objects by SHA-256, which is not supported",
        "release from a repository with SHA-1 object names (`git init --object-format=sha1`)",
    ),
];

fn refused(path: &Path, error: &git2::Error) -> Failure {
    let shown = path.display();
    match error.code() {
        ErrorCode::Owner => {
            let root = repository_root(path);
            let root = root.display();
            Failure::new(
                Cause::RepositoryForeign,
                format!("`{root}` belongs to another user, so Git refuses it"),
                format!("if you trust its content, run `git config --global --add safe.directory {root}`"),
            )
        }
        ErrorCode::NotFound => Failure::new(
            Cause::RepositoryUnreadable,
            format!("there is no Git repository at `{shown}` or above it"),
            "run the command inside a clone of the repository to be released",
        ),
        _ => {
            let said = error.message().to_lowercase();
            match UNREADABLE_FORMATS.iter().find(|(word, ..)| said.contains(word)) {
                Some((_, cause, what, hint)) => Failure::new(*cause, format!("`{shown}` {what}"), *hint),
                None => Failure::new(
                    Cause::RepositoryUnreadable,
                    format!("`{shown}` cannot be opened: {}", error.message()),
                    "run `git fsck` there; if it complains, clone again",
                ),
            }
        }
    }
}

/// The path that `safe.directory` has to name: the root of the working tree, or the bare repository, without symbolic links.
fn repository_root(path: &Path) -> PathBuf {
    let start = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_root = |folder: &&Path| {
        folder.join(".git").exists() || (folder.join("HEAD").exists() && folder.join("objects").exists())
    };
    start.ancestors().find(is_root).unwrap_or(&start).to_owned()
}

/// The history has to be whole. libgit2 looks for the mark of a shallow clone in the folder of a linked working tree, where it
/// never is: so the file is looked for where git keeps it.
fn require_depth(git: &git2::Repository, folder: &Path) -> Result<(), Failure> {
    let mark = git.commondir().join("shallow");
    if !git.is_shallow() && !mark.metadata().is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    Err(Failure::new(
        Cause::RepositoryShallow,
        format!("`{}` is a shallow clone: its history is cut off", folder.display()),
        "run `git fetch --unshallow --tags`, or set `fetch-depth: 0` for the checkout in CI",
    ))
}

/// Every object has to be here: a remote that promises to send some later makes a clone partial, whatever its format number says.
fn require_objects(git: &git2::Repository, folder: &Path) -> Result<(), Failure> {
    let reading = |error: git2::Error| git_failure("reading the configuration", &error);
    let config = git.config().and_then(|mut config| config.snapshot()).map_err(reading)?;
    let mut promises = config.get_entry("extensions.partialclone").is_ok();
    let mut entries = config.entries(Some(r"^remote\..*\.promisor$")).map_err(reading)?;
    while let Some(entry) = entries.next() {
        let name = entry.and_then(|entry| entry.name().map(str::to_owned)).map_err(reading)?;
        promises |= config.get_bool(&name).unwrap_or(true);
    }
    if !promises {
        return Ok(());
    }
    Err(Failure::new(
        Cause::RepositoryPartial,
        format!("`{}` is a partial clone: objects are missing", folder.display()),
        CLONE_WHOLE,
    ))
}
