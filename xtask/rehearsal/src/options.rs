//! Says what kind of GitHub is rehearsed: repository, tokens, limits, switches.
//!
//! Owns the settings and their defaults. Must never read them from anywhere: the caller decides.

use std::path::PathBuf;
use std::time::Duration;

use crate::seed::Seed;

/// What the rehearsal is like; built with [`Options::new`] and changed field by field.
#[derive(Clone, Debug)]
pub struct Options {
    /// Login of the repository's owner.
    pub owner: String,
    /// Name of the repository.
    pub name: String,
    /// The bare repository in which refs, tags and merges really happen.
    pub git_dir: PathBuf,
    /// Branch that the repository calls its default.
    pub default_branch: String,
    /// Who may see the repository without a token.
    pub visibility: Visibility,
    /// The tokens that are known; any other is refused with 401.
    pub tokens: Vec<Token>,
    /// What is there before the first request.
    pub seed: Seed,
    /// Whether a published release can still be changed.
    pub immutable_releases: ImmutableReleases,
    /// How often a list of releases is read before it shows a release made since.
    pub release_list_lag: u32,
    /// How often GraphQL is asked for a merged pull request by commit before the index knows it.
    pub association_lag: u32,
    /// How an asset's bytes are handed out by the API.
    pub asset_downloads: AssetDownloads,
    /// Whether the digest of an asset is stated.
    pub asset_digests: AssetDigests,
    /// How many requests are let through.
    pub limits: RateLimits,
    /// What the registry pretends to hold.
    pub registry: RegistryOptions,
}

impl Options {
    /// Describes a public repository with one token that may do everything, and no limits a rehearsal would run into.
    #[must_use]
    pub fn new(owner: impl Into<String>, name: impl Into<String>, git_dir: impl Into<PathBuf>) -> Self {
        Self {
            owner: owner.into(),
            name: name.into(),
            git_dir: git_dir.into(),
            default_branch: "main".to_owned(),
            visibility: Visibility::Public,
            tokens: vec![Token::maintainer("rehearsal-token")],
            seed: Seed::default(),
            immutable_releases: ImmutableReleases::Off,
            release_list_lag: 0,
            association_lag: 0,
            asset_downloads: AssetDownloads::Redirected,
            asset_digests: AssetDigests::Stated,
            limits: RateLimits::default(),
            registry: RegistryOptions::default(),
        }
    }
}

/// Who may see a repository without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Only tokens with rights; for everybody else it does not exist (404).
    Private,
}

/// Whether releases become immutable when they are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImmutableReleases {
    /// Published releases can be changed.
    Off,
    /// Tag and assets of a published release are fixed, and its tag name is used up for ever.
    On,
}

/// How the API hands out the bytes of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetDownloads {
    /// 302 to a storage host, which refuses requests that carry a token.
    Redirected,
    /// 200 with the bytes.
    Direct,
}

/// Whether GitHub states the digest of an asset, in answers to uploads as well as in lists: its description lets it be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetDigests {
    /// It does.
    Stated,
    /// It is always null.
    Null,
}

/// A token and what it may do.
#[derive(Clone, Debug)]
pub struct Token {
    /// The text after `Bearer` or `token` in the `Authorization` header.
    pub secret: String,
    /// Whose token it is; a login that ends in `[bot]` is a bot.
    pub login: String,
    /// What it may do in the repository.
    pub rights: RepositoryRights,
    /// Whether it may release commits that change workflow files.
    pub workflows: WorkflowRight,
    /// Requests an hour; `None` takes the limit from [`RateLimits`].
    pub requests_per_hour: Option<u32>,
}

impl Token {
    /// A maintainer's token: push, and workflow files too.
    #[must_use]
    pub fn maintainer(secret: impl Into<String>) -> Self {
        Self {
            secret: secret.into(),
            login: "maintainer".to_owned(),
            rights: RepositoryRights::Push,
            workflows: WorkflowRight::Granted,
            requests_per_hour: None,
        }
    }

    /// The token that a workflow run gets: push, never workflow files, 1,000 requests an hour.
    #[must_use]
    pub fn workflow_run(secret: impl Into<String>) -> Self {
        Self {
            secret: secret.into(),
            login: "github-actions[bot]".to_owned(),
            rights: RepositoryRights::Push,
            workflows: WorkflowRight::Missing,
            requests_per_hour: Some(1000),
        }
    }

    /// A token that can only read.
    #[must_use]
    pub fn reader(secret: impl Into<String>) -> Self {
        Self { login: "reader".to_owned(), rights: RepositoryRights::Pull, ..Self::maintainer(secret) }
    }

    /// A valid token of somebody whom the repository does not know.
    #[must_use]
    pub fn stranger(secret: impl Into<String>) -> Self {
        Self { login: "stranger".to_owned(), rights: RepositoryRights::None, ..Self::maintainer(secret) }
    }
}

/// What a token may do in the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RepositoryRights {
    /// Nothing beyond what the visibility gives everybody.
    None,
    /// Read.
    Pull,
    /// Read and write.
    Push,
}

/// Whether a token may touch `.github/workflows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkflowRight {
    /// It may.
    Granted,
    /// It may not; a release of a commit that changes workflow files answers 404.
    Missing,
}

/// How many requests are let through.
#[derive(Clone, Debug)]
pub struct RateLimits {
    /// Requests of a token in a window.
    pub requests: u32,
    /// Requests without a token in a window.
    pub anonymous_requests: u32,
    /// How long the window is; an hour on GitHub.
    pub window: Duration,
    /// The limit on writes; `None` lets a rehearsal write as fast as it can.
    pub writes: Option<WritePace>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { requests: 5000, anonymous_requests: 60, window: Duration::from_secs(3600), writes: None }
    }
}

/// How fast may be written before GitHub's secondary limit bites.
#[derive(Clone, Debug)]
pub struct WritePace {
    /// Writes in a minute.
    pub per_minute: usize,
    /// Writes in an hour.
    pub per_hour: usize,
    /// Time between two writes.
    pub apart: Duration,
}

impl Default for WritePace {
    /// What GitHub documents: 80 a minute, 500 an hour, a second apart.
    fn default() -> Self {
        Self { per_minute: 80, per_hour: 500, apart: Duration::from_secs(1) }
    }
}

/// What the registry pretends to hold.
///
/// Every `repository:tag` is answered with a made-up image unless a pattern in `absent` matches it and none in `present`
/// does. In a pattern `*` stands for any characters.
#[derive(Clone, Debug, Default)]
pub struct RegistryOptions {
    /// Images that are not there until somebody pushes them.
    pub absent: Vec<String>,
    /// Exceptions from `absent`.
    pub present: Vec<String>,
    /// Images that are there by digest, each as `repository@sha256:…`. Nothing more is known of them, so only `HEAD` finds them.
    pub locked: Vec<String>,
}
