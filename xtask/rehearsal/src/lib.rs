//! A GitHub and an OCI registry on loopback, for rehearsals and tests.
//!
//! Owns the answers of both services, the faults that can be injected into them and the log of what was asked. It acts on a
//! real bare Git repository, so tags and branches that it makes are seen by `git`. It must never listen on anything but
//! loopback, never call out, and never be mistaken for the real thing: what it makes up says so.
//!
//! Reading order: [`Options`] and [`Seed`] say what world there is, [`Rehearsal`] starts it, [`Fault`] breaks it, and
//! [`Snapshot`] and [`RequestRecord`] tell what became of it.

mod answer;
mod call;
mod control;
mod direct;
mod faults;
mod git;
mod github;
mod journal;
mod options;
mod paced;
mod ports;
mod pulls;
mod registry;
mod seed;
mod server;
mod serving;
mod snapshot;
mod urls;
mod wire;
mod world;

pub use call::{Access, Server};
pub use direct::{Exchange, Reply};
pub use faults::{Fault, FaultKind, Target};
pub use journal::RequestRecord;
pub use options::{
    AssetDigests, AssetDownloads, ImmutableReleases, Options, RateLimits, RegistryOptions, RepositoryRights,
    Token, Visibility, WorkflowRight, WritePace,
};
pub use pulls::{CommitRecord, VersionLabels, pull_requests_from_commits};
pub use seed::{
    PullState, PullsFile, Seed, SeedAsset, SeedCommit, SeedError, SeedLabel, SeedPullRequest, SeedRelease,
};
pub use server::{Error, Rehearsal};
pub use snapshot::{Snapshot, SnapshotAsset, SnapshotPull, SnapshotRelease};
