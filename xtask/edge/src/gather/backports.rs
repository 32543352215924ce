//! The pull requests behind commits that were copied from another branch: the forge knows the originals, not the copies.

use std::collections::BTreeMap;

use release_core::facts::{CommitFacts, PullRequestFacts};
use release_core::identity::ObjectId;
use release_core::picks::origins;

use crate::failure::Failure;

use super::Sources;

/// Gives each copy without a pull request to that of its original, as far as the clone has the original.
pub(super) fn assign(
    from: &Sources<'_>,
    bases: &[String],
    commits: &[CommitFacts],
    pull_requests: &mut Vec<PullRequestFacts>,
) -> Result<(), Failure> {
    let has_one = |id: &ObjectId| pull_requests.iter().any(|pull_request| pull_request.commits.contains(id));
    let mut copies: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    let mut originals = Vec::new();
    for commit in commits.iter().filter(|commit| !has_one(&commit.id)) {
        // The last is the one that it was copied from; earlier ones are where that came from.
        for origin in origins(&commit.body).iter().rev() {
            if let Ok(original) = from.repository.commit(origin) {
                copies.entry(origin.clone()).or_default().push(commit.id.clone());
                originals.push(original);
            }
        }
    }
    if originals.is_empty() {
        return Ok(());
    }
    for found in from.forge.merged_pull_requests(bases, &originals)? {
        let brought = found.commits.iter().filter_map(|origin| copies.get(origin)).flatten();
        let brought: Vec<ObjectId> = brought.cloned().collect();
        match pull_requests.iter_mut().find(|known| known.number == found.number) {
            Some(known) => known.commits.extend(brought),
            None => pull_requests.push(PullRequestFacts { commits: brought, ..found }),
        }
    }
    pull_requests.sort_by_key(|pull_request| pull_request.number);
    Ok(())
}
