//! The archive: a flat, deterministic tar.gz. Every header field is set here, by hand; nothing is taken from a file system, whose
//! order, owners and modes differ from machine to machine.

use std::collections::BTreeSet;
use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};

/// One file to be archived.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its path, relative, with `/`.
    pub path: &'a str,
    /// Its content.
    pub content: &'a [u8],
    /// Whether it may be executed.
    pub executable: bool,
}

/// Why an archive cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Two files, or a file and a folder, would land in one place.
    #[error(
        "two files would become `{0}` in the archive; give one of them another place in `config/bundles.yaml`"
    )]
    Duplicate(String),
    /// A path that could leave the folder it is unpacked in, or that tar cannot hold.
    #[error(
        "`{0}` cannot be a path in an archive: use a relative path without `..`, with at most 99 bytes for each part and 155 for the folders together"
    )]
    Path(String),
    /// The archiver failed on memory; carries its words.
    #[error("archive not written: {0}")]
    Write(#[from] std::io::Error),
}

/// The most bytes of a name in a path: the header has 100, and one of them is the `/` that ends a folder's.
const LONGEST_PART: usize = 99;

/// The compression level, part of the format: another level gives other bytes.
const LEVEL: u32 = 6;

/// Archives files: sorted, folders before what is in them, time stamp `seconds` since 1970, owner 0, modes 0644 and 0755.
///
/// # Errors
///
/// Where two files share a path, or a path is not safe.
pub fn archive(members: &[Member<'_>], seconds: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut sorted: Vec<&Member<'_>> = members.iter().collect();
    sorted.sort_by_key(|member| member.path);
    let mut tar = tar::Builder::new(GzBuilder::new().mtime(0).write(Vec::new(), Compression::new(LEVEL)));
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for member in sorted {
        check(member.path)?;
        for (end, _) in member.path.match_indices('/') {
            let folder = member.path.get(..=end).unwrap_or_default();
            if seen.insert(folder) {
                refuse_file_as_folder(&seen, folder)?;
                tar.append(&header(folder, EntryType::Directory, 0o755, 0, seconds)?, std::io::empty())?;
            }
        }
        if !seen.insert(member.path) {
            return Err(ArchiveError::Duplicate(member.path.to_owned()));
        }
        let mode = if member.executable { 0o755 } else { 0o644 };
        let size = member.content.len() as u64;
        tar.append(&header(member.path, EntryType::Regular, mode, size, seconds)?, member.content)?;
    }
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    Ok(gzip.finish()?)
}

/// A file sorts before everything below a folder of its name, so it has been seen by then.
fn refuse_file_as_folder(seen: &BTreeSet<&str>, folder: &str) -> Result<(), ArchiveError> {
    let name = folder.trim_end_matches('/');
    if seen.contains(name) { Err(ArchiveError::Duplicate(name.to_owned())) } else { Ok(()) }
}

fn check(path: &str) -> Result<(), ArchiveError> {
    if is_place(path) { Ok(()) } else { Err(ArchiveError::Path(path.to_owned())) }
}

/// Whether a path stays below the folder that the archive is unpacked in, and is one that an archive can hold.
pub(super) fn is_place(path: &str) -> bool {
    let parts_fit =
        path.split('/').all(|part| !matches!(part, "" | "." | "..") && part.len() <= LONGEST_PART);
    let clean = crate::untrusted::is_plain(path) && !path.contains('\\');
    parts_fit && clean && path.len() <= 255
}

pub(super) fn header(
    path: &str,
    kind: EntryType,
    mode: u32,
    size: u64,
    seconds: u64,
) -> Result<Header, ArchiveError> {
    let mut header = Header::new_ustar();
    header.set_path(path).map_err(|_| ArchiveError::Path(path.to_owned()))?;
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(seconds);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bundle_format::digest::Sha256Hex;

    fn member<'a>(path: &'a str, content: &'a str) -> Member<'a> {
        Member { path, content: content.as_bytes(), executable: path.ends_with(".sh") }
    }

    #[test]
    fn the_bytes_are_pinned_and_do_not_depend_on_the_order_given() {
        let files =
            [member("b.sh", "#!/bin/sh\n"), member("configs/a/x.yml", "a: 1\n"), member("a.txt", "hello\n")];
        let mut reversed = files;
        reversed.reverse();
        let bytes = archive(&files, 1_700_000_000).unwrap();
        assert_eq!(bytes, archive(&reversed, 1_700_000_000).unwrap());
        // A change of this digest is a change of the format: old releases could no longer be rebuilt to the same bytes.
        assert_eq!(
            Sha256Hex::of(&bytes).as_str(),
            "3be556d85763a568de5f4edaf37e1e5cbe4f256f25bccb34a15dda17106c9610"
        );
    }

    #[test]
    fn it_is_flat_and_complete_for_a_reader() {
        let files = [member("b.sh", "#!/bin/sh\n"), member("configs/a/x.yml", "a: 1\n")];
        let bytes = archive(&files, 5).unwrap();
        let mut reader = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let listed: Vec<_> = reader
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                let path = entry.path().unwrap().to_string_lossy().into_owned();
                (path, header.mode().unwrap(), header.mtime().unwrap(), header.uid().unwrap())
            })
            .collect();
        let expected =
            [("b.sh", 0o755), ("configs/", 0o755), ("configs/a/", 0o755), ("configs/a/x.yml", 0o644)];
        assert_eq!(listed, expected.map(|(path, mode)| (path.to_owned(), mode, 5, 0)));
    }

    #[test]
    fn a_file_and_a_folder_of_one_name_are_refused() {
        for files in [["a", "a/b"], ["a/b/c", "a/b"]] {
            let files = files.map(|path| member(path, ""));
            assert!(matches!(archive(&files, 0), Err(ArchiveError::Duplicate(_))), "{files:?}");
        }
        assert!(archive(&[member("a", ""), member("a.d/b", ""), member("ab/c", "")], 0).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn any_order_gives_the_same_bytes(
            files in proptest::collection::btree_map("[a-c]{1,2}(/[d-f]{1,2}){0,2}", "\\PC{0,40}", 0..8),
            order in proptest::prelude::any::<u64>(),
        ) {
            let mut members: Vec<_> = files.iter().map(|(path, content)| member(path, content)).collect();
            let sorted = archive(&members, 7).map_err(|error| error.to_string());
            // A different order for each number, without another source of chance.
            members.sort_by_key(|member| Sha256Hex::of(format!("{order} {}", member.path).as_bytes()));
            proptest::prop_assert_eq!(archive(&members, 7).map_err(|error| error.to_string()), sorted);
        }
    }

    #[test]
    fn duplicates_and_paths_that_escape_are_refused() {
        assert!(matches!(archive(&[member("a", "1"), member("a", "2")], 0), Err(ArchiveError::Duplicate(_))));
        let long = "x".repeat(100);
        for path in ["/a", "../a", "a/../b", "a//b", "./a", "", "a\\b", "a\nb", long.as_str()] {
            assert!(matches!(archive(&[member(path, "")], 0), Err(ArchiveError::Path(_))), "{path:?}");
        }
    }
}
