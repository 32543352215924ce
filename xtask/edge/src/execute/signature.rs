//! The signature over the checksums: made once, then known by verifying it. One that is uploaded and verifies is the release's, whoever
//! ran when it was made; none is ever compared by digest with what another run has made.

use std::path::Path;

use bundle_format::digest::Sha256Hex;
use bundle_format::signature::{LARGEST, SignatureError, Subject};
use release_core::bundle::assets::CHECKSUMS;
use release_core::finding::Cause;
use release_core::plan::{Asset, Plan, Signature};

use crate::failure::Failure;
use crate::forge::ReleaseAsset;
use crate::output::replace;

use super::World;
use super::assets;
use super::session::Session;

/// Every asset that the release has to have: the plan's, and its signature as an asset that can be compared like the others.
pub(super) fn wanted(
    plan: &Plan,
    release: u64,
    world: &World<'_>,
    session: &mut Session,
) -> Result<Vec<Asset>, Failure> {
    let signature = plan.signature.as_ref();
    let signature =
        signature.map(|signature| described(signature, plan, release, world, session)).transpose()?;
    Ok(plan.assets.iter().cloned().chain(signature).collect())
}

/// The signature as it lies in the plan's folder, made anew where there is none that verifies.
pub(super) fn local(signature: &Signature, plan: &Plan, world: &World<'_>) -> Result<Vec<u8>, Failure> {
    if let Some(known) = in_folder(signature, plan, world)? {
        return Ok(known);
    }
    let made = make(signature, &checksums(plan, world)?, world)?;
    replace(&world.folder(plan).join(&signature.name), &made)?;
    Ok(made)
}

/// The signature in the plan's folder; none where it does not verify.
pub(super) fn in_folder(
    signature: &Signature,
    plan: &Plan,
    world: &World<'_>,
) -> Result<Option<Vec<u8>>, Failure> {
    let Some(known) = read(&world.folder(plan).join(&signature.name)) else { return Ok(None) };
    Ok(proves(signature, &checksums(plan, world)?, &known, world).is_ok().then_some(known))
}

/// Signs the checksums.
pub(super) fn make(signature: &Signature, checksums: &[u8], world: &World<'_>) -> Result<Vec<u8>, Failure> {
    let key = world.release_key.ok_or_else(|| {
        Failure::of(Cause::ReleaseKeyMissing, "the release is to be signed and no key was given".to_owned())
    })?;
    let made = key
        .sign(Subject::Checksums, checksums, &signature.comment)
        .map_err(|error| Failure::of(Cause::Internal, error.to_string()))?
        .into_bytes();
    // The world was checked before anything was done; what this run makes is checked all the same.
    proves(signature, checksums, &made, world).map_err(|error| {
        let message = format!("the signature that was made does not prove the release: {error}");
        Failure::of(Cause::ReleaseKeyUnpinned, message)
    })?;
    Ok(made)
}

/// Requires downloaded bytes to be a signature of the plan.
pub(super) fn is_proven(
    signature: &Signature,
    plan: &Plan,
    world: &World<'_>,
    content: &[u8],
) -> Result<bool, Failure> {
    Ok(proves(signature, &checksums(plan, world)?, content, world).is_ok())
}

/// Whether it is a signature of the plan, by a key that the configuration has not taken back by now.
fn proves(
    signature: &Signature,
    checksums: &[u8],
    content: &[u8],
    world: &World<'_>,
) -> Result<(), SignatureError> {
    signature.prove(checksums, content, world.facts.configuration.release.revoked())
}

/// The signature that the release has, where it verifies; otherwise the one of this run.
fn described(
    signature: &Signature,
    plan: &Plan,
    release: u64,
    world: &World<'_>,
    session: &mut Session,
) -> Result<Asset, Failure> {
    session.assets(release, world)?;
    let fits = |asset: &&ReleaseAsset| {
        asset.name == signature.name && asset.uploaded && asset.size <= LARGEST as u64
    };
    let uploaded: Vec<ReleaseAsset> = session.assets.iter().flatten().filter(fits).cloned().collect();
    let here = in_folder(signature, plan, world)?.map(|known| describe(signature, &known));
    for asset in uploaded {
        if let Some(here) = here.as_ref().filter(|here| asset.digest == Some(here.sha256.prefixed())) {
            return Ok(here.clone());
        }
        if !session.signatures.contains_key(&asset.id) {
            let content = world.forge.read_asset(&asset)?;
            session.compared.insert(asset.id, Sha256Hex::of(&content));
            let proven = is_proven(signature, plan, world, &content)?;
            if proven {
                // The folder shows what was released.
                replace(&world.folder(plan).join(&signature.name), &content)?;
            }
            session.signatures.insert(asset.id, proven.then(|| describe(signature, &content)));
        }
        if let Some(Some(proven)) = session.signatures.get(&asset.id) {
            return Ok(proven.clone());
        }
    }
    Ok(describe(signature, &local(signature, plan, world)?))
}

fn describe(signature: &Signature, content: &[u8]) -> Asset {
    Asset {
        name: signature.name.clone(),
        content_type: signature.content_type.clone(),
        size: content.len() as u64,
        sha256: Sha256Hex::of(content),
    }
}

fn checksums(plan: &Plan, world: &World<'_>) -> Result<Vec<u8>, Failure> {
    let listed = plan.assets.iter().find(|asset| asset.name == CHECKSUMS);
    let listed = listed.ok_or_else(|| {
        Failure::of(Cause::Internal, format!("the plan has a signature and no `{CHECKSUMS}`"))
    })?;
    assets::read(plan, listed, world)
}

fn read(path: &Path) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}
