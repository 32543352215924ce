//! Downloads of assets: as the public makes them, and through the API. Never shows the token to the host behind a redirect, never
//! leaves https but on loopback, never takes more than was announced.

use bytes::Bytes;
use http::{Request, header};
use release_core::finding::Cause;
use url::Url;

use super::GitHub;
use super::carrier::Route;
use super::releases::RIGHT;
use crate::failure::Failure;
use crate::forge::ReleaseAsset;
use crate::forge::answer::{Answer, Attempt, Complaint};
use crate::forge::operation::{Missing, Operation};
use crate::forge::retry::Settled;

/// How many redirects are followed.
const REDIRECTS: usize = 3;

/// What a download asks for. Of the API, this is what asks for the content of an asset instead of its description.
const CONTENT: &str = "application/octet-stream";

impl GitHub {
    pub(super) fn fetch_asset_as_public(&self, asset: &ReleaseAsset) -> Result<Vec<u8>, Failure> {
        // A release that was published a moment ago is not on every edge of the network yet.
        let operation = Operation::read(format!("download `{}`", asset.name), "no right at all")
            .missing(Missing::Stale)
            .advice("assets of a private repository cannot be downloaded by the public");
        let start = self.address.download(&asset.download_url)?;
        self.fetch(&operation, asset, Route::Download, &start)
    }

    pub(super) fn fetch_asset_with_token(&self, asset: &ReleaseAsset) -> Result<Vec<u8>, Failure> {
        let operation =
            Operation::read(format!("read the asset `{}`", asset.name), RIGHT).missing(Missing::Stale);
        self.require_token(&operation)?;
        let start = self.address.asset(asset.id)?;
        self.fetch(&operation, asset, Route::DownloadOfApi, &start)
    }

    fn fetch(
        &self,
        operation: &Operation,
        asset: &ReleaseAsset,
        route: Route,
        start: &Url,
    ) -> Result<Vec<u8>, Failure> {
        let whole = |answer: &Answer| {
            let size = answer.body.len() as u64;
            if size == asset.size {
                Ok(answer.body.clone())
            } else {
                Err(format!("{size} bytes came where {} were announced", asset.size))
            }
        };
        match self.patience.settle(operation, || self.follow(route, start, asset.size), whole)? {
            Settled::Yes(content) => Ok(content),
            Settled::Missing | Settled::Exists | Settled::Unknown(_) => {
                Err(Failure::of(Cause::Forge, format!("cannot {}: it is not there", operation.doing)))
            }
        }
    }

    /// Asks for an address and follows where it leads; the token goes to the first one at most.
    fn follow(&self, first: Route, start: &Url, size: u64) -> Attempt {
        let (mut route, mut url) = (first, start.clone());
        let most = usize::try_from(size).unwrap_or(usize::MAX);
        for _ in 0..=REDIRECTS {
            let request = Request::get(url.as_str()).header(header::ACCEPT, CONTENT).body(Bytes::new());
            let outcome = match request {
                // The text of an error may be longer than the asset.
                Ok(request) => self.transport.send(route, request, size, most.max(64 << 10)),
                Err(error) => Attempt::NotSent(error.to_string()),
            };
            match redirect(&outcome, &url) {
                None => return outcome,
                Some(target) => match self.address.download(target.as_str()) {
                    Ok(next) => (route, url) = (Route::Download, next),
                    Err(failure) => return stopped(&outcome, failure.message),
                },
            }
        }
        Attempt::Lost(format!("more than {REDIRECTS} redirects"))
    }
}

/// A redirect that must not be followed: asking again would not change it.
fn stopped(outcome: &Attempt, why: String) -> Attempt {
    match outcome {
        Attempt::Answered(answer) => {
            let complaint = Some(Complaint { message: why, codes: Vec::new() });
            Attempt::Answered(Answer { complaint, ..answer.clone() })
        }
        Attempt::NotSent(_) | Attempt::Barred(..) | Attempt::Lost(_) => outcome.clone(),
    }
}

/// Where an answer leads to.
fn redirect(outcome: &Attempt, from: &Url) -> Option<Url> {
    let Attempt::Answered(answer) = outcome else { return None };
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(answer.header("location")?).ok()
}
