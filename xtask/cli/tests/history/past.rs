//! What was released before a story begins. Releases of ours are made by the tool itself, once for all stories, and kept as Git
//! bundles.

use std::path::Path;
use std::sync::OnceLock;

use jiff::Timestamp;
use release_core::config::release::Mode;
use release_core::plan::{Decision, Step, make};
use release_core::receipt::Outcome;
use release_edge::execute::{Progress, World, execute};
use release_rehearsal::{PullState, Seed, SeedPullRequest, SeedRelease};

use crate::git::{bare, git, text};
use crate::platform::{Settings, files};
use crate::stage::Stage;
use crate::story::Past;
use crate::writer::Writer;

/// When the first commit was made.
pub const BEGIN: i64 = 1_700_000_000;
/// When the release before was made.
const RELEASED: i64 = BEGIN + 1_000;

/// A repository to go on from.
pub struct Start {
    bundle: Vec<u8>,
    /// What the forge knows.
    pub releases: Vec<SeedRelease>,
    /// The pull request that brought the stamp in.
    pub stamp: Option<SeedPullRequest>,
    /// The head of the release branch.
    pub main: String,
    /// A commit from before the release.
    pub early: String,
    /// How many commits are on the branch that are not released.
    pub unreleased: usize,
}

impl Start {
    /// Puts the repository into a folder, as a bare one.
    pub fn unpack(&self, folder: &Path) {
        let parent = folder.parent().expect("a folder above");
        let bundle = parent.join("start.bundle");
        std::fs::write(&bundle, &self.bundle).expect("written");
        git(parent, &["clone", "--quiet", "--mirror", "--template=", text(&bundle), text(folder)]);
        git(folder, &["remote", "remove", "origin"]);
    }
}

/// The repository at the beginning of a story.
pub fn start(past: Past) -> &'static Start {
    static NOTHING: OnceLock<Start> = OnceLock::new();
    static LIGHT: OnceLock<Start> = OnceLock::new();
    static PUSHED: OnceLock<Start> = OnceLock::new();
    static STAMPED: OnceLock<Start> = OnceLock::new();
    static TAG_ONLY: OnceLock<Start> = OnceLock::new();
    match past {
        Past::Nothing => NOTHING.get_or_init(|| begun(None)),
        Past::LightTag => LIGHT.get_or_init(|| begun(Some("v1.2.3"))),
        Past::Pushed => PUSHED.get_or_init(|| released(Mode::Push, "1.0.0")),
        Past::Stamped => STAMPED.get_or_init(|| {
            let start = released(Mode::Push, "1.0.0");
            let stamp = stamp(&start.main);
            Start { stamp: Some(stamp), ..start }
        }),
        Past::TagOnly => TAG_ONLY.get_or_init(|| released(Mode::TagOnly, "0.4.2")),
    }
}

/// The pull request of a stamp, as the mode `release-pr` leaves it.
fn stamp(commit: &str) -> SeedPullRequest {
    SeedPullRequest {
        number: 3,
        title: "Release v1.0.0".to_owned(),
        body: None,
        author: Some("release-robot[bot]".to_owned()),
        labels: Vec::new(),
        base: None,
        head: None,
        head_repository: None,
        state: PullState::Merged,
        created_at: None,
        merged_at: Some(Timestamp::from_second(RELEASED).expect("a time")),
        merge_commit: Some(commit.to_owned()),
        landed: vec![commit.to_owned()],
        commits: Vec::new(),
        unindexed: false,
    }
}

fn begun(tag: Option<&str>) -> Start {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let first = first_commit(folder.path(), &Settings::default(), tag);
    let bundle = bundle(&folder.path().join("remote.git"));
    let unreleased = usize::from(tag.is_none());
    Start { bundle, releases: Vec::new(), stamp: None, main: first.clone(), early: first, unreleased }
}

/// A first commit, released by the tool.
fn released(mode: Mode, version: &'static str) -> Start {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = Settings { first: version, mode, ..Settings::default() };
    let early = first_commit(folder.path(), &settings, None);
    let stage = Stage::on(folder, Seed::default());
    let now = Timestamp::from_second(RELEASED).expect("a time");
    let facts = stage.gather("latest", now).expect("the facts of a first release");
    let Decision::Release(plan, _) = make(&facts).expect("a plan") else { panic!("no first release") };
    let connection = stage.connect();
    let output = stage.folder.path().join("dist");
    let sources = connection.sources();
    let world = World {
        facts: &facts,
        repository: sources.repository,
        remote: sources.remote,
        forge: sources.forge,
        registry: sources.registry,
        bucket: None,
        release_key: None,
        channel_key: None,
        clock: &*connection.clock,
        output: &output,
    };
    let execution = execute(&plan, &world, &mut Nobody);
    assert!(execution.failure.is_none(), "{:?}", execution.failure);
    let releases = stage.servers.snapshot().releases.into_iter().map(|release| SeedRelease {
        tag_name: release.tag_name,
        target: None,
        name: release.name,
        body: release.body,
        draft: release.draft,
        prerelease: release.prerelease,
        assets: Vec::new(),
    });
    let releases = releases.collect();
    let bare = stage.folder.path().join("remote.git");
    let main = git(&bare, &["rev-parse", "main"]);
    let unreleased = usize::from(main != early);
    Start { bundle: bundle(&bare), releases, stamp: None, main, early, unreleased }
}

fn first_commit(folder: &Path, settings: &Settings, tag: Option<&str>) -> String {
    let path = folder.join("remote.git");
    bare(&path);
    let mut writer = Writer::default();
    let first = writer.commit("Begin", &[], (BEGIN, BEGIN), &files(settings));
    writer.point("refs/heads/main", &first);
    if let Some(tag) = tag {
        writer.point(&format!("refs/tags/{tag}"), &first);
    }
    writer.write(&path).of(&first)
}

fn bundle(bare: &Path) -> Vec<u8> {
    git(bare, &["bundle", "create", "--quiet", "all.bundle", "HEAD", "--all"]);
    std::fs::read(bare.join("all.bundle")).expect("a bundle")
}

struct Nobody;

impl Progress for Nobody {
    fn started(&mut self, _: &Step, _: usize, _: usize) {}
    fn finished(&mut self, _: &Step, _: &Outcome) {}
}
