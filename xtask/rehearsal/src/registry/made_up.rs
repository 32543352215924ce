//! Images that do not exist.
//!
//! Owns their bytes, which depend on name and tag alone. Must never be random, and must always say what it is.

use axum::body::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::github::hex;
use crate::registry::shelf::Manifest;

/// OCI image index.
pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// OCI image manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// The annotation that every made-up manifest carries.
const MARK: &str = "org.slipway.rehearsal";

/// An image for two platforms, with everything its index leads to.
pub(super) struct Image {
    pub(super) index: Manifest,
    pub(super) manifests: Vec<Manifest>,
    pub(super) blobs: Vec<(String, Bytes)>,
}

/// The image that `repository:tag` would be.
pub(super) fn image(repository: &str, tag: &str) -> Image {
    let mut manifests = Vec::new();
    let mut blobs = Vec::new();
    let mut entries = Vec::new();
    for architecture in ["amd64", "arm64"] {
        // A tar archive without entries is 1,024 zero bytes; what follows them makes the layer this image's own.
        let mut layer = vec![0_u8; 1024];
        layer.extend(format!("rehearsal {repository}:{tag} {architecture}").bytes());
        let layer = Bytes::from(layer);
        let layer_digest = digest(&layer);
        let config = Bytes::from(config(repository, tag, architecture, &layer_digest).to_string());
        let config_digest = digest(&config);
        let body = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "digest": config_digest, "size": config.len() },
            "layers": [{ "mediaType": LAYER, "digest": layer_digest, "size": layer.len() }],
            "annotations": { MARK: "true" },
        });
        let manifest = Manifest::new(MANIFEST.to_owned(), Bytes::from(body.to_string()));
        entries.push(json!({
            "mediaType": MANIFEST,
            "digest": manifest.digest,
            "size": manifest.bytes.len(),
            "platform": { "architecture": architecture, "os": "linux" },
        }));
        manifests.push(manifest);
        blobs.extend([(layer_digest, layer), (config_digest, config)]);
    }
    let body = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": entries,
        "annotations": { MARK: "true" },
    });
    let index = Manifest::new(INDEX.to_owned(), Bytes::from(body.to_string()));
    Image { index, manifests, blobs }
}

/// `sha256:…` of some bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// The image's configuration; a tag `sha-<commit>` names the commit it would have been built from.
fn config(repository: &str, tag: &str, architecture: &str, layer: &str) -> Value {
    let mut labels = json!({ MARK: "true", "org.opencontainers.image.title": repository });
    if let (Some(revision), Some(labels)) = (tag.strip_prefix("sha-"), labels.as_object_mut()) {
        labels.insert("org.opencontainers.image.revision".to_owned(), json!(revision));
    }
    json!({
        "architecture": architecture,
        "os": "linux",
        "config": { "Labels": labels },
        "rootfs": { "type": "layers", "diff_ids": [layer] },
    })
}
