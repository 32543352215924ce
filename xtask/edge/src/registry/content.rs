//! The bytes of an image's parts, as they arrive. Never keeps them, and never proves them: whoever takes them does.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use oci_client::RegistryOperation;
use release_core::bundle::offline::Blob;
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;

use super::exchange::{Clients, Target, manifest_of};
use super::oci::{OciRegistry, Used};
use super::outcome::Fault;
use crate::failure::Failure;
use crate::offline::{Source, Take};

/// Why reading ended early.
enum Broken {
    /// The registry, or the way to it.
    Registry(Fault),
    /// Whoever took the bytes.
    Taker(Failure),
}

impl Source for OciRegistry {
    fn manifest(&self, image: &str) -> Result<Vec<u8>, Failure> {
        let doing = format!("read `{image}`");
        let target = self.target(image)?;
        let bytes: Option<Bytes> = self.settle(&doing, || self.once(&target, manifest_of))?;
        bytes.map(Vec::from).ok_or_else(|| missing(image))
    }

    fn read(&self, image: &str, blob: &Blob, from: u64, take: &mut Take<'_>) -> Result<(), Failure> {
        let target = self.target(image)?;
        let mut at = from;
        let mut used = Used::default();
        loop {
            let before = at;
            let mut counting = |bytes: &[u8]| {
                at += bytes.len() as u64;
                take(bytes)
            };
            match self.wait_for(stream(self.clients(), &target, blob, before, &mut counting)) {
                Ok(()) => return Ok(()),
                Err(Broken::Taker(failure)) => return Err(failure),
                Err(Broken::Registry(Fault::Missing)) => return Err(missing(image)),
                Err(Broken::Registry(fault)) => {
                    // A line that breaks off now and then is not one that is down.
                    if at > before {
                        used = Used::default();
                    }
                    self.bear(&format!("read a part of `{image}`"), &[fault], &mut used)?;
                }
            }
        }
    }
}

async fn stream(
    clients: &Clients,
    target: &Target,
    blob: &Blob,
    from: u64,
    take: &mut (dyn FnMut(&[u8]) -> Result<(), Failure> + '_),
) -> Result<(), Broken> {
    let faulty = |error: &_| Broken::Registry(Fault::of(error));
    let known = clients.known_to(target, RegistryOperation::Pull).await.map_err(Broken::Registry)?;
    known.client.store_auth_if_needed(target.image.resolve_registry(), &known.auth).await;
    let digest = blob.digest.prefixed();
    let answer = known.client.pull_blob_stream(&target.image, digest.as_str()).await;
    let mut bytes = answer.map_err(|error| faulty(&error))?.stream;
    // The client asks for ranges too, but keeps the type of their answer to itself.
    let mut skip = from;
    while let Some(chunk) = bytes.try_next().await.map_err(|error| faulty(&error.into()))? {
        let over = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
        skip -= over as u64;
        take(chunk.get(over..).unwrap_or_default()).map_err(Broken::Taker)?;
    }
    Ok(())
}

fn missing(image: &str) -> Failure {
    let message = format!("`{}` is not in its registry", terminal_line(image));
    Failure::of(Cause::ImageMissing, message)
}
