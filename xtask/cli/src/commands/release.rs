//! `release`: gather, plan, check, execute. The one place that knows of `--dry-run`: not executing means printing the plan.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use release_core::config::Configuration;
use release_core::facts::Facts;
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
use crate::exit::Stop;
use crate::rehearse;
use crate::terminal::{self, Palette, StepProgress};

/// Where a release leaves its files, from the root of the repository.
const OUTPUT: &str = "dist";

/// Runs the command.
pub fn run(args: &ReleaseArgs) -> Result<(), Stop> {
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
    let run = Run { context: &context, output, args };
    let result = run.all();
    match result {
        Err(stop) if args.output.json => {
            let findings = stop.findings();
            let cause = findings.iter().map(|finding| finding.cause).max_by_key(|cause| cause.exit_code());
            terminal::json(&run.receipt(ReceiptOutcome::Stopped, None, None, findings));
            Err(Stop::Reported(cause.unwrap_or(Cause::Internal)))
        }
        other => other,
    }
}

struct Run<'a> {
    context: &'a Context,
    output: &'a Path,
    args: &'a ReleaseArgs,
}

impl Run<'_> {
    /// Finishes what has begun, then releases what is new.
    fn all(&self) -> Result<(), Stop> {
        let mut finished = None;
        // One round for each unfinished release, and one more for a new one. Two channels can each have one.
        loop {
            let facts = self.gather()?;
            match self.decide(&facts)? {
                Decision::Finish(unfinished) if finished.as_ref() != Some(&unfinished.plan.id) => {
                    let tag = unfinished.plan.tag();
                    terminal::note(&format!("{tag} has begun and is not finished; finishing it"));
                    finished = Some(unfinished.plan.id.clone());
                    if self.carry_out(&unfinished.plan, Vec::new())? == Next::Stop {
                        return Ok(());
                    }
                }
                Decision::Finish(unfinished) => {
                    return Err(Failure::of(
                        Cause::ReleaseUnfinished,
                        format!("{} is still not finished after all of its steps", unfinished.plan.tag()),
                    )
                    .into());
                }
                Decision::Release(plan, findings) => {
                    self.carry_out(&plan, findings)?;
                    return Ok(());
                }
                Decision::Nothing(findings) => {
                    if finished.is_none() {
                        self.report_nothing(&facts, findings);
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Says that there is nothing to do, and what was released last.
    fn report_nothing(&self, facts: &Facts, findings: Vec<Finding>) {
        let newest = line::newest(&facts.repository.tags);
        let outcome = match newest {
            Some(_) if facts.commits.is_empty() => ReceiptOutcome::AlreadyReleased,
            _ => ReceiptOutcome::NothingToRelease,
        };
        let mut receipt = self.receipt(outcome, None, None, findings);
        receipt.version = newest.map(|tag| tag.tag.version().clone());
        receipt.tag = newest.map(|tag| tag.tag.to_string());
        receipt.plan = newest.and_then(|tag| tag.plan.clone());
        self.report(&receipt, None);
    }

    fn gather(&self) -> Result<Facts, Stop> {
        let progress = StepProgress::new(Palette::of_stderr());
        progress.say("reading commits, pull requests, releases and images");
        let mut request = self.context.request(&self.args.channel);
        if let Some(path) = &self.args.plan {
            let plan = read_plan(path)?;
            request.now = plan.date;
            request.channel = plan.channel;
        }
        Ok(gather(&self.context.sources(), &request)?)
    }

    /// What to do; with `--plan`, that very plan, as long as planning again still gives it.
    fn decide(&self, facts: &Facts) -> Result<Decision, Stop> {
        let decision = make(facts)?;
        let Some(path) = &self.args.plan else { return Ok(decision) };
        let given = read_plan(path)?;
        match decision {
            Decision::Release(plan, findings) if plan.id == given.id => Ok(Decision::Release(plan, findings)),
            Decision::Nothing(findings) if is_released(facts, &given) => Ok(Decision::Nothing(findings)),
            Decision::Finish(unfinished) if unfinished.plan.id == given.id => {
                Ok(Decision::Finish(unfinished))
            }
            _ => Err(Failure::new(
                Cause::PlanStale,
                format!(
                    "the plan in `{}` no longer fits: something changed since it was made",
                    path.display()
                ),
                "make a new one with `cargo xtask plan --json`",
            )
            .into()),
        }
    }

    fn carry_out(&self, plan: &Plan, findings: Vec<Finding>) -> Result<Next, Stop> {
        let json = self.args.output.json;
        if self.args.dry_run {
            super::plan::print(plan, json);
            terminal::print_findings(&findings, Palette::of_stderr());
            return Ok(Next::Stop);
        }
        if !json {
            terminal::print_plan(plan, Palette::of_stdout());
            terminal::out("");
        }
        terminal::print_findings(&findings, Palette::of_stderr());
        self.confirm(plan)?;
        let world = World {
            repository: &self.context.repository,
            remote: &self.context.remote,
            forge: &self.context.forge,
            registry: &self.context.registry,
            clock: &self.context.clock,
            output: self.output,
        };
        let mut progress = StepProgress::new(Palette::of_stderr());
        let mut execution = execute(plan, &world, &mut progress);
        drop(progress);
        execution.notes.iter().for_each(|note| terminal::note(&format!("note: {note}")));
        let failure = execution.failure.take();
        let mut findings = findings;
        let cause = failure.as_ref().map(|failure| failure.cause);
        findings.extend(failure.map(Failure::into_finding));
        let receipt =
            self.receipt(outcome(&execution, cause.is_some()), Some(plan), Some(&execution), findings);
        self.report(&receipt, Some(plan));
        match cause {
            Some(cause) => {
                let stopping: Vec<Finding> = receipt
                    .findings
                    .into_iter()
                    .filter(|finding| finding.severity == Severity::Stop)
                    .collect();
                if !json {
                    terminal::print_findings(&stopping, Palette::of_stderr());
                    terminal::annotate(&stopping);
                }
                Err(Stop::Reported(cause))
            }
            None if execution.waiting.is_some() => Ok(Next::Stop),
            None => Ok(Next::Again),
        }
    }

    /// Asks once, on a terminal; in CI and in a rehearsal nobody is asked.
    fn confirm(&self, plan: &Plan) -> Result<(), Stop> {
        let asked = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if self.args.yes || self.context.rehearsed || !asked || std::env::var_os("CI").is_some() {
            return Ok(());
        }
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "Release {} to {}? [y/N] ", plan.tag(), plan.repository);
        let _ = stderr.flush();
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        match (read, answer.trim()) {
            (Ok(_), "y" | "Y" | "yes") => Ok(()),
            _ => Err(Stop::Declined),
        }
    }

    fn report(&self, receipt: &Receipt, plan: Option<&Plan>) {
        if self.args.output.json {
            terminal::json(receipt);
        } else {
            terminal::print_receipt(receipt, plan, Palette::of_stdout());
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
            channel: self.args.channel.clone(),
            plan: plan.map(|plan| plan.id.clone()),
            release_url: execution
                .and_then(|execution| execution.release_url.clone().or(execution.waiting.clone())),
            assets: folder.as_deref().map(|folder| assets(plan, folder)).unwrap_or_default(),
            folder: folder.map(|folder| folder.display().to_string()),
            steps: execution.map(|execution| execution.steps.clone()).unwrap_or_default(),
            requests,
            findings,
        }
    }
}

/// Whether the release of a plan is tagged already; that it is complete is what having nothing to do means.
fn is_released(facts: &Facts, plan: &Plan) -> bool {
    facts.repository.tags.iter().any(|tag| tag.plan.as_ref() == Some(&plan.id))
}

/// Whether another round follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Again,
    Stop,
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

fn read_plan(path: &Path) -> Result<Plan, Stop> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            Cause::FileSystem,
            format!("could not read `{}`: {error}", path.display()),
            "give `--plan` the file that `cargo xtask plan --json` wrote",
        )
    })?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(
            Cause::PlanUnreadable,
            format!("`{}` is no plan: {error}", path.display()),
            "make a new one with `cargo xtask plan --json`",
        )
        .into()
    })
}
