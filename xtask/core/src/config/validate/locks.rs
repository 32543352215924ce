//! The rules about the lock file, which breaks one only where somebody edited it or merged it badly. Never asks a registry.

use super::super::locks::{FORMAT, ImageLocks};
use super::Rule;
use crate::compose::image::ImageReference;
use crate::untrusted::quoted;

const WRITE_ANEW: &str = "run `cargo xtask bundle --update-locks`, which writes the file anew";

pub(super) const FORMAT_IS_ONE: Rule<ImageLocks> = Rule {
    id: "locks-format",
    text: "`format` is 1",
    reads: &["format"],
    check: |locks, found| {
        if locks.format != FORMAT {
            found.add("format", format!("the format {} is unknown", locks.format), WRITE_ANEW);
        }
    },
};

pub(super) const REFERENCES: Rule<ImageLocks> = Rule {
    id: "locks-image",
    text: "each image stands once, with registry, path and tag in full, and has the digest that its reference names, if any",
    reads: &["images"],
    check: |locks, found| {
        for (index, locked) in locks.images.iter().enumerate() {
            let key = |name: &str| format!("images[{index}].{name}");
            let Ok(image) = locked.image.parse::<ImageReference>() else {
                found.add(key("image"), format!("{} names no image", quoted(&locked.image)), WRITE_ANEW);
                continue;
            };
            if image.to_string() != locked.image {
                let right = format!("write `{image}`, or {WRITE_ANEW}");
                found.add(key("image"), "it is not written in full", right);
            }
            if image.digest().is_some_and(|digest| digest != locked.digest.prefixed()) {
                found.add(key("digest"), "it is not the digest that the reference names", WRITE_ANEW);
            }
        }
        let names: Vec<_> = locks.images.iter().map(|locked| &locked.image).collect();
        found.repeated(&names, |index| format!("images[{index}].image"), "image");
    },
};
