//! The container engine of the tests: a Docker daemon of their own as root, else the one that the user already reaches.
//!
//! Must never change the machine's network (no bridge, no packet filter rules) nor share state with another daemon.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::process_group::ProcessGroup;
use super::{ServerError, folder_for};
use crate::commands::test::prerequisites::is_root;
use crate::commands::test::process::{self, ProcessError};
use crate::commands::test::workplace::Workplace;

/// A daemon starts containerd first, and on a busy machine both take their time.
const PATIENCE: Duration = Duration::from_secs(90);

/// An engine that answers. Dropping it stops it, if it is ours.
#[derive(Debug)]
pub(crate) struct Engine {
    host: String,
    version: String,
    // Dropped in this order: mounts can go only when the daemon has.
    _daemon: Option<ProcessGroup>,
    _mounts: Option<Mounts>,
}

impl Engine {
    /// Starts a daemon that keeps everything in `folder`, or finds the user's.
    ///
    /// # Errors
    ///
    /// When no engine answers.
    pub(super) fn start(workplace: &Workplace, folder: &Path) -> Result<Self, ServerError> {
        if !is_root() {
            let host = users_host().map_err(ServerError::NoEngine)?;
            let version = version_at(workplace, &host).map_err(ServerError::NoEngine)?;
            return Ok(Self { host, version, _daemon: None, _mounts: None });
        }
        folder_for("engine", &folder.to_path_buf())?;
        let host = format!("unix://{}", folder.join("docker.sock").display());
        let place = |option: &str, name: &str| format!("--{option}={}", folder.join(name).display());
        let words = [
            "dockerd".to_owned(),
            format!("--host={host}"),
            place("data-root", "data"),
            place("exec-root", "exec"),
            place("pidfile", "docker.pid"),
            place("config-file", "daemon.json"),
            "--iptables=false".to_owned(),
            "--bridge=none".to_owned(),
        ];
        // An empty configuration: the machine's own must have no say.
        fs::write(folder.join("daemon.json"), "{}\n")
            .map_err(|source| ServerError::Folder { name: "engine", source })?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mounts = Mounts { below: folder.to_path_buf() };
        let mut daemon = ProcessGroup::start(workplace, "engine", &words, &folder.join("log"))?;
        let version = daemon.wait_for(PATIENCE, || version_at(workplace, &host).ok())?;
        Ok(Self { host, version, _daemon: Some(daemon), _mounts: Some(mounts) })
    }

    /// Where clients reach it, as `DOCKER_HOST` wants it.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Its version and storage driver.
    pub(super) fn version(&self) -> &str {
        &self.version
    }
}

/// Returns the version of the engine that this user can have, without starting it.
///
/// # Errors
///
/// A text for people.
pub(crate) fn look(workplace: &Workplace) -> Result<String, String> {
    if is_root() {
        let said = process::output_of(workplace.command("dockerd").arg("--version"));
        return said.map(|said| said.trim().to_owned()).map_err(|error| error.to_string());
    }
    let host = users_host().map_err(|error| error.to_string())?;
    version_at(workplace, &host).map_err(|error| error.to_string())
}

fn version_at(workplace: &Workplace, host: &str) -> Result<String, ProcessError> {
    let mut client = workplace.command("docker");
    client.args(["--host", host, "info", "--format", "{{.ServerVersion}} ({{.Driver}})"]);
    process::output_of(&mut client).map(|said| said.lines().next().unwrap_or_default().to_owned())
}

/// The engine that the user's own Docker configuration names; asked for with that configuration, not the tests'.
fn users_host() -> Result<String, ProcessError> {
    let mut client = process::command("docker");
    client.args(["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]);
    process::output_of(&mut client).map(|said| said.trim().to_owned())
}

/// What a daemon leaves mounted below its folder, which could otherwise not be removed.
#[derive(Debug)]
struct Mounts {
    below: PathBuf,
}

impl Drop for Mounts {
    fn drop(&mut self) {
        let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        for point in mounted_below(&table, &self.below) {
            // What stays mounted keeps its folder, which harms nobody.
            let _ = process::output_of(process::command("umount").arg(point));
        }
    }
}

/// Mount points below `folder` in a mountinfo table (proc_pid_mountinfo(5)), the innermost first.
fn mounted_below(table: &str, folder: &Path) -> Vec<PathBuf> {
    let points = table.lines().filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from);
    let mut points: Vec<PathBuf> = points.filter(|point| point.starts_with(folder)).collect();
    points.reverse();
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mounts_below_the_folder_are_taken_down_and_inner_ones_first() {
        let table = "21 1 254:0 / / rw - ext4 /dev/vda rw\n\
                     40 21 254:0 /x /tmp/t/engine/data rw - ext4 /dev/vda rw\n\
                     41 40 0:4 net:[1] /tmp/t/engine/data/netns/default rw - nsfs nsfs rw\n\
                     42 21 0:5 / /tmp/t/engine-other rw - tmpfs tmpfs rw\n";
        assert_eq!(
            mounted_below(table, Path::new("/tmp/t/engine")),
            [PathBuf::from("/tmp/t/engine/data/netns/default"), PathBuf::from("/tmp/t/engine/data")]
        );
    }
}
