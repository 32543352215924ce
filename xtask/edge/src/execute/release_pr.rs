//! The pull request that carries the stamp, where main takes no direct pushes. One branch and one pull request, brought up to date by
//! each run until it is merged.

use release_core::finding::Cause;
use release_core::identity::LineNumber;
use release_core::plan::{PATH, Plan};
use release_core::receipt::Outcome;

use crate::failure::Failure;
use crate::forge::{NewPullRequest, Written};
use crate::repository::RefUpdate;

use super::tag::make;
use super::{StepEnd, World};

/// The branch that carries the stamp of a release line's release, or of main's: each has one of its own, so that none waits for another.
#[must_use]
pub fn branch(line: Option<LineNumber>) -> String {
    line.map_or_else(|| "slipway/release".to_owned(), |line| format!("slipway/release-{line}"))
}

/// Makes sure that the pull request of this plan is open; goes on once it is merged.
pub(super) fn open(plan: &Plan, world: &World<'_>) -> Result<StepEnd, Failure> {
    if is_merged(plan, world)? {
        return Ok(StepEnd::Ended(Outcome::AlreadyDone("it is merged".to_owned())));
    }
    let branch = branch(world.facts.configuration.release.branches.line(&plan.branch));
    let reference = format!("refs/heads/{branch}");
    let open = held(world, &reference)?;
    // The date alone is no reason to move the branch: reviews and checks of the pull request would start again.
    if open.is_none_or(|open| !open.is_same_but_for_date(plan)) {
        let expected = world.repository.remote_refs(world.remote)?.get(&reference).cloned();
        let new = make(plan, world)?.commit;
        world.repository.push(world.remote, &[RefUpdate { reference, expected, new }])?;
    }
    let wanted = NewPullRequest {
        title: format!("Release {}", plan.tag()),
        body: plan.notes.clone(),
        head: branch.clone(),
        base: plan.branch.clone(),
    };
    if let Some(open) = world.forge.open_pull_request(&branch, &plan.branch)? {
        if open.title != wanted.title || open.body != wanted.body {
            world.forge.update_pull_request(open.number, &wanted)?;
        }
        return Ok(StepEnd::Waiting(open.url));
    }
    if let Written::Unknown(why) = world.forge.create_pull_request(&wanted)? {
        return Err(Failure::new(
            Cause::Forge,
            format!("it is not known whether the pull request was opened: {why}"),
            "run the release again; it looks first",
        ));
    }
    match world.forge.open_pull_request(&branch, &plan.branch)? {
        Some(open) => Ok(StepEnd::Waiting(open.url)),
        None => Err(Failure::new(
            Cause::Forge,
            format!("the forge does not show the pull request from `{branch}`"),
            "run the release again; it looks first",
        )),
    }
}

/// Whether the released branch holds this very plan.
fn is_merged(plan: &Plan, world: &World<'_>) -> Result<bool, Failure> {
    let merged = held(world, &format!("refs/heads/{}", plan.branch))?;
    Ok(merged.is_some_and(|merged| merged.id == plan.id))
}

/// The plan that a branch of the remote holds; none where it has none that this version of the tool can read.
fn held(world: &World<'_>, reference: &str) -> Result<Option<Plan>, Failure> {
    let file = world.repository.remote_file(world.remote, reference, PATH)?;
    Ok(file.content.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
