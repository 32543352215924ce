//! How long planning, a nightly and a promotion take, as a user sees them, and how many requests each sends to the forge and to the
//! registry. The program is started on a small platform, before loopback servers; the history is made here, the same each time, and each
//! run gets a copy of it.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise, and tells what it counts"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use release_rehearsal::{
    Access, Options, PullState, Rehearsal, RequestRecord, SeedPullRequest, Server, Token,
};
use tempfile::TempDir;

const PLATFORM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/platforms/aihummer");
const TOKEN: &str = "token-of-a-maintainer";

/// How many changes came in since the last release.
const CHANGES: u64 = 30;

/// A program and what it is to say.
struct Run {
    name: &'static str,
    arguments: &'static [&'static str],
    /// What its output has to hold.
    said: &'static str,
}

const PLANNING: Run = Run { name: "planning", arguments: &["plan", "--json"], said: "\"1.1.0\"" };
const NIGHTLY: Run =
    Run { name: "nightly", arguments: &["release", "--on-merge", "--json"], said: "\"v1.1.0-dev.1\"" };
const PROMOTION: Run =
    Run { name: "promotion", arguments: &["promote", "v1.1.0-beta.1", "--json"], said: "\"v1.1.0\"" };

/// A bare repository and the servers before it.
struct World {
    folder: TempDir,
    rehearsal: Rehearsal,
}

impl World {
    /// A platform that was released once, and changed since.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        run(folder.path(), "git", &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
        let clone = cloned(folder.path());
        run(&clone, "cp", &["-r", &format!("{PLATFORM}/."), "."]);
        configure(&clone.join("config/release.yaml"));
        let mut options = Options::new("example", "aihummer", folder.path().join("remote.git"));
        options.tokens = vec![Token::maintainer(TOKEN)];
        options.registry.absent = vec!["registry.example/aihummer/*:v*".to_owned()];
        let rehearsal = Rehearsal::start(options).expect("a rehearsal");
        let world = Self { folder, rehearsal };
        world.land(&clone, 1);
        world.run_in(&clone, &["release", "--json"]);
        run(&clone, "git", &["pull", "--quiet"]);
        for number in 2..2 + CHANGES {
            world.land(&clone, number);
        }
        world
    }

    /// Brings in everything that lies in a clone, with a pull request.
    fn land(&self, clone: &Path, number: u64) {
        fs::create_dir_all(clone.join("services/server")).expect("a folder");
        fs::write(clone.join("services/server").join(format!("{number}.txt")), "changed\n").expect("a file");
        run(clone, "git", &["add", "--all"]);
        run(clone, "git", &["commit", "--quiet", "--message", &format!("Change {number} (#{number})")]);
        run(clone, "git", &["push", "--quiet", "origin", "HEAD:main"]);
        let shown = run(clone, "git", &["show", "--no-patch", "--format=%H %cI"]);
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        let (commit, date) = shown.trim().split_once(' ').expect("a commit and its date");
        let pull = SeedPullRequest {
            number,
            title: format!("Change {number}"),
            body: None,
            author: Some("rosa".to_owned()),
            labels: vec![if number.is_multiple_of(3) { "minor" } else { "patch" }.to_owned()],
            base: None,
            head: None,
            head_repository: None,
            state: PullState::Merged,
            created_at: None,
            merged_at: date.parse().ok(),
            merge_commit: Some(commit.to_owned()),
            landed: vec![commit.to_owned()],
            commits: Vec::new(),
            unindexed: false,
        };
        self.rehearsal.add_pull_request(pull).expect("a pull request");
    }

    /// The same once more.
    fn copy(&self) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let from = self.folder.path().join("remote.git").display().to_string();
        run(folder.path(), "cp", &["-r", &from, "remote.git"]);
        let rehearsal = self.rehearsal.copy(folder.path().join("remote.git")).expect("a rehearsal");
        Self { folder, rehearsal }
    }

    /// The same with a line that has a candidate.
    fn with_a_candidate(&self) -> Self {
        let world = self.copy();
        let clone = cloned(world.folder.path());
        world.run_in(&clone, &["cut", "--json"]);
        run(&clone, "git", &["fetch", "--quiet"]);
        run(&clone, "git", &["switch", "--quiet", "release/1.1"]);
        world.run_in(&clone, &["release", "--channel", "beta", "--json"]);
        fs::remove_dir_all(clone).expect("a folder");
        world
    }

    fn run_in(&self, clone: &Path, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .current_dir(clone)
            .envs(NEUTRAL.iter().copied())
            .env("GITHUB_API_URL", self.rehearsal.api_url())
            .env("GITHUB_GRAPHQL_URL", self.rehearsal.graphql_url())
            .env("GITHUB_SERVER_URL", self.rehearsal.web_url())
            .env("GITHUB_TOKEN", TOKEN)
            .env("SLIPWAY_REHEARSAL_REGISTRY", self.rehearsal.registry_address())
            .env("TMPDIR", self.folder.path())
            .output();
        printed(&output.expect("the program starts"), &format!("{arguments:?}"))
    }
}

const NEUTRAL: &[(&str, &str)] = &[
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_AUTHOR_NAME", "Rosa"),
    ("GIT_AUTHOR_EMAIL", "rosa@example.org"),
    ("GIT_COMMITTER_NAME", "Rosa"),
    ("GIT_COMMITTER_EMAIL", "rosa@example.org"),
];

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(folder).envs(NEUTRAL.iter().copied()).output();
    let output = output.expect("the program starts");
    printed(&output, &format!("{program} {arguments:?}"));
    output
}

fn printed(output: &Output, what: &str) -> String {
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{what}: {printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}

fn cloned(folder: &Path) -> PathBuf {
    run(folder, "git", &["clone", "--quiet", "remote.git", "clone"]);
    folder.join("clone")
}

/// A nightly for each merge, and no keys.
fn configure(path: &Path) {
    let text = fs::read_to_string(path).expect("a configuration");
    let (text, _keys) = text.split_once("# Keys of the tests").expect("a section with keys");
    let nightly = "- { name: dev, prerelease: dev, on_merge: main, keep: 2 }";
    fs::write(path, text.replace("- { name: dev, prerelease: dev }", nightly)).expect("a file");
}

/// Runs the program once on a copy and returns how long it took and what it asked.
fn once(before: &World, what: &Run) -> (Duration, Vec<RequestRecord>) {
    let world = before.copy();
    let clone = cloned(world.folder.path());
    let start = Instant::now();
    let printed = world.run_in(&clone, what.arguments);
    let took = start.elapsed();
    assert!(printed.contains(what.said), "{}: {printed}", what.name);
    (took, world.rehearsal.requests())
}

/// Tells how many requests one run sends.
fn tell(what: &Run, requests: &[RequestRecord]) {
    let count = |servers: &[Server], access: Access| {
        requests.iter().filter(|it| servers.contains(&it.server) && it.access == access).count()
    };
    let forge = &[Server::Api, Server::Uploads];
    println!(
        "releasing/{}: {} reads and {} writes of the forge, {} downloads, {} requests to the registry of which {} write",
        what.name,
        count(forge, Access::Read),
        count(forge, Access::Write),
        requests.iter().filter(|it| it.operation == "web/download").count(),
        requests.iter().filter(|it| it.server == Server::Registry).count(),
        count(&[Server::Registry], Access::Write),
    );
}

fn releasing(criterion: &mut Criterion) {
    let changed = World::new();
    let tested = changed.with_a_candidate();
    let mut group = criterion.benchmark_group("releasing");
    group.sample_size(10).measurement_time(Duration::from_secs(15));
    for (before, what) in [(&changed, PLANNING), (&changed, NIGHTLY), (&tested, PROMOTION)] {
        tell(&what, &once(before, &what).1);
        group.bench_function(what.name, |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| once(before, &what).0).sum());
        });
    }
    group.finish();
}

criterion_group!(benches, releasing);
criterion_main!(benches);
