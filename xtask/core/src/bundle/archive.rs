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
    /// Two files would land in one place.
    #[error(
        "two files would become `{0}` in the archive; give one of them another place in `config/bundles.yaml`"
    )]
    Duplicate(String),
    /// A path that could leave the folder it is unpacked in, or that tar cannot hold.
    #[error(
        "`{0}` cannot be a path in an archive: use a relative path without `..`, at most 100 bytes for each part and 255 in all"
    )]
    Path(String),
    /// The archiver failed on memory; carries its words.
    #[error("archive not written: {0}")]
    Write(#[from] std::io::Error),
}

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

fn check(path: &str) -> Result<(), ArchiveError> {
    let parts_fit = path.split('/').all(|part| !matches!(part, "" | "." | "..") && part.len() <= 100);
    let clean = path.chars().all(|c| !c.is_control() && c != '\\');
    if parts_fit && clean && path.len() <= 255 { Ok(()) } else { Err(ArchiveError::Path(path.to_owned())) }
}

fn header(path: &str, kind: EntryType, mode: u32, size: u64, seconds: u64) -> Result<Header, ArchiveError> {
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
        assert_eq!(Sha256Hex::of(&bytes).as_str(), "PIN");
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
    fn duplicates_and_paths_that_escape_are_refused() {
        assert!(matches!(archive(&[member("a", "1"), member("a", "2")], 0), Err(ArchiveError::Duplicate(_))));
        let long = "x".repeat(101);
        for path in ["/a", "../a", "a/../b", "a//b", "./a", "", "a\\b", "a\nb", long.as_str()] {
            assert!(matches!(archive(&[member(path, "")], 0), Err(ArchiveError::Path(_))), "{path:?}");
        }
    }
}
