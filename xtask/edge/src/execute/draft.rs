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
///
/// The forge has no look-up that finds a draft, and says nothing about where its list shows one: the only sound look is the whole
/// list, a request for each hundred releases. The run has read it once before it began; that one counts as the first look.
pub(super) fn draft(plan: &Plan, world: &World<'_>, session: &mut Session) -> Result<Outcome, Failure> {
    let seen = decide(&world.facts.releases, plan);
    if let Some(known) = known(&seen, plan, world)? {
        let outcome = adopted(&known);
        session.release = Some(known);
        return Ok(outcome);
    }
    let mut creations = 0;
    // Drafts of a plan are made after its tag: where this run pushed that, what it saw before is all there can be. A draft of an
    // earlier run may exist and not be listed yet; creating another too soon would leave two.
    let mut looks = match seen {
        DraftMove::Create if session.tagged_now => 0,
        DraftMove::Create => {
            wait_for_lists(plan, world);
            LOOKS - 1
        }
        DraftMove::Adopt { .. } | DraftMove::Foreign(_) => LOOKS,
    };
    loop {
        if let Some(listed) = listed(looks, plan, world)? {
            let outcome = if creations == 0 { adopted(&listed) } else { Outcome::Done };
            session.release = Some(listed);
            return Ok(outcome);
        }
        if creations == LOOKS {
            return Err(Failure::new(
                Cause::Forge,
                format!("the draft of {} could not be created in {LOOKS} attempts", plan.tag()),
                "run the release again; it continues here",
            ));
        }
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
}

/// The plan's release in the forge's list, looked for this often; surplus drafts of it are deleted.
fn listed(looks: u32, plan: &Plan, world: &World<'_>) -> Result<Option<Release>, Failure> {
    for look in 0..looks {
        if look > 0 {
            wait_for_lists(plan, world);
        }
        let releases = world.forge.releases()?;
        match decide(&releases.iter().map(facts).collect::<Vec<_>>(), plan) {
            DraftMove::Foreign(id) => return Err(foreign(plan, id)),
            DraftMove::Adopt { keep, delete } => {
                delete_drafts(&delete, world)?;
                return Ok(releases.into_iter().find(|release| release.id == keep));
            }
            DraftMove::Create => {}
        }
    }
    Ok(None)
}

/// The plan's only release among those that the run has seen, read again by its number: somebody may have published or deleted it
/// since. None where there is none, or where the list has to be looked at anew.
fn known(seen: &DraftMove, plan: &Plan, world: &World<'_>) -> Result<Option<Release>, Failure> {
    let DraftMove::Adopt { keep, delete } = seen else { return Ok(None) };
    if !delete.is_empty() {
        return Ok(None);
    }
    let now = world.forge.release(*keep)?;
    let only = |release: &Release| {
        decide(&[facts(release)], plan) == DraftMove::Adopt { keep: *keep, delete: Vec::new() }
    };
    Ok(now.filter(only))
}

fn adopted(release: &Release) -> Outcome {
    let state = if release.draft { "a draft" } else { "published" };
    Outcome::AlreadyDone(format!("release {} is {state}", release.id))
}

/// The plan's published release, where another run was faster to publish one; the draft of this run is deleted then.
pub(super) fn published(plan: &Plan, world: &World<'_>) -> Result<Option<Release>, Failure> {
    Ok(listed(1, plan, world)?.filter(|release| !release.draft))
}

/// Deletes what is left of creations whose answers were lost: drafts of this plan beside its published release.
pub(super) fn fold(plan: &Plan, world: &World<'_>, session: &Session) -> Result<(), Failure> {
    if !session.doubtful {
        return Ok(());
    }
    let releases = world.forge.releases()?;
    if let DraftMove::Adopt { delete, .. } = decide(&releases.iter().map(facts).collect::<Vec<_>>(), plan) {
        delete_drafts(&delete, world)?;
    }
    Ok(())
}

/// Deletes what is a draft now: a list may lag, and what it still shows as one may have been published since.
fn delete_drafts(ids: &[u64], world: &World<'_>) -> Result<(), Failure> {
    for id in ids {
        if world.forge.release(*id)?.is_some_and(|release| release.draft) {
            world.forge.delete_release(*id)?;
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
