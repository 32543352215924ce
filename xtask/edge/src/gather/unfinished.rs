//! A release of ours that has begun and is not complete: its plan is read from its tag, or from the merged stamp.

use release_core::facts::{Facts, Unfinished};
use release_core::finding::Cause;
use release_core::plan::{PATH, Plan};

use crate::failure::Failure;
use crate::repository::Repository;

/// Looks for one, the oldest first.
pub(super) fn find(repository: &Repository, facts: &Facts) -> Result<Option<Unfinished>, Failure> {
    // A tag that only this clone has was never pushed, or was given up elsewhere: finishing it would bring it back.
    let remote = &facts.repository.remote_tags;
    let mut ours: Vec<_> = facts
        .repository
        .tags
        .iter()
        .filter(|tag| tag.on_this_line && tag.plan.is_some() && remote.get(&tag.tag) == Some(&tag.object))
        .collect();
    ours.sort_by(|a, b| a.tag.cmp(&b.tag));
    for tag in ours {
        // The plan of a release whose page is published and that a newer one follows needs no second look.
        if !release_core::converge::may_be_unfinished(facts, tag) {
            continue;
        }
        let plan = read(repository, &tag.commit, &tag.tag.to_string())?;
        if release_core::converge::is_unfinished(facts, &plan) {
            return Ok(Some(Unfinished { plan, commit: tag.commit.clone() }));
        }
    }
    merged_stamp(repository, facts)
}

/// The plan of a merged pull request of ours that has no tag yet.
fn merged_stamp(repository: &Repository, facts: &Facts) -> Result<Option<Unfinished>, Failure> {
    let head = &facts.repository.source.id;
    if repository.files(head, &[PATH.to_owned()])?.is_empty() {
        return Ok(None);
    }
    let plan = read(repository, head, "the checked-out branch")?;
    let tagged = facts.repository.tags.iter().any(|tag| tag.tag == plan.tag());
    let merged = plan.mode == release_core::config::release::Mode::ReleasePr && !tagged;
    Ok(merged.then(|| Unfinished { plan, commit: head.clone() }))
}

fn read(
    repository: &Repository,
    commit: &release_core::identity::ObjectId,
    place: &str,
) -> Result<Plan, Failure> {
    let files = repository.files(commit, &[PATH.to_owned()])?;
    let text = files.get(PATH).and_then(|file| file.content.as_text()).ok_or_else(|| {
        Failure::new(
            Cause::PlanUnreadable,
            format!("{place} carries a plan's id but no `{PATH}`"),
            "somebody else made this tag: delete it, or release the next version",
        )
    })?;
    serde_json::from_str(text).map_err(|error| {
        Failure::new(
            Cause::PlanUnreadable,
            format!("the plan of {place} cannot be read: {error}"),
            "finish the release with the version of this tool that began it, or run `cargo xtask abandon`",
        )
    })
}
