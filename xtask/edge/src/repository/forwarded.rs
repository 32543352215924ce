//! Which commits of a release line never reached the main branch: a fix that is only there is lost with the next minor. Told by copies that
//! say so, in either direction, and by what a commit changes. Never judges by titles.

use std::collections::{BTreeMap, BTreeSet};

use git2::Oid;
use release_core::config::ReleaseConfig;
use release_core::facts::CommitFacts;
use release_core::identity::{LineNumber, ObjectId};
use release_core::picks::origins;

use super::access::RemoteAccess;
use super::remote::RemoteRefs;
use super::{Repository, commits::release_commits, git_failure, oid, tree};
use crate::failure::Failure;

impl Repository {
    /// The commits of a release line that the main branch has neither itself nor as a copy, the oldest first. What only stamps, and what
    /// merges, is none of them.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`](release_core::finding::Cause::Git) where a commit cannot be read.
    pub fn unforwarded(
        &self,
        number: LineNumber,
        remote: &RemoteAccess,
        refs: &RemoteRefs,
        release: &ReleaseConfig,
    ) -> Result<Vec<CommitFacts>, Failure> {
        let known = |branch: &str| match refs.branch(branch) {
            Some(head) => self.known_head(head, remote, branch),
            None => Ok(None),
        };
        let branches = &release.branches;
        let (Some(line), Some(main)) = (known(&branches.of(Some(number)))?, known(&branches.main)?) else {
            return Ok(Vec::new());
        };
        let mut left = self.own_changes(&line, &main, release)?;
        let there = self.commits_since(&main, &[line], &[])?;
        let copied: BTreeSet<ObjectId> = there.iter().flat_map(|commit| origins(&commit.body)).collect();
        let of_main = |commit: &ObjectId| self.descends(&main, commit).unwrap_or(false);
        left.retain(|commit| !copied.contains(&commit.id) && !origins(&commit.body).iter().any(of_main));
        if left.is_empty() {
            return Ok(left);
        }
        // Comparing what two commits change is slow, comparing which files is not: a long history holds few that are alike in that.
        let mut wanted: BTreeMap<Vec<String>, Vec<CommitFacts>> = BTreeMap::new();
        for commit in left {
            wanted.entry(self.files_of(&commit.id)?).or_default().push(commit);
        }
        for commit in there.iter().filter(|commit| commit.parents.len() == 1) {
            let Some(alike) = wanted.get_mut(&self.files_of(&commit.id)?).filter(|alike| !alike.is_empty())
            else {
                continue;
            };
            let change = self.change(&commit.id)?;
            let mut open = Vec::new();
            for one in alike.drain(..) {
                if self.change(&one.id)? != change {
                    open.push(one);
                }
            }
            *alike = open;
        }
        let mut open: Vec<CommitFacts> = wanted.into_values().flatten().collect();
        open.sort_by_key(|commit| commit.committed);
        Ok(open)
    }

    /// The files that a commit changes.
    fn files_of(&self, commit: &ObjectId) -> Result<Vec<String>, Failure> {
        if let Some(known) = self.changed_files.borrow().get(commit) {
            return Ok(known.clone());
        }
        let after = tree::tree_of(&self.git, oid(commit)?)?;
        let parents = self.commit(commit)?.parents;
        let Some(parent) = parents.first() else { return Ok(Vec::new()) };
        let files = self.changed_paths(&tree::tree_of(&self.git, oid(parent)?)?, &after)?;
        self.changed_files.borrow_mut().insert(commit.clone(), files.clone());
        Ok(files)
    }

    /// The commits that a line has and main has not, the newest first, without merges and stamps.
    fn own_changes(
        &self,
        line: &ObjectId,
        main: &ObjectId,
        release: &ReleaseConfig,
    ) -> Result<Vec<CommitFacts>, Failure> {
        let stamps = release_commits(&self.tags(line)?);
        let mut changes = Vec::new();
        for commit in self.commits_since(line, std::slice::from_ref(main), &stamps)? {
            if commit.parents.len() == 1 && !self.only_stamps(&commit.id, release)? {
                changes.push(commit);
            }
        }
        Ok(changes)
    }

    /// What names the change of a commit, wherever in a history it stands: Git's patch id.
    fn change(&self, commit: &ObjectId) -> Result<Oid, Failure> {
        let reading = |error: git2::Error| git_failure("comparing what two commits change", &error);
        let after = tree::tree_of(&self.git, oid(commit)?)?;
        let parent =
            self.git.find_commit(oid(commit)?).and_then(|commit| commit.parent(0)).map_err(reading)?;
        let before = parent.tree().map_err(reading)?;
        let diff = self.git.diff_tree_to_tree(Some(&before), Some(&after), None).map_err(reading)?;
        diff.patchid(None).map_err(reading)
    }
}
