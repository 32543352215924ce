//! Whether a release of ours is complete: published once, with its channel pointing at it or at a newer one, in the bucket as well where
//! pointers are copied, or withdrawn. Judged by the first words of
//! its plan, so that a plan of another version of this tool can be told complete.

use std::collections::BTreeMap;

use crate::channels::is_withdrawn;
use crate::facts::{BucketFacts, CopyFacts, Facts, PointerFacts, TagFacts};
use crate::plan::{Header, Plan};

/// The tags of ours that may stand for a release that is not complete: of stable versions and of each kind of pre-release the newest on
/// this history that the remote has, because no other of its kind is begun before that one is complete. A tag that only this clone
/// has was never pushed, or was given up elsewhere.
#[must_use]
pub fn begun(facts: &Facts) -> Vec<&TagFacts> {
    let remote = &facts.repository.remote_tags;
    let ours = facts.repository.tags.iter().filter(|tag| tag.plan.is_some() && tag.on_this_line);
    let mut newest: BTreeMap<&str, &TagFacts> = BTreeMap::new();
    for tag in ours.filter(|tag| remote.get(&tag.tag) == Some(&tag.object)) {
        let kind = tag.tag.version().pre.as_str().split('.').next().unwrap_or_default();
        let known = newest.entry(kind).or_insert(tag);
        if known.tag < tag.tag {
            *known = tag;
        }
    }
    newest.into_values().collect()
}

/// Whether the release of a plan is not complete.
#[must_use]
pub fn is_unfinished(facts: &Facts, plan: &Plan) -> bool {
    is_incomplete(facts, &Header::from(plan))
}

/// Whether the release of a plan is out: published, and pointed at once. Something may be left to do beside that.
#[must_use]
pub fn is_out(facts: &Facts, plan: &Plan) -> bool {
    let plan = Header::from(plan);
    is_published(facts, &plan) && is_pointed(facts, &plan)
}

/// Whether the release of a plan with these first words is not complete.
#[must_use]
pub fn is_incomplete(facts: &Facts, plan: &Header) -> bool {
    let copied = is_copied(facts, plan) || is_withdrawn(&facts.withdrawn, &plan.version);
    !(is_published(facts, plan) && is_pointed(facts, plan) && copied) || has_draft(facts, plan)
}

fn is_pointed(facts: &Facts, plan: &Header) -> bool {
    let reached = |found: &PointerFacts| found.pointer.version >= plan.version;
    // A pointer that fell back from a withdrawn release has nothing left to reach.
    facts.pointers.get(&plan.channel).is_some_and(reached) || is_withdrawn(&facts.withdrawn, &plan.version)
}

/// Two runs at a time may each have made a draft, and whoever was slower may have been stopped before it deleted its own.
fn has_draft(facts: &Facts, plan: &Header) -> bool {
    let tag = plan.tag().to_string();
    let drafts = facts.releases.iter().filter(|release| release.draft && release.tag == tag);
    drafts.into_iter().any(|release| release.plan.as_ref() == Some(&plan.id))
}

/// Whether the bucket has reached the release, where its plan says so and the bucket was looked into.
fn is_copied(facts: &Facts, plan: &Header) -> bool {
    let BucketFacts::Open(copies) = &facts.bucket else { return true };
    match copies.get(&plan.channel) {
        _ if plan.copied_to.is_none() => true,
        Some(CopyFacts::Pointer { found, .. }) => found.pointer.version >= plan.version,
        Some(CopyFacts::Foreign(_)) | None => false,
    }
}

/// A published release of a tag of ours counts although somebody rewrote its text and lost the plan's id.
fn is_published(facts: &Facts, plan: &Header) -> bool {
    let tag = plan.tag().to_string();
    let of_plan = |id: Option<&crate::plan::PlanId>| id.is_none_or(|id| *id == plan.id);
    facts
        .releases
        .iter()
        .any(|release| !release.draft && release.tag == tag && of_plan(release.plan.as_ref()))
}
