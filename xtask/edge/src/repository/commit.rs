//! Makes the release commit and the annotated tag as objects that no reference names yet. Touches neither the index nor the working
//! tree, asks no clock, and makes the same object for the same input.

use git2::build::TreeUpdateBuilder;
use git2::{ErrorCode, FileMode, ObjectType, Oid, Signature, Time, Tree};
use jiff::Timestamp;
use release_core::facts::Identity;
use release_core::finding::Cause;
use release_core::identity::{ObjectId, Tag};

use super::annotation::Annotation;
use super::{Repository, git_failure, object_id, oid, tree};
use crate::failure::Failure;

/// Who makes a commit or tag, as author and committer, and when; the time is noted in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorship {
    /// Who.
    pub identity: Identity,
    /// When; Git keeps whole seconds.
    pub time: Timestamp,
}

/// One file of a commit to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit<'a> {
    /// The file, from the root of the repository, with slashes.
    pub path: &'a str,
    /// Its whole content after, byte by byte as it shall lie in Git.
    pub content: &'a [u8],
    /// Whether it may be executed; none keeps what it is, and means no for a new file.
    pub executable: Option<bool>,
}

impl Repository {
    /// Makes the commit that stamps a release: `parent` with some files changed.
    ///
    /// # Errors
    ///
    /// [`Cause::FileSystem`] for a path that cannot be written; [`Cause::Git`] where the parent is not here or objects cannot be
    /// stored.
    pub fn release_commit(
        &self,
        parent: &ObjectId,
        edits: &[Edit<'_>],
        by: &Authorship,
        message: &str,
    ) -> Result<ObjectId, Failure> {
        object_id(commit(&self.git, Some(oid(parent)?), edits, by, message)?)
    }

    /// Makes the annotated tag of a release.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where the commit is not here or the tag cannot be stored.
    pub fn annotated_tag(
        &self,
        tag: &Tag,
        commit: &ObjectId,
        annotation: &Annotation,
        by: &Authorship,
    ) -> Result<ObjectId, Failure> {
        let making = |error: git2::Error| git_failure(&format!("making tag `{tag}`"), &error);
        let target = self.git.find_object(oid(commit)?, Some(ObjectType::Commit)).map_err(making)?;
        let message = annotation.message(tag);
        let made = self
            .git
            .tag_annotation_create(&tag.to_string(), &target, &signature(by)?, &message)
            .map_err(making)?;
        object_id(made)
    }
}

/// Makes a commit on top of another one, or the first of a history.
pub(super) fn commit(
    git: &git2::Repository,
    parent: Option<Oid>,
    edits: &[Edit<'_>],
    by: &Authorship,
    message: &str,
) -> Result<Oid, Failure> {
    let making = |error: git2::Error| git_failure("making a commit", &error);
    let parent = parent.map(|parent| git.find_commit(parent)).transpose().map_err(making)?;
    let before = match &parent {
        Some(parent) => parent.tree().map_err(making)?,
        None => empty_tree(git).map_err(making)?,
    };
    let mut after = TreeUpdateBuilder::new();
    for edit in edits {
        let mode = mode(&before, edit)?;
        let blob = git.blob(edit.content).map_err(making)?;
        after.upsert(edit.path, blob, mode);
    }
    let after = after.create_updated(git, &before).and_then(|id| git.find_tree(id)).map_err(making)?;
    let signature = signature(by)?;
    let parents: Vec<_> = parent.iter().collect();
    git.commit(None, &signature, &signature, message, &after, &parents).map_err(making)
}

fn empty_tree(git: &git2::Repository) -> Result<Tree<'_>, git2::Error> {
    let id = git.treebuilder(None)?.write()?;
    git.find_tree(id)
}

fn mode(before: &Tree<'_>, edit: &Edit<'_>) -> Result<FileMode, Failure> {
    let path = edit.path;
    let unfit =
        |part: &str| part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git");
    if path.split('/').any(unfit) || path.contains(['\0', '\\']) {
        return Err(unwritable(path, "is no path from the root of the repository"));
    }
    for (end, _) in path.match_indices('/') {
        let folder = path.get(..end).unwrap_or_default();
        if tree::find(before, folder)?.is_some_and(|(_, mode)| mode != FileMode::Tree) {
            return Err(unwritable(path, &format!("cannot be written: `{folder}` is no folder")));
        }
    }
    let was_executable = match tree::find(before, path)? {
        None | Some((_, FileMode::Blob | FileMode::BlobGroupWritable)) => false,
        Some((_, FileMode::BlobExecutable)) => true,
        Some(_) => {
            return Err(unwritable(
                path,
                "cannot be written: it is a folder, a symbolic link or a submodule",
            ));
        }
    };
    let executable = edit.executable.unwrap_or(was_executable);
    Ok(if executable { FileMode::BlobExecutable } else { FileMode::Blob })
}

fn unwritable(path: &str, why: &str) -> Failure {
    Failure::new(Cause::FileSystem, format!("`{path}` {why}"), "correct the path in `config/release.yaml`")
}

pub(super) fn signature(by: &Authorship) -> Result<Signature<'static>, Failure> {
    let Authorship { identity, time } = by;
    Signature::new(&identity.name, &identity.email, &Time::new(time.as_second(), 0)).map_err(|error| {
        let cause = if error.code() == ErrorCode::GenericError { Cause::IdentityMissing } else { Cause::Git };
        Failure::of(
            cause,
            format!("`{} <{}>` cannot sign a commit: {}", identity.name, identity.email, error.message()),
        )
    })
}
