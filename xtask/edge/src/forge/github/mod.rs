//! GitHub as a [`Forge`]: which calls a release makes and what their answers mean. Never retries by itself (`retry` does) and never
//! shows the token to a host that is not GitHub's own.

mod address;
mod assets;
mod associated;
mod calls;
mod carrier;
mod connector;
mod download;
mod hosts;
mod http;
mod pulls;
mod recent;
mod releases;
mod repository;
mod transport;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use release_core::facts::{CommitFacts, PullRequestFacts, Requests};

use self::http::Http;
use super::retry::{Jitter, Patience, SystemJitter};
use super::{
    Forge, Latest, Message, NewAsset, NewPullRequest, NewRelease, PullRequest, Release, ReleaseAsset,
    ReleaseEdit, RepositoryInfo, Written,
};
use crate::clock::{Clock, SystemClock};
use crate::failure::Failure;
use crate::proxy::Proxies;
use crate::secret::Secret;
use crate::waiting::Observer;
use address::Address;
use transport::Transport;

pub use associated::queries;
pub use carrier::{Carrier, Dispatch, Route};
pub use hosts::Hosts;

/// Where GitHub's REST API is.
pub const API: &str = "https://api.github.com";

/// Where GitHub's GraphQL API is.
pub const GRAPHQL: &str = "https://api.github.com/graphql";

/// How a repository on GitHub is reached.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The REST API, without a slash at the end; https, or http on loopback.
    pub api: String,
    /// The GraphQL API.
    pub graphql: String,
    /// The token; reading a public repository works without one, but not its pull requests.
    pub token: Option<Secret>,
    /// The owner of the repository.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// The shortest time between two writes.
    pub pace: Duration,
    /// How long single requests may take.
    pub timeouts: Timeouts,
    /// The proxy that requests go through.
    pub proxies: Proxies,
}

impl Connection {
    /// The repository on github.com, with writes a second apart as GitHub asks.
    #[must_use]
    pub fn new(owner: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            api: API.to_owned(),
            graphql: GRAPHQL.to_owned(),
            token: None,
            owner: owner.into(),
            name: name.into(),
            pace: Duration::from_secs(1),
            timeouts: Timeouts::default(),
            proxies: Proxies::default(),
        }
    }
}

/// How long single requests may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands.
    pub connect: Duration,
    /// Without a byte from the other side.
    pub idle: Duration,
    /// For a whole request, apart from the time its content takes.
    pub total: Duration,
    /// The slowest acceptable transfer of content, in bytes a second.
    pub bytes_per_second: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(60),
            bytes_per_second: 256 * 1024,
        }
    }
}

impl Timeouts {
    /// For a whole request that carries this many bytes.
    #[must_use]
    pub fn carrying(&self, bytes: u64) -> Duration {
        self.total.saturating_add(Duration::from_secs(bytes / self.bytes_per_second.max(1)))
    }
}

/// A repository on GitHub.
pub struct GitHub {
    transport: Transport,
    patience: Patience,
    address: Address,
    /// Releases that this run made: a 404 about one of them only means "not everywhere yet".
    created: RefCell<BTreeSet<u64>>,
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("GitHub").field("address", &self.address).finish_non_exhaustive()
    }
}

impl GitHub {
    /// Prepares the connection. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// Where an address, the repository's name, the token or the proxy cannot be used, or the machine has no usable root certificates.
    pub fn connect(connection: Connection) -> Result<Self, Failure> {
        Self::connect_with(connection, Arc::new(SystemClock), Arc::new(SystemJitter))
    }

    /// The same by another clock.
    ///
    /// # Errors
    ///
    /// As [`GitHub::connect`].
    pub fn connect_with(
        connection: Connection,
        clock: Arc<dyn Clock>,
        jitter: Arc<dyn Jitter>,
    ) -> Result<Self, Failure> {
        let address = Address::of(&connection)?;
        connection.proxies.check()?;
        let http = Http::new(&address, connection.token.clone(), connection.timeouts, &connection.proxies)?;
        Self::carried_by(&connection, Box::new(http), clock, jitter)
    }

    /// The same with another way of the requests to GitHub.
    ///
    /// # Errors
    ///
    /// Where an address or the repository's name cannot be used.
    pub fn carried_by(
        connection: &Connection,
        carrier: Box<dyn Carrier>,
        clock: Arc<dyn Clock>,
        jitter: Arc<dyn Jitter>,
    ) -> Result<Self, Failure> {
        let address = Address::of(connection)?;
        let patience = Patience::new(clock, jitter, connection.pace);
        let transport = Transport::new(carrier, connection.token.is_some(), connection.timeouts);
        Ok(Self { transport, patience, address, created: RefCell::default() })
    }

    /// The same, with somebody who is told of every wait.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self { patience: self.patience.observed_by(observer), ..self }
    }
}

impl Forge for GitHub {
    fn repository(&self) -> Result<RepositoryInfo, Failure> {
        self.read_repository()
    }

    fn merged_pull_requests(
        &self,
        bases: &[String],
        commits: &[CommitFacts],
    ) -> Result<Vec<PullRequestFacts>, Failure> {
        self.read_merged(bases, commits)
    }

    fn pull_request(&self, number: u64) -> Result<PullRequest, Failure> {
        self.read_pull_request(number)
    }

    fn messages(&self, pull_request: u64) -> Result<Vec<Message>, Failure> {
        self.read_messages(pull_request)
    }

    fn open_pull_request(&self, head: &str, base: &str) -> Result<Option<PullRequestFacts>, Failure> {
        self.find_open_pull_request(head, base)
    }

    fn create_pull_request(&self, request: &NewPullRequest) -> Result<Written<u64>, Failure> {
        self.open_new_pull_request(request)
    }

    fn update_pull_request(&self, number: u64, request: &NewPullRequest) -> Result<Written<()>, Failure> {
        self.change_pull_request(number, request)
    }

    fn releases(&self) -> Result<Vec<Release>, Failure> {
        self.list_releases()
    }

    fn release(&self, id: u64) -> Result<Option<Release>, Failure> {
        self.read_release(id)
    }

    fn create_draft(&self, draft: &NewRelease) -> Result<Written<Release>, Failure> {
        self.send_draft(draft)
    }

    fn publish(&self, id: u64, latest: Latest) -> Result<Written<Release>, Failure> {
        self.send_publication(id, latest)
    }

    fn latest(&self) -> Result<Option<u64>, Failure> {
        self.read_latest()
    }

    fn edit_release(&self, id: u64, edit: &ReleaseEdit) -> Result<Written<Release>, Failure> {
        self.send_edit(id, edit)
    }

    fn delete_release(&self, id: u64) -> Result<Written<()>, Failure> {
        self.remove_release(id)
    }

    fn assets(&self, release: u64) -> Result<Vec<ReleaseAsset>, Failure> {
        self.list_assets(release)
    }

    fn upload(&self, release: &Release, asset: &NewAsset<'_>) -> Result<Written<ReleaseAsset>, Failure> {
        self.send_asset(release, asset)
    }

    fn delete_asset(&self, id: u64) -> Result<Written<()>, Failure> {
        self.remove_asset(id)
    }

    fn download(&self, asset: &ReleaseAsset) -> Result<Vec<u8>, Failure> {
        self.fetch_asset_as_public(asset)
    }

    fn read_asset(&self, asset: &ReleaseAsset) -> Result<Vec<u8>, Failure> {
        self.fetch_asset_with_token(asset)
    }

    fn requests(&self) -> Requests {
        self.transport.requests()
    }
}
