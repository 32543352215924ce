//! `release`: gather, plan, check, execute. Owns where it happens, here or on a rehearsal's stage, and how its end is told: the one
//! receipt of `--json` and the exit code. What happens is decided in `run`.

mod announce;
mod plan_file;
mod receipt;
mod run;

use std::path::Path;

use release_core::config::Configuration;
use release_core::finding::Cause;
use release_core::identity::Tag;
use release_core::receipt::{Receipt, ReceiptOutcome};
use release_edge::failure::Failure;
use release_edge::gather::configured;
use release_edge::repository::Repository;

use crate::args::{OUTPUT, PromoteArgs, ReleaseArgs};
use crate::context::{Context, Surroundings, root, tell_uncommitted};
use crate::exit::Stop;
use crate::rehearse;
use crate::terminal::{self, Output};

use receipt::{is_done, reported, unbegun};
use run::Run;

/// Runs the command.
pub fn run(args: &ReleaseArgs) -> Result<(), Stop> {
    carry_out(args, None)
}

/// Runs `promote`: the release of a candidate's bits under its stable version.
pub fn promote(args: &PromoteArgs) -> Result<(), Stop> {
    carry_out(&args.release(), Some(&args.tag))
}

fn carry_out(args: &ReleaseArgs, promoted: Option<&Tag>) -> Result<(), Stop> {
    match begin(args, promoted) {
        Err(stop @ (Stop::Findings(_) | Stop::Failure(_))) => {
            let receipt = unbegun(args, stop.findings());
            tell_why(&receipt);
            end(&receipt, args)
        }
        other => other,
    }
}

fn begin(args: &ReleaseArgs, promoted: Option<&Tag>) -> Result<(), Stop> {
    let here = root()?;
    if !args.rehearse {
        return release_in(&here, &here.join(OUTPUT), &Surroundings::from_environment(), args, promoted);
    }
    tell_uncommitted(&Repository::open(&here)?, "rehearsing")?;
    let config = configuration(&here)?;
    let stage = rehearse::prepare(&here, &config, args.pulls.as_deref(), None)?;
    terminal::note(&format!("rehearsing in `{}`: no token, no network", stage.folder.display()));
    let ended = release_in(&stage.clone, &stage.output, &stage.surroundings, args, promoted);
    stage.leave();
    ended
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
    promoted: Option<&Tag>,
) -> Result<(), Stop> {
    let config = configuration(root)?;
    let context = Context::open(root, &config.release, surroundings)?;
    let given = args.plan.as_deref().map(plan_file::read).transpose()?;
    let nothing_planned = matches!(given, Some(None));
    let channels = if args.on_merge {
        let line = context.repository.line(&context.remote, &config.release.branches)?;
        config.release.channels_on_merge(line).into_iter().map(Some).collect()
    } else {
        vec![args.channel.as_deref()]
    };
    if channels.is_empty() {
        terminal::note(
            "no channel says `on_merge: lines`, so nothing is released after merges into a release line",
        );
    }
    let nothing_planned = nothing_planned || channels.is_empty();
    let mut run = Run { context: &context, output, args, channel: None, given: given.flatten(), promoted };
    let mut finished = Vec::new();
    let all = if nothing_planned {
        Ok(Some(run.nothing_planned()))
    } else {
        on_each(&channels, &mut run, &mut finished)
    };
    let receipt = match all {
        Ok(Some(receipt)) => Receipt { finished, ..receipt },
        Ok(None) => return Ok(()),
        Err(Stop::Declined) => return Err(Stop::Declined),
        Err(stop) => {
            let receipt = run.receipt(ReceiptOutcome::Stopped, None, None, stop.findings());
            tell_why(&receipt);
            Receipt { finished, ..receipt }
        }
    };
    end(&receipt, args)
}

/// Releases on one channel after the other, until one is not done. The receipt is of what was done last.
fn on_each<'a>(
    channels: &[Option<&'a str>],
    run: &mut Run<'a>,
    finished: &mut Vec<Receipt>,
) -> Result<Option<Receipt>, Stop> {
    let mut last = None;
    for channel in channels {
        finished.extend(last.take().filter(|receipt: &Receipt| receipt.outcome == ReceiptOutcome::Released));
        run.channel = *channel;
        last = run.all(finished)?;
        let goes_on = |receipt: &Receipt| {
            is_done(receipt.outcome) || receipt.outcome == ReceiptOutcome::NothingToRelease
        };
        if !last.as_ref().is_some_and(goes_on) {
            break;
        }
    }
    Ok(last)
}

/// Tells people why a run stopped before it carried anything out.
fn tell_why(receipt: &Receipt) {
    terminal::report_findings(&receipt.findings);
    terminal::write_step_summary(&terminal::step_summary(receipt, None));
}

/// Gives programs the one receipt and the outputs of the step, and the process its end.
fn end(receipt: &Receipt, args: &ReleaseArgs) -> Result<(), Stop> {
    let written = outputs(receipt).iter().try_for_each(|(name, value)| terminal::write_output(name, value));
    let unwritten = written.err().map(terminal::unwritten_output);
    let findings = receipt.findings.iter().cloned().chain(unwritten.clone().map(Failure::into_finding));
    if args.output.json {
        terminal::json(&Receipt { findings: findings.collect(), ..receipt.clone() });
    }
    if let Some(failure) = unwritten {
        terminal::report_findings(&[failure.into_finding()]);
        return Err(Stop::Reported(Cause::FileSystem));
    }
    if receipt.outcome != ReceiptOutcome::Stopped {
        return Ok(());
    }
    Err(reported(receipt))
}

/// What the next steps of a workflow want to know; empty where there is no such thing.
fn outputs(receipt: &Receipt) -> [(&'static str, Output); 4] {
    let text = |value: Option<String>| Output::Text(value.unwrap_or_default());
    let outcome = serde_json::to_value(receipt.outcome).ok();
    [
        ("version", text(receipt.version.as_ref().map(ToString::to_string))),
        ("tag", text(receipt.tag.clone())),
        ("url", text(receipt.release_url.clone())),
        ("outcome", text(outcome.and_then(|outcome| outcome.as_str().map(str::to_owned)))),
    ]
}
