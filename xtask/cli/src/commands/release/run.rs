//! The run of a release: finishes what has begun, then carries out the one plan that is due. Owns asking, executing and telling; what
//! comes next the course says. The one place that knows of `--dry-run`: not executing means printing the plan.

use std::io::IsTerminal as _;
use std::path::Path;

use release_core::check::before_writing;
use release_core::facts::Facts;
use release_core::finding::Finding;
use release_core::identity::Tag;
use release_core::plan::Plan;
use release_core::receipt::Receipt;
use release_edge::course::{Course, Gathering, Next};
use release_edge::execute::{Execution, World, execute};
use release_edge::failure::Failure;
use release_edge::gather::Request;

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

/// Tells people that facts are read, for as long as that takes.
struct Told<'a> {
    run: &'a Run<'a>,
    progress: Option<StepProgress>,
}

impl Gathering for Told<'_> {
    fn begins(&mut self) -> Request {
        let progress = StepProgress::new(Palette::of_stderr());
        progress.say("reading commits, pull requests, releases and images");
        self.progress = Some(progress);
        self.run.request()
    }

    fn ended(&mut self) {
        self.progress = None;
    }
}

impl Run<'_> {
    /// Finishes what has begun, then releases what is new. The receipt is of what was done last, `finished` has those before; none
    /// where the plan was only printed.
    pub(super) fn all(&self, finished: &mut Vec<Receipt>) -> Result<Option<Receipt>, Stop> {
        let mut course = Course::new(self.context.sources(), &self.context.clock, &WaitLines);
        course.given = self.given.as_ref();
        course.patience = self.args.wait_for_images;
        loop {
            match self.next(&mut course)? {
                Next::Finish(facts, plan) => {
                    let tag = plan.tag();
                    terminal::note(&format!("{tag} has begun and is not finished; finishing it"));
                    match self.carry_out(&facts, &plan, Vec::new())? {
                        Some(receipt) if is_done(receipt.outcome) && self.given.is_none() => {
                            finished.push(receipt);
                        }
                        other => return Ok(other),
                    }
                }
                Next::Release(facts, plan, findings) => return self.carry_out(&facts, &plan, findings),
                Next::Released(facts) => {
                    return Ok(self.given.as_ref().map(|given| self.already_released(&facts, given)));
                }
                Next::Nothing(facts, findings) => {
                    return Ok(Some(finished.pop().unwrap_or_else(|| self.nothing(&facts, findings))));
                }
            }
        }
    }

    /// What to do; with `--plan`, that very plan, byte for byte.
    fn next(&self, course: &mut Course<'_>) -> Result<Next, Stop> {
        let next = course.next(&mut Told { run: self, progress: None })?;
        if let (Some(given), Next::Finish(_, planned) | Next::Release(_, planned, _)) = (&self.given, &next) {
            plan_file::require_same(given, planned)?;
        }
        Ok(next)
    }

    /// What to gather, which begins now.
    fn request(&self) -> Request {
        let mut request = self.context.request(self.channel, self.promoted);
        if let Some(plan) = &self.given {
            request.now = plan.date;
            request.channel.clone_from(&plan.channel);
        }
        request
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
            bucket: self.context.bucket(),
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
