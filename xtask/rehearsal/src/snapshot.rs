//! What there is at one moment, for assertions and for people who look.
//!
//! Owns a view without tokens or clocks. Must never be read back into the world.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::github::state::{AssetState, Release, State};
use crate::seed::PullState;
use crate::world::World;

/// The world at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Releases, the oldest first.
    pub releases: Vec<SnapshotRelease>,
    /// Refs of the bare repository and the object each names.
    pub refs: BTreeMap<String, String>,
    /// Pull requests by number.
    pub pull_requests: Vec<SnapshotPull>,
    /// Images that were pushed: `repository:tag` and digest. Images that are made up are not listed.
    pub images: BTreeMap<String, String>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRelease {
    /// Its id.
    pub id: u64,
    /// Name of its tag.
    pub tag_name: String,
    /// Its title.
    pub name: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// Whether it is not published.
    pub draft: bool,
    /// Whether it is a pre-release.
    pub prerelease: bool,
    /// Whether it can no longer be changed.
    pub immutable: bool,
    /// Whether it is the one called latest.
    pub latest: bool,
    /// Its files, in the order of their ids.
    pub assets: Vec<SnapshotAsset>,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotAsset {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `uploaded`, or `starter` after an upload that broke off.
    pub state: String,
    /// Bytes.
    pub size: usize,
    /// SHA-256 in lowercase hexadecimal digits.
    pub sha256: String,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotPull {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: PullState,
    /// Names of its labels.
    pub labels: Vec<String>,
}

impl Snapshot {
    pub(crate) fn take(world: &World) -> Self {
        let (releases, pull_requests) = {
            let state = world.state();
            let latest = state.latest().map(|release| release.id);
            (state.releases.values().map(|release| view(release, latest)).collect(), pulls(&state))
        };
        let images = world.shelf().pushed();
        // A repository that cannot be read has no refs to show; starting has proven that it can be opened.
        let refs = world.store.references().unwrap_or_default();
        Self { releases, refs, pull_requests, images }
    }
}

fn view(release: &Release, latest: Option<u64>) -> SnapshotRelease {
    SnapshotRelease {
        id: release.id,
        tag_name: release.tag_name.clone(),
        name: release.name.clone(),
        body: release.body.clone(),
        draft: release.draft,
        prerelease: release.prerelease,
        immutable: release.immutable,
        latest: latest == Some(release.id),
        assets: release
            .assets
            .values()
            .map(|asset| SnapshotAsset {
                id: asset.id,
                name: asset.name.clone(),
                state: match asset.state {
                    AssetState::Starter => "starter".to_owned(),
                    AssetState::Uploaded => "uploaded".to_owned(),
                },
                size: asset.bytes.len(),
                sha256: asset.sha256.clone(),
            })
            .collect(),
    }
}

fn pulls(state: &State) -> Vec<SnapshotPull> {
    state
        .pulls
        .values()
        .map(|pull| SnapshotPull {
            number: pull.number,
            title: pull.title.clone(),
            state: pull.state,
            labels: pull.labels.clone(),
        })
        .collect()
}
