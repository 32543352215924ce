//! The archive of a bundle's images, as `docker load` reads it, for hosts without a registry: which bytes lie where, and the Compose
//! file that names the loaded images. Never reads an image: it only says in which order its parts follow each other.
//!
//! The form is that of `docker save`, which every engine since 20.10 loads; OCI layouts are refused by older ones. Each part of an
//! image lies in it once, however many images share it, compressed as the registry has it.
//! Source: Docker Image Specification v1.2, "Combined Image JSON + Filesystem Changeset Format".

use std::collections::{BTreeMap, BTreeSet};

use bundle_format::digest::Sha256Hex;
use serde::Deserialize;
use serde_json::json;
use tar::{EntryType, Header};

/// What an image consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name for people, `host/path:tag`, which it has after loading.
    pub reference: String,
    /// Its configuration, whose digest is the id that the engine knows it by.
    pub configuration: Blob,
    /// Its layers, the lowest first.
    pub layers: Vec<Blob>,
}

/// A part of an image in a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blob {
    /// Its digest.
    pub digest: Sha256Hex,
    /// Its size in bytes.
    pub size: u64,
}

/// A stretch of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A part of this image of those given.
    Blob {
        /// The image, by its place.
        image: usize,
        /// The part.
        blob: Blob,
    },
}

/// Why an image cannot be loaded from an archive.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OfflineError {
    /// A manifest that does not read.
    #[error("the manifest does not read: {0}")]
    Manifest(String),
    /// A layer that not every engine unpacks.
    #[error(
        "a layer has the media type `{0}`, which engines before 23.0 do not load; build the image with gzip layers"
    )]
    Layer(String),
    /// A header that tar cannot hold; carries its words.
    #[error("no archive can hold it: {0}")]
    Archive(String),
}

/// Layers that every engine unpacks, by their media types.
const LOADABLE: &[&str] = &[
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
];

/// A tar archive consists of blocks of so many bytes, and ends with two empty ones.
const BLOCK: u64 = 512;

#[derive(Deserialize)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
}

/// Reads what an image consists of from its manifest, that of one platform.
///
/// # Errors
///
/// Where it is no manifest of an image, or holds a layer that not every engine loads.
pub fn image(reference: &str, manifest: &[u8]) -> Result<Image, OfflineError> {
    let manifest: Manifest =
        serde_json::from_slice(manifest).map_err(|error| OfflineError::Manifest(error.to_string()))?;
    let blob = |descriptor: Descriptor| {
        let digest = Sha256Hex::try_from(descriptor.digest);
        let digest = digest.map_err(|error| OfflineError::Manifest(error.to_string()))?;
        Ok(Blob { digest, size: descriptor.size })
    };
    if let Some(other) = manifest.layers.iter().find(|layer| !LOADABLE.contains(&layer.media_type.as_str())) {
        return Err(OfflineError::Layer(other.media_type.clone()));
    }
    Ok(Image {
        reference: reference.to_owned(),
        configuration: blob(manifest.config)?,
        layers: manifest.layers.into_iter().map(blob).collect::<Result<_, _>>()?,
    })
}

/// The archive of these images: the list of them first, then each part once.
///
/// # Errors
///
/// Where tar cannot hold a part.
pub fn layout(images: &[Image]) -> Result<Vec<Piece>, OfflineError> {
    let list = images.iter().map(|image| {
        let layers: Vec<String> = image.layers.iter().map(layer_name).collect();
        json!({ "Config": configuration_name(image), "RepoTags": [image.reference], "Layers": layers })
    });
    let list = serde_json::Value::Array(list.collect()).to_string().into_bytes();
    let mut pieces = vec![Piece::Bytes(member("manifest.json", list)?)];
    let mut seen = BTreeSet::new();
    for (place, image) in images.iter().enumerate() {
        let configuration = (configuration_name(image), &image.configuration);
        let layers = image.layers.iter().map(|layer| (layer_name(layer), layer));
        for (name, blob) in std::iter::once(configuration).chain(layers) {
            if seen.insert(name.clone()) {
                pieces.push(Piece::Bytes(header(&name, blob.size)?));
                pieces.push(Piece::Blob { image: place, blob: blob.clone() });
                pieces.push(Piece::Bytes(filling(blob.size)));
            }
        }
    }
    pieces.push(Piece::Bytes(filling_of(2 * BLOCK)));
    pieces.retain(|piece| size_of(piece) > 0);
    Ok(pieces)
}

/// How many bytes a stretch has.
#[must_use]
pub fn size_of(piece: &Piece) -> u64 {
    match piece {
        Piece::Bytes(bytes) => bytes.len() as u64,
        Piece::Blob { blob, .. } => blob.size,
    }
}

/// The Compose file that makes a deployment start from loaded images: they have no digest of a registry, so each service names the
/// image by its id, and nothing is pulled. `services` are the ids by service.
#[must_use]
pub fn override_file(services: &BTreeMap<String, Sha256Hex>) -> String {
    let mut text = "# Starts the services from images that were loaded on this host. Copy it beside docker-compose.yml as\n\
                    # docker-compose.override.yml, together with the bundle of the same version.\nservices:\n"
        .to_owned();
    for (service, id) in services {
        text.push_str(&format!("  {service}:\n    image: {}\n    pull_policy: never\n", id.prefixed()));
    }
    text
}

fn configuration_name(image: &Image) -> String {
    format!("{}.json", image.configuration.digest.as_str())
}

fn layer_name(layer: &Blob) -> String {
    format!("{}.layer", layer.digest.as_str())
}

fn member(name: &str, content: Vec<u8>) -> Result<Vec<u8>, OfflineError> {
    let size = content.len() as u64;
    let mut bytes = header(name, size)?;
    bytes.extend(content);
    bytes.extend(filling(size));
    Ok(bytes)
}

fn header(name: &str, size: u64) -> Result<Vec<u8>, OfflineError> {
    let mut header = Header::new_gnu();
    header.set_path(name).map_err(|error| OfflineError::Archive(error.to_string()))?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    Ok(header.as_bytes().to_vec())
}

/// What a member lacks of whole blocks.
fn filling(size: u64) -> Vec<u8> {
    filling_of(size.next_multiple_of(BLOCK) - size)
}

fn filling_of(size: u64) -> Vec<u8> {
    std::iter::repeat_n(0, usize::try_from(size).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn blob(content: &str) -> Blob {
        Blob { digest: Sha256Hex::of(content.as_bytes()), size: content.len() as u64 }
    }

    fn two_images() -> Vec<Image> {
        let shared = blob("the base");
        let image = |name: &str, own: &str| Image {
            reference: format!("registry.example/{name}:v1.0.0"),
            configuration: blob(own),
            layers: vec![shared.clone(), blob(&format!("layer of {name}"))],
        };
        vec![image("api", "{\"api\":1}"), image("web", "{\"web\":1}")]
    }

    /// The archive, with the given contents where its parts belong.
    fn bytes(pieces: &[Piece], contents: &[&str]) -> Vec<u8> {
        let by_digest: BTreeMap<Sha256Hex, &str> =
            contents.iter().map(|content| (Sha256Hex::of(content.as_bytes()), *content)).collect();
        let of = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => bytes.clone(),
            Piece::Blob { blob, .. } => by_digest[&blob.digest].as_bytes().to_vec(),
        };
        pieces.iter().flat_map(of).collect()
    }

    #[test]
    fn an_archive_lists_its_images_and_holds_each_part_once() {
        let pieces = layout(&two_images()).unwrap();
        let contents = ["the base", "layer of api", "layer of web", "{\"api\":1}", "{\"web\":1}"];
        let archive = bytes(&pieces, &contents);
        assert_eq!(archive.len() as u64, pieces.iter().map(size_of).sum::<u64>());
        let mut names = Vec::new();
        let mut list = String::new();
        let mut reader = tar::Archive::new(archive.as_slice());
        for entry in reader.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            match name.split_once('.').unwrap() {
                ("manifest", _) => list = text,
                (digest, _) => assert_eq!(Sha256Hex::of(text.as_bytes()).as_str(), digest),
            }
            names.push(name);
        }
        assert_eq!((names.len(), names[0].as_str()), (6, "manifest.json"), "{names:?}");
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        assert_eq!(list[1]["RepoTags"], json!(["registry.example/web:v1.0.0"]));
        assert_eq!(list[0]["Layers"][0], list[1]["Layers"][0], "both name the part that they share");
        for image in list.as_array().unwrap() {
            let layers = image["Layers"].as_array().unwrap().iter();
            assert!(layers.chain([&image["Config"]]).all(|name| names.iter().any(|known| name == known)));
        }
    }

    #[test]
    fn a_layer_of_more_than_eight_gigabytes_has_a_header_that_says_so() {
        let mut images = two_images();
        images[0].layers[1].size = 20 << 30;
        let pieces = layout(&images).unwrap();
        let large = pieces.iter().position(|piece| size_of(piece) == 20 << 30).unwrap();
        let Piece::Bytes(header) = &pieces[large - 1] else { panic!("its header lies before it") };
        assert_eq!(Header::from_byte_slice(header).entry_size().unwrap(), 20 << 30);
    }

    #[test]
    fn a_manifest_names_configuration_and_layers_and_what_old_engines_cannot_unpack_is_refused() {
        let digest = Sha256Hex::of(b"").prefixed();
        let text = |kind: &str| {
            json!({
                "schemaVersion": 2,
                "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 7 },
                "layers": [{ "mediaType": kind, "digest": digest, "size": 12 }],
            })
            .to_string()
        };
        for kind in LOADABLE {
            let image = image("a:1", text(kind).as_bytes()).unwrap();
            assert_eq!((image.configuration.size, image.layers[0].size), (7, 12));
        }
        let zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
        assert_eq!(image("a:1", text(zstd).as_bytes()), Err(OfflineError::Layer(zstd.to_owned())));
        assert!(matches!(image("a:1", b"{}"), Err(OfflineError::Manifest(_))));
    }

    #[test]
    fn services_name_loaded_images_by_their_ids_and_pull_nothing() {
        let id = Sha256Hex::of(b"");
        let text = override_file(&BTreeMap::from([("web".to_owned(), id.clone())]));
        assert!(text.ends_with(&format!(
            "services:\n  web:\n    image: {}\n    pull_policy: never\n",
            id.prefixed()
        )));
    }
}
