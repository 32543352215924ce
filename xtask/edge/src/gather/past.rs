//! What the releases of a history were made of, for the changelog of all of them. Never asks the forge about a release of ours, whose
//! plan has everything, nor twice about a commit.

use std::collections::BTreeSet;

use release_core::changelog::history::{Part, partition};
use release_core::changelog::whole::Past;
use release_core::facts::{CommitFacts, Facts, TagFacts};
use release_core::identity::ObjectId;
use release_core::plan::Frozen;

use crate::failure::Failure;
use crate::repository::release_commits;

use super::commits::merged;
use super::{Sources, unfinished};

/// Reads it, for the facts of the same moment.
///
/// # Errors
///
/// Where anything cannot be read whole, such as a plan or what the forge knows about a commit.
pub fn past(from: &Sources<'_>, facts: &Facts) -> Result<Past, Failure> {
    let commits = from.repository.commits_since(&facts.repository.source.id, &[], &[])?;
    let parts = partition(&commits, &facts.repository.tags);
    let (ours, others): (Vec<&Part<'_>>, Vec<&Part<'_>>) =
        parts.iter().partition(|part| part.tag.plan.is_some());
    let frozen = ours.iter().map(|part| Ok((part.tag.tag.clone(), frozen(from, part.tag)?)));
    let frozen = frozen.collect::<Result<_, Failure>>()?;
    let dates = others.iter().map(|part| Ok((part.tag.tag.clone(), from.repository.tagged(part.tag)?)));
    let dates = dates.collect::<Result<_, Failure>>()?;
    let left_out = left_out(from, facts, &others)?;
    let asked = known_to_forge(from, facts, &others)?;
    let asked: Vec<CommitFacts> =
        asked.into_iter().filter(|commit| !left_out.contains(&commit.id)).cloned().collect();
    let pull_requests = merged(from, &facts.repository, &facts.configuration.release, &asked)?;
    Ok(Past { frozen, dates, left_out, pull_requests, commits })
}

fn frozen(from: &Sources<'_>, tag: &TagFacts) -> Result<Frozen, Failure> {
    let place = tag.tag.to_string();
    let text = unfinished::text(from.repository, &tag.commit, &place)?;
    let frozen = Frozen::read(&text).map_err(|why| unfinished::unreadable(&place, &why))?;
    let ours = tag.plan.as_ref().is_some_and(|plan| frozen.is_of(&tag.tag, plan));
    if ours { Ok(frozen) } else { Err(unfinished::forged(&place)) }
}

/// The commits that are no change to list. Only those that come after a release of ours are looked into: before, nobody stamped.
fn left_out(from: &Sources<'_>, facts: &Facts, others: &[&Part<'_>]) -> Result<BTreeSet<ObjectId>, Failure> {
    let mut left_out: BTreeSet<ObjectId> = release_commits(&facts.repository.tags).into_iter().collect();
    for commit in others.iter().filter(|part| part.follows_ours).flat_map(|part| &part.commits) {
        if from.repository.only_stamps(&commit.id, &facts.configuration.release)? {
            left_out.insert(commit.id.clone());
        }
    }
    Ok(left_out)
}

/// The commits that the forge can know: those of a tag that it has too, and of any other those that were pushed.
fn known_to_forge<'a>(
    from: &Sources<'_>,
    facts: &Facts,
    others: &[&Part<'a>],
) -> Result<Vec<&'a CommitFacts>, Failure> {
    let repository = &facts.repository;
    let pushed = |tag: &TagFacts| repository.remote_tags.get(&tag.tag) == Some(&tag.object);
    let commits = |parts: &[&Part<'a>]| -> Vec<&'a CommitFacts> {
        parts.iter().flat_map(|part| part.commits.iter().copied()).collect()
    };
    let (there, here): (Vec<_>, Vec<_>) = others.iter().copied().partition(|part| pushed(part.tag));
    let (mut known, here) = (commits(&there), commits(&here));
    if let (Some(head), false) = (&repository.remote_branch, here.is_empty()) {
        let unpushed = from.repository.unpushed(&repository.source.id, head, from.remote, &facts.branch())?;
        let unpushed: BTreeSet<ObjectId> = unpushed.into_iter().collect();
        known.extend(here.into_iter().filter(|commit| !unpushed.contains(&commit.id)));
    }
    Ok(known)
}
