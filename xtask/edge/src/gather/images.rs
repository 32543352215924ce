//! What every image of the bundles resolves to.

use std::collections::BTreeMap;

use release_core::bundle::render;
use release_core::facts::{Facts, ImageFacts};
use semver::Version;

use crate::failure::Failure;
use crate::registry::Registry;

/// Asks the registries. An image that is not there is left out: the plan names every one of them.
pub(super) fn resolve(
    registry: &dyn Registry,
    facts: &Facts,
    version: &Version,
) -> Result<BTreeMap<String, ImageFacts>, Failure> {
    let Ok(references) = render::references(&render::Material::of(facts), version) else {
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
