//! The rules about tags that third-party images are named by, and about the exceptions to them. Never pins an image.

use std::collections::BTreeSet;

use crate::check::stop;
use crate::compose::image::ImageReference;
use crate::config::bundles::PinException;
use crate::config::paths;
use crate::finding::{Cause, Finding};
use crate::untrusted::quoted;

use super::super::images::own_name;
use super::images::undeclared;
use super::precision::{Vague, vague};
use super::used::{UsedImage, used};
use super::{Drawn, place_in};

/// A third-party image whose tag leaves open what it means.
struct Judged<'a> {
    image: UsedImage<'a>,
    way: &'static Vague,
    /// The exception that is about it, by number, and whether it excuses it.
    exception: Option<(usize, bool)>,
}

pub(super) fn exact(all: &[Drawn<'_>]) -> Vec<Finding> {
    let judged = judged(all).into_iter().filter(|judged| !matches!(judged.exception, Some((_, true))));
    let found = judged.map(|Judged { image, way, .. }| {
        let what = match image.image.tag() {
            Some(tag) => format!("has the tag {}, {}", quoted(tag), way.why),
            None => way.why.to_owned(),
        };
        image.wrong(all, Cause::ImageFloating, &what, way.right.to_owned())
    });
    found.collect()
}

pub(super) fn exceptions_needed(all: &[Drawn<'_>]) -> Vec<Finding> {
    let Some(first) = all.first() else { return Vec::new() };
    let bundles = &first.material.configuration.bundles;
    if all.len() < bundles.variants.len() {
        // What the others name is not known.
        return Vec::new();
    }
    let needed: BTreeSet<usize> = judged(all).iter().filter_map(|judged| Some(judged.exception?.0)).collect();
    let exceptions = bundles.pins.exceptions.iter().enumerate();
    let found = exceptions.filter(|(index, _)| !needed.contains(index)).map(|(index, exception)| {
        let message =
            format!("the exception for {} excuses nothing: no service needs it", quoted(&exception.image));
        let hint = "remove it, or correct the image that it names";
        let key = format!("pins.exceptions[{index}].image");
        Finding {
            place: Some(place_in(first, paths::BUNDLES, &key)),
            ..stop(Cause::PinExceptionUnused, message, hint)
        }
    });
    found.collect()
}

/// The third-party images that need a digest, another tag or an exception. The tags of own images are the release's.
fn judged<'a>(all: &'a [Drawn<'a>]) -> Vec<Judged<'a>> {
    let Some(first) = all.first() else { return Vec::new() };
    let configuration = first.material.configuration;
    let own = &configuration.release.images;
    let third_party = |found: &UsedImage<'_>| {
        own_name(&found.image, own).is_none()
            && undeclared(&found.image, own).is_none()
            && found.image.digest().is_none()
    };
    let judged = used(all).into_iter().filter(third_party).filter_map(|image| {
        let way = vague(image.image.tag(), None)?;
        let about = exception(&configuration.bundles.pins.exceptions, &image.image);
        let exception = about.map(|(index, exception)| {
            let excuses =
                exception.numbers.is_none_or(|_| vague(image.image.tag(), exception.numbers).is_none());
            (index, excuses)
        });
        Some(Judged { image, way, exception })
    });
    judged.collect()
}

/// The exception about an image: the one for its very tag before the one for all of its releases.
fn exception<'a>(
    exceptions: &'a [PinException],
    image: &ImageReference,
) -> Option<(usize, &'a PinException)> {
    let parsed = |exception: &PinException| exception.image.parse::<ImageReference>().ok();
    let find = |fits: &dyn Fn(&ImageReference) -> bool| {
        exceptions.iter().enumerate().find(|(_, one)| parsed(one).is_some_and(|named| fits(&named)))
    };
    find(&|named| named == image)
        .or_else(|| find(&|named| named.tag().is_none() && named.name() == image.name()))
}
