//! Brings single commits onto a release line, as `git cherry-pick -x` does. Makes objects only, touches neither the index nor the working
//! tree, and remembers in each message where it came from.

use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_core::picks;

use super::commit::{Authorship, signature};
use super::{Repository, git_failure, object_id, oid};
use crate::failure::Failure;

impl Repository {
    /// Puts copies of commits on top of `head`, in this order, and returns the new head. Those that are there already, themselves or as a
    /// copy, are passed over; so the same call on its own result changes nothing.
    ///
    /// # Errors
    ///
    /// [`Cause::PickConflict`] where a commit does not fit by itself; [`Cause::Git`] where one is not in the clone.
    pub fn picked(
        &self,
        head: &ObjectId,
        commits: &[ObjectId],
        by: &Authorship,
    ) -> Result<ObjectId, Failure> {
        let mut head = head.clone();
        for commit in commits {
            if !self.holds(&head, commit)? {
                head = self.pick(&head, commit, by)?;
            }
        }
        Ok(head)
    }

    /// Whether a history has a commit, itself or as a copy that says so.
    fn holds(&self, head: &ObjectId, commit: &ObjectId) -> Result<bool, Failure> {
        if self.descends(head, commit)? {
            return Ok(true);
        }
        // Copies come after the commit that both histories have in common.
        let fork = self.fork(head, commit)?;
        let since = self.commits_since(head, &fork.into_iter().collect::<Vec<_>>(), &[])?;
        Ok(since.iter().any(|copy| picks::origins(&copy.body).contains(commit)))
    }

    /// Whether a commit is `ancestor` or descends from it.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where one is not in the clone.
    pub fn descends(&self, commit: &ObjectId, ancestor: &ObjectId) -> Result<bool, Failure> {
        let comparing = |error: git2::Error| git_failure("comparing two commits", &error);
        Ok(commit == ancestor
            || self.git.graph_descendant_of(oid(commit)?, oid(ancestor)?).map_err(comparing)?)
    }

    fn pick(&self, head: &ObjectId, commit: &ObjectId, by: &Authorship) -> Result<ObjectId, Failure> {
        let picking = |error: git2::Error| git_failure(&format!("bringing {} over", commit.short()), &error);
        let ours = self.git.find_commit(oid(head)?).map_err(picking)?;
        let theirs = self.git.find_commit(oid(commit)?).map_err(picking)?;
        // Of a merge, what it brought to its first parent.
        let mainline = u32::from(theirs.parent_count() > 1);
        let mut index = self.git.cherrypick_commit(&theirs, &ours, mainline, None).map_err(picking)?;
        if index.has_conflicts() {
            let mut paths: Vec<String> = Vec::new();
            for conflict in index.conflicts().map_err(picking)? {
                let conflict = conflict.map_err(picking)?;
                let entry = conflict.our.or(conflict.their).or(conflict.ancestor);
                paths.extend(entry.map(|entry| format!("`{}`", String::from_utf8_lossy(&entry.path))));
            }
            return Err(Failure::new(
                Cause::PickConflict,
                format!("{} does not fit by itself: it conflicts in {}", commit.short(), paths.join(", ")),
                format!(
                    "bring it over by hand: check the line out, run `git cherry-pick -x {}`, solve the conflicts, and open a pull \
                     request into the line",
                    commit.short()
                ),
            ));
        }
        let tree = index.write_tree_to(&self.git).and_then(|id| self.git.find_tree(id)).map_err(picking)?;
        let message = picks::message(&String::from_utf8_lossy(theirs.message_bytes()), commit);
        let made = self
            .git
            .commit(None, &theirs.author(), &signature(by)?, &message, &tree, &[&ours])
            .map_err(picking)?;
        object_id(made)
    }
}
