//! Releases that are there from the start.
//!
//! Owns turning a seed's release into a real one. Must never take a short cut around publishing.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::github::hex;
use crate::github::publishing;
use crate::github::state::{Asset, AssetState, MakeLatest, Release, State};
use crate::seed::SeedRelease;
use crate::world::World;

/// Adds a release; the error says why it cannot be.
pub(crate) fn add_release(
    world: &World,
    state: &mut State,
    seed: SeedRelease,
    now: Timestamp,
) -> Result<(), String> {
    let owner = world.options.owner.clone();
    let mut release = Release {
        id: state.next_id(),
        tag_name: seed.tag_name,
        target: seed.target.unwrap_or_else(|| world.options.default_branch.clone()),
        name: seed.name,
        body: seed.body,
        draft: true,
        prerelease: seed.prerelease,
        immutable: false,
        author: owner.clone(),
        make_latest: MakeLatest::Legacy,
        created_at: now,
        published_at: None,
        updated_at: now,
        assets: Default::default(),
        hidden_reads: 0,
    };
    for file in seed.assets {
        let asset = Asset {
            id: state.next_id(),
            name: file.name,
            label: None,
            state: AssetState::Uploaded,
            content_type: "application/octet-stream".to_owned(),
            sha256: hex(&Sha256::digest(file.content.as_bytes())),
            bytes: file.content.into(),
            uploader: owner.clone(),
            created_at: now,
            downloads: 0,
        };
        release.assets.insert(asset.id, asset);
    }
    if !seed.draft {
        release = publishing::publish(world, state, release).map_err(|refusal| refusal.to_string())?;
    }
    state.releases.insert(release.id, release);
    Ok(())
}
