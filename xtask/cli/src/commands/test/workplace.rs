//! Where the tests run: the workspace, the folder of the tools installed for them, and the environment of every child process.
//!
//! Must never touch the user's home: Docker's client gets a configuration folder of its own below the target folder.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use thiserror::Error;

use super::prerequisites::DEBIAN_TREE;
use super::process::{self, ProcessError};

/// The workspace under test and the tools that belong to it.
#[derive(Debug)]
pub(crate) struct Workplace {
    root: PathBuf,
    tools: PathBuf,
    path: OsString,
}

/// Why the workplace could not be found.
#[derive(Debug, Error)]
pub enum WorkplaceError {
    /// Cargo does not know of a workspace here.
    #[error("the workspace could not be located; run the command inside a checkout")]
    Workspace(#[source] ProcessError),
    /// A folder of the search path cannot be joined with the others.
    #[error("the search path holds a folder whose name has the separator in it")]
    SearchPath(#[source] env::JoinPathsError),
}

impl Workplace {
    /// Finds the workspace that the current folder belongs to.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(crate) fn locate() -> Result<Self, WorkplaceError> {
        let manifest = process::output_of(process::command(cargo()).args([
            "locate-project",
            "--workspace",
            "--message-format",
            "plain",
        ]))
        .map_err(WorkplaceError::Workspace)?;
        let manifest = PathBuf::from(manifest.trim());
        let root = manifest.parent().unwrap_or(Path::new(".")).to_path_buf();
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Self::at(root, target.join("test-tools"))
    }

    /// Makes the workplace of the workspace at `root` with its tools in `tools`.
    ///
    /// # Errors
    ///
    /// When the search path cannot be extended.
    pub(crate) fn at(root: PathBuf, tools: PathBuf) -> Result<Self, WorkplaceError> {
        let own = [tools.join("python/bin"), tools.join("node/node_modules/.bin")];
        let given = env::var_os("PATH").unwrap_or_default();
        // Servers live in the system folders, which a person's or a CI's path may lack.
        let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
        let path = env::join_paths(own.into_iter().chain(env::split_paths(&given)).chain(system))
            .map_err(WorkplaceError::SearchPath)?;
        Ok(Self { root, tools, path })
    }

    /// The folder of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file or folder among the installed tools.
    pub(crate) fn tool(&self, relative: &str) -> PathBuf {
        self.tools.join(relative)
    }

    /// A command in the workspace's folder that finds the installed tools and no standard input.
    ///
    /// `cargo` is the one that started this process, so that a chosen toolchain stays chosen.
    pub(crate) fn command(&self, program: &str) -> Command {
        let program = if program == "cargo" { cargo() } else { program.into() };
        let mut command = process::command(program);
        command
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .env("PATH", &self.path)
            .env("DOCKER_CONFIG", self.tool("docker"))
            .env("SLIPWAY_TEST_DEBIAN_TREE", self.tool(DEBIAN_TREE))
            .env("SLIPWAY_TEST_NODE_MODULES", self.tool("node/node_modules"));
        for (name, _) in env::vars_os().filter(|(name, _)| describes_running_package(name)) {
            command.env_remove(name);
        }
        command
    }

    /// A command from words, the first of which is the program.
    pub(crate) fn command_of<S: AsRef<str>>(&self, words: &[S]) -> Command {
        let mut words = words.iter().map(AsRef::as_ref);
        let mut command = self.command(words.next().unwrap_or_default());
        command.args(words.map(OsStr::new));
        command
    }
}

/// Cargo tells a program that it runs which package it is. Handed on to another Cargo, that would make build scripts believe
/// that their own package has changed, and half the dependencies be compiled again, each time.
fn describes_running_package(name: &OsStr) -> bool {
    let prefixes = ["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_"];
    name.to_str().is_some_and(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
}

fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_tools_come_before_those_of_the_machine_and_system_folders_last() {
        let workplace = Workplace::at("/w".into(), "/w/target/test-tools".into()).unwrap();
        let folders: Vec<PathBuf> = env::split_paths(&workplace.path).collect();
        assert_eq!(folders.first().unwrap(), Path::new("/w/target/test-tools/python/bin"));
        assert_eq!(folders.last().unwrap(), Path::new("/sbin"));
    }

    #[test]
    fn a_nested_cargo_learns_nothing_about_the_package_that_runs_it() {
        for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_VERSION", "CARGO_BIN_NAME"] {
            assert!(describes_running_package(OsStr::new(name)), "{name}");
        }
        for name in ["CARGO", "CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_NET_OFFLINE", "CARGO_TERM_COLOR"] {
            assert!(!describes_running_package(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn the_docker_client_reads_nothing_from_the_home_folder() {
        let workplace = Workplace::at("/w".into(), "/w/target/test-tools".into()).unwrap();
        let command = workplace.command_of(&["docker", "compose", "version"]);
        let config = command.get_envs().find(|(name, _)| *name == "DOCKER_CONFIG").unwrap().1;
        assert_eq!(config, Some(OsStr::new("/w/target/test-tools/docker")));
    }
}
