//! Which keys count: those that were named, else those that the checkout pins. And what a bundle has to be of: the platform that the
//! checkout releases, and the version of the tag that was named. Never takes any of that from what is verified.

use std::path::Path;

use bundle_format::signature::PublicKey;
use release_core::bundle::proof::{Trust, Unsigned};
use release_core::bundle::verify::Expected;
use release_core::config::paths;
use release_core::config::release::ReleaseConfig;
use release_core::finding::Cause;
use release_core::identity::Tag;
use release_edge::failure::Failure;

use crate::args::VerifyArgs;
use crate::commands::release::configuration;
use crate::context::root;
use crate::exit::Stop;

/// The keys for these arguments.
pub(super) fn of(args: &VerifyArgs) -> Result<Trust, Stop> {
    let named = args.key.iter().map(|key| named(key)).collect::<Result<Vec<_>, _>>()?;
    let unsigned = if args.unsigned { Unsigned::Accepted } else { Unsigned::Refused };
    let pinned = pinned()?;
    let keys = if named.is_empty() { pinned.keys } else { named };
    Ok(Trust { keys, revoked: pinned.revoked, unsigned })
}

/// What bundles have to be of, as far as the checkout and the tag that was named say.
pub(super) fn expected(tag: Option<&Tag>) -> Result<Expected, Stop> {
    let product = checkout()?.map(|release| release.product);
    Ok(Expected { product, version: tag.map(|tag| tag.version().clone()) })
}

/// What the checkout releases; none outside of one, or in a repository that releases nothing.
fn checkout() -> Result<Option<ReleaseConfig>, Stop> {
    let Ok(root) = root() else { return Ok(None) };
    if !root.join(paths::RELEASE).is_file() {
        return Ok(None);
    }
    Ok(Some(configuration(&root)?.release))
}

/// The keys of the checkout.
fn pinned() -> Result<Trust, Stop> {
    let signing = checkout()?.and_then(|release| release.signing);
    Ok(signing.map_or_else(Trust::default, |signing| Trust {
        keys: signing.proving(),
        revoked: signing.revoked,
        unsigned: Unsigned::Refused,
    }))
}

/// A key from its text, or from its file.
fn named(key: &str) -> Result<PublicKey, Failure> {
    if let Ok(key) = PublicKey::try_from(key.to_owned()) {
        return Ok(key);
    }
    let wrong = |why: String| {
        let hint = "give a public key file of minisign, or the key itself, which begins with `RW`";
        Failure::new(Cause::FileSystem, format!("`{key}` is no public key: {why}"), hint)
    };
    let text = std::fs::read_to_string(Path::new(key)).map_err(|error| wrong(error.to_string()))?;
    PublicKey::try_from(text).map_err(|error| wrong(error.to_string()))
}
