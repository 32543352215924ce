//! What happens when a release is published.
//!
//! Owns the rules between tag, release and `latest`. Must never be bypassed: every way to a published release leads here.

use jiff::Timestamp;

use crate::git::Created;
use crate::github::auth::Caller;
use crate::github::errors::Refusal;
use crate::github::exchange::Exchange;
use crate::github::state::{MakeLatest, Release, State};
use crate::options::ImmutableReleases;
use crate::world::World;

/// Checks what a release stands on, whether it is published or not, and returns the commit.
///
/// A token without the right to workflow files is told that nothing is there when the commit changes one.
pub(crate) fn check_target(world: &World, caller: &Caller, release: &Release) -> Result<String, Refusal> {
    let commit = target(world, release)?;
    if !caller.may_touch_workflows() && world.store.changes_workflows(&commit)? {
        return Err(Refusal::not_found());
    }
    Ok(commit)
}

/// The commit of the tag where there is one, else of `target_commitish`.
fn target(world: &World, release: &Release) -> Result<String, Refusal> {
    let tag_ref = format!("refs/tags/{}", release.tag_name);
    if !git2::Reference::is_valid_name(&tag_ref) {
        return Err(Refusal::custom("Release", "tag_name", "tag_name is not a valid tag"));
    }
    if let Some(commit) = world.store.resolve(&tag_ref)? {
        return Ok(commit);
    }
    let found = world.store.resolve(&release.target)?;
    found.ok_or_else(|| Refusal::invalid("Release", "invalid", "target_commitish"))
}

/// Turns a draft into a published release: makes the tag where it does not exist and fixes what is then fixed.
pub(crate) fn publish(world: &World, state: &mut State, mut release: Release) -> Result<Release, Refusal> {
    if state.published(&release.tag_name).is_some_and(|other| other.id != release.id) {
        return Err(Refusal::invalid("Release", "already_exists", "tag_name"));
    }
    refuse_burned_tag(state, &release.tag_name)?;
    let commit = target(world, &release)?;
    let tag_ref = format!("refs/tags/{}", release.tag_name);
    if world.store.reference(&tag_ref)?.is_none()
        && world.store.create_reference(&tag_ref, &commit)? == Created::Before
    {
        return Err(Refusal::new(409, "Conflict"));
    }
    let date = world.store.commit(&commit)?.map(|commit| commit.committer.date);
    release.draft = false;
    release.created_at = date.unwrap_or(release.created_at);
    release.published_at = Some(Timestamp::now());
    if world.options.immutable_releases == ImmutableReleases::On {
        let fixed = world.store.fix_reference(&tag_ref);
        fixed.map_err(|error| Refusal::new(500, format!("rehearsal: failed to fix `{tag_ref}`: {error}")))?;
        release.immutable = true;
        state.burned_tags.insert(release.tag_name.clone());
    }
    Ok(release)
}

/// Remembers what was said about `latest`, which only a published release that is no pre-release can be.
pub(crate) fn name_latest(state: &mut State, release: &Release) -> Result<(), Refusal> {
    match release.make_latest {
        MakeLatest::Yes if release.draft || release.prerelease => {
            Err(Refusal::custom("Release", "make_latest", "Latest release cannot be draft or prerelease"))
        }
        MakeLatest::Yes => {
            state.named_latest = Some(release.id);
            Ok(())
        }
        MakeLatest::No | MakeLatest::Legacy => {
            if state.named_latest == Some(release.id) {
                state.named_latest = None;
            }
            Ok(())
        }
    }
}

/// Refuses a tag name that an immutable release has used.
pub(crate) fn refuse_burned_tag(state: &State, tag: &str) -> Result<(), Refusal> {
    if state.burned_tags.contains(tag) {
        let message = "tag_name was used by an immutable release";
        return Err(Refusal::custom("Release", "tag_name", message));
    }
    Ok(())
}

/// Refuses to touch the tag of an immutable release by its ref.
pub(crate) fn refuse_burned(exchange: &Exchange<'_>, name: &str) -> Result<(), Refusal> {
    match name.strip_prefix("refs/tags/") {
        Some(tag) if exchange.state.burned_tags.contains(tag) => Err(Refusal::new(
            422,
            "Repository rule violations found\n\nCannot change a tag of an immutable release",
        )),
        _ => Ok(()),
    }
}
