//! Uploads: one asset after the other into the draft, each read back. Deletes by number only, and only in a draft.

use release_core::converge::{AssetMove, asset as decide, surplus};
use release_core::finding::Cause;
use release_core::plan::{Asset, Plan};
use release_core::receipt::Outcome;

use crate::failure::Failure;
use crate::forge::{NewAsset, Release};

use super::World;
use super::assets::read;
use super::session::{LOOKS, Session, wait_for_lists};
use super::signature;

/// Makes sure that one asset is in the release, whole.
pub(super) fn upload(
    plan: &Plan,
    name: &str,
    world: &World<'_>,
    session: &mut Session,
) -> Result<Outcome, Failure> {
    let release = session.release(plan, world)?;
    for attempt in 0..=LOOKS {
        let wanted = &wanted(plan, name, &release, world, session)?;
        let mut found = decide(&session.assets(release.id, world)?, wanted);
        if let AssetMove::Compare(_) = found {
            found = decide(&session.compare(std::slice::from_ref(wanted), world)?, wanted);
        }
        match found {
            AssetMove::Keep if attempt == 0 => {
                return Ok(Outcome::AlreadyDone("the forge has it with the right digest".to_owned()));
            }
            AssetMove::Keep => return Ok(Outcome::Done),
            _ if !release.draft => return Err(differs(plan, &[name.to_owned()])),
            AssetMove::Replace(id) | AssetMove::Compare(id) => {
                world.forge.delete_asset(id)?;
                send(wanted, plan, &release, world, session)?;
            }
            AssetMove::Send => send(wanted, plan, &release, world, session)?,
        }
        if attempt > 0 {
            wait_for_lists(plan, world);
        }
    }
    Err(Failure::new(
        Cause::Forge,
        format!("the asset `{name}` did not arrive whole in {LOOKS} attempts"),
        "run the release again; it continues here",
    ))
}

/// How an asset has to be. Of the signature only a look at the release says that.
fn wanted(
    plan: &Plan,
    name: &str,
    release: &Release,
    world: &World<'_>,
    session: &mut Session,
) -> Result<Asset, Failure> {
    let planned = plan.assets.iter().find(|asset| asset.name == name).cloned();
    let all =
        planned.map_or_else(|| signature::wanted(plan, release.id, world, session), |it| Ok(vec![it]))?;
    all.into_iter().find(|asset| asset.name == name).ok_or_else(|| {
        Failure::of(Cause::Internal, format!("the plan has a step for the asset `{name}` but no such asset"))
    })
}

/// Sends an asset. Whatever the answer says, the next look at the list decides.
fn send(
    wanted: &Asset,
    plan: &Plan,
    release: &Release,
    world: &World<'_>,
    session: &mut Session,
) -> Result<(), Failure> {
    let content = match plan.signature.as_ref().filter(|signature| signature.name == wanted.name) {
        Some(signature) => signature::local(signature, plan, world)?,
        None => read(plan, wanted, world)?,
    };
    let asset = NewAsset { name: &wanted.name, content_type: &wanted.content_type, content: &content };
    session.assets = None;
    world.forge.upload(release, &asset)?;
    Ok(())
}

/// Requires the release to have exactly the plan's assets.
pub(super) fn verify_set(plan: &Plan, world: &World<'_>, session: &mut Session) -> Result<Outcome, Failure> {
    let release = session.release(plan, world)?;
    session.assets = None;
    session.assets(release.id, world)?;
    let wanted = signature::wanted(plan, release.id, world, session)?;
    let wrong = surplus(&session.compare(&wanted, world)?, &wanted);
    match (wrong.is_empty(), release.draft) {
        (true, true) => Ok(Outcome::Done),
        (true, false) => Ok(Outcome::AlreadyDone("it is published".to_owned())),
        (false, _) => Err(differs(plan, &wrong)),
    }
}

fn differs(plan: &Plan, names: &[String]) -> Failure {
    let names: Vec<String> =
        names.iter().map(|name| format!("`{}`", release_core::untrusted::terminal_line(name))).collect();
    Failure::new(
        Cause::PublishedDiffers,
        format!(
            "the release of {} does not have exactly the plan's assets: {}",
            plan.tag(),
            names.join(", ")
        ),
        "delete what does not belong there from the draft and run again; a published release is withdrawn, never changed",
    )
}
