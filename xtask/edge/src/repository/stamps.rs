//! Which commits only stamp a release: those that bring the plan, or take it back, and touch nothing else than what plans touch.
//! Told by what they change, never by their messages, which anybody can write.

use git2::{Oid, Tree};
use release_core::identity::ObjectId;
use release_core::plan::{PATH, Plan};

use super::{Repository, git_failure, oid, tree};
use crate::failure::Failure;

impl Repository {
    /// Whether a commit, against its first parent, changes the plan in the repository and otherwise only files that this plan, or the
    /// one before, stamps.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`](release_core::finding::Cause::Git) where the commit cannot be read.
    pub fn only_stamps(&self, commit: &ObjectId) -> Result<bool, Failure> {
        let after = tree::tree_of(&self.git, oid(commit)?)?;
        let Some(parent) = self.commit(commit)?.parents.into_iter().next() else { return Ok(false) };
        let before = tree::tree_of(&self.git, oid(&parent)?)?;
        let (old, new) = (plan_blob(&before)?, plan_blob(&after)?);
        if old == new {
            return Ok(false);
        }
        let mut stamped = vec![PATH.to_owned()];
        for blob in [old, new].into_iter().flatten() {
            stamped.extend(self.stamped_paths(blob));
        }
        let changed = self.changed_paths(&before, &after)?;
        Ok(changed.iter().all(|path| stamped.contains(path)))
    }

    fn stamped_paths(&self, blob: Oid) -> Vec<String> {
        let plan = self
            .git
            .find_blob(blob)
            .ok()
            .and_then(|blob| serde_json::from_slice::<Plan>(blob.content()).ok());
        plan.into_iter().flat_map(|plan| plan.edits).map(|edit| edit.path).collect()
    }

    fn changed_paths(&self, before: &Tree<'_>, after: &Tree<'_>) -> Result<Vec<String>, Failure> {
        let comparing = |error: git2::Error| git_failure("comparing a commit with its parent", &error);
        let diff = self.git.diff_tree_to_tree(Some(before), Some(after), None).map_err(comparing)?;
        let paths =
            diff.deltas().flat_map(|delta| [delta.old_file().path_bytes(), delta.new_file().path_bytes()]);
        Ok(paths.flatten().map(|path| String::from_utf8_lossy(path).into_owned()).collect())
    }
}

fn plan_blob(tree: &Tree<'_>) -> Result<Option<Oid>, Failure> {
    Ok(tree::find(tree, PATH)?.map(|(id, _)| id))
}
