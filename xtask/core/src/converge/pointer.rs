//! Where a channel's pointer goes. Never back: a reader refuses a lower sequence, and a slower run must not undo a faster one.

use std::collections::BTreeMap;

use bundle_format::pointer::{FORMAT, PointedBundle, Pointer};

use crate::plan::{Asset, Plan};

/// What has to happen to a channel's pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointerMove {
    /// It points at this release already.
    Keep,
    /// It points at a newer release.
    Newer(String),
    /// It moves: this is its new content.
    Write(Pointer),
}

/// Decides where the pointer of `channel` goes once the plan's release is published.
#[must_use]
pub fn pointer(current: Option<&Pointer>, plan: &Plan, channel: &str) -> PointerMove {
    let wanted = Pointer {
        format: FORMAT,
        product: plan.product.clone(),
        channel: channel.to_owned(),
        sequence: current.map_or(1, |current| current.sequence + 1),
        version: plan.version.clone(),
        released_at: plan.date.to_string(),
        bundles: bundles(plan),
    };
    match current {
        Some(current) if current.version > plan.version => PointerMove::Newer(current.version.to_string()),
        Some(current) if Pointer { sequence: current.sequence, ..wanted.clone() } == *current => {
            PointerMove::Keep
        }
        _ => PointerMove::Write(wanted),
    }
}

fn bundles(plan: &Plan) -> BTreeMap<String, PointedBundle> {
    let asset = |name: &str| plan.assets.iter().find(|asset| asset.name == name);
    plan.bundles
        .iter()
        .filter_map(|bundle| {
            let (archive, manifest): (&Asset, &Asset) = (asset(&bundle.archive)?, asset(&bundle.manifest)?);
            let pointed = PointedBundle {
                archive: archive.name.clone(),
                archive_sha256: archive.sha256.clone(),
                manifest: manifest.name.clone(),
                manifest_sha256: manifest.sha256.clone(),
            };
            Some((bundle.variant.clone(), pointed))
        })
        .collect()
}
