//! What the bytes of a manifest say, without changing one of them. Never fetches anything.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
};
use serde::Deserialize;

/// The media types that are asked for.
pub(super) const ACCEPTED: &[&str] = &[
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
];

/// A manifest or an index, as far as it is used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    schema_version: u32,
    media_type: Option<String>,
    manifests: Option<Vec<Entry>>,
    config: Option<Descriptor>,
}

#[derive(Deserialize)]
struct Entry {
    digest: String,
    platform: Option<Platform>,
}

/// The platform of an index entry; the configuration of an image carries the same keys.
#[derive(Deserialize)]
pub(super) struct Platform {
    os: String,
    architecture: String,
    #[serde(default)]
    variant: Option<String>,
}

/// Where the configuration of an image is.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub(super) digest: String,
    pub(super) size: i64,
}

/// What a manifest says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    /// An index: the manifest of each platform.
    Index(BTreeMap<String, Sha256Hex>),
    /// An image of one platform, which its configuration names.
    Image(Descriptor),
}

impl Platform {
    /// `os/architecture`, with the variant where there is a choice: `arm64` is `v8` everywhere. None for what is no image, as
    /// attestations in an index are.
    pub(super) fn name(&self) -> Option<String> {
        if self.os == "unknown"
            || self.architecture == "unknown"
            || self.os.is_empty()
            || self.architecture.is_empty()
        {
            return None;
        }
        let variant = self
            .variant
            .as_deref()
            .filter(|it| !it.is_empty() && (self.architecture.as_str(), *it) != ("arm64", "v8"));
        let variant = variant.map(|it| format!("/{it}")).unwrap_or_default();
        Some(format!("{}/{}{variant}", self.os, self.architecture))
    }
}

/// Reads a manifest.
pub(super) fn read(bytes: &[u8]) -> Result<Manifest, String> {
    let shape = shape(bytes)?;
    match (shape.manifests, shape.config) {
        (Some(entries), _) => Ok(Manifest::Index(platforms(entries)?)),
        (None, Some(config)) => Ok(Manifest::Image(config)),
        (None, None) => Err("the manifest has neither `manifests` nor `config`".to_owned()),
    }
}

/// The media type under which these bytes have to be sent again: their own, or the one that OCI lets a manifest leave out.
pub(super) fn media_type(bytes: &[u8]) -> Result<String, String> {
    let shape = shape(bytes)?;
    let unsaid = if shape.manifests.is_some() { OCI_IMAGE_INDEX_MEDIA_TYPE } else { OCI_IMAGE_MEDIA_TYPE };
    let media_type = shape.media_type.unwrap_or_else(|| unsaid.to_owned());
    if ACCEPTED.contains(&media_type.as_str()) {
        Ok(media_type)
    } else {
        Err(format!("the media type `{media_type}` is none of an image"))
    }
}

fn shape(bytes: &[u8]) -> Result<Shape, String> {
    let shape: Shape =
        serde_json::from_slice(bytes).map_err(|error| format!("the manifest does not read: {error}"))?;
    match shape.schema_version {
        2 => Ok(shape),
        version => Err(format!("the manifest has schema {version}; only 2 is an image's")),
    }
}

fn platforms(entries: Vec<Entry>) -> Result<BTreeMap<String, Sha256Hex>, String> {
    let mut platforms = BTreeMap::new();
    for entry in entries {
        let Some(name) = entry.platform.as_ref().and_then(Platform::name) else { continue };
        let digest = Sha256Hex::try_from(entry.digest).map_err(|error| error.to_string())?;
        // Windows images come once for each version of the system: the first is the one a client prefers.
        platforms.entry(name).or_insert(digest);
    }
    Ok(platforms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(letter: char) -> Sha256Hex {
        Sha256Hex::try_from(letter.to_string().repeat(64)).unwrap()
    }

    #[test]
    fn an_index_names_the_manifest_of_each_platform_and_leaves_attestations_out() {
        let entry = |letter: char, platform: &str| {
            format!(
                r#"{{"mediaType":"m","size":1,"digest":"{}","platform":{platform}}}"#,
                digest(letter).prefixed()
            )
        };
        let entries = [
            entry('a', r#"{"os":"linux","architecture":"amd64"}"#),
            entry('b', r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#),
            entry('c', r#"{"os":"linux","architecture":"arm","variant":"v7"}"#),
            entry('d', r#"{"os":"unknown","architecture":"unknown"}"#),
            entry('e', r#"{"os":"linux","architecture":"amd64","os.version":"2"}"#),
            format!(r#"{{"mediaType":"m","size":1,"digest":"{}"}}"#, digest('f').prefixed()),
        ];
        let text = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(","));
        let expected =
            [("linux/amd64", digest('a')), ("linux/arm/v7", digest('c')), ("linux/arm64", digest('b'))];
        let expected = expected.into_iter().map(|(name, digest)| (name.to_owned(), digest)).collect();
        assert_eq!(read(text.as_bytes()), Ok(Manifest::Index(expected)));
        assert_eq!(media_type(text.as_bytes()).unwrap(), OCI_IMAGE_INDEX_MEDIA_TYPE);
    }

    #[test]
    fn the_media_type_is_the_manifests_own() {
        for named in ACCEPTED {
            let text =
                format!(r#"{{"schemaVersion":2,"mediaType":"{named}","config":{{"digest":"x","size":1}}}}"#);
            assert_eq!(media_type(text.as_bytes()).as_deref(), Ok(*named));
        }
        let unsaid = br#"{"schemaVersion":2,"config":{"digest":"x","size":1}}"#;
        assert_eq!(media_type(unsaid).as_deref(), Ok(OCI_IMAGE_MEDIA_TYPE));
    }

    #[test]
    fn what_is_no_image_is_refused() {
        for text in
            ["", "[]", r#"{"schemaVersion":1,"config":{"digest":"x","size":1}}"#, r#"{"schemaVersion":2}"#]
        {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(media_type(br#"{"schemaVersion":2,"mediaType":"text/html"}"#).is_err());
        let bad = br#"{"schemaVersion":2,"manifests":[{"digest":"sha512:1","platform":{"os":"linux","architecture":"amd64"}}]}"#;
        assert!(read(bad).is_err());
    }
}
