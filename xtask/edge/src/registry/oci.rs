//! Image registries over the OCI distribution protocol. Never writes a layer, and sends a manifest on exactly as it came.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bundle_format::digest::Sha256Hex;
use http::HeaderValue;
use release_core::facts::ImageFacts;
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;
use tokio::runtime::Runtime;

use super::access::RegistryAccess;
use super::docker::DockerLogins;
use super::exchange::{Answered, Clients, Target, digest, manifest_of, push, resolve};
use super::manifest;
use super::outcome::{Fault, describe};
use super::{Registry, Tagging};
use crate::clock::{Clock, SystemClock};
use crate::failure::Failure;
use crate::forge::retry::{Jitter, Patience, SystemJitter};
use crate::waiting::Observer;

/// Registries over the network.
pub struct OciRegistry {
    // Before the runtime, so that its connections go first.
    clients: Clients,
    runtime: Runtime,
    access: RegistryAccess,
    logins: DockerLogins,
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
    /// Where the mirror is not on loopback, the proxy cannot be used, or the machine has no usable root certificates.
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
        access.check()?;
        // The one provider this tool is built with; somebody else may have named it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let failed = |why: String| {
            Failure::new(
                Cause::Registry,
                format!("cannot prepare the registry client: {}", terminal_line(&why)),
                "install the machine's root certificates (`ca-certificates`), or correct `SSL_CERT_FILE`",
            )
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let clients = Clients::new(&access.proxies).map_err(|error| failed(describe(&error)))?;
        let logins = DockerLogins::new(access.docker.clone());
        let patience = Patience::new(clock, jitter, Duration::ZERO);
        Ok(Self { clients, runtime, access, logins, patience, sent: Cell::new(0) })
    }

    /// The same, with somebody who is told of every wait.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self { patience: self.patience.observed_by(observer), ..self }
    }

    /// Carries out one call on one target, again and again as its faults allow; none where the image is not there.
    pub(super) fn settle<T>(
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
    pub(super) fn bear(&self, doing: &str, faults: &[Fault], used: &mut Used) -> Result<(), Failure> {
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
        if self.patience.pause(used.pauses - 1, &format!("cannot {doing}: {last}")) {
            return Ok(());
        }
        Err(Failure::of(Cause::Registry, format!("cannot {doing}: {last}")))
    }

    /// Asks one target once and counts it.
    pub(super) fn once<T, F>(&self, target: &Target, ask: impl Fn(Clients, Target) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Answered<T>>,
    {
        let Answered { found, requests } = self.runtime.block_on(ask(self.clients.clone(), target.clone()));
        self.count(requests);
        found
    }

    /// Where a reference is asked for.
    pub(super) fn target(&self, reference: &str) -> Result<Target, Failure> {
        self.access.target(&self.logins, reference)
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Blocks until something has happened, and counts it as one request.
    pub(super) fn wait_for<T>(&self, happening: impl Future<Output = T>) -> T {
        self.count(1);
        self.runtime.block_on(happening)
    }

    /// Drives something of this registry to its end, without counting it.
    pub(super) fn drive<T>(&self, happening: impl Future<Output = T>) -> T {
        self.runtime.block_on(happening)
    }

    pub(super) fn count(&self, requests: u32) {
        self.sent.set(self.sent.get() + requests);
    }

    /// The digest that a tag leads to now.
    fn digest_of(&self, doing: &str, target: &Target) -> Result<Option<String>, Failure> {
        self.settle(doing, || self.once(target, digest))
    }
}

impl Registry for OciRegistry {
    fn resolve(&self, references: &[String]) -> Result<Vec<Option<ImageFacts>>, Failure> {
        self.each_of(references, resolve)
    }

    fn exist(&self, references: &[String]) -> Result<Vec<bool>, Failure> {
        Ok(self.each_of(references, digest)?.iter().map(Option::is_some).collect())
    }

    fn digests(&self, references: &[String]) -> Result<Vec<Option<Sha256Hex>>, Failure> {
        let found = self.each_of(references, digest)?;
        let read = |(reference, digest): (&String, Option<String>)| match digest {
            None => Ok(None),
            Some(digest) => Sha256Hex::try_from(digest).map(Some).map_err(|error| {
                let reference = terminal_line(reference);
                Failure::of(Cause::Registry, format!("cannot resolve `{reference}`: {error}"))
            }),
        };
        references.iter().zip(found).map(read).collect()
    }

    fn tag_all(&self, taggings: &[Tagging], told: &mut dyn FnMut(&Tagging)) -> Result<(), Failure> {
        self.give(taggings, told)
    }

    fn tag(&self, image: &str, digest: &Sha256Hex, tag: &str) -> Result<(), Failure> {
        let doing = format!("tag `{image}` as `{tag}`");
        let source = self.access.target(&self.logins, &format!("{image}@{}", digest.prefixed()))?;
        let target = self.access.target(&self.logins, &format!("{image}:{tag}"))?;
        if self.digest_of(&doing, &target)?.as_deref() == Some(digest.prefixed().as_str()) {
            return Ok(());
        }
        let bytes = self.settle(&doing, || self.once(&source, manifest_of))?;
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
            self.runtime.block_on(push(&self.clients, &target, bytes.clone(), media_type.clone()))
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

/// What one call has used of the patience.
#[derive(Debug, Default)]
pub(super) struct Used {
    pauses: usize,
    limits: u32,
}
