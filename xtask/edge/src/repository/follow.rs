//! Brings the clone to where the remote is after a push: the tag, and the branch with its working tree where that can harm nothing.
//! Never overwrites a change, and never fails a release that is already pushed for something it may as well leave alone.

use git2::build::CheckoutBuilder;
use git2::{ErrorCode, Oid};
use release_core::identity::{ObjectId, Tag};

use super::{Repository, git_failure, oid};
use crate::failure::Failure;

/// A branch that a push moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchMove {
    /// Its name, without `refs/heads/`.
    pub branch: String,
    /// Where it was.
    pub old: ObjectId,
    /// Where it is.
    pub new: ObjectId,
}

/// What became of a reference of the clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalMove {
    /// It follows the remote now.
    Moved,
    /// It did already.
    AlreadyThere,
    /// It was left as it is, for this reason.
    LeftAlone(String),
}

/// How the clone follows a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The tag.
    pub tag: LocalMove,
    /// The branch; none where the push moved none.
    pub branch: Option<LocalMove>,
}

impl Repository {
    /// Sets the clone's tag, and moves branch and working tree forward where the branch is checked out, still at its old commit, and
    /// without changes.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`](release_core::finding::Cause::Git) where the clone cannot be read or written.
    pub fn follow(
        &self,
        tag: &Tag,
        object: &ObjectId,
        branch: Option<&BranchMove>,
    ) -> Result<Followed, Failure> {
        // The tag comes last: where it is missing, a run was stopped here, and the next one knows that there is something left to do.
        let branch = branch.map(|branch| self.follow_branch(branch)).transpose()?;
        let tag = self.follow_tag(tag, oid(object)?)?;
        Ok(Followed { tag, branch })
    }

    fn follow_tag(&self, tag: &Tag, object: Oid) -> Result<LocalMove, Failure> {
        let name = tag.reference();
        match self.git.reference(&name, object, false, "release") {
            Ok(_) => Ok(LocalMove::Moved),
            Err(error) if error.code() == ErrorCode::Exists => {
                let there = self.git.refname_to_id(&name).map_err(|error| git_failure(&name, &error))?;
                Ok(if there == object {
                    LocalMove::AlreadyThere
                } else {
                    LocalMove::LeftAlone(format!(
                        "the clone has another tag `{tag}`; delete it with `git tag -d {tag}`"
                    ))
                })
            }
            Err(error) => Err(git_failure(&format!("setting tag `{tag}` of the clone"), &error)),
        }
    }

    pub(super) fn follow_branch(&self, branch: &BranchMove) -> Result<LocalMove, Failure> {
        let name = &branch.branch;
        let (old, new) = (oid(&branch.old)?, oid(&branch.new)?);
        let leave =
            |why: String| Ok(LocalMove::LeftAlone(format!("{why}; run `git pull` on `{name}` yourself")));
        if self.branch()?.as_deref() != Some(name) || self.git.is_bare() {
            return leave(format!("branch `{name}` is not checked out here"));
        }
        let head = self.git.refname_to_id("HEAD").map_err(|error| git_failure("reading `HEAD`", &error))?;
        if head == new {
            return Ok(LocalMove::AlreadyThere);
        }
        if head != old {
            return leave(format!("branch `{name}` of the clone is no longer at `{}`", branch.old.short()));
        }
        if !self.dirty()?.is_empty() {
            return leave("the working tree has changes".to_owned());
        }
        let moving =
            |error: git2::Error| git_failure(&format!("moving branch `{name}` of the clone"), &error);
        let target = self.git.find_commit(new).map_err(moving)?;
        let mut careful = CheckoutBuilder::new();
        careful.safe().overwrite_ignored(false);
        if let Err(error) = self.git.checkout_tree(target.as_object(), Some(&mut careful)) {
            return leave(format!("the working tree cannot follow: {}", error.message()));
        }
        let reference = format!("refs/heads/{name}");
        self.git.reference_matching(&reference, new, true, old, "release: fast-forward").map_err(moving)?;
        Ok(LocalMove::Moved)
    }
}
