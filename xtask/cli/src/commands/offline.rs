//! The images of a bundle beside it, for hosts without a registry: an archive in parts for each variant, the Compose file that names the
//! loaded images, and checksums over both. Called by `bundle`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bundle_format::digest::Sha256Hex;
use bundle_format::manifest::{FILE_NAME, Manifest};
use release_core::bundle::assets::AssetBytes;
use release_core::bundle::offline::override_file;
use release_core::finding::Cause;
use release_core::receipt::AssetReceipt;
use release_edge::failure::Failure;
use release_edge::offline::{Destination, Source, Wanted, describe, write};
use release_edge::output::replace;

use crate::args::ImagesOfBundleArgs;
use crate::exit::Stop;
use crate::terminal::BytesProgress;

/// Writes the images of every variant that was built into the folder of the bundles, and says what lies there now.
pub fn write_images(
    built: &[AssetBytes],
    folder: &Path,
    source: &dyn Source,
    args: &ImagesOfBundleArgs,
) -> Result<Vec<AssetReceipt>, Stop> {
    let mut written = Vec::new();
    for (name, manifest) in manifests(built)? {
        let base = format!("{name}-images-{}", args.platform.replace('/', "-"));
        let services = services(&manifest, &args.platform)?;
        let wanted: Vec<Wanted> = services.values().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let images = describe(&wanted, source)?;
        let ids: BTreeMap<&Wanted, &Sha256Hex> =
            wanted.iter().zip(images.iter().map(|image| &image.configuration.digest)).collect();
        let named = services
            .iter()
            .filter_map(|(service, image)| Some((service.clone(), (*ids.get(image)?).clone())));
        let override_name = format!("{base}.override.yml");
        let mut files = vec![(override_name.clone(), override_file(&named.collect()).into_bytes())];
        let archive = format!("{base}.tar");
        let destination = Destination { folder, name: &archive, part_size: args.part_size << 20 };
        let parts = write(&wanted, &images, source, &destination, &mut BytesProgress::of(&archive))?;
        let mut receipts: Vec<AssetReceipt> = parts
            .into_iter()
            .map(|part| AssetReceipt {
                name: part.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                path: part.path.display().to_string(),
                size: part.size,
                sha256: part.sha256,
            })
            .collect();
        receipts.push(receipt(folder, &override_name, files.first().map_or(&[], |(_, content)| content)));
        let sums: String =
            receipts.iter().map(|file| format!("{}  {}\n", file.sha256.as_str(), file.name)).collect();
        let sums_name = format!("{base}.SHA256SUMS");
        receipts.push(receipt(folder, &sums_name, sums.as_bytes()));
        files.push((sums_name, sums.into_bytes()));
        for (name, content) in &files {
            replace(&folder.join(name), content)?;
        }
        written.extend(receipts);
    }
    Ok(written)
}

fn receipt(folder: &Path, name: &str, content: &[u8]) -> AssetReceipt {
    AssetReceipt {
        name: name.to_owned(),
        path: folder.join(name).display().to_string(),
        size: content.len() as u64,
        sha256: Sha256Hex::of(content),
    }
}

/// The manifest of each variant that was built, with the name of its bundle without the ending.
fn manifests(built: &[AssetBytes]) -> Result<Vec<(String, Manifest)>, Failure> {
    let ending = format!(".{FILE_NAME}");
    let named = built.iter().filter_map(|part| Some((part.asset.name.strip_suffix(&ending)?, part)));
    let read = named.map(|(name, part)| {
        let manifest = serde_json::from_slice(&part.content);
        manifest.map(|manifest| (name.to_owned(), manifest)).map_err(|error| {
            Failure::of(Cause::Internal, format!("the manifest of `{name}` does not read: {error}"))
        })
    });
    read.collect()
}

/// The image of each service for a platform, or all that keep it from being written.
fn services(manifest: &Manifest, platform: &str) -> Result<BTreeMap<String, Wanted>, Stop> {
    let mut findings = Vec::new();
    let mut services = BTreeMap::new();
    for (service, image) in &manifest.images {
        match image.platforms.get(platform) {
            Some(digest) => {
                let wanted = Wanted { reference: image.reference.clone(), manifest: digest.clone() };
                services.insert(service.clone(), wanted);
            }
            None => {
                let known: Vec<&str> = image.platforms.keys().map(String::as_str).collect();
                let known = if known.is_empty() { "none is known".to_owned() } else { known.join(", ") };
                let message =
                    format!("`{}` of the service `{service}` has no image for `{platform}`", image.reference);
                let hint = format!(
                    "choose another platform with `--platform` (there are: {known}), or publish one for it"
                );
                findings.push(Failure::new(Cause::ImageMissing, message, hint).into_finding());
            }
        }
    }
    if findings.is_empty() { Ok(services) } else { Err(Stop::Findings(findings)) }
}
