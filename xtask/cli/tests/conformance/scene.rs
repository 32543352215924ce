//! A small platform in a repository of its own, a rehearsal GitHub and registry around it, and the tool as users start it. Must never
//! read this repository's history or configuration, nor the user's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use release_rehearsal::{Options, Rehearsal, SeedPullRequest};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The token that the rehearsal knows.
pub(crate) const TOKEN: &str = "rehearsal-token";

const RELEASE: &str = "\
format: 1
product: lighthouse
repository: { owner: acme, name: lighthouse }
mode: MODE
version: { first: 1.0.0 }
labels:
  - { name: major, bump: major, section: breaking }
  - { name: none, bump: none }
  - { name: minor, bump: minor, section: added }
  - { name: patch, bump: patch, section: fixed }
images:
  registry: registry.example/acme/lighthouse
  names: [{ name: api, context: services/api }]
stamps:
  - { path: compose/base.yaml, kind: image-tags }
milliseconds_between_writes: 0
";

const BUNDLES: &str = "\
format: 1
variants:
  - { id: cpu, compose: [compose/base.yaml] }
";

const ENVIRONMENT: &str = "\
format: 1
sections:
  - { id: general, title: General }
variables:
  - name: LOG_LEVEL
    section: general
    description: How much is logged.
    kind: { type: default, value: INFO }
    consumers: [api]
";

const COMPOSE: &str = "\
name: lighthouse
services:
  api:
    image: registry.example/acme/lighthouse/api:v0.0.0
    environment:
      LOG_LEVEL: ${LOG_LEVEL:-INFO}
";

/// The platform, its GitHub and the place the tool runs in.
pub(crate) struct Scene {
    pub(crate) rehearsal: Rehearsal,
    pub(crate) clone: PathBuf,
    folder: TempDir,
}

impl Scene {
    /// A platform whose release commits reach GitHub in this mode, with one pull request merged and no release yet.
    pub(crate) fn in_mode(mode: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (bare, clone) = (folder.path().join("remote.git"), folder.path().join("clone"));
        git(folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
        git(folder.path(), &["clone", "--quiet", "remote.git", "clone"]);
        git(&clone, &["config", "user.name", "Ada"]);
        git(&clone, &["config", "user.email", "ada@example.org"]);
        git(&clone, &["checkout", "--quiet", "-B", "main"]);
        for (path, content) in [
            ("config/release.yaml", RELEASE.replace("MODE", mode).as_str()),
            ("config/bundles.yaml", BUNDLES),
            ("config/env.yaml", ENVIRONMENT),
            ("compose/base.yaml", COMPOSE),
            ("services/api/Dockerfile", "FROM scratch\n"),
            ("VERSION", "0.0.0\n"),
            (".gitignore", "dist/\n"),
        ] {
            let path = clone.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        git(&clone, &["add", "--all"]);
        let mut options = Options::new("acme", "lighthouse", &bare);
        options.registry.absent = vec!["registry.example/acme/lighthouse/api:v*".to_owned()];
        let rehearsal = Rehearsal::start(options).unwrap();
        let scene = Self { rehearsal, clone, folder };
        scene.merge(1, "Light the lamp", "minor");
        scene
    }

    /// Commits what is staged, or nothing, as a squashed pull request that is merged.
    pub(crate) fn merge(&self, number: u64, title: &str, label: &str) {
        git(&self.clone, &["commit", "--quiet", "--allow-empty", "-m", &format!("{title} (#{number})")]);
        git(&self.clone, &["push", "--quiet", "origin", "main"]);
        let commit = self.git(&["rev-parse", "HEAD"]);
        let pull: SeedPullRequest = serde_json::from_value(json!({
            "number": number, "title": title, "author": "ada", "labels": [label], "state": "merged",
            "merge_commit": commit, "landed": [commit], "merged_at": "2026-03-04T05:06:07Z",
        }))
        .unwrap();
        self.rehearsal.add_pull_request(pull).unwrap();
    }

    /// Runs git in the clone and returns what it prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.clone, arguments)
    }

    /// Runs the tool against the REST interface at `api`, for what it prints as JSON and whether it ended well.
    pub(crate) fn tool(&self, api: &str, arguments: &[&str]) -> (bool, Value) {
        let output = self.run(api, arguments);
        let (said, complaint) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let value = serde_json::from_str(&said)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{said}\n{complaint}"));
        (output.status.success(), value)
    }

    /// The same where it has to end well.
    pub(crate) fn tool_succeeds(&self, api: &str, arguments: &[&str]) -> Value {
        let (succeeded, value) = self.tool(api, arguments);
        assert!(succeeded, "{arguments:?}: {value:#}");
        value
    }

    fn run(&self, api: &str, arguments: &[&str]) -> Output {
        clean(Command::new(env!("CARGO_BIN_EXE_xtask")))
            .args(arguments)
            .current_dir(&self.clone)
            .env("HOME", self.folder.path())
            .env("GITHUB_API_URL", api)
            .env("GITHUB_GRAPHQL_URL", format!("{api}/graphql"))
            .env("GITHUB_SERVER_URL", self.rehearsal.web_url())
            .env("GITHUB_TOKEN", TOKEN)
            .env("SLIPWAY_REHEARSAL_REGISTRY", self.rehearsal.registry_address())
            .output()
            .unwrap()
    }
}

/// Runs git in a folder and returns what it prints.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = clean(Command::new("git")).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The command without what the user, a hook or a CI run would have it do.
fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let foreign = name.to_str().is_some_and(|name| {
            name == "CI" || ["GIT_", "GITHUB_", "SLIPWAY_"].iter().any(|prefix| name.starts_with(prefix))
        });
        if foreign {
            command.env_remove(name);
        }
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("NO_COLOR", "1");
    command
}
