//! The bare repository behind the rehearsal.
//!
//! Owns every look into it and every ref that GitHub itself would write. Uses libgit2, because a look-up must not cost a
//! process and because the operator's Git configuration must not matter; pushes are not ours, `git` serves them.
//! Must never keep the repository open between two requests: others write to it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use git2::{Commit, DiffOptions, ErrorCode, ObjectType, Oid, Repository, Signature, Sort, Time};
use jiff::Timestamp;

/// A bare repository, by path.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    path: PathBuf,
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
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn open(&self) -> Result<Repository, git2::Error> {
        Repository::open_bare(&self.path)
    }

    /// Every ref with the object it names.
    pub(crate) fn references(&self) -> Result<BTreeMap<String, String>, git2::Error> {
        let repository = self.open()?;
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
        let repository = self.open()?;
        let Some(oid) = find_reference(&repository, name)? else { return Ok(None) };
        Ok(Some((oid.to_string(), kind_of(&repository, oid)?)))
    }

    /// The commit that a branch, tag or full object id leads to.
    pub(crate) fn resolve(&self, commitish: &str) -> Result<Option<String>, git2::Error> {
        let repository = self.open()?;
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
        let repository = self.open()?;
        let Some(oid) = full_id(sha) else { return Ok(None) };
        match kind_of(&repository, oid) {
            Ok(kind) => Ok(Some(kind)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A commit by its full id.
    pub(crate) fn commit(&self, sha: &str) -> Result<Option<CommitView>, git2::Error> {
        let repository = self.open()?;
        let Some(oid) = full_id(sha) else { return Ok(None) };
        optional(repository.find_commit(oid))?.map(|commit| view(&commit)).transpose()
    }

    /// A tag object by its full id.
    pub(crate) fn tag(&self, sha: &str) -> Result<Option<TagView>, git2::Error> {
        let repository = self.open()?;
        let Some(oid) = full_id(sha) else { return Ok(None) };
        let Some(tag) = optional(repository.find_tag(oid))? else { return Ok(None) };
        Ok(Some(TagView {
            sha: tag.id().to_string(),
            name: String::from_utf8_lossy(tag.name_bytes()).into_owned(),
            message: String::from_utf8_lossy(tag.message_bytes().unwrap_or_default()).into_owned(),
            tagger: tag.tagger().map(|tagger| person(&tagger)),
            target: tag.target_id().to_string(),
            target_kind: kind_name(tag.target_type()),
        }))
    }

    /// Writes a ref that must not exist yet; `false` where it does.
    pub(crate) fn create_reference(&self, name: &str, sha: &str) -> Result<Created, git2::Error> {
        let repository = self.open()?;
        let oid = Oid::from_str(sha)?;
        match repository.reference(name, oid, false, "rehearsal: create") {
            Ok(_) => Ok(Created::Now),
            Err(error) if error.code() == ErrorCode::Exists => Ok(Created::Before),
            Err(error) => Err(error),
        }
    }

    /// Moves a ref from the object it must name now to another one.
    pub(crate) fn move_reference(&self, name: &str, from: &str, to: &str) -> Result<(), git2::Error> {
        let repository = self.open()?;
        let (from, to) = (Oid::from_str(from)?, Oid::from_str(to)?);
        repository.reference_matching(name, to, true, from, "rehearsal: update").map(|_| ())
    }

    pub(crate) fn delete_reference(&self, name: &str) -> Result<(), git2::Error> {
        self.open()?.find_reference(name)?.delete()
    }

    /// Writes a tag object without any ref to it.
    pub(crate) fn create_tag_object(
        &self,
        name: &str,
        target: &str,
        message: &str,
        tagger: &Person,
    ) -> Result<String, git2::Error> {
        let repository = self.open()?;
        let target = repository.find_object(Oid::from_str(target)?, None)?;
        let oid = repository.tag_annotation_create(name, &target, &signature(tagger)?, message)?;
        Ok(oid.to_string())
    }

    /// Whether a commit changes workflow files, compared with its first parent.
    pub(crate) fn changes_workflows(&self, sha: &str) -> Result<bool, git2::Error> {
        let repository = self.open()?;
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
        let repository = self.open()?;
        let (Some(commit), Some(head)) =
            (full_id(sha), find_reference(&repository, &format!("refs/heads/{branch}"))?)
        else {
            return Ok(false);
        };
        Ok(commit == head || repository.graph_descendant_of(head, commit)?)
    }

    /// Compares two commits; `None` where they have no common ancestor.
    pub(crate) fn compare(&self, base: &str, head: &str) -> Result<Option<Comparison>, git2::Error> {
        let repository = self.open()?;
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

    /// Brings a head into a branch with one commit; `None` where they conflict.
    pub(crate) fn merge(&self, merge: &Merge<'_>) -> Result<Option<String>, git2::Error> {
        let repository = self.open()?;
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

fn signature(person: &Person) -> Result<Signature<'static>, git2::Error> {
    Signature::new(&person.name, &person.email, &Time::new(person.date.as_second(), 0))
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
