//! What is in the repository before the first request: pull requests, labels, releases.
//!
//! Owns the serde types that a `--pulls` file and the control server read. Must never read a file itself.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything that is there before the first request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seed {
    /// Pull requests of every state.
    pub pull_requests: Vec<SeedPullRequest>,
    /// Labels of the repository; labels named only by a pull request are added.
    pub labels: Vec<SeedLabel>,
    /// Releases, the oldest first.
    pub releases: Vec<SeedRelease>,
}

impl Seed {
    /// Says what is wrong with the seed, if anything.
    ///
    /// # Errors
    /// Numbers or asset names used twice, and merged pull requests that do not say when or where.
    pub fn check(&self) -> Result<(), SeedError> {
        require_own_numbers(&self.pull_requests)?;
        self.pull_requests.iter().try_for_each(SeedPullRequest::check)?;
        for release in &self.releases {
            let mut names = BTreeSet::new();
            for asset in &release.assets {
                if !names.insert(asset.name.as_str()) {
                    return Err(SeedError::AssetTwice {
                        tag: release.tag_name.clone(),
                        name: asset.name.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// The file behind `--pulls`: the pull requests that a rehearsal pretends were merged.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullsFile {
    /// Pull requests of every state.
    pub pull_requests: Vec<SeedPullRequest>,
    /// Labels of the repository that need a colour or a description of their own.
    #[serde(default)]
    pub labels: Vec<SeedLabel>,
}

impl PullsFile {
    /// Says what is wrong with the file by itself; when and where pull requests were merged may still be made up.
    ///
    /// # Errors
    /// Numbers used twice.
    pub fn check(&self) -> Result<(), SeedError> {
        require_own_numbers(&self.pull_requests)
    }
}

fn require_own_numbers(pulls: &[SeedPullRequest]) -> Result<(), SeedError> {
    let mut numbers = BTreeSet::new();
    match pulls.iter().find(|pull| !numbers.insert(pull.number)) {
        Some(pull) => Err(SeedError::NumberTwice { number: pull.number }),
        None => Ok(()),
    }
}

impl From<PullsFile> for Seed {
    /// A world with these pull requests and no releases.
    fn from(file: PullsFile) -> Self {
        Self { pull_requests: file.pull_requests, labels: file.labels, releases: Vec::new() }
    }
}

/// A pull request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedPullRequest {
    /// Its number, unique in the repository.
    pub number: u64,
    /// Its title, byte for byte.
    pub title: String,
    /// Its description, if it has one.
    #[serde(default)]
    pub body: Option<String>,
    /// Login of the author; `None` is an account that was deleted, an ending `[bot]` is a bot.
    #[serde(default)]
    pub author: Option<String>,
    /// Names of its labels, in order.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Branch it goes to; `None` is the default branch.
    #[serde(default)]
    pub base: Option<String>,
    /// Branch it comes from; `None` makes one up.
    #[serde(default)]
    pub head: Option<String>,
    /// `owner/name` of the fork it comes from; `None` is the repository itself.
    #[serde(default)]
    pub head_repository: Option<String>,
    /// Open, closed or merged.
    #[serde(default)]
    pub state: PullState,
    /// When it was opened; `None` is just before it was merged, or now.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When it was merged; needed for merged ones.
    #[serde(default)]
    pub merged_at: Option<Timestamp>,
    /// Commit that the merge left on the base branch (the last one for a rebase); needed for merged ones.
    #[serde(default)]
    pub merge_commit: Option<String>,
    /// Every commit on the base branch that it brought in.
    #[serde(default)]
    pub landed: Vec<String>,
    /// Its own commits, as they were on its branch.
    #[serde(default)]
    pub commits: Vec<SeedCommit>,
    /// Whether the index from commits to pull requests does not know it (it is still in the list of pull requests).
    #[serde(default)]
    pub unindexed: bool,
}

impl SeedPullRequest {
    /// Says what is wrong with this pull request, if anything.
    ///
    /// # Errors
    /// A merged pull request without `merged_at` or `merge_commit`.
    pub fn check(&self) -> Result<(), SeedError> {
        let missing = match self.state {
            PullState::Merged if self.merged_at.is_none() => "merged_at",
            PullState::Merged if self.merge_commit.is_none() => "merge_commit",
            _ => return Ok(()),
        };
        Err(SeedError::MergedWithout { number: self.number, key: missing })
    }
}

/// Where a pull request stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullState {
    /// Not decided.
    Open,
    /// Refused or given up.
    Closed,
    /// Merged.
    #[default]
    Merged,
}

/// A commit as it was on a pull request's own branch; it need not exist in the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedCommit {
    /// Its id, 40 hexadecimal digits.
    pub sha: String,
    /// First line of its message.
    pub headline: String,
    /// When it was written.
    pub authored_at: Timestamp,
}

/// A label of the repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedLabel {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Six hexadecimal digits without `#`.
    #[serde(default = "grey")]
    pub color: String,
}

/// A release.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedRelease {
    /// Name of its tag.
    pub tag_name: String,
    /// What the tag is made from where it does not exist; `None` is the default branch.
    #[serde(default)]
    pub target: Option<String>,
    /// Its title.
    #[serde(default)]
    pub name: Option<String>,
    /// Its text.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether it is not published yet.
    #[serde(default)]
    pub draft: bool,
    /// Whether it is a pre-release.
    #[serde(default)]
    pub prerelease: bool,
    /// Its files.
    #[serde(default)]
    pub assets: Vec<SeedAsset>,
}

/// A file of a release.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedAsset {
    /// Its name.
    pub name: String,
    /// Its content.
    pub content: String,
}

/// What can be wrong with a seed.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// Two pull requests have one number.
    #[error("pull request number `{number}` is used twice; give each its own")]
    NumberTwice {
        /// The number.
        number: u64,
    },
    /// A merged pull request lacks what makes it merged.
    #[error("pull request `{number}` is merged but has no `{key}`; add it or set `state: open`")]
    MergedWithout {
        /// The number.
        number: u64,
        /// The key that is missing.
        key: &'static str,
    },
    /// Two assets of one release have one name.
    #[error("release `{tag}` has asset `{name}` twice; give each its own name")]
    AssetTwice {
        /// The release's tag.
        tag: String,
        /// The asset's name.
        name: String,
    },
}

/// The colour GitHub gives a label that was made by naming it.
pub(crate) fn grey() -> String {
    "ededed".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulls_file_needs_little_and_takes_nothing_it_does_not_know() {
        let file = r#"{"pull_requests":[{"number":7,"title":"feat: a","merged_at":"2026-01-02T03:04:05Z","merge_commit":"ab"}]}"#;
        let seed = Seed::from(serde_json::from_str::<PullsFile>(file).unwrap());
        assert!(seed.check().is_ok());
        assert_eq!(seed.pull_requests[0].state, PullState::Merged);
        let unknown = serde_json::from_str::<PullsFile>(&file.replace("title", "titel")).unwrap_err();
        assert!(unknown.to_string().contains("titel"), "{unknown}");
    }

    #[test]
    fn a_seed_that_contradicts_itself_is_refused() {
        let pull = |json: &str| serde_json::from_str::<SeedPullRequest>(json).unwrap();
        let open = pull(r#"{"number":7,"title":"a","state":"open"}"#);
        let twice = Seed { pull_requests: vec![open.clone(), open], ..Seed::default() };
        assert!(matches!(twice.check(), Err(SeedError::NumberTwice { number: 7 })));
        let merged = pull(r#"{"number":7,"title":"a","merged_at":"2026-01-02T03:04:05Z"}"#);
        let error = merged.check().unwrap_err();
        assert!(error.to_string().contains("merge_commit"), "{error}");
    }
}
