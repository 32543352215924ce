//! One run of the program and what came of it.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

/// What a run left.
#[derive(Debug)]
pub(crate) struct Run {
    /// The clone it ran in.
    pub(crate) clone: PathBuf,
    /// The exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(clone: PathBuf, output: &Output) -> Self {
        Self {
            clone,
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The run, which ended with this code.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The run, which a crash point ended.
    #[track_caller]
    pub(crate) fn was_killed(self) -> Self {
        let hint = "no crash point ended it: is the program built with `--features crash-points`, as `cargo xtask test` does?";
        assert_eq!(self.code, None, "{hint}\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The one JSON value on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not one JSON value: {error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// The findings of the receipt: cause and message with hint and place.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<(String, String)> {
        let findings = self.json()["findings"].clone();
        let findings = findings.as_array().expect("findings");
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let words = |finding: &Value| ["message", "hint", "place"].map(|key| text(finding, key)).join(" ");
        findings.iter().map(|finding| (text(finding, "cause"), words(finding))).collect()
    }
}
