//! What the clone says about itself: the commit that would be released, the branch, unsaved changes, who commits. Never writes, not
//! even to the index.

use git2::{ErrorCode, StatusOptions};
use release_core::facts::{CommitFacts, Identity, RepositoryFacts};
use release_core::finding::Cause;

use super::access::RemoteAccess;
use super::{Repository, commits, git_failure};
use crate::failure::Failure;

impl Repository {
    /// Everything a plan needs to know of the clone and its remote, `branch` being the one that is released.
    ///
    /// # Errors
    ///
    /// Whatever the single reads say, and those of [`Self::remote_refs`].
    pub fn facts(&self, remote: &RemoteAccess, branch: &str) -> Result<RepositoryFacts, Failure> {
        let source = self.source()?;
        let refs = self.remote_refs(remote)?;
        let remote_branch = refs.branch(branch).cloned();
        let divergence = match &remote_branch {
            Some(head) => Some(self.divergence(&source.id, head, remote, branch)?),
            None => None,
        };
        Ok(RepositoryFacts {
            branch: self.branch()?,
            remote_branch,
            divergence,
            dirty: self.dirty()?,
            identity: self.identity()?,
            tags: self.tags_with_pushed(&source.id, &refs)?,
            remote_tags: refs.version_tags(),
            overtaken_by: None,
            source,
        })
    }

    /// The commit that is checked out.
    ///
    /// # Errors
    ///
    /// [`Cause::RepositoryUnreadable`] in a repository without commits.
    pub fn source(&self) -> Result<CommitFacts, Failure> {
        let head = self.git.head().and_then(|head| head.peel_to_commit());
        match head {
            Ok(commit) => self.commit_facts(commit.id()),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                Err(Failure::new(
                    Cause::RepositoryUnreadable,
                    format!("`{}` has no commit yet", self.folder.display()),
                    "commit something first: a release is made of commits",
                ))
            }
            Err(error) => Err(git_failure("reading what is checked out", &error)),
        }
    }

    /// The branch that is checked out; none for a detached head.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where `HEAD` cannot be read.
    pub fn branch(&self) -> Result<Option<String>, Failure> {
        let reading = |error: git2::Error| git_failure("reading `HEAD`", &error);
        let head = self.git.find_reference("HEAD").map_err(reading)?;
        let target = head.symbolic_target().map_err(reading)?;
        Ok(target.and_then(|name| name.strip_prefix("refs/heads/")).map(str::to_owned))
    }

    /// Files that differ from the commit that is checked out, in the index or the working tree, and untracked ones; a folder that is
    /// untracked as a whole is named once, with a slash. Ignored files do not count. Empty for a repository without working tree.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where the working tree cannot be compared.
    pub fn dirty(&self) -> Result<Vec<String>, Failure> {
        if self.git.is_bare() {
            return Ok(Vec::new());
        }
        let mut options = StatusOptions::new();
        options.include_untracked(true).include_ignored(false).update_index(false);
        let statuses = self
            .git
            .statuses(Some(&mut options))
            .map_err(|error| git_failure("comparing the working tree", &error))?;
        Ok(statuses.iter().map(|entry| String::from_utf8_lossy(entry.path_bytes()).into_owned()).collect())
    }

    /// Who commits: `GIT_COMMITTER_NAME` and `GIT_COMMITTER_EMAIL`, else `user.name` and `user.email`; none where Git does not know.
    ///
    /// # Errors
    ///
    /// [`Cause::IdentityMissing`] where what Git knows cannot stand in a commit.
    pub fn identity(&self) -> Result<Option<Identity>, Failure> {
        match self.git.committer_from_env() {
            Ok(signature) => Ok(Some(commits::identity(&signature))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(Failure::of(
                Cause::IdentityMissing,
                format!("the name or mail address for commits cannot be used: {}", error.message()),
            )),
        }
    }
}
