//! What GitHub knows besides the Git repository: releases, pull requests, labels.
//!
//! Owns the records and their ids. Must never shape an answer.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::github::limits::Limits;
use crate::seed::{PullState, SeedCommit, SeedError, SeedLabel, SeedPullRequest, grey};
use crate::world::World;

/// Everything GitHub knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    last_id: u64,
    pub(crate) releases: BTreeMap<u64, Release>,
    pub(crate) pulls: BTreeMap<u64, Pull>,
    pub(crate) labels: Vec<Label>,
    /// Tag names that an immutable release has used up, even after it was deleted.
    pub(crate) burned_tags: BTreeSet<String>,
    /// The release that somebody has called latest.
    pub(crate) named_latest: Option<u64>,
    pub(crate) limits: Limits,
}

/// A release.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) id: u64,
    pub(crate) tag_name: String,
    pub(crate) target: String,
    pub(crate) name: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) draft: bool,
    pub(crate) prerelease: bool,
    pub(crate) immutable: bool,
    pub(crate) author: String,
    pub(crate) make_latest: MakeLatest,
    /// The commit's date once there is a tag, the date of the draft before.
    pub(crate) created_at: Timestamp,
    pub(crate) published_at: Option<Timestamp>,
    pub(crate) updated_at: Timestamp,
    pub(crate) assets: BTreeMap<u64, Asset>,
    /// How many reads of the list do not show it yet.
    pub(crate) hidden_reads: u32,
}

/// What was said about `latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MakeLatest {
    Yes,
    No,
    /// By the commit's date; also when nothing is said.
    Legacy,
}

/// A file of a release.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) state: AssetState,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
    pub(crate) sha256: String,
    pub(crate) uploader: String,
    pub(crate) created_at: Timestamp,
    pub(crate) downloads: u64,
}

/// How far an upload came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AssetState {
    Starter,
    Uploaded,
}

/// A label.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) color: String,
}

/// A pull request.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) base: String,
    pub(crate) head: String,
    /// `owner/name` of the fork; `None` is the repository itself.
    pub(crate) fork: Option<String>,
    pub(crate) state: PullState,
    pub(crate) created_at: Timestamp,
    /// When anybody last changed anything of it.
    pub(crate) updated_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) merged_at: Option<Timestamp>,
    pub(crate) merged_by: Option<String>,
    pub(crate) merge_commit: Option<String>,
    pub(crate) landed: Vec<String>,
    pub(crate) commits: Vec<SeedCommit>,
    /// How many look-ups by commit do not know it yet.
    pub(crate) unindexed_reads: u32,
}

impl State {
    pub(crate) fn next_id(&mut self) -> u64 {
        // Ids that look nothing like numbers of pull requests, so that mixing them up shows.
        self.last_id = self.last_id.max(1_000_000).saturating_add(1);
        self.last_id
    }

    /// The label of that name, made if it is not there. Names differ without regard to case.
    pub(crate) fn add_label(&mut self, label: SeedLabel) {
        if self.label(&label.name).is_none() {
            let id = self.next_id();
            let SeedLabel { name, description, color } = label;
            self.labels.push(Label { id, name, description, color });
        }
    }

    pub(crate) fn label(&self, name: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.name.eq_ignore_ascii_case(name))
    }

    /// Takes a pull request in, with its labels.
    pub(crate) fn add_pull(&mut self, world: &World, seed: SeedPullRequest) -> Result<(), SeedError> {
        seed.check()?;
        if self.pulls.contains_key(&seed.number) {
            return Err(SeedError::NumberTwice { number: seed.number });
        }
        for name in &seed.labels {
            self.add_label(SeedLabel { name: name.clone(), description: None, color: grey() });
        }
        let now = Timestamp::now();
        let created_at = seed.created_at.unwrap_or_else(|| {
            let merged_at = seed.merged_at.unwrap_or(now);
            merged_at.checked_sub(SignedDuration::from_hours(1)).unwrap_or(merged_at)
        });
        let mut landed = seed.landed;
        landed.extend(
            seed.merge_commit.iter().filter(|sha| !landed.contains(sha)).cloned().collect::<Vec<_>>(),
        );
        let pull = Pull {
            id: self.next_id(),
            number: seed.number,
            title: seed.title,
            body: seed.body,
            author: seed.author,
            labels: seed.labels,
            base: seed.base.unwrap_or_else(|| world.options.default_branch.clone()),
            head: seed.head.unwrap_or_else(|| format!("change-{}", seed.number)),
            fork: seed.head_repository,
            state: seed.state,
            created_at,
            updated_at: seed.merged_at.unwrap_or(created_at),
            closed_at: match seed.state {
                PullState::Open => None,
                PullState::Closed => Some(created_at),
                PullState::Merged => seed.merged_at,
            },
            merged_at: seed.merged_at,
            merged_by: seed.merged_at.map(|_| world.options.owner.clone()),
            merge_commit: seed.merge_commit,
            landed,
            commits: seed.commits,
            unindexed_reads: if seed.unindexed { u32::MAX } else { 0 },
        };
        self.pulls.insert(pull.number, pull);
        Ok(())
    }

    /// The number the next pull request gets.
    pub(crate) fn next_number(&self) -> u64 {
        self.pulls.keys().next_back().map_or(1, |last| last.saturating_add(1))
    }

    /// The published release of a tag.
    pub(crate) fn published(&self, tag: &str) -> Option<&Release> {
        self.releases.values().find(|release| !release.draft && release.tag_name == tag)
    }

    /// The release called latest: the one somebody named, else the newest by its commit's date.
    pub(crate) fn latest(&self) -> Option<&Release> {
        let fits = |release: &&Release| !release.draft && !release.prerelease;
        self.named_latest.and_then(|id| self.releases.get(&id)).filter(fits).or_else(|| {
            self.releases
                .values()
                .filter(fits)
                .filter(|release| release.make_latest != MakeLatest::No)
                .max_by_key(|release| (release.created_at, release.id))
        })
    }

    /// The release that holds an asset.
    pub(crate) fn release_of_asset(&mut self, asset: u64) -> Option<&mut Release> {
        self.releases.values_mut().find(|release| release.assets.contains_key(&asset))
    }
}
