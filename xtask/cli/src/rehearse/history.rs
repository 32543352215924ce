//! What the rehearsal's forge knows before the release: the pull requests behind the commits since the last release, and the releases
//! behind the tags.

use std::path::Path;

use release_core::changelog::notes;
use release_core::config::ReleaseConfig;
use release_core::config::release::Bump;
use release_core::facts::{CommitFacts, TagFacts};
use release_core::finding::Cause;
use release_core::line::Line;
use release_edge::failure::Failure;
use release_edge::repository::{Repository, release_commits};
use release_rehearsal::{
    CommitRecord, PullState, PullsFile, Seed, SeedPullRequest, SeedRelease, VersionLabels,
    pull_requests_from_commits,
};

use super::remote;
use crate::terminal;

/// Makes the seed; with a `--pulls` file, its pull requests become commits of the clone.
pub(super) fn seed(
    source: &Repository,
    clone: &Path,
    config: &ReleaseConfig,
    pulls: Option<PullsFile>,
) -> Result<Seed, Failure> {
    let head = source.source()?;
    let tags = source.tags(&head.id)?;
    let releases = tags.iter().map(release).collect();
    match pulls {
        Some(file) => {
            let start = Line::main(&tags).previous().map(|tag| tag.commit.to_string());
            let pull_requests = landed(clone, start, file.pull_requests)?;
            Ok(Seed { pull_requests, labels: file.labels, releases })
        }
        None => {
            let hidden = Line::main(&tags).hidden();
            let commits = source.commits_since(&head.id, &hidden, &release_commits(&tags))?;
            let mut records: Vec<CommitRecord> = commits.iter().map(record).collect();
            if records.is_empty() {
                terminal::note("nothing came in since the last release: the rehearsal makes a change up");
                records.push(made_up(clone)?);
            }
            let newest = records.first().map(|record| record.sha.clone()).unwrap_or_default();
            let mut pull_requests = pull_requests_from_commits(&records, &newest, &labels(config));
            // A platform whose commits decide the version has no labels for it.
            pull_requests.iter_mut().for_each(|pull| pull.labels.retain(|label| !label.is_empty()));
            Ok(Seed { pull_requests, labels: Vec::new(), releases })
        }
    }
}

/// A release for a tag that is there already, as complete as the rehearsal needs it.
fn release(tag: &TagFacts) -> SeedRelease {
    SeedRelease {
        tag_name: tag.tag.to_string(),
        target: None,
        name: None,
        body: tag.plan.as_ref().map(notes::marker),
        draft: false,
        prerelease: !tag.tag.version().pre.is_empty(),
        assets: Vec::new(),
    }
}

/// A change of nothing, where everything is released already: a rehearsal without a release would show nothing.
fn made_up(clone: &Path) -> Result<CommitRecord, Failure> {
    remote::output(
        clone,
        &["commit", "--quiet", "--allow-empty", "--message", "fix: a change for the rehearsal"],
    )?;
    let made = Repository::open(clone)?.source()?;
    Ok(record(&made))
}

fn record(commit: &CommitFacts) -> CommitRecord {
    CommitRecord {
        sha: commit.id.to_string(),
        parents: commit.parents.iter().map(ToString::to_string).collect(),
        subject: commit.subject.clone(),
        body: commit.body.clone(),
        author: commit.author.name.clone(),
        date: commit.committed,
    }
}

/// The configured labels of each bump.
fn labels(config: &ReleaseConfig) -> VersionLabels {
    let named = |bump: Bump| {
        let rule = config.labels.iter().find(|rule| rule.bump == Some(bump));
        rule.map(|rule| rule.name.clone()).unwrap_or_default()
    };
    VersionLabels {
        major: named(Bump::Major),
        minor: named(Bump::Minor),
        patch: named(Bump::Patch),
        none: named(Bump::None),
    }
}

/// Gives each merged pull request that names no commit one of its own, on top of the last release; all have the tree of the
/// checked-out commit, so that the bundles are the real ones.
fn landed(
    clone: &Path,
    start: Option<String>,
    mut pulls: Vec<SeedPullRequest>,
) -> Result<Vec<SeedPullRequest>, Failure> {
    let merged = |pull: &&mut SeedPullRequest| pull.state == PullState::Merged && pull.merge_commit.is_none();
    if !pulls.iter_mut().any(|pull| merged(&pull)) {
        return Ok(pulls);
    }
    let tree = remote::output(clone, &["rev-parse", "HEAD^{tree}"])?;
    let mut parent = start;
    for pull in pulls.iter_mut().filter(merged) {
        let mut arguments = vec!["commit-tree", tree.as_str(), "-m", pull.title.as_str()];
        if let Some(parent) = &parent {
            arguments.extend(["-p", parent.as_str()]);
        }
        let commit = remote::output(clone, &arguments)?;
        let date = remote::output(clone, &["show", "--no-patch", "--format=%cI", &commit])?;
        pull.merged_at =
            Some(date.parse().map_err(|error| {
                Failure::of(Cause::Git, format!("git printed `{date}` as a date: {error}"))
            })?);
        pull.landed = vec![commit.clone()];
        pull.merge_commit = Some(commit.clone());
        parent = Some(commit);
    }
    if let Some(head) = parent {
        remote::output(clone, &["reset", "--quiet", "--hard", &head])?;
    }
    Ok(pulls)
}
