//! `plan`: what would be released, and why. Writes nothing, so it refuses nothing that it can show.

use release_core::finding::Finding;
use release_core::plan::{Decision, Plan, PlanError, make};
use release_edge::gather::gather;
use serde::Serialize;

use crate::args::PlanArgs;
use crate::context::{Context, Surroundings, root};
use crate::exit::Stop;
use crate::terminal::{self, Palette};

use super::release::configuration;

/// Runs the command.
pub fn run(args: &PlanArgs) -> Result<(), Stop> {
    let root = root()?;
    let config = configuration(&root)?;
    let context = Context::open(&root, &config.release, &Surroundings::from_environment())?;
    let facts = gather(&context.sources(), &context.request(args.channel.as_deref(), None))?;
    let decision = match make(&facts) {
        Ok(decision) => decision,
        Err(error) => return Err(shown(error, |plan, findings| print(plan, findings, args.output.json))),
    };
    match decision {
        Decision::Release(plan, findings) => {
            terminal::report_findings(&findings);
            print(&plan, &findings, args.output.json);
        }
        Decision::Finish(unfinished) => {
            terminal::note(&format!(
                "{} has begun and is not finished; this is what is left to do:",
                unfinished.plan.tag()
            ));
            print(&unfinished.plan, &[], args.output.json);
        }
        Decision::Nothing(findings) => {
            terminal::report_findings(&findings);
            if args.output.json { terminal::out("null") } else { terminal::out("Nothing to release.") }
        }
    }
    Ok(())
}

/// Shows what would be released and then what stops it, where the one is certain in spite of the other.
pub fn shown(error: PlanError, show: impl FnOnce(&Plan, &[Finding])) -> Stop {
    let Some(plan) = error.plan else { return Stop::Findings(error.findings) };
    show(&plan, &error.findings);
    terminal::report_findings(&error.findings);
    Stop::Shown
}

/// Prints a plan as asked. Programs get what was found with it; people read that on standard error.
pub fn print(plan: &Plan, findings: &[Finding], json: bool) {
    if json {
        terminal::json(&Shown { plan, findings });
    } else {
        terminal::print_plan(plan, Palette::of_stdout());
    }
}

/// A plan as programs get it: all of it, and beside it what was found.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    findings: &'a [Finding],
}
