//! A remote, a clone of it and the servers of a rehearsal; and how the facts are read there. Never runs the binary.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use release_core::facts::{Facts, KeyFacts};
use release_edge::clock::Clock;
use release_edge::forge::github::{Connection, GitHub};
use release_edge::forge::retry::Jitter;
use release_edge::gather::{GatherError, Request, Sources, gather};
use release_edge::registry::{OciRegistry, RegistryAccess};
use release_edge::repository::{RemoteAccess, Repository};
use release_edge::secret::Secret;
use release_rehearsal::{Options, Rehearsal, Seed};
use tempfile::TempDir;

use crate::git::clone;

/// The token that the servers know.
const TOKEN: &str = "rehearsal-token";

/// When everything is read.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_750_000_000).expect("a time")
}

/// A stage that stands until it is dropped.
pub struct Stage {
    pub servers: Rehearsal,
    pub clone: PathBuf,
    pub folder: TempDir,
}

impl Stage {
    /// Starts the servers on the bare repository `remote.git` of a folder, and clones it.
    pub fn on(folder: TempDir, seed: Seed) -> Self {
        let bare = folder.path().join("remote.git");
        let mut options = Options::new("acme", "widget", &bare);
        options.seed = seed;
        options.registry.absent = vec!["ghcr.io/acme/widget/*:v*".to_owned()];
        let servers = Rehearsal::start(options).expect("the servers start");
        let path = folder.path().join("clone");
        clone(&bare, &path);
        Self { servers, clone: path, folder }
    }

    /// Where the servers are.
    pub fn addresses(&self) -> Addresses {
        Addresses {
            api: self.servers.api_url().to_owned(),
            graphql: self.servers.graphql_url(),
            registry: self.servers.registry_address(),
        }
    }

    /// Gives a pull request another title, as people do long after it was merged.
    pub fn edit_pull_request(&self, number: u64, title: &str) {
        let url = format!("{}/repos/acme/widget/pulls/{number}", self.servers.api_url());
        let answer = ureq::patch(&url)
            .header("authorization", &format!("Bearer {TOKEN}"))
            .send_json(serde_json::json!({ "title": title }))
            .expect("a new title");
        assert_eq!(answer.status(), 200);
    }

    /// Connects to everything, as a run does.
    pub fn connect(&self) -> Connected {
        Connected::to(self.clone.clone(), &self.addresses())
    }

    /// Reads the facts.
    pub fn gather(&self, channel: &str, now: Timestamp) -> Result<Facts, GatherError> {
        self.connect().gather(channel, now)
    }
}

/// Where the servers are.
#[derive(Clone, Debug)]
pub struct Addresses {
    pub api: String,
    pub graphql: String,
    pub registry: String,
}

/// A run's connections.
pub struct Connected {
    repository: Repository,
    remote: RemoteAccess,
    forge: GitHub,
    registry: OciRegistry,
    pub clock: Arc<Hurry>,
}

impl Connected {
    /// Opens the clone and connects to the servers; waiting takes no time.
    pub fn to(clone: PathBuf, addresses: &Addresses) -> Self {
        let clock = Arc::new(Hurry(Mutex::new(Timestamp::now())));
        let connection = Connection {
            api: addresses.api.clone(),
            graphql: addresses.graphql.clone(),
            token: Secret::new(TOKEN),
            pace: Duration::ZERO,
            ..Connection::new("acme", "widget")
        };
        let access = RegistryAccess { mirror: Some(addresses.registry.clone()), ..RegistryAccess::default() };
        Self {
            repository: Repository::open(&clone).expect("the clone opens"),
            remote: RemoteAccess::new("origin"),
            forge: GitHub::connect_with(connection, clock.clone(), Arc::new(Longest)).expect("a connection"),
            registry: OciRegistry::with_clock(access, clock.clone(), Arc::new(Longest)).expect("a registry"),
            clock,
        }
    }

    /// Where facts are read.
    pub fn sources(&self) -> Sources<'_> {
        Sources {
            repository: &self.repository,
            remote: &self.remote,
            forge: &self.forge,
            registry: &self.registry,
            bucket: None,
        }
    }

    /// Reads the facts.
    pub fn gather(&self, channel: &str, now: Timestamp) -> Result<Facts, GatherError> {
        let (release_key, channel_key) = (KeyFacts::Missing, KeyFacts::Missing);
        let channel = channel.to_owned();
        let request = Request { channel, now, rehearsed: true, release_key, channel_key, promoted: None };
        gather(&self.sources(), &request)
    }
}

/// A clock on which waiting takes no time.
pub struct Hurry(Mutex<Timestamp>);

impl Clock for Hurry {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("a clock")
    }

    fn sleep(&self, duration: Duration) {
        let mut now = self.0.lock().expect("a clock");
        *now += duration;
    }
}

/// Every pause as long as it may be.
struct Longest;

impl Jitter for Longest {
    fn up_to(&self, most: Duration) -> Duration {
        most
    }
}
