//! Which release the forge calls latest where two runs publish at the same time: the higher version, whoever is faster. Never takes
//! that name from a release that is not published, and asks the forge only where the remote has a higher tag.

use release_core::channels::is_withdrawn;
use release_core::finding::Cause;
use release_core::identity::Tag;
use release_core::plan::{Action, Plan};

use crate::channels::read;
use crate::failure::Failure;
use crate::forge::{Latest, Release, ReleaseEdit, Written};

use super::World;
use super::pointer::trust;
use super::session::{LOOKS, wait_for_lists};

/// The published stable release with the highest version above this plan's, by its number; none where there is none.
pub(super) fn above(plan: &Plan, world: &World<'_>) -> Result<Option<u64>, Failure> {
    let tags = world.repository.remote_refs(world.remote)?.version_tags();
    let is_above = |tag: &Tag| tag.version().pre.is_empty() && *tag.version() > plan.version;
    if !tags.keys().any(is_above) {
        return Ok(None);
    }
    // As it is now: what was withdrawn since this run began must not be called latest.
    let withdrawn = read(world.repository, world.remote, [], &trust(world))?.withdrawn;
    // The forge calls no pre-release latest, and refuses to be asked.
    let can_be = |release: &Release| !release.draft && !release.prerelease;
    let published = world.forge.releases()?.into_iter().filter(can_be);
    let above = published.filter_map(|release| Some((Tag::parse(&release.tag)?, release.id)));
    let counts = |tag: &Tag| is_above(tag) && !is_withdrawn(&withdrawn, tag.version());
    Ok(above.filter(|(tag, _)| counts(tag)).max().map(|(_, id)| id))
}

/// Gives the name back where this plan took it and a higher release was published meanwhile.
pub(super) fn give_back(plan: &Plan, world: &World<'_>) -> Result<(), Failure> {
    let takes = |action: &Action| matches!(action, Action::Publish { latest: true });
    if !plan.steps.iter().any(|step| takes(&step.action)) {
        return Ok(());
    }
    for attempt in 0..LOOKS {
        if attempt > 0 {
            wait_for_lists(plan, world);
        }
        let Some(id) = above(plan, world)? else { return Ok(()) };
        if world.forge.latest()? == Some(id) {
            return Ok(());
        }
        let edit = ReleaseEdit { page: None, latest: Latest::Yes };
        if let Written::Yes(_) = world.forge.edit_release(id, &edit)? {
            return Ok(());
        }
    }
    Err(Failure::of(
        Cause::Forge,
        format!("the release above {} could not be made the latest one", plan.tag()),
    ))
}
