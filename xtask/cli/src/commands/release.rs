//! `release`: gather, plan, check, execute. The one place that knows of `--dry-run`: not executing means printing the plan.

use std::io::IsTerminal as _;
use std::path::Path;

use release_core::check::before_writing;
use release_core::config::Configuration;
use release_core::converge::is_unfinished;
use release_core::facts::{Facts, Requests};
use release_core::finding::{Cause, Finding, Severity};
use release_core::line;
use release_core::plan::{Decision, Plan, make};
use release_core::receipt::{AssetReceipt, FORMAT, Outcome, Receipt, ReceiptOutcome};
use release_edge::execute::{Execution, World, execute};
use release_edge::failure::Failure;
use release_edge::gather::{configured, gather};
use release_edge::repository::Repository;

use crate::args::ReleaseArgs;
use crate::context::{Context, Surroundings, root};
use crate::exit::{Stop, deciding};
use crate::rehearse;
use crate::terminal::{self, Palette, StepProgress};

/// Where a release leaves its files, from the root of the repository.
const OUTPUT: &str = "dist";

/// Runs the command.
pub fn run(args: &ReleaseArgs) -> Result<(), Stop> {
    match begin(args) {
        Err(stop @ (Stop::Findings(_) | Stop::Failure(_))) if args.output.json => {
            let receipt = unbegun(args, stop.findings());
            terminal::json(&receipt);
            Err(reported(&receipt))
        }
        other => other,
    }
}

fn begin(args: &ReleaseArgs) -> Result<(), Stop> {
    let here = root()?;
    if !args.rehearse {
        return release_in(&here, &here.join(OUTPUT), &Surroundings::from_environment(), args);
    }
    let config = configuration(&here)?;
    let stage = rehearse::prepare(&here, &config.release, args.pulls.as_deref(), None)?;
    terminal::note(&format!("rehearsing in `{}`: no token, no network", stage.folder.display()));
    release_in(&stage.clone, &stage.output, &stage.surroundings, args)
}

/// The configuration at the commit that is checked out.
pub fn configuration(root: &Path) -> Result<Configuration, Stop> {
    let repository = Repository::open(root)?;
    let source = repository.source()?;
    Ok(configured(&repository, &source.id)?.0)
}

fn release_in(
    root: &Path,
    output: &Path,
    surroundings: &Surroundings,
    args: &ReleaseArgs,
) -> Result<(), Stop> {
    let config = configuration(root)?;
    let context = Context::open(root, &config.release, surroundings)?;
    let given = args.plan.as_deref().map(read_plan).transpose()?;
    let nothing_planned = matches!(given, Some(None));
    let run = Run { context: &context, output, args, given: given.flatten() };
    let mut finished = Vec::new();
    let all = if nothing_planned { Ok(Some(run.nothing_planned())) } else { run.all(&mut finished) };
    let receipt = match all {
        Ok(Some(receipt)) => Receipt { finished, ..receipt },
        Ok(None) => return Ok(()),
        Err(Stop::Declined) => return Err(Stop::Declined),
        Err(stop) if args.output.json => {
            Receipt { finished, ..run.receipt(ReceiptOutcome::Stopped, None, None, stop.findings()) }
        }
        Err(stop) => return Err(stop),
    };
    if args.output.json {
        terminal::json(&receipt);
    }
    if receipt.outcome != ReceiptOutcome::Stopped {
        return Ok(());
    }
    Err(reported(&receipt))
}

/// How a run ends whose receipt says why it stopped.
fn reported(receipt: &Receipt) -> Stop {
    Stop::Reported(deciding(&receipt.findings).unwrap_or(Cause::Internal))
}

/// The receipt of a run that stopped before it could ask anybody anything.
fn unbegun(args: &ReleaseArgs, findings: Vec<Finding>) -> Receipt {
    Receipt {
        format: FORMAT,
        rehearsed: args.rehearse || Surroundings::from_environment().rehearsal_registry.is_some(),
        outcome: ReceiptOutcome::Stopped,
        version: None,
        tag: None,
        channel: args.channel.clone().unwrap_or_default(),
        plan: None,
        release_url: None,
        assets: Vec::new(),
        folder: None,
        steps: Vec::new(),
        finished: Vec::new(),
        requests: Requests::default(),
        findings,
    }
}

struct Run<'a> {
    context: &'a Context,
    output: &'a Path,
    args: &'a ReleaseArgs,
    /// The plan from `--plan`.
    given: Option<Plan>,
}

impl Run<'_> {
    /// Finishes what has begun, then releases what is new. The receipt is of what was done last, `finished` has those before; none
    /// where the plan was only printed.
    fn all(&self, finished: &mut Vec<Receipt>) -> Result<Option<Receipt>, Stop> {
        // One round for each unfinished release, and one more for a new one. Two channels can each have one.
        loop {
            let facts = self.gather()?;
            if let Some(given) = self.given.as_ref().filter(|given| !is_unfinished(&facts, given)) {
                return Ok(Some(self.already_released(given)));
            }
            match self.decide(&facts)? {
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

    /// The receipt for a plan file that says that there is nothing to release.
    fn nothing_planned(&self) -> Receipt {
        let receipt = self.receipt(ReceiptOutcome::NothingToRelease, None, None, Vec::new());
        self.report(&receipt, None);
        receipt
    }

    /// The receipt where there is nothing to do, with what was released last.
    fn nothing(&self, facts: &Facts, findings: Vec<Finding>) -> Receipt {
        let tags = &facts.repository.tags;
        // A commit older than the newest release is in that one, whatever its own line had before.
        let holding = facts.superseded.as_ref().and_then(|tag| tags.iter().find(|known| known.tag == *tag));
        let newest = holding.or(line::newest(tags));
        let outcome = match newest {
            Some(_) if holding.is_some() || facts.commits.is_empty() => ReceiptOutcome::AlreadyReleased,
            _ => ReceiptOutcome::NothingToRelease,
        };
        let mut receipt = self.receipt(outcome, None, None, findings);
        receipt.version = newest.map(|tag| tag.tag.version().clone());
        receipt.tag = newest.map(|tag| tag.tag.to_string());
        receipt.plan = newest.and_then(|tag| tag.plan.clone());
        self.report(&receipt, None);
        receipt
    }

    fn gather(&self) -> Result<Facts, Stop> {
        let progress = StepProgress::new(Palette::of_stderr());
        progress.say("reading commits, pull requests, releases and images");
        let mut request = self.context.request(self.args.channel.as_deref());
        if let Some(plan) = &self.given {
            request.now = plan.date;
            request.channel.clone_from(&plan.channel);
        }
        Ok(gather(&self.context.sources(), &request)?)
    }

    /// What to do; with `--plan`, that very plan, as long as planning again still gives it.
    fn decide(&self, facts: &Facts) -> Result<Decision, Stop> {
        let decision = make(facts)?;
        let Some(given) = &self.given else { return Ok(decision) };
        match &decision {
            Decision::Release(plan, _) if plan.id == given.id => Ok(decision),
            Decision::Finish(unfinished) if unfinished.plan.id == given.id => Ok(decision),
            _ => Err(Failure::new(
                Cause::PlanStale,
                format!("the plan of {} no longer fits: something changed since it was made", given.tag()),
                "make a new one with `cargo xtask plan --json`",
            )
            .into()),
        }
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
            super::plan::print(plan, json);
            terminal::print_findings(&findings, Palette::of_stderr());
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
        terminal::print_findings(&findings, Palette::of_stderr());
        self.confirm(plan)?;
        let mut execution = self.execute(facts, plan);
        let failure = execution.failure.take();
        let outcome = outcome(&execution, failure.is_some());
        findings.extend(failure.map(Failure::into_finding));
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
            output: self.output,
        };
        let execution = execute(plan, &world, &mut StepProgress::new(Palette::of_stderr()));
        execution.notes.iter().for_each(|note| terminal::note(&format!("note: {note}")));
        execution
    }

    /// The receipt of a plan that was carried out before this run; nobody knows where its files are.
    fn already_released(&self, plan: &Plan) -> Receipt {
        let receipt = self.receipt(ReceiptOutcome::AlreadyReleased, Some(plan), None, Vec::new());
        let receipt = Receipt { folder: None, assets: Vec::new(), ..receipt };
        self.report(&receipt, None);
        receipt
    }

    /// Asks once, on a terminal; in CI and in a rehearsal nobody is asked.
    fn confirm(&self, plan: &Plan) -> Result<(), Stop> {
        let asked = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if self.args.yes || self.context.rehearsed || !asked || std::env::var_os("CI").is_some() {
            return Ok(());
        }
        terminal::confirm(&format!("Release {} to {}?", plan.tag(), plan.repository))
    }

    /// Tells people. What programs read is printed once, when all is done.
    fn report(&self, receipt: &Receipt, plan: Option<&Plan>) {
        if !self.args.output.json {
            terminal::print_receipt(receipt, plan, Palette::of_stdout());
            let stopping: Vec<Finding> = stopping(&receipt.findings).cloned().collect();
            terminal::print_findings(&stopping, Palette::of_stderr());
            terminal::annotate(&stopping);
        }
        terminal::write_step_summary(&terminal::step_summary(receipt, plan));
    }

    fn receipt(
        &self,
        outcome: ReceiptOutcome,
        plan: Option<&Plan>,
        execution: Option<&Execution>,
        findings: Vec<Finding>,
    ) -> Receipt {
        use release_edge::forge::Forge as _;
        use release_edge::registry::Registry as _;
        let folder = plan.map(|plan| self.output.join(plan.tag().to_string()));
        let mut requests = self.context.forge.requests();
        requests.registry = self.context.registry.requests();
        Receipt {
            format: FORMAT,
            rehearsed: self.context.rehearsed,
            outcome,
            version: plan.map(|plan| plan.version.clone()),
            tag: plan.map(|plan| plan.tag().to_string()),
            channel: plan.map_or_else(
                || self.context.request(self.args.channel.as_deref()).channel,
                |plan| plan.channel.clone(),
            ),
            plan: plan.map(|plan| plan.id.clone()),
            release_url: execution
                .and_then(|execution| execution.release_url.clone().or(execution.waiting.clone())),
            assets: folder.as_deref().map(|folder| assets(plan, folder)).unwrap_or_default(),
            folder: folder.map(|folder| folder.display().to_string()),
            steps: execution.map(|execution| execution.steps.clone()).unwrap_or_default(),
            requests,
            findings,
            finished: Vec::new(),
        }
    }
}

/// Whether a release ended whole, so that the next can follow.
fn is_done(outcome: ReceiptOutcome) -> bool {
    matches!(outcome, ReceiptOutcome::Released | ReceiptOutcome::AlreadyReleased)
}

/// The findings that stop a release.
fn stopping(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Stop)
}

fn outcome(execution: &Execution, failed: bool) -> ReceiptOutcome {
    let nothing_new = || {
        execution.steps.iter().all(|step| {
            // The looks of a release are done each time; only its writes say whether anything was left to do.
            matches!(step.outcome, Outcome::AlreadyDone(_)) || !step.writes
        })
    };
    match (failed, &execution.waiting) {
        (true, _) => ReceiptOutcome::Stopped,
        (false, Some(_)) => ReceiptOutcome::WaitingForMerge,
        (false, None) if nothing_new() => ReceiptOutcome::AlreadyReleased,
        (false, None) => ReceiptOutcome::Released,
    }
}

fn assets(plan: Option<&Plan>, folder: &Path) -> Vec<AssetReceipt> {
    let assets = plan.map(|plan| plan.assets.as_slice()).unwrap_or_default();
    assets
        .iter()
        .map(|asset| AssetReceipt {
            name: asset.name.clone(),
            path: folder.join(&asset.name).display().to_string(),
            size: asset.size,
            sha256: asset.sha256.clone(),
        })
        .collect()
}

/// The plan in a file; none where planning found nothing to release and wrote `null`.
fn read_plan(path: &Path) -> Result<Option<Plan>, Stop> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            Cause::FileSystem,
            format!("could not read `{}`: {error}", path.display()),
            "give `--plan` the file that `cargo xtask plan --json` wrote",
        )
    })?;
    serde_json::from_str::<Option<Plan>>(&text).map_err(|error| {
        Failure::new(
            Cause::PlanUnreadable,
            format!("`{}` is no plan: {error}", path.display()),
            "make a new one with `cargo xtask plan --json`",
        )
        .into()
    })
}
