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

/// A release that can be given up, and all that goes with it. Finding it changes nothing.
#[derive(Clone, Debug)]
pub struct Begun {
    tag: Tag,
    plan: PlanId,
    /// The drafts by their numbers.
    drafts: Vec<u64>,
    tagged: Option<Tagged>,
    /// The stamp to be remembered as given up, where a pull request brought it in.
    merged: Option<ObjectId>,
    references: RemoteRefs,
}

/// What the tag leads to.
#[derive(Clone, Debug)]
struct Tagged {
    object: ObjectId,
    stamp: ObjectId,
    plan: Box<Plan>,
    /// The head of the branch, where it has the stamp.
    head: Option<ObjectId>,
    on_remote: bool,
}

impl Begun {
    /// The drafts that go, by their numbers.
    #[must_use]
    pub fn drafts(&self) -> &[u64] {
        &self.drafts
    }

    /// Everything that giving up deletes and pushes, one line each.
    #[must_use]
    pub fn consequences(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.drafts.iter().map(|id| format!("deletes the draft number {id} of {}", self.tag)).collect();
        if let Some(tagged) = &self.tagged {
            let place =
                if tagged.on_remote { "on the remote and here" } else { "here; the remote has it no more" };
            lines.push(format!("deletes the tag {} ({}) {place}", self.tag, tagged.object.short()));
            if tagged.head.is_some() {
                let branch = &tagged.plan.branch;
                lines
                    .push(format!("pushes a commit to `{branch}` that takes the stamp of {} back", self.tag));
            }
        }
        if self.merged.is_some() {
            lines.push(format!(
                "pushes `{ABANDONED}{}`, which remembers that this plan was given up",
                self.plan
            ));
        }
        lines
    }
}

/// Looks for what giving up the release of a tag would undo; none where there is no such tag: it was given up before, or never made.
///
/// # Errors
///
/// [`Cause::ReleaseForeign`] where the release is published or the tag is not of a plan; otherwise what Git or the forge said.
pub fn find(tag: &Tag, scene: &Scene<'_>) -> Result<Option<Begun>, Failure> {
    let source = scene.repository.source()?;
    let references = scene.repository.remote_refs(scene.remote)?;
    let tags = scene.repository.tags_with_pushed(&source.id, &references)?;
    let local = tags.into_iter().find(|local| local.tag == *tag);
    let (facts, on_remote) = match (local, references.get(&tag.reference())) {
        (Some(local), Some(remote)) if local.object == *remote => (local, true),
        (Some(local), None) => (local, false),
        (_, None) => return merged_only(tag, references, scene),
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
    let head = stamped(&plan, &references, scene)?;
    let merged = (plan.mode == Mode::ReleasePr).then(|| facts.commit.clone());
    let (id, stamp, object) = (plan.id.clone(), facts.commit, facts.object);
    let tagged = Some(Tagged { object, stamp, plan: Box::new(plan), head, on_remote });
    Ok(Some(Begun { tag: tag.clone(), plan: id, drafts, tagged, merged, references }))
}

/// Gives up a release that was found.
///
/// # Errors
///
/// What Git or the forge said.
pub fn abandon(begun: &Begun, scene: &Scene<'_>) -> Result<(), Failure> {
    for id in &begun.drafts {
        scene.forge.delete_release(*id)?;
    }
    let Some(tagged) = &begun.tagged else { return remembered(begun, scene) };
    let branch = tagged.head.as_ref().map(|head| undoing(tagged, head, scene)).transpose()?;
    remembered(begun, scene)?;
    let (tag, object) = (&begun.tag, &tagged.object);
    match scene.repository.take_back(scene.remote, tag, object, branch.as_ref()) {
        // A branch that takes pull requests only keeps the stamp; the remote remembers that it was given up.
        Err(refused) if refused.cause == Cause::PushRefused && begun.merged.is_some() => {
            scene.repository.take_back(scene.remote, tag, object, None)?;
        }
        taken => {
            taken?;
        }
    }
    Ok(())
}

/// A stamp that was merged and never tagged: nothing is to be deleted, but the next run would begin its release.
fn merged_only(tag: &Tag, references: RemoteRefs, scene: &Scene<'_>) -> Result<Option<Begun>, Failure> {
    let head = scene.repository.source()?.id;
    let file = scene.repository.file(&head, PATH)?;
    let header = file.as_ref().and_then(|file| Header::read(file.content.as_text()?));
    let given_up = |header: &Header| references.get(&format!("{ABANDONED}{}", header.id)).is_some();
    let merged = header.filter(|header| header.mode == Mode::ReleasePr && header.tag() == *tag);
    let Some(header) = merged.filter(|header| !given_up(header)) else { return Ok(None) };
    let (tag, plan) = (tag.clone(), header.id);
    Ok(Some(Begun { tag, plan, drafts: Vec::new(), tagged: None, merged: Some(head), references }))
}

/// Remembers on the remote that a merged plan was given up. The branch itself may only be changed by a pull request, which takes the
/// stamp back when somebody finds the time.
fn remembered(begun: &Begun, scene: &Scene<'_>) -> Result<(), Failure> {
    let Some(stamp) = &begun.merged else { return Ok(()) };
    let reference = format!("{ABANDONED}{}", begun.plan);
    if begun.references.get(&reference).is_none() {
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

/// The head of the branch, where it has the plan's stamp.
fn stamped(plan: &Plan, references: &RemoteRefs, scene: &Scene<'_>) -> Result<Option<ObjectId>, Failure> {
    // A merged stamp is undone on the branch too: left there, the next run would take it up again.
    let (Mode::Push | Mode::ReleasePr, Some(head)) = (plan.mode, references.branch(&plan.branch)) else {
        return Ok(None);
    };
    // Undone before, by an earlier run or by a person: the branch holds another plan, or none.
    let held = scene.repository.remote_file(scene.remote, &format!("refs/heads/{}", plan.branch), PATH)?;
    let holds = held.content.and_then(|bytes| serde_json::from_slice::<Plan>(&bytes).ok());
    Ok(holds.filter(|held| held.id == plan.id).map(|_| head.clone()))
}

/// The move of the branch that undoes the stamp.
fn undoing(tagged: &Tagged, head: &ObjectId, scene: &Scene<'_>) -> Result<BranchMove, Failure> {
    let plan = &tagged.plan;
    let by = Authorship { identity: plan.identity.clone(), time: scene.clock.now() };
    let message = format!("Abandon {}\n\nPlan: {}\n", plan.tag(), plan.id);
    let new = scene.repository.undoing_commit(head, &tagged.stamp, &by, &message)?;
    Ok(BranchMove { branch: plan.branch.clone(), old: head.clone(), new })
}
