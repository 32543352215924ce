//! `config/images.lock.yaml`: what third-party images resolved to when somebody last asked. Written by the tool and read by it; never
//! holds an own image, whose digest is the release's.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use bundle_format::digest::Sha256Hex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{parse_located, paths};
use crate::facts::ImageFacts;

/// The one format of a lock file.
pub const FORMAT: u32 = 1;

/// What heads a lock file.
const HEAD: &str = "\
# The digests of third-party images, written by `cargo xtask bundle --update-locks`. A release asks no registry what is locked here.
";

/// The lock file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageLocks {
    /// The format of this file; 1.
    #[schemars(example = 1)]
    pub format: u32,
    /// Each image that the Compose files name and that is not our own.
    pub images: Vec<LockedImage>,
}

/// An image and what it resolved to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedImage {
    /// The reference, with registry and path in full.
    #[schemars(example = &"docker.io/library/nginx:1.29.3")]
    pub image: String,
    /// The digest of the index, or of the manifest for an image of one platform.
    #[schemars(with = "String", example = &"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    pub digest: Sha256Hex,
    /// The digest of each platform's manifest, by `os/architecture`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub platforms: BTreeMap<String, Sha256Hex>,
}

/// What an update did to one image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum LockChange {
    /// It was not locked.
    Added {
        /// The image.
        image: String,
    },
    /// Its tag led to another image.
    Moved {
        /// The image.
        image: String,
        /// The digest that was locked.
        was: Sha256Hex,
        /// The digest now.
        is: Sha256Hex,
    },
    /// Nobody names it any longer.
    Removed {
        /// The image.
        image: String,
    },
}

impl fmt::Display for LockChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { image } => write!(formatter, "added    {image}"),
            Self::Removed { image } => write!(formatter, "removed  {image}"),
            Self::Moved { image, was, is } => {
                write!(formatter, "moved    {image}: {} is now {}", was.prefixed(), is.prefixed())
            }
        }
    }
}

impl ImageLocks {
    /// The lock file of these images.
    #[must_use]
    pub fn of(images: &BTreeMap<String, ImageFacts>) -> Self {
        let lock = |(image, facts): (&String, &ImageFacts)| LockedImage {
            image: image.clone(),
            digest: facts.digest.clone(),
            platforms: facts.platforms.clone(),
        };
        Self { format: FORMAT, images: images.iter().map(lock).collect() }
    }

    /// What an image resolved to.
    #[must_use]
    pub fn get(&self, image: &str) -> Option<ImageFacts> {
        let found = self.images.iter().find(|locked| locked.image == image)?;
        Some(ImageFacts { digest: found.digest.clone(), platforms: found.platforms.clone() })
    }

    /// What differs from the text of an earlier lock file. One that cannot be read counts as none.
    #[must_use]
    pub fn changes(&self, before: Option<&str>) -> Vec<LockChange> {
        let before =
            before.and_then(|text| parse_located::<Self>(paths::LOCKS, text).ok()).map(|(read, _)| read);
        let before = before.map(|read| read.images).unwrap_or_default();
        let was = |image: &str| before.iter().find(|locked| locked.image == image);
        let mut changes: Vec<LockChange> = Vec::new();
        for now in &self.images {
            let image = now.image.clone();
            match was(&image) {
                None => changes.push(LockChange::Added { image }),
                Some(was) if was.digest != now.digest => {
                    changes.push(LockChange::Moved {
                        image,
                        was: was.digest.clone(),
                        is: now.digest.clone(),
                    });
                }
                Some(_) => {}
            }
        }
        let gone = before.into_iter().filter(|was| self.get(&was.image).is_none());
        changes.extend(gone.map(|was| LockChange::Removed { image: was.image }));
        changes
    }

    /// The text of the file: sorted by reference, the same bytes for the same digests, so that what did not change shows no difference.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut text = format!("{HEAD}format: {}\n", self.format);
        let mut images: Vec<&LockedImage> = self.images.iter().collect();
        images.sort_by(|a, b| a.image.cmp(&b.image));
        text.push_str(if images.is_empty() { "images: []\n" } else { "images:\n" });
        // References, platforms and digests have no character that YAML would read otherwise, but for the bracket that begins an address;
        // and none looks like a number.
        for LockedImage { image, digest, platforms } in images {
            let quote = if image.starts_with('[') { "'" } else { "" };
            let _ = writeln!(text, "  - image: {quote}{image}{quote}\n    digest: {}", digest.prefixed());
            if !platforms.is_empty() {
                text.push_str("    platforms:\n");
            }
            for (platform, digest) in platforms {
                let _ = writeln!(text, "      {platform}: {}", digest.prefixed());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_located;
    use crate::samples;

    fn locks(references: &[&str]) -> ImageLocks {
        let images = references.iter().map(|name| ((*name).to_owned(), samples::image(name)));
        ImageLocks::of(&images.collect())
    }

    #[test]
    fn what_is_written_reads_back_and_writes_the_same_bytes() {
        let mut written =
            locks(&["docker.io/valkey/valkey:8.0.5", "127.0.0.1:5000/a/b:1.2.3", "[::1]:5000/a:1.2.3"]);
        written.images.iter_mut().take(1).for_each(|image| image.platforms.clear());
        let text = written.to_yaml();
        let (read, _) =
            parse_located::<ImageLocks>("l.yaml", &text).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(read.to_yaml(), text);
        assert_eq!(read.images.len(), 3);
        assert_eq!(
            parse_located::<ImageLocks>("l.yaml", &locks(&[]).to_yaml()).map(|(read, _)| read.images.len()),
            Ok(0)
        );
    }

    #[test]
    fn what_an_update_changed_is_told_of_each_image() {
        let mut before = locks(&["docker.io/a/b:1.2.3", "docker.io/a/c:1.2.3", "docker.io/a/d:1.2.3"]);
        let was = Sha256Hex::of(b"before");
        before.images.iter_mut().skip(1).take(1).for_each(|image| image.digest = was.clone());
        let now = locks(&["docker.io/a/a:1.2.3", "docker.io/a/b:1.2.3", "docker.io/a/c:1.2.3"]);
        let is = samples::image("docker.io/a/c:1.2.3").digest;
        let expected = [
            LockChange::Added { image: "docker.io/a/a:1.2.3".to_owned() },
            LockChange::Moved { image: "docker.io/a/c:1.2.3".to_owned(), was, is },
            LockChange::Removed { image: "docker.io/a/d:1.2.3".to_owned() },
        ];
        assert_eq!(now.changes(Some(&before.to_yaml())), expected);
        assert_eq!(now.changes(Some(&now.to_yaml())), []);
        assert_eq!(now.changes(Some("<<<<<<< HEAD")).len(), 3);
        assert_eq!(now.changes(None).len(), 3);
    }

    #[test]
    fn an_entry_more_leaves_the_lines_of_the_others_as_they_are() {
        let before = locks(&["docker.io/a/b:1.2.3", "docker.io/a/d:1.2.3"]).to_yaml();
        let after = locks(&["docker.io/a/b:1.2.3", "docker.io/a/c:1.2.3", "docker.io/a/d:1.2.3"]).to_yaml();
        let added = locks(&["docker.io/a/c:1.2.3"]).to_yaml();
        let entry = added.split_once("images:\n").map(|(_, entry)| entry.to_owned());
        assert_eq!(after.replace(&entry.unwrap_or_default(), ""), before);
    }
}
