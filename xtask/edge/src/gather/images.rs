//! What every image of the bundles resolves to.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use release_core::bundle::{images, render};
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
    let Ok(references) = images::references(&render::Material::of(facts), &version) else {
        // The Compose files are wrong; planning says how, with every other finding.
        return Ok(BTreeMap::new());
    };
    let resolved = registry.resolve(&references)?;
    Ok(references
        .into_iter()
        .zip(resolved)
        .filter_map(|(reference, image)| Some((reference, image?)))
        .collect())
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
