//! The branch `channels`, read as of one commit and written only on top of that. Signs nothing and decides nothing.

use std::collections::BTreeMap;

use bundle_format::pointer::Yanked;
use release_core::channels::{BRANCH, WITHDRAWN, Withdrawals, path, seen};
use release_core::facts::PointerFacts;
use release_core::finding::Cause;
use release_core::identity::ObjectId;

use crate::failure::Failure;
use crate::repository::{Authorship, Edit, RemoteAccess, RemoteFiles, Repository};

use super::Trust;

/// What the branch says, as of one commit.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// The commit; none where the branch does not exist.
    pub head: Option<ObjectId>,
    /// The pointer of each channel that was asked for and has one.
    pub pointers: BTreeMap<String, PointerFacts>,
    /// Their envelopes, byte for byte.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The versions that were withdrawn.
    pub withdrawn: Vec<Yanked>,
}

/// One file of the branch, and what it shall say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardEdit {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Reads the branch: the pointers of these channels, and what was withdrawn.
///
/// # Errors
///
/// Where the remote cannot be read, or a file is not what it should be: then a person has to look.
pub fn read<'a>(
    repository: &Repository,
    remote: &RemoteAccess,
    channels: impl IntoIterator<Item = &'a str>,
    trust: &Trust,
) -> Result<Board, Failure> {
    let channels: Vec<(&str, String)> =
        channels.into_iter().map(|channel| (channel, path(channel))).collect();
    let mut paths: Vec<&str> = channels.iter().map(|(_, path)| path.as_str()).collect();
    paths.push(WITHDRAWN);
    let RemoteFiles { head, mut contents } = repository.remote_files(remote, BRANCH, &paths)?;
    let (mut pointers, mut files) = (BTreeMap::new(), BTreeMap::new());
    for (channel, path) in &channels {
        if let Some(bytes) = contents.remove(path) {
            let found = seen(&bytes, &trust.keys, &trust.revoked);
            let found = found.map_err(|error| unreadable(path, &error.to_string()))?;
            pointers.insert((*channel).to_owned(), found);
            files.insert((*channel).to_owned(), bytes);
        }
    }
    let withdrawn = contents.get(WITHDRAWN).map(|bytes| Withdrawals::read(bytes)).transpose();
    let withdrawn = withdrawn.map_err(|error| unreadable(WITHDRAWN, &error))?.unwrap_or_default();
    Ok(Board { head, pointers, files, withdrawn })
}

/// Writes files of the branch in one commit on top of the one that was read.
///
/// # Errors
///
/// [`Cause::Overtaken`] where somebody else wrote in between: read again and decide anew.
pub fn write(
    repository: &Repository,
    remote: &RemoteAccess,
    board: &Board,
    edits: &[BoardEdit],
    by: &Authorship,
    message: &str,
) -> Result<(), Failure> {
    let edits: Vec<Edit<'_>> = edits
        .iter()
        .map(|edit| Edit { path: &edit.path, content: edit.text.as_bytes(), executable: None })
        .collect();
    repository.commit_onto(remote, BRANCH, board.head.as_ref(), &edits, by, message).map(|_| ())
}

fn unreadable(path: &str, why: &str) -> Failure {
    Failure::new(
        Cause::Git,
        format!("`{path}` on the branch `channels` cannot be read: {why}"),
        "restore the file from the branch's history, then run again",
    )
}
