//! An OCI registry that has every image anybody asks for.
//!
//! Owns the part of the OCI distribution specification 1.1 that reading, retagging and copying manifests needs, without
//! tokens. Images are made up ([`made_up`]) unless they were pushed. Must never claim that something made up is real: every
//! made-up manifest says `rehearsal` in its annotations.

mod made_up;
mod patterns;
mod shelf;

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::{Access, Call, Quirk};
use crate::serving::unknown;
use crate::world::World;

pub(crate) use shelf::Shelf;
use shelf::{Manifest, PushError};

/// What a request asks of the registry.
enum Wish {
    Version,
    Manifest { repository: String, reference: String },
    PutManifest { repository: String, reference: String },
    Blob { repository: String, digest: String },
    Tags { repository: String },
}

/// The name of a request's operation, and whether it writes.
pub(crate) fn operation(call: &Call) -> (&'static str, Access) {
    match wish(call) {
        None => unknown(&call.method),
        Some(Wish::Version) => ("registry/version", Access::Read),
        Some(Wish::Manifest { .. }) => ("registry/get-manifest", Access::Read),
        Some(Wish::PutManifest { .. }) => ("registry/put-manifest", Access::Write),
        Some(Wish::Blob { .. }) => ("registry/get-blob", Access::Read),
        Some(Wish::Tags { .. }) => ("registry/list-tags", Access::Read),
    }
}

/// Answers a request to the registry.
pub(crate) fn answer(world: &World, call: &Call) -> Answer {
    let mut shelf = world.shelf();
    let answer = match wish(call) {
        None => error(404, "UNSUPPORTED", "the rehearsal registry does not offer this"),
        Some(Wish::Version) => Answer::json(200, &json!({})),
        Some(Wish::Manifest { repository, reference }) => match shelf.manifest(&repository, &reference) {
            Some(manifest) => serve(manifest),
            // Its bytes would have to have this digest, which nobody can make up.
            None if call.method == "HEAD" && shelf.is_locked(&repository, &reference) => {
                Answer::empty(200).with("docker-content-digest", reference)
            }
            None => error(404, "MANIFEST_UNKNOWN", "manifest unknown"),
        },
        Some(Wish::Blob { repository, digest }) => match shelf.blob(&repository, &digest) {
            Some(blob) => {
                Answer::bytes(200, "application/octet-stream", blob).with("docker-content-digest", digest)
            }
            None => error(404, "BLOB_UNKNOWN", "blob unknown to registry"),
        },
        Some(Wish::Tags { repository }) => {
            let mut tags = shelf.tags(&repository);
            if call.quirk == Quirk::StaleList {
                tags.pop();
            }
            Answer::json(200, &json!({ "name": repository, "tags": tags }))
        }
        Some(Wish::PutManifest { repository, reference }) => put(&mut shelf, call, &repository, &reference),
    };
    answer.with("docker-distribution-api-version", "registry/2.0")
}

/// What a registry says to those who ask too much.
pub(crate) fn too_many_requests() -> Value {
    json!({ "errors": [{ "code": "TOOMANYREQUESTS", "message": "too many requests", "detail": null }] })
}

fn wish(call: &Call) -> Option<Wish> {
    let rest = call.path.strip_prefix("/v2")?.trim_start_matches('/').to_owned();
    let reading = matches!(call.method.as_str(), "GET" | "HEAD");
    if rest.is_empty() {
        return reading.then_some(Wish::Version);
    }
    if let Some(repository) = rest.strip_suffix("/tags/list") {
        return reading.then(|| Wish::Tags { repository: repository.to_owned() });
    }
    if let Some((repository, digest)) = rest.rsplit_once("/blobs/") {
        let named = reading && digest.starts_with("sha256:");
        return named.then(|| Wish::Blob { repository: repository.to_owned(), digest: digest.to_owned() });
    }
    let (repository, reference) = rest.rsplit_once("/manifests/")?;
    let (repository, reference) = (repository.to_owned(), reference.replace("%3A", ":"));
    match call.method.as_str() {
        "GET" | "HEAD" => Some(Wish::Manifest { repository, reference }),
        "PUT" => Some(Wish::PutManifest { repository, reference }),
        _ => None,
    }
}

fn serve(manifest: Manifest) -> Answer {
    Answer::bytes(200, &manifest.media_type, manifest.bytes).with("docker-content-digest", manifest.digest)
}

fn put(shelf: &mut Shelf, call: &Call, repository: &str, reference: &str) -> Answer {
    let media_type = call.header("content-type").unwrap_or_default().to_owned();
    match shelf.push(repository, reference, media_type, call.body.clone()) {
        Ok(digest) => Answer { body: Bytes::new(), ..Answer::empty(201) }
            .with("location", format!("/v2/{repository}/manifests/{digest}"))
            .with("docker-content-digest", digest),
        Err(PushError::NotJson) => error(400, "MANIFEST_INVALID", "manifest invalid"),
        Err(PushError::OtherDigest) => {
            error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        }
        Err(PushError::Incomplete) => {
            error(404, "MANIFEST_BLOB_UNKNOWN", "manifest references an unknown manifest or blob")
        }
    }
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({ "errors": [{ "code": code, "message": message, "detail": null }] }))
}
