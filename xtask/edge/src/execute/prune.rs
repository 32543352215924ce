//! Deletes pre-releases that newer ones have replaced: first the release, then its tag, so that no release is ever without one. What a
//! run leaves is found by its tag. Never touches what is not of a plan, and no image: registries keep what they were given.

use release_core::converge::outdated;
use release_core::facts::TagFacts;
use release_core::plan::Plan;
use release_core::receipt::Outcome;

use crate::channels::read;
use crate::failure::Failure;
use crate::forge::Written;

use super::pointer::trust;
use super::session::{facts, wait_for_lists};
use super::{World, session::LOOKS};

/// Deletes all but the newest.
pub(super) fn prune(
    plan: &Plan,
    channel: &str,
    identifier: &str,
    keep: u32,
    world: &World<'_>,
) -> Result<Outcome, Failure> {
    let references = world.repository.remote_refs(world.remote)?;
    let tags = world.repository.tags_with_pushed(&plan.source, &references)?;
    let there: Vec<TagFacts> =
        tags.into_iter().filter(|tag| references.get(&tag.tag.reference()) == Some(&tag.object)).collect();
    let board = read(world.repository, world.remote, [channel], &trust(world))?;
    let pointed = board.pointers.get(channel).map(|found| &found.pointer.version);
    let old = outdated(&there, identifier, keep, pointed);
    if old.is_empty() {
        return Ok(Outcome::AlreadyDone("there are no older ones".to_owned()));
    }
    for tag in old {
        delete_releases(tag, plan, world)?;
        world.repository.take_back(world.remote, &tag.tag, &tag.object, None)?;
    }
    Ok(Outcome::Done)
}

/// Deletes what the forge has of a tag, as far as the tag's own plan made it.
fn delete_releases(tag: &TagFacts, plan: &Plan, world: &World<'_>) -> Result<(), Failure> {
    let name = tag.tag.to_string();
    for attempt in 0..LOOKS {
        if attempt > 0 {
            wait_for_lists(plan, world);
        }
        let releases = world.forge.releases()?;
        let of_tag = releases.iter().filter(|release| release.tag == name && facts(release).plan == tag.plan);
        let mut certain = true;
        for release in of_tag {
            certain &= matches!(world.forge.delete_release(release.id)?, Written::Yes(()));
        }
        if certain {
            return Ok(());
        }
    }
    Err(Failure::of(
        release_core::finding::Cause::Forge,
        format!("the old pre-release {name} could not be deleted"),
    ))
}
