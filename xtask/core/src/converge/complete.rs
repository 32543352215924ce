//! Whether a release of ours is complete: published, with its channel pointing at it or at a newer one.

use crate::facts::{Facts, TagFacts};
use crate::plan::Plan;

use super::{PointerMove, pointer};

/// Whether a tag of ours may stand for a release that is not complete, judged without its plan: nothing of it is published, or it is
/// the newest on its line and its pointer may not have moved yet.
#[must_use]
pub fn may_be_unfinished(facts: &Facts, tag: &TagFacts) -> bool {
    !is_published(facts, tag.plan.as_ref()) || crate::line::newest(&facts.repository.tags) == Some(tag)
}

/// Whether the release of a plan is not complete.
#[must_use]
pub fn is_unfinished(facts: &Facts, plan: &Plan) -> bool {
    let pointed =
        !matches!(pointer(facts.pointers.get(&plan.channel), plan, &plan.channel), PointerMove::Write(_));
    !(is_published(facts, Some(&plan.id)) && pointed)
}

fn is_published(facts: &Facts, plan: Option<&crate::plan::PlanId>) -> bool {
    plan.is_some() && facts.releases.iter().any(|release| !release.draft && release.plan.as_ref() == plan)
}
