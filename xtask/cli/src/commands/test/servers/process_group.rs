//! A server as a process group of its own, with its log in a file, that ends when its owner does.
//!
//! Must never signal a process that it did not start.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::ServerError;
use crate::commands::test::process;
use crate::commands::test::workplace::Workplace;

/// How long a server may take to end by itself.
const STOP_PATIENCE: Duration = Duration::from_secs(20);
/// How often a server is asked or looked at.
const PAUSE: Duration = Duration::from_millis(50);

/// A running server. Dropping it ends the whole group.
#[derive(Debug)]
pub(super) struct ProcessGroup {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl ProcessGroup {
    /// Starts the program in `words` with its output going to `log`.
    ///
    /// The kernel asks it to end when the calling thread ends, so that a killed test run leaves nothing behind.
    pub(super) fn start(
        workplace: &Workplace,
        name: &'static str,
        words: &[&str],
        log: &Path,
    ) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Start { name, source };
        let output = File::create(log).map_err(failed)?;
        let mut command = workplace.command("setpriv");
        command
            .args(["--pdeathsig", "TERM", "--"])
            .args(words)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(failed)?)
            .stderr(output);
        let child = command.spawn().map_err(failed)?;
        Ok(Self { name, child, log: log.to_path_buf() })
    }

    /// Asks `answer` again and again until it gives something, for at most `patience`.
    pub(super) fn wait_for<T>(
        &mut self,
        patience: Duration,
        answer: impl Fn() -> Option<T>,
    ) -> Result<T, ServerError> {
        let begun = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.silent(format!("ended with {status}")));
            }
            if let Some(given) = answer() {
                return Ok(given);
            }
            if begun.elapsed() > patience {
                return Err(self.silent(format!("did not answer within {} s", patience.as_secs())));
            }
            thread::sleep(PAUSE);
        }
    }

    fn silent(&self, what: String) -> ServerError {
        let log = fs::read(&self.log).unwrap_or_default();
        ServerError::Silent { name: self.name, what, tail: process::tail(&String::from_utf8_lossy(&log)) }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It fails only when the group has ended, which is what is wanted.
            let _ = kill_process_group(pid, signal);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        self.signal(Signal::TERM);
        let begun = Instant::now();
        while begun.elapsed() < STOP_PATIENCE {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            thread::sleep(PAUSE);
        }
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(folder: &Path, script: &str) -> ProcessGroup {
        let workplace = Workplace::at(folder.into(), folder.join("tools")).unwrap();
        ProcessGroup::start(&workplace, "example", &["dash", "-c", script], &folder.join("log")).unwrap()
    }

    #[test]
    fn a_server_that_ends_at_once_is_reported_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut server = start(folder.path(), "echo no such option; exit 7");
        let error = server.wait_for(Duration::from_secs(10), || None::<()>).unwrap_err().to_string();
        assert!(error.contains("ended with") && error.contains('7'), "{error}");
        assert!(error.ends_with("no such option"), "{error}");
    }

    #[test]
    fn a_server_that_never_answers_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut server = start(folder.path(), "sleep 60");
        let error = server.wait_for(Duration::ZERO, || None::<()>).unwrap_err().to_string();
        assert!(error.contains("did not answer within 0 s"), "{error}");
    }

    #[test]
    fn dropping_a_server_ends_its_children_too() {
        let folder = tempfile::tempdir().unwrap();
        let pid_file = folder.path().join("pid");
        let mut server = start(folder.path(), "sleep 60 & echo $! > pid; wait");
        let pid = server
            .wait_for(Duration::from_secs(10), || {
                fs::read_to_string(&pid_file).ok().filter(|text| text.ends_with('\n'))
            })
            .unwrap();
        let stat = PathBuf::from("/proc").join(pid.trim()).join("stat");
        assert!(stat.exists());
        drop(server);
        // Where nobody reaps it, an ended process stays as a zombie (Z).
        let ended = || fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
        let begun = Instant::now();
        while !ended() && begun.elapsed() < Duration::from_secs(5) {
            thread::sleep(PAUSE);
        }
        assert!(ended(), "the child still runs");
    }
}
