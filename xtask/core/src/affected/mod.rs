//! Which own images and bundles a change reaches: from the paths that differ between two commits to what has to be built, each with its
//! reasons. Never reads a commit, and errs towards building: what it cannot know counts as changed.

mod dockerfile;
mod reach;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Configuration;
use crate::config::release::{OwnImage, OwnImages};
use crate::identity::ObjectId;
use crate::stamp::Tree;

/// What was read of two commits.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// The configuration of the later commit.
    pub configuration: &'a Configuration,
    /// The own images that the earlier commit declares; none where its configuration cannot be read.
    pub declared_before: Option<OwnImages>,
    /// Every path that differs: its content, its mode, or whether there is a file, a link or a submodule. What was renamed is named by both.
    pub changed: Vec<String>,
    /// The plain files of the earlier commit that [`read`] names, as far as they are there.
    pub before: Tree,
    /// The same of the later commit.
    pub after: Tree,
    /// The own images whose folder the later commit has, by name.
    pub built_here: BTreeSet<String>,
}

/// The files whose text decides whether a change counts: those that are stamped, the lock file of images, and the Dockerfiles.
#[must_use]
pub fn read(configuration: &Configuration) -> Vec<String> {
    let mut paths = crate::stamp::paths(&configuration.release);
    paths.push(crate::config::paths::LOCKS.to_owned());
    paths.extend(configuration.release.images.names.iter().map(|image| image.dockerfile()));
    paths.sort();
    paths.dedup();
    paths
}

/// What a change reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// The own images to build, in the order of [`building_order`].
    pub images: Vec<AffectedImage>,
    /// The own images that stay as they are, by name.
    pub untouched: Vec<String>,
    /// The own images whose folder is not in the repository, by name: whoever builds them pushes them.
    pub elsewhere: Vec<String>,
    /// Why a bundle would differ; empty where none would.
    pub bundle: Vec<Reason>,
}

/// One own image to build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffectedImage {
    /// Its name.
    pub name: String,
    /// Why; at least one reason.
    pub reasons: Vec<Reason>,
}

/// Why something is affected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reason {
    /// There is no release to compare with.
    NoRelease,
    /// The configuration declares the image otherwise than before, or did not declare it.
    Declaration,
    /// A path differs that goes into it.
    Path {
        /// The path, from the root of the repository.
        path: String,
    },
    /// The lock file has something else for an image that it is built on.
    BaseImage {
        /// The image, as the lock file has it.
        image: String,
    },
    /// It is built on an own image that is affected.
    Dependency {
        /// The name of the own image.
        image: String,
    },
    /// The registry has no image of the commit that is compared with.
    NoImage {
        /// The commit that the image would have been built for.
        commit: ObjectId,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::untrusted::quoted;
        match self {
            Self::NoRelease => formatter.write_str("no release to compare with"),
            Self::Declaration => formatter.write_str("declared anew"),
            Self::Path { path } => write!(formatter, "{} changed", quoted(path)),
            Self::BaseImage { image } => write!(formatter, "the base image {} changed", quoted(image)),
            Self::Dependency { image } => write!(formatter, "built on {}", quoted(image)),
            Self::NoImage { commit } => write!(formatter, "no image of {}", commit.short()),
        }
    }
}

/// What a change reaches, against an earlier commit.
#[must_use]
pub fn affected(comparison: &Comparison<'_>) -> Affected {
    let own = &comparison.configuration.release.images;
    let changes = reach::Changes::of(comparison);
    let here = own.names.iter().filter(|image| comparison.built_here.contains(&image.name));
    let mut images: Vec<AffectedImage> = here
        .clone()
        .map(|image| AffectedImage { name: image.name.clone(), reasons: changes.of_image(image) })
        .filter(|image| !image.reasons.is_empty())
        .collect();
    // Each round reaches those that are built on what the round before reached.
    loop {
        let reached: BTreeSet<String> = images.iter().map(|image| image.name.clone()).collect();
        for image in here.clone() {
            let built_on = image.depends_on.iter().filter(|name| reached.contains(*name));
            let reasons: Vec<Reason> =
                built_on.map(|name| Reason::Dependency { image: name.clone() }).collect();
            match images.iter_mut().find(|known| known.name == image.name) {
                Some(known) => {
                    let new: Vec<_> =
                        reasons.into_iter().filter(|reason| !known.reasons.contains(reason)).collect();
                    known.reasons.extend(new);
                }
                None if !reasons.is_empty() => {
                    images.push(AffectedImage { name: image.name.clone(), reasons });
                }
                None => {}
            }
        }
        if images.len() == reached.len() {
            break;
        }
    }
    result(comparison.configuration, &comparison.built_here, images, changes.of_bundle())
}

/// What is affected where nothing was released before: everything.
#[must_use]
pub fn everything(configuration: &Configuration, built_here: &BTreeSet<String>) -> Affected {
    let names = configuration.release.images.names.iter().map(|image| &image.name);
    let all = names.filter(|name| built_here.contains(*name));
    let images =
        all.map(|name| AffectedImage { name: name.clone(), reasons: vec![Reason::NoRelease] }).collect();
    result(configuration, built_here, images, vec![Reason::NoRelease])
}

/// The own images in an order in which they can be built: each after those that it is built on, else as the configuration has them.
#[must_use]
pub fn building_order(own: &OwnImages) -> Vec<&OwnImage> {
    let (mut ordered, mut seen) = (Vec::new(), BTreeSet::new());
    for image in &own.names {
        after_its_bases(own, image, &mut seen, &mut ordered);
    }
    ordered
}

fn after_its_bases<'a>(
    own: &'a OwnImages,
    image: &'a OwnImage,
    seen: &mut BTreeSet<&'a str>,
    ordered: &mut Vec<&'a OwnImage>,
) {
    if !seen.insert(&image.name) {
        return;
    }
    let bases = image.depends_on.iter().filter_map(|name| own.names.iter().find(|one| one.name == *name));
    for base in bases {
        after_its_bases(own, base, seen, ordered);
    }
    ordered.push(image);
}

fn result(
    configuration: &Configuration,
    built_here: &BTreeSet<String>,
    mut images: Vec<AffectedImage>,
    bundle: Vec<Reason>,
) -> Affected {
    let order = building_order(&configuration.release.images);
    let names: Vec<&String> = order.into_iter().map(|image| &image.name).collect();
    images.sort_by_key(|image| names.iter().position(|name| **name == image.name));
    let (here, elsewhere): (Vec<&String>, Vec<&String>) =
        names.into_iter().partition(|name| built_here.contains(*name));
    let untouched = here.into_iter().filter(|name| !images.iter().any(|image| image.name == **name));
    Affected {
        untouched: untouched.cloned().collect(),
        elsewhere: elsewhere.into_iter().cloned().collect(),
        images,
        bundle,
    }
}

/// Whether something differs that an operator gets: an own image, or a bundle. Without that there is nothing to deploy anew.
#[must_use]
pub const fn deployable(affected: &Affected) -> bool {
    !affected.images.is_empty() || !affected.bundle.is_empty()
}
