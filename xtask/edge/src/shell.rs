//! Starts other programs, and is the only module that knows xshell. Never hands anything to a shell: a program gets its arguments
//! one by one, its secrets by environment, and its output comes back instead of going to the terminal. Never hands on the secrets of this
//! process's own environment by itself.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use release_core::config::release::WEBHOOKS;

use crate::secret::variables::{BUCKET, KEYS, TOKENS};

/// A program that could not be started or listened to. That it ended with an error is no such case: see [`Output::status`].
#[derive(Debug, thiserror::Error)]
#[error("`{program}` could not be run: {reason}")]
pub struct Error {
    /// The program.
    pub program: String,
    /// What the operating system said.
    pub reason: String,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        format!("install `{}` or add it to PATH", self.program)
    }
}

/// What a program left behind.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its exit code; `None` where a signal ended it.
    pub status: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether it ended with code 0.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status == Some(0)
    }

    /// Its standard output as text, with a mark for what is not UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Its standard error as text, with a mark for what is not UTF-8.
    #[must_use]
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// A program to be run, with all it gets.
#[derive(Clone)]
pub struct Call {
    program: OsString,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    variables: Vec<(OsString, Option<OsString>)>,
    alone: bool,
    input: Option<Vec<u8>>,
}

impl Call {
    /// A call of a program without arguments, in this process's folder, with nothing to read and with this process's environment but
    /// for its [secrets](crate::secret::variables).
    #[must_use]
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let secrets = KEYS.into_iter().chain(TOKENS).chain(BUCKET);
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            folder: None,
            variables: secrets.map(|name| (name.into(), None)).collect(),
            alone: false,
            input: None,
        }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn args<T: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// In this folder.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// With this environment variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Without this environment variable.
    #[must_use]
    pub fn without_env(mut self, name: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), None));
        self
    }

    /// With the tokens that this process's environment holds, for a program that asks others for its credentials.
    #[must_use]
    pub fn with_tokens(self) -> Self {
        self.with_inherited(&TOKENS)
    }

    /// With what opens a bucket, for a program that asks its owner for other credentials.
    #[must_use]
    pub fn with_bucket_keys(self) -> Self {
        self.with_inherited(&BUCKET)
    }

    fn with_inherited(mut self, secrets: &[&str]) -> Self {
        self.variables.retain(|(name, value)| value.is_some() || secrets.iter().all(|secret| name != secret));
        self
    }

    /// With none of this process's environment variables: only those given here.
    #[must_use]
    pub fn with_empty_environment(mut self) -> Self {
        self.alone = true;
        self
    }

    /// With this to read on standard input.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// Its arguments.
    #[must_use]
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// The folder it runs in; none for this process's own.
    #[must_use]
    pub fn in_folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// It could not be started, or its pipes broke. An exit code other than 0 is not an error here.
    pub fn run(&self) -> Result<Output, Error> {
        let shell = xshell::Shell::new().map_err(|error| self.failed(&error))?;
        if let Some(folder) = &self.folder {
            shell.change_dir(folder);
        }
        let mut command = shell.cmd(&self.program).args(&self.arguments).ignore_status().quiet().secret();
        if self.alone {
            command = command.env_clear();
        }
        // Addresses of webhooks are secrets, too. How many there are the configuration knows.
        let webhooks = std::env::vars_os().map(|(name, _)| name);
        for name in webhooks.filter(|name| name.as_encoded_bytes().starts_with(WEBHOOKS.as_bytes())) {
            command = command.env_remove(name);
        }
        for (name, value) in &self.variables {
            command = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(bytes) = &self.input {
            command = command.stdin(bytes);
        }
        let output = command.output().map_err(|error| self.failed(&error))?;
        Ok(Output { status: output.status.code(), stdout: output.stdout, stderr: output.stderr })
    }

    fn failed(&self, error: &xshell::Error) -> Error {
        Error { program: self.program.to_string_lossy().into_owned(), reason: error.to_string() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Runs an ignored test of this crate in a process whose environment holds each secret as `canary-` and its name.
    #[track_caller]
    pub(crate) fn run_with_secrets(name: &str, variables: &[(&str, &str)]) {
        let mut command = std::process::Command::new(std::env::current_exe().expect("this binary"));
        command.args(["--exact", name, "--ignored", "--nocapture"]).envs(variables.iter().copied());
        for secret in KEYS.into_iter().chain(TOKENS).chain(BUCKET) {
            command.env(secret, format!("canary-{secret}"));
        }
        command.env(format!("{WEBHOOKS}TEAM"), "canary-webhook");
        let output = command.output().expect("the test binary runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let ran = output.status.success() && text.contains("1 passed");
        assert!(ran, "{name}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    #[ignore = "run by another test, with variables of its own"]
    fn programs_look_around_here() {
        let seen = |call: Call| call.run().expect("env runs").text();
        let plain = seen(Call::new("env"));
        assert!(plain.contains("PATH=") && !plain.contains("canary"), "{plain}");
        let handed = seen(Call::new("env").env("GITHUB_TOKEN", "mine"));
        assert!(handed.contains("GITHUB_TOKEN=mine") && !handed.contains("canary"), "{handed}");
        let tokens = seen(Call::new("env").with_tokens());
        assert!(TOKENS.iter().all(|name| tokens.contains(&format!("{name}=canary-{name}"))), "{tokens}");
        assert!(KEYS.iter().chain(&BUCKET).all(|name| !tokens.contains(name)), "{tokens}");
    }

    #[test]
    fn no_program_inherits_a_secret_that_its_call_does_not_ask_for() {
        run_with_secrets("shell::tests::programs_look_around_here", &[]);
    }

    #[test]
    fn arguments_reach_the_program_as_they_are() {
        let hostile = ["$(touch canary)", "a b", "`id`", "'; exit 9", "*"];
        let output = Call::new("printf").arg("%s\n").args(hostile).run().expect("printf runs");
        assert_eq!(output.text().lines().collect::<Vec<_>>(), hostile);
    }

    #[test]
    fn an_exit_code_is_a_result_and_a_missing_program_is_an_error() {
        let output =
            Call::new("sh").args(["-c", "cat; echo no >&2; exit 3"]).input("yes").run().expect("runs");
        assert_eq!(
            (output.status, output.text(), output.error_text()),
            (Some(3), "yes".into(), "no\n".into())
        );
        let error = Call::new("no-such-program-anywhere").run().expect_err("missing");
        assert_eq!(
            error.to_string(),
            "`no-such-program-anywhere` could not be run: command not found: `no-such-program-anywhere`"
        );
        assert!(error.hint().contains("PATH"));
    }

    #[test]
    fn the_environment_is_what_was_asked_for() {
        let output = Call::new("/usr/bin/env").with_empty_environment().env("ONE", "1").run().expect("runs");
        assert_eq!(output.text(), "ONE=1\n");
    }
}
