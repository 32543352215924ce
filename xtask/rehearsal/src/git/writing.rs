//! What GitHub itself writes into the bare repository.
//!
//! Owns refs, tag objects and merges. Must never move a ref from anything but the object it was last seen at.

use git2::{ErrorCode, Oid, Signature, Time};

use crate::git::{Person, Store};

/// Whether a ref was written or was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Created {
    Now,
    Before,
}

/// How a pull request is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeMethod {
    Merge,
    Squash,
}

/// What to merge.
#[derive(Debug)]
pub(crate) struct Merge<'a> {
    pub(crate) base_branch: &'a str,
    pub(crate) head: &'a str,
    pub(crate) method: MergeMethod,
    pub(crate) message: &'a str,
    pub(crate) by: &'a Person,
}

impl Store {
    /// Writes a ref that must not exist yet; `false` where it does.
    pub(crate) fn create_reference(&self, name: &str, sha: &str) -> Result<Created, git2::Error> {
        let repository = self.repository();
        let oid = Oid::from_str(sha)?;
        match repository.reference(name, oid, false, "rehearsal: create") {
            Ok(_) => Ok(Created::Now),
            Err(error) if error.code() == ErrorCode::Exists => Ok(Created::Before),
            Err(error) => Err(error),
        }
    }

    /// Moves a ref from the object it must name now to another one.
    pub(crate) fn move_reference(&self, name: &str, from: &str, to: &str) -> Result<(), git2::Error> {
        let repository = self.repository();
        let (from, to) = (Oid::from_str(from)?, Oid::from_str(to)?);
        repository.reference_matching(name, to, true, from, "rehearsal: update").map(|_| ())
    }

    pub(crate) fn delete_reference(&self, name: &str) -> Result<(), git2::Error> {
        let repository = self.repository();
        let mut reference = repository.find_reference(name)?;
        reference.delete()
    }

    /// Writes a tag object without any ref to it.
    pub(crate) fn create_tag_object(
        &self,
        name: &str,
        target: &str,
        message: &str,
        tagger: &Person,
    ) -> Result<String, git2::Error> {
        let repository = self.repository();
        let target = repository.find_object(Oid::from_str(target)?, None)?;
        let oid = repository.tag_annotation_create(name, &target, &signature(tagger)?, message)?;
        Ok(oid.to_string())
    }

    /// Brings a head into a branch with one commit; `None` where they conflict.
    pub(crate) fn merge(&self, merge: &Merge<'_>) -> Result<Option<String>, git2::Error> {
        let repository = self.repository();
        let base_ref = format!("refs/heads/{}", merge.base_branch);
        let base = repository.find_reference(&base_ref)?.peel_to_commit()?;
        let head = repository.find_commit(Oid::from_str(merge.head)?)?;
        let mut index = repository.merge_commits(&base, &head, None)?;
        if index.has_conflicts() {
            return Ok(None);
        }
        let tree = repository.find_tree(index.write_tree_to(&repository)?)?;
        let parents = match merge.method {
            MergeMethod::Merge => vec![&base, &head],
            MergeMethod::Squash => vec![&base],
        };
        let who = signature(merge.by)?;
        let commit = repository.commit(None, &who, &who, merge.message, &tree, &parents)?;
        repository.reference_matching(&base_ref, commit, true, base.id(), "rehearsal: merge pull request")?;
        Ok(Some(commit.to_string()))
    }
}

fn signature(person: &Person) -> Result<Signature<'static>, git2::Error> {
    Signature::new(&person.name, &person.email, &Time::new(person.date.as_second(), 0))
}
