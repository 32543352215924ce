//! The commits since the last release of this line and the pull requests that brought them in.

use std::collections::BTreeSet;

use release_core::config::ReleaseConfig;
use release_core::facts::{CommitFacts, PullRequestFacts, RepositoryFacts};
use release_core::identity::ObjectId;
use release_core::line::Line;
use release_core::version::flow;

use crate::failure::Failure;
use crate::repository::release_commits;

use super::{Sources, backports};

/// Reads them; commits that only stamp, and the pull requests that brought in nothing else, are left out. So are commits that were
/// not pushed: the forge cannot know them, and the rule about the branch stops the release.
pub(super) fn since_last_release(
    from: &Sources<'_>,
    repository: &RepositoryFacts,
    config: &ReleaseConfig,
) -> Result<(Vec<CommitFacts>, Vec<PullRequestFacts>), Failure> {
    let all = from.repository.commits_since(
        &repository.source.id,
        &Line::from(repository).hidden(),
        &release_commits(&repository.tags),
    )?;
    let branch = &config.branches.of(repository.line);
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
    let pull_requests = merged(from, repository, config, &commits)?;
    Ok((commits, pull_requests))
}

/// The pull requests that brought commits in, as far as they count.
pub(super) fn merged(
    from: &Sources<'_>,
    repository: &RepositoryFacts,
    config: &ReleaseConfig,
    commits: &[CommitFacts],
) -> Result<Vec<PullRequestFacts>, Failure> {
    let (line, branches) = (repository.line, &config.branches);
    let bases = flow::bases(line, branches);
    let mut found = from.forge.merged_pull_requests(&bases, commits)?;
    backports::assign(from, &bases, commits, &mut found)?;
    Ok(flow::counted(found, line, branches))
}
