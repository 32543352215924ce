//! Where a reference is asked for, and as whom. Never sends anything.

use std::collections::BTreeMap;

use std::path::PathBuf;

use oci_client::Reference;
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;

use super::docker::DockerLogins;
use super::exchange::{Target, Transport};
use crate::failure::Failure;
use crate::proxy::Proxies;
use crate::secret::Secret;

/// How registries are reached.
#[derive(Clone, Debug, Default)]
pub struct RegistryAccess {
    /// A registry on loopback, `127.0.0.1:5000`, that stands for all others: `registry/path` is asked for as
    /// `mirror/registry/path`, over plain http.
    pub mirror: Option<String>,
    /// The Docker client's `config.json`, whose logins come first; none where nobody's login counts.
    pub docker: Option<PathBuf>,
    /// Who we are where nobody logged in, by registry; anonymous elsewhere.
    pub credentials: BTreeMap<String, Credentials>,
    /// The proxy that requests go through.
    pub proxies: Proxies,
}

/// Who we are to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// An account.
    Password {
        /// Its name.
        user: String,
        /// Its password, or a token that stands for it.
        password: Secret,
    },
    /// A token that the registry's token service takes for a token of the registry.
    IdentityToken(Secret),
    /// A token that the registry takes as it is.
    RegistryToken(Secret),
}

impl RegistryAccess {
    /// Refuses a mirror that is not on loopback, and a proxy that is none.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.proxies.check()?;
        if let Some(mirror) = self.mirror.as_deref().filter(|mirror| !is_loopback(mirror)) {
            return Err(Failure::new(
                Cause::Configuration,
                format!("the registry mirror `{}` is not on loopback", terminal_line(mirror)),
                "write it as `127.0.0.1:5000`, without scheme and path",
            ));
        }
        Ok(())
    }

    /// Where a reference is asked for, and as whom.
    pub(super) fn target(&self, logins: &DockerLogins, reference: &str) -> Result<Target, Failure> {
        let parsed: Reference = reference.parse().map_err(|error| {
            Failure::new(
                Cause::Compose,
                format!("`{}` is no image reference: {error}", terminal_line(reference)),
                "write it as `registry/path:tag`",
            )
        })?;
        let image = match &self.mirror {
            None => parsed,
            Some(mirror) => {
                let path = mirrored(parsed.registry(), parsed.repository());
                let (tag, digest) = (parsed.tag().map(str::to_owned), parsed.digest().map(str::to_owned));
                match (tag, digest) {
                    (_, Some(digest)) => Reference::with_digest(mirror.clone(), path, digest),
                    (tag, None) => {
                        Reference::with_tag(mirror.clone(), path, tag.unwrap_or_else(|| "latest".to_owned()))
                    }
                }
            }
        };
        if self.mirror.is_some() {
            return Ok(Target { image, credentials: None, transport: Transport::Plain });
        }
        let known = self.credentials.get(image.registry());
        let credentials = logins.of(image.registry())?.or_else(|| known.cloned());
        // The Docker client asks registries on this machine without encryption, too.
        let transport = if is_loopback(image.registry()) { Transport::Plain } else { Transport::Encrypted };
        Ok(Target { image, credentials, transport })
    }
}

/// Where the mirror has the images of a path of a registry: a port cannot stand in a path.
#[must_use]
pub fn mirrored(registry: &str, path: &str) -> String {
    format!("{}/{path}", registry.replace(':', "-").to_lowercase())
}

/// Whether `host:port` is on this machine.
fn is_loopback(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
