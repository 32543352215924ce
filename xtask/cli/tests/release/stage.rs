//! The stage: a small platform in a Git repository with some history, its bare remote, a rehearsal with the pull requests behind that
//! history, and as many fresh clones as a test wants. Everything lies in one scratch folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use bundle_format::pointer::Envelope;
use bundle_format::signature::PublicKey;
use release_rehearsal::{Options, PullState, Rehearsal, SeedPullRequest, SeedRelease, Token};
use serde_json::Value;
use tempfile::TempDir;

use crate::git::{NEUTRAL, commit, git};
use crate::landing::Pull;
use crate::platform::{AIHUMMER, Platform};
use crate::run::Run;

/// Who owns the platforms on the forge.
const OWNER: &str = "example";
/// The token of a maintainer, and of somebody who may only read.
pub(crate) const MAINTAINER: &str = "token-of-a-maintainer";
pub(crate) const READER: &str = "token-of-a-reader";
pub(crate) const WORKFLOW: &str = "token-of-a-workflow";
/// The token of somebody who may only read, and as often as they like.
pub(crate) const ONLOOKER: &str = "token-of-an-onlooker";

/// The secret key that the platforms' releases are signed with, made for these tests, and its public half.
pub(crate) const RELEASE_KEY: &str = "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAx8NO4s5Xi9ZzYVZKSnSz+OQOmE8wV9niQCG3ruIOJmRdlvFePEmh1xQzOIJnuWpTWuVCFP4nHEgC6DKzo5+2AFOiY0iPevPlAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
pub(crate) const PUBLIC_KEY: &str = "RWTHw07izleL1hQzOIJnuWpTWuVCFP4nHEgC6DKzo5+2AFOiY0iPevPl";

/// The secret key that their pointers are signed with, made for these tests, and its public half.
pub(crate) const CHANNEL_KEY: &str = "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAApeE2aqhz8USGIL//O/zvo9645hw3isxmRA0TxKJhiSnn3Nnysby1l2+vp4hLcCaQqtKkS/eX7nNBLwS2p8R0L99nMMo1AVQuf7Xe7IuXKaEFCOJSz2m+iANBdFgxWUyswBjgVti9RMA=";
pub(crate) const PUBLIC_CHANNEL_KEY: &str = "RWSl4TZqqHPxRG+vp4hLcCaQqtKkS/eX7nNBLwS2p8R0L99nMMo1AVQu";

/// What a stage is to be like before it is set.
pub(crate) struct Setting {
    platform: &'static Platform,
    mode: &'static str,
    configured: Vec<(&'static str, &'static str)>,
    pulls: Vec<(&'static str, Vec<&'static str>)>,
    releases: Vec<SeedRelease>,
    absent: Vec<String>,
    present: Vec<String>,
    forge: fn(&mut Options),
}

impl Setting {
    /// Two merged pull requests since the start, released by pushing to main.
    pub(crate) fn new() -> Self {
        Self {
            platform: &AIHUMMER,
            mode: "push",
            configured: Vec::new(),
            pulls: vec![("Serve the first page", vec!["minor"]), ("Mend the second page", vec!["patch"])],
            releases: Vec::new(),
            absent: Vec::new(),
            present: Vec::new(),
            forge: |_| {},
        }
    }

    /// A forge that differs in this.
    pub(crate) fn forge(mut self, change: fn(&mut Options)) -> Self {
        self.forge = change;
        self
    }

    /// Another platform, to which nothing was merged yet.
    pub(crate) fn of(platform: &'static Platform) -> Self {
        Self { platform, pulls: Vec::new(), ..Self::new() }
    }

    /// The release configuration with one text instead of another, which has to be there.
    pub(crate) fn configured(mut self, instead_of: &'static str, text: &'static str) -> Self {
        self.configured.push((instead_of, text));
        self
    }

    pub(crate) fn mode(mut self, mode: &'static str) -> Self {
        self.mode = mode;
        self
    }

    /// These pull requests instead.
    pub(crate) fn pulls(mut self, pulls: &[(&'static str, &[&'static str])]) -> Self {
        self.pulls = pulls.iter().map(|(title, labels)| (*title, labels.to_vec())).collect();
        self
    }

    pub(crate) fn releases(mut self, releases: Vec<SeedRelease>) -> Self {
        self.releases = releases;
        self
    }

    /// Images that their registry does not have.
    pub(crate) fn absent(mut self, pattern: &str) -> Self {
        self.absent.push(pattern.to_owned());
        self
    }

    /// Images that their registry has, although they look like those of a release.
    pub(crate) fn present(mut self, pattern: &str) -> Self {
        self.present.push(pattern.to_owned());
        self
    }

    pub(crate) fn set(self) -> Stage {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for name in ["home", "temporary"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        git(folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
        let bare = folder.path().join("remote.git");
        let workshop = folder.path().join("workshop");
        git(folder.path(), &["clone", "--quiet", "remote.git", "workshop"]);
        introduce(&workshop);
        let Platform { name, .. } = self.platform;
        self.platform.copy_to(&workshop);
        self.configure(&workshop.join("config/release.yaml"));
        commit(&workshop, "Describe the platform", 0);
        git(&workshop, &["push", "--quiet", "origin", "HEAD:main"]);
        let mut options = Options::new(OWNER, *name, &bare);
        options.tokens =
            vec![Token::maintainer(MAINTAINER), Token::reader(READER), Token::workflow_run(WORKFLOW)];
        options.tokens.push(Token { requests_per_hour: Some(u32::MAX), ..Token::reader(ONLOOKER) });
        options.seed.releases = self.releases;
        options.seed.pull_requests = vec![merged(&workshop, 1, "Describe the platform", &["minor"])];
        options.registry.absent = vec![format!("registry.example/{name}/*:v*")];
        options.registry.absent.extend(self.absent);
        options.registry.present = self.present;
        (self.forge)(&mut options);
        let rehearsal = Rehearsal::start(options).expect("a rehearsal");
        let stage = Stage { platform: self.platform, rehearsal, folder, count: AtomicUsize::new(1) };
        for (title, labels) in &self.pulls {
            stage.merge(title, labels);
        }
        stage.rehearsal.forget_requests();
        stage
    }

    fn configure(&self, path: &Path) {
        let mut text = fs::read_to_string(path).expect("a configuration");
        let mode = format!("mode: {}", self.mode);
        for (instead_of, wanted) in self.configured.iter().chain(&[("mode: push", mode.as_str())]) {
            assert!(text.contains(instead_of), "`{instead_of}` is not in {text}");
            text = text.replace(instead_of, wanted);
        }
        fs::write(path, text).expect("a file");
    }
}

/// A stage that stands.
pub(crate) struct Stage {
    pub(crate) platform: &'static Platform,
    pub(crate) rehearsal: Rehearsal,
    folder: TempDir,
    /// Pull requests and clones so far: numbers, dates and names come from it.
    count: AtomicUsize,
}

impl Stage {
    /// The same stage once more, without its clones: what happens on one does not happen on the other.
    pub(crate) fn copy(&self) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let mut copying = Command::new("cp");
        copying.arg("-r").args(["remote.git", "workshop", "home", "temporary"].map(|name| self.path(name)));
        let status = copying.arg(folder.path()).status().expect("cp runs");
        assert!(status.success(), "{status}");
        let bare = folder.path().join("remote.git");
        let remote = bare.display().to_string();
        git(&folder.path().join("workshop"), &["remote", "set-url", "origin", &remote]);
        let rehearsal = self.rehearsal.copy(bare).expect("a rehearsal");
        let count = AtomicUsize::new(self.count.load(Ordering::Relaxed));
        Self { platform: self.platform, rehearsal, folder, count }
    }

    pub(crate) fn bare(&self) -> PathBuf {
        self.folder.path().join("remote.git")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Squash-merges a pull request into main and returns its number.
    pub(crate) fn merge(&self, title: &str, labels: &[&str]) -> u64 {
        self.land(&Pull { title, labels, ..Pull::default() })
    }

    /// Squash-merges a pull request that also writes one file.
    pub(crate) fn merge_file(&self, title: &str, labels: &[&str], path: &str, text: &str) -> u64 {
        let number = self.next();
        self.on_main(number, &format!("{title} (#{number})"), |clone| {
            fs::write(clone.join(path), text).expect("a file");
        });
        let pull = merged(&self.path("workshop"), number, title, labels);
        self.rehearsal.add_pull_request(pull).expect("a pull request");
        number
    }

    /// Puts a commit on main that no pull request brought in.
    pub(crate) fn push_directly(&self, message: &str) {
        let number = self.next();
        self.on_main(number, message, |_| ());
    }

    /// A new number for a pull request or a clone.
    pub(crate) fn next(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed) as u64 + 1
    }

    /// A fresh clone with everything in it, made by somebody who may commit.
    pub(crate) fn fresh_clone(&self) -> PathBuf {
        let clone = self.clone_of_nobody();
        introduce(&clone);
        clone
    }

    /// A fresh clone in which git does not know who commits.
    pub(crate) fn clone_of_nobody(&self) -> PathBuf {
        let name = format!("clone-{}", self.next());
        git(self.folder.path(), &["clone", "--quiet", "remote.git", &name]);
        self.path(&name)
    }

    /// Runs the program in a clone.
    pub(crate) fn run(&self, clone: &Path, arguments: &[&str]) -> Run {
        self.run_with(clone, arguments, &[])
    }

    /// Runs the program in a clone with further variables.
    pub(crate) fn run_with(&self, clone: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let output = self.command(clone, arguments, variables).output().expect("the program runs");
        Run::of(clone.to_owned(), &output)
    }

    /// Starts the program in a clone and lets it run.
    pub(crate) fn start(&self, clone: &Path, arguments: &[&str]) -> Child {
        self.command(clone, arguments, &[]).spawn().expect("the program starts")
    }

    /// A command of the program in a clone, to be changed before it is run.
    pub(crate) fn command(&self, clone: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .current_dir(clone)
            .args(arguments)
            .env_clear()
            .envs(NEUTRAL.iter().copied())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("temporary"))
            .env("GITHUB_API_URL", self.rehearsal.api_url())
            .env("GITHUB_GRAPHQL_URL", self.rehearsal.graphql_url())
            .env("GITHUB_SERVER_URL", self.rehearsal.web_url())
            .env("GITHUB_TOKEN", MAINTAINER)
            .env("SLIPWAY_RELEASE_KEY", RELEASE_KEY)
            .env("SLIPWAY_CHANNEL_KEY", CHANNEL_KEY)
            .env("SLIPWAY_REHEARSAL_REGISTRY", self.rehearsal.registry_address())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Releases from a fresh clone.
    pub(crate) fn release(&self) -> Run {
        self.run(&self.fresh_clone(), RELEASE)
    }

    /// Releases from a fresh clone and is killed at a point, as in `before:3`.
    pub(crate) fn release_killed(&self, point: &str) -> Run {
        self.run_with(&self.fresh_clone(), RELEASE, &[("SLIPWAY_CRASH", point)])
    }

    /// Every step of the plan for what is on main now, by its id.
    pub(crate) fn steps(&self) -> Vec<String> {
        let plan = self.run(&self.fresh_clone(), &["plan", "--json"]).ends_with(0).json();
        let steps = plan["steps"].as_array().expect("steps");
        steps.iter().map(|step| step["id"].as_str().expect("an id").to_owned()).collect()
    }

    /// The step with this id, as crash points count them.
    pub(crate) fn step(&self, id: &str) -> usize {
        self.steps().iter().position(|step| step == id).expect("a step of this id")
    }

    /// Every reference of the remote with its object.
    pub(crate) fn references(&self) -> String {
        git(&self.bare(), &["for-each-ref", "--format=%(refname) %(objectname)"])
    }

    /// An asset as the forge has it.
    pub(crate) fn asset(&self, tag: &str, name: &str) -> Vec<u8> {
        self.rehearsal.asset(tag, name).unwrap_or_else(|| panic!("no `{name}` in the release of {tag}"))
    }

    /// The pointer of a channel; where the platform signs pointers, with the key of the tests' channels.
    #[track_caller]
    pub(crate) fn pointer(&self, channel: &str) -> Value {
        let text = self.file("channels", &format!("{channel}/latest.json"));
        let envelope = Envelope::read(text.as_bytes()).expect("an envelope");
        let key = PublicKey::try_from(PUBLIC_CHANNEL_KEY.to_owned()).expect("a key");
        let pointer = match self.platform.name == AIHUMMER.name {
            true => envelope.prove(&[key], &[]).expect("a signed pointer"),
            false => envelope.unproven().expect("a pointer"),
        };
        serde_json::to_value(pointer).expect("a pointer")
    }

    /// A file at a revision of the remote.
    pub(crate) fn file(&self, revision: &str, path: &str) -> String {
        git(&self.bare(), &["show", &format!("{revision}:{path}")])
    }
}

/// A release for a program that reads its result.
pub(crate) const RELEASE: &[&str] = &["release", "--json"];

pub(crate) fn introduce(clone: &Path) {
    git(clone, &["config", "user.name", "Rosa"]);
    git(clone, &["config", "user.email", "rosa@example.org"]);
}

/// The pull request whose squashed commit is the newest of a clone.
pub(crate) fn merged(clone: &Path, number: u64, title: &str, labels: &[&str]) -> SeedPullRequest {
    let shown = git(clone, &["show", "--no-patch", "--format=%H %cI"]);
    let (sha, date) = shown.split_once(' ').expect("an id and a date");
    SeedPullRequest {
        state: PullState::Merged,
        merged_at: Some(date.parse().expect("a time")),
        merge_commit: Some(sha.to_owned()),
        landed: vec![sha.to_owned()],
        ..open(number, title, labels)
    }
}

/// A pull request that is open.
pub(crate) fn open(number: u64, title: &str, labels: &[&str]) -> SeedPullRequest {
    SeedPullRequest {
        number,
        title: title.to_owned(),
        body: None,
        author: Some("rosa".to_owned()),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        base: None,
        head: None,
        head_repository: None,
        state: PullState::Open,
        created_at: None,
        merged_at: None,
        merge_commit: None,
        landed: Vec::new(),
        commits: Vec::new(),
        unindexed: false,
    }
}
