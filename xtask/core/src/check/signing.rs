//! The rules about the key that signs. Never sees the key itself: the facts have its public half.

use bundle_format::signature::PublicKey;

use crate::facts::{Facts, KeyFacts};
use crate::finding::{Cause, Finding};
use crate::identity::Tag;

use super::stop;

pub(super) fn key_is_usable(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let (message, hint) = match &facts.release_key {
        KeyFacts::Missing => (
            "the release is to be signed and no key was given".to_owned(),
            "set `SLIPWAY_RELEASE_KEY` to the text of the secret key; planning does not need it",
        ),
        KeyFacts::Unusable(why) => (
            format!("the key in `SLIPWAY_RELEASE_KEY` cannot be used: {why}"),
            "give the text of the file that `cargo xtask keys generate` wrote, and its password in `SLIPWAY_RELEASE_KEY_PASSWORD`",
        ),
        KeyFacts::Usable(_) => return Vec::new(),
    };
    proving(facts).map(|_| stop(Cause::ReleaseKeyMissing, message, hint)).into_iter().collect()
}

pub(super) fn key_is_pinned(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    // What a rehearsal begins is proven by the key that it has.
    let own = facts.rehearsed && facts.unfinished.is_none();
    let (KeyFacts::Usable(key), Some(keys), false) = (&facts.release_key, proving(facts), own) else {
        return Vec::new();
    };
    if keys.contains(key) {
        return Vec::new();
    }
    let hint = match facts.unfinished {
        Some(_) => "give the key that was pinned when it began, or give it up with `cargo xtask abandon`",
        None => {
            "give the key that `signing.release_keys` in `config/release.yaml` names, or add this one there"
        }
    };
    let message = format!(
        "the key in `SLIPWAY_RELEASE_KEY` is the secret half of `{key}`, which does not prove this release"
    );
    vec![stop(Cause::ReleaseKeyUnpinned, message, hint)]
}

/// The keys that prove what is carried out next; none where it is not signed. What has begun is signed as its plan says, whatever the
/// configuration says by now.
fn proving(facts: &Facts) -> Option<&[PublicKey]> {
    let begun = facts.unfinished.as_ref().map(|unfinished| unfinished.plan.signature.as_ref());
    match begun {
        Some(signature) => signature.map(|signature| signature.keys.as_slice()),
        None => facts.configuration.release.signing.as_ref().map(|signing| signing.release_keys.as_slice()),
    }
}
