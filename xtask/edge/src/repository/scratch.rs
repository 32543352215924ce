//! A branch of the remote read and written apart from the clone, in a bare repository that lasts as long as the clone is open. Serves the
//! channels' pointers; leaves nothing in the clone.

use std::collections::BTreeMap;
use std::rc::Rc;

use git2::RepositoryInitOptions;
use release_core::finding::Cause;
use release_core::identity::{ObjectId, Tag};
use release_core::plan::{Header, PATH};
use tempfile::TempDir;

use super::access::RemoteAccess;
use super::commit::{Authorship, Edit, commit};
use super::push::{Change, PushOutcome, send};
use super::refusal::explain;
use super::remote::shown;
use super::{Repository, git_failure, object_id, oid, tree};
use crate::failure::Failure;

/// The remote's name inside the scratch repository.
const REMOTE: &str = "source";

/// Where the scratch repository keeps what it fetched.
const FETCHED: &str = "refs/fetched";

/// Files of a remote branch or tag, as of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFiles {
    /// The object that the branch or tag names; none where it does not exist.
    pub head: Option<ObjectId>,
    /// The bytes of those that exist.
    pub contents: BTreeMap<String, Vec<u8>>,
}

/// A file of a remote branch or tag, and what a change of it must name to be sure that nobody else changed it in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// The object that the branch or tag names; none where it does not exist.
    pub head: Option<ObjectId>,
    /// The file's bytes; none where it does not exist.
    pub content: Option<Vec<u8>>,
}

impl Repository {
    /// Reads one file of a remote branch or tag, `reference` being its full name.
    ///
    /// # Errors
    ///
    /// As [`Self::remote_refs`]; [`Cause::FileSystem`] where the path is no plain file or too large.
    pub fn remote_file(
        &self,
        remote: &RemoteAccess,
        reference: &str,
        path: &str,
    ) -> Result<RemoteFile, Failure> {
        let mut files = self.remote_files(remote, reference, &[path])?;
        Ok(RemoteFile { head: files.head, content: files.contents.remove(path) })
    }

    /// Reads several files of a remote branch or tag as of one commit.
    ///
    /// # Errors
    ///
    /// As [`Self::remote_file`].
    pub fn remote_files(
        &self,
        remote: &RemoteAccess,
        reference: &str,
        paths: &[&str],
    ) -> Result<RemoteFiles, Failure> {
        let scratch = self.scratch(remote)?;
        let mut contents = BTreeMap::new();
        let Some(head) = scratch.fetch(reference)? else { return Ok(RemoteFiles { head: None, contents }) };
        let tree = tree::tree_of(&scratch.git, oid(&head)?)?;
        for path in paths {
            if let Some((id, mode)) = tree::find(&tree, path)? {
                contents.insert((*path).to_owned(), tree::bytes(&scratch.git, id, mode, path)?);
            }
        }
        Ok(RemoteFiles { head: Some(head), contents })
    }

    /// What the plan is of that a tag of the remote carries; none where the tag carries none, or that of another tag.
    ///
    /// # Errors
    ///
    /// As [`Self::remote_file`].
    pub fn remote_plan(&self, remote: &RemoteAccess, tag: &Tag) -> Result<Option<Header>, Failure> {
        let header = self.remote_header(remote, &tag.reference())?;
        Ok(header.filter(|header| header.tag() == *tag))
    }

    /// What the plan is of that a branch or tag of the remote carries; none where it carries none or does not exist.
    ///
    /// # Errors
    ///
    /// As [`Self::remote_file`].
    pub fn remote_header(&self, remote: &RemoteAccess, reference: &str) -> Result<Option<Header>, Failure> {
        let file = self.remote_file(remote, reference, PATH)?;
        Ok(file.content.and_then(|bytes| Header::read(std::str::from_utf8(&bytes).ok()?)))
    }

    /// Puts a commit with these files on top of a remote branch that is still at `head`, and makes the branch where `head` is none.
    /// Returns the head after; where the files are there already, that is the one before.
    ///
    /// # Errors
    ///
    /// As [`Self::push`]; [`Cause::Overtaken`] means that somebody else was faster: read again and decide anew.
    pub fn commit_onto(
        &self,
        remote: &RemoteAccess,
        reference: &str,
        head: Option<&ObjectId>,
        edits: &[Edit<'_>],
        by: &Authorship,
        message: &str,
    ) -> Result<(ObjectId, PushOutcome), Failure> {
        let scratch = self.scratch(remote)?;
        let found = scratch.fetch(reference)?;
        if found.as_ref() != head {
            return Err(Failure::new(
                Cause::Overtaken,
                format!(
                    "`{reference}` of {} is no longer where it was read: somebody else moved it",
                    shown(remote)
                ),
                "run again: it reads the branch anew",
            ));
        }
        let parent = found.as_ref().map(oid).transpose()?;
        if let (Some(parent), Some(found)) = (parent, &found)
            && scratch.holds(parent, edits)?
        {
            return Ok((found.clone(), PushOutcome::AlreadyThere));
        }
        let new = object_id(commit(&scratch.git, parent, edits, by, message)?)?;
        let change = Change { reference: reference.to_owned(), expected: found, new: Some(new.clone()) };
        let outcome = send(scratch.folder.path(), &scratch.access, &[change])?;
        Ok((new, outcome))
    }

    /// The repository for one remote: what was fetched once is not sent again, and the address behind the name is asked for once.
    fn scratch(&self, remote: &RemoteAccess) -> Result<Rc<Scratch>, Failure> {
        let mut kept = self.scratch.borrow_mut();
        match &*kept {
            Some((of, scratch)) if of.is_same(remote) => Ok(Rc::clone(scratch)),
            _ => {
                let made = Rc::new(self.new_scratch(remote)?);
                *kept = Some((remote.clone(), Rc::clone(&made)));
                Ok(made)
            }
        }
    }

    fn new_scratch(&self, remote: &RemoteAccess) -> Result<Scratch, Failure> {
        self.require_remote(remote)?;
        let access = remote.named(
            REMOTE,
            &self.address(remote, Direction::Read)?,
            &self.address(remote, Direction::Write)?,
        );
        let folder = tempfile::Builder::new().prefix("release-git-").tempdir().map_err(|error| {
            Failure::new(
                Cause::FileSystem,
                format!("no scratch folder could be made in `{}`: {error}", std::env::temp_dir().display()),
                "free some space there, or set TMPDIR",
            )
        })?;
        let mut options = RepositoryInitOptions::new();
        options.bare(true).external_template(false);
        let git = git2::Repository::init_opts(folder.path(), &options).map_err(|error| {
            git_failure(&format!("making a scratch repository in `{}`", folder.path().display()), &error)
        })?;
        Ok(Scratch { git, access, folder })
    }

    /// The address behind a remote, as the clone's configuration rewrites it; a path from the root of the file system, because it is
    /// used from another folder.
    fn address(&self, remote: &RemoteAccess, direction: Direction) -> Result<String, Failure> {
        let name = remote.remote();
        let address = if self.git.find_remote(name).is_ok() {
            let call = remote
                .git(&self.folder)
                .args(["remote", "get-url"])
                .args(direction.option())
                .args(["--", name]);
            let output = remote.run(&call)?;
            if !output.succeeded() {
                return Err(explain(&format!("reading the address of {}", shown(remote)), &output, remote));
            }
            output.text().trim_end().to_owned()
        } else {
            name.to_owned()
        };
        let relative = address.starts_with('.') || !address.contains(':');
        Ok(if relative { self.folder.join(&address).to_string_lossy().into_owned() } else { address })
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Read,
    Write,
}

impl Direction {
    fn option(self) -> Option<&'static str> {
        match self {
            Self::Read => None,
            Self::Write => Some("--push"),
        }
    }
}

/// A bare repository apart from the clone.
pub(super) struct Scratch {
    git: git2::Repository,
    access: RemoteAccess,
    /// Deleted when this goes.
    folder: TempDir,
}

impl Scratch {
    /// Fetches the head of a reference without its history; none where it does not exist.
    fn fetch(&self, reference: &str) -> Result<Option<ObjectId>, Failure> {
        let call = self
            .access
            .git(self.folder.path())
            .args(["fetch", "--quiet", "--depth=1", "--no-tags"])
            .args(["--", REMOTE, &format!("+{reference}:{FETCHED}")]);
        let output = self.access.run(&call)?;
        if output.error_text().contains("couldn't find remote ref") {
            return Ok(None);
        }
        if !output.succeeded() {
            return Err(explain(&format!("reading `{reference}` of the remote"), &output, &self.access));
        }
        let fetched = self.git.refname_to_id(FETCHED);
        let fetched =
            fetched.map_err(|error| git_failure(&format!("reading `{reference}` of the remote"), &error))?;
        object_id(fetched).map(Some)
    }

    /// Whether a commit has exactly these files already.
    fn holds(&self, commit: git2::Oid, edits: &[Edit<'_>]) -> Result<bool, Failure> {
        let tree = tree::tree_of(&self.git, commit)?;
        for edit in edits {
            let same = match tree::find(&tree, edit.path)? {
                Some((id, mode)) => tree::bytes(&self.git, id, mode, edit.path)? == edit.content,
                None => false,
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
