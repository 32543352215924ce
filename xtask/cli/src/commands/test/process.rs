//! Running a program to its end and keeping what it said.
//!
//! Must never go through a shell: every command is a program and its arguments.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, ExitStatus, Stdio};

use release_edge::secret::variables::{BUCKET, KEYS};
use thiserror::Error;

/// How many of a failed program's last lines are worth showing.
const TAIL_LINES: usize = 15;

/// Why a program did not do its work.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// The program is not there or may not be executed.
    #[error("`{program}` could not be started: {source}")]
    Start {
        /// The program's name or path.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program ran and failed.
    #[error("`{command}` failed ({status}):\n{tail}")]
    Failed {
        /// The program with its arguments.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it printed, to both outputs.
        tail: String,
    },
}

/// A command that does not inherit the keys that sign or open a bucket: nothing that is started here needs them.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in KEYS.into_iter().chain(BUCKET) {
        command.env_remove(name);
    }
    command
}

/// Runs `command` without standard input and returns what it printed to both outputs.
///
/// # Errors
///
/// When it cannot be started or ends with anything but 0.
pub(crate) fn output_of(command: &mut Command) -> Result<String, ProcessError> {
    let output = command.stdin(Stdio::null()).output().map_err(|source| ProcessError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(text);
    }
    Err(ProcessError::Failed { command: shown(command), status: output.status, tail: tail(&text) })
}

/// Returns the last lines of `text` that are not empty.
pub(crate) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let start = lines.len().saturating_sub(TAIL_LINES);
    lines.get(start..).unwrap_or_default().join("\n")
}

/// Returns the program and its arguments as one line for people.
fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_program_gets_the_key_that_signs() {
        let command = command("env");
        for name in KEYS.into_iter().chain(BUCKET) {
            assert!(command.get_envs().any(|variable| variable == (OsStr::new(name), None)), "{name}");
        }
    }

    #[test]
    fn a_failure_shows_the_command_and_its_last_words() {
        let mut command = Command::new("dash");
        command.args(["-c", "echo first; echo last >&2; exit 3"]);
        let error = output_of(&mut command).unwrap_err().to_string();
        assert!(error.contains("dash -c"), "{error}");
        assert!(error.ends_with("first\nlast"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = output_of(&mut Command::new("no-such-program-anywhere")).unwrap_err();
        assert!(
            error.to_string().starts_with("`no-such-program-anywhere` could not be started: No such file")
        );
    }

    #[test]
    fn the_tail_leaves_out_empty_lines_and_the_beginning() {
        let text: String = (0..40).map(|n| format!("line {n}\n\n")).collect();
        let tail = tail(&text);
        assert_eq!(tail.lines().count(), TAIL_LINES);
        assert!(tail.starts_with("line 25") && tail.ends_with("line 39"), "{tail}");
    }
}
