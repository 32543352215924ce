//! From the bundles of a plan to the bytes of a release's assets. Never adds anything that the plan does not hold.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bundle_format::digest::Sha256Hex;
use bundle_format::manifest::{self, Manifest};
use jiff::Timestamp;

use crate::check::stop;
use crate::config::paths;
use crate::facts::Content;
use crate::finding::{Cause, Finding};
use crate::identity::Tag;
use crate::plan::{Asset, Bundle};

use super::archive::{ArchiveError, Member, archive};
use super::provenance::{self, Origin};
use super::sbom;

/// The name of the checksum list beside the archives.
pub const CHECKSUMS: &str = "SHA256SUMS";

/// How the names of archives end.
pub const ARCHIVE: &str = ".tar.gz";

/// An asset and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetBytes {
    /// Its name, size and digest.
    pub asset: Asset,
    /// Its content.
    pub content: Vec<u8>,
}

/// Why assets cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// An archive cannot be made.
    #[error("{archive}: {source}")]
    Archive {
        /// Its asset name.
        archive: String,
        /// Why.
        source: ArchiveError,
    },
    /// A file of the plan is not base64 although it says so.
    #[error("`{0}` in the plan is not base64; plan again")]
    Encoding(String),
    /// A bundle without a manifest that can be read.
    #[error("`{0}` has no readable `bundle.json`; plan again")]
    NoManifest(String),
}

impl AssetsError {
    /// What is to be said of it: places in the archive are configured, everything else is the plan's.
    #[must_use]
    pub fn into_finding(self) -> Finding {
        match &self {
            Self::Archive { source: ArchiveError::Duplicate(_) | ArchiveError::Path(_), .. } => {
                let hint = format!("correct `files` in `{}`", paths::BUNDLES);
                stop(Cause::Configuration, self.to_string(), hint)
            }
            _ => stop(Cause::Internal, self.to_string(), Cause::Internal.explanation().trim()),
        }
    }
}

/// The bytes of a file.
///
/// # Errors
///
/// Where it claims to be base64 and is not.
pub fn bytes_of(path: &str, content: &Content) -> Result<Vec<u8>, AssetsError> {
    match content {
        Content::Text(text) => Ok(text.clone().into_bytes()),
        Content::Base64(text) => STANDARD.decode(text).map_err(|_| AssetsError::Encoding(path.to_owned())),
    }
}

/// Every asset of a release in the order of upload: each archive with its manifest and its bill of materials, the statement about where
/// they come from, then the checksums over all of them.
///
/// # Errors
///
/// Where an archive cannot be made of a bundle's files.
pub fn assets(bundles: &[Bundle], origin: &Origin<'_>) -> Result<Vec<AssetBytes>, AssetsError> {
    let (mut assets, mut manifests) = (Vec::new(), Vec::new());
    for bundle in bundles {
        let (parts, manifest) = parts(bundle, origin.source_date)?;
        assets.extend(parts);
        manifests.push(manifest);
    }
    let statement = provenance::statement(assets.iter().map(|part| &part.asset), &manifests, origin);
    let name = format!("{}-{}{}", origin.product, Tag::of(origin.version), bundle_format::provenance::ENDING);
    let text = provenance::text(&statement);
    assets.push(asset(&name, bundle_format::provenance::MEDIA_TYPE, text.into_bytes()));
    let mut lines: Vec<String> =
        assets.iter().map(|part| format!("{}  {}\n", part.asset.sha256, part.asset.name)).collect();
    lines.sort_by(|a, b| a.get(66..).cmp(&b.get(66..)));
    assets.push(asset(CHECKSUMS, "text/plain", lines.concat().into_bytes()));
    Ok(assets)
}

/// The archive of a bundle, its manifest and its bill of materials.
fn parts(bundle: &Bundle, source_date: Timestamp) -> Result<([AssetBytes; 3], Manifest), AssetsError> {
    let seconds = u64::try_from(source_date.as_second()).unwrap_or(0);
    let contents =
        bundle.files.iter().map(|file| bytes_of(&file.path, &file.content)).collect::<Result<Vec<_>, _>>()?;
    let members: Vec<Member<'_>> = bundle
        .files
        .iter()
        .zip(&contents)
        .map(|(file, content)| Member { path: &file.path, content, executable: file.executable })
        .collect();
    let archived = archive(&members, seconds)
        .map_err(|source| AssetsError::Archive { archive: bundle.archive.clone(), source })?;
    let written = members.iter().find(|member| member.path == manifest::FILE_NAME).map(|found| found.content);
    let read = written.and_then(|bytes| Some((bytes, serde_json::from_slice::<Manifest>(bytes).ok()?)));
    let (bytes, manifest) = read.ok_or_else(|| AssetsError::NoManifest(bundle.archive.clone()))?;
    let bill = sbom::text(&sbom::sbom(&manifest));
    let parts = [
        asset(&bundle.archive, "application/gzip", archived),
        asset(&bundle.manifest, "application/json", bytes.to_vec()),
        asset(&bill_beside(&bundle.archive), bundle_format::sbom::MEDIA_TYPE, bill.into_bytes()),
    ];
    Ok((parts, manifest))
}

/// The name of the bill of materials beside an archive.
#[must_use]
pub fn bill_beside(archive: &str) -> String {
    format!("{}{}", archive.strip_suffix(ARCHIVE).unwrap_or(archive), bundle_format::sbom::ENDING)
}

/// The name of the manifest beside an archive.
#[must_use]
pub fn manifest_beside(archive: &str) -> String {
    format!("{}.{}", archive.strip_suffix(ARCHIVE).unwrap_or(archive), manifest::FILE_NAME)
}

fn asset(name: &str, content_type: &str, content: Vec<u8>) -> AssetBytes {
    AssetBytes {
        asset: Asset {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            size: content.len() as u64,
            sha256: Sha256Hex::of(&content),
        },
        content,
    }
}

#[cfg(test)]
#[path = "assets_tests.rs"]
mod tests;
