//! The rules about exceptions to the rule that tags are exact. Never looks at an image: whether an exception is needed, the bundles say.

use super::super::BundlesConfig;
use super::Rule;
use crate::compose::image::ImageReference;
use crate::untrusted::quoted;

pub(super) const EXCEPTIONS: Rule<BundlesConfig> = Rule {
    id: "pin-exception",
    text: "an exception names an image by one tag, or by how many numbers its releases have, once and with a reason",
    reads: &["pins"],
    check: |config, found| {
        let exceptions = &config.pins.exceptions;
        for (index, exception) in exceptions.iter().enumerate() {
            let key = |name: &str| format!("pins.exceptions[{index}].{name}");
            if exception.reason.trim().is_empty() {
                found.add(key("reason"), "there is no reason", "say why its tag stays what it is");
            }
            if !matches!(exception.numbers, None | Some(1 | 2)) {
                let right = "write 1 or 2; releases of three numbers need no exception";
                found.add(key("numbers"), "it excuses nothing", right);
            }
            let Ok(image) = exception.image.parse::<ImageReference>() else {
                let right = "write it as `registry/path`, or `registry/path:tag`, without variables";
                found.add(key("image"), format!("{} names no image", quoted(&exception.image)), right);
                continue;
            };
            if image.digest().is_some() {
                let right = "leave the exception out: an image with a digest of its own needs none";
                found.add(key("image"), "it has a digest", right);
            } else if image.tag().is_some() == exception.numbers.is_some() {
                let right =
                    "give a tag, which excuses that one, or `numbers`, which says how many its releases have";
                found.add(key("image"), "it has to have a tag or `numbers`, and not both", right);
            }
        }
        let names: Vec<_> = exceptions
            .iter()
            .map(|exception| {
                let image = exception.image.parse::<ImageReference>();
                image.map_or_else(|_| exception.image.clone(), |image| image.to_string())
            })
            .collect();
        found.repeated(&names, |index| format!("pins.exceptions[{index}].image"), "image");
    },
};
