//! The commits of a range. Never looks at what they change.

use std::collections::{BTreeSet, HashSet};

use git2::{Oid, Sort};
use jiff::Timestamp;
use release_core::facts::{CommitFacts, Identity, TagFacts, parts_of_message};
use release_core::identity::ObjectId;

use super::{Repository, git_failure, object_id, oid};
use crate::failure::Failure;

/// The commits that releases of ours made: what their tags lead to.
#[must_use]
pub fn release_commits(tags: &[TagFacts]) -> Vec<ObjectId> {
    tags.iter().filter(|tag| tag.plan.is_some()).map(|tag| tag.commit.clone()).collect()
}

impl Repository {
    /// The commits that `source` has and none of `hide` has, newest first, no commit before one that it is an ancestor of; without
    /// those of `left_out`, whose ancestors stay.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`](release_core::finding::Cause::Git) where a commit is not in the clone.
    pub fn commits_since(
        &self,
        source: &ObjectId,
        hide: &[ObjectId],
        left_out: &[ObjectId],
    ) -> Result<Vec<CommitFacts>, Failure> {
        let walking =
            |error: git2::Error| git_failure(&format!("walking back from `{}`", source.short()), &error);
        let left_out = left_out.iter().map(oid).collect::<Result<HashSet<_>, _>>()?;
        let mut walk = self.git.revwalk().map_err(walking)?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME).map_err(walking)?;
        walk.push(oid(source)?).map_err(walking)?;
        for end in hide {
            walk.hide(oid(end)?).map_err(walking)?;
        }
        let mut commits = Vec::new();
        for commit in walk {
            let commit = commit.map_err(walking)?;
            if !left_out.contains(&commit) {
                commits.push(self.commit_facts(commit)?);
            }
        }
        Ok(commits)
    }

    /// Those of some commits that `source` does not descend from, found in one walk.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`](release_core::finding::Cause::Git) where a commit is not in the clone.
    pub fn beside(
        &self,
        source: &ObjectId,
        commits: BTreeSet<ObjectId>,
    ) -> Result<BTreeSet<ObjectId>, Failure> {
        if commits.is_empty() {
            return Ok(commits);
        }
        let walking =
            |error: git2::Error| git_failure(&format!("walking back to `{}`", source.short()), &error);
        let mut walk = self.git.revwalk().map_err(walking)?;
        walk.hide(oid(source)?).map_err(walking)?;
        for commit in &commits {
            walk.push(oid(commit)?).map_err(walking)?;
        }
        let mut beside = BTreeSet::new();
        for commit in walk {
            beside.extend(commits.get(&object_id(commit.map_err(walking)?)?).cloned());
        }
        Ok(beside)
    }

    /// One commit.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`](release_core::finding::Cause::Git) where it is not in the clone.
    pub fn commit(&self, id: &ObjectId) -> Result<CommitFacts, Failure> {
        self.commit_facts(oid(id)?)
    }

    pub(super) fn commit_facts(&self, id: Oid) -> Result<CommitFacts, Failure> {
        let commit = self
            .git
            .find_commit(id)
            .map_err(|error| git_failure(&format!("reading commit `{id}`"), &error))?;
        let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
        let (subject, body) = parts_of_message(&message);
        let author = commit.author();
        Ok(CommitFacts {
            id: object_id(id)?,
            parents: commit.parent_ids().map(object_id).collect::<Result<_, _>>()?,
            subject: subject.to_owned(),
            body: body.to_owned(),
            author: identity(&author),
            authored: timestamp(author.when()),
            committed: timestamp(commit.committer().when()),
        })
    }
}

pub(super) fn identity(signature: &git2::Signature<'_>) -> Identity {
    Identity {
        name: String::from_utf8_lossy(signature.name_bytes()).into_owned(),
        email: String::from_utf8_lossy(signature.email_bytes()).into_owned(),
    }
}

/// A commit may claim any second; one beyond the calendar is taken as its edge, for it must not stop every later release.
pub(super) fn timestamp(time: git2::Time) -> Timestamp {
    let edge = if time.seconds() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(time.seconds()).unwrap_or(edge)
}
