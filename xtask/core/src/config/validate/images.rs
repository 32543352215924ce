//! The rules about own images. Never asks a registry.

use super::super::ReleaseConfig;
use super::super::release::OwnImage;
use super::{Found, Rule, names};
use crate::untrusted::quoted;

pub(super) const REGISTRY: Rule<ReleaseConfig> = Rule {
    id: "image-registry",
    text: "the registry is a host and a path, without scheme and tag",
    reads: &["images"],
    check: |config, found| {
        let images = &config.images;
        let unused = images.registry.is_empty() && images.names.is_empty();
        if !unused && !names::is_registry(&images.registry) {
            let right = "write host and path in lower case, without `https://` and tag, as in `ghcr.io/acme/platform`";
            found.add("images.registry", format!("{} is no registry", quoted(&images.registry)), right);
        }
    },
};

pub(super) const NAMES: Rule<ReleaseConfig> = Rule {
    id: "image-name",
    text: "each own image has a name of its own that registries accept",
    reads: &["images"],
    check: |config, found| {
        let key = |index: usize| format!("images.names[{index}].name");
        for (index, image) in config.images.names.iter().enumerate() {
            if !names::is_image_name(&image.name) {
                let right = "use lower-case letters and digits, with `.`, `_` or `-` between, without a tag";
                found.add(key(index), format!("{} names no image", quoted(&image.name)), right);
            }
        }
        let all: Vec<_> = config.images.names.iter().map(|image| &image.name).collect();
        found.repeated(&all, key, "image");
    },
};

pub(super) const CONTEXTS: Rule<ReleaseConfig> = Rule {
    id: "image-context",
    text: "each own image is built from a folder of the repository",
    reads: &["images"],
    check: |config, found| {
        for (index, image) in config.images.names.iter().enumerate() {
            // The root itself is a folder to build from.
            if image.context != "." && !names::is_relative_path(&image.context) {
                let wrong = format!("{} is no folder of the repository", quoted(&image.context));
                let right = "write it from the root of the repository, without `..`, as in `services/api`";
                found.add(format!("images.names[{index}].context"), wrong, right);
            }
        }
    },
};

/// How long a release may wait at most: no job of a workflow on a machine of one's own runs longer than five days.
const LONGEST_WAIT: u32 = 5 * 24 * 60;

pub(super) const DOCKERFILES: Rule<ReleaseConfig> = Rule {
    id: "image-dockerfile",
    text: "the Dockerfile of an own image lies in the repository",
    reads: &["images"],
    check: |config, found| {
        for (index, image) in config.images.names.iter().enumerate() {
            let Some(path) = &image.dockerfile else { continue };
            if !names::is_relative_path(path) {
                let right =
                    "write it from the root of the repository, without `..`, as in `docker/api.Dockerfile`";
                let wrong = format!("{} is no file of the repository", quoted(path));
                found.add(format!("images.names[{index}].dockerfile"), wrong, right);
            }
        }
    },
};

pub(super) const PATHS: Rule<ReleaseConfig> = Rule {
    id: "image-paths",
    text: "what else goes into the build of an own image lies in the repository, each path once",
    reads: &["images"],
    check: |config, found| {
        for (index, image) in config.images.names.iter().enumerate() {
            let key = |at: usize| format!("images.names[{index}].paths[{at}]");
            for (at, path) in image.paths.iter().enumerate() {
                if !names::is_relative_path(path) {
                    let right =
                        "write a file or a folder from the root of the repository, without `..` and `*`";
                    found.add(key(at), format!("{} is no path of the repository", quoted(path)), right);
                }
            }
            found.repeated(&image.paths, key, "path");
        }
    },
};

pub(super) const DEPENDENCIES: Rule<ReleaseConfig> = Rule {
    id: "image-depends-on",
    text: "an own image depends on other own images, on each once",
    reads: &["images"],
    check: |config, found| {
        let images = &config.images.names;
        for (index, image) in images.iter().enumerate() {
            let key = |at: usize| depends_on(index, at);
            for (at, name) in image.depends_on.iter().enumerate() {
                if !images.iter().any(|other| other.name == *name) {
                    let right = "name an image of `images.names`; one of somebody else is told by its `FROM`";
                    found.add(key(at), format!("{} is no own image", quoted(name)), right);
                }
            }
            found.repeated(&image.depends_on, key, "image");
        }
    },
};

pub(super) const CIRCLES: Rule<ReleaseConfig> = Rule {
    id: "image-circle",
    text: "no own image is built on itself, nor by way of others",
    reads: &["images"],
    check: |config, found| {
        let mut walk = Walk { images: &config.images.names, ended: Vec::new(), under_way: Vec::new() };
        for index in 0..walk.images.len() {
            walk.from(index, found);
        }
    },
};

pub(super) const WAIT: Rule<ReleaseConfig> = Rule {
    id: "image-wait",
    text: "a release waits for images no longer than a job of a workflow may run",
    reads: &["images"],
    check: |config, found| {
        let minutes = config.images.minutes_to_wait;
        if minutes > LONGEST_WAIT {
            let wrong = format!("{minutes} minutes are more than five days");
            found.add("images.minutes_to_wait", wrong, format!("write at most {LONGEST_WAIT}"));
        }
    },
};

fn depends_on(image: usize, at: usize) -> String {
    format!("images.names[{image}].depends_on[{at}]")
}

/// A walk along the dependencies, which tells of each one that closes a circle.
struct Walk<'a> {
    images: &'a [OwnImage],
    /// Whatever is reached from these was told of.
    ended: Vec<usize>,
    under_way: Vec<usize>,
}

impl Walk<'_> {
    fn from(&mut self, index: usize, found: &mut Found) {
        let images = self.images;
        let Some(image) = images.get(index).filter(|_| !self.ended.contains(&index)) else { return };
        self.under_way.push(index);
        for (at, name) in image.depends_on.iter().enumerate() {
            let Some(next) = images.iter().position(|other| other.name == *name) else { continue };
            match self.under_way.iter().position(|passed| *passed == next) {
                Some(begin) => {
                    let passed = self.under_way.iter().skip(begin).chain([&next]);
                    let names: Vec<String> =
                        passed.filter_map(|one| images.get(*one)).map(|one| quoted(&one.name)).collect();
                    let wrong = format!("closes a circle: {}", names.join(" → "));
                    found.add(depends_on(index, at), wrong, "take one of them out: a base is built first");
                }
                None => self.from(next, found),
            }
        }
        self.under_way.pop();
        self.ended.push(index);
    }
}
