//! The candidate that is to be promoted: its tag and the plan in it. Never judges whether it may be.

use release_core::facts::{RepositoryFacts, TagFacts};
use release_core::finding::Cause;
use release_core::identity::Tag;
use release_core::plan::Plan;

use crate::failure::Failure;
use crate::repository::Repository;

use super::unfinished::plan_of;

/// Finds it in the clone.
pub(super) fn find(repository: &Repository, tag: &Tag) -> Result<(TagFacts, Plan), Failure> {
    if tag.version().pre.is_empty() {
        return Err(Failure::new(
            Cause::Configuration,
            format!("{tag} is a stable version: there is nothing to promote it to"),
            "name a candidate, as in `cargo xtask promote v1.4.0-rc.2`",
        ));
    }
    let head = repository.source()?;
    let found = repository.tags(&head.id)?.into_iter().find(|known| known.tag == *tag);
    let Some(found) = found.filter(|found| found.plan.is_some()) else {
        return Err(Failure::new(
            Cause::PlanUnreadable,
            format!("this clone has no release of this tool by the tag {tag}"),
            "run `git fetch --tags`; what another tool released cannot be promoted",
        ));
    };
    let plan = plan_of(repository, &found)?;
    Ok((found, plan))
}

/// The release that the candidate has become.
pub(super) fn promoted_before(candidate: &TagFacts, facts: &RepositoryFacts) -> Option<Tag> {
    let stable = candidate.tag.stable();
    let known = facts.tags.iter().find(|tag| tag.tag == stable && tag.source == candidate.source);
    known.map(|tag| tag.tag.clone())
}
