//! An archive against its manifest: nothing missing, nothing more, nothing different. Refuses what no archive of ours holds, and never
//! takes what came out of a rehearsal for a release.

use std::collections::BTreeSet;

use bundle_format::digest::Sha256Hex;
use bundle_format::manifest::{FILE_NAME, Manifest};
use jiff::Timestamp;
use semver::Version;

use crate::check::stop;
use crate::finding::{Cause, Finding};
use crate::untrusted::terminal_line;

use super::legible::{illegible, unknown_format};
use super::unpack::{Found, GZIP, Held, LIMITS, read};

/// What an archive has to be of, as far as anybody says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The platform.
    pub product: Option<String>,
    /// The version.
    pub version: Option<Version>,
}

/// Verifies an archive of a name, and the line of it in the checksums where they are given.
///
/// # Errors
///
/// Everything that differs.
pub fn verify(
    name: &str,
    archive: &[u8],
    checksums: Option<&str>,
    expected: &Expected,
) -> Result<Manifest, Vec<Finding>> {
    let mut findings = Vec::new();
    if let Some(checksums) = checksums {
        findings.extend(checksum(name, archive, checksums));
    }
    // Whoever made the archive may have named it.
    let shown = terminal_line(name);
    if !archive.starts_with(&GZIP[..2]) {
        findings.push(stop(
            Cause::VerificationFailed,
            format!("`{shown}` is no archive of a bundle"),
            "name the `.tar.gz` of a bundle, or the `SHA256SUMS` beside it for everything",
        ));
        return Err(findings);
    }
    let held = match read(archive, LIMITS) {
        Ok(held) => held,
        Err(refusal) => {
            findings.push(wrong(format!("`{shown}`: {refusal}")));
            return Err(findings);
        }
    };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&held.manifest) else {
        findings.push(wrong(format!("`{shown}` has no readable `{FILE_NAME}`")));
        return Err(findings);
    };
    findings.extend(unknown_format(&shown, &manifest));
    findings.extend(illegible(&shown, &manifest));
    findings.extend(of_another(&shown, &manifest, expected));
    findings.extend(compare(&manifest, &held));
    if manifest.rehearsed {
        findings.push(stop(
            Cause::RehearsedBundle,
            format!("`{shown}` came out of a rehearsal: its image digests are made up"),
            "download the bundle of a release",
        ));
    }
    findings.extend(undigested(&shown, &manifest));
    if findings.is_empty() { Ok(manifest) } else { Err(findings) }
}

/// The manifest in an archive, whatever else is wrong with it; none where the archive is refused.
#[must_use]
pub fn manifest(archive: &[u8]) -> Option<Manifest> {
    serde_json::from_slice(&read(archive, LIMITS).ok()?.manifest).ok()
}

fn of_another(archive: &str, manifest: &Manifest, expected: &Expected) -> Vec<Finding> {
    let product = expected.product.as_ref().filter(|product| **product != manifest.product);
    let product = product.map(|product| (terminal_line(&manifest.product), terminal_line(product)));
    let version = expected.version.as_ref().filter(|version| **version != manifest.version);
    let version = version.map(|version| (manifest.version.to_string(), version.to_string()));
    let of = |(found, expected)| wrong(format!("`{archive}` is of `{found}`, not of `{expected}`"));
    product.into_iter().chain(version).map(of).collect()
}

fn undigested(name: &str, manifest: &Manifest) -> Option<Finding> {
    let without = manifest.images.values().filter(|image| image.digest.is_none());
    let images: BTreeSet<String> =
        without.map(|image| format!("`{}`", terminal_line(&image.reference))).collect();
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
        Some(_) => {
            Some(wrong(format!("`{}` has not the checksum that is listed for it", terminal_line(name))))
        }
        None => Some(wrong(format!("`{}` is not in the checksums beside it", terminal_line(name)))),
    }
}

/// The modes of files: whoever unpacks may read all of them, and execute some.
const MODES: [&str; 2] = ["0644", "0755"];

fn compare(manifest: &Manifest, held: &Held) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, described) in &manifest.files {
        let shown = terminal_line(path);
        match held.files.get(path) {
            None => findings.push(wrong(format!("`{shown}` is in the manifest and not in the archive"))),
            Some(found) if found.sha256 != described.sha256 || found.size != described.size => {
                findings.push(wrong(format!("`{shown}` is not what the manifest says")));
            }
            Some(_) if !MODES.contains(&described.mode.as_str()) => {
                findings.push(wrong(format!("`{shown}` has a mode in the manifest that no bundle has")));
            }
            Some(found) => findings.extend(mode(&shown, found, &described.mode)),
        }
    }
    let made = manifest.source_date.parse::<Timestamp>().map(Timestamp::as_second);
    let held_at = held.seconds.and_then(|seconds| i64::try_from(seconds).ok());
    // Neither a time beyond all dates nor a date that is none counts, least of all for each other.
    if held_at.is_none() || held_at != made.ok() {
        findings.push(wrong("its files have another time than the source commit".to_owned()));
    }
    findings.extend(held.files.get(FILE_NAME).and_then(|found| mode(FILE_NAME, found, "0644")));
    let surplus = held.files.keys().filter(|path| *path != FILE_NAME && !manifest.files.contains_key(*path));
    let leads_nowhere = |folder: &&String| !held.files.keys().any(|path| path.starts_with(folder.as_str()));
    for path in surplus.chain(held.folders.iter().filter(leads_nowhere)) {
        let shown = terminal_line(path);
        findings.push(wrong(format!("`{shown}` is in the archive and not in the manifest")));
    }
    findings
}

fn mode(path: &str, found: &Found, described: &str) -> Option<Finding> {
    let mode = format!("{:04o}", found.mode);
    (mode != described).then(|| wrong(format!("`{path}` has the mode {mode}, not {described}")))
}

/// A finding of something that is not as it was released.
pub(super) fn wrong(message: String) -> Finding {
    let hint = "do not use it: download it again, and compare with `SHA256SUMS` of the release";
    stop(Cause::VerificationFailed, message, hint)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
