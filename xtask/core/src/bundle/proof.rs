//! What lies beside the archives of a release, held against each other: the signature, the checksums, the manifests, the bills of
//! materials and the provenance. Knows no key but those that it is given.

use std::collections::{BTreeMap, BTreeSet};

use bundle_format::digest::Sha256Hex;
use bundle_format::manifest::Manifest;
use bundle_format::provenance::{self, BUILD_TYPE, PREDICATE, STATEMENT, Statement};
use bundle_format::sbom::Sbom;
use bundle_format::signature::{self, ENDING, PublicKey};

use crate::check::stop;
use crate::finding::{Cause, Finding, Severity};
use crate::untrusted::{is_plain, terminal_line};

use super::assets::{ARCHIVE, CHECKSUMS, bill_beside, manifest_beside};
use super::provenance::dependencies;
use super::sbom::sbom;
use super::verify::{Expected, verify, wrong};

/// Who may have made a release.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The keys that prove a release; empty where nobody knows one.
    pub keys: Vec<PublicKey>,
    /// Keys that were taken back.
    pub revoked: Vec<PublicKey>,
    /// Whether a signature has to be there.
    pub unsigned: Unsigned,
}

/// What becomes of what has no signature although keys are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsigned {
    /// It is refused: who can take a signature away could have changed the rest.
    #[default]
    Refused,
    /// It is taken: somebody built it here.
    Accepted,
}

/// What was verified.
#[derive(Debug)]
pub struct Verified {
    /// The manifests of the archives, in the order of the checksums.
    pub manifests: Vec<Manifest>,
    /// The comment of the signature; none where there is none, or no key to verify it with.
    pub signed: Option<String>,
    /// What is worth saying and wrong with nothing.
    pub notes: Vec<Finding>,
}

/// The name of the signature beside the checksums.
#[must_use]
pub fn signature_name() -> String {
    format!("{CHECKSUMS}{ENDING}")
}

/// Verifies the signature over checksums: its comment, and what is worth saying. Where no key is known, it says so whether there is a
/// signature or not.
///
/// # Errors
///
/// Where it proves nothing, or is missing although it has to be there.
pub fn signed(
    checksums: &[u8],
    given: Option<&[u8]>,
    trust: &Trust,
) -> Result<(Option<String>, Vec<Finding>), Finding> {
    let name = signature_name();
    match given {
        None if trust.unsigned == Unsigned::Accepted => Ok((None, Vec::new())),
        None => {
            let message =
                format!("there is no `{name}` beside the checksums, so nothing proves who made them");
            let hint = "download it from the release; for bundles that were built here, say `--unsigned`";
            let missing = stop(Cause::Unsigned, message, hint);
            if !trust.keys.is_empty() {
                return Err(missing);
            }
            Ok((None, vec![Finding { severity: Severity::Note, ..missing }]))
        }
        Some(_) if trust.keys.is_empty() && trust.revoked.is_empty() => {
            let message = format!("`{name}` was not looked at: no key is known here");
            let hint = "name the release's key with `--key`, or run this in a checkout that pins it";
            let note = Finding { severity: Severity::Note, ..stop(Cause::Unsigned, message, hint) };
            Ok((None, vec![note]))
        }
        Some(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let comment = signature::verify(
                signature::Subject::Checksums,
                checksums,
                &text,
                &trust.keys,
                &trust.revoked,
            );
            comment
                .map(|comment| (Some(comment), Vec::new()))
                .map_err(|error| wrong(format!("`{name}` proves nothing: {error}")))
        }
    }
}

/// Verifies everything that checksums list, and the signature over them. `content` gives a file by its name, or none where it is not
/// there.
///
/// # Errors
///
/// Everything that differs or is missing, and a list without an archive.
pub fn verify_listed(
    checksums: &[u8],
    trust: &Trust,
    expected: &Expected,
    mut content: impl FnMut(&str) -> Option<Vec<u8>>,
) -> Result<Verified, Vec<Finding>> {
    let (mut manifests, mut findings) = (Vec::new(), Vec::new());
    let (comment, notes) =
        signed(checksums, content(&signature_name()).as_deref(), trust).unwrap_or_else(|finding| {
            findings.push(finding);
            (None, Vec::new())
        });
    let text = String::from_utf8_lossy(checksums);
    let listed = match listed(&text) {
        Ok(listed) => listed,
        Err(finding) => {
            findings.push(finding);
            return Err(findings);
        }
    };
    let mut beside = BTreeMap::new();
    for (name, digest) in &listed {
        let Some(bytes) = content(name) else {
            findings.push(wrong(format!("`{name}` is in the checksums and not beside them")));
            continue;
        };
        if name.ends_with(ARCHIVE) {
            match verify(name, &bytes, Some(&text), expected) {
                Ok(manifest) => manifests.push(((*name).to_owned(), manifest)),
                Err(more) => findings.extend(more),
            }
        } else if Sha256Hex::of(&bytes) != *digest {
            findings.push(wrong(format!("`{name}` has not the checksum that is listed for it")));
        } else {
            beside.insert(*name, bytes);
        }
    }
    if !listed.keys().any(|name| name.ends_with(ARCHIVE)) {
        findings.push(wrong("the checksums list no archive".to_owned()));
    }
    for (archive, manifest) in &manifests {
        findings.extend(describes(archive, manifest, &beside));
    }
    findings.extend(agree(&manifests, comment.as_deref()));
    findings.extend(comes_from(&manifests, &listed, &beside, comment.as_deref()));
    let manifests = manifests.into_iter().map(|(_, manifest)| manifest).collect();
    if findings.is_empty() { Ok(Verified { manifests, signed: comment, notes }) } else { Err(findings) }
}

/// The names of the checksums with their digests. A line that is none is no comment but a mistake: another reader might take it for one.
fn listed(checksums: &str) -> Result<BTreeMap<&str, Sha256Hex>, Finding> {
    let mut listed = BTreeMap::new();
    for line in checksums.lines() {
        let entry = line.split_once("  ").and_then(|(digest, name)| {
            let plain = !matches!(name, "" | "." | "..") && !name.contains(['/', '\\']);
            let digest = Sha256Hex::try_from(digest.to_owned()).ok().filter(|it| it.as_str() == digest)?;
            (plain && is_plain(name)).then_some((name, digest))
        });
        let new = entry.is_some_and(|(name, digest)| listed.insert(name, digest).is_none());
        if !new {
            let line = terminal_line(line);
            return Err(wrong(format!("the checksums have the line `{line}`, which no release has")));
        }
    }
    Ok(listed)
}

/// Whether the manifest and the bill of materials beside an archive say what the manifest within says.
fn describes(archive: &str, manifest: &Manifest, beside: &BTreeMap<&str, Vec<u8>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = manifest_beside(archive);
    match beside.get(name.as_str()) {
        None => findings.push(wrong(format!("the checksums list no `{name}` beside `{archive}`"))),
        Some(bytes) if serde_json::from_slice::<Manifest>(bytes).ok().as_ref() != Some(manifest) => {
            findings.push(wrong(format!("`{name}` is not the manifest in `{archive}`")));
        }
        Some(_) => {}
    }
    let name = bill_beside(archive);
    match beside.get(name.as_str()) {
        None => findings.push(wrong(format!("the checksums list no `{name}` beside `{archive}`"))),
        Some(bytes) => {
            let (bill, wanted) = (serde_json::from_slice::<Sbom>(bytes).ok(), sbom(manifest));
            let same = |bill: &Sbom| bill.metadata == wanted.metadata && bill.components == wanted.components;
            if !bill.as_ref().is_some_and(same) {
                findings.push(wrong(format!("`{name}` does not list what `{archive}` consists of")));
            }
        }
    }
    findings
}

/// Whether all archives are of one version of one product, and the signature is of that.
fn agree(manifests: &[(String, Manifest)], comment: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let of = |manifest: &Manifest| {
        (manifest.product.clone(), manifest.version.clone(), manifest.source_commit.clone())
    };
    let all: BTreeSet<_> = manifests.iter().map(|(_, manifest)| of(manifest)).collect();
    if all.len() > 1 {
        findings.push(wrong("the archives are of different releases".to_owned()));
    }
    let Some(comment) = comment else { return findings };
    for (product, version, _) in &all {
        let says = |name: &str, value: &str| pair(comment, name) == Some(value);
        if !says("product", product) || !says("version", &version.to_string()) {
            findings.push(wrong(format!(
                "the signature is of `{}`, and the archives are of {} {version}",
                terminal_line(&comment.replace('\t', " ")),
                terminal_line(product)
            )));
        }
    }
    findings
}

/// The value of a name in the comment of a signature.
fn pair<'a>(comment: &'a str, name: &str) -> Option<&'a str> {
    comment
        .split('\t')
        .filter_map(|pair| pair.split_once(':'))
        .find(|(found, _)| *found == name)
        .map(|it| it.1)
}

/// Whether the provenance is of these very files.
fn comes_from(
    manifests: &[(String, Manifest)],
    listed: &BTreeMap<&str, Sha256Hex>,
    beside: &BTreeMap<&str, Vec<u8>>,
    comment: Option<&str>,
) -> Vec<Finding> {
    let Some((_, manifest)) = manifests.first() else { return Vec::new() };
    let mut statements = listed.keys().filter(|name| name.ends_with(provenance::ENDING));
    let (Some(name), None) = (statements.next(), statements.next()) else {
        return vec![wrong("the checksums do not list one provenance".to_owned())];
    };
    let Some(bytes) = beside.get(name) else { return Vec::new() };
    let Ok(statement) = serde_json::from_slice::<Statement>(bytes) else {
        return vec![wrong(format!("`{name}` is no statement about where files come from"))];
    };
    let mut wanted = listed.clone();
    wanted.remove(name);
    let subjects: BTreeMap<&str, Sha256Hex> =
        statement.subject.iter().map(|it| (it.name.as_str(), it.digest.sha256.clone())).collect();
    let (built, of) =
        (&statement.predicate.build_definition, &statement.predicate.build_definition.external_parameters);
    let same_plan = comment
        .and_then(|comment| pair(comment, "plan"))
        .is_none_or(|plan| of.plan.as_ref().is_some_and(|it| it.as_str() == plan));
    let about_them = subjects == wanted && subjects.len() == statement.subject.len();
    let of_them = of.product == manifest.product
        && of.version == manifest.version
        && of.source_commit == manifest.source_commit;
    let of_a_kind = statement.kind == STATEMENT
        && statement.predicate_type == PREDICATE
        && built.build_type == BUILD_TYPE;
    let all = listed.keys().filter(|name| name.ends_with(ARCHIVE)).count() == manifests.len();
    let made_from = dependencies(&manifest.source_commit, manifests.iter().map(|(_, manifest)| manifest));
    // An archive that did not verify may have images that are none of the others'.
    let from_them = !all || built.resolved_dependencies == made_from;
    if about_them && of_them && of_a_kind && from_them && same_plan {
        return Vec::new();
    }
    vec![wrong(format!("`{name}` is not about the files beside it"))]
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
