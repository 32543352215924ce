//! Starts and stops the servers, or does without them.
//!
//! Owns their thread, their runtime and the handle that the rest of the tool holds. Must never decide an answer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::Request;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::call::Server;
use crate::control;
use crate::direct::{self, Exchange};
use crate::faults::Fault;
use crate::git::Store;
use crate::journal::RequestRecord;
use crate::options::{ImmutableReleases, Options};
use crate::ports::Ports;
use crate::seed::{SeedError, SeedPullRequest};
use crate::serving;
use crate::snapshot::Snapshot;
use crate::urls::Urls;
use crate::wire::{Cutter, WireListener};
use crate::world::World;

/// A rehearsal; dropping it stops its servers, where it has any.
#[derive(Debug)]
pub struct Rehearsal {
    world: Arc<World>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a rehearsal did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The Git repository cannot be used.
    #[error("failed to open the bare repository `{path}`: {message}; make one with `git init --bare`")]
    Repository {
        /// Where it was looked for.
        path: PathBuf,
        /// What Git said.
        message: String,
    },
    /// The hook that guards the tags of immutable releases cannot be written.
    #[error("failed to write the `update` hook of `{path}`: {source}; make the folder writable")]
    Hook {
        /// The bare repository.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What was to be there from the start contradicts itself.
    #[error("failed to seed the rehearsal: {0}")]
    Seed(#[from] SeedError),
    /// A release of the seed has no commit to stand on.
    #[error("failed to seed release `{tag}`: {message}; name a `target` that exists in the bare repository")]
    SeedRelease {
        /// The release's tag.
        tag: String,
        /// What was wrong.
        message: String,
    },
    /// No server could be started.
    #[error("failed to {action} for the rehearsal servers on loopback: {source}")]
    Listen {
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Rehearsal {
    /// Starts all servers on free loopback ports, on a thread of their own.
    ///
    /// # Errors
    /// The bare repository or the seed cannot be used, or no port can be bound.
    pub fn start(options: Options) -> Result<Self, Error> {
        options.seed.check()?;
        let stopped = Stopped::new(options)?;
        seed(&stopped.world)?;
        stopped.run()
    }

    /// The same world again, on servers of its own where this one has any, and on a copy of its bare repository: what happens to one, the other never hears of.
    /// Faults and the log of requests stay behind, and so does every address that somebody wrote down.
    ///
    /// # Errors
    /// The bare repository cannot be used, or no port can be bound.
    pub fn copy(&self, git_dir: PathBuf) -> Result<Self, Error> {
        let options = Options { git_dir, ..self.world.options.clone() };
        if self.thread.is_none() {
            let world = unserved(options)?;
            world.take_over(&self.world);
            return Ok(Self { world: Arc::new(world), stop: None, thread: None });
        }
        let stopped = Stopped::new(options)?;
        stopped.world.take_over(&self.world);
        stopped.run()
    }

    /// The same world without servers: requests are handed to [`Rehearsal::exchange`], and its addresses lead nowhere. Pushes are the
    /// caller's affair, so nothing guards the tags of immutable releases.
    ///
    /// # Errors
    /// The bare repository or the seed cannot be used.
    pub fn without_servers(options: Options) -> Result<Self, Error> {
        options.seed.check()?;
        let world = unserved(options)?;
        seed(&world)?;
        Ok(Self { world: Arc::new(world), stop: None, thread: None })
    }

    /// Answers a request as a server would, without a connection and without letting time pass: the client waits no longer than
    /// `patience`, and is told how long that would have been.
    #[must_use]
    pub fn exchange(&self, server: Server, request: Request<Bytes>, patience: Duration) -> Exchange {
        direct::exchange(&self.world, server, request, patience)
    }

    /// Base URL of the REST interface, without a slash at the end.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.world.urls.api
    }

    /// URL of the GraphQL interface.
    #[must_use]
    pub fn graphql_url(&self) -> String {
        format!("{}/graphql", self.world.urls.api)
    }

    /// Base URL of the upload host.
    #[must_use]
    pub fn uploads_url(&self) -> &str {
        &self.world.urls.uploads
    }

    /// Base URL of the website and storage: where downloads come from.
    #[must_use]
    pub fn web_url(&self) -> &str {
        &self.world.urls.web
    }

    /// `host:port` of the registry; images of another host lie under `<host>/<path>` in it.
    #[must_use]
    pub fn registry_address(&self) -> String {
        self.world.urls.registry.to_string()
    }

    /// Base URL of the control server.
    #[must_use]
    pub fn control_url(&self) -> &str {
        &self.world.urls.control
    }

    /// Lets a fault wait for its request.
    pub fn inject(&self, fault: Fault) {
        self.world.faults().add(fault);
    }

    /// Forgets all faults, those that have struck too.
    pub fn clear_faults(&self) {
        self.world.faults().clear();
    }

    /// Every request since the start or since [`Rehearsal::forget_requests`], the oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.world.journal().clone()
    }

    /// Empties the log of requests.
    pub fn forget_requests(&self) {
        self.world.journal().clear();
    }

    /// The content of an asset of a tag's release, published or not; none where there is no such asset.
    #[must_use]
    pub fn asset(&self, tag: &str, name: &str) -> Option<Vec<u8>> {
        let state = self.world.state();
        let mut releases = state.releases.values().filter(|release| release.tag_name == tag);
        let found = releases.find_map(|release| release.assets.values().find(|asset| asset.name == name));
        found.map(|asset| asset.bytes.to_vec())
    }

    /// What there is now: releases, refs, pull requests, images that were pushed.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::take(&self.world)
    }

    /// Adds a pull request as if somebody had just opened or merged it.
    ///
    /// # Errors
    /// It contradicts itself, or its number is taken.
    pub fn add_pull_request(&self, seed: SeedPullRequest) -> Result<(), SeedError> {
        self.world.state().add_pull(&self.world, seed)
    }

    /// Sets how many requests every token has left, and when it gets new ones.
    pub fn set_rate_limit(&self, remaining: u32, reset_in: Duration) {
        self.world.state().limits.set_remaining(remaining, reset_in);
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only when the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn open(git_dir: &Path) -> Result<Store, Error> {
    Store::open(git_dir.to_owned())
        .map_err(|error| Error::Repository { path: git_dir.to_owned(), message: error.message().to_owned() })
}

/// A world that nobody serves.
fn unserved(options: Options) -> Result<World, Error> {
    let store = open(&options.git_dir)?;
    Ok(World::new(options, Urls::leading_nowhere(), store))
}

/// Servers that have their addresses and a world, and do not answer yet.
struct Stopped {
    world: Arc<World>,
    runtime: Runtime,
    ports: Ports,
}

impl Stopped {
    fn new(options: Options) -> Result<Self, Error> {
        let store = open(&options.git_dir)?;
        if options.immutable_releases == ImmutableReleases::On {
            store
                .guard_immutable_tags()
                .map_err(|source| Error::Hook { path: options.git_dir.clone(), source })?;
        }
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(failed("start the runtime"))?;
        let ports = Ports::bind(&runtime)?;
        let world = Arc::new(World::new(options, ports.urls()?, store));
        Ok(Self { world, runtime, ports })
    }

    fn run(self) -> Result<Rehearsal, Error> {
        let Self { world, runtime, ports } = self;
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&world);
        let thread = std::thread::Builder::new()
            .name("rehearsal".to_owned())
            .spawn(move || serve(&runtime, ports, &serving, stopped))
            .map_err(failed("start the thread"))?;
        Ok(Rehearsal { world, stop: Some(stop), thread: Some(thread) })
    }
}

fn seed(world: &World) -> Result<(), Error> {
    let plan = world.options.seed.clone();
    let mut state = world.state();
    for label in plan.labels {
        state.add_label(label);
    }
    for pull in plan.pull_requests {
        state.add_pull(world, pull)?;
    }
    for release in plan.releases {
        let tag = release.tag_name.clone();
        crate::github::seeding::add_release(world, &mut state, release, Timestamp::now())
            .map_err(|message| Error::SeedRelease { tag, message })?;
    }
    Ok(())
}

pub(crate) fn failed(action: &'static str) -> impl Fn(std::io::Error) -> Error {
    move |source| Error::Listen { action, source }
}

/// Serves until told to stop; whatever is still being answered then is cut off.
fn serve(runtime: &Runtime, ports: Ports, world: &Arc<World>, stopped: oneshot::Receiver<()>) {
    runtime.block_on(async {
        for (listener, server) in [
            (ports.api, Server::Api),
            (ports.uploads, Server::Uploads),
            (ports.web, Server::Web),
            (ports.registry, Server::Registry),
        ] {
            spawn(listener, serving::router(Arc::clone(world), server));
        }
        spawn(ports.control, control::router(Arc::clone(world)));
        let _ = stopped.await;
    });
}

fn spawn(listener: TcpListener, router: Router) {
    let service = router.into_make_service_with_connect_info::<Cutter>();
    tokio::spawn(async move { axum::serve(WireListener(listener), service).await });
}
