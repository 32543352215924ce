//! The rules about the images that services name. Never asks a registry and never pins one.

use crate::compose::Service;
use crate::compose::image::ImageReference;
use crate::config::nearest::nearest;
use crate::config::paths;
use crate::config::release::OwnImages;
use crate::finding::{Cause, Finding};
use crate::untrusted::listed;

use super::super::render::own_name;
use super::{Drawn, at};

/// Tags that mean something else tomorrow.
const FLOATING: &[&str] = &["latest", "nightly", "main", "edge", "stable"];

/// What an image under the own registry is called there, where the configuration knows none of that name.
pub(in super::super) fn undeclared(image: &ImageReference, own: &OwnImages) -> Option<String> {
    let name = image.name();
    let below = name.strip_prefix(&own.registry)?.strip_prefix('/').filter(|_| !own.registry.is_empty())?;
    (!own.names.iter().any(|own| own.name == below)).then(|| below.to_owned())
}

/// The services whose image can be read, with that image. What cannot is told where images are pinned.
fn named<'a>(drawn: &'a Drawn<'_>) -> impl Iterator<Item = (Service<'a>, &'a str, ImageReference)> {
    drawn.compose.services().filter_map(|service| {
        let image = service.image()?;
        Some((service, image, image.parse().ok()?))
    })
}

pub(super) fn declared(drawn: &Drawn<'_>) -> Vec<Finding> {
    let own = &drawn.material.configuration.release.images;
    let mut findings = Vec::new();
    for (service, image, parsed) in named(drawn) {
        let Some(name) = undeclared(&parsed, own) else { continue };
        let names = || own.names.iter().map(|image| image.name.as_str());
        let meant =
            nearest(&name, names()).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
        let hint = format!(
            "{meant}the own images are {}; declare it under `images.names` in `{}`, or correct the name",
            listed(names()),
            paths::RELEASE
        );
        let message = format!(
            "the service `{}` uses `{image}`, which lies under the registry of the own images and is none of them",
            service.name()
        );
        findings.push(at(drawn, service.place_of("image"), Cause::ImageUndeclared, message, hint));
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

pub(super) fn fixed(drawn: &Drawn<'_>) -> Vec<Finding> {
    let own = &drawn.material.configuration.release.images;
    let mut findings = Vec::new();
    for (service, image, parsed) in named(drawn) {
        // The tags of own images are the release's.
        if own_name(&parsed, own).is_some() || undeclared(&parsed, own).is_some() || parsed.digest().is_some()
        {
            continue;
        }
        let why = match parsed.tag() {
            None => "has no tag, which means `latest`".to_owned(),
            Some(tag) if FLOATING.contains(&tag) || tag.starts_with("latest-") => {
                format!("has the tag `{tag}`, which is moved to other images")
            }
            Some(_) => continue,
        };
        let message = format!("the image `{image}` of the service `{}` {why}", service.name());
        let hint =
            "name the tag of one version, as in `17.5`, or add the digest: `…:tag@sha256:…`".to_owned();
        findings.push(at(drawn, service.place_of("image"), Cause::ImageFloating, message, hint));
    }
    findings
}
