//! The plan's files on this machine: built beside their folder and renamed into it, so that a folder is whole or not there.

use std::path::Path;

use bundle_format::digest::Sha256Hex;
use release_core::bundle::assets::{self, AssetBytes, CHECKSUMS};
use release_core::finding::Cause;
use release_core::plan::{Asset, Plan};
use release_core::receipt::Outcome;

use crate::failure::Failure;

use crate::output::{file_failure, write_whole};

use super::World;
use super::signature;

/// The plan's name among its files.
const PLAN_FILE: &str = "plan.json";

/// Writes every asset, and the plan itself, into the plan's folder.
pub(super) fn write(plan: &Plan, world: &World<'_>) -> Result<Outcome, Failure> {
    let folder = world.folder(plan);
    let built = plan.assets.iter().all(|asset| holds(&folder, asset));
    let signed = |signature| Ok::<_, Failure>(signature::in_folder(signature, plan, world)?.is_some());
    if built && plan.signature.as_ref().map_or(Ok(true), signed)? {
        return Ok(Outcome::AlreadyDone(format!("`{}` holds them", folder.display())));
    }
    write_folder(plan, &folder, world)?;
    Ok(Outcome::Done)
}

/// Builds the assets of a plan: the very bytes that it names.
///
/// # Errors
///
/// [`Cause::PlanStale`] where they do not come out as the plan says.
pub fn build(plan: &Plan) -> Result<Vec<AssetBytes>, Failure> {
    let built = assets::assets(&plan.bundles, &plan.into())
        .map_err(|error| Failure::of(Cause::Internal, error.to_string()))?;
    if let Some(part) = built.iter().find(|part| !plan.assets.contains(&part.asset)) {
        return Err(Failure::new(
            Cause::PlanStale,
            format!("`{}` no longer comes out as the plan says", part.asset.name),
            "the plan was made by another version of this tool: use that version; a release that is not finished can be given up with \
             `cargo xtask abandon`",
        ));
    }
    Ok(built)
}

/// Writes the assets of a plan into its folder.
fn write_folder(plan: &Plan, folder: &Path, world: &World<'_>) -> Result<(), Failure> {
    let built = build(plan)?;
    let json = plan.to_json();
    let checksums = built.iter().find(|part| part.asset.name == CHECKSUMS);
    let signature = match (&plan.signature, checksums) {
        (Some(signature), Some(checksums)) => {
            Some((signature, signature::make(signature, &checksums.content, world)?))
        }
        _ => None,
    };
    let mut files: Vec<(&str, &[u8])> =
        built.iter().map(|part| (part.asset.name.as_str(), part.content.as_slice())).collect();
    files.push((PLAN_FILE, json.as_bytes()));
    files.extend(signature.iter().map(|(signature, made)| (signature.name.as_str(), made.as_slice())));
    write_whole(folder, &files)
}

/// The bytes of an asset from the plan's folder, built anew where they are not there or not right.
pub(super) fn read(plan: &Plan, asset: &Asset, world: &World<'_>) -> Result<Vec<u8>, Failure> {
    let folder = world.folder(plan);
    if !holds(&folder, asset) {
        write_folder(plan, &folder, world)?;
    }
    let path = folder.join(&asset.name);
    std::fs::read(&path).map_err(|error| file_failure("read", &path, &error))
}

fn holds(folder: &Path, asset: &Asset) -> bool {
    std::fs::read(folder.join(&asset.name)).is_ok_and(|content| Sha256Hex::of(&content) == asset.sha256)
}
