//! The commits since the last release of this line and the pull requests that brought them in.

use std::collections::BTreeSet;

use release_core::config::ReleaseConfig;
use release_core::facts::{CommitFacts, PullRequestFacts, RepositoryFacts};
use release_core::identity::ObjectId;
use release_core::line;

use crate::failure::Failure;
use crate::repository::release_commits;

use super::Sources;

/// Reads them; commits that only stamp, and the pull requests that brought in nothing else, are left out. So are commits that were
/// not pushed: the forge cannot know them, and the rule about the branch stops the release.
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
    let branch = &config.branches.main;
    let mut left_out: BTreeSet<ObjectId> = match &repository.remote_branch {
        Some(head) => from.repository.unpushed(&repository.source.id, head, from.remote, branch)?,
        None => all.iter().map(|commit| commit.id.clone()).collect(),
    }
    .into_iter()
    .collect();
    for commit in &all {
        if from.repository.only_stamps(&commit.id, config)? {
            left_out.insert(commit.id.clone());
        }
    }
    let commits: Vec<CommitFacts> = all.into_iter().filter(|commit| !left_out.contains(&commit.id)).collect();
    let pull_requests = from.forge.merged_pull_requests(branch, &commits)?;
    Ok((commits, pull_requests))
}
