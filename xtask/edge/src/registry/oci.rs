//! Image registries over the OCI distribution protocol. Never reads or writes a layer, and sends a manifest on exactly as it came.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bundle_format::digest::Sha256Hex;
use http::HeaderValue;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use release_core::facts::ImageFacts;
use release_core::finding::Cause;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::Registry;
use super::manifest::{self, Manifest, Platform};
use super::outcome::Fault;
use crate::clock::{Clock, SystemClock};
use crate::failure::Failure;
use crate::forge::retry::{Jitter, Patience, SystemJitter};
use crate::forge::untrusted::terminal_line;

/// How many references are resolved at a time.
const AT_A_TIME: usize = 8;

/// The most that the configuration of an image may weigh; real ones have some ten KiB.
const CONFIGURATION: i64 = 4 << 20;

/// How registries are reached.
#[derive(Clone, Debug, Default)]
pub struct RegistryAccess {
    /// A registry on loopback, `127.0.0.1:5000`, that stands for all others: `registry/path` is asked for as
    /// `mirror/registry/path`, over plain http.
    pub mirror: Option<String>,
    /// Who we are, by registry; anonymous elsewhere.
    pub credentials: BTreeMap<String, Credentials>,
}

/// Who we are to a registry.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The name of the account.
    pub user: String,
    /// Its password or token.
    pub password: SecretString,
}

/// Registries over the network.
pub struct OciRegistry {
    // Before the runtime, so that its connections go first.
    client: Client,
    runtime: Runtime,
    access: RegistryAccess,
    patience: Patience,
    sent: Cell<u32>,
}

impl std::fmt::Debug for OciRegistry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OciRegistry").field("mirror", &self.access.mirror).finish_non_exhaustive()
    }
}

impl OciRegistry {
    /// Prepares the client. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// Where the mirror is not on loopback, or the machine has no usable root certificates.
    pub fn new(access: RegistryAccess) -> Result<Self, Failure> {
        Self::with_clock(access, Arc::new(SystemClock), Arc::new(SystemJitter))
    }

    /// The same by another clock.
    ///
    /// # Errors
    ///
    /// As [`OciRegistry::new`].
    pub fn with_clock(
        access: RegistryAccess,
        clock: Arc<dyn Clock>,
        jitter: Arc<dyn Jitter>,
    ) -> Result<Self, Failure> {
        if let Some(mirror) = access.mirror.as_deref().filter(|mirror| !is_loopback(mirror)) {
            return Err(Failure::new(
                Cause::Configuration,
                format!("the registry mirror `{}` is not on loopback", terminal_line(mirror)),
                "write it as `127.0.0.1:5000`, without scheme and path",
            ));
        }
        // The one provider this tool is built with; somebody else may have named it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let failed = |error: &dyn std::fmt::Display| {
            Failure::of(
                Cause::Registry,
                format!("cannot prepare the registry client: {}", terminal_line(&error.to_string())),
            )
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let client = Client::try_from(ClientConfig {
            protocol: ClientProtocol::HttpsExcept(access.mirror.clone().into_iter().collect()),
            connect_timeout: Some(Duration::from_secs(10)),
            read_timeout: Some(Duration::from_secs(30)),
            ..ClientConfig::default()
        })
        .map_err(|error| failed(&error))?;
        let patience = Patience::new(clock, jitter, Duration::ZERO);
        Ok(Self { client, runtime, access, patience, sent: Cell::new(0) })
    }

    /// Where a reference is asked for, with what.
    fn target(&self, reference: &str) -> Result<Target, Failure> {
        let parsed: Reference = reference.parse().map_err(|error| {
            Failure::new(
                Cause::Compose,
                format!("`{}` is no image reference: {error}", terminal_line(reference)),
                "write it as `registry/path:tag`",
            )
        })?;
        let auth = match (&self.access.mirror, self.access.credentials.get(parsed.registry())) {
            (None, Some(known)) => {
                RegistryAuth::Basic(known.user.clone(), known.password.expose_secret().to_owned())
            }
            _ => RegistryAuth::Anonymous,
        };
        let image = match &self.access.mirror {
            None => parsed,
            Some(mirror) => {
                // A port cannot stand in a path.
                let path =
                    format!("{}/{}", parsed.registry().replace(':', "-").to_lowercase(), parsed.repository());
                let (tag, digest) = (parsed.tag().map(str::to_owned), parsed.digest().map(str::to_owned));
                match (tag, digest) {
                    (_, Some(digest)) => Reference::with_digest(mirror.clone(), path, digest),
                    (tag, None) => {
                        Reference::with_tag(mirror.clone(), path, tag.unwrap_or_else(|| "latest".to_owned()))
                    }
                }
            }
        };
        Ok(Target { image, auth })
    }

    /// Carries out one call on one target, again and again as its faults allow; none where the image is not there.
    fn settle<T>(
        &self,
        doing: &str,
        mut attempt: impl FnMut() -> Result<T, Fault>,
    ) -> Result<Option<T>, Failure> {
        let mut used = Used::default();
        loop {
            match attempt() {
                Ok(value) => return Ok(Some(value)),
                Err(Fault::Missing) => return Ok(None),
                Err(fault) => self.bear(doing, &[fault], &mut used)?,
            }
        }
    }

    /// Waits once for all the faults of a round, or fails with the worst.
    fn bear(&self, doing: &str, faults: &[Fault], used: &mut Used) -> Result<(), Failure> {
        let doing = terminal_line(doing);
        let mut limited = false;
        let mut last = "";
        for fault in faults {
            match fault {
                Fault::Denied(why) => {
                    return Err(Failure::new(
                        Cause::Registry,
                        format!("cannot {doing}: {why}"),
                        "the image does not exist, or is private: log in to its registry with an account that may see it",
                    ));
                }
                Fault::Refused(why) => {
                    return Err(Failure::of(Cause::Registry, format!("cannot {doing}: {why}")));
                }
                Fault::Limited(why) => (limited, last) = (true, why),
                Fault::Passing(why) => last = why,
                Fault::Missing => {}
            }
        }
        if limited {
            used.limits += 1;
            return self.patience.wait_for_limit(None, used.limits - 1, "the registry");
        }
        used.pauses += 1;
        if self.patience.pause(used.pauses - 1) {
            return Ok(());
        }
        Err(Failure::of(Cause::Registry, format!("cannot {doing}: {last}")))
    }

    /// One round: every target that is still open, eight at a time.
    fn round(&self, open: &[(usize, Target)]) -> Result<Vec<(usize, Resolved)>, Failure> {
        let mut waiting: VecDeque<(usize, Target)> = open.iter().cloned().collect();
        let mut done = Vec::with_capacity(open.len());
        let finished = self.runtime.block_on(async {
            let mut running = JoinSet::new();
            loop {
                while running.len() < AT_A_TIME {
                    let Some((place, target)) = waiting.pop_front() else { break };
                    let client = self.client.clone();
                    running.spawn(async move { (place, resolve(&client, &target).await) });
                }
                match running.join_next().await {
                    Some(Ok(one)) => done.push(one),
                    Some(Err(error)) => return Err(error),
                    None => return Ok(()),
                }
            }
        });
        finished
            .map_err(|error| Failure::of(Cause::Internal, format!("resolving images broke off: {error}")))?;
        Ok(done)
    }

    fn count(&self, requests: u32) {
        self.sent.set(self.sent.get() + requests);
    }

    /// The digest that a tag leads to now.
    fn digest_of(&self, doing: &str, target: &Target) -> Result<Option<String>, Failure> {
        self.settle(doing, || {
            self.count(1);
            let call = self.client.fetch_manifest_digest(&target.image, &target.auth);
            self.runtime.block_on(call).map_err(|error| Fault::of(&error))
        })
    }
}

impl Registry for OciRegistry {
    fn resolve(&self, references: &[String]) -> Result<Vec<Option<ImageFacts>>, Failure> {
        let mut facts: Vec<Option<ImageFacts>> = vec![None; references.len()];
        let mut open = Vec::with_capacity(references.len());
        for (place, reference) in references.iter().enumerate() {
            open.push((place, self.target(reference)?));
        }
        let mut used = Used::default();
        while !open.is_empty() {
            let mut faults = BTreeMap::new();
            for (place, resolved) in self.round(&open)? {
                self.count(resolved.requests);
                match resolved.image {
                    Ok(found) => {
                        facts.iter_mut().skip(place).take(1).for_each(|slot| *slot = Some(found.clone()))
                    }
                    Err(Fault::Missing) => {}
                    Err(fault) => {
                        faults.insert(place, fault);
                    }
                }
            }
            open.retain(|(place, _)| faults.contains_key(place));
            if let Some((place, _)) = open.first() {
                let name = references.get(*place).map_or("", String::as_str);
                let faults: Vec<Fault> = faults.into_values().collect();
                self.bear(&format!("resolve `{name}`"), &faults, &mut used)?;
            }
        }
        Ok(facts)
    }

    fn tag(&self, image: &str, digest: &Sha256Hex, tag: &str) -> Result<(), Failure> {
        let doing = format!("tag `{image}` as `{tag}`");
        let source = self.target(&format!("{image}@{}", digest.prefixed()))?;
        let target = self.target(&format!("{image}:{tag}"))?;
        if self.digest_of(&doing, &target)?.as_deref() == Some(digest.prefixed().as_str()) {
            return Ok(());
        }
        let bytes = self.settle(&doing, || {
            self.count(1);
            let call = self.client.pull_manifest_raw(&source.image, &source.auth, manifest::ACCEPTED);
            self.runtime.block_on(call).map(|(bytes, _)| bytes).map_err(|error| Fault::of(&error))
        })?;
        let missing = format!("cannot {}: `{}` is not there", terminal_line(&doing), digest.prefixed());
        let bytes = bytes.ok_or_else(|| Failure::of(Cause::ImageMissing, missing))?;
        let refused = |why: String| {
            Failure::of(Cause::Registry, format!("cannot {}: {}", terminal_line(&doing), terminal_line(&why)))
        };
        if Sha256Hex::of(&bytes) != *digest {
            return Err(refused(format!(
                "the registry sent other bytes than those of `{}`",
                digest.prefixed()
            )));
        }
        let media_type = manifest::media_type(&bytes).map_err(&refused)?;
        let media_type = HeaderValue::from_str(&media_type).map_err(|error| refused(error.to_string()))?;
        // Sending the same manifest twice is the same as sending it once.
        self.settle(&doing, || {
            self.count(1);
            self.runtime.block_on(push(&self.client, &target, bytes.clone(), media_type.clone()))
        })?;
        match self.digest_of(&doing, &target)? {
            Some(now) if now == digest.prefixed() => Ok(()),
            now => {
                let now = now.unwrap_or_else(|| "nothing".to_owned());
                Err(refused(format!("the tag leads to `{now}` instead of `{}`", digest.prefixed())))
            }
        }
    }

    fn requests(&self) -> u32 {
        self.sent.get()
    }
}

/// Where a reference is asked for, and as whom.
#[derive(Clone)]
struct Target {
    image: Reference,
    auth: RegistryAuth,
}

/// What came of asking for one reference once.
struct Resolved {
    image: Result<ImageFacts, Fault>,
    requests: u32,
}

/// What one call has used of the patience.
#[derive(Debug, Default)]
struct Used {
    pauses: usize,
    limits: u32,
}

async fn resolve(client: &Client, target: &Target) -> Resolved {
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

async fn push(
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

/// Whether `host:port` is on this machine.
fn is_loopback(mirror: &str) -> bool {
    let host = mirror.rsplit_once(':').map_or(mirror, |(host, _)| host);
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
