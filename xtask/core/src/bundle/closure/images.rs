//! The rules about where the images that services name come from. Never asks a registry and never pins one.

use std::collections::BTreeSet;

use crate::check::stop;
use crate::compose::Service;
use crate::compose::image::ImageReference;
use crate::config::nearest::nearest;
use crate::config::paths;
use crate::config::release::OwnImages;
use crate::finding::{Cause, Finding};
use crate::untrusted::listed;

use super::super::images::{asked, own_reference};
use super::used::used;
use super::{Drawn, at};

/// What an image under the own registry is called there, where the configuration knows none of that name.
pub(in super::super) fn undeclared(image: &ImageReference, own: &OwnImages) -> Option<String> {
    let name = image.name();
    let below = name.strip_prefix(&own.registry)?.strip_prefix('/').filter(|_| !own.registry.is_empty())?;
    (!own.names.iter().any(|own| own.name == below)).then(|| below.to_owned())
}

pub(super) fn declared(all: &[Drawn<'_>]) -> Vec<Finding> {
    let Some(first) = all.first() else { return Vec::new() };
    let own = &first.material.configuration.release.images;
    let mut findings = Vec::new();
    for used in used(all) {
        let Some(name) = undeclared(&used.image, own) else { continue };
        let names = || own.names.iter().map(|image| image.name.as_str());
        let meant =
            nearest(&name, names()).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
        let hint = format!(
            "{meant}the own images are {}; declare it under `images.names` in `{}`, or correct the name",
            listed(names()),
            paths::RELEASE
        );
        let what = "lies under the registry of the own images and is none of them";
        findings.push(used.wrong(all, Cause::ImageUndeclared, what, hint));
    }
    findings
}

pub(super) fn ready(drawn: &Drawn<'_>) -> Vec<Finding> {
    let built = drawn.compose.services().filter(Service::has_build);
    let found = built.map(|service| {
        let message = format!("the service `{}` has `build`, and an operator has no sources", service.name());
        let hint = format!(
            "give it an `image` and take `build` out; declare an image that this repository builds under `images.names` in `{}`",
            paths::RELEASE
        );
        at(drawn, service.place_of("build"), Cause::Compose, message, hint)
    });
    found.collect()
}

/// All own images exist under the release's tag before it is published, also one that no service uses.
pub(super) fn resolved(all: &[Drawn<'_>]) -> Vec<Finding> {
    let Some(first) = all.first() else { return Vec::new() };
    let Some(images) = first.material.images else { return Vec::new() };
    let (own, built) = (&first.material.configuration.release.images, first.material.built);
    let used = used(all);
    let mut named = BTreeSet::new();
    let mut findings = Vec::new();
    for used in used.iter().filter(|used| undeclared(&used.image, own).is_none()) {
        let asked = asked(&used.image, own, built);
        if !images.contains_key(&asked) && named.insert(asked.clone()) {
            let hint = "wait until CI has built and pushed it, or correct its tag, then run again".to_owned();
            findings.push(used.wrong_as(&asked, all, Cause::ImageMissing, "is not in its registry", hint));
        }
    }
    let own = own.names.iter().map(|image| own_reference(own, &image.name, built));
    let unused = own.filter(|reference| !images.contains_key(reference) && !named.contains(reference));
    findings.extend(unused.map(|reference| {
        let message = format!("the own image `{reference}` is not in its registry");
        stop(Cause::ImageMissing, message, "wait until CI has built and pushed it, then run again")
    }));
    findings
}
