//! The Git repository: what it says about a release, and the commit, the tag and the push that make one.
//!
//! Objects are read and made through libgit2, a remote is read and written by the git program, because only its push is atomic and
//! guarded by expected values. Nothing here decides what is released.

mod abandon;
mod access;
mod annotation;
mod changes;
mod commit;
mod commits;
mod facts;
mod follow;
mod forwarded;
mod open;
mod paths;
mod pick;
mod push;
mod refusal;
mod remote;
mod scratch;
mod stamps;
mod tags;
mod tree;
mod working;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use release_core::finding::Cause;
use release_core::identity::ObjectId;

use crate::failure::Failure;

use scratch::Scratch;

pub use access::{GitProgram, RemoteAccess};
pub use annotation::Annotation;
pub use commit::{Authorship, Edit};
pub use commits::release_commits;
pub use follow::{BranchMove, Followed, LocalMove};
pub use push::{PushOutcome, RefUpdate};
pub use remote::RemoteRefs;
pub use scratch::{RemoteFile, RemoteFiles};
pub use tree::LARGEST_FILE;

/// An opened repository with its whole history.
pub struct Repository {
    git: git2::Repository,
    folder: PathBuf,
    /// Which files a commit changes, of those that were asked for: several release lines are compared with the same commits, and what a
    /// commit changes never does.
    changed_files: RefCell<BTreeMap<ObjectId, Vec<String>>>,
    /// Where branches of a remote are read and written apart from the clone.
    scratch: RefCell<Option<(RemoteAccess, Rc<Scratch>)>>,
}

impl Repository {
    /// The root of the working tree, or the repository itself where it has none.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the configuration of Git has a setting for this repository.
    ///
    /// # Errors
    ///
    /// Where the configuration does not read.
    pub fn has_setting(&self, name: &str) -> Result<bool, Failure> {
        let reading = |error: git2::Error| git_failure("reading the configuration", &error);
        let config = self.git.config().and_then(|mut config| config.snapshot()).map_err(reading)?;
        Ok(config.get_entry(name).is_ok())
    }
}

/// A failure of libgit2 while doing `what`, a fragment such as "reading tag `v1.0.0`".
fn git_failure(what: &str, error: &git2::Error) -> Failure {
    Failure::new(
        Cause::Git,
        format!("{what}: {}", error.message()),
        "run `git fsck` in the clone; if it complains, clone again",
    )
}

fn oid(id: &ObjectId) -> Result<git2::Oid, Failure> {
    git2::Oid::from_str(id.as_str())
        .map_err(|error| git_failure(&format!("reading object name `{id}`"), &error))
}

fn object_id(oid: git2::Oid) -> Result<ObjectId, Failure> {
    oid.to_string().try_into().map_err(|error| Failure::of(Cause::Internal, format!("{error}")))
}
