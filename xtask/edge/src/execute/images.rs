//! Images: proven to exist before anything else happens, tagged by digest before the release is public.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use release_core::finding::Cause;
use release_core::plan::Plan;
use release_core::receipt::Outcome;

use crate::failure::Failure;

use super::World;

/// Requires every image of the plan to be in its registry, with the digest of the plan.
pub(super) fn prove(plan: &Plan, world: &World<'_>) -> Result<Outcome, Failure> {
    // By digest, not by tag: a tag may have moved on since, the bits of this release must still be there.
    let by_digest: BTreeMap<String, &String> = plan
        .images
        .iter()
        .map(|(reference, image)| {
            (format!("{}@{}", without_tag(reference), image.digest.prefixed()), reference)
        })
        .collect();
    let references: Vec<String> = by_digest.keys().cloned().collect();
    // What a digest leads to is known; asking for it would count as a pull.
    let there = world.registry.exist(&references)?;
    let missing: Vec<String> = by_digest
        .values()
        .zip(there)
        .filter(|(_, there)| !there)
        .map(|(reference, _)| format!("`{reference}`"))
        .collect();
    if missing.is_empty() {
        return Ok(Outcome::Done);
    }
    Err(Failure::new(
        Cause::ImageMissing,
        format!("the registry no longer has {}", missing.join(", ")),
        "push the image again, or plan anew with the image that is there; a locked one is asked for again by `cargo xtask bundle --update-locks`",
    ))
}

/// Gives the image of a digest the release's tag.
pub(super) fn tag(image: &str, digest: &Sha256Hex, tag: &str, world: &World<'_>) -> Result<Outcome, Failure> {
    let reference = [format!("{image}:{tag}")];
    let look = || -> Result<Option<Sha256Hex>, Failure> {
        Ok(world.registry.resolve(&reference)?.into_iter().flatten().next().map(|found| found.digest))
    };
    match look()? {
        Some(found) if found == *digest => {
            return Ok(Outcome::AlreadyDone("the tag has this digest".to_owned()));
        }
        Some(found) => {
            return Err(Failure::new(
                Cause::ImageTagElsewhere,
                format!("`{image}:{tag}` exists with another digest, {}", found.prefixed()),
                "release tags never move: find out who pushed it, delete that tag, and run again",
            ));
        }
        None => {}
    }
    world.registry.tag(image, digest, tag)?;
    match look()? {
        Some(found) if found == *digest => Ok(Outcome::Done),
        _ => Err(Failure::new(
            Cause::Registry,
            format!("the registry took the tag `{tag}` of `{image}` and does not show it"),
            "run the release again; it continues here",
        )),
    }
}

/// A reference without its tag: the last colon after the last slash begins the tag.
fn without_tag(reference: &str) -> &str {
    let path = reference.rfind('/').map_or(0, |slash| slash + 1);
    match reference.get(path..).and_then(|last| last.find(':')) {
        Some(colon) => reference.get(..path + colon).unwrap_or(reference),
        None => reference,
    }
}
