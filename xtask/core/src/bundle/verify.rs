//! An archive against its manifest: nothing missing, nothing more, nothing different. Refuses what no archive of ours holds, and never
//! takes what came out of a rehearsal for a release.

use std::collections::BTreeMap;
use std::io::Read as _;

use bundle_format::digest::Sha256Hex;
use bundle_format::manifest::{FILE_NAME, Manifest};

use crate::check::stop;
use crate::finding::{Cause, Finding};

/// The most bytes an archive may unpack to: 2 GiB. More is an attack, not a bundle.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;

/// One file as the archive holds it.
struct Found {
    mode: u32,
    content: Vec<u8>,
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
    let files = match read(archive) {
        Ok(files) => files,
        Err(message) => {
            findings.push(wrong(format!("`{name}`: {message}")));
            return Err(findings);
        }
    };
    let manifest =
        files.get(FILE_NAME).and_then(|file| serde_json::from_slice::<Manifest>(&file.content).ok());
    let Some(manifest) = manifest else {
        findings.push(wrong(format!("`{name}` has no readable `{FILE_NAME}`")));
        return Err(findings);
    };
    findings.extend(compare(&manifest, &files));
    if manifest.rehearsed {
        findings.push(stop(
            Cause::RehearsedBundle,
            format!("`{name}` came out of a rehearsal: its image digests are made up"),
            "download the bundle of a release",
        ));
    }
    for (service, image) in manifest.images.iter().filter(|(_, image)| image.digest.is_none()) {
        findings.push(stop(
            Cause::ImageMissing,
            format!("the image `{}` of the service `{service}` has no digest", image.reference),
            "it was built with `--offline` and is no release: build it with a registry at hand",
        ));
    }
    if findings.is_empty() { Ok(manifest) } else { Err(findings) }
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

fn read(archive: &[u8]) -> Result<BTreeMap<String, Found>, String> {
    let limited = flate2::read::GzDecoder::new(archive).take(LARGEST);
    let mut reader = tar::Archive::new(limited);
    let mut files = BTreeMap::new();
    let entries = reader.entries().map_err(|error| format!("it is no archive: {error}"))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| format!("it is cut off or damaged: {error}"))?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            continue;
        }
        let safe = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !kind.is_file() || !safe {
            return Err(format!(
                "it holds `{}`, which no bundle holds",
                crate::untrusted::terminal_line(&path)
            ));
        }
        let mode = entry.header().mode().map_err(|error| format!("`{path}` has no mode: {error}"))?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(|error| format!("`{path}` is cut off: {error}"))?;
        if files.insert(path.clone(), Found { mode, content }).is_some() {
            return Err(format!("it holds `{path}` twice"));
        }
    }
    Ok(files)
}

fn compare(manifest: &Manifest, files: &BTreeMap<String, Found>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, described) in &manifest.files {
        match files.get(path) {
            None => findings.push(wrong(format!("`{path}` is in the manifest and not in the archive"))),
            Some(found) if Sha256Hex::of(&found.content) != described.sha256 => {
                findings.push(wrong(format!("`{path}` is not what the manifest says")));
            }
            Some(found) if format!("{:04o}", found.mode) != described.mode => {
                findings
                    .push(wrong(format!("`{path}` has the mode {:04o}, not {}", found.mode, described.mode)));
            }
            Some(_) => {}
        }
    }
    for path in files.keys().filter(|path| *path != FILE_NAME && !manifest.files.contains_key(*path)) {
        findings.push(wrong(format!("`{path}` is in the archive and not in the manifest")));
    }
    findings
}

fn wrong(message: String) -> Finding {
    let hint = "do not use it: download it again, and compare with `SHA256SUMS` of the release";
    stop(Cause::VerificationFailed, message, hint)
}
