//! Runs one ignored test of this binary in a process of its own, for what a process has only once: environment and memory.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Runs the ignored test `name` with further environment variables and without the user's Git settings; fails with its output.
pub(crate) fn run<V: AsRef<OsStr>>(name: &str, home: &Path, variables: &[(&str, V)]) {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", name, "--ignored", "--nocapture"]);
    command.env("HOME", home).env("XDG_CONFIG_HOME", home.join(".config"));
    for variable in
        ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"]
    {
        command.env_remove(variable);
    }
    for (variable, value) in variables {
        command.env(variable, value);
    }
    let output = command.output().expect("the test binary runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let ran = output.status.success() && text.contains("1 passed");
    assert!(ran, "{name}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// The folder that [`run`] was given by this variable.
pub(crate) fn folder(variable: &str) -> std::path::PathBuf {
    std::env::var_os(variable).expect("run by another test").into()
}
