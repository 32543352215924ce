//! The images that bundles name, each once with everybody who uses it. Never judges one.

use std::collections::{BTreeMap, BTreeSet};

use crate::compose::image::ImageReference;
use crate::finding::{Cause, Finding};
use crate::untrusted::listed;
use crate::yaml::Place;

use super::{Drawn, at, only_in};

/// An image that can be read, with the services of all variants that name it. What cannot is told where images are pinned.
pub(super) struct UsedImage<'a> {
    pub(super) image: ImageReference,
    /// How it is written where it is found first.
    pub(super) text: &'a str,
    services: BTreeSet<&'a str>,
    variants: BTreeSet<&'a str>,
    drawn: &'a Drawn<'a>,
    place: Place,
}

/// Every image of all variants, in the order of their references.
pub(super) fn used<'a>(all: &'a [Drawn<'a>]) -> Vec<UsedImage<'a>> {
    let mut images: BTreeMap<ImageReference, UsedImage<'a>> = BTreeMap::new();
    for drawn in all {
        for service in drawn.compose.services() {
            let Some((text, image)) = service.image().and_then(|text| Some((text, text.parse().ok()?)))
            else {
                continue;
            };
            let place = service.place_of("image");
            let first = |image: &ImageReference| UsedImage {
                image: image.clone(),
                text,
                services: BTreeSet::new(),
                variants: BTreeSet::new(),
                drawn,
                place,
            };
            let found = images.entry(image).or_insert_with_key(first);
            found.services.insert(service.name());
            found.variants.insert(&drawn.variant.id);
        }
    }
    images.into_values().collect()
}

impl UsedImage<'_> {
    /// A finding that stops, at the first service that names it: what is wrong follows the names of image and services.
    pub(super) fn wrong(&self, all: &[Drawn<'_>], cause: Cause, what: &str, hint: String) -> Finding {
        self.wrong_as(self.text, all, cause, what, hint)
    }

    /// The same, with the image called otherwise than it is written.
    pub(super) fn wrong_as(
        &self,
        called: &str,
        all: &[Drawn<'_>],
        cause: Cause,
        what: &str,
        hint: String,
    ) -> Finding {
        let services = of_services(&self.services);
        let message = format!("the image `{called}` of {services} {what}{}", only_in(&self.variants, all));
        at(self.drawn, self.place, cause, message, hint)
    }
}

/// One service or several, by name.
fn of_services(services: &BTreeSet<&str>) -> String {
    let word = if services.len() == 1 { "service" } else { "services" };
    format!("the {word} {}", listed(services.iter().copied()))
}
