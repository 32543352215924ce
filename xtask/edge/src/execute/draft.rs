//! The draft release: found by the plan's id, created once, surplus ones deleted by number.

use release_core::converge::{DraftMove, draft as decide};
use release_core::finding::Cause;
use release_core::plan::Plan;
use release_core::receipt::Outcome;

use crate::failure::Failure;
use crate::forge::{NewRelease, Release, Written};

use super::World;
use super::session::{LOOKS, Session, facts, foreign, wait_for_lists};

/// Makes sure that exactly one release of the plan is there.
pub(super) fn draft(plan: &Plan, world: &World<'_>, session: &mut Session) -> Result<Outcome, Failure> {
    // A draft of an earlier run may exist and not be listed yet; creating another too soon would leave two.
    let mut looks = if session.tagged_now { 1 } else { LOOKS };
    let mut creations = 0;
    loop {
        let releases = world.forge.releases()?;
        match decide(&releases.iter().map(facts).collect::<Vec<_>>(), plan) {
            DraftMove::Foreign(id) => return Err(foreign(plan, id)),
            DraftMove::Adopt { keep, delete } => {
                for id in delete {
                    world.forge.delete_release(id)?;
                }
                let kept = releases.into_iter().find(|release| release.id == keep);
                let state = kept
                    .as_ref()
                    .map_or("there", |release| if release.draft { "a draft" } else { "published" });
                session.release = kept;
                return Ok(if creations == 0 {
                    Outcome::AlreadyDone(format!("release {keep} is {state}"))
                } else {
                    Outcome::Done
                });
            }
            DraftMove::Create if looks > 1 => {
                looks -= 1;
                wait_for_lists(plan, world);
            }
            DraftMove::Create if creations < LOOKS => {
                creations += 1;
                match world.forge.create_draft(&request(plan, world)?)? {
                    Written::Yes(release) => {
                        require_ours(plan, &release)?;
                        session.release = Some(release);
                        session.assets = Some(Vec::new());
                        return Ok(Outcome::Done);
                    }
                    Written::Exists | Written::Unknown(_) => {
                        session.doubtful = true;
                        looks = LOOKS;
                    }
                }
            }
            DraftMove::Create => {
                return Err(Failure::new(
                    Cause::Forge,
                    format!("the draft of {} could not be created in {LOOKS} attempts", plan.tag()),
                    "run the release again; it continues here",
                ));
            }
        }
    }
}

/// Deletes what is left of creations whose answers were lost: drafts of this plan beside its published release.
pub(super) fn fold(plan: &Plan, world: &World<'_>, session: &Session) -> Result<(), Failure> {
    if !session.doubtful {
        return Ok(());
    }
    let releases = world.forge.releases()?;
    if let DraftMove::Adopt { delete, .. } = decide(&releases.iter().map(facts).collect::<Vec<_>>(), plan) {
        for id in delete {
            world.forge.delete_release(id)?;
        }
    }
    Ok(())
}

fn request(plan: &Plan, world: &World<'_>) -> Result<NewRelease, Failure> {
    let target = super::tag::commit_of_tag(plan, world)?;
    Ok(NewRelease {
        tag: plan.tag().to_string(),
        target,
        name: format!("{} {}", plan.product, plan.tag()),
        body: plan.notes.clone(),
        prerelease: plan.is_prerelease(),
    })
}

fn require_ours(plan: &Plan, release: &Release) -> Result<(), Failure> {
    if facts(release).plan.as_ref() == Some(&plan.id) && release.draft {
        return Ok(());
    }
    Err(Failure::new(
        Cause::Forge,
        format!("the forge did not keep the draft of {} as it was sent", plan.tag()),
        "look at the draft on the release page, delete it, and run the release again",
    ))
}
