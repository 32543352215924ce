//! The commits since the last release of this line and the pull requests that brought them in.

use std::collections::BTreeSet;

use release_core::config::ReleaseConfig;
use release_core::facts::{CommitFacts, PullRequestFacts, RepositoryFacts};
use release_core::identity::ObjectId;
use release_core::line;

use crate::failure::Failure;
use crate::repository::release_commits;

use super::Sources;

/// Reads them; commits that only stamp, and the pull requests that brought in nothing else, are left out.
pub(super) fn since_last_release(
    from: &Sources<'_>,
    repository: &RepositoryFacts,
    config: &ReleaseConfig,
) -> Result<(Vec<CommitFacts>, Vec<PullRequestFacts>), Failure> {
    let all = from.repository.commits_since(
        &repository.source.id,
        &line::hidden(&repository.tags),
        &release_commits(&repository.tags),
    )?;
    let mut stamps: BTreeSet<ObjectId> = BTreeSet::new();
    for commit in &all {
        if from.repository.only_stamps(&commit.id, config)? {
            stamps.insert(commit.id.clone());
        }
    }
    let commits: Vec<CommitFacts> = all.into_iter().filter(|commit| !stamps.contains(&commit.id)).collect();
    let pull_requests = from.forge.merged_pull_requests(&config.branches.main, &commits)?;
    Ok((commits, pull_requests))
}
