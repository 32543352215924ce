//! Reads an archive from first to last byte and takes nothing but what [`super::archive`] writes: every header is made again from what it
//! says and compared. So there is no second meaning that another reader could find. Writes nothing anywhere, and stops at limits before
//! it has read what lies beyond them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use bundle_format::digest::{Running, Sha256Hex};
use bundle_format::manifest::FILE_NAME;
use tar::Header;

use super::archive;

/// What an archive may cost whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive itself: 512 MiB. A bundle is a few of them; images have archives of their own.
    pub packed: u64,
    /// Bytes that it unpacks to: 2 GiB, four times that, while text packs no better than ten times and a bomb a thousand.
    pub unpacked: u64,
    /// Files and folders: 10,000, a hundred times what a platform of sixty services has.
    pub entries: usize,
    /// Bytes of the manifest, the only file that is held in memory: as many as a plan may have, of which it is a part.
    pub manifest: u64,
}

/// The limits of every archive that is read.
pub const LIMITS: Limits = Limits {
    packed: 512 * 1024 * 1024,
    unpacked: 2 * 1024 * 1024 * 1024,
    entries: 10_000,
    manifest: crate::plan::LARGEST as u64,
};

/// Why an archive is refused. All names in it are already safe for a terminal.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It goes beyond a limit.
    #[error("it {0}, which no bundle does")]
    Limit(String),
    /// It ends too early, or its checksum is wrong.
    #[error("it is cut off or damaged: {0}")]
    Damaged(#[from] std::io::Error),
    /// The compression carries what ours does not: a name, a comment, a time.
    #[error("its compression says more than that of a bundle")]
    Compression,
    /// A kind or place of entry that no bundle has.
    #[error("it holds `{0}`, which no bundle holds")]
    Foreign(String),
    /// An entry that is there twice, or whose header is not as bundles have it.
    #[error("it holds `{0}` twice, or in a way no bundle does")]
    Unlike(String),
    /// Something follows the last file.
    #[error("something follows the end of its files")]
    AfterFiles,
    /// Something follows the compressed part.
    #[error("something follows its end")]
    AfterEnd,
}

/// What an archive holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) files: BTreeMap<String, Found>,
    /// The folders, each with a `/` at its end.
    pub(super) folders: BTreeSet<String>,
    pub(super) manifest: Vec<u8>,
    /// The time of all entries, in seconds since 1970.
    pub(super) seconds: Option<u64>,
}

/// One file as the archive holds it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) mode: u32,
    pub(super) size: u64,
    pub(super) sha256: Sha256Hex,
}

/// The bytes of a block: headers have one, contents are filled up to whole ones.
const BLOCK: usize = 512;

/// How a gzip file of ours begins: deflate, no flags, no time (RFC 1952, section 2.3).
pub(super) const GZIP: [u8; 8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0];

/// Reads all of an archive.
pub(super) fn read(archive: &[u8], limits: Limits) -> Result<Held, Refusal> {
    if archive.len() as u64 > limits.packed {
        return Err(Refusal::Limit(format!("has more than {} bytes", limits.packed)));
    }
    if !archive.starts_with(&GZIP) {
        return Err(Refusal::Compression);
    }
    let gzip = flate2::bufread::GzDecoder::new(archive);
    let mut tar = Blocks { gzip, left: limits.unpacked, limits };
    let mut held = Held::default();
    loop {
        let block = tar.block()?;
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        if held.files.len() + held.folders.len() >= limits.entries {
            return Err(Refusal::Limit(format!("holds more than {} files and folders", limits.entries)));
        }
        entry(&block, &mut tar, &mut held)?;
    }
    tar.end()?;
    if tar.gzip.into_inner().is_empty() { Ok(held) } else { Err(Refusal::AfterEnd) }
}

/// Takes one entry in.
fn entry(block: &[u8; BLOCK], tar: &mut Blocks<'_>, held: &mut Held) -> Result<(), Refusal> {
    let header = Header::from_byte_slice(block);
    let path = String::from_utf8_lossy(&header.path_bytes()).into_owned();
    let shown = crate::untrusted::terminal_line(&path);
    let kind = header.entry_type();
    let name = if kind.is_dir() { path.strip_suffix('/').unwrap_or(&path) } else { &path };
    if !(kind.is_file() || kind.is_dir()) || !archive::is_place(name) {
        return Err(Refusal::Foreign(shown));
    }
    let unlike = || Refusal::Unlike(shown.clone());
    let numbers = (header.mode(), header.entry_size(), header.mtime());
    let (Ok(mode), Ok(size), Ok(time)) = numbers else { return Err(unlike()) };
    if mode > 0o777 {
        return Err(unlike());
    }
    let seconds = *held.seconds.get_or_insert(time);
    let own = archive::header(&path, kind, mode, size, seconds).map_err(|_| unlike())?;
    if own.as_bytes() != block {
        return Err(unlike());
    }
    let new = if kind.is_dir() {
        mode == 0o755 && size == 0 && held.folders.insert(format!("{name}/"))
    } else {
        let kept = (path == FILE_NAME).then_some(&mut held.manifest);
        let sha256 = tar.content(size, kept)?;
        held.files.insert(path, Found { mode, size, sha256 }).is_none()
    };
    if new { Ok(()) } else { Err(unlike()) }
}

/// The unpacked bytes, block by block, up to the limit.
struct Blocks<'a> {
    gzip: flate2::bufread::GzDecoder<&'a [u8]>,
    left: u64,
    limits: Limits,
}

impl Blocks<'_> {
    fn block(&mut self) -> Result<[u8; BLOCK], Refusal> {
        let mut block = [0; BLOCK];
        self.take(&mut block)?;
        Ok(block)
    }

    /// Reads the content of a file and what fills its last block up.
    fn content(&mut self, size: u64, mut kept: Option<&mut Vec<u8>>) -> Result<Sha256Hex, Refusal> {
        if size > self.left {
            return Err(self.too_large());
        }
        if kept.is_some() && size > self.limits.manifest {
            return Err(Refusal::Limit(format!(
                "has a manifest of more than {} bytes",
                self.limits.manifest
            )));
        }
        let (mut digest, mut left) = (Running::default(), size);
        while left > 0 {
            let block = self.block()?;
            let used = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
            let (content, filling) = block.split_at_checked(used).unwrap_or((&block, &[]));
            if filling.iter().any(|byte| *byte != 0) {
                return Err(Refusal::AfterFiles);
            }
            digest.update(content);
            if let Some(kept) = &mut kept {
                kept.extend_from_slice(content);
            }
            left -= used as u64;
        }
        Ok(digest.finish())
    }

    /// Requires one more block of zeros, and the end. Reading that proves the checksum of the compression, too.
    fn end(&mut self) -> Result<(), Refusal> {
        let second = self.block()?;
        let mut more = [0; 1];
        if second.iter().any(|byte| *byte != 0) || self.gzip.read(&mut more)? > 0 {
            return Err(Refusal::AfterFiles);
        }
        Ok(())
    }

    fn take(&mut self, bytes: &mut [u8]) -> Result<(), Refusal> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| self.too_large())?;
        Ok(self.gzip.read_exact(bytes)?)
    }

    fn too_large(&self) -> Refusal {
        Refusal::Limit(format!("unpacks to more than {} bytes", self.limits.unpacked))
    }
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
