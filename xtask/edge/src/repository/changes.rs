//! What differs between two commits, as far as an image can be built from it. Never follows a link: what changes behind one is not seen,
//! so it is refused where it would have to be.

use std::collections::{BTreeMap, BTreeSet};

use git2::FileMode;
use release_core::config::ReleaseConfig;
use release_core::config::release::OwnImage;
use release_core::facts::SourceFile;
use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_core::untrusted::terminal_line;

use super::{Repository, git_failure, object_id, oid, tree};
use crate::failure::Failure;

/// What stands at a path of a commit.
enum Standing {
    Nothing,
    File,
    Folder,
    /// A submodule, or something in one.
    Submodule,
    /// A link at this path, or on the way to it.
    Link(String),
}

impl Repository {
    /// The commit that a name stands for: a tag, a branch, an abbreviated object name, `HEAD~1`.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where it names no commit of the clone.
    pub fn commit_named(&self, name: &str) -> Result<ObjectId, Failure> {
        let found = self.git.revparse_single(name).and_then(|object| object.peel_to_commit());
        let commit = found.map_err(|error| {
            Failure::new(
                Cause::Git,
                format!("`{}` names no commit of this clone: {}", terminal_line(name), error.message()),
                "name a tag, a branch or a commit that `git log` shows; in CI check out the whole history with `fetch-depth: 0`",
            )
        })?;
        object_id(commit.id())
    }

    /// Every path that differs between two commits, each once: content, mode, and what kind of thing it is. What was renamed is named by
    /// both of its paths.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where a commit cannot be read.
    pub fn changed_between(&self, before: &ObjectId, after: &ObjectId) -> Result<Vec<String>, Failure> {
        let (before, after) =
            (tree::tree_of(&self.git, oid(before)?)?, tree::tree_of(&self.git, oid(after)?)?);
        let changed: BTreeSet<String> = self.changed_paths(&before, &after)?.into_iter().collect();
        Ok(changed.into_iter().collect())
    }

    /// The plain files of a commit among these, and the manifests below each Cargo workspace that is stamped. What is a folder, a link, a
    /// submodule, or too large is left out.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where a commit cannot be read.
    pub fn plain_files(
        &self,
        commit: &ObjectId,
        paths: &[String],
        release: &ReleaseConfig,
    ) -> Result<BTreeMap<String, SourceFile>, Failure> {
        let root = tree::tree_of(&self.git, oid(commit)?)?;
        let mut wanted: BTreeSet<String> = paths.iter().cloned().collect();
        for workspace in release_core::stamp::workspaces(release) {
            wanted.extend(self.manifests(commit, workspace)?);
        }
        let mut files = BTreeMap::new();
        for path in wanted {
            let Some((id, mode)) = tree::find(&root, &path)? else { continue };
            match tree::source_file(&self.git, id, mode, &path) {
                Ok(file) => drop(files.insert(path, file)),
                Err(failure) if failure.cause == Cause::FileSystem => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(files)
    }

    /// The own images whose folder a commit has, by name.
    ///
    /// # Errors
    ///
    /// [`Cause::FileSystem`] where one of them is built from something behind a link.
    pub fn built_here(&self, commit: &ObjectId, images: &[OwnImage]) -> Result<BTreeSet<String>, Failure> {
        let root = tree::tree_of(&self.git, oid(commit)?)?;
        let mut here = BTreeSet::new();
        for image in images {
            let context = self.standing(&root, &image.context)?;
            if let Standing::Nothing | Standing::File = context {
                continue;
            }
            let dockerfile = image.dockerfile();
            for path in [&image.context, &dockerfile].into_iter().chain(&image.paths) {
                if let Standing::Link(link) = self.standing(&root, path)? {
                    return Err(behind_a_link(&image.name, path, &link));
                }
            }
            here.insert(image.name.clone());
        }
        Ok(here)
    }

    fn standing(&self, root: &git2::Tree<'_>, path: &str) -> Result<Standing, Failure> {
        if path == "." {
            return Ok(Standing::Folder);
        }
        let mut standing = Standing::Nothing;
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for part in ends.filter_map(|end| path.get(..end)) {
            standing = match tree::find(root, part)? {
                None => return Ok(Standing::Nothing),
                Some((_, FileMode::Tree)) => Standing::Folder,
                Some((_, FileMode::Commit)) => return Ok(Standing::Submodule),
                Some((_, FileMode::Link)) => return Ok(Standing::Link(part.to_owned())),
                Some(_) => Standing::File,
            };
        }
        Ok(standing)
    }

    pub(super) fn changed_paths(
        &self,
        before: &git2::Tree<'_>,
        after: &git2::Tree<'_>,
    ) -> Result<Vec<String>, Failure> {
        let comparing = |error: git2::Error| git_failure("comparing two commits", &error);
        let diff = self.git.diff_tree_to_tree(Some(before), Some(after), None).map_err(comparing)?;
        let paths =
            diff.deltas().flat_map(|delta| [delta.old_file().path_bytes(), delta.new_file().path_bytes()]);
        Ok(paths.flatten().map(|path| String::from_utf8_lossy(path).into_owned()).collect())
    }
}

fn behind_a_link(image: &str, path: &str, link: &str) -> Failure {
    Failure::new(
        Cause::FileSystem,
        format!("the own image `{image}` is built from `{path}`, and `{link}` is a symbolic link"),
        "name in `config/release.yaml` what the link leads to: what changes behind it would not be seen",
    )
}
