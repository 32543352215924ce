//! Files of releases over REST.
//!
//! Owns listing, reading, renaming and deleting. Must never take bytes in: `uploads` does.

use crate::answer::Answer;
use crate::github::downloads::storage_url;
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::paging::Entry;
use crate::github::releases::find;
use crate::github::state::{AssetState, Release};
use crate::github::uploads::stored_name;
use crate::github::{paging, shapes};
use crate::options::AssetDownloads;

pub(crate) fn list(exchange: &mut Exchange<'_>) -> Outcome {
    let release = find(exchange)?;
    let world = exchange.world;
    let entries: Vec<Entry> =
        release.assets.values().map(|asset| (asset.id, shapes::asset(world, release, asset))).collect();
    Ok(paging::answer(exchange, entries))
}

/// Describes a file, or hands it out to those who accept `application/octet-stream`.
pub(crate) fn get(exchange: &mut Exchange<'_>) -> Outcome {
    let wants_bytes =
        exchange.call.header("accept").is_some_and(|kinds| kinds.contains("application/octet-stream"));
    let world = exchange.world;
    let id = exchange.id("asset_id")?;
    let release = seen(exchange, id)?;
    let asset = release.assets.get(&id).ok_or_else(Refusal::not_found)?;
    if !wants_bytes {
        return Ok(Answer::json(200, &shapes::asset(world, release, asset)));
    }
    if asset.state == AssetState::Starter {
        return Err(Refusal::not_found());
    }
    match world.options.asset_downloads {
        AssetDownloads::Redirected => Ok(Answer::redirect(storage_url(world, asset))),
        AssetDownloads::Direct => Ok(Answer::bytes(200, "application/octet-stream", asset.bytes.clone())),
    }
}

pub(crate) fn update(exchange: &mut Exchange<'_>) -> Outcome {
    let body = exchange.body()?;
    let (name, label) = (body.text("name")?, body.text("label")?);
    let world = exchange.world;
    let id = exchange.id("asset_id")?;
    let release = changeable(exchange)?;
    if let Some(name) = name.map(|name| stored_name(&name)) {
        if release.assets.values().any(|other| other.id != id && other.name == name) {
            return Err(Refusal::invalid("ReleaseAsset", "already_exists", "name"));
        }
        if let Some(asset) = release.assets.get_mut(&id) {
            asset.name = name;
        }
    }
    let asset = release.assets.get_mut(&id).ok_or_else(Refusal::not_found)?;
    asset.label = label.or_else(|| asset.label.clone());
    let asset = asset.clone();
    Ok(Answer::json(200, &shapes::asset(world, release, &asset)))
}

pub(crate) fn delete(exchange: &mut Exchange<'_>) -> Outcome {
    let id = exchange.id("asset_id")?;
    changeable(exchange)?.assets.remove(&id);
    Ok(Answer::empty(204))
}

/// The release of the file in question, if it can still be changed.
fn changeable<'a>(exchange: &'a mut Exchange<'_>) -> Result<&'a mut Release, Refusal> {
    let id = exchange.id("asset_id")?;
    seen(exchange, id)?;
    let release = exchange.state.release_of_asset(id).ok_or_else(Refusal::not_found)?;
    if release.immutable {
        return Err(Refusal::custom(
            "ReleaseAsset",
            "release",
            "Cannot change assets of an immutable release",
        ));
    }
    Ok(release)
}

/// The release of a file that the caller may see: files of drafts are there only for those who may push.
fn seen<'a>(exchange: &'a Exchange<'_>, id: u64) -> Result<&'a Release, Refusal> {
    let found = exchange.state.releases.values().find(|release| release.assets.contains_key(&id));
    found.filter(|release| !release.draft || exchange.caller.may_push()).ok_or_else(Refusal::not_found)
}
