//! The servers that the tests need: started on free loopback addresses, proven by a probe, stopped with the run.
//!
//! Must never leave a process behind, nor as root touch an engine of the machine's own.

pub(crate) mod engine;
mod process_group;
mod registry;

use std::io;
use std::path::PathBuf;

use tempfile::TempDir;
use thiserror::Error;

use self::engine::Engine;
use self::registry::Registry;
use super::process::ProcessError;
use super::workplace::Workplace;

/// Why a server does not run.
#[derive(Debug, Error)]
pub(crate) enum ServerError {
    /// Its folder or configuration could not be written.
    #[error("the folder of the server `{name}` could not be written: {source}")]
    Folder {
        /// The server.
        name: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The program could not be started.
    #[error("the server `{name}` could not be started: {source}")]
    Start {
        /// The server.
        name: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// It ended, or did not answer in time.
    #[error("the server `{name}` {what}; its last lines:\n{tail}")]
    Silent {
        /// The server.
        name: &'static str,
        /// What happened instead of an answer.
        what: String,
        /// The end of its log.
        tail: String,
    },
    /// No engine is there for a user who may not start one.
    #[error("no engine answers: {0}")]
    NoEngine(ProcessError),
}

/// The running servers. Dropping it stops them and removes their folders.
#[derive(Debug)]
pub(crate) struct Servers {
    // Dropped in this order: the servers before their folder.
    engine: Engine,
    registry: Registry,
    _folder: TempDir,
}

impl Servers {
    /// Starts the servers and waits until each has answered.
    ///
    /// Call it on the process's main thread: the servers end when the thread that started them does.
    ///
    /// # Errors
    ///
    /// When one cannot be started or does not answer.
    pub(crate) fn start(workplace: &Workplace) -> Result<Self, ServerError> {
        // In the system's temporary folder: a socket's path may have only some hundred bytes, and a checkout's may be long.
        let folder = tempfile::Builder::new().prefix("slipway-test-").tempdir();
        let folder = folder.map_err(|source| ServerError::Folder { name: "all", source })?;
        let registry = Registry::start(workplace, &folder.path().join("registry"))?;
        let engine = Engine::start(workplace, &folder.path().join("engine"))?;
        Ok(Self { engine, registry, _folder: folder })
    }

    /// Where the servers are, as variables for the test processes.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SLIPWAY_TEST_DOCKER_HOST", self.engine.host().to_owned()),
            // A test that forgets to name the engine must not reach another one.
            ("DOCKER_HOST", self.engine.host().to_owned()),
            ("SLIPWAY_TEST_REGISTRY", self.registry.address().to_owned()),
        ]
    }

    /// What runs, for people.
    pub(crate) fn describe(&self) -> String {
        format!(
            "engine {} at {}, registry at {}",
            self.engine.version(),
            self.engine.host(),
            self.registry.address()
        )
    }
}

/// A folder for one server, made where it is missing.
fn folder_for(name: &'static str, path: &PathBuf) -> Result<(), ServerError> {
    std::fs::create_dir_all(path).map_err(|source| ServerError::Folder { name, source })
}
