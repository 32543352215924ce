//! An archive in parts: whole after any interruption, and refused where the registry sends something else. The registry is scripted.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;

use super::*;

/// A registry of a few images that can break off and lie.
#[derive(Default)]
struct Scripted {
    blobs: BTreeMap<Sha256Hex, Vec<u8>>,
    /// So many bytes more, then the connection is gone.
    patience: Cell<Option<u64>>,
    lying: Cell<bool>,
    /// Which part was asked for, and from where.
    asked: RefCell<Vec<(Sha256Hex, u64)>>,
}

impl Source for Scripted {
    fn manifest(&self, image: &str) -> Result<Vec<u8>, Failure> {
        let digest = image.rsplit_once("@sha256:").map(|(_, digest)| digest.to_owned());
        Ok(self.blobs[&Sha256Hex::try_from(digest.unwrap()).unwrap()].clone())
    }

    fn read(&self, _image: &str, blob: &Blob, from: u64, take: &mut Take<'_>) -> Result<(), Failure> {
        self.asked.borrow_mut().push((blob.digest.clone(), from));
        let bytes = &self.blobs[&blob.digest][usize::try_from(from).unwrap()..];
        for chunk in bytes.chunks(7) {
            if let Some(left) = self.patience.get() {
                let left = left.checked_sub(chunk.len() as u64);
                self.patience.set(left);
                left.ok_or_else(|| Failure::of(Cause::Registry, "the connection is gone".to_owned()))?;
            }
            let lie = vec![0; chunk.len()];
            take(if self.lying.get() { &lie } else { chunk })?;
        }
        Ok(())
    }
}

impl Scripted {
    fn keep(&mut self, bytes: Vec<u8>) -> Sha256Hex {
        let digest = Sha256Hex::of(&bytes);
        self.blobs.insert(digest.clone(), bytes);
        digest
    }

    /// Two images with a layer in common, of which each has one of its own.
    fn with_two_images() -> (Self, Vec<Wanted>) {
        let mut scripted = Self::default();
        let mut layer = |seed: u8, size: usize| {
            let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8 ^ seed).collect();
            (scripted.keep(bytes), size)
        };
        let (shared, own) = (layer(1, 5000), [layer(2, 700), layer(3, 1)]);
        let wanted = ["api", "web"].into_iter().zip(own).map(|(name, own)| {
            let configuration = format!("{{\"{name}\":true}}").into_bytes();
            let size = configuration.len();
            let configuration = scripted.keep(configuration);
            let layers: Vec<_> = [&shared, &own]
                .map(|(digest, size)| serde_json::json!({ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest.prefixed(), "size": size }))
                .into();
            let manifest = serde_json::json!({
                "schemaVersion": 2,
                "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": configuration.prefixed(), "size": size },
                "layers": layers,
            });
            let manifest = scripted.keep(manifest.to_string().into_bytes());
            Wanted { reference: format!("127.0.0.1:5000/{name}:v1.0.0"), manifest }
        });
        let wanted = wanted.collect();
        (scripted, wanted)
    }
}

struct Silent;

impl Progress for Silent {
    fn written(&mut self, bytes: u64, of: u64) {
        assert!(bytes <= of);
    }
}

fn written(
    source: &Scripted,
    wanted: &[Wanted],
    folder: &Path,
    part_size: u64,
) -> Result<Vec<Part>, Failure> {
    let destination = Destination { folder, name: "images.tar", part_size };
    write(wanted, &describe(wanted, source)?, source, &destination, &mut Silent)
}

fn joined(parts: &[Part]) -> Vec<u8> {
    parts.iter().flat_map(|part| fs::read(&part.path).unwrap()).collect()
}

/// The archive in one part.
fn reference(source: &Scripted, wanted: &[Wanted]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    joined(&written(source, wanted, folder.path(), u64::MAX).unwrap())
}

#[test]
fn parts_are_of_the_size_asked_for_and_make_one_archive_with_their_checksums() {
    let (source, wanted) = Scripted::with_two_images();
    let whole = reference(&source, &wanted);
    for part_size in [200, 512, 1000, 4096, whole.len() as u64] {
        let folder = tempfile::tempdir().unwrap();
        let parts = written(&source, &wanted, folder.path(), part_size).unwrap();
        assert_eq!(joined(&parts), whole, "in parts of {part_size}");
        assert!(parts.iter().rev().skip(1).all(|part| part.size == part_size));
        assert!(parts.iter().all(|part| part.sha256 == Sha256Hex::of(&fs::read(&part.path).unwrap())));
    }
    let shared =
        source.asked.borrow().iter().filter(|(digest, _)| source.blobs[digest].len() == 5000).count();
    assert_eq!(shared, 6, "once for each archive, although two images have it");
}

#[test]
fn an_archive_that_broke_off_anywhere_goes_on_from_there() {
    let (source, wanted) = Scripted::with_two_images();
    let whole = reference(&source, &wanted);
    for break_off in (0..5700).step_by(331) {
        let folder = tempfile::tempdir().unwrap();
        source.patience.set(Some(break_off));
        assert!(written(&source, &wanted, folder.path(), 1000).is_err(), "{break_off}");
        source.patience.set(None);
        source.asked.borrow_mut().clear();
        let parts = written(&source, &wanted, folder.path(), 1000).unwrap();
        assert_eq!(joined(&parts), whole, "after {break_off} bytes");
        let asked = source.asked.borrow();
        let again: u64 = asked.iter().map(|(digest, from)| source.blobs[digest].len() as u64 - from).sum();
        assert!(
            again <= 5727 - break_off + 7,
            "only what was missing is asked for: {again} after {break_off}"
        );
    }
}

#[test]
fn a_finished_archive_is_not_asked_for_again_and_a_spoilt_part_is() {
    let (source, wanted) = Scripted::with_two_images();
    let folder = tempfile::tempdir().unwrap();
    let parts = written(&source, &wanted, folder.path(), 1000).unwrap();
    let whole = joined(&parts);
    source.asked.borrow_mut().clear();
    assert_eq!(written(&source, &wanted, folder.path(), 1000).unwrap(), parts);
    assert!(source.asked.borrow().is_empty(), "nothing was missing");
    for spoil in [&b"shorter"[..], &vec![7; 1000]] {
        fs::write(&parts[2].path, spoil).unwrap();
        assert_eq!(joined(&written(&source, &wanted, folder.path(), 1000).unwrap()), whole);
    }
    assert_eq!(
        joined(&written(&source, &wanted, folder.path(), 900).unwrap()),
        whole,
        "another size, other parts"
    );
    assert_eq!(joined(&written(&source, &wanted[..1], folder.path(), 900).unwrap()).len() % 512, 0);
}

#[test]
fn whatever_lies_there_from_before_the_archive_is_right_or_begun_again() {
    let (source, wanted) = Scripted::with_two_images();
    let whole = reference(&source, &wanted);
    for gone in 1..5 {
        let folder = tempfile::tempdir().unwrap();
        source.patience.set(Some(4500));
        assert!(written(&source, &wanted, folder.path(), 700).is_err());
        source.patience.set(None);
        fs::remove_file(folder.path().join(format!("images.tar.part{gone:04}"))).unwrap();
        assert_eq!(
            joined(&written(&source, &wanted, folder.path(), 700).unwrap()),
            whole,
            "without part {gone}"
        );
    }
    // A disk that lost power gives back other bytes than were written.
    let folder = tempfile::tempdir().unwrap();
    source.patience.set(Some(5600));
    assert!(written(&source, &wanted, folder.path(), u64::MAX).is_err());
    source.patience.set(None);
    let unfinished = folder.path().join(".images.tar.unfinished");
    let mut bytes = fs::read(&unfinished).unwrap();
    bytes[1500..2000].fill(0);
    fs::write(&unfinished, bytes).unwrap();
    assert_eq!(joined(&written(&source, &wanted, folder.path(), u64::MAX).unwrap()), whole);
    // Parts of an archive that had more of them are gone.
    let folder = tempfile::tempdir().unwrap();
    written(&source, &wanted, folder.path(), 500).unwrap();
    let parts = written(&source, &wanted, folder.path(), 4000).unwrap();
    let left = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("images.tar.part"));
    assert_eq!((left.count(), joined(&parts)), (parts.len(), whole));
}

#[test]
fn bytes_that_are_not_those_of_the_digest_are_refused_and_leave_nothing_that_counts() {
    let (source, wanted) = Scripted::with_two_images();
    let whole = reference(&source, &wanted);
    let folder = tempfile::tempdir().unwrap();
    source.lying.set(true);
    let failure = written(&source, &wanted, folder.path(), 100).unwrap_err();
    assert_eq!(failure.into_finding().cause, Cause::VerificationFailed);
    source.lying.set(false);
    assert_eq!(joined(&written(&source, &wanted, folder.path(), 100).unwrap()), whole);
}
