//! Carries a plan out: one loop over its steps. Every step looks, acts at most once where something is missing, and looks again, so a
//! second run finishes what a first one began. Decides nothing that `release_core::converge` does not decide.

mod assets;
mod copying;
pub(crate) mod crash;
mod draft;
mod images;
mod leading;
mod moving;
mod pointer;
mod prune;
mod publish;
mod release_pr;
mod session;
mod setup;
mod signature;
mod tag;
mod upload;

pub use assets::build as build_assets;
pub use release_pr::branch as release_pr_branch;
pub(crate) use session::facts as release_facts;

use std::path::{Path, PathBuf};

use release_core::facts::Facts;
use release_core::plan::{Action, Plan, Step};
use release_core::receipt::{Outcome, StepReceipt};

use crate::bucket::Bucket;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::forge::Forge;
use crate::registry::Registry;
use crate::repository::{RemoteAccess, Repository};
use crate::signing::SigningKey;

use session::Session;

/// Everything a release acts on.
pub struct World<'a> {
    /// What this run has read before it began to act. Steps look again where it matters that nothing has changed since.
    pub facts: &'a Facts,
    /// The local clone.
    pub repository: &'a Repository,
    /// How its remote is reached.
    pub remote: &'a RemoteAccess,
    /// The forge.
    pub forge: &'a dyn Forge,
    /// The registries.
    pub registry: &'a dyn Registry,
    /// What signs the release; none where no key was given.
    pub release_key: Option<&'a SigningKey>,
    /// What signs pointers; none where no key was given.
    pub channel_key: Option<&'a SigningKey>,
    /// The bucket that pointers are copied to; none where they are not.
    pub bucket: Option<&'a dyn Bucket>,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Where files are written: each plan gets a folder of its own in it.
    pub output: &'a Path,
}

impl World<'_> {
    /// The folder of a plan's files.
    #[must_use]
    pub fn folder(&self, plan: &Plan) -> PathBuf {
        self.output.join(plan.tag().to_string())
    }
}

/// Who watches a release happen.
pub trait Progress {
    /// A step begins; `number` counts from 0.
    fn started(&mut self, step: &Step, number: usize, of: usize);
    /// A step ended well.
    fn finished(&mut self, step: &Step, outcome: &Outcome);
}

/// How far a plan was carried out.
#[derive(Debug)]
pub struct Execution {
    /// The steps that ended well, in order.
    pub steps: Vec<StepReceipt>,
    /// What people should know beside that: what was left alone on this machine, and why.
    pub notes: Vec<String>,
    /// Why the next one did not.
    pub failure: Option<Failure>,
    /// The pull request that has to be merged before the rest can happen.
    pub waiting: Option<String>,
    /// The release's page, once there is one.
    pub release_url: Option<String>,
}

/// How a step ends well.
enum StepEnd {
    /// It is done.
    Ended(Outcome),
    /// A person has to merge this pull request first.
    Waiting(String),
}

/// Carries out every step of a plan, or stops at the first that fails.
pub fn execute(plan: &Plan, world: &World<'_>, progress: &mut dyn Progress) -> Execution {
    let mut session = Session::default();
    let mut execution =
        Execution { steps: Vec::new(), notes: Vec::new(), failure: None, waiting: None, release_url: None };
    for (number, step) in plan.steps.iter().enumerate() {
        progress.started(step, number, plan.steps.len());
        crash::point(number, crash::Side::Before);
        match perform(&step.action, plan, world, &mut session) {
            Ok(StepEnd::Waiting(url)) => {
                execution.waiting = Some(url);
                break;
            }
            Ok(StepEnd::Ended(outcome)) => {
                crash::point(number, crash::Side::After);
                progress.finished(step, &outcome);
                execution.steps.push(StepReceipt {
                    id: step.id.clone(),
                    title: step.title.clone(),
                    writes: step.action.is_write(),
                    outcome,
                });
            }
            Err(failure) => {
                execution.failure = Some(failure);
                break;
            }
        }
    }
    execution.notes = session.notes;
    execution.release_url = session.release.map(|release| release.url);
    execution
}

fn perform(
    action: &Action,
    plan: &Plan,
    world: &World<'_>,
    session: &mut Session,
) -> Result<StepEnd, Failure> {
    let outcome = match action {
        Action::OpenReleasePr => return release_pr::open(plan, world),
        Action::ProveImages => copying::prove(plan, world).and_then(|()| images::prove(plan, world)),
        Action::WriteAssets => assets::write(plan, world),
        Action::TrySetup { variant } => setup::try_setup(plan, variant),
        Action::PushTag => tag::push(plan, world, session),
        Action::Draft => draft::draft(plan, world, session),
        Action::Upload { asset } => upload::upload(plan, asset, world, session),
        Action::VerifyDraft => upload::verify_set(plan, world, session),
        Action::TagImage { image, digest, tag } => images::tag(image, digest, tag, world),
        Action::Publish { latest } => publish::publish(plan, *latest, world, session),
        Action::VerifyPublished => publish::verify(plan, world, session),
        Action::Prune { channel, identifier, keep } => prune::prune(plan, channel, identifier, *keep, world),
        Action::MoveTag { channel } => moving::tag(plan, channel, world, session),
        Action::MoveImage { channel, image, digest } => {
            moving::image(plan, (channel, image), digest, world, session)
        }
        Action::MovePointer { channel } => pointer::advance(plan, channel, world),
        Action::CopyPointer { channel } => copying::copy(plan, channel, world),
    };
    outcome.map(StepEnd::Ended)
}
