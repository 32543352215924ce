//! The files that a list of names means, folders included. Never judges what is missing: whoever needs a file says so.

use std::collections::BTreeMap;

use git2::FileMode;
use release_core::facts::SourceFile;
use release_core::identity::ObjectId;

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
}
