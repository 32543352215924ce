//! What the variants may differ in: the difference between two bundles is exactly the declared part of the configuration.

use std::collections::BTreeSet;

use crate::check::stop;
use crate::compose::ComposeFile;
use crate::config::bundles::VariantConfig;
use crate::finding::{Cause, Finding};

/// Compares every variant with the first one.
#[must_use]
pub fn variants(loaded: &[(&VariantConfig, &ComposeFile)]) -> Vec<Finding> {
    let Some(((base, base_file), others)) = loaded.split_first() else { return Vec::new() };
    others.iter().flat_map(|(variant, file)| differences(base, base_file, variant, file)).collect()
}

fn differences(
    base: &VariantConfig,
    base_file: &ComposeFile,
    variant: &VariantConfig,
    file: &ComposeFile,
) -> Vec<Finding> {
    let names = |file: &ComposeFile| -> BTreeSet<String> {
        file.services().map(|service| service.name().to_owned()).collect()
    };
    let (before, after) = (names(base_file), names(file));
    let declared: BTreeSet<String> = variant.adds_services.iter().cloned().collect();
    let added: BTreeSet<String> = after.difference(&before).cloned().collect();
    let id = &variant.id;
    let differs = |message: String, hint: String| stop(Cause::VariantDiffers, message, hint);
    let mut findings = Vec::new();
    for service in added.difference(&declared) {
        findings.push(differs(
            format!("the variant `{id}` adds the service `{service}`, which is not declared"),
            format!("list it under `adds_services` of `{id}`, or take it out of the overlay"),
        ));
    }
    for service in declared.difference(&added) {
        findings.push(differs(
            format!("the variant `{id}` declares the service `{service}` as its own, but does not add it"),
            format!("add it in an overlay of `{id}`, or take it out of `adds_services`"),
        ));
    }
    for service in before.difference(&after) {
        findings.push(differs(
            format!("the variant `{id}` lacks the service `{service}` of `{}`", base.id),
            "a variant may only add services: take the `!reset` out of its overlay".to_owned(),
        ));
    }
    for service in before.intersection(&after).filter(|service| !variant.changes_services.contains(service)) {
        let same = |file: &ComposeFile| file.service(service).map(|service| service.emit());
        if same(base_file) != same(file) {
            findings.push(differs(
                format!("the variant `{id}` changes the service `{service}`, which is not declared"),
                format!("list it under `changes_services` of `{id}`, or take the change out of the overlay"),
            ));
        }
    }
    findings
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
