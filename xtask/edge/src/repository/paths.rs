//! The files that a list of names means, folders included. Never judges what is missing: whoever needs a file says so.

use std::collections::BTreeMap;

use git2::FileMode;
use release_core::config::ReleaseConfig;
use release_core::facts::SourceFile;
use release_core::identity::ObjectId;
use release_core::stamp::{CARGO_MANIFEST, workspaces};

use super::{Repository, oid, tree};
use crate::failure::Failure;

impl Repository {
    /// The files of a commit that have one of these names or lie in a folder of one, by path; what is not there is left out.
    ///
    /// # Errors
    ///
    /// As [`Self::file`] and [`Self::files_under`].
    pub fn files(
        &self,
        commit: &ObjectId,
        paths: &[String],
    ) -> Result<BTreeMap<String, SourceFile>, Failure> {
        let root = tree::tree_of(&self.git, oid(commit)?)?;
        let mut files = BTreeMap::new();
        for path in paths {
            match tree::find(&root, path.trim_end_matches('/'))? {
                Some((_, FileMode::Tree)) => files.extend(self.files_under(commit, path)?),
                Some(_) => files.extend(self.file(commit, path)?.map(|file| (path.clone(), file))),
                None => {}
            }
        }
        Ok(files)
    }

    /// As [`Self::files`], with the manifests below each Cargo workspace that is stamped: they say which packages have a version of
    /// their own.
    ///
    /// # Errors
    ///
    /// As [`Self::files`].
    pub fn release_files(
        &self,
        commit: &ObjectId,
        paths: &[String],
        release: &ReleaseConfig,
    ) -> Result<BTreeMap<String, SourceFile>, Failure> {
        let mut files = self.files(commit, paths)?;
        for workspace in workspaces(release) {
            let manifests = self.manifests(commit, workspace)?;
            files.extend(self.files(commit, &manifests)?);
        }
        Ok(files)
    }

    /// The paths of the Cargo manifests below a folder, links and submodules left out.
    pub(super) fn manifests(&self, commit: &ObjectId, folder: &str) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let root = tree::tree_of(&self.git, oid(commit)?)?;
        let mut open = match tree::find(&root, folder.trim_end_matches('/')) {
            _ if folder.is_empty() => vec![(String::new(), root)],
            Ok(Some((id, FileMode::Tree))) => {
                vec![(folder.to_owned(), tree::subtree(&self.git, id, folder)?)]
            }
            _ => Vec::new(),
        };
        while let Some((prefix, below)) = open.pop() {
            for entry in below.iter() {
                // What has another name in another encoding is no manifest.
                let Ok(name) = entry.name() else { continue };
                let path = format!("{prefix}{name}");
                match tree::mode(entry.filemode()) {
                    FileMode::Tree => {
                        let folder = tree::subtree(&self.git, entry.id(), &path)?;
                        open.push((format!("{path}/"), folder));
                    }
                    FileMode::Blob | FileMode::BlobExecutable if name == CARGO_MANIFEST => found.push(path),
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}
