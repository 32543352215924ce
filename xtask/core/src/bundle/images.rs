//! The images of a bundle: what registries are asked for, and each image set to tag and digest. Never lets one through whose digest
//! nobody has seen, unless the bundle says so itself.

use std::collections::{BTreeMap, BTreeSet};

use bundle_format::manifest;
use semver::Version;

use crate::check::stop;
use crate::compose::{ComposeFile, image::ImageReference};
use crate::config::release::OwnImages;
use crate::facts::{Facts, ImageFacts};
use crate::finding::{Cause, Finding};
use crate::identity::{ObjectId, Tag};
use crate::plan::version_of;
use crate::yaml::Place;

use super::closure;
use super::render::{Material, compose_file};

/// Every image the registries have to be asked for, for the bundles of a version: own images by the tag of the source commit,
/// third-party images by their own.
///
/// # Errors
///
/// Where a Compose file is wrong.
pub fn references(material: &Material<'_>, version: &Version) -> Result<Vec<String>, Vec<Finding>> {
    let own = &material.configuration.release.images;
    let mut references: BTreeSet<String> =
        own.names.iter().map(|image| own_reference(own, &image.name, material.built)).collect();
    for variant in &material.configuration.bundles.variants {
        let file = compose_file(material, version, variant)?;
        for service in file.services() {
            if let Some(image) = service.image().and_then(|image| image.parse::<ImageReference>().ok()) {
                references.insert(asked(&image, &material.configuration.release.images, material.built));
            }
        }
    }
    Ok(references.into_iter().collect())
}

/// What the images of bundles come to without a registry.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The third-party images whose digests the lock file has.
    pub locked: BTreeMap<String, ImageFacts>,
    /// The images that registries have to be asked for.
    pub open: Vec<String>,
}

/// Every image of the bundles of a version, as far as the lock file has it.
///
/// # Errors
///
/// Where a Compose file is wrong.
pub fn wanted(material: &Material<'_>, version: &Version) -> Result<Wanted, Vec<Finding>> {
    let mut wanted = Wanted { locked: BTreeMap::new(), open: Vec::new() };
    for reference in references(material, version)? {
        match locked(material, &reference) {
            Some(image) => drop(wanted.locked.insert(reference, image)),
            None => wanted.open.push(reference),
        }
    }
    Ok(wanted)
}

/// The images of a release that were not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What registries were asked for in vain.
    pub missing: Vec<String>,
    /// How many images the release needs.
    pub of: usize,
}

/// The images that a release would need, of those facts, and that no registry has; none where nothing asks for a release.
#[must_use]
pub fn pending(facts: &Facts) -> Pending {
    let wanted = version_of(facts).and_then(|version| references(&Material::of(facts), &version).ok());
    let mut missing = wanted.unwrap_or_default();
    let of = missing.len();
    missing.retain(|reference| !facts.images.contains_key(reference));
    Pending { missing, of }
}

/// The images of the bundles that are locked: those of others.
///
/// # Errors
///
/// Where a Compose file is wrong.
pub fn third_party(material: &Material<'_>, version: &Version) -> Result<Vec<String>, Vec<Finding>> {
    let own = &material.configuration.release.images;
    let references = references(material, version)?;
    Ok(references.into_iter().filter(|reference| !is_under(own, reference)).collect())
}

/// What the lock file has of an image; nothing for one under the own registry, whatever it says.
fn locked(material: &Material<'_>, reference: &str) -> Option<ImageFacts> {
    let configuration = material.configuration;
    let locks =
        configuration.locks.as_ref().filter(|_| !is_under(&configuration.release.images, reference))?;
    locks.get(reference)
}

/// Whether an image lies under the registry of the own images.
pub(super) fn is_under(own: &OwnImages, reference: &str) -> bool {
    let below = reference.strip_prefix(&own.registry).filter(|_| !own.registry.is_empty());
    below.is_some_and(|below| below.starts_with('/'))
}

/// The own images that were resolved, by name.
#[must_use]
pub fn own_images(material: &Material<'_>) -> Vec<(String, ImageFacts)> {
    let own = &material.configuration.release.images;
    own.names
        .iter()
        .filter_map(|image| {
            let reference = own_reference(own, &image.name, material.built);
            Some((image.name.clone(), material.images?.get(&reference)?.clone()))
        })
        .collect()
}

/// The reference a registry is asked for.
pub(super) fn asked(image: &ImageReference, own: &OwnImages, source: &ObjectId) -> String {
    match own_name(image, own) {
        Some(name) => own_reference(own, name, source),
        None => image.to_string(),
    }
}

/// The tag under which CI pushes the own images of a commit.
#[must_use]
pub fn source_tag(source: &ObjectId) -> String {
    format!("sha-{source}")
}

pub(super) fn own_name<'a>(image: &ImageReference, own: &'a OwnImages) -> Option<&'a str> {
    let name = image.name();
    let below = name.strip_prefix(&own.registry)?.strip_prefix('/')?;
    own.names.iter().find(|own| own.name == below).map(|own| own.name.as_str())
}

/// What an own image is called that CI has built for a commit.
#[must_use]
pub fn own_reference(own: &OwnImages, name: &str, built: &ObjectId) -> String {
    format!("{}/{name}:{}", own.registry, source_tag(built))
}

/// Sets every image to tag and digest, and lists them for the manifest.
pub(super) fn pin(
    material: &Material<'_>,
    version: &Version,
    file: &mut ComposeFile,
) -> (BTreeMap<String, manifest::Image>, Vec<Finding>) {
    let own = &material.configuration.release.images;
    // One without an image has `build` instead, which is told by that rule.
    let services: Vec<(String, String, Place)> = file
        .services()
        .filter_map(|service| {
            Some((service.name().to_owned(), service.image()?.to_owned(), service.place_of("image")))
        })
        .collect();
    let (mut images, mut findings) = (BTreeMap::new(), Vec::new());
    for (service, image, place) in services {
        match pinned(material, own, version, &service, &image) {
            Ok(None) => {}
            Ok(Some((reference, image))) => {
                if let Err(error) = file.set_image(&service, &reference) {
                    findings.push(stop(
                        Cause::Internal,
                        error.to_string(),
                        Cause::Internal.explanation().trim(),
                    ));
                }
                images.insert(service, image);
            }
            Err(finding) => findings.push(Finding { place: file.whereabouts(place), ..finding }),
        }
    }
    (images, findings)
}

/// The reference of a service's image, and how the manifest has it; none for one that is told by a rule of its own.
fn pinned(
    material: &Material<'_>,
    own: &OwnImages,
    version: &Version,
    service: &str,
    image: &str,
) -> Result<Option<(String, manifest::Image)>, Finding> {
    let wrong = |error: &dyn std::fmt::Display| {
        let message = format!("the image `{image}` of the service `{service}` cannot be pinned: {error}");
        stop(Cause::Compose, message, "write it as `host/path:tag`, without variables")
    };
    let parsed: ImageReference = image.parse().map_err(|error| wrong(&error))?;
    if closure::undeclared(&parsed, own).is_some() {
        return Ok(None);
    }
    let asked = asked(&parsed, own, material.built);
    let tagged = match own_name(&parsed, own) {
        Some(_) => parsed.with_tag(&Tag::of(version).to_string()).map_err(|error| wrong(&error))?,
        None => parsed,
    };
    // Without a registry there is still what the lock file has.
    let found = match material.images {
        Some(images) => images.get(&asked).cloned(),
        None => locked(material, &asked),
    };
    let Some(found) = found else {
        if material.images.is_some() {
            return Ok(None);
        }
        let image =
            manifest::Image { reference: tagged.familiar(), digest: None, platforms: BTreeMap::new() };
        return Ok(Some((tagged.familiar(), image)));
    };
    let reference = tagged.with_digest(&found.digest.prefixed()).map_err(|error| wrong(&error))?;
    let image = manifest::Image {
        reference: tagged.familiar(),
        digest: Some(found.digest),
        platforms: found.platforms,
    };
    Ok(Some((reference.familiar(), image)))
}

#[cfg(test)]
#[path = "images_tests.rs"]
mod tests;
