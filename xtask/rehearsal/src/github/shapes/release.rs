//! Releases and their files.
//!
//! Owns the JSON and the addresses of both. Must never decide whether somebody may see them.

use serde_json::{Value, json};

use crate::call::encode;
use crate::github::shapes::{instant, node_id, repository_page, repository_url, user};
use crate::github::state::{Asset, AssetState, Release};
use crate::options::AssetDigests;
use crate::world::World;

/// A release. Its `upload_url` is an RFC 6570 template on the upload host.
pub(crate) fn release(world: &World, release: &Release) -> Value {
    let (api, page) = (repository_url(world), repository_page(world));
    let url = format!("{api}/releases/{}", release.id);
    let archive = |kind: &str| {
        if release.draft { Value::Null } else { json!(format!("{api}/{kind}/{}", encode(&release.tag_name))) }
    };
    json!({
        "url": url,
        "assets_url": format!("{url}/assets"),
        "upload_url": format!(
            "{}/repos/{}/{}/releases/{}/assets{{?name,label}}",
            world.urls.uploads, world.options.owner, world.options.name, release.id
        ),
        "html_url": format!("{page}/releases/tag/{}", address(release)),
        "id": release.id,
        "author": user(world, &release.author),
        "node_id": node_id("RE", release.id),
        "tag_name": release.tag_name,
        "target_commitish": release.target,
        "name": release.name,
        "draft": release.draft,
        "immutable": release.immutable,
        "prerelease": release.prerelease,
        "created_at": instant(release.created_at),
        "updated_at": instant(release.updated_at),
        "published_at": release.published_at.map(instant),
        "assets": release.assets.values().map(|found| asset(world, release, found)).collect::<Vec<_>>(),
        "tarball_url": archive("tarball"),
        "zipball_url": archive("zipball"),
        "body": release.body,
    })
}

/// A file of a release.
pub(crate) fn asset(world: &World, release: &Release, asset: &Asset) -> Value {
    let state = match asset.state {
        AssetState::Starter => "starter",
        AssetState::Uploaded => "uploaded",
    };
    let stated = asset.state == AssetState::Uploaded && world.options.asset_digests == AssetDigests::Stated;
    let digest = if stated { json!(format!("sha256:{}", asset.sha256)) } else { Value::Null };
    json!({
        "url": format!("{}/releases/assets/{}", repository_url(world), asset.id),
        "id": asset.id,
        "node_id": node_id("RA", asset.id),
        "name": asset.name,
        "label": asset.label,
        "uploader": user(world, &asset.uploader),
        "content_type": asset.content_type,
        "state": state,
        "size": asset.bytes.len(),
        "digest": digest,
        "download_count": asset.downloads,
        "created_at": instant(asset.created_at),
        "updated_at": instant(asset.created_at),
        "browser_download_url": download_url(world, release, &asset.name),
    })
}

/// Where a file is downloaded without the API.
fn download_url(world: &World, release: &Release, name: &str) -> String {
    format!("{}/releases/download/{}/{}", repository_page(world), address(release), encode(name))
}

/// A draft's page is not under its tag, which does not belong to it yet.
fn address(release: &Release) -> String {
    if release.draft { format!("untagged-{:x}", release.id) } else { encode(&release.tag_name) }
}
