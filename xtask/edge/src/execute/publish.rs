//! Publishing, the one commit point, and the look at the result from outside.

use bundle_format::digest::Sha256Hex;
use release_core::facts::Visibility;
use release_core::finding::Cause;
use release_core::plan::Plan;
use release_core::receipt::Outcome;

use crate::failure::Failure;
use crate::forge::{Latest, Written};

use super::World;
use super::session::{LOOKS, Session, wait_for_lists};
use super::{leading, signature};

/// Publishes the draft. The tag must still be ours: publishing without one would make the forge invent it.
pub(super) fn publish(
    plan: &Plan,
    latest: bool,
    world: &World<'_>,
    session: &mut Session,
) -> Result<Outcome, Failure> {
    let release = session.release(plan, world)?;
    if !release.draft {
        return Ok(Outcome::AlreadyDone("it is published".to_owned()));
    }
    super::tag::require_ours(plan, world)?;
    let latest = if latest && leading::above(plan, world)?.is_none() { Latest::Yes } else { Latest::No };
    for attempt in 0..LOOKS {
        if attempt > 0 {
            wait_for_lists(plan, world);
        }
        match world.forge.publish(release.id, latest)? {
            Written::Yes(published) if !published.draft => {
                session.release = Some(published);
                return Ok(Outcome::Done);
            }
            Written::Exists => {
                if let Some(published) = super::draft::published(plan, world)? {
                    session.release = Some(published);
                    return Ok(Outcome::AlreadyDone("another run published it".to_owned()));
                }
            }
            Written::Yes(_) | Written::Unknown(_) => {}
        }
        match world.forge.release(release.id)? {
            Some(found) if !found.draft => {
                session.release = Some(found);
                return Ok(Outcome::Done);
            }
            Some(_) => {}
            None => break,
        }
    }
    Err(Failure::new(
        Cause::Forge,
        format!("the draft of {} could not be published", plan.tag()),
        "run the release again; it continues here",
    ))
}

/// Downloads every asset as those who may see the release do, and compares it with the plan: of a public repository as anybody does,
/// of a private one with the token, because to everybody else its assets do not exist.
pub(super) fn verify(plan: &Plan, world: &World<'_>, session: &mut Session) -> Result<Outcome, Failure> {
    let release = session.release(plan, world)?;
    super::draft::fold(plan, world, session)?;
    leading::give_back(plan, world)?;
    session.assets = Some(world.forge.assets(release.id)?);
    for asset in session.assets.iter().flatten() {
        let content = match world.facts.visibility {
            Visibility::Public => world.forge.download(asset)?,
            Visibility::Private => world.forge.read_asset(asset)?,
        };
        if !is_planned(&asset.name, &content, plan, world)? {
            return Err(Failure::new(
                Cause::PublishedDiffers,
                format!("what is downloaded as `{}` is not what was released", asset.name),
                "nothing points at the release yet: compare the asset with `cargo xtask verify`, and withdraw the release",
            ));
        }
    }
    if session.assets.iter().flatten().count() == plan.assets.len() + plan.signature.iter().count() {
        return Ok(Outcome::Done);
    }
    Err(Failure::of(Cause::PublishedDiffers, format!("the published release of {} lacks assets", plan.tag())))
}

/// Whether what was downloaded is an asset of the plan, or its signature.
fn is_planned(name: &str, content: &[u8], plan: &Plan, world: &World<'_>) -> Result<bool, Failure> {
    if let Some(signature) = plan.signature.as_ref().filter(|signature| signature.name == name) {
        return signature::is_proven(signature, plan, world, content);
    }
    let wanted = plan.assets.iter().find(|wanted| wanted.name == name);
    Ok(wanted.is_some_and(|wanted| Sha256Hex::of(content) == wanted.sha256))
}
