//! The changelog of a whole history: releases of ours as their plans froze them, those before as their commits and pull requests tell.
//! Never stops for what the past did not keep to, and never writes a release of ours anew.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::entry;
use super::history::{Part, partition};
use super::render::Release;
use crate::config::ReleaseConfig;
use crate::facts::{CommitFacts, Facts, PullRequestFacts, TagFacts};
use crate::finding::Finding;
use crate::identity::{ObjectId, Tag};
use crate::plan::{Frozen, Plan, entries, renderer, template};
use crate::version;

/// What was read about the releases of a history, beside the facts of the next one.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The whole history, no commit before one that it is an ancestor of.
    pub commits: Vec<CommitFacts>,
    /// What the plans of releases of ours froze.
    pub frozen: BTreeMap<Tag, Frozen>,
    /// When the others were tagged.
    pub dates: BTreeMap<Tag, Timestamp>,
    /// Commits of the others that are no change to list: they only stamp, or are the release commits of ours.
    pub left_out: BTreeSet<ObjectId>,
    /// The pull requests that brought the commits of the others in, each once.
    pub pull_requests: Vec<PullRequestFacts>,
}

/// A changelog of all releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The text of a `CHANGELOG.md`.
    pub text: String,
    /// How many pull requests and commits from before the first release of ours would stop a release now, as for want of a label.
    pub unruly: usize,
}

/// Writes it, newest version first; `coming` is what is not released yet.
///
/// # Errors
///
/// A template of the repository that is wrong.
pub fn write(facts: &Facts, past: &Past, coming: Option<&Plan>) -> Result<Whole, Vec<Finding>> {
    let coming = coming.map(Plan::release);
    let told = releases(past, coming.as_ref(), &facts.repository.tags, &facts.configuration.release);
    let mut unruly = 0;
    let mut releases = Vec::with_capacity(told.len() + 1);
    for told in told {
        unruly += told.unruly;
        releases.push(told.release);
    }
    // A release that is tagged and not finished is among the others.
    releases.extend(coming.filter(|coming| releases.iter().all(|known| known.version != coming.version)));
    let text = renderer(facts)?.full(&releases).map_err(template)?;
    Ok(Whole { text, unruly })
}

/// A release, and what it does not keep to.
struct Told {
    release: Release,
    unruly: usize,
}

fn releases(past: &Past, coming: Option<&Release>, tags: &[TagFacts], config: &ReleaseConfig) -> Vec<Told> {
    let parts = partition(&past.commits, tags);
    let mut frozen: BTreeMap<&Tag, Release> =
        past.frozen.iter().map(|(tag, frozen)| (tag, frozen.release())).collect();
    let entries = frozen.values().chain(coming).flat_map(|release| &release.entries);
    let told_by_us: HashSet<u64> = entries.filter_map(|entry| entry.number).collect();
    let mut shared = Shared::new(&parts, &past.pull_requests, &told_by_us);
    let told = parts.iter().enumerate().map(|(age, part)| match frozen.remove(&part.tag.tag) {
        Some(release) => Told { release, unruly: 0 },
        None => told(past, part, &shared.listed(part, &past.left_out), shared.take(age), config),
    });
    told.collect()
}

/// A release from before the first of ours, by the rules of now.
fn told(
    past: &Past,
    part: &Part<'_>,
    commits: &[CommitFacts],
    pull_requests: Vec<PullRequestFacts>,
    config: &ReleaseConfig,
) -> Told {
    let tag = &part.tag.tag;
    let decided = version::decide(commits, &pull_requests, config);
    let release = Release {
        version: tag.version().clone(),
        date: past.dates.get(tag).copied().unwrap_or_default(),
        previous: part.previous.cloned(),
        entries: entries(commits, &pull_requests, &config.labels, &decided),
        contributors: entry::contributors(&pull_requests),
    };
    Told { release, unruly: decided.findings.len() }
}

/// The pull requests, each with the release of ours that tells of it, else with the oldest that holds one of its commits.
struct Shared<'a> {
    by_part: HashMap<usize, Vec<PullRequestFacts>>,
    /// Commits that came in with a pull request of another release.
    elsewhere: HashSet<&'a ObjectId>,
}

impl<'a> Shared<'a> {
    fn new(parts: &[Part<'_>], pull_requests: &'a [PullRequestFacts], told_by_us: &HashSet<u64>) -> Self {
        let of_part = |(age, part): (usize, &Part<'_>)| -> Vec<(ObjectId, usize)> {
            part.commits.iter().map(|commit| (commit.id.clone(), age)).collect()
        };
        let ages: HashMap<ObjectId, usize> = parts.iter().enumerate().flat_map(of_part).collect();
        let mut shared = Self { by_part: HashMap::new(), elsewhere: HashSet::new() };
        for pull_request in pull_requests {
            if told_by_us.contains(&pull_request.number) {
                shared.elsewhere.extend(&pull_request.commits);
                continue;
            }
            let of = |commit: &ObjectId| ages.get(commit).copied();
            let Some(oldest) = pull_request.commits.iter().filter_map(of).min() else { continue };
            shared.by_part.entry(oldest).or_default().push(pull_request.clone());
            shared.elsewhere.extend(pull_request.commits.iter().filter(|commit| of(commit) != Some(oldest)));
        }
        shared
    }

    fn take(&mut self, age: usize) -> Vec<PullRequestFacts> {
        self.by_part.remove(&age).unwrap_or_default()
    }

    /// The commits of a release that count there.
    fn listed(&self, part: &Part<'_>, left_out: &BTreeSet<ObjectId>) -> Vec<CommitFacts> {
        let counts =
            |commit: &&CommitFacts| !left_out.contains(&commit.id) && !self.elsewhere.contains(&commit.id);
        part.commits.iter().copied().filter(counts).cloned().collect()
    }
}

#[cfg(test)]
#[path = "whole_tests.rs"]
mod tests;
