//! The course of a run that releases: what has begun is finished first, one release after the other, then the one plan that is due comes
//! out. Owns the order of gathering, waiting and deciding. Carries nothing out and asks nobody: whoever runs it does.

use std::time::Duration;

use release_core::bundle::images::pending;
use release_core::converge::is_unfinished;
use release_core::facts::Facts;
use release_core::finding::{Cause, Finding, Severity};
use release_core::plan::{Decision, Plan, PlanError, PlanId, make};

use crate::clock::Clock;
use crate::failure::Failure;
use crate::gather::{GatherError, Request, Sources, gather};
use crate::pending::{Deadline, wait};
use crate::waiting::Observer;

/// One run.
pub struct Course<'a> {
    /// Where facts are read.
    pub sources: Sources<'a>,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Who is told of a wait for images.
    pub observer: &'a dyn Observer,
    /// The plan that was asked for; none for whatever is due.
    pub given: Option<&'a Plan>,
    /// How long to wait for images; none for as long as the configuration says.
    pub patience: Option<Duration>,
    deadline: Option<Deadline>,
    finishing: Vec<PlanId>,
}

/// Who says what is gathered, and may tell people that it takes a while.
pub trait Gathering {
    /// Gathering begins, with this request.
    fn begins(&mut self) -> Request;
    /// It is over, whatever came of it.
    fn ended(&mut self);
}

/// What is to be done next, and the facts that it was decided by.
#[derive(Debug)]
pub enum Next {
    /// A release of ours has begun: finish it, then ask again.
    Finish(Box<Facts>, Box<Plan>),
    /// Release this; it is the last of this run.
    Release(Box<Facts>, Box<Plan>, Vec<Finding>),
    /// The plan that was asked for is carried out already.
    Released(Box<Facts>),
    /// There is nothing to release.
    Nothing(Box<Facts>, Vec<Finding>),
}

/// Why a run stops before anything more is carried out.
#[derive(Debug, thiserror::Error)]
pub enum CourseError {
    /// Facts could not be read.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// The rules forbid it.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The images did not come, or what was decided is no longer what was asked for.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl<'a> Course<'a> {
    /// A run from the beginning, for whatever is due.
    #[must_use]
    pub fn new(sources: Sources<'a>, clock: &'a dyn Clock, observer: &'a dyn Observer) -> Self {
        Self { sources, clock, observer, given: None, patience: None, deadline: None, finishing: Vec::new() }
    }

    /// Looks at everything and decides; waits for images where nothing else stops the release.
    ///
    /// # Errors
    ///
    /// Every finding that stops the release, or [`Cause::ReleaseUnfinished`] where a release that was finished in this run still is not.
    pub fn next(&mut self, gathering: &mut dyn Gathering) -> Result<Next, CourseError> {
        loop {
            let facts = gather(&self.sources, &gathering.begins());
            gathering.ended();
            let facts = Box::new(facts?);
            if self.given.is_some_and(|given| !is_unfinished(&facts, given)) {
                return Ok(Next::Released(facts));
            }
            let decision = make(&facts);
            if let Err(error) = &decision
                && self.awaits_images(&facts, &error.findings)?
            {
                // Meanwhile the world may have moved.
                continue;
            }
            let decision = decision?;
            self.require_given(&decision)?;
            return Ok(match decision {
                Decision::Finish(unfinished) => {
                    self.require_progress(&unfinished.plan)?;
                    Next::Finish(facts, Box::new(unfinished.plan))
                }
                Decision::Release(plan, findings) => Next::Release(facts, plan, findings),
                Decision::Nothing(findings) => Next::Nothing(facts, findings),
            });
        }
    }

    /// Waits for images where nothing else stops the release, and says whether it did. Whoever has to do something is told at once.
    fn awaits_images(&mut self, facts: &Facts, findings: &[Finding]) -> Result<bool, Failure> {
        let minutes = u64::from(facts.configuration.release.images.minutes_to_wait);
        let patience = self.patience.unwrap_or(Duration::from_secs(60 * minutes));
        let pending = pending(facts);
        let others = findings
            .iter()
            .any(|finding| finding.severity == Severity::Stop && finding.cause != Cause::ImageMissing);
        if patience.is_zero() || pending.missing.is_empty() || others {
            return Ok(false);
        }
        // One for the whole run, however often something is missing.
        let deadline = *self.deadline.get_or_insert_with(|| Deadline { begun: self.clock.now(), patience });
        wait(self.sources.registry, self.clock, self.observer, &pending, deadline)?;
        Ok(true)
    }

    /// Requires that planning again still gives the plan that was asked for.
    fn require_given(&self, decision: &Decision) -> Result<(), Failure> {
        let Some(given) = self.given else { return Ok(()) };
        let planned = match decision {
            Decision::Release(plan, _) => Some(&**plan),
            Decision::Finish(unfinished) => Some(&unfinished.plan),
            Decision::Nothing(_) => None,
        };
        if planned.is_some_and(|planned| planned.id == given.id) {
            return Ok(());
        }
        Err(Failure::new(
            Cause::PlanStale,
            format!("the plan of {} no longer fits: something changed since it was made", given.tag()),
            "make a new one with `cargo xtask plan --json`",
        ))
    }

    /// A release that all steps of this run did not finish would be finished for ever.
    fn require_progress(&mut self, plan: &Plan) -> Result<(), Failure> {
        if self.finishing.contains(&plan.id) {
            let message = format!("{} is still not finished after all of its steps", plan.tag());
            return Err(Failure::of(Cause::ReleaseUnfinished, message));
        }
        self.finishing.push(plan.id.clone());
        Ok(())
    }
}
