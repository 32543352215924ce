//! The release commit and its annotated tag: made from the plan alone, so every run makes the same objects, and pushed together or
//! not at all.

use release_core::config::release::Mode;
use release_core::facts::TagFacts;
use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_core::plan::{PATH, Plan};
use release_core::receipt::Outcome;
use release_core::stamp;

use crate::failure::Failure;
use crate::repository::{Annotation, Authorship, BranchMove, Edit, LocalMove, PushOutcome, RefUpdate};

use super::session::Session;
use super::{World, crash};

/// The objects of a release.
pub(super) struct Objects {
    /// The release commit, a child of the source commit.
    pub(super) commit: ObjectId,
    /// The annotated tag.
    pub(super) tag: ObjectId,
}

/// Pushes tag and, where the mode says so, branch.
pub(super) fn push(plan: &Plan, world: &World<'_>, session: &mut Session) -> Result<Outcome, Failure> {
    let overtaken = |failure| overtaken(failure, plan, world);
    if on_remote(plan, world).map_err(overtaken)? {
        if local(plan, world)?.is_none() {
            let objects = make(plan, world)?;
            follow(plan, &objects, world, session)?;
        }
        return Ok(Outcome::AlreadyDone("the remote has the tag of this plan".to_owned()));
    }
    let objects = make(plan, world)?;
    let mut updates =
        vec![RefUpdate { reference: plan.tag().reference(), expected: None, new: objects.tag.clone() }];
    updates.extend(moved(plan, &objects).into_iter().map(|branch| RefUpdate {
        reference: format!("refs/heads/{}", branch.branch),
        expected: Some(branch.old),
        new: branch.new,
    }));
    let outcome = world.repository.push(world.remote, &updates).map_err(overtaken)?;
    crash::within("push-tag");
    follow(plan, &objects, world, session)?;
    session.tagged_now = outcome == PushOutcome::Done;
    Ok(match outcome {
        PushOutcome::Done | PushOutcome::Appeared => Outcome::Done,
        PushOutcome::AlreadyThere => Outcome::AlreadyDone("the remote has them".to_owned()),
    })
}

/// Tells a tag that another run of this tool made since this one began from a tag that somebody put there: running again is enough.
fn overtaken(failure: Failure, plan: &Plan, world: &World<'_>) -> Failure {
    let tag = plan.tag();
    if failure.cause != Cause::TagElsewhere || world.facts.repository.remote_tags.contains_key(&tag) {
        return failure;
    }
    if !matches!(world.repository.remote_plan(world.remote, &tag), Ok(Some(_))) {
        return failure;
    }
    Failure::new(
        Cause::Overtaken,
        format!("another run made the tag {tag} while this one was under way"),
        "nothing was changed: run `git pull --tags`, then run again; it finishes that release, or finds it finished",
    )
}

/// The branch that moves with the tag, where the mode says so.
fn moved(plan: &Plan, objects: &Objects) -> Option<BranchMove> {
    (plan.mode == Mode::Push).then(|| BranchMove {
        branch: plan.branch.clone(),
        old: plan.source.clone(),
        new: objects.commit.clone(),
    })
}

/// Brings the clone to where the remote is; a run that was stopped after its push may not have come to it.
fn follow(plan: &Plan, objects: &Objects, world: &World<'_>, session: &mut Session) -> Result<(), Failure> {
    let followed = world.repository.follow(&plan.tag(), &objects.tag, moved(plan, objects).as_ref())?;
    for local in [Some(followed.tag), followed.branch].into_iter().flatten() {
        if let LocalMove::LeftAlone(why) = local {
            session.notes.push(why);
        }
    }
    Ok(())
}

/// The clone's own tag of this plan.
fn local(plan: &Plan, world: &World<'_>) -> Result<Option<TagFacts>, Failure> {
    let tags = world.repository.tags(&plan.source)?;
    Ok(tags.into_iter().find(|local| local.plan.as_ref() == Some(&plan.id)))
}

/// Makes the release commit and the tag object, which no reference names yet.
pub(super) fn make(plan: &Plan, world: &World<'_>) -> Result<Objects, Failure> {
    let by = Authorship { identity: plan.identity.clone(), time: plan.date };
    let annotation = Annotation { plan: plan.id.clone(), source: plan.source.clone() };
    let mut contents: Vec<(&str, Vec<u8>)> = Vec::new();
    for edit in &plan.edits {
        contents.push((&edit.path, edited(plan, edit, world)?));
    }
    contents.push((PATH, plan.to_json().into_bytes()));
    let edits: Vec<Edit<'_>> =
        contents.iter().map(|(path, content)| Edit { path, content, executable: None }).collect();
    let message = annotation.message(&plan.tag());
    let commit = world.repository.release_commit(&plan.source, &edits, &by, &message)?;
    let tag = world.repository.annotated_tag(&plan.tag(), &commit, &annotation, &by)?;
    Ok(Objects { commit, tag })
}

fn edited(plan: &Plan, edit: &release_core::plan::FileEdit, world: &World<'_>) -> Result<Vec<u8>, Failure> {
    let before = world.repository.file(&plan.source, &edit.path)?;
    let before = before
        .map(|file| release_core::bundle::assets::bytes_of(&edit.path, &file.content))
        .transpose()
        .map_err(|error| Failure::of(Cause::Internal, error.to_string()))?;
    stamp::apply(edit, before.as_deref()).map_err(|error| {
        Failure::new(
            Cause::PlanStale,
            format!("`{}`: {error}", edit.path),
            "plan again from the commit that is released",
        )
    })
}

/// Whether the remote has the tag of this plan; a tag of that name by anybody else is a conflict.
pub(super) fn on_remote(plan: &Plan, world: &World<'_>) -> Result<bool, Failure> {
    let tag = plan.tag();
    let references = world.repository.remote_refs(world.remote)?;
    let Some(remote) = references.get(&tag.reference()) else { return Ok(false) };
    let local = world.repository.tags(&plan.source)?.into_iter().find(|local| local.object == *remote);
    let ours = match local {
        Some(local) => local.plan.as_ref() == Some(&plan.id),
        None => make(plan, world)?.tag == *remote,
    };
    if ours {
        return Ok(true);
    }
    Err(Failure::new(
        Cause::TagElsewhere,
        format!("the tag {tag} exists on the remote as {} and is not of this plan", remote.short()),
        "tags never move: find out who made it, then delete it or release the next version",
    ))
}

/// Requires the remote to have the tag of this plan.
pub(super) fn require_ours(plan: &Plan, world: &World<'_>) -> Result<(), Failure> {
    if on_remote(plan, world)? {
        return Ok(());
    }
    Err(Failure::new(
        Cause::TagElsewhere,
        format!("the tag {} is gone from the remote", plan.tag()),
        "nothing was published: if the release was given up on purpose, start a new one; otherwise push the tag again",
    ))
}

/// The commit that the plan's tag leads to.
pub(super) fn commit_of_tag(plan: &Plan, world: &World<'_>) -> Result<ObjectId, Failure> {
    match local(plan, world)? {
        Some(local) => Ok(local.commit),
        None => Ok(make(plan, world)?.commit),
    }
}
