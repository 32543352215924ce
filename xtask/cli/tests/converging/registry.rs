//! A small registry client over function calls. Stands in for the real one, which its own tests and those of the program prove; it tries
//! passing faults again as that one does.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bundle_format::digest::Sha256Hex;
use bytes::Bytes;
use http::{Method, Request, header};
use release_core::facts::ImageFacts;
use release_core::finding::Cause;
use release_edge::failure::Failure;
use release_edge::forge::retry::Patience;
use release_edge::registry::Registry;
use release_rehearsal::{Rehearsal, Reply, Server};
use serde_json::Value;

use crate::carrier::exchange;
use crate::time::Longest;
use crate::wire::{Breaking, Side, Wire};

/// How long the real client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct InProcessRegistry {
    rehearsal: Arc<Rehearsal>,
    wire: Arc<Wire>,
    patience: Patience,
    sent: Cell<u32>,
}

impl InProcessRegistry {
    pub(crate) fn new(rehearsal: Arc<Rehearsal>, wire: Arc<Wire>) -> Self {
        let patience = Patience::new(Arc::new(wire.time.clone()), Arc::new(Longest), Duration::ZERO);
        Self { rehearsal, wire, patience, sent: Cell::new(0) }
    }

    /// Sends a request until it is answered; none where the thing is not there.
    fn ask(
        &self,
        method: &Method,
        image: &str,
        reference: &str,
        body: Bytes,
    ) -> Result<Option<Reply>, Failure> {
        let (mut pauses, mut limits) = (0, 0);
        loop {
            let why = match self.once(method, image, reference, body.clone()) {
                Some(reply) if (200..300).contains(&reply.status) && is_whole(&reply, method, reference) => {
                    return Ok(Some(reply));
                }
                Some(reply) if reply.status == 404 => return Ok(None),
                Some(reply) if matches!(reply.status, 403 | 429) => {
                    self.patience.wait_for_limit(None, limits, "the registry")?;
                    limits += 1;
                    continue;
                }
                Some(reply) => format!("it answers with {}", reply.status),
                None => "no connection".to_owned(),
            };
            if !self.patience.pause(pauses, &why) {
                let message = format!("cannot reach `{image}:{reference}`: {why}");
                return Err(Failure::of(Cause::Registry, message));
            }
            pauses += 1;
        }
    }

    fn once(&self, method: &Method, image: &str, reference: &str, body: Bytes) -> Option<Reply> {
        self.sent.set(self.sent.get() + 1);
        let kind = if reference.starts_with("sha256:") { "DIGEST" } else { "TAG" };
        let write = method == Method::PUT;
        let breaking = self.wire.pass(Side::Registry, format!("{method} {image}:{kind}"), write);
        if breaking == Some(Breaking::Refused) {
            return None;
        }
        let request = Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:4/v2/{image}/manifests/{reference}"))
            .header(header::CONTENT_TYPE, "application/vnd.oci.image.index.v1+json")
            .body(body)
            .expect("a request");
        exchange(&self.rehearsal, &self.wire, Server::Registry, request, breaking, PATIENCE)
    }

    fn found(&self, reference: &str) -> Result<Option<ImageFacts>, Failure> {
        let (image, name) = parts(reference);
        let Some(reply) = self.ask(&Method::GET, image, name, Bytes::new())? else { return Ok(None) };
        let digest = Sha256Hex::of(&reply.body);
        let read: Value = serde_json::from_slice(&reply.body).expect("it was read before");
        let entries = read["manifests"].as_array().into_iter().flatten();
        let platform = |entry: &Value| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (os, architecture) =
                (text(&entry["platform"]["os"]), text(&entry["platform"]["architecture"]));
            let digest = Sha256Hex::try_from(text(&entry["digest"])).expect("a digest");
            (format!("{os}/{architecture}"), digest)
        };
        Ok(Some(ImageFacts { digest, platforms: entries.map(platform).collect::<BTreeMap<_, _>>() }))
    }
}

/// Whether an answer is what it says: a manifest is its digest, and reads as JSON.
fn is_whole(reply: &Reply, method: &Method, reference: &str) -> bool {
    if method != Method::GET {
        return true;
    }
    let said = reply.headers.iter().find(|(name, _)| *name == "docker-content-digest");
    let digest = Sha256Hex::of(&reply.body).prefixed();
    let right = !reference.starts_with("sha256:") || reference == digest;
    right
        && said.is_some_and(|(_, said)| *said == digest)
        && serde_json::from_slice::<Value>(&reply.body).is_ok()
}

/// An image and its tag or digest.
fn parts(reference: &str) -> (&str, &str) {
    reference.split_once('@').or_else(|| reference.rsplit_once(':')).expect("a tag or a digest")
}

impl Registry for InProcessRegistry {
    fn resolve(&self, references: &[String]) -> Result<Vec<Option<ImageFacts>>, Failure> {
        references.iter().map(|reference| self.found(reference)).collect()
    }

    fn exist(&self, references: &[String]) -> Result<Vec<bool>, Failure> {
        let there = |reference: &String| {
            let (image, name) = parts(reference);
            Ok(self.ask(&Method::HEAD, image, name, Bytes::new())?.is_some())
        };
        references.iter().map(there).collect()
    }

    fn tag(&self, image: &str, digest: &Sha256Hex, tag: &str) -> Result<(), Failure> {
        let manifest = self.ask(&Method::GET, image, &digest.prefixed(), Bytes::new())?;
        let missing = || Failure::of(Cause::ImageMissing, format!("`{image}` is not there"));
        let manifest = manifest.ok_or_else(missing)?;
        let put = self.ask(&Method::PUT, image, tag, manifest.body)?;
        let refused = || Failure::of(Cause::Registry, format!("`{image}:{tag}` is refused"));
        put.map(|_| ()).ok_or_else(refused)
    }

    fn requests(&self) -> u32 {
        self.sent.get()
    }
}
