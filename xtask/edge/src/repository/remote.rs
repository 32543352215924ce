//! What the remote says: its references, and how far it is from the clone. Never fetches into the clone and never writes.

use std::collections::BTreeMap;

use git2::{ErrorCode, Oid};
use release_core::facts::Divergence;
use release_core::finding::Cause;
use release_core::identity::{ObjectId, Tag};

use super::access::RemoteAccess;
use super::refusal::explain;
use super::{Repository, git_failure, object_id, oid};
use crate::failure::Failure;
use crate::secret::hide_user_info;

/// The branches and tags of a remote by full name, each with the object it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteRefs(BTreeMap<String, ObjectId>);

impl RemoteRefs {
    /// The object of a reference by its full name, as in `refs/heads/main`.
    #[must_use]
    pub fn get(&self, reference: &str) -> Option<&ObjectId> {
        self.0.get(reference)
    }

    /// The head of a branch.
    #[must_use]
    pub fn branch(&self, name: &str) -> Option<&ObjectId> {
        self.get(&format!("refs/heads/{name}"))
    }

    /// Every branch by its short name, with its head.
    pub fn branches(&self) -> impl Iterator<Item = (&str, &ObjectId)> {
        self.iter().filter_map(|(name, head)| Some((name.strip_prefix("refs/heads/")?, head)))
    }

    /// Every version tag and the object it names.
    #[must_use]
    pub fn version_tags(&self) -> BTreeMap<Tag, ObjectId> {
        let tags = self.0.iter().filter_map(|(name, object)| {
            Some((Tag::parse(name.strip_prefix("refs/tags/")?)?, object.clone()))
        });
        tags.collect()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ObjectId)> {
        self.0.iter().map(|(name, object)| (name.as_str(), object))
    }

    /// Reads what `git ls-remote` prints: an object name, a tab and a reference in each line.
    fn read(text: &str) -> Result<Self, Failure> {
        let line = |line: &str| {
            let (object, name) = line.split_once('\t')?;
            Some((name.to_owned(), object.parse().ok()?))
        };
        let refs = text.lines().map(|text| {
            line(text).ok_or_else(|| {
                Failure::new(
                    Cause::Git,
                    format!("the remote's list of references has a line that makes no sense: {text:?}"),
                    "look at what `git ls-remote` prints; repositories with SHA-256 names are not supported",
                )
            })
        });
        refs.collect::<Result<_, _>>().map(Self)
    }
}

impl Repository {
    /// The branches and tags of a remote.
    ///
    /// # Errors
    ///
    /// [`Cause::RemoteMissing`], [`Cause::TokenMissing`], [`Cause::TokenRights`], or [`Cause::Git`] where it cannot be reached.
    pub fn remote_refs(&self, remote: &RemoteAccess) -> Result<RemoteRefs, Failure> {
        self.require_remote(remote)?;
        read_refs(&self.folder, remote)
    }

    /// How far a commit is from the head of a remote branch. What is only on the remote is counted where the clone has it; without it
    /// `ahead` goes by what the clone last saw of that branch.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where the history cannot be walked.
    pub fn divergence(
        &self,
        source: &ObjectId,
        remote_head: &ObjectId,
        remote: &RemoteAccess,
        branch: &str,
    ) -> Result<Divergence, Failure> {
        let walking = |error: git2::Error| git_failure("comparing with the remote branch", &error);
        let (local, head) = (oid(source)?, oid(remote_head)?);
        if self.git.odb().map_err(walking)?.exists(head) {
            match self.git.graph_ahead_behind(local, head) {
                Ok((ahead, behind)) => return Ok(Divergence { ahead, behind: Some(behind) }),
                Err(error) if error.code() == ErrorCode::NotFound => {}
                Err(error) => return Err(walking(error)),
            }
        }
        let ahead = match self.last_seen(remote, branch)? {
            Some(last) => self.git.graph_ahead_behind(local, last).map_err(walking)?.0,
            None => 0,
        };
        Ok(Divergence { ahead, behind: None })
    }

    /// The commits of `source` that a remote branch has not, as far as the clone can tell: by the branch's head where the clone has
    /// it, else by what it last saw of the branch.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where the history cannot be walked.
    pub fn unpushed(
        &self,
        source: &ObjectId,
        remote_head: &ObjectId,
        remote: &RemoteAccess,
        branch: &str,
    ) -> Result<Vec<ObjectId>, Failure> {
        let Some(last) = self.known_head(remote_head, remote, branch)? else { return Ok(Vec::new()) };
        let commits = self.commits_since(source, &[last], &[])?;
        Ok(commits.into_iter().map(|commit| commit.id).collect())
    }

    /// The head of a remote branch where the clone has it, else where the branch was when the clone last looked; none where it never did.
    pub(super) fn known_head(
        &self,
        head: &ObjectId,
        remote: &RemoteAccess,
        branch: &str,
    ) -> Result<Option<ObjectId>, Failure> {
        let looking = |error: git2::Error| git_failure("comparing with the remote branch", &error);
        if self.git.odb().map_err(looking)?.exists(oid(head)?) {
            return Ok(Some(head.clone()));
        }
        self.last_seen(remote, branch)?.map(object_id).transpose()
    }

    /// Where a remote branch was when the clone last looked; none where it never did.
    fn last_seen(&self, remote: &RemoteAccess, branch: &str) -> Result<Option<Oid>, Failure> {
        let tracking = format!("refs/remotes/{}/{branch}", remote.remote());
        match self.git.find_reference(&tracking).and_then(|last| last.peel_to_commit()) {
            Ok(last) => Ok(Some(last.id())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(git_failure("comparing with the remote branch", &error)),
        }
    }

    /// A remote given by name has to be one of the clone's; an address or a path is taken as it is.
    pub(super) fn require_remote(&self, remote: &RemoteAccess) -> Result<(), Failure> {
        let name = remote.remote();
        let is_address = name.contains(':') || name.starts_with(['/', '.']);
        if is_address || self.git.find_remote(name).is_ok() {
            return Ok(());
        }
        Err(Failure::new(
            Cause::RemoteMissing,
            format!("`{}` has no remote `{name}`", self.folder.display()),
            format!(
                "add it with `git remote add {name} ADDRESS`, or name another one in `config/release.yaml`"
            ),
        ))
    }
}

pub(super) fn read_refs(folder: &std::path::Path, remote: &RemoteAccess) -> Result<RemoteRefs, Failure> {
    let call = remote.git(folder).args(["ls-remote", "--refs", "--heads", "--tags", "--", remote.remote()]);
    let output = remote.run(&call)?;
    if !output.succeeded() {
        return Err(explain(&format!("reading the remote {}", shown(remote)), &output, remote));
    }
    RemoteRefs::read(&output.text())
}

/// A remote for messages.
pub(super) fn shown(remote: &RemoteAccess) -> String {
    format!("`{}`", hide_user_info(remote.remote()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_references_is_read_whole_or_not_at_all() {
        let id = "2e0b7f6a1cbd5a1d3bb1bd0d0f0a9a8b7c6d5e4f";
        let refs = RemoteRefs::read(&format!(
            "{id}\trefs/heads/main\n{id}\trefs/tags/v1.0.0\n{id}\trefs/tags/nightly\n"
        ))
        .expect("a list");
        assert_eq!(refs.branch("main").map(ObjectId::as_str), Some(id));
        assert_eq!(refs.version_tags().len(), 1);
        assert_eq!(refs.iter().count(), 3);
        let failure = RemoteRefs::read("warning: no\n").expect_err("no list");
        assert_eq!(failure.cause, Cause::Git);
    }
}
