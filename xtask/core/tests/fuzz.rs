//! What reads files of strangers and operators, given what nobody wrote: it must refuse or understand, and never break. Inputs that are
//! worth keeping lie under `fuzz/`, a folder for each reader; every run replays them and many changes of them. The long run makes new
//! ones, and prints the input that broke something, to be kept there.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read samples, and the long run takes its seed from the clock; what they test does neither"
)]
#![expect(clippy::expect_used, clippy::panic, reason = "the functions beside the tests may fail a test too")]

use std::io::{Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use bundle_format::digest::Sha256Hex;
use bundle_format::dotenv::{EnvFile, encode_assignment};
use bundle_format::manifest::Manifest;
use release_core::bundle::verify::{Expected, verify};

/// The name that the kept archives have.
const ARCHIVE: &str = "widgets-v1.3.0.tar.gz";
/// Changed inputs of a usual run, the same each time.
const USUAL: u64 = 3_000;
/// Changed inputs of a long run, others each time.
const LONG: u64 = 60_000;

#[test]
fn no_settings_break_their_reader() {
    let words: &[&[u8]] = &[
        b"\"",
        b"'",
        b"\\",
        b"$",
        b"${A:-b}",
        b"#",
        b" #",
        b"=",
        b"export ",
        b"\r\n",
        b"\xef\xbb\xbf",
        b"\0",
        b"A=",
    ];
    campaign("env", words, |input| {
        let text = String::from_utf8_lossy(input);
        let Ok(file) = EnvFile::parse(&text) else { return };
        for entry in &file.entries {
            let Some(value) = entry.value.as_ref().filter(|value| !value.interpolates) else { continue };
            // What it understands can be written so that it is understood the same.
            if let Ok(written) = encode_assignment(&entry.name, &value.text) {
                let again = EnvFile::parse(&written).expect("what we write reads");
                assert_eq!(again.get(&entry.name).map(|value| &value.text), Some(&value.text));
            }
        }
    });
}

#[test]
fn no_manifest_breaks_its_reader() {
    let words: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"\"",
        b"null",
        b"-1",
        b"1e99",
        b"\\u0000",
        b"\"format\":1",
        b"99999999999999999999",
    ];
    campaign("manifest", words, |input| {
        let Ok(manifest) = serde_json::from_slice::<Manifest>(input) else { return };
        let text = serde_json::to_string(&manifest).expect("what was read can be written");
        let again: Manifest = serde_json::from_str(&text).expect("what was written can be read");
        assert!(again == manifest, "it means the same");
    });
}

#[test]
fn no_archive_breaks_its_reader_and_no_changed_one_passes() {
    let words: &[&[u8]] = &[b"../", b"/", b"\0", b"ustar", b"7", b"\xff", b"2", b"./", b"77777777777"];
    let whole = kept("archive").into_iter().find(|(path, _)| path.ends_with("whole")).expect("a whole one").1;
    let checksums = format!("{}  {ARCHIVE}\n", Sha256Hex::of(&whole).as_str());
    let passes = |bytes: &[u8]| verify(ARCHIVE, bytes, Some(&checksums), &Expected::default()).is_ok();
    assert!(passes(&whole), "it can pass");
    campaign("archive", words, |input| {
        // Changes beneath the compression reach further than changes of it, which its checksum tells at once.
        for bytes in [input.to_vec(), packed_anew(input)] {
            // By itself an archive proves all of its files but the manifest, so this one may pass.
            let _ = verify(ARCHIVE, &bytes, None, &Expected::default());
            assert!(bytes == whole || !passes(&bytes), "another one passes");
        }
    });
}

/// The same tar, where `input` is one, in a compression like ours.
fn packed_anew(input: &[u8]) -> Vec<u8> {
    let tar = unpacked(input);
    let tar = if tar.is_empty() { input } else { &tar };
    let mut gzip = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::new(6));
    gzip.write_all(tar).expect("memory");
    gzip.finish().expect("memory")
}

/// Gives a reader everything that is kept for it, and changes of that.
fn campaign(folder: &str, words: &[&[u8]], target: impl Fn(&[u8])) {
    let kept = kept(folder);
    assert!(!kept.is_empty(), "nothing is kept for {folder}");
    for (path, bytes) in &kept {
        tried(bytes, &format!("kept as {}", path.display()), &target);
    }
    let long = std::env::var_os("SLIPWAY_TEST_LONG").is_some();
    let seed = if long { now() } else { 20_261_121 };
    let mut chance = Chance(seed | 1);
    for number in 0..(if long { LONG } else { USUAL }) {
        let mut input = chance.of(&kept).1.clone();
        if folder == "archive" && chance.below(2) == 0 {
            input = unpacked(&input);
        }
        for _ in 0..=chance.below(6) {
            change(&mut input, &kept, words, &mut chance);
        }
        tried(&input, &format!("number {number} of seed {seed}"), &target);
    }
}

/// What is beneath the compression, as far as that goes: what is behind the damage is lost.
fn unpacked(input: &[u8]) -> Vec<u8> {
    let mut tar = Vec::new();
    let _ = flate2::read::GzDecoder::new(input).take(1 << 20).read_to_end(&mut tar);
    tar
}

fn tried(input: &[u8], what: &str, target: &impl Fn(&[u8])) {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
        let path = std::env::temp_dir().join("broke-its-reader");
        std::fs::write(&path, input).expect("a file");
        panic!("the input {what} broke it; keep `{}`", path.display());
    }
}

/// One change: another bit or byte, a word put in, something taken out or doubled, or the rest of another input.
fn change(input: &mut Vec<u8>, kept: &[(PathBuf, Vec<u8>)], words: &[&[u8]], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let end = (at + 1 + chance.below(64)).min(input.len());
    let other = |chance: &mut Chance| {
        let other = &chance.of(kept).1;
        let from = chance.below(other.len() + 1);
        other.get(from..).unwrap_or_default().to_vec()
    };
    match chance.below(6) {
        0 => input.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << chance.below(8)),
        1 => input.iter_mut().skip(at).take(1).for_each(|byte| *byte = chance.below(256) as u8),
        2 => drop(input.splice(at..at, chance.of(words).iter().copied())),
        3 => drop(input.drain(at.min(end)..end)),
        4 => {
            let part = input.get(at.min(end)..end).unwrap_or_default().to_vec();
            input.splice(at..at, part);
        }
        _ => {
            input.truncate(at);
            input.extend(other(chance));
        }
    }
}

/// What is kept for a reader, in the order of the names.
fn kept(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(folder);
    let entries = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).expect("a file"))).collect()
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(1, |since| since.as_nanos() as u64)
}

/// Numbers that look like chance and are the same for the same seed (Marsaglia, "Xorshift RNGs", 2003).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let place = self.below(all.len());
        all.get(place).expect("something to choose from")
    }
}
