//! The rules about own images. Never asks a registry.

use super::super::ReleaseConfig;
use super::{Rule, names};
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
