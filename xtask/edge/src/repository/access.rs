//! How a remote is reached: its name, and the token that opens it. The token travels in the environment of the git program, bound to
//! one forge host; never in an argument, a file, an error or a redirected request.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use release_core::finding::Cause;

use crate::failure::Failure;
use crate::secret::{Secret, hide_user_info};
use crate::shell::{self, Call, Output};

/// A remote and what opens it.
#[derive(Clone)]
pub struct RemoteAccess {
    remote: String,
    key: Option<Key>,
    /// Settings for this remote that the repository itself does not have.
    settings: Vec<(String, String)>,
    program: Arc<dyn GitProgram>,
}

/// The program that reads and writes remotes, called as `git` is.
pub trait GitProgram: Send + Sync {
    /// Runs a call of it to its end.
    ///
    /// # Errors
    ///
    /// Where it could not be started. An exit code other than 0 is not an error here.
    fn run(&self, call: &Call) -> Result<Output, shell::Error>;
}

/// The git program of this machine.
struct Installed;

impl GitProgram for Installed {
    fn run(&self, call: &Call) -> Result<Output, shell::Error> {
        call.run()
    }
}

/// A token and the one host that gets it.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    scope: String,
    token: Secret,
    credential: Secret,
}

/// Variables that would point the git program at another repository, or make it write its requests into a log.
const MISLEADING: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CURL_VERBOSE",
    "GIT_TRACE",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_TRACE2_PERF",
    "GIT_TRACE2_ENV_VARS",
    "GIT_TRACE_CURL",
    "GIT_TRACE_PACKET",
    "GIT_TRACE_REDACT",
];

impl RemoteAccess {
    /// A remote by its name, address or path, opened by what the user's own Git has: an SSH key, a credential helper, nothing.
    #[must_use]
    pub fn new(remote: impl Into<String>) -> Self {
        Self { remote: remote.into(), key: None, settings: Vec::new(), program: Arc::new(Installed) }
    }

    /// The same remote opened by a token of the forge at `forge`, as in `https://forge.example`. It is sent to that host only, so it
    /// has no effect on a remote elsewhere or over SSH.
    ///
    /// # Errors
    ///
    /// [`Cause::Configuration`] where `forge` is not `https://` and a host (or `http://` and this very machine).
    pub fn with_token(mut self, forge: &str, token: Secret) -> Result<Self, Failure> {
        let scope = scope(forge).ok_or_else(|| {
            Failure::new(
                Cause::Configuration,
                format!("a token cannot be sent safely to `{}`", hide_user_info(forge)),
                "name the forge as `https://` and its host, without path and user",
            )
        })?;
        let credential = STANDARD.encode(format!("x-access-token:{}", token.reveal()));
        self.key = Secret::new(&credential).map(|credential| Key { scope, token, credential });
        Ok(self)
    }

    /// The same remote, reached through another program that is called as `git` is.
    #[must_use]
    pub fn through(self, program: Arc<dyn GitProgram>) -> Self {
        Self { program, ..self }
    }

    /// The same remote, trusted by the certificates of this file instead of those that Git knows.
    #[must_use]
    pub fn trusting(mut self, certificates: &Path) -> Self {
        self.settings.push(("http.sslCAInfo".to_owned(), certificates.display().to_string()));
        self
    }

    /// Its name, address or path.
    #[must_use]
    pub fn remote(&self) -> &str {
        &self.remote
    }

    /// Whether it is the same remote, opened by the same key through the same program.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.remote == other.remote
            && self.settings == other.settings
            && self.key == other.key
            && Arc::ptr_eq(&self.program, &other.program)
    }

    /// Whether a token goes with it.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.key.is_some()
    }

    /// The same key for a remote that is only named for this run, with its addresses for reading and writing.
    pub(super) fn named(&self, name: &str, read: &str, write: &str) -> Self {
        let mut settings = self.settings.clone();
        settings.extend([
            (format!("remote.{name}.url"), read.to_owned()),
            (format!("remote.{name}.pushurl"), write.to_owned()),
        ]);
        Self { remote: name.to_owned(), key: self.key.clone(), settings, program: Arc::clone(&self.program) }
    }

    /// A call of the git program in a folder, with the key in its environment and nothing that asks, hangs or runs hooks.
    pub(super) fn git(&self, folder: &Path) -> Call {
        let mut call = Call::new("git").folder(folder).env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
        for name in MISLEADING {
            call = call.without_env(name);
        }
        let mut settings: Vec<(&str, &str)> = vec![
            // A hook of the clone would inherit the key; a release runs none.
            ("core.hooksPath", "/dev/null"),
            ("http.lowSpeedLimit", "1"),
            ("http.lowSpeedTime", "60"),
        ];
        settings.extend(self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let (header_name, header);
        if let Some(key) = &self.key {
            // The key travels in a header; no program that Git starts needs it.
            call = call.env("GIT_ASKPASS", "");
            header_name = format!("http.{}.extraheader", key.scope);
            header = format!("AUTHORIZATION: basic {}", key.credential.reveal());
            settings.extend([
                ("credential.helper", ""),
                // Git would send the header on to wherever it is redirected.
                ("http.followRedirects", "false"),
                // An empty value forgets headers set before, such as those of a checkout action: two of them are refused.
                (header_name.as_str(), ""),
                (header_name.as_str(), header.as_str()),
            ]);
        } else {
            // The user's own credential helper may read its token there.
            call = call.with_tokens();
        }
        with_settings(call, &settings)
    }

    /// Runs a call, its output freed of secrets.
    pub(super) fn run(&self, call: &Call) -> Result<Output, Failure> {
        let mut output = self
            .program
            .run(call)
            .map_err(|error| Failure::new(Cause::Git, error.to_string(), error.hint()))?;
        output.stderr = self.clean(&output.error_text()).into_bytes();
        Ok(output)
    }

    /// A text without the token in any form it was sent, and without user and password of any address.
    pub(super) fn clean(&self, text: &str) -> String {
        let text = hide_user_info(text);
        match &self.key {
            Some(key) => key.credential.hide_in(&key.token.hide_in(&text)),
            None => text,
        }
    }
}

impl fmt::Debug for RemoteAccess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RemoteAccess")
            .field("remote", &hide_user_info(&self.remote))
            .field("token", &self.key.as_ref().map(|key| &key.token))
            .finish()
    }
}

/// Adds settings to those that the environment of this process already hands to git.
fn with_settings(mut call: Call, settings: &[(&str, &str)]) -> Call {
    let before =
        std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    for (index, (name, value)) in settings.iter().enumerate() {
        let number = before + index;
        call = call
            .env(format!("GIT_CONFIG_KEY_{number}"), name)
            .env(format!("GIT_CONFIG_VALUE_{number}"), value);
    }
    call.env("GIT_CONFIG_COUNT", (before + settings.len()).to_string())
}

/// The prefix of addresses that get the token; `None` where it would be sent in the clear or to more than one host.
fn scope(forge: &str) -> Option<String> {
    let forge = forge.trim_end_matches('/');
    let (scheme, host) = forge.split_once("://")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let loopback = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
    let safe = scheme == "https" || (scheme == "http" && loopback);
    (safe && !host.is_empty() && host.bytes().all(plain)).then(|| format!("{forge}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A credential helper that keeps the environment it got.
    const RECORDER: &str = "!f() { env > \"$RECORD\"; echo username=me; echo password=pass; }; f";

    #[test]
    #[ignore = "run by another test, with variables of its own"]
    fn git_asks_its_credential_helper_here() {
        let folder = std::path::PathBuf::from(std::env::var_os("RECORD").expect("a file"));
        let folder = folder.parent().expect("a folder");
        let access = RemoteAccess::new("https://forge.example/a.git");
        let call =
            access.git(folder).args(["credential", "fill"]).input("protocol=https\nhost=forge.example\n\n");
        let output = access.run(&call).expect("git runs");
        assert!(output.text().contains("password=pass"), "{output:?}");
        let token = Secret::new("ghs_abc").expect("not empty");
        let access = access.with_token("https://forge.example", token).expect("a forge");
        let call = access.git(folder).args(["-c", "alias.look=!env", "look"]);
        let seen = access.run(&call).expect("git runs").text();
        assert!(seen.contains("GIT_CONFIG_COUNT="), "{seen}");
        assert!(!seen.contains("canary"), "{seen}");
    }

    #[test]
    fn git_and_its_helper_never_get_the_keys_and_the_helper_of_the_user_keeps_its_token() {
        let folder = tempfile::tempdir().expect("a folder");
        let record = folder.path().join("record");
        let helper = [
            ("RECORD", record.to_str().expect("a path")),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "credential.helper"),
            ("GIT_CONFIG_VALUE_0", RECORDER),
        ];
        crate::shell::tests::run_with_secrets(
            "repository::access::tests::git_asks_its_credential_helper_here",
            &helper,
        );
        let seen = std::fs::read_to_string(&record).expect("a record");
        assert!(seen.contains("canary-GITHUB_TOKEN") && seen.contains("canary-GH_TOKEN"), "{seen}");
        assert!(!seen.contains("SLIPWAY_RELEASE_KEY") && !seen.contains("SLIPWAY_CHANNEL_KEY"), "{seen}");
    }

    #[test]
    fn a_token_is_only_sent_encrypted_or_to_this_machine() {
        for good in
            ["https://forge.example", "https://forge.example/", "http://127.0.0.1:4000", "http://[::1]:80"]
        {
            assert_eq!(scope(good), Some(format!("{}/", good.trim_end_matches('/'))), "{good}");
        }
        for bad in [
            "http://forge.example",
            "https://",
            "https://*.example",
            "https://me@forge.example",
            "https://forge.example/a",
            "http://127.0.0.1.forge.example",
            "forge.example",
            "ssh://forge.example",
        ] {
            assert_eq!(scope(bad), None, "{bad}");
        }
    }

    #[test]
    fn neither_debug_nor_cleaned_text_shows_the_token() {
        let token = Secret::new("ghs_abc").expect("not empty");
        let access = RemoteAccess::new("https://me:pass@forge.example/a.git")
            .with_token("https://forge.example", token)
            .expect("a forge");
        let shown = format!("{access:?}");
        assert!(!shown.contains("ghs_abc") && !shown.contains("pass"), "{shown}");
        let encoded = STANDARD.encode("x-access-token:ghs_abc");
        let clean = access.clean(&format!("ghs_abc {encoded} https://u:p@forge.example/"));
        assert_eq!(clean, "[hidden] [hidden] https://[hidden]@forge.example/");
    }
}
