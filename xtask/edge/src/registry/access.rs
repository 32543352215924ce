//! Where a reference is asked for, and as whom. Never sends anything.

use std::collections::BTreeMap;

use oci_client::Reference;
use oci_client::secrets::RegistryAuth;
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;

use super::exchange::Target;
use crate::failure::Failure;
use crate::secret::Secret;

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
    pub password: Secret,
}

impl RegistryAccess {
    /// Refuses a mirror that is not on loopback.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if let Some(mirror) = self.mirror.as_deref().filter(|mirror| !is_loopback(mirror)) {
            return Err(Failure::new(
                Cause::Configuration,
                format!("the registry mirror `{}` is not on loopback", terminal_line(mirror)),
                "write it as `127.0.0.1:5000`, without scheme and path",
            ));
        }
        Ok(())
    }

    /// Where a reference is asked for, with what.
    pub(super) fn target(&self, reference: &str) -> Result<Target, Failure> {
        let parsed: Reference = reference.parse().map_err(|error| {
            Failure::new(
                Cause::Compose,
                format!("`{}` is no image reference: {error}", terminal_line(reference)),
                "write it as `registry/path:tag`",
            )
        })?;
        let auth = match (&self.mirror, self.credentials.get(parsed.registry())) {
            (None, Some(known)) => {
                RegistryAuth::Basic(known.user.clone(), known.password.reveal().to_owned())
            }
            _ => RegistryAuth::Anonymous,
        };
        let image = match &self.mirror {
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
}

/// Whether `host:port` is on this machine.
pub(super) fn is_loopback(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
