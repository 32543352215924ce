//! Gives up a release that is tagged and not published: its drafts, its tag, and the stamp on the branch. A published release is never
//! touched; it is withdrawn, not deleted.

use release_core::config::release::Mode;
use release_core::facts::{ReleaseFacts, TagFacts};
use release_core::finding::Cause;
use release_core::identity::{ObjectId, Tag};
use release_core::plan::{Header, PATH, Plan, PlanId};

use crate::clock::Clock;
use crate::execute::release_facts;
use crate::failure::Failure;
use crate::forge::Forge;
use crate::gather::ABANDONED;
use crate::repository::{Authorship, BranchMove, RefUpdate, RemoteAccess, RemoteRefs, Repository};

/// What giving up works on.
pub struct Scene<'a> {
    /// The local clone.
    pub repository: &'a Repository,
    /// How its remote is reached.
    pub remote: &'a RemoteAccess,
    /// The forge.
    pub forge: &'a dyn Forge,
    /// Time.
    pub clock: &'a dyn Clock,
}

/// What was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// The drafts with these numbers, the tag, and the stamp where a branch had it.
    Done(Vec<u64>),
    /// There is no such tag: it was given up before, or never made.
    NothingThere,
}

/// Gives up the release of a tag.
///
/// # Errors
///
/// [`Cause::ReleaseForeign`] where the release is published or the tag is not of a plan; otherwise what Git or the forge said.
pub fn abandon(tag: &Tag, scene: &Scene<'_>) -> Result<Abandoned, Failure> {
    let source = scene.repository.source()?;
    let references = scene.repository.remote_refs(scene.remote)?;
    let tags = scene.repository.tags_with_pushed(&source.id, &references)?;
    let local = tags.into_iter().find(|local| local.tag == *tag);
    let (facts, object) = match (local, references.get(&tag.reference())) {
        (Some(local), Some(remote)) if local.object == *remote => (local, remote.clone()),
        (Some(local), None) => (local.clone(), local.object),
        (_, None) => return merged_only(tag, &references, scene),
        (_, Some(_)) => {
            return Err(Failure::new(
                Cause::TagElsewhere,
                format!("this clone does not have the tag {tag} as the remote has it"),
                "run `git fetch --tags --force`, then run this again",
            ));
        }
    };
    let plan = plan_of(&facts, scene)?;
    let drafts = drafts(&plan, scene)?;
    for id in &drafts {
        scene.forge.delete_release(*id)?;
    }
    let head = references.get(&format!("refs/heads/{}", plan.branch)).cloned();
    let branch = undoing(&plan, &facts.commit, head, scene)?;
    if plan.mode == Mode::ReleasePr {
        remember(&plan.id, &facts.commit, &references, scene)?;
    }
    let taken = scene.repository.take_back(scene.remote, tag, &object, branch.as_ref());
    match taken {
        // A branch that takes pull requests only keeps the stamp; the remote remembers that it was given up.
        Err(refused) if refused.cause == Cause::PushRefused && plan.mode == Mode::ReleasePr => {
            scene.repository.take_back(scene.remote, tag, &object, None)?;
        }
        taken => {
            taken?;
        }
    }
    Ok(Abandoned::Done(drafts))
}

/// A stamp that was merged and never tagged: nothing is to be deleted, but the next run would begin its release.
fn merged_only(tag: &Tag, references: &RemoteRefs, scene: &Scene<'_>) -> Result<Abandoned, Failure> {
    let head = scene.repository.source()?.id;
    let file = scene.repository.file(&head, PATH)?;
    let header = file.as_ref().and_then(|file| Header::read(file.content.as_text()?));
    let given_up = |header: &Header| references.get(&format!("{ABANDONED}{}", header.id)).is_some();
    match header.filter(|header| header.mode == Mode::ReleasePr && header.tag() == *tag) {
        Some(header) if given_up(&header) => Ok(Abandoned::NothingThere),
        Some(header) => {
            remember(&header.id, &head, references, scene)?;
            Ok(Abandoned::Done(Vec::new()))
        }
        None => Ok(Abandoned::NothingThere),
    }
}

/// Remembers on the remote that a merged plan was given up. The branch itself may only be changed by a pull request, which takes the
/// stamp back when somebody finds the time.
fn remember(
    plan: &PlanId,
    stamp: &ObjectId,
    references: &RemoteRefs,
    scene: &Scene<'_>,
) -> Result<(), Failure> {
    let reference = format!("{ABANDONED}{plan}");
    if references.get(&reference).is_none() {
        let update = RefUpdate { reference, expected: None, new: stamp.clone() };
        scene.repository.push(scene.remote, &[update])?;
    }
    Ok(())
}

fn plan_of(tag: &TagFacts, scene: &Scene<'_>) -> Result<Plan, Failure> {
    let file = scene.repository.file(&tag.commit, PATH)?;
    let plan = file.as_ref().and_then(|file| serde_json::from_str(file.content.as_text()?).ok());
    plan.filter(|plan: &Plan| tag.plan.as_ref() == Some(&plan.id)).ok_or_else(|| {
        Failure::new(
            Cause::ReleaseForeign,
            format!("the tag {} is not of a plan that this version of the tool can read", tag.tag),
            format!("if it was made by mistake, delete it with `git push --delete origin {}`", tag.tag),
        )
    })
}

/// The numbers of the plan's drafts; a published release stops it.
fn drafts(plan: &Plan, scene: &Scene<'_>) -> Result<Vec<u64>, Failure> {
    let releases: Vec<ReleaseFacts> = scene.forge.releases()?.iter().map(release_facts).collect();
    let ours = || releases.iter().filter(|release| release.plan.as_ref() == Some(&plan.id));
    if let Some(published) = ours().find(|release| !release.draft) {
        return Err(Failure::new(
            Cause::ReleaseForeign,
            format!("{} is published as release number {}", plan.tag(), published.id),
            "a published release stays: release the next version with the mistake mended",
        ));
    }
    Ok(ours().map(|release| release.id).collect())
}

/// The move of the branch that undoes the stamp; none where no branch has it.
fn undoing(
    plan: &Plan,
    stamp: &ObjectId,
    head: Option<ObjectId>,
    scene: &Scene<'_>,
) -> Result<Option<BranchMove>, Failure> {
    // A merged stamp is undone on the branch too: left there, the next run would take it up again.
    let (Mode::Push | Mode::ReleasePr, Some(head)) = (plan.mode, head) else { return Ok(None) };
    // Undone before, by an earlier run or by a person: the branch holds another plan, or none.
    let held = scene.repository.remote_file(scene.remote, &format!("refs/heads/{}", plan.branch), PATH)?;
    let holds = held.content.and_then(|bytes| serde_json::from_slice::<Plan>(&bytes).ok());
    if holds.is_none_or(|held| held.id != plan.id) {
        return Ok(None);
    }
    let by = Authorship { identity: plan.identity.clone(), time: scene.clock.now() };
    let message = format!("Abandon {}\n\nPlan: {}\n", plan.tag(), plan.id);
    let new = scene.repository.undoing_commit(&head, stamp, &by, &message)?;
    Ok(Some(BranchMove { branch: plan.branch.clone(), old: head, new }))
}
