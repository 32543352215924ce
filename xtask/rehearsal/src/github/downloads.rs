//! The website's downloads and the storage behind them.
//!
//! Owns handing bytes out. Must never accept a token: storage signs its addresses, and refuses a request that brings a
//! second way to prove itself.

use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::hex;
use crate::github::state::{Asset, AssetState};
use crate::world::World;

/// Sends a browser on to storage; drafts have no address here.
pub(crate) fn download(exchange: &mut Exchange<'_>) -> Outcome {
    let release = exchange.state.published(exchange.param("tag")).ok_or_else(Refusal::not_found)?;
    let named = |asset: &&Asset| asset.name == exchange.param("name") && asset.state == AssetState::Uploaded;
    let asset = release.assets.values().find(named).ok_or_else(Refusal::not_found)?;
    Ok(Answer::redirect(storage_url(exchange.world, asset)))
}

/// The bytes, for those who come with a signed address and nothing else.
pub(crate) fn storage(exchange: &mut Exchange<'_>) -> Outcome {
    if exchange.call.header("authorization").is_some() {
        let refused = "<Error><Code>InvalidAuthenticationInfo</Code></Error>";
        return Ok(Answer::bytes(400, "application/xml", refused));
    }
    let id = exchange.id("asset_id")?;
    let signature = exchange.call.query("sig");
    let release = exchange.state.release_of_asset(id).ok_or_else(Refusal::not_found)?;
    let asset = release.assets.get_mut(&id).ok_or_else(Refusal::not_found)?;
    if signature.as_deref() != Some(sign(asset).as_str()) {
        return Ok(Answer::bytes(403, "application/xml", "<Error><Code>AuthenticationFailed</Code></Error>"));
    }
    asset.downloads = asset.downloads.saturating_add(1);
    Ok(Answer::bytes(200, "application/octet-stream", asset.bytes.clone()))
}

/// A file of a branch as it is now. GitHub has a host of its own for these, which may answer with what was true five minutes ago.
pub(crate) fn raw(exchange: &mut Exchange<'_>) -> Outcome {
    let store = &exchange.world.store;
    let (commit, _) = store
        .reference(&format!("refs/heads/{}", exchange.param("branch")))?
        .ok_or_else(Refusal::not_found)?;
    let content = store.file(&commit, exchange.param("path"))?.ok_or_else(Refusal::not_found)?;
    Ok(Answer::bytes(200, "text/plain; charset=utf-8", content))
}

/// Where the bytes are, signed.
pub(crate) fn storage_url(world: &World, asset: &Asset) -> String {
    format!("{}/storage/{}?sig={}", world.urls.web, asset.id, sign(asset))
}

fn sign(asset: &Asset) -> String {
    hex(&Sha256::digest(format!("rehearsal storage {} {}", asset.id, asset.sha256)))
}
