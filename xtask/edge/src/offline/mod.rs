//! Writes the archive of a bundle's images, in parts, from a registry to this machine. Goes on where a run before it stopped, and holds
//! no more of an image in memory than what just arrived.

mod parts;

use std::path::{Path, PathBuf};

use bundle_format::digest::{Running, Sha256Hex};
use release_core::bundle::offline::{self, Blob, Image, Piece, layout, size_of};
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;

use crate::failure::Failure;

use parts::Parts;

/// Where images come from.
pub trait Source {
    /// The manifest of an image, `host/path@sha256:…`, byte for byte.
    ///
    /// # Errors
    ///
    /// Where it cannot be had, or is another one.
    fn manifest(&self, image: &str) -> Result<Vec<u8>, Failure>;

    /// Hands over the bytes of a part of an image, from a place on, as they arrive.
    ///
    /// # Errors
    ///
    /// Where they cannot be had, and what the taker fails with.
    fn read(&self, image: &str, blob: &Blob, from: u64, take: &mut Take<'_>) -> Result<(), Failure>;
}

/// Takes bytes as they arrive.
pub type Take<'a> = dyn FnMut(&[u8]) -> Result<(), Failure> + 'a;

/// An image that belongs into an archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Its name for people, `host/path:tag`.
    pub reference: String,
    /// The digest of the manifest for the hosts' platform.
    pub manifest: Sha256Hex,
}

impl Wanted {
    /// The name under which exactly this image is asked for.
    fn pinned(&self) -> String {
        let path = match self.reference.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => path,
            _ => &self.reference,
        };
        format!("{path}@{}", self.manifest.prefixed())
    }
}

/// Where an archive is written.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The folder of its parts.
    pub folder: &'a Path,
    /// Its name, ending in `.tar`; parts have their number after it.
    pub name: &'a str,
    /// How many bytes a part has at most.
    pub part_size: u64,
}

/// A part that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256Hex,
}

/// Is told how far it is.
pub trait Progress {
    /// So many bytes of so many are written.
    fn written(&mut self, bytes: u64, of: u64);
}

/// What each image consists of.
///
/// # Errors
///
/// Where a manifest cannot be had, or names a layer that not every engine loads.
pub fn describe(wanted: &[Wanted], source: &dyn Source) -> Result<Vec<Image>, Failure> {
    let describe = |wanted: &Wanted| {
        let manifest = source.manifest(&wanted.pinned())?;
        offline::image(&wanted.reference, &manifest).map_err(|error| {
            let message =
                format!("`{}` cannot be loaded from an archive: {error}", terminal_line(&wanted.reference));
            Failure::of(Cause::Registry, message)
        })
    };
    wanted.iter().map(describe).collect()
}

/// Writes the archive of these images, `described` from `wanted`, and returns its parts in order.
///
/// # Errors
///
/// Where a part of an image cannot be had or is not what its digest says, and where a file cannot be written. What is written stays, and
/// the next run goes on from there.
pub fn write(
    wanted: &[Wanted],
    described: &[Image],
    source: &dyn Source,
    destination: &Destination<'_>,
    progress: &mut dyn Progress,
) -> Result<Vec<Part>, Failure> {
    let pieces =
        layout(described).map_err(|error| Failure::of(Cause::Internal, format!("no archive: {error}")))?;
    let total = pieces.iter().map(size_of).sum();
    let mut parts = Parts::open(destination, &name_of(&pieces), total)?;
    take_back_what_is_wrong(&pieces, &mut parts)?;
    let mut start = 0;
    for piece in &pieces {
        let (begin, end) = (start, start + size_of(piece));
        start = end;
        if parts.written() >= end {
            continue;
        }
        match piece {
            Piece::Bytes(bytes) => {
                let left = usize::try_from(parts.written() - begin).unwrap_or_default();
                parts.write(bytes.get(left..).unwrap_or_default())?;
            }
            Piece::Blob { image, blob } => {
                let image = wanted.get(*image).map(Wanted::pinned).unwrap_or_default();
                copy(&image, blob, begin, source, &mut parts, &mut |done| progress.written(done, total))?;
            }
        }
        progress.written(parts.written(), total);
    }
    parts.finish()
}

/// Looks at everything that a run before wrote, and takes it back from the first place on where it is not what it has to be. Of a part of
/// an image that is not whole yet, only the whole can be proven.
fn take_back_what_is_wrong(pieces: &[Piece], parts: &mut Parts) -> Result<(), Failure> {
    let mut begin = 0;
    for piece in pieces {
        let there = parts.written().saturating_sub(begin).min(size_of(piece));
        let mut found = Running::default();
        parts.read_back(begin, there, &mut |bytes| found.update(bytes))?;
        let right = match piece {
            Piece::Bytes(bytes) => {
                let expected = usize::try_from(there).ok().and_then(|there| bytes.get(..there));
                expected.is_some_and(|expected| found.finish() == Sha256Hex::of(expected))
            }
            Piece::Blob { blob, .. } => there < blob.size || found.finish() == blob.digest,
        };
        if !right {
            return parts.forget_from(begin);
        }
        begin += size_of(piece);
        if parts.written() <= begin {
            break;
        }
    }
    Ok(())
}

/// Copies a part of an image to its place, from where it stopped before, and proves that all of it is what its digest says.
fn copy(
    image: &str,
    blob: &Blob,
    begin: u64,
    source: &dyn Source,
    parts: &mut Parts,
    told: &mut dyn FnMut(u64),
) -> Result<(), Failure> {
    let mut digest = Running::default();
    let from = parts.written() - begin;
    parts.read_back(begin, from, &mut |bytes| digest.update(bytes))?;
    let mut left = blob.size - from;
    let mut take = |bytes: &[u8]| {
        left = left.checked_sub(bytes.len() as u64).ok_or_else(|| wrong(image, blob))?;
        digest.update(bytes);
        parts.write(bytes)?;
        told(parts.written());
        Ok(())
    };
    let read = source.read(image, blob, from, &mut take);
    let complete = left == 0;
    if complete && digest.finish() != blob.digest {
        parts.forget_from(begin)?;
        return Err(wrong(image, blob));
    }
    if read.is_ok() && complete {
        return Ok(());
    }
    // What came is kept: the next run goes on behind it.
    parts.keep()?;
    read.and_then(|()| {
        let message = format!("the registry ended a part of `{}` too early", terminal_line(image));
        Err(Failure::of(Cause::Registry, message))
    })
}

fn wrong(image: &str, blob: &Blob) -> Failure {
    Failure::new(
        Cause::VerificationFailed,
        format!(
            "the registry sent other bytes than those of `{}` of `{}`",
            blob.digest.prefixed(),
            terminal_line(image)
        ),
        "run again; where it stays so, push the image again",
    )
}

/// What tells one archive from another: the digest of everything but the images' own bytes, and of their digests.
fn name_of(pieces: &[Piece]) -> Sha256Hex {
    let mut digest = Running::default();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => digest.update(bytes),
            Piece::Blob { blob, .. } => digest.update(blob.digest.as_str().as_bytes()),
        }
    }
    digest.finish()
}

#[cfg(test)]
mod tests;
