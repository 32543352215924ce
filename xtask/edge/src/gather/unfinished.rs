//! A release of ours that has begun and is not complete: its plan is read from its tag, or from the merged stamp.

use release_core::config::release::Mode;
use release_core::converge::{begun, is_incomplete};
use release_core::facts::{Facts, TagFacts, Unfinished};
use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_core::plan::{Header, PATH, Plan};

use crate::failure::Failure;
use crate::repository::{RemoteRefs, Repository};

/// Where the remote remembers plans that were given up after their stamp was merged: `refs/tags/` would be taken for a version.
pub const ABANDONED: &str = "refs/heads/slipway/abandoned/";

/// Looks for one. The channel's pointer must be among the facts.
pub(super) fn find(
    repository: &Repository,
    facts: &Facts,
    references: &RemoteRefs,
) -> Result<Option<Unfinished>, Failure> {
    for tag in begun(facts) {
        let place = tag.tag.to_string();
        let text = text(repository, &tag.commit, &place)?;
        let header = header(&text, &place)?;
        if is_incomplete(facts, &header) {
            let plan = plan_of(repository, tag)?;
            return Ok(Some(Unfinished { plan, commit: tag.commit.clone() }));
        }
    }
    merged_stamp(repository, facts, references)
}

/// The plan of a release of ours, from its tag.
///
/// # Errors
///
/// [`Cause::PlanUnreadable`] where another version of this tool made it, or somebody changed it.
pub fn plan_of(repository: &Repository, tag: &TagFacts) -> Result<Plan, Failure> {
    let place = tag.tag.to_string();
    let plan = read(&text(repository, &tag.commit, &place)?, &place)?;
    let ours = tag.plan.as_ref() == Some(&plan.id) && plan.tag() == tag.tag;
    if ours { Ok(plan) } else { Err(forged(&place)) }
}

/// The channels of the releases that may have begun, whose pointers say whether they are complete.
pub(super) fn channels(repository: &Repository, facts: &Facts) -> Result<Vec<String>, Failure> {
    let channel = |tag: &TagFacts| {
        let place = tag.tag.to_string();
        let text = text(repository, &tag.commit, &place)?;
        header(&text, &place).map(|header| header.channel)
    };
    begun(facts).into_iter().map(channel).collect()
}

/// The plan of a merged pull request of ours that has no tag yet and was not given up.
fn merged_stamp(
    repository: &Repository,
    facts: &Facts,
    references: &RemoteRefs,
) -> Result<Option<Unfinished>, Failure> {
    const PLACE: &str = "the checked-out branch";
    let head = &facts.repository.source.id;
    if repository.file(head, PATH)?.is_none() {
        return Ok(None);
    }
    let text = text(repository, head, PLACE)?;
    let header = header(&text, PLACE)?;
    let tagged = facts.repository.tags.iter().any(|tag| tag.tag == header.tag());
    let abandoned = references.get(&format!("{ABANDONED}{}", header.id)).is_some();
    if header.mode != Mode::ReleasePr || tagged || abandoned {
        return Ok(None);
    }
    let plan = read(&text, PLACE)?;
    Ok(Some(Unfinished { plan, commit: head.clone() }))
}

pub(super) fn text(repository: &Repository, commit: &ObjectId, place: &str) -> Result<String, Failure> {
    let file = repository.file(commit, PATH)?;
    file.and_then(|file| file.content.as_text().map(str::to_owned)).ok_or_else(|| {
        Failure::new(
            Cause::PlanUnreadable,
            format!("{place} carries a plan's id but no `{PATH}`"),
            "somebody else made this tag: delete it, or release the next version",
        )
    })
}

fn header(text: &str, place: &str) -> Result<Header, Failure> {
    Header::read(text).ok_or_else(|| unreadable(place, "it is damaged"))
}

fn read(text: &str, place: &str) -> Result<Plan, Failure> {
    let plan: Plan = serde_json::from_str(text).map_err(|error| unreadable(place, &error.to_string()))?;
    if plan.is_genuine() { Ok(plan) } else { Err(forged(place)) }
}

pub(super) fn unreadable(place: &str, why: &str) -> Failure {
    Failure::new(
        Cause::PlanUnreadable,
        format!("the plan of {place} cannot be read: {why}"),
        "finish the release with the version of this tool that began it, or run `cargo xtask abandon`",
    )
}

pub(super) fn forged(place: &str) -> Failure {
    Failure::new(
        Cause::PlanUnreadable,
        format!("the plan of {place} was changed after it got its name"),
        "nothing was done with it: find out who changed `.release/plan.json`, and give the release up with `cargo xtask abandon`",
    )
}
