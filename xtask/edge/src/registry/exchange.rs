//! One question to a registry and its answer: what a reference leads to, and a manifest under another name. Never tries twice.

use bundle_format::digest::Sha256Hex;
use http::HeaderValue;
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use release_core::facts::ImageFacts;

use super::manifest::{self, Manifest, Platform};
use super::outcome::Fault;

/// The most that the configuration of an image may weigh; real ones have some ten KiB.
const CONFIGURATION: i64 = 4 << 20;

/// Where a reference is asked for, and as whom.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) image: Reference,
    pub(super) auth: RegistryAuth,
}

/// What came of asking for one reference once.
pub(super) struct Resolved {
    pub(super) image: Result<ImageFacts, Fault>,
    pub(super) requests: u32,
}

/// Asks for what a reference leads to.
pub(super) async fn resolve(client: &Client, target: &Target) -> Resolved {
    let mut requests = 1;
    let image = image(client, target, &mut requests).await;
    Resolved { image, requests }
}

async fn image(client: &Client, target: &Target, requests: &mut u32) -> Result<ImageFacts, Fault> {
    let (bytes, digest) =
        match client.pull_manifest_raw(&target.image, &target.auth, manifest::ACCEPTED).await {
            Ok(pulled) => pulled,
            Err(error) => {
                return Err(denied_for(client, target, Fault::of(&error), RegistryOperation::Pull).await);
            }
        };
    let digest = Sha256Hex::try_from(digest).map_err(|error| Fault::Refused(error.to_string()))?;
    let platforms = match manifest::read(&bytes).map_err(Fault::Refused)? {
        Manifest::Index(platforms) => platforms,
        Manifest::Image(config) => {
            *requests += 1;
            let platform = platform(client, target, &config).await?;
            platform.map(|name| (name, digest.clone())).into_iter().collect()
        }
    };
    Ok(ImageFacts { digest, platforms })
}

/// The platform that the configuration of an image names; none where it has no usual configuration.
async fn platform(
    client: &Client,
    target: &Target,
    config: &manifest::Descriptor,
) -> Result<Option<String>, Fault> {
    if !(0..=CONFIGURATION).contains(&config.size) {
        return Ok(None);
    }
    let descriptor =
        OciDescriptor { digest: config.digest.clone(), size: config.size, ..OciDescriptor::default() };
    let mut bytes = Vec::new();
    client.pull_blob(&target.image, &descriptor, &mut bytes).await.map_err(|error| Fault::of(&error))?;
    Ok(serde_json::from_slice::<Platform>(&bytes).ok().and_then(|platform| platform.name()))
}

/// Sends a manifest under the name of its target.
pub(super) async fn push(
    client: &Client,
    target: &Target,
    bytes: bytes::Bytes,
    media_type: HeaderValue,
) -> Result<(), Fault> {
    client.store_auth_if_needed(target.image.resolve_registry(), &target.auth).await;
    match client.push_manifest_raw(&target.image, bytes, media_type).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let fault = match Fault::of(&error) {
                Fault::Missing => Fault::Refused("the registry does not know the image".to_owned()),
                other => other,
            };
            Err(denied_for(client, target, fault, RegistryOperation::Push).await)
        }
    }
}

/// The reason behind a denial: the client goes on without a token where the token service fails, so that its fault looks like a
/// denial.
async fn denied_for(client: &Client, target: &Target, fault: Fault, operation: RegistryOperation) -> Fault {
    if !matches!(fault, Fault::Denied(_)) {
        return fault;
    }
    match client.auth(&target.image, &target.auth, operation).await {
        Err(error) => Fault::of(&error),
        Ok(_) => fault,
    }
}
