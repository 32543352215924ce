//! An archive against its manifest: nothing missing, nothing more, nothing different. Refuses what no archive of ours holds, and never
//! takes what came out of a rehearsal for a release.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use bundle_format::digest::Sha256Hex;
use bundle_format::manifest::{FILE_NAME, Manifest};

use crate::check::stop;
use crate::finding::{Cause, Finding};

use super::assets::ARCHIVE;

/// The most bytes an archive may unpack to: 2 GiB. More is an attack, not a bundle.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;

/// How every gzip file begins (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What an archive holds.
#[derive(Default)]
struct Held {
    files: BTreeMap<String, Found>,
    /// The folders, each with a `/` at its end.
    folders: BTreeSet<String>,
    manifest: Vec<u8>,
}

/// One file as the archive holds it.
struct Found {
    mode: u32,
    size: u64,
    sha256: Sha256Hex,
}

/// Verifies an archive of a name, and the line of it in the checksums where they are given.
///
/// # Errors
///
/// Everything that differs.
pub fn verify(name: &str, archive: &[u8], checksums: Option<&str>) -> Result<Manifest, Vec<Finding>> {
    let mut findings = Vec::new();
    if let Some(checksums) = checksums {
        findings.extend(checksum(name, archive, checksums));
    }
    if !archive.starts_with(&GZIP) {
        findings.push(stop(
            Cause::VerificationFailed,
            format!("`{name}` is no archive of a bundle"),
            "name the `.tar.gz` of a bundle, or the `SHA256SUMS` beside it for everything",
        ));
        return Err(findings);
    }
    let held = match read(archive, LARGEST) {
        Ok(held) => held,
        Err(message) => {
            findings.push(wrong(format!("`{name}`: {message}")));
            return Err(findings);
        }
    };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&held.manifest) else {
        findings.push(wrong(format!("`{name}` has no readable `{FILE_NAME}`")));
        return Err(findings);
    };
    findings.extend(compare(&manifest, &held));
    if manifest.rehearsed {
        findings.push(stop(
            Cause::RehearsedBundle,
            format!("`{name}` came out of a rehearsal: its image digests are made up"),
            "download the bundle of a release",
        ));
    }
    findings.extend(undigested(name, &manifest));
    if findings.is_empty() { Ok(manifest) } else { Err(findings) }
}

/// Verifies everything that checksums list: the checksum of each file, and each archive as [`verify`] does. `content` gives a file by its
/// name, or none where it is not there.
///
/// # Errors
///
/// Everything that differs or is missing, and a list without an archive.
pub fn verify_listed(
    checksums: &str,
    mut content: impl FnMut(&str) -> Option<Vec<u8>>,
) -> Result<Vec<Manifest>, Vec<Finding>> {
    let (mut manifests, mut findings) = (Vec::new(), Vec::new());
    for name in checksums.lines().filter_map(|line| line.split_once("  ")).map(|(_, name)| name) {
        let plain = !matches!(name, "" | "." | "..") && !name.contains(['/', '\\']);
        let Some(bytes) = plain.then(|| content(name)).flatten() else {
            let name = crate::untrusted::terminal_line(name);
            findings.push(wrong(format!("`{name}` is in the checksums and not beside them")));
            continue;
        };
        if name.ends_with(ARCHIVE) {
            match verify(name, &bytes, Some(checksums)) {
                Ok(manifest) => manifests.push(manifest),
                Err(more) => findings.extend(more),
            }
        } else {
            findings.extend(checksum(name, &bytes, checksums));
        }
    }
    if findings.is_empty() && manifests.is_empty() {
        findings.push(wrong("the checksums list no archive".to_owned()));
    }
    if findings.is_empty() { Ok(manifests) } else { Err(findings) }
}

fn undigested(name: &str, manifest: &Manifest) -> Option<Finding> {
    let without = manifest.images.values().filter(|image| image.digest.is_none());
    let images: BTreeSet<String> = without.map(|image| format!("`{}`", image.reference)).collect();
    (!images.is_empty()).then(|| {
        stop(
            Cause::OfflineBundle,
            format!(
                "`{name}` was built without a registry: it has no digests of {}",
                images.into_iter().collect::<Vec<_>>().join(", ")
            ),
            "it is no release: build it without `--offline`",
        )
    })
}

fn checksum(name: &str, archive: &[u8], checksums: &str) -> Option<Finding> {
    let listed =
        checksums.lines().filter_map(|line| line.split_once("  ")).find(|(_, listed)| *listed == name);
    match listed {
        Some((digest, _)) if digest == Sha256Hex::of(archive).as_str() => None,
        Some(_) => Some(wrong(format!("`{name}` has not the checksum that is listed for it"))),
        None => Some(wrong(format!("`{name}` is not in the checksums beside it"))),
    }
}

/// Reads all of an archive, up to the last byte: whatever follows its end would be there for other readers than this one.
fn read(archive: &[u8], largest: u64) -> Result<Held, String> {
    let unpacked = unpack(archive, largest)?;
    let mut reader = tar::Archive::new(unpacked.as_slice());
    let mut held = Held::default();
    // Raw: the headers that give an entry another name or size are entries of their own, and refused as such.
    let entries = reader.entries().map_err(|error| format!("it is no archive: {error}"))?.raw(true);
    for entry in entries {
        let mut entry = entry.map_err(|error| format!("it is cut off or damaged: {error}"))?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let shown = crate::untrusted::terminal_line(&path);
        let kind = entry.header().entry_type();
        let name = if kind.is_dir() { path.strip_suffix('/').unwrap_or(&path) } else { &path };
        let safe = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !(kind.is_file() || kind.is_dir()) || !safe {
            return Err(format!("it holds `{shown}`, which no bundle holds"));
        }
        let mode = entry.header().mode().map_err(|error| format!("`{shown}` has no mode: {error}"))?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(|error| format!("`{shown}` is cut off: {error}"))?;
        let new = if kind.is_dir() {
            mode == 0o755 && content.is_empty() && held.folders.insert(format!("{name}/"))
        } else {
            let found = Found { mode, size: content.len() as u64, sha256: Sha256Hex::of(&content) };
            if path == FILE_NAME {
                held.manifest = content;
            }
            held.files.insert(path, found).is_none()
        };
        if !new {
            return Err(format!("it holds `{shown}` twice, or in a way no bundle does"));
        }
    }
    if reader.into_inner().iter().any(|byte| *byte != 0) {
        return Err("something follows the end of its files".to_owned());
    }
    Ok(held)
}

fn unpack(archive: &[u8], largest: u64) -> Result<Vec<u8>, String> {
    let mut gzip = flate2::bufread::GzDecoder::new(archive);
    let mut unpacked = Vec::new();
    gzip.by_ref()
        .take(largest.saturating_add(1))
        .read_to_end(&mut unpacked)
        .map_err(|error| format!("it is cut off or damaged: {error}"))?;
    if unpacked.len() as u64 > largest {
        return Err(format!("it unpacks to more than {largest} bytes, which no bundle does"));
    }
    if gzip.into_inner().is_empty() { Ok(unpacked) } else { Err("something follows its end".to_owned()) }
}

fn compare(manifest: &Manifest, held: &Held) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, described) in &manifest.files {
        match held.files.get(path) {
            None => findings.push(wrong(format!("`{path}` is in the manifest and not in the archive"))),
            Some(found) if found.sha256 != described.sha256 || found.size != described.size => {
                findings.push(wrong(format!("`{path}` is not what the manifest says")));
            }
            Some(found) => findings.extend(mode(path, found, &described.mode)),
        }
    }
    findings.extend(held.files.get(FILE_NAME).and_then(|found| mode(FILE_NAME, found, "0644")));
    let surplus = held.files.keys().filter(|path| *path != FILE_NAME && !manifest.files.contains_key(*path));
    let leads_nowhere = |folder: &&String| !held.files.keys().any(|path| path.starts_with(folder.as_str()));
    for path in surplus.chain(held.folders.iter().filter(leads_nowhere)) {
        findings.push(wrong(format!(
            "`{}` is in the archive and not in the manifest",
            crate::untrusted::terminal_line(path)
        )));
    }
    findings
}

fn mode(path: &str, found: &Found, described: &str) -> Option<Finding> {
    let mode = format!("{:04o}", found.mode);
    (mode != described).then(|| wrong(format!("`{path}` has the mode {mode}, not {described}")))
}

fn wrong(message: String) -> Finding {
    let hint = "do not use it: download it again, and compare with `SHA256SUMS` of the release";
    stop(Cause::VerificationFailed, message, hint)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
