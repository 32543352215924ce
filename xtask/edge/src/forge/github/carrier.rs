//! How one request gets to GitHub and its answer back. Owns the words for it; the way itself is somebody else's.

use std::time::Duration;

use bytes::Bytes;
use http::Request;

use crate::forge::answer::Attempt;

/// Brings one request to its host and the answer back. Never tries twice, and never follows a redirect.
pub trait Carrier {
    /// Does so, and waits for the end of it no longer than the request may take.
    fn carry(&self, dispatch: Dispatch) -> Attempt;
}

/// One request to be sent.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// What it is, which decides whether the token goes with it.
    pub route: Route,
    /// The request, without the token.
    pub request: Request<Bytes>,
    /// Whether its answer is read as GraphQL's.
    pub graphql: bool,
    /// How long all of it may take.
    pub within: Duration,
    /// The largest body to accept, in bytes.
    pub most: usize,
}

/// Which client a request goes through, and as what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A read of the API.
    Read,
    /// A write to the API.
    Write,
    /// A write to the upload host.
    Upload,
    /// A download as the public does it, without the token.
    Download,
    /// The first request of a download through the API, with the token.
    DownloadOfApi,
}
