//! What the registry holds.
//!
//! Owns tags, manifests and blobs. Must never answer HTTP.

use std::collections::BTreeMap;

use axum::body::Bytes;
use serde_json::Value;

use crate::options::RegistryOptions;
use crate::registry::made_up::{self, digest};
use crate::registry::patterns::fits;

/// A manifest or index, byte for byte.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) bytes: Bytes,
}

impl Manifest {
    pub(super) fn new(media_type: String, bytes: Bytes) -> Self {
        Self { digest: digest(&bytes), media_type, bytes }
    }
}

/// Everything the registry holds: pushed, or made up when it was first asked for.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    options: RegistryOptions,
    /// Digests by repository and tag, of what was pushed.
    tags: BTreeMap<(String, String), String>,
    manifests: BTreeMap<(String, String), Manifest>,
    blobs: BTreeMap<(String, String), Bytes>,
}

/// Why a manifest is refused.
#[derive(Clone, Copy, Debug)]
pub(super) enum PushError {
    NotJson,
    OtherDigest,
    /// It refers to something that is not in this repository.
    Incomplete,
}

impl Shelf {
    pub(crate) fn new(options: RegistryOptions) -> Self {
        Self { options, tags: BTreeMap::new(), manifests: BTreeMap::new(), blobs: BTreeMap::new() }
    }

    /// Tags that were pushed, as `repository:tag`, with their digests.
    pub(crate) fn pushed(&self) -> BTreeMap<String, String> {
        let named = |((repository, tag), digest): (&(String, String), &String)| {
            (format!("{repository}:{tag}"), digest.clone())
        };
        self.tags.iter().map(named).collect()
    }

    /// A manifest by tag or digest.
    pub(super) fn manifest(&mut self, repository: &str, reference: &str) -> Option<Manifest> {
        if reference.starts_with("sha256:") {
            return self.manifests.get(&key(repository, reference)).cloned();
        }
        if let Some(digest) = self.tags.get(&key(repository, reference)) {
            return self.manifests.get(&key(repository, digest)).cloned();
        }
        if !self.pretends(repository, reference) {
            return None;
        }
        let image = made_up::image(repository, reference);
        for manifest in image.manifests.into_iter().chain([image.index.clone()]) {
            self.manifests.insert(key(repository, &manifest.digest), manifest);
        }
        for (digest, blob) in image.blobs {
            self.blobs.insert(key(repository, &digest), blob);
        }
        Some(image.index)
    }

    /// Whether a digest is said to be there, of which nothing more is known.
    pub(super) fn is_locked(&self, repository: &str, digest: &str) -> bool {
        let image = format!("{repository}@{digest}");
        self.options.locked.contains(&image)
    }

    pub(super) fn blob(&self, repository: &str, digest: &str) -> Option<Bytes> {
        self.blobs.get(&key(repository, digest)).cloned()
    }

    pub(super) fn tags(&self, repository: &str) -> Vec<String> {
        self.tags.keys().filter(|(name, _)| name == repository).map(|(_, tag)| tag.clone()).collect()
    }

    /// Takes a manifest in under a tag or its digest, and returns the digest.
    pub(super) fn push(
        &mut self,
        repository: &str,
        reference: &str,
        media_type: String,
        bytes: Bytes,
    ) -> Result<String, PushError> {
        let body: Value = serde_json::from_slice(&bytes).map_err(|_| PushError::NotJson)?;
        let manifest = Manifest::new(media_type, bytes);
        let by_digest = reference.contains(':');
        if by_digest && reference != manifest.digest {
            return Err(PushError::OtherDigest);
        }
        let missing = |entry: &Value| {
            let digest = entry.get("digest").and_then(Value::as_str).unwrap_or_default();
            let key = key(repository, digest);
            !self.manifests.contains_key(&key) && !self.blobs.contains_key(&key)
        };
        let lists = ["manifests", "layers"].iter().filter_map(|name| body.get(*name)?.as_array()).flatten();
        if lists.chain(body.get("config")).any(missing) {
            return Err(PushError::Incomplete);
        }
        let digest = manifest.digest.clone();
        self.manifests.insert(key(repository, &digest), manifest);
        if !by_digest {
            self.tags.insert(key(repository, reference), digest.clone());
        }
        Ok(digest)
    }

    fn pretends(&self, repository: &str, tag: &str) -> bool {
        let image = format!("{repository}:{tag}");
        let listed = |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, &image));
        listed(&self.options.present) || !listed(&self.options.absent)
    }
}

fn key(repository: &str, reference: &str) -> (String, String) {
    (repository.to_owned(), reference.to_owned())
}
