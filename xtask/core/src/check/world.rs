//! The rules about the forge and the channels. Never asks the forge: the facts say what was seen.

use crate::bundle::images;
use crate::bundle::render::Material;
use crate::config::release::Mode;
use crate::converge::is_out;
use crate::facts::{Facts, PushRight, Visibility};
use crate::finding::{Cause, Finding};
use crate::identity::Tag;
use crate::stamp::VERSION;

use bundle_format::pointer::Yanked;
use semver::Version;

use super::stop;

pub(super) fn release_is_ours(facts: &Facts, tag: Option<&Tag>) -> Vec<Finding> {
    let Some(tag) = tag else { return Vec::new() };
    let name = tag.to_string();
    facts
        .releases
        .iter()
        .filter(|release| release.tag == name)
        // With a tag on the remote it may be the one of the run that pushed the tag; the rules about tags say so.
        .filter(|_| !facts.repository.remote_tags.contains_key(tag))
        .map(|release| {
            let kind = if release.draft { "draft" } else { "published release" };
            stop(
                Cause::ReleaseForeign,
                format!("the forge already has a {kind} of {name} (number {})", release.id),
                "it has no tag of ours behind it: delete it if it was made by mistake, or release the next version",
            )
        })
        .collect()
}

pub(super) fn candidate_is_published(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let candidate = facts.promoted.as_ref().filter(|promoted| !is_out(facts, &promoted.plan));
    let unfinished = |tag: &Tag| {
        stop(
            Cause::ReleaseUnfinished,
            format!("{tag} was never published whole, so nobody can have tested it"),
            "finish it with `cargo xtask release`, or promote another one",
        )
    };
    candidate.map(|promoted| unfinished(&promoted.tag)).into_iter().collect()
}

pub(super) fn candidate_is_good(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let Some(promoted) = &facts.promoted else { return Vec::new() };
    let withdrawn = facts.withdrawn.iter().filter(|yanked| yanked.version == *promoted.tag.version());
    let said = |yanked: &Yanked| {
        let why = crate::untrusted::terminal_line(&yanked.reason);
        let message = format!("{} was withdrawn: {why}", promoted.tag);
        stop(Cause::CandidateWithdrawn, message, "promote another candidate")
    };
    withdrawn.map(said).collect()
}

pub(super) fn token_may_push(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let release = &facts.configuration.release;
    let repository = format!("`{}/{}`", release.repository.owner, release.repository.name);
    let needed = match release.mode {
        Mode::ReleasePr => "`contents: write` and `pull_requests: write`",
        Mode::Push | Mode::TagOnly => "`contents: write`",
    };
    let classic = match facts.visibility {
        Visibility::Public => "the scope `public_repo` or `repo`",
        Visibility::Private => "the scope `repo`",
    };
    let message = match &facts.push {
        PushRight::Granted | PushRight::Unknown => return Vec::new(),
        PushRight::Missing => format!("the token may not write to {repository}"),
        PushRight::OutOfScope(scopes) => {
            format!("the token may not write to {repository}: it lacks {classic} and has `{scopes}`")
        }
    };
    let hint = format!("give it {needed}, or as a classic token {classic}; planning needs neither");
    vec![stop(Cause::TokenRights, message, hint)]
}

pub(super) fn channel_is_known(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let channels = &facts.configuration.release.channels;
    if channels.iter().any(|channel| channel.name == facts.channel) {
        return Vec::new();
    }
    let known: Vec<String> = channels.iter().map(|channel| format!("`{}`", channel.name)).collect();
    vec![stop(
        Cause::Configuration,
        format!("there is no channel `{}`", facts.channel),
        format!("use one of {}, or declare it under `channels` in `config/release.yaml`", known.join(", ")),
    )]
}

/// What the source carries is the last release's version, or one that was given up and is lower or equal.
pub(super) fn version_grows(facts: &Facts, tag: Option<&Tag>) -> Vec<Finding> {
    let carried = facts.tree.get(VERSION).and_then(|file| file.content.as_text());
    let carried = carried.and_then(|text| Version::parse(text.trim()).ok());
    let (Some(tag), Some(carried)) = (tag, carried) else { return Vec::new() };
    if carried <= *tag.version() {
        return Vec::new();
    }
    vec![stop(
        Cause::VersionDiffers,
        format!("the next version would be {tag}, but `{VERSION}` carries {carried} already"),
        "a tag is missing on this line, or the file was changed by hand: find out which, and correct that one",
    )]
}

pub(super) fn image_tags_are_free(facts: &Facts, tag: Option<&Tag>) -> Vec<Finding> {
    let Some(tag) = tag else { return Vec::new() };
    let own = images::own_images(&Material::of(facts));
    facts
        .own_tags
        .iter()
        .filter(|(name, digest)| own.iter().all(|(own, image)| own != *name || image.digest != **digest))
        .map(|(name, digest)| {
            stop(
                Cause::ImageTagElsewhere,
                format!("the own image `{name}` has the tag {tag} already, with the digest {}", digest.prefixed()),
                "delete that tag if nobody uses it, or list the version under `version.skip` in `config/release.yaml`",
            )
        })
        .collect()
}
