//! The git program, without anybody's settings and with dates that are always the same.

use std::path::Path;
use std::process::Command;

use jiff::Timestamp;

/// Variables that keep the settings of whoever runs the tests out.
pub(crate) const NEUTRAL: &[(&str, &str)] =
    &[("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("LC_ALL", "C")];

/// Runs git in a folder and returns what it prints; fails the test where it fails.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    run(command(folder), arguments)
}

/// Commits everything in a folder, at so many minutes after the start of the history.
pub(crate) fn commit(folder: &Path, message: &str, minute: u64) {
    git(folder, &["add", "--all"]);
    let date = format!("{} +0000", at(minute).as_second());
    let mut command = command(folder);
    command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
    run(command, &["commit", "--quiet", "--allow-empty", "--message", message]);
}

/// When a commit is made, so many minutes after the start of the history.
pub(crate) fn at(minute: u64) -> Timestamp {
    let minute = i64::try_from(minute).expect("a small number");
    Timestamp::from_second(1_790_000_000 + minute * 60).expect("a time")
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).envs(NEUTRAL.iter().copied());
    command
}

fn run(mut command: Command, arguments: &[&str]) -> String {
    let output = command.args(arguments).output().expect("git runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
