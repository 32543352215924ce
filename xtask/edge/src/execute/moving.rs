//! The tags of a channel's name: of Git, moved by a push with a lease, and of own images, by digest. The only tags that ever move, and
//! only forward.

use bundle_format::digest::Sha256Hex;
use release_core::channels::moving_tag;
use release_core::converge::{Following, following};
use release_core::finding::Cause;
use release_core::plan::{Action, Plan};
use release_core::receipt::Outcome;

use crate::channels::read;
use crate::failure::Failure;
use crate::repository::PushOutcome;

use super::World;
use super::pointer::trust;
use super::session::{LOOKS, Session};

/// Moves the Git tag of the channel's name to the release commit.
pub(super) fn tag(
    plan: &Plan,
    channel: &str,
    world: &World<'_>,
    session: &mut Session,
) -> Result<Outcome, Failure> {
    let commit = super::tag::commit_of_tag(plan, world)?;
    let reference = moving_tag(channel);
    for _ in 0..LOOKS {
        let at = world.repository.remote_refs(world.remote)?.get(&reference).cloned();
        if at.as_ref() == Some(&commit) {
            return Ok(Outcome::AlreadyDone("it is there".to_owned()));
        }
        session.following.remove(channel);
        if let Some(left) = left_alone(plan, channel, world, session)? {
            return Ok(left);
        }
        match world.repository.move_tag(world.remote, &reference, at.as_ref(), &commit) {
            Ok(PushOutcome::AlreadyThere) => return Ok(Outcome::AlreadyDone("it is there".to_owned())),
            Ok(PushOutcome::Done | PushOutcome::Appeared) => return Ok(Outcome::Done),
            // Another run was faster: look again.
            Err(failure) if failure.cause == Cause::Overtaken => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::new(
        Cause::Overtaken,
        format!("the tag `{channel}` moved {LOOKS} times while it was to follow {}", plan.tag()),
        "run the release again; it continues here",
    ))
}

/// Gives an own image the tag of the channel's name.
pub(super) fn image(
    plan: &Plan,
    (channel, image): (&str, &str),
    digest: &Sha256Hex,
    world: &World<'_>,
    session: &mut Session,
) -> Result<Outcome, Failure> {
    let found = world.registry.resolve(&[format!("{image}:{channel}")])?;
    if found.into_iter().flatten().any(|found| found.digest == *digest) {
        return Ok(Outcome::AlreadyDone("the tag has this digest".to_owned()));
    }
    if let Some(left) = left_alone(plan, channel, world, session)? {
        return Ok(left);
    }
    world.registry.tag(image, digest, channel)?;
    Ok(Outcome::Done)
}

/// Gives the tags of images back to a newer release, where another run let the channel follow to it while this one was under way: a
/// registry takes a tag from whoever comes last.
pub(super) fn give_back(plan: &Plan, channel: &str, world: &World<'_>) -> Result<(), Failure> {
    let mut moved: Vec<(&str, &Sha256Hex)> = Vec::new();
    for step in &plan.steps {
        if let Action::MoveImage { channel: of, image, digest } = &step.action
            && of == channel
        {
            moved.push((image, digest));
        }
    }
    if moved.is_empty() {
        return Ok(());
    }
    let at = world.repository.remote_refs(world.remote)?.get(&moving_tag(channel)).cloned();
    if at == Some(super::tag::commit_of_tag(plan, world)?) {
        return Ok(());
    }
    let Following::Newer(newer) = decide(plan, channel, world)? else { return Ok(()) };
    for (image, digest) in moved {
        let names = [format!("{image}:{channel}"), format!("{image}:v{newer}")];
        let found = world.registry.digests(&names)?;
        if let [Some(there), Some(wanted)] = found.as_slice()
            && there == digest
            && there != wanted
        {
            world.registry.tag(image, wanted, channel)?;
        }
    }
    Ok(())
}

/// Why the tags of a channel do not follow this release; none where they do.
fn left_alone(
    plan: &Plan,
    channel: &str,
    world: &World<'_>,
    session: &mut Session,
) -> Result<Option<Outcome>, Failure> {
    let decided = match session.following.get(channel) {
        Some(decided) => decided.clone(),
        None => decide(plan, channel, world)?,
    };
    session.following.insert(channel.to_owned(), decided.clone());
    Ok(match decided {
        Following::Follows => None,
        Following::Newer(version) => {
            Some(Outcome::AlreadyDone(format!("the channel is at the newer {version}")))
        }
        Following::Withdrawn => Some(Outcome::AlreadyDone("the release was withdrawn".to_owned())),
    })
}

fn decide(plan: &Plan, channel: &str, world: &World<'_>) -> Result<Following, Failure> {
    let board = read(world.repository, world.remote, [channel], &trust(world))?;
    let tagged = world.repository.remote_header(world.remote, &moving_tag(channel))?;
    let pointed = board.pointers.get(channel).map(|found| &found.pointer.version);
    let named = pointed.into_iter().chain(tagged.as_ref().map(|header| &header.version));
    Ok(following(named, &plan.version, &board.withdrawn))
}
