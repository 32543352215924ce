//! What every image of the bundles resolves to.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use release_core::bundle::images::{self, Wanted};
use release_core::bundle::render::Material;
use release_core::facts::{Facts, ImageFacts};
use release_core::plan::version_of;

use crate::failure::Failure;
use crate::registry::Registry;

/// Asks the registries, where a release may come of it. An image that is not there is left out: the plan names every one of them.
pub(super) fn resolve(
    registry: &dyn Registry,
    facts: &Facts,
) -> Result<BTreeMap<String, ImageFacts>, Failure> {
    let Some(version) = version_of(facts) else { return Ok(BTreeMap::new()) };
    match images::wanted(&Material::of(facts), &version) {
        Ok(wanted) => resolved(registry, wanted),
        // The Compose files are wrong; planning says how, with every other finding.
        Err(_) => Ok(BTreeMap::new()),
    }
}

/// What images come to: as the lock file has them, else as their registries say now. What no registry has is left out.
///
/// # Errors
///
/// Where a registry does not answer, or refuses to.
pub fn resolved(registry: &dyn Registry, wanted: Wanted) -> Result<BTreeMap<String, ImageFacts>, Failure> {
    let Wanted { locked: mut images, open } = wanted;
    let found = registry.resolve(&open)?;
    images.extend(open.into_iter().zip(found).filter_map(|(reference, image)| Some((reference, image?))));
    Ok(images)
}

/// What the release's tag names already, for each own image that has it.
pub(super) fn own_tags(
    registry: &dyn Registry,
    facts: &Facts,
) -> Result<BTreeMap<String, Sha256Hex>, Failure> {
    let Some(version) = version_of(facts) else { return Ok(BTreeMap::new()) };
    let own = &facts.configuration.release.images;
    let references: Vec<String> =
        own.names.iter().map(|image| format!("{}/{}:v{version}", own.registry, image.name)).collect();
    let resolved = registry.resolve(&references)?;
    let names = own.names.iter().map(|image| image.name.clone());
    Ok(names.zip(resolved).filter_map(|(name, image)| Some((name, image?.digest))).collect())
}
