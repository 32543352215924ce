//! The bytes of an image's parts, as they arrive. Never keeps them, and never proves them: whoever takes them does.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use oci_client::client::{BlobResponse, SizedStream};
use oci_client::errors::OciDistributionError;
use oci_client::{Client, RegistryOperation};
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
        while at < blob.size {
            let before = at;
            let mut counting = |bytes: &[u8]| {
                at += bytes.len() as u64;
                take(bytes)
            };
            match self.wait_for(stream(self.clients(), &target, blob, before, &mut counting)) {
                Ok(()) => break,
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
        Ok(())
    }
}

async fn stream(
    clients: &Clients,
    target: &Target,
    blob: &Blob,
    from: u64,
    take: &mut (dyn FnMut(&[u8]) -> Result<(), Failure> + '_),
) -> Result<(), Broken> {
    let faulty = |error: &OciDistributionError| Broken::Registry(Fault::of(error));
    let known = clients.known_to(target, RegistryOperation::Pull).await.map_err(Broken::Registry)?;
    known.client.store_auth_if_needed(target.image.resolve_registry(), &known.auth).await;
    let (answer, mut skip) =
        answer(&known.client, target, blob, from).await.map_err(|error| faulty(&error))?;
    let mut bytes = answer.stream;
    while let Some(chunk) = bytes.try_next().await.map_err(|error| faulty(&error.into()))? {
        let over = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
        skip -= over as u64;
        take(chunk.get(over..).unwrap_or_default()).map_err(Broken::Taker)?;
    }
    Ok(())
}

/// The bytes of a part from a place on, and how many before that place come with them.
async fn answer(
    client: &Client,
    target: &Target,
    blob: &Blob,
    from: u64,
) -> Result<(SizedStream, u64), OciDistributionError> {
    let digest = blob.digest.prefixed();
    let left = blob.size.saturating_sub(from);
    // Also from the first byte on: the client digests only whole answers, and whoever takes the bytes does so anyway.
    match client.pull_blob_stream_partial(&target.image, digest.as_str(), from, None).await {
        Ok(BlobResponse::Partial(bytes)) if bytes.content_length.is_none_or(|length| length == left) => {
            return Ok((bytes, 0));
        }
        Ok(BlobResponse::Full(bytes)) => return Ok((bytes, from)),
        Err(error) if !matches!(Fault::of(&error), Fault::Refused(_)) => return Err(error),
        // Another range than was asked for, or none at all: then the whole.
        Ok(BlobResponse::Partial(_)) | Err(_) => {}
    }
    Ok((client.pull_blob_stream(&target.image, digest.as_str()).await?, from))
}

fn missing(image: &str) -> Failure {
    let message = format!("`{}` is not in its registry", terminal_line(image));
    Failure::of(Cause::ImageMissing, message)
}
