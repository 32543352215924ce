//! The bare repository behind the rehearsal.
//!
//! Owns every look into it and every ref that GitHub itself would write. Uses libgit2, because a look-up must not cost a
//! process and because the operator's Git configuration must not matter; pushes are not ours, `git` serves them.
//! Must never call back into the servers: its lock is the innermost.

mod comparing;
mod protection;
mod writing;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use git2::{Commit, DiffOptions, ErrorCode, ObjectType, Oid, Repository, Signature, Tag};
use jiff::Timestamp;

pub(crate) use comparing::FileChange;
pub(crate) use writing::{Created, Merge, MergeMethod};

/// A bare repository. libgit2 notices what others write to it, so it is opened once.
pub(crate) struct Store {
    path: PathBuf,
    repository: Mutex<Repository>,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A person in a commit or tag.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) date: Timestamp,
}

/// A commit, read whole.
#[derive(Clone, Debug)]
pub(crate) struct CommitView {
    pub(crate) sha: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author: Person,
    pub(crate) committer: Person,
    pub(crate) message: String,
}

/// An annotated tag object.
#[derive(Clone, Debug)]
pub(crate) struct TagView {
    pub(crate) sha: String,
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) tagger: Option<Person>,
    pub(crate) target: String,
    pub(crate) target_kind: &'static str,
}

/// What GitHub's interfaces show of Git's objects.
#[derive(Clone, Debug)]
pub(crate) enum Object {
    Commit(CommitView),
    Tag(TagView),
}

impl Store {
    pub(crate) fn open(path: PathBuf) -> Result<Self, git2::Error> {
        let repository = Mutex::new(Repository::open_bare(&path)?);
        Ok(Self { path, repository })
    }

    fn repository(&self) -> MutexGuard<'_, Repository> {
        self.repository.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every ref with the object it names.
    pub(crate) fn references(&self) -> Result<BTreeMap<String, String>, git2::Error> {
        let repository = self.repository();
        let mut found = BTreeMap::new();
        for reference in repository.references()? {
            let reference = reference?;
            if let (Ok(name), Some(target)) = (reference.name(), reference.target()) {
                found.insert(name.to_owned(), target.to_string());
            }
        }
        Ok(found)
    }

    /// The object a ref names, and its kind; `None` where there is no such ref.
    pub(crate) fn reference(&self, name: &str) -> Result<Option<(String, &'static str)>, git2::Error> {
        let repository = self.repository();
        let Some(oid) = find_reference(&repository, name)? else { return Ok(None) };
        Ok(Some((oid.to_string(), kind_of(&repository, oid)?)))
    }

    /// The commit that a branch, tag or full object id leads to.
    pub(crate) fn resolve(&self, commitish: &str) -> Result<Option<String>, git2::Error> {
        let repository = self.repository();
        let names =
            [format!("refs/heads/{commitish}"), format!("refs/tags/{commitish}"), commitish.to_owned()];
        for name in names {
            if let Some(oid) = find_reference(&repository, &name)? {
                return peel(&repository, oid);
            }
        }
        match full_id(commitish) {
            Some(oid) => peel(&repository, oid),
            None => Ok(None),
        }
    }

    /// The kind of an object that exists: `commit`, `tag`, `tree` or `blob`.
    pub(crate) fn object_kind(&self, sha: &str) -> Result<Option<&'static str>, git2::Error> {
        let repository = self.repository();
        let Some(oid) = full_id(sha) else { return Ok(None) };
        match kind_of(&repository, oid) {
            Ok(kind) => Ok(Some(kind)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A commit by its full id.
    pub(crate) fn commit(&self, sha: &str) -> Result<Option<CommitView>, git2::Error> {
        let repository = self.repository();
        let Some(oid) = full_id(sha) else { return Ok(None) };
        optional(repository.find_commit(oid))?.map(|commit| view(&commit)).transpose()
    }

    /// A tag object by its full id.
    pub(crate) fn tag(&self, sha: &str) -> Result<Option<TagView>, git2::Error> {
        let repository = self.repository();
        let Some(oid) = full_id(sha) else { return Ok(None) };
        Ok(optional(repository.find_tag(oid))?.map(|tag| tag_view(&tag)))
    }

    /// A commit or tag object by its full id.
    pub(crate) fn object(&self, sha: &str) -> Result<Option<Object>, git2::Error> {
        let repository = self.repository();
        let Some(oid) = full_id(sha) else { return Ok(None) };
        let Some(object) = optional(repository.find_object(oid, None))? else { return Ok(None) };
        match (object.as_commit(), object.as_tag()) {
            (Some(commit), _) => Ok(Some(Object::Commit(view(commit)?))),
            (None, Some(tag)) => Ok(Some(Object::Tag(tag_view(tag)))),
            (None, None) => Ok(None),
        }
    }

    /// The content of a file at a commit; `None` where there is no such file.
    pub(crate) fn file(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>, git2::Error> {
        let repository = self.repository();
        let tree = repository.find_commit(Oid::from_str(commit)?)?.tree()?;
        let Some(entry) = optional(tree.get_path(Path::new(path)))? else { return Ok(None) };
        Ok(entry.to_object(&repository)?.as_blob().map(|blob| blob.content().to_vec()))
    }

    /// Whether a commit changes workflow files, compared with its first parent.
    pub(crate) fn changes_workflows(&self, sha: &str) -> Result<bool, git2::Error> {
        let repository = self.repository();
        let commit = repository.find_commit(Oid::from_str(sha)?)?;
        let before = match commit.parents().next() {
            Some(parent) => Some(parent.tree()?),
            None => None,
        };
        let mut only = DiffOptions::new();
        only.pathspec(".github/workflows/");
        let diff = repository.diff_tree_to_tree(before.as_ref(), Some(&commit.tree()?), Some(&mut only))?;
        Ok(diff.deltas().len() > 0)
    }

    /// Whether a commit is on a branch.
    pub(crate) fn is_on_branch(&self, sha: &str, branch: &str) -> Result<bool, git2::Error> {
        let repository = self.repository();
        let (Some(commit), Some(head)) =
            (full_id(sha), find_reference(&repository, &format!("refs/heads/{branch}"))?)
        else {
            return Ok(false);
        };
        Ok(commit == head || repository.graph_descendant_of(head, commit)?)
    }
}

fn full_id(text: &str) -> Option<Oid> {
    if text.len() == 40 { Oid::from_str(text).ok() } else { None }
}

fn optional<T>(found: Result<T, git2::Error>) -> Result<Option<T>, git2::Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn find_reference(repository: &Repository, name: &str) -> Result<Option<Oid>, git2::Error> {
    if !git2::Reference::is_valid_name(name) {
        return Ok(None);
    }
    match optional(repository.find_reference(name))? {
        Some(reference) => Ok(reference.resolve()?.target()),
        None => Ok(None),
    }
}

fn peel(repository: &Repository, oid: Oid) -> Result<Option<String>, git2::Error> {
    let Some(object) = optional(repository.find_object(oid, None))? else { return Ok(None) };
    Ok(object.peel_to_commit().ok().map(|commit| commit.id().to_string()))
}

fn kind_of(repository: &Repository, oid: Oid) -> Result<&'static str, git2::Error> {
    Ok(kind_name(Some(repository.odb()?.read_header(oid)?.1)))
}

fn kind_name(kind: Option<ObjectType>) -> &'static str {
    kind.map_or("commit", |kind| kind.str())
}

fn view(commit: &Commit<'_>) -> Result<CommitView, git2::Error> {
    Ok(CommitView {
        sha: commit.id().to_string(),
        tree: commit.tree_id().to_string(),
        parents: commit.parent_ids().map(|id| id.to_string()).collect(),
        author: person(&commit.author()),
        committer: person(&commit.committer()),
        message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
    })
}

fn person(signature: &Signature<'_>) -> Person {
    Person {
        name: String::from_utf8_lossy(signature.name_bytes()).into_owned(),
        email: String::from_utf8_lossy(signature.email_bytes()).into_owned(),
        date: Timestamp::from_second(signature.when().seconds()).unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

fn tag_view(tag: &Tag<'_>) -> TagView {
    TagView {
        sha: tag.id().to_string(),
        name: String::from_utf8_lossy(tag.name_bytes()).into_owned(),
        message: String::from_utf8_lossy(tag.message_bytes().unwrap_or_default()).into_owned(),
        tagger: tag.tagger().map(|tagger| person(&tagger)),
        target: tag.target_id().to_string(),
        target_kind: kind_name(tag.target_type()),
    }
}
