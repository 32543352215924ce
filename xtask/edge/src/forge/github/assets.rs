//! Assets of a release: list, upload, delete. Deletes by number only, and uploads only to the forge's own upload host.

use bytes::Bytes;
use http::{Request, header};
use release_core::finding::Cause;
use serde::Deserialize;

use super::GitHub;
use super::calls::json;
use super::carrier::Route;
use super::releases::RIGHT;
use super::transport::ANSWER;
use crate::failure::Failure;
use crate::forge::answer::Attempt;
use crate::forge::operation::{Missing, Operation};
use crate::forge::retry::Settled;
use crate::forge::{NewAsset, Release, ReleaseAsset, Written};

/// An asset, as far as it is used.
#[derive(Deserialize)]
struct Shape {
    id: u64,
    name: String,
    size: u64,
    /// `uploaded`, `open`, or the unpublished `starter` that a broken upload leaves.
    state: String,
    #[serde(default)]
    digest: Option<String>,
    browser_download_url: String,
}

impl From<Shape> for ReleaseAsset {
    fn from(shape: Shape) -> Self {
        Self {
            id: shape.id,
            name: shape.name,
            size: shape.size,
            uploaded: shape.state == "uploaded",
            digest: shape.digest,
            download_url: shape.browser_download_url,
        }
    }
}

impl GitHub {
    pub(super) fn list_assets(&self, release: u64) -> Result<Vec<ReleaseAsset>, Failure> {
        let operation = Operation::read(format!("list the assets of the release {release}"), RIGHT)
            .missing(self.absence(release));
        let shapes: Option<Vec<Shape>> = self.read_all(&operation, &format!("/releases/{release}/assets"))?;
        let gone = || Failure::of(Cause::Forge, format!("cannot {}: the release is gone", operation.doing));
        Ok(shapes.ok_or_else(gone)?.into_iter().map(ReleaseAsset::from).collect())
    }

    pub(super) fn send_asset(
        &self,
        release: &Release,
        asset: &NewAsset<'_>,
    ) -> Result<Written<ReleaseAsset>, Failure> {
        let operation = Operation::create(format!("upload `{}` to `{}`", asset.name, release.tag), RIGHT);
        self.require_token(&operation)?;
        let url = self.address.upload(&release.upload_url, asset.name)?;
        let content = Bytes::copy_from_slice(asset.content);
        let attempt = || match upload(url.as_str(), asset.content_type, content.clone()) {
            Ok(request) => self.transport.send(Route::Upload, request, content.len() as u64, ANSWER),
            Err(why) => Attempt::NotSent(why),
        };
        Ok(match self.patience.settle(&operation, attempt, json::<Shape>)? {
            Settled::Yes(shape) => Written::Yes(shape.into()),
            Settled::Exists => Written::Exists,
            Settled::Unknown(why) => Written::Unknown(why),
            Settled::Missing => return Err(super::calls::unexpected(&operation)),
        })
    }

    pub(super) fn remove_asset(&self, id: u64) -> Result<Written<()>, Failure> {
        let operation =
            Operation::repeatable(format!("delete the asset {id}"), RIGHT).missing(Missing::Answer);
        self.remove(&operation, &format!("/releases/assets/{id}"))
    }
}

fn upload(url: &str, content_type: &str, content: Bytes) -> Result<Request<Bytes>, String> {
    Request::post(url)
        .header(header::ACCEPT, "application/vnd.github+json")
        .header(header::CONTENT_TYPE, content_type)
        .body(content)
        .map_err(|error| error.to_string())
}
