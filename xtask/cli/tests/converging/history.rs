//! Commits, made straight into the objects of a scene.

use std::fs;
use std::path::Path;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository, Signature, Time};
use jiff::Timestamp;

/// Who writes all of them.
const AUTHOR: (&str, &str) = ("Rosa", "rosa@example.org");

/// A file of a commit and what it holds.
pub(crate) type File = (String, Vec<u8>);

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<File> {
    let mut found = Vec::new();
    collect(folder, Path::new(""), &mut found);
    found
}

fn collect(root: &Path, below: &Path, found: &mut Vec<File>) {
    for entry in fs::read_dir(root.join(below)).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = below.join(entry.file_name());
        if entry.path().is_dir() {
            collect(root, &path, found);
        } else {
            found.push((path.to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file")));
        }
    }
}

/// Makes a commit that changes these files, at this time.
pub(crate) fn commit(
    git: &Repository,
    parent: Option<Oid>,
    files: &[File],
    message: &str,
    time: Timestamp,
) -> Oid {
    let parent = parent.map(|parent| git.find_commit(parent).expect("a commit"));
    let before = match &parent {
        Some(parent) => parent.tree().expect("a tree"),
        None => {
            let empty = git.treebuilder(None).and_then(|tree| tree.write()).expect("a tree");
            git.find_tree(empty).expect("a tree")
        }
    };
    let mut update = TreeUpdateBuilder::new();
    for (path, content) in files {
        update.upsert(path.as_str(), git.blob(content).expect("a blob"), FileMode::Blob);
    }
    let tree = update.create_updated(git, &before).and_then(|tree| git.find_tree(tree)).expect("a tree");
    let by = Signature::new(AUTHOR.0, AUTHOR.1, &Time::new(time.as_second(), 0)).expect("a signature");
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    git.commit(None, &by, &by, message, &tree, &parents).expect("a commit")
}
