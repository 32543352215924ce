//! One question to a registry and its answer: what a reference leads to, and a manifest under another name. Never tries twice.

use std::time::Duration;

use bundle_format::digest::Sha256Hex;
use bytes::Bytes;
use http::HeaderValue;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use release_core::facts::ImageFacts;

use super::access::Credentials;
use super::identity;
use super::manifest::{self, Manifest, Platform};
use super::outcome::Fault;
use crate::proxy::Proxies;

/// The most that the configuration of an image may weigh; real ones have some ten KiB.
const CONFIGURATION: i64 = 4 << 20;

/// Where a reference is asked for, and as whom.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) image: Reference,
    pub(super) credentials: Option<Credentials>,
    pub(super) transport: Transport,
}

/// How a registry is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// By https.
    Encrypted,
    /// By http, on this machine only.
    Plain,
}

/// A client for each way of speaking. Each holds the tokens it was given.
#[derive(Clone)]
pub(super) struct Clients {
    encrypted: Client,
    plain: Client,
    proxies: Proxies,
}

/// What came of asking for one reference once.
pub(super) struct Answered<T> {
    pub(super) found: Result<T, Fault>,
    pub(super) requests: u32,
}

/// A client that knows who we are to the registry of a target.
pub(super) struct Known {
    pub(super) client: Client,
    pub(super) auth: RegistryAuth,
}

impl Clients {
    /// Prepares both.
    pub(super) fn new(proxies: &Proxies) -> Result<Self, OciDistributionError> {
        let (encrypted, plain) = (client(Transport::Encrypted, proxies)?, client(Transport::Plain, proxies)?);
        Ok(Self { encrypted, plain, proxies: proxies.clone() })
    }

    pub(super) async fn known_to(
        &self,
        target: &Target,
        operation: RegistryOperation,
    ) -> Result<Known, Fault> {
        let (shared, scheme) = match target.transport {
            Transport::Encrypted => (&self.encrypted, "https"),
            Transport::Plain => (&self.plain, "http"),
        };
        let auth = match &target.credentials {
            None => RegistryAuth::Anonymous,
            Some(Credentials::Password { user, password }) => {
                RegistryAuth::Basic(user.clone(), password.reveal().to_owned())
            }
            Some(Credentials::RegistryToken(token)) => RegistryAuth::Bearer(token.reveal().to_owned()),
            Some(Credentials::IdentityToken(identity)) => {
                let token =
                    identity::exchange(&self.proxies, scheme, &target.image, identity, operation).await?;
                // A client has one token for a registry, and this one is for a single repository.
                let client = client(target.transport, &self.proxies).map_err(|error| Fault::of(&error))?;
                return Ok(Known { client, auth: RegistryAuth::Bearer(token.reveal().to_owned()) });
            }
        };
        Ok(Known { client: shared.clone(), auth })
    }
}

/// A client that speaks in this way and knows no token yet.
fn client(transport: Transport, proxies: &Proxies) -> Result<Client, OciDistributionError> {
    let protocol = match transport {
        Transport::Encrypted => ClientProtocol::Https,
        Transport::Plain => ClientProtocol::Http,
    };
    Client::try_from(proxies.lead_registry(ClientConfig {
        protocol,
        connect_timeout: Some(Duration::from_secs(10)),
        read_timeout: Some(Duration::from_secs(30)),
        ..ClientConfig::default()
    }))
}

/// Asks for what a reference leads to.
pub(super) async fn resolve(clients: Clients, target: Target) -> Answered<ImageFacts> {
    let mut requests = 1;
    let found = image(&clients, &target, &mut requests).await;
    Answered { found, requests }
}

/// Asks for the digest that a reference leads to, and for nothing else.
pub(super) async fn digest(clients: Clients, target: Target) -> Answered<String> {
    let known = match clients.known_to(&target, RegistryOperation::Pull).await {
        Ok(known) => known,
        Err(fault) => return Answered { found: Err(fault), requests: 1 },
    };
    let found = known.client.fetch_manifest_digest(&target.image, &known.auth).await;
    let found = match found {
        Ok(digest) => Ok(digest),
        Err(error) => Err(known.behind(&target, Fault::of(&error), RegistryOperation::Pull).await),
    };
    // Without a digest in the answer to HEAD the client asks once more, with GET.
    let requests = if matches!(found, Err(Fault::Missing)) { 2 } else { 1 };
    Answered { found, requests }
}

/// Asks for a manifest, byte for byte.
pub(super) async fn manifest_of(clients: Clients, target: Target) -> Answered<Bytes> {
    let found = async {
        let known = clients.known_to(&target, RegistryOperation::Pull).await?;
        Ok(known.manifest(&target).await?.0)
    };
    Answered { found: found.await, requests: 1 }
}

/// Sends a manifest under the name of its target.
pub(super) async fn push(
    clients: &Clients,
    target: &Target,
    bytes: Bytes,
    media_type: HeaderValue,
) -> Result<(), Fault> {
    let known = clients.known_to(target, RegistryOperation::Push).await?;
    known.client.store_auth_if_needed(target.image.resolve_registry(), &known.auth).await;
    match known.client.push_manifest_raw(&target.image, bytes, media_type).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let fault = match Fault::of(&error) {
                Fault::Missing => Fault::Refused("the registry does not know the image".to_owned()),
                other => other,
            };
            Err(known.behind(target, fault, RegistryOperation::Push).await)
        }
    }
}

async fn image(clients: &Clients, target: &Target, requests: &mut u32) -> Result<ImageFacts, Fault> {
    let known = clients.known_to(target, RegistryOperation::Pull).await?;
    let (bytes, digest) = known.manifest(target).await?;
    let digest = Sha256Hex::try_from(digest).map_err(|error| Fault::Refused(error.to_string()))?;
    let platforms = match manifest::read(&bytes).map_err(Fault::Refused)? {
        Manifest::Index(platforms) => platforms,
        Manifest::Image(config) => {
            *requests += 1;
            let platform = known.platform(target, &config).await?;
            platform.map(|name| (name, digest.clone())).into_iter().collect()
        }
    };
    Ok(ImageFacts { digest, platforms })
}

impl Known {
    async fn manifest(&self, target: &Target) -> Result<(Bytes, String), Fault> {
        match self.client.pull_manifest_raw(&target.image, &self.auth, manifest::ACCEPTED).await {
            Ok(pulled) => Ok(pulled),
            Err(error) => Err(self.behind(target, Fault::of(&error), RegistryOperation::Pull).await),
        }
    }

    /// The platform that the configuration of an image names; none where it has no usual configuration.
    async fn platform(
        &self,
        target: &Target,
        config: &manifest::Descriptor,
    ) -> Result<Option<String>, Fault> {
        if !(0..=CONFIGURATION).contains(&config.size) {
            return Ok(None);
        }
        let descriptor =
            OciDescriptor { digest: config.digest.clone(), size: config.size, ..OciDescriptor::default() };
        let mut bytes = Vec::new();
        let pulled = self.client.pull_blob(&target.image, &descriptor, &mut bytes).await;
        pulled.map_err(|error| Fault::of(&error))?;
        Ok(serde_json::from_slice::<Platform>(&bytes).ok().and_then(|platform| platform.name()))
    }

    /// The reason behind a denial: the client goes on without a token where the token service fails, so that its fault looks like a
    /// denial.
    async fn behind(&self, target: &Target, fault: Fault, operation: RegistryOperation) -> Fault {
        if !matches!(fault, Fault::Denied(_)) {
            return fault;
        }
        match self.client.auth(&target.image, &self.auth, operation).await {
            Err(error) => Fault::of(&error),
            Ok(_) => fault,
        }
    }
}
