//! The run of a release: finishes what has begun, then carries out the one plan that is due. Owns the order of gathering, deciding,
//! asking and executing. The one place that knows of `--dry-run`: not executing means printing the plan.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use release_core::bundle::images::pending;
use release_core::check::before_writing;
use release_core::converge::is_unfinished;
use release_core::facts::Facts;
use release_core::finding::{Cause, Finding};
use release_core::identity::Tag;
use release_core::plan::{Decision, Plan, make};
use release_core::receipt::Receipt;
use release_edge::clock::Clock as _;
use release_edge::execute::{Execution, World, execute};
use release_edge::failure::Failure;
use release_edge::gather::gather;
use release_edge::pending::{Deadline, wait};

use crate::args::ReleaseArgs;
use crate::commands::plan;
use crate::context::Context;
use crate::exit::Stop;
use crate::terminal::{self, Palette, StepProgress, WaitLines};

use super::announce::announce;
use super::plan_file;
use super::receipt::{is_done, outcome, stopping};

/// One run of the command.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context,
    pub(super) output: &'a Path,
    pub(super) args: &'a ReleaseArgs,
    /// The channel; none for the one that is meant where none is named.
    pub(super) channel: Option<&'a str>,
    /// The plan from `--plan`.
    pub(super) given: Option<Plan>,
    /// The candidate that is promoted, whatever is checked out.
    pub(super) promoted: Option<&'a Tag>,
}

impl Run<'_> {
    /// Finishes what has begun, then releases what is new. The receipt is of what was done last, `finished` has those before; none
    /// where the plan was only printed.
    pub(super) fn all(&self, finished: &mut Vec<Receipt>) -> Result<Option<Receipt>, Stop> {
        let mut deadline = None;
        // One round for each unfinished release, one for each wait for images, and one more for a new release. Two channels can each
        // have one that is unfinished.
        loop {
            let facts = self.gather()?;
            if let Some(given) = self.given.as_ref().filter(|given| !is_unfinished(&facts, given)) {
                return Ok(Some(self.already_released(&facts, given)));
            }
            let decision = make(&facts);
            if let Err(error) = &decision
                && self.awaits_images(&facts, &error.findings, &mut deadline)?
            {
                // Meanwhile the world may have moved.
                continue;
            }
            match self.decide(decision?)? {
                Decision::Finish(unfinished) => {
                    let tag = unfinished.plan.tag();
                    if finished.iter().any(|receipt| receipt.plan.as_ref() == Some(&unfinished.plan.id)) {
                        let message = format!("{tag} is still not finished after all of its steps");
                        return Err(Failure::of(Cause::ReleaseUnfinished, message).into());
                    }
                    terminal::note(&format!("{tag} has begun and is not finished; finishing it"));
                    match self.carry_out(&facts, &unfinished.plan, Vec::new())? {
                        Some(receipt) if is_done(receipt.outcome) && self.given.is_none() => {
                            finished.push(receipt);
                        }
                        other => return Ok(other),
                    }
                }
                Decision::Release(plan, findings) => return self.carry_out(&facts, &plan, findings),
                Decision::Nothing(findings) => {
                    return Ok(Some(finished.pop().unwrap_or_else(|| self.nothing(&facts, findings))));
                }
            }
        }
    }

    fn gather(&self) -> Result<Facts, Stop> {
        let progress = StepProgress::new(Palette::of_stderr());
        progress.say("reading commits, pull requests, releases and images");
        let mut request = self.context.request(self.channel, self.promoted);
        if let Some(plan) = &self.given {
            request.now = plan.date;
            request.channel.clone_from(&plan.channel);
        }
        Ok(gather(&self.context.sources(), &request)?)
    }

    /// Waits for images where nothing else stops the release, and says whether it did. Whoever has to do something is told at once.
    fn awaits_images(
        &self,
        facts: &Facts,
        findings: &[Finding],
        deadline: &mut Option<Deadline>,
    ) -> Result<bool, Stop> {
        let configured =
            Duration::from_secs(60 * u64::from(facts.configuration.release.images.minutes_to_wait));
        let patience = self.args.wait_for_images.unwrap_or(configured);
        let pending = pending(facts);
        let others = stopping(findings).any(|finding| finding.cause != Cause::ImageMissing);
        if patience.is_zero() || pending.missing.is_empty() || others {
            return Ok(false);
        }
        let clock = &self.context.clock;
        // One for the whole run, however often something is missing.
        let deadline = *deadline.get_or_insert_with(|| Deadline { begun: clock.now(), patience });
        wait(&self.context.registry, clock, &WaitLines, &pending, deadline)?;
        Ok(true)
    }

    /// What to do; with `--plan`, that very plan, as long as planning again still gives it.
    fn decide(&self, decision: Decision) -> Result<Decision, Stop> {
        let Some(given) = &self.given else { return Ok(decision) };
        let planned = match &decision {
            Decision::Release(plan, _) => Some(&**plan),
            Decision::Finish(unfinished) => Some(&unfinished.plan),
            Decision::Nothing(_) => None,
        };
        let Some(planned) = planned.filter(|planned| planned.id == given.id) else {
            return Err(Failure::new(
                Cause::PlanStale,
                format!("the plan of {} no longer fits: something changed since it was made", given.tag()),
                "make a new one with `cargo xtask plan --json`",
            )
            .into());
        };
        plan_file::require_same(given, planned)?;
        Ok(decision)
    }

    /// Carries a plan out and reports it; only prints it where that was asked for.
    fn carry_out(
        &self,
        facts: &Facts,
        plan: &Plan,
        mut findings: Vec<Finding>,
    ) -> Result<Option<Receipt>, Stop> {
        let json = self.args.output.json;
        if self.args.dry_run {
            plan::print(plan, &findings, json);
            terminal::report_findings(&findings);
            return Ok(None);
        }
        let forbidding = before_writing(facts);
        if !forbidding.is_empty() {
            return Err(Stop::Findings(forbidding));
        }
        if !json {
            terminal::print_plan(plan, Palette::of_stdout());
            terminal::out("");
        }
        terminal::report_findings(&findings);
        self.confirm(plan)?;
        terminal::advise_on_interruption(self.advice(plan))?;
        let mut execution = self.execute(facts, plan);
        let failure = execution.failure.take();
        let outcome = outcome(&execution, failure.is_some());
        findings.extend(failure.map(Failure::into_finding));
        let untold = announce(self.context, facts, plan, &execution);
        terminal::report_findings(&untold);
        findings.extend(untold);
        let receipt = self.receipt(outcome, Some(plan), Some(&execution), findings);
        self.report(&receipt, Some(plan));
        Ok(Some(receipt))
    }

    fn execute(&self, facts: &Facts, plan: &Plan) -> Execution {
        let world = World {
            facts,
            repository: &self.context.repository,
            remote: &self.context.remote,
            forge: &self.context.forge,
            registry: &self.context.registry,
            clock: &self.context.clock,
            release_key: self.context.release_key(),
            channel_key: self.context.channel_key(),
            output: self.output,
        };
        let execution = execute(plan, &world, &mut StepProgress::new(Palette::of_stderr()));
        execution.notes.iter().for_each(|note| terminal::note(&format!("note: {note}")));
        execution
    }

    /// What becomes of a plan that is interrupted.
    fn advice(&self, plan: &Plan) -> String {
        let tag = plan.tag();
        if self.args.rehearse {
            return "the next rehearsal begins from the start".to_owned();
        }
        format!(
            "nothing of {tag} is lost: `cargo xtask release` goes on where this one stopped, from any clone; \
             as long as {tag} is not published, `cargo xtask abandon {tag}` takes it back"
        )
    }

    /// Asks once, on a terminal; in CI and by `--rehearse` nobody is asked.
    fn confirm(&self, plan: &Plan) -> Result<(), Stop> {
        let asked = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if self.args.yes || self.args.rehearse || !asked || std::env::var_os("CI").is_some() {
            return Ok(());
        }
        terminal::confirm(&format!("Release {} to {}?", plan.tag(), plan.repository))
    }

    /// Tells people, the findings that stop apart: notes were told of before anything was done. What programs read is printed once, when
    /// all is done.
    pub(super) fn report(&self, receipt: &Receipt, plan: Option<&Plan>) {
        if !self.args.output.json {
            terminal::print_receipt(receipt, plan, Palette::of_stdout());
        }
        let stopping: Vec<Finding> = stopping(&receipt.findings).cloned().collect();
        terminal::report_findings(&stopping);
        terminal::write_step_summary(&terminal::step_summary(receipt, plan));
    }
}
