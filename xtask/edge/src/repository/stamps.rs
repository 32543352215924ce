//! Which commits only stamp a release, or take a stamp back. Told by what they change, never by their messages, which anybody can
//! write: the files after the commit must be exactly what stamping that version makes of the files before, or the other way round.

use std::collections::BTreeMap;

use git2::Tree;
use release_core::config::ReleaseConfig;
use release_core::facts::SourceFile;
use release_core::identity::ObjectId;
use release_core::plan::{Header, PATH};
use release_core::sources::CHANGELOG;
use release_core::stamp;

use super::{Repository, oid, tree};
use crate::failure::Failure;

impl Repository {
    /// The newest commit at or before `commit`, by first parents, that changes more than a stamp does.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`](release_core::finding::Cause::Git) where a commit cannot be read.
    pub fn built(&self, commit: &ObjectId, release: &ReleaseConfig) -> Result<ObjectId, Failure> {
        let mut built = commit.clone();
        while self.only_stamps(&built, release)? {
            let Some(parent) = self.commit(&built)?.parents.into_iter().next() else { break };
            built = parent;
        }
        Ok(built)
    }

    /// Whether a commit, against its first parent, brings a plan and its stamp, or takes both back, and does nothing else. The text
    /// of the changelog is free.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`](release_core::finding::Cause::Git) where the commit cannot be read.
    pub fn only_stamps(&self, commit: &ObjectId, release: &ReleaseConfig) -> Result<bool, Failure> {
        let after = tree::tree_of(&self.git, oid(commit)?)?;
        let Some(parent) = self.commit(commit)?.parents.into_iter().next() else { return Ok(false) };
        let before = tree::tree_of(&self.git, oid(&parent)?)?;
        let blob = |tree: &Tree<'_>| tree::find(tree, PATH).map(|found| found.map(|(id, _)| id));
        if blob(&before)? == blob(&after)? {
            return Ok(false);
        }
        let changed: Vec<String> = self
            .changed_paths(&before, &after)?
            .into_iter()
            .filter(|path| path != PATH && path != CHANGELOG)
            .collect();
        let paths = stamp::paths(release);
        if !changed.iter().all(|path| paths.contains(path)) {
            return Ok(false);
        }
        let (before, after) =
            (self.release_files(&parent, &paths, release)?, self.release_files(commit, &paths, release)?);
        let stamps = |plan: &ObjectId, from: &BTreeMap<_, _>, to: &BTreeMap<_, _>| -> Result<bool, Failure> {
            let header =
                self.file(plan, PATH)?.and_then(|file: SourceFile| Header::read(file.content.as_text()?));
            Ok(header.is_some_and(|plan| stamp::is_stamp(release, from, to, &changed, &plan.version)))
        };
        Ok(stamps(commit, &before, &after)? || stamps(&parent, &after, &before)?)
    }
}
