//! Takes a release back that was tagged and not published: its tag goes, and on the branch a commit that undoes the stamp comes, both
//! or neither. Never touches a commit that is there: history only grows.

use git2::MergeOptions;
use release_core::finding::Cause;
use release_core::identity::{ObjectId, Tag};

use super::access::RemoteAccess;
use super::commit::{Authorship, signature};
use super::push::{Change, PushOutcome, send};
use super::{BranchMove, Repository, git_failure, object_id, oid};
use crate::failure::Failure;

impl Repository {
    /// Makes the commit that undoes `stamp` on top of `head`.
    ///
    /// # Errors
    ///
    /// [`Cause::TagElsewhere`] where later commits changed what the stamp wrote, so that a person has to undo it; [`Cause::Git`]
    /// where a commit is not in the clone.
    pub fn undoing_commit(
        &self,
        head: &ObjectId,
        stamp: &ObjectId,
        by: &Authorship,
        message: &str,
    ) -> Result<ObjectId, Failure> {
        let undoing = |error: git2::Error| git_failure("undoing the stamp", &error);
        let ours = self.git.find_commit(oid(head)?).map_err(undoing)?;
        let stamp = self.git.find_commit(oid(stamp)?).map_err(undoing)?;
        let mut index =
            self.git.revert_commit(&stamp, &ours, 0, Some(&MergeOptions::new())).map_err(undoing)?;
        if index.has_conflicts() {
            return Err(Failure::new(
                Cause::TagElsewhere,
                "later commits changed what the stamp wrote, so it cannot be undone by itself",
                format!("run `git revert {}`, push it, and run this again", stamp.id()),
            ));
        }
        let tree = index.write_tree_to(&self.git).and_then(|id| self.git.find_tree(id)).map_err(undoing)?;
        let signature = signature(by)?;
        let made =
            self.git.commit(None, &signature, &signature, message, &tree, &[&ours]).map_err(undoing)?;
        object_id(made)
    }

    /// Deletes a tag of the remote and moves a branch, in one atomic push; then the clone's own tag of the same object.
    ///
    /// # Errors
    ///
    /// As [`Self::push`]; [`Cause::TagElsewhere`] where the tag names another object than `object`.
    pub fn take_back(
        &self,
        remote: &RemoteAccess,
        tag: &Tag,
        object: &ObjectId,
        branch: Option<&BranchMove>,
    ) -> Result<PushOutcome, Failure> {
        self.require_remote(remote)?;
        let mut changes =
            vec![Change { reference: tag.reference(), expected: Some(object.clone()), new: None }];
        changes.extend(branch.map(|branch| Change {
            reference: format!("refs/heads/{}", branch.branch),
            expected: Some(branch.old.clone()),
            new: Some(branch.new.clone()),
        }));
        let outcome = send(self.folder(), remote, &changes)?;
        if let Ok(mut local) = self.git.find_reference(&tag.reference())
            && local.target().is_some_and(|target| target.to_string() == object.as_str())
        {
            local
                .delete()
                .map_err(|error| git_failure(&format!("deleting tag `{tag}` of the clone"), &error))?;
        }
        if let Some(branch) = branch {
            self.follow_branch(branch)?;
        }
        Ok(outcome)
    }
}
