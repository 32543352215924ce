//! The rules about the key that signs. Never sees the key itself: the facts have its public half.

use bundle_format::signature::PublicKey;

use crate::facts::{Facts, KeyFacts};
use crate::finding::{Cause, Finding};
use crate::identity::Tag;
use crate::plan::Plan;

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
    // Where every key was taken back, none needs to be given.
    let wanted = proving(facts).filter(|_| all_revoked(facts).is_none());
    wanted.map(|_| stop(Cause::ReleaseKeyMissing, message, hint)).into_iter().collect()
}

pub(super) fn key_is_pinned(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    if let Some(begun) = all_revoked(facts) {
        return vec![lost(facts, begun)];
    }
    let (KeyFacts::Usable(key), Some(keys)) = (&facts.release_key, proving(facts)) else {
        return Vec::new();
    };
    let revoked = facts.configuration.release.revoked().contains(key);
    // What a rehearsal begins is proven by the key that it has.
    let own = facts.rehearsed && facts.unfinished.is_none();
    if !revoked && (own || keys.contains(key)) {
        return Vec::new();
    }
    let hint = match facts.unfinished {
        Some(_) => "give the key that was pinned when it began, or give it up with `cargo xtask abandon`",
        None if revoked => "give another key that `signing.release_keys` in `config/release.yaml` names",
        None => {
            "give the key that `signing.release_keys` in `config/release.yaml` names, or add this one there"
        }
    };
    let why = if revoked { "was revoked" } else { "does not prove this release" };
    let message = format!("the key in `SLIPWAY_RELEASE_KEY` is the secret half of `{key}`, which {why}");
    vec![stop(Cause::ReleaseKeyUnpinned, message, hint)]
}

/// What is said of a release that no key can finish any more.
fn lost(facts: &Facts, begun: &Plan) -> Finding {
    let tag = begun.tag();
    let message = format!("{tag} has begun, and every key that proves it was revoked since");
    let give_up = format!("give it up with `cargo xtask abandon {tag}`");
    let name = tag.to_string();
    let published = facts.releases.iter().any(|release| !release.draft && release.tag == name);
    let hint = if published { format!("delete its release on the forge, then {give_up}") } else { give_up };
    stop(Cause::ReleaseKeyUnpinned, message, &hint)
}

/// The release that has begun, where each key of its plan was taken back since.
fn all_revoked(facts: &Facts) -> Option<&Plan> {
    let begun = &facts.unfinished.as_ref()?.plan;
    let keys = &begun.signature.as_ref()?.keys;
    let revoked = facts.configuration.release.revoked();
    (!keys.is_empty() && keys.iter().all(|key| revoked.contains(key))).then_some(begun)
}

/// The keys that prove what is carried out next; none where it is not signed. What has begun is signed as its plan says, whichever keys
/// the configuration pins by now.
fn proving(facts: &Facts) -> Option<&[PublicKey]> {
    let begun = facts.unfinished.as_ref().map(|unfinished| unfinished.plan.signature.as_ref());
    match begun {
        Some(signature) => signature.map(|signature| signature.keys.as_slice()),
        None => facts.configuration.release.signing.as_ref().map(|signing| signing.release_keys.as_slice()),
    }
}

#[cfg(test)]
#[path = "signing_tests.rs"]
mod tests;
