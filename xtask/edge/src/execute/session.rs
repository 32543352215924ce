//! What one run has seen of the forge so far, so that each step need not ask again. It is a cache: every step can do without it.

use std::collections::BTreeMap;
use std::time::Duration;

use bundle_format::digest::Sha256Hex;
use release_core::changelog::notes::plan_id_in;
use release_core::converge::{AssetFacts, DraftMove, Following, draft, unproven};
use release_core::facts::ReleaseFacts;
use release_core::finding::Cause;
use release_core::plan::{Asset, Plan};

use crate::failure::Failure;
use crate::forge::{Release, ReleaseAsset};

use super::World;

/// How often something is looked for that may be there but not listed yet.
pub(super) const LOOKS: u32 = 4;

/// What one run has seen.
#[derive(Default)]
pub(super) struct Session {
    /// Whether this run, and no other, pushed the tag: then no draft can be older than the run, and there is no list to wait for.
    pub(super) tagged_now: bool,
    /// Whether a draft may have been created without this run being told.
    pub(super) doubtful: bool,
    /// What people should know.
    pub(super) notes: Vec<String>,
    /// The plan's release.
    pub(super) release: Option<Release>,
    /// Its assets, as last listed.
    pub(super) assets: Option<Vec<ReleaseAsset>>,
    /// The signatures that were read, by the assets' numbers: how they are described where they verify.
    pub(super) signatures: BTreeMap<u64, Option<Asset>>,
    /// Whether the tags of a channel follow the release.
    pub(super) following: BTreeMap<String, Following>,
    /// The digests of assets that the forge does not state, by the assets' numbers. The content behind a number never changes.
    pub(super) compared: BTreeMap<u64, Sha256Hex>,
}

impl Session {
    /// The plan's release, looked for where this run has not seen it.
    pub(super) fn release(&mut self, plan: &Plan, world: &World<'_>) -> Result<Release, Failure> {
        if let Some(release) = &self.release {
            return Ok(release.clone());
        }
        let releases = world.forge.releases()?;
        match draft(&releases.iter().map(facts).collect::<Vec<_>>(), plan) {
            DraftMove::Adopt { keep, .. } => {
                let found = releases.into_iter().find(|release| release.id == keep);
                self.release.clone_from(&found);
                found.ok_or_else(|| missing(plan))
            }
            DraftMove::Create => Err(missing(plan)),
            DraftMove::Foreign(id) => Err(foreign(plan, id)),
        }
    }

    /// The assets of the plan's release, listed where this run has not done so.
    pub(super) fn assets(&mut self, release: u64, world: &World<'_>) -> Result<Vec<AssetFacts>, Failure> {
        if self.assets.is_none() {
            self.assets = Some(world.forge.assets(release)?);
        }
        Ok(self.asset_facts())
    }

    /// Reads the listed assets that may be the wanted ones and whose digest the forge does not state, each once in a run.
    pub(super) fn compare(
        &mut self,
        wanted: &[Asset],
        world: &World<'_>,
    ) -> Result<Vec<AssetFacts>, Failure> {
        for id in unproven(&self.asset_facts(), wanted) {
            let Some(asset) = self.assets.iter().flatten().find(|asset| asset.id == id) else { continue };
            let content = world.forge.read_asset(asset)?;
            self.compared.insert(id, Sha256Hex::of(&content));
        }
        Ok(self.asset_facts())
    }

    fn asset_facts(&self) -> Vec<AssetFacts> {
        let known = |asset: &ReleaseAsset| {
            let found = || self.compared.get(&asset.id).map(Sha256Hex::prefixed);
            AssetFacts {
                id: asset.id,
                name: asset.name.clone(),
                size: asset.size,
                uploaded: asset.uploaded,
                digest: asset.digest.clone().or_else(found),
            }
        };
        self.assets.iter().flatten().map(known).collect()
    }
}

/// A release as the decisions see it.
pub(crate) fn facts(release: &Release) -> ReleaseFacts {
    ReleaseFacts {
        id: release.id,
        tag: release.tag.clone(),
        draft: release.draft,
        prerelease: release.prerelease,
        plan: plan_id_in(&release.body),
        url: release.url.clone(),
    }
}

/// Waits as long as three writes take: long enough for a real forge's lists to follow, no time at all in a rehearsal.
pub(super) fn wait_for_lists(plan: &Plan, world: &World<'_>) {
    world.clock.sleep(Duration::from_millis(u64::from(plan.milliseconds_between_writes) * 3));
}

pub(super) fn foreign(plan: &Plan, id: u64) -> Failure {
    Failure::new(
        Cause::ReleaseForeign,
        format!("release number {id} has the tag {} and was not made by this plan", plan.tag()),
        "delete it if it was made by mistake, or run `cargo xtask abandon` for this tag and release the next version",
    )
}

fn missing(plan: &Plan) -> Failure {
    Failure::new(
        Cause::Forge,
        format!("the draft of {} is gone", plan.tag()),
        "run the release again; it makes a new draft and goes on",
    )
}
