//! What people and CI do with the tool, each from a fresh clone, as the commands do it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bundle_format::pointer::Yanked;
use release_core::check::before_writing;
use release_core::facts::{Identity, KeyFacts};
use release_core::finding::Finding;
use release_core::identity::Tag;
use release_core::plan::{Plan, Step};
use release_core::receipt::Outcome;
use release_edge::channels::{self, Trust};
use release_edge::clock::Clock as _;
use release_edge::course::{Course, CourseError, Gathering, Next};
use release_edge::execute::{Progress, World, execute};
use release_edge::failure::Failure;
use release_edge::forge::github::{Connection, GitHub};
use release_edge::gather::{GatherError, Request, Sources, configured};
use release_edge::repository::{RemoteAccess, Repository};
use release_edge::secret::Secret;
use release_edge::waiting::Nobody;

use crate::carrier::{InProcess, TOKEN};
use crate::registry::InProcessRegistry;
use crate::remote::InProcessGit;
use crate::scene::Scene;
use crate::time::Longest;
use crate::wire::Wire;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// `release` on a branch, for a channel.
    Release { branch: String, channel: &'static str },
    /// `release --on-merge` on a branch.
    OnMerge { branch: String },
    /// `promote`.
    Promote { tag: String },
    /// `yank`.
    Withdraw { tag: String },
    /// `channels renew`.
    Renew,
    /// `channels --repair`.
    Repair,
}

impl Deed {
    pub(crate) fn release(branch: &str, channel: &'static str) -> Self {
        Self::Release { branch: branch.to_owned(), channel }
    }

    pub(crate) fn on_merge(branch: &str) -> Self {
        Self::OnMerge { branch: branch.to_owned() }
    }

    pub(crate) fn promote(tag: &str) -> Self {
        Self::Promote { tag: tag.to_owned() }
    }

    pub(crate) fn withdraw(tag: &str) -> Self {
        Self::Withdraw { tag: tag.to_owned() }
    }

    /// The branch that is checked out for it.
    pub(crate) fn branch(&self) -> &str {
        match self {
            Self::Release { branch, .. } => branch,
            Self::OnMerge { branch } => branch,
            Self::Promote { .. } | Self::Withdraw { .. } | Self::Renew | Self::Repair => "main",
        }
    }
}

/// How one ended.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// Why it stopped; empty where it did not.
    pub(crate) stopped: Vec<Finding>,
    /// What it released or finished.
    pub(crate) released: Vec<String>,
}

impl Ended {
    fn stopping(findings: Vec<Finding>) -> Self {
        assert!(!findings.is_empty(), "whoever stops says why");
        Self { stopped: findings, released: Vec::new() }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.stopped.is_empty()
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::stopping(vec![failure.into_finding()])
    }
}

impl From<GatherError> for Ended {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::Configuration(findings) => Self::stopping(findings),
            GatherError::Failure(failure) => failure.into(),
        }
    }
}

impl From<CourseError> for Ended {
    fn from(error: CourseError) -> Self {
        match error {
            CourseError::Gather(error) => error.into(),
            CourseError::Plan(error) => Self::stopping(error.findings),
            CourseError::Failure(failure) => failure.into(),
        }
    }
}

/// What is gathered, told to nobody.
struct Asked<F>(F);

impl<F: FnMut() -> Request> Gathering for Asked<F> {
    fn begins(&mut self) -> Request {
        (self.0)()
    }

    fn ended(&mut self) {}
}

struct Silent;

impl Progress for Silent {
    fn started(&mut self, _: &Step, _: usize, _: usize) {}
    fn finished(&mut self, _: &Step, _: &Outcome) {}
}

/// A clone with everything around it.
struct Workplace<'a> {
    scene: &'a Scene,
    clone: PathBuf,
    repository: Repository,
    remote: RemoteAccess,
    forge: GitHub,
    registry: InProcessRegistry,
}

impl Scene {
    /// Does something from a fresh clone of what is there now.
    pub(crate) fn perform(&self, deed: &Deed, wire: &Arc<Wire>) -> Ended {
        self.perform_in(self.clone_at(deed.branch()), deed, wire)
    }

    /// Does something in a clone, which is gone then.
    pub(crate) fn perform_in(&self, clone: PathBuf, deed: &Deed, wire: &Arc<Wire>) -> Ended {
        self.workplace(clone, wire).perform(deed)
    }

    fn workplace(&self, clone: PathBuf, wire: &Arc<Wire>) -> Workplace<'_> {
        let repository = Repository::open(&clone).expect("a clone");
        let (remote, objects) = (Arc::clone(&self.remote), self.objects());
        let git = InProcessGit { remote, objects, wire: Arc::clone(wire) };
        let rehearsal = Arc::clone(&self.rehearsal);
        let carrier = InProcess { rehearsal: Arc::clone(&rehearsal), wire: Arc::clone(wire) };
        let connection = Connection {
            api: rehearsal.api_url().to_owned(),
            graphql: rehearsal.graphql_url(),
            token: Secret::new(TOKEN),
            ..Connection::new("example", "hut")
        };
        let clock = Arc::new(self.time.clone());
        let forge = GitHub::carried_by(&connection, Box::new(carrier), clock, Arc::new(Longest));
        Workplace {
            scene: self,
            clone,
            repository,
            remote: RemoteAccess::new("origin").through(Arc::new(git)),
            forge: forge.expect("a forge"),
            registry: InProcessRegistry::new(rehearsal, Arc::clone(wire)),
        }
    }
}

impl Drop for Workplace<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.clone);
    }
}

impl Workplace<'_> {
    /// Does something in this clone.
    fn perform(&self, deed: &Deed) -> Ended {
        let done = match deed {
            Deed::Release { channel, .. } => self.release(channel, None),
            Deed::OnMerge { .. } => self.on_merge(),
            Deed::Promote { tag } => self.release("latest", Some(&parsed(tag))),
            Deed::Withdraw { tag } => self.withdraw(&parsed(tag)),
            Deed::Renew => self.with_channels(|scene| channels::renew(scene, &mut drop)),
            Deed::Repair => self.with_channels(|scene| channels::repair(scene, None, &mut drop)),
        };
        done.unwrap_or_else(|ended| ended)
    }

    fn sources(&self) -> Sources<'_> {
        let Self { repository, remote, forge, registry, .. } = self;
        Sources { repository, remote, forge, registry, bucket: None }
    }

    fn request(&self, channel: &str, promoted: Option<&Tag>) -> Request {
        let keys = self.scene.keys();
        Request {
            channel: channel.to_owned(),
            now: self.scene.time.now(),
            rehearsed: false,
            release_key: KeyFacts::Usable(keys.release.public().clone()),
            channel_key: KeyFacts::Usable(keys.channel.public().clone()),
            promoted: promoted.cloned(),
        }
    }

    fn release(&self, channel: &str, promoted: Option<&Tag>) -> Result<Ended, Ended> {
        let mut ended = Ended::default();
        let mut course = Course::new(self.sources(), &self.scene.time, &Nobody);
        loop {
            let (facts, plan, last) = match course.next(&mut Asked(|| self.request(channel, promoted)))? {
                Next::Finish(facts, plan) => (facts, plan, false),
                Next::Release(facts, plan, _) => (facts, plan, true),
                Next::Released(_) | Next::Nothing(..) => return Ok(ended),
            };
            let forbidding = before_writing(&facts);
            if !forbidding.is_empty() {
                return Err(Ended::stopping(forbidding));
            }
            self.carry_out(&plan, &facts)?;
            ended.released.push(plan.tag().to_string());
            if last {
                return Ok(ended);
            }
        }
    }

    fn carry_out(&self, plan: &Plan, facts: &release_core::facts::Facts) -> Result<(), Failure> {
        let world = World {
            facts,
            repository: &self.repository,
            remote: &self.remote,
            forge: &self.forge,
            registry: &self.registry,
            bucket: None,
            release_key: Some(&self.scene.keys().release),
            channel_key: Some(&self.scene.keys().channel),
            clock: &self.scene.time,
            output: &self.clone.join("dist"),
        };
        let execution = execute(plan, &world, &mut Silent);
        execution.failure.map_or(Ok(()), Err)
    }

    fn on_merge(&self) -> Result<Ended, Ended> {
        let source = self.repository.source()?;
        let config = configured(&self.repository, &source.id)?.0.release;
        let line = self.repository.line(&self.remote, &config.branches)?;
        let mut all = Ended::default();
        for channel in config.channels_on_merge(line) {
            let ended = self.release(channel, None)?;
            all.released.extend(ended.released);
        }
        Ok(all)
    }

    fn with_channels(
        &self,
        act: impl FnOnce(&channels::Scene<'_>) -> Result<(), Failure>,
    ) -> Result<Ended, Ended> {
        let source = self.repository.source()?;
        let config = configured(&self.repository, &source.id)?.0.release;
        let scene = channels::Scene {
            repository: &self.repository,
            remote: &self.remote,
            forge: &self.forge,
            registry: &self.registry,
            bucket: None,
            clock: &self.scene.time,
            trust: Trust { keys: config.channel_keys().to_vec(), revoked: config.revoked().to_vec() },
            config: &config,
            key: Some(&self.scene.keys().channel),
            identity: Identity { name: "Rosa".to_owned(), email: "rosa@example.org".to_owned() },
        };
        act(&scene)?;
        Ok(Ended::default())
    }

    fn withdraw(&self, tag: &Tag) -> Result<Ended, Ended> {
        self.with_channels(|scene| {
            let (version, reason) = (tag.version().clone(), "It loses mail.".to_owned());
            let wanted = Yanked { version, reason, since: scene.clock.now() };
            let found = channels::survey(scene, Some(&wanted))?;
            channels::require_published(&found, tag)?;
            channels::repair(scene, Some(&wanted), &mut drop)
        })
    }
}

fn parsed(tag: &str) -> Tag {
    Tag::parse(tag).expect("a tag")
}

/// Longer than any pause of a run: between two runs of CI.
pub(crate) const LATER: Duration = Duration::from_secs(3_600);
