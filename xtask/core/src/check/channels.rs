//! The rules about the pointer that moves last, and the key that signs it. Looked at before anything is released: a release whose pointer
//! cannot move would stay unfinished.

use crate::channels::path;
use crate::converge::{CopyMove, hindrance};
use crate::facts::{BucketFacts, Facts, KeyFacts, Proof};
use crate::finding::{Cause, Finding};
use crate::identity::Tag;

use super::stop;

pub(super) fn key_is_usable(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    if facts.configuration.release.channel_keys().is_empty() {
        return Vec::new();
    }
    let (message, hint) = match &facts.channel_key {
        KeyFacts::Missing => (
            "the pointer of the channel is to be signed and no key was given".to_owned(),
            "set `SLIPWAY_CHANNEL_KEY` to the text of the secret key; planning does not need it",
        ),
        KeyFacts::Unusable(why) => (
            format!("the key in `SLIPWAY_CHANNEL_KEY` cannot be used: {why}"),
            "give the text of the file that `cargo xtask keys generate` wrote, and its password in `SLIPWAY_CHANNEL_KEY_PASSWORD`",
        ),
        KeyFacts::Usable(_) => return Vec::new(),
    };
    vec![stop(Cause::ChannelKeyMissing, message, hint)]
}

pub(super) fn key_is_pinned(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let config = &facts.configuration.release;
    let KeyFacts::Usable(key) = &facts.channel_key else { return Vec::new() };
    if config.channel_keys().is_empty() {
        return Vec::new();
    }
    let signs_releases = facts.release_key == facts.channel_key;
    let why = match facts.channel_keys().contains(key) {
        _ if config.revoked().contains(key) => "was revoked",
        _ if signs_releases => "signs releases as well",
        true => return Vec::new(),
        false => "proves no pointer",
    };
    let hint = "give a key that `signing.channel_keys` in `config/release.yaml` names, or add this one there";
    let message = format!("the key in `SLIPWAY_CHANNEL_KEY` is the secret half of `{key}`, which {why}");
    vec![stop(Cause::ChannelKeyUnpinned, message, hint)]
}

pub(super) fn pointer_is_proven(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let channel = moved(facts);
    let Some(Proof::Wrong(why)) = facts.pointers.get(channel).map(|found| &found.proof) else {
        return Vec::new();
    };
    let message = format!("`{}` on the branch `channels` cannot be trusted: {why}", path(channel));
    let hint = "look into the history of the branch: restore the file, or sign what is right anew with `cargo xtask channels --repair`";
    vec![stop(Cause::PointerUnproven, message, hint)]
}

pub(super) fn bucket_is_open(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    if facts.bucket != BucketFacts::Closed {
        return Vec::new();
    }
    let message = "the pointer of the channel is copied to a bucket, and no credentials were given";
    vec![stop(
        Cause::BucketKeyMissing,
        message,
        format!("{}; planning does not need them", Cause::BucketKeyMissing.remedy()),
    )]
}

pub(super) fn copy_is_ours(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let (channel, BucketFacts::Open(copies)) = (moved(facts), &facts.bucket) else { return Vec::new() };
    let sequence = facts.pointers.get(channel).map_or(0, |found| found.pointer.sequence);
    let hindrance = copies.get(channel).and_then(|there| hindrance(there, sequence, &facts.channel_keys()));
    let message = match hindrance {
        Some(CopyMove::Foreign(what)) => format!("in the bucket, `{}` is {what}", path(channel)),
        Some(CopyMove::Ahead(there)) => format!(
            "in the bucket, `{}` has the sequence {there}, and on the branch `channels` {sequence}",
            path(channel)
        ),
        _ => return Vec::new(),
    };
    vec![stop(Cause::CopyForeign, message, Cause::CopyForeign.remedy())]
}

/// The channel whose pointer moves.
fn moved(facts: &Facts) -> &String {
    let begun = facts.unfinished.as_ref().map(|unfinished| &unfinished.plan.channel);
    begun.unwrap_or(&facts.channel)
}

#[cfg(test)]
mod tests {
    use super::super::before_writing;
    use super::*;
    use crate::facts::CopyFacts;
    use crate::samples;

    fn found(change: fn(&mut Facts)) -> Vec<Finding> {
        let mut facts = samples::facts();
        change(&mut facts);
        before_writing(&facts)
    }

    #[test]
    fn pointers_are_signed_with_a_pinned_key_or_not_at_all() {
        assert_eq!(found(|_| {}), []);
        let missing = found(|facts| facts.channel_key = KeyFacts::Missing);
        assert_eq!(samples::causes(&missing), [Cause::ChannelKeyMissing]);
        let torn = found(|facts| facts.channel_key = KeyFacts::Unusable("it is torn".to_owned()));
        assert_eq!(samples::messages(&torn), ["the key in `SLIPWAY_CHANNEL_KEY` cannot be used: it is torn"]);
        let stranger = found(|facts| facts.channel_key = KeyFacts::Usable(samples::other_key()));
        assert_eq!(samples::causes(&stranger), [Cause::ChannelKeyUnpinned]);
        let both = found(|facts| facts.channel_key = facts.release_key.clone());
        assert!(samples::messages(&both)[0].ends_with("which signs releases as well"), "{both:?}");
        let unsigned = found(|facts| {
            facts.channel_key = KeyFacts::Missing;
            facts.configuration.release.signing.as_mut().unwrap().channel_keys.clear();
        });
        assert_eq!(unsigned, [], "nothing is asked for where nothing is signed");
    }

    #[test]
    fn a_rehearsal_signs_with_the_key_that_it_was_given() {
        let rehearsed = found(|facts| {
            facts.rehearsed = true;
            facts.channel_key = KeyFacts::Usable(samples::other_key());
        });
        assert_eq!(rehearsed, []);
    }

    #[test]
    fn a_bucket_is_open_and_holds_the_channels_own_pointer() {
        assert_eq!(
            samples::causes(&found(|facts| facts.bucket = BucketFacts::Closed)),
            [Cause::BucketKeyMissing]
        );
        let holding = |there: CopyFacts| {
            let mut facts = samples::facts();
            facts.bucket = BucketFacts::Open([("latest".to_owned(), there)].into());
            let mut findings = before_writing(&facts);
            let pointer = samples::pointer_facts(&samples::plan(), Proof::Proven);
            facts.pointers.insert("latest".to_owned(), pointer);
            findings.extend(before_writing(&facts));
            findings
        };
        let found = Box::new(samples::pointer_facts(&samples::plan(), Proof::Proven));
        let ahead = holding(CopyFacts::Pointer { found, digest: bundle_format::digest::Sha256Hex::of(b"") });
        let message =
            "in the bucket, `latest/latest.json` has the sequence 1, and on the branch `channels` 0";
        assert_eq!(samples::messages(&ahead), [message], "with the branch it agrees");
        let foreign = holding(CopyFacts::Foreign("no pointer".to_owned()));
        assert_eq!(samples::causes(&foreign), [Cause::CopyForeign; 2]);
    }

    #[test]
    fn a_pointer_whose_signature_proves_nothing_stops_before_anything_is_done() {
        let plan = samples::plan();
        let mut facts = samples::facts();
        let wrong = Proof::Wrong("it was made with another key".to_owned());
        let found = samples::pointer_facts(&plan, wrong);
        facts.pointers.insert("rc".to_owned(), found.clone());
        assert_eq!(before_writing(&facts), [], "another channel");
        facts.pointers.insert("latest".to_owned(), found);
        let findings = before_writing(&facts);
        assert_eq!(samples::causes(&findings), [Cause::PointerUnproven]);
        assert!(findings[0].message.contains("`latest/latest.json`"), "{findings:?}");
        facts.pointers.values_mut().for_each(|found| found.proof = Proof::Unsigned);
        assert_eq!(before_writing(&facts), [], "it is signed from now on");
    }
}
