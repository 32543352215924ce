//! The requests of one run: how long each may take, and how many there were. Never knows how one gets to its host.

use std::cell::Cell;

use bytes::Bytes;
use http::Request;
use release_core::facts::Requests;

use super::Timeouts;
use super::carrier::{Carrier, Dispatch, Route};
use crate::forge::answer::Attempt;

/// The most that an answer of the API may weigh.
pub(super) const ANSWER: usize = 64 << 20;

/// The requests of one run.
pub(super) struct Transport {
    carrier: Box<dyn Carrier>,
    has_token: bool,
    timeouts: Timeouts,
    sent: Cell<Requests>,
}

/// Marks a request whose answer is GraphQL's.
#[derive(Clone, Copy, Debug)]
pub(super) struct GraphQl;

impl Transport {
    pub(super) fn new(carrier: Box<dyn Carrier>, has_token: bool, timeouts: Timeouts) -> Self {
        Self { carrier, has_token, timeouts, sent: Cell::default() }
    }

    pub(super) fn requests(&self) -> Requests {
        self.sent.get()
    }

    pub(super) fn has_token(&self) -> bool {
        self.has_token
    }

    /// Sends a request once. `carried` is the size of what is sent or expected, `most` the largest body to accept.
    pub(super) fn send(&self, route: Route, request: Request<Bytes>, carried: u64, most: usize) -> Attempt {
        self.count(route);
        let graphql = request.extensions().get::<GraphQl>().is_some();
        let within = self.timeouts.carrying(carried);
        self.carrier.carry(Dispatch { route, request, graphql, within, most })
    }

    fn count(&self, route: Route) {
        let mut sent = self.sent.get();
        let counter = match route {
            Route::Read => &mut sent.forge_reads,
            Route::Write | Route::Upload => &mut sent.forge_writes,
            Route::Download | Route::DownloadOfApi => &mut sent.downloads,
        };
        *counter += 1;
        self.sent.set(sent);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_request_may_take_longer_the_more_it_carries() {
        let timeouts = Timeouts::default();
        assert_eq!(timeouts.carrying(0), Duration::from_secs(60));
        assert_eq!(timeouts.carrying(100 << 20), Duration::from_secs(460));
    }
}
