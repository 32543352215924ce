//! The rules about the key that signs: which one begins a release, and which may finish it.

use super::super::before_writing;
use super::*;
use crate::facts::{KeyFacts, Unfinished};
use crate::samples::{self, id, release};

#[track_caller]
fn assert_one(findings: &[Finding], cause: Cause, message: &str, hint: &str) {
    assert_eq!(samples::messages(findings), [message]);
    assert_eq!(findings[0].cause, cause);
    assert!(findings[0].hint.contains(hint), "{}", findings[0].hint);
}

#[test]
fn a_release_that_is_signed_needs_a_key_that_proves_it() {
    let with = |change: fn(&mut Facts)| {
        let mut facts = samples::facts();
        change(&mut facts);
        before_writing(&facts)
    };
    assert_eq!(with(|_| {}), []);
    let missing = with(|facts| facts.release_key = KeyFacts::Missing);
    assert_one(
        &missing,
        Cause::ReleaseKeyMissing,
        "the release is to be signed and no key was given",
        "SLIPWAY_RELEASE_KEY",
    );
    let unusable = with(|facts| facts.release_key = KeyFacts::Unusable("it is torn".to_owned()));
    let message = "the key in `SLIPWAY_RELEASE_KEY` cannot be used: it is torn";
    assert_one(&unusable, Cause::ReleaseKeyMissing, message, "cargo xtask keys generate");
    let other = with(|facts| facts.release_key = KeyFacts::Usable(samples::other_key()));
    assert_eq!(samples::causes(&other), [Cause::ReleaseKeyUnpinned]);
    assert!(other[0].message.contains(samples::other_key().as_str()), "{other:?}");
    let unsigned = with(|facts| {
        facts.configuration.release.signing = None;
        facts.release_key = KeyFacts::Missing;
    });
    assert_eq!(unsigned, [], "nothing is asked for where nothing is signed");
    let rehearsed = with(|facts| {
        facts.rehearsed = true;
        facts.release_key = KeyFacts::Usable(samples::other_key());
    });
    assert_eq!(rehearsed, [], "a rehearsal has a key of its own");
}

#[test]
fn what_has_begun_is_signed_by_the_keys_of_its_plan() {
    let mut facts = samples::facts();
    facts.unfinished = Some(Unfinished { plan: samples::plan(), commit: id(9) });
    facts.configuration.release.signing = None;
    facts.release_key = KeyFacts::Usable(samples::other_key());
    assert_eq!(samples::causes(&before_writing(&facts)), [Cause::ReleaseKeyUnpinned]);
    facts.rehearsed = true;
    assert_eq!(samples::causes(&before_writing(&facts)), [Cause::ReleaseKeyUnpinned], "whoever began it");
    facts.release_key = KeyFacts::Usable(samples::release_key());
    assert_eq!(before_writing(&facts), []);
}

#[test]
fn what_has_begun_is_not_finished_with_a_key_that_was_taken_back_since() {
    let mut facts = samples::facts();
    facts.unfinished = Some(Unfinished { plan: samples::plan(), commit: id(9) });
    let signing = facts.configuration.release.signing.as_mut().unwrap();
    signing.release_keys = vec![samples::other_key()];
    signing.retired_keys = vec![samples::release_key()];
    assert_eq!(before_writing(&facts), [], "a retired key finishes what it began");
    let signing = facts.configuration.release.signing.as_mut().unwrap();
    signing.revoked.append(&mut signing.retired_keys);
    let message = "v1.3.0 has begun, and every key that proves it was revoked since";
    let only = "give it up with `cargo xtask abandon v1.3.0`";
    let other = KeyFacts::Usable(samples::other_key());
    for key in [KeyFacts::Usable(samples::release_key()), other, KeyFacts::Missing] {
        facts.release_key = key;
        for rehearsed in [false, true] {
            facts.rehearsed = rehearsed;
            let found = before_writing(&facts);
            assert_one(&found, Cause::ReleaseKeyUnpinned, message, only);
            assert_eq!(found[0].hint, only);
        }
    }
    facts.releases.push(release(7, "v1.3.0"));
    let hint = before_writing(&facts).remove(0).hint;
    assert!(hint.starts_with("delete its release on the forge, then"), "{hint}");
}

#[test]
fn of_two_keys_the_one_that_was_not_taken_back_finishes_what_has_begun() {
    let mut facts = samples::facts();
    let mut plan = samples::plan();
    plan.signature.as_mut().unwrap().keys.push(samples::other_key());
    facts.unfinished = Some(Unfinished { plan, commit: id(9) });
    facts.configuration.release.signing.as_mut().unwrap().revoked = vec![samples::release_key()];
    let key = samples::release_key();
    let message =
        format!("the key in `SLIPWAY_RELEASE_KEY` is the secret half of `{key}`, which was revoked");
    let found = before_writing(&facts);
    assert_one(&found, Cause::ReleaseKeyUnpinned, &message, "abandon");
    facts.release_key = KeyFacts::Usable(samples::other_key());
    assert_eq!(before_writing(&facts), []);
}

#[test]
fn a_rehearsal_does_not_begin_with_a_key_that_was_taken_back() {
    let mut facts = samples::facts();
    facts.rehearsed = true;
    facts.release_key = KeyFacts::Usable(samples::other_key());
    assert_eq!(before_writing(&facts), []);
    facts.configuration.release.signing.as_mut().unwrap().revoked = vec![samples::other_key()];
    assert_eq!(samples::causes(&before_writing(&facts)), [Cause::ReleaseKeyUnpinned]);
}
