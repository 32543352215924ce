//! The copy of a channel's pointer in a bucket, after the pointer itself has moved.

use release_core::plan::Plan;
use release_core::receipt::Outcome;

use crate::channels::{Copies, Following, Foreign};
use crate::failure::Failure;

use super::World;
use super::pointer::trust;

/// Requires that the bucket can be written to, as long as nothing of the release is public: afterwards a bucket that fails keeps nothing back
/// but the copy.
pub(super) fn prove(plan: &Plan, world: &World<'_>) -> Result<(), Failure> {
    let begun = world.facts.repository.remote_tags.contains_key(&plan.tag());
    match world.bucket.filter(|_| world.facts.copied_to().is_some() && !begun) {
        Some(bucket) => bucket.prove(),
        None => Ok(()),
    }
}

/// Copies what the branch says of a channel, be it of this release or of a newer one.
pub(super) fn copy(plan: &Plan, channel: &str, world: &World<'_>) -> Result<Outcome, Failure> {
    let Some((bucket, place)) = world.bucket.zip(world.facts.copied_to()) else {
        return Ok(Outcome::AlreadyDone("the configuration names no bucket any more".to_owned()));
    };
    let copies = Copies { bucket, place, product: &plan.product, trust: &trust(world) };
    let following = copies.follow(channel, (world.repository, world.remote), Foreign::Stays)?;
    Ok(match following {
        Following::Written(_) => Outcome::Done,
        Following::Already => Outcome::AlreadyDone("the bucket has what the branch has".to_owned()),
        Following::Nothing => Outcome::AlreadyDone("the branch has no pointer of the channel".to_owned()),
    })
}
