//! What the clone says about itself: the commit that would be released, the branch, unsaved changes, who commits. Never writes, not
//! even to the index.

use git2::{ErrorCode, StatusOptions};
use release_core::config::release::Branches;
use release_core::facts::{CommitFacts, Identity, LineFacts, RepositoryFacts, TagFacts};
use release_core::finding::Cause;
use release_core::identity::{LineNumber, ObjectId};

use super::access::RemoteAccess;
use super::remote::RemoteRefs;
use super::{Repository, commits, git_failure, object_id, oid};
use crate::failure::Failure;

impl Repository {
    /// Everything a plan needs to know of the clone and its remote. What is released is the line whose branch is checked out, in CI the
    /// one whose newest commit is, and the main branch otherwise.
    ///
    /// # Errors
    ///
    /// Whatever the single reads say, and those of [`Self::remote_refs`].
    pub fn facts(&self, remote: &RemoteAccess, branches: &Branches) -> Result<RepositoryFacts, Failure> {
        let source = self.source()?;
        let refs = self.remote_refs(remote)?;
        let checked_out = self.branch()?;
        let line = line(checked_out.as_deref(), &source.id, &refs, branches);
        let seen = Seen { line, branch: checked_out, dirty: self.dirty()? };
        self.facts_of_commit(source, seen, &refs, remote, branches)
    }

    /// The release line that would be released; none for the main branch.
    ///
    /// # Errors
    ///
    /// Those of [`Self::source`] and [`Self::remote_refs`].
    pub fn line(&self, remote: &RemoteAccess, branches: &Branches) -> Result<Option<LineNumber>, Failure> {
        let refs = self.remote_refs(remote)?;
        Ok(line(self.branch()?.as_deref(), &self.source()?.id, &refs, branches))
    }

    /// The same as [`Self::facts`] for a commit that was released as a candidate, whatever is checked out: of the release line of its version, or of the main
    /// branch where there is none.
    ///
    /// # Errors
    ///
    /// As [`Self::facts`].
    pub fn facts_of_candidate(
        &self,
        candidate: &TagFacts,
        remote: &RemoteAccess,
        branches: &Branches,
    ) -> Result<RepositoryFacts, Failure> {
        let refs = self.remote_refs(remote)?;
        let number = LineNumber::of(candidate.tag.version());
        let line = refs.branches().any(|(name, _)| branches.line(name) == Some(number)).then_some(number);
        let seen = Seen { line, branch: Some(branches.of(line)), dirty: Vec::new() };
        self.facts_of_commit(self.commit(&candidate.source)?, seen, &refs, remote, branches)
    }

    fn facts_of_commit(
        &self,
        source: CommitFacts,
        seen: Seen,
        refs: &RemoteRefs,
        remote: &RemoteAccess,
        branches: &Branches,
    ) -> Result<RepositoryFacts, Failure> {
        let Seen { line, branch, dirty } = seen;
        let released = branches.of(line);
        let remote_branch = refs.branch(&released).cloned();
        let divergence = match &remote_branch {
            Some(head) => Some(self.divergence(&source.id, head, remote, &released)?),
            None => None,
        };
        Ok(RepositoryFacts {
            branch,
            line,
            lines: self.lines(&source.id, remote, refs, branches)?,
            remote_branch,
            divergence,
            dirty,
            identity: self.identity()?,
            tags: self.tags_with_pushed(&source.id, refs)?,
            remote_tags: refs.version_tags(),
            overtaken_by: None,
            source,
        })
    }

    /// Every release line of the remote and where it left the history of a commit.
    ///
    /// # Errors
    ///
    /// [`Cause::Overtaken`] for a line of which the clone has nothing, or [`Cause::Git`] where the history cannot be walked.
    fn lines(
        &self,
        source: &ObjectId,
        remote: &RemoteAccess,
        refs: &RemoteRefs,
        branches: &Branches,
    ) -> Result<Vec<LineFacts>, Failure> {
        let mut lines = Vec::new();
        for (name, head) in refs.branches() {
            let Some(number) = branches.line(name) else { continue };
            // An older commit of the line does as well: it left where it left.
            let Some(known) = self.known_head(head, remote, name)? else {
                return Err(Failure::new(
                    Cause::Overtaken,
                    format!("the remote has the release line `{name}`, and this clone has nothing of it"),
                    "run `git fetch --tags`, then run again",
                ));
            };
            lines.push(LineFacts { number, fork: self.fork(source, &known)?, unforwarded: Vec::new() });
        }
        lines.sort_by_key(|line| line.number);
        Ok(lines)
    }

    /// The newest commit that two histories have in common; none where they have nothing to do with each other.
    pub(super) fn fork(&self, one: &ObjectId, other: &ObjectId) -> Result<Option<ObjectId>, Failure> {
        match self.git.merge_base(oid(one)?, oid(other)?) {
            Ok(base) => object_id(base).map(Some),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(git_failure("looking for where a release line began", &error)),
        }
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

/// What the working tree says of a release.
struct Seen {
    line: Option<LineNumber>,
    branch: Option<String>,
    dirty: Vec<String>,
}

/// The release line that is released: of the branch that is checked out, and where none is, as in CI, of the one whose newest commit
/// is. The main branch comes first: a line that was only just cut has the same newest commit.
fn line(
    checked_out: Option<&str>,
    source: &ObjectId,
    refs: &RemoteRefs,
    branches: &Branches,
) -> Option<LineNumber> {
    if let Some(branch) = checked_out {
        return branches.line(branch);
    }
    if refs.branch(&branches.main) == Some(source) {
        return None;
    }
    let lines = refs.branches().filter(|(_, head)| *head == source);
    lines.filter_map(|(name, _)| branches.line(name)).max()
}
