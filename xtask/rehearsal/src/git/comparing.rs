//! Two commits side by side.
//!
//! Owns the comparison of histories and of trees. Must never write.

use git2::{Commit, Oid, Repository, Sort};

use crate::git::{CommitView, Store, optional, view};

/// How a file differs between two commits.
#[derive(Clone, Debug)]
pub(crate) struct FileChange {
    pub(crate) path: String,
    pub(crate) status: &'static str,
    pub(crate) blob: String,
    pub(crate) additions: usize,
    pub(crate) deletions: usize,
}

/// Two commits side by side.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) base: CommitView,
    pub(crate) merge_base: CommitView,
    pub(crate) ahead: usize,
    pub(crate) behind: usize,
    /// Commits of the head that the base has not, the oldest first.
    pub(crate) commits: Vec<CommitView>,
    pub(crate) files: Vec<FileChange>,
}

impl Store {
    /// Compares two commits; `None` where they have no common ancestor.
    pub(crate) fn compare(&self, base: &str, head: &str) -> Result<Option<Comparison>, git2::Error> {
        let repository = self.repository();
        let base = repository.find_commit(Oid::from_str(base)?)?;
        let head = repository.find_commit(Oid::from_str(head)?)?;
        let Some(merge_base) = optional(repository.merge_base(base.id(), head.id()))? else {
            return Ok(None);
        };
        let merge_base = repository.find_commit(merge_base)?;
        let (ahead, behind) = repository.graph_ahead_behind(head.id(), base.id())?;
        let mut walk = repository.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME | Sort::REVERSE)?;
        walk.push(head.id())?;
        walk.hide(base.id())?;
        let commits =
            walk.map(|oid| view(&repository.find_commit(oid?)?)).collect::<Result<Vec<_>, git2::Error>>()?;
        Ok(Some(Comparison {
            base: view(&base)?,
            files: changes(&repository, &merge_base, &head)?,
            merge_base: view(&merge_base)?,
            ahead,
            behind,
            commits,
        }))
    }
}

fn changes(
    repository: &Repository,
    from: &Commit<'_>,
    to: &Commit<'_>,
) -> Result<Vec<FileChange>, git2::Error> {
    let diff = repository.diff_tree_to_tree(Some(&from.tree()?), Some(&to.tree()?), None)?;
    let mut found = Vec::new();
    for (index, delta) in diff.deltas().enumerate() {
        let (_, additions, deletions) = match git2::Patch::from_diff(&diff, index)? {
            Some(patch) => patch.line_stats()?,
            None => (0, 0, 0),
        };
        let (file, status) = match delta.status() {
            git2::Delta::Added => (delta.new_file(), "added"),
            git2::Delta::Deleted => (delta.old_file(), "removed"),
            _ => (delta.new_file(), "modified"),
        };
        found.push(FileChange {
            path: file.path().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
            status,
            blob: file.id().to_string(),
            additions,
            deletions,
        });
    }
    Ok(found)
}
