//! `cargo xtask test`: everything that must hold before a change is taken, from a machine that has nothing prepared.
//!
//! Must never skip a check for want of a tool, compile a tool, or leave a server running.

mod checks;
mod prerequisites;
mod process;
mod report;
mod servers;
mod tree;
mod workplace;

use std::time::Instant;

use clap::Args;
use thiserror::Error;

use self::checks::{Check, CheckError, Effort, Needs, Scene};
use self::prerequisites::{PrepareError, Prerequisite};
use self::report::{Outcome, Report};
use self::servers::{ServerError, Servers};
use self::workplace::{Workplace, WorkplaceError};

const EXAMPLES: &str = "\
Examples:
  cargo xtask test                  what CI runs
  cargo xtask test --only format --only lints
  cargo xtask test --check-only     is everything there that the tests need?
  cargo xtask test --long           campaigns too, and ten times the cases of property tests

What the tests need is installed on Debian when the command runs as root; elsewhere it says what to install.
Nothing is installed into the home folder: tools that are not packages of the system lie in `target/test-tools`.";

/// Runs every check on this checkout, beside real servers.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct TestArgs {
    /// Run campaigns too, and ten times the cases of property tests, new ones each time
    #[arg(long)]
    pub long: bool,

    /// Run only the checks whose id contains TEXT; may be given several times
    #[arg(long, short = 'k', value_name = "TEXT")]
    pub only: Vec<String>,

    /// Only look whether everything is there that the checks need; install and run nothing
    #[arg(long)]
    pub check_only: bool,
}

/// Why the test command failed.
#[derive(Debug, Error)]
pub enum TestError {
    /// A check failed; which one was reported already.
    #[error("{failed} of {all} checks failed")]
    Failed {
        /// How many failed.
        failed: usize,
        /// How many ran.
        all: usize,
    },
    /// `--only` fits no check.
    #[error("no check has `{only}` in its id; there are: {known}")]
    NoSuchCheck {
        /// What was asked for.
        only: String,
        /// All ids.
        known: String,
    },
    /// Something that the tests need is missing and was not installed.
    #[error("{count} of the things that the checks need are missing:\n{explanation}")]
    Prerequisite {
        /// How many.
        count: usize,
        /// Each with why and what to do.
        explanation: String,
    },
    /// Something that the tests need could not be installed.
    #[error("what the checks need could not be installed: {0}")]
    Prepare(#[from] PrepareError),
    /// There is no workspace to test.
    #[error(transparent)]
    Workplace(#[from] WorkplaceError),
}

/// Causes that only this command has, with exit code and remedy, for the reference.
pub const CAUSES: &[(&str, u8, &str)] = &[
    ("E-TEST-FAILED", 1, "A check of `cargo xtask test` failed. Repeat it alone with `--only`."),
    ("E-TEST-NO-SUCH-CHECK", 2, "`cargo xtask test --only` fits no check. The message lists all."),
    ("E-TEST-WORKSPACE", 4, "`cargo xtask test` found no checkout. Run it in a folder of one."),
];

impl TestError {
    /// The stable id of the cause.
    pub fn cause(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "E-TEST-FAILED",
            Self::NoSuchCheck { .. } => "E-TEST-NO-SUCH-CHECK",
            Self::Prerequisite { .. } | Self::Prepare(_) => "E-TEST-PREREQUISITE",
            Self::Workplace(_) => "E-TEST-WORKSPACE",
        }
    }

    /// The exit code: 1 findings, 2 usage, 4 precondition.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed { .. } => 1,
            Self::NoSuchCheck { .. } => 2,
            Self::Prerequisite { .. } | Self::Prepare(_) | Self::Workplace(_) => 4,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "repeat one check with `cargo xtask test --only ID`",
            Self::NoSuchCheck { .. } => "give a part of one of these ids",
            Self::Prerequisite { .. } => "install what is listed, then run the command again",
            Self::Prepare(_) => {
                "run the command again, or install it by hand: `cargo xtask test --check-only` lists it"
            }
            Self::Workplace(_) => "run the command in a folder of the checkout",
        }
    }

    /// Whether standard output already ends with the whole story, so that nothing more should be printed.
    pub fn is_reported(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}

/// Makes sure of what the chosen checks need, runs them all, and counts.
///
/// Call it on the main thread: the servers that it starts end with the thread.
///
/// # Errors
///
/// When something needed is missing, or at the end when a check failed.
pub fn run(args: &TestArgs) -> Result<(), TestError> {
    let chosen = choose(&args.only)?;
    let workplace = Workplace::locate()?;
    let mut report = Report::to_stdout();
    prepare(&workplace, &wanted_by(&chosen), args, &mut report)?;
    if args.check_only {
        return Ok(());
    }
    let effort = if args.long { Effort::Long } else { Effort::Usual };
    let outcomes = run_all(&workplace, &chosen, effort, &mut report);
    report.heading("summary");
    report.line(&report::summary(&outcomes));
    match report::failed(&outcomes) {
        0 => Ok(()),
        failed => Err(TestError::Failed { failed, all: outcomes.len() }),
    }
}

fn choose(only: &[String]) -> Result<Vec<&'static Check>, TestError> {
    for text in only {
        if !checks::TABLE.iter().any(|check| check.id.contains(text.as_str())) {
            let known = checks::TABLE.iter().map(|check| check.id).collect::<Vec<_>>().join(", ");
            return Err(TestError::NoSuchCheck { only: text.clone(), known });
        }
    }
    let fits = |check: &&Check| only.is_empty() || only.iter().any(|text| check.id.contains(text.as_str()));
    Ok(checks::TABLE.iter().filter(fits).collect())
}

fn wanted_by(chosen: &[&'static Check]) -> Vec<&'static Prerequisite> {
    let wants = |prerequisite: &&Prerequisite| {
        chosen.iter().any(|check| match check.needs {
            Needs::Everything => true,
            Needs::Only(ids) => ids.contains(&prerequisite.id),
        })
    };
    prerequisites::TABLE.iter().filter(wants).collect()
}

fn prepare(
    workplace: &Workplace,
    wanted: &[&'static Prerequisite],
    args: &TestArgs,
    report: &mut Report,
) -> Result<(), TestError> {
    report.heading("what the checks need");
    let mut missing = prerequisites::look(workplace, wanted, report);
    if !missing.is_empty() && !args.check_only {
        missing = prerequisites::install(workplace, missing, report)?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(TestError::Prerequisite { count: missing.len(), explanation: prerequisites::explain(&missing) })
}

fn run_all(
    workplace: &Workplace,
    chosen: &[&'static Check],
    effort: Effort,
    report: &mut Report,
) -> Vec<Outcome> {
    let mut servers = None;
    let mut outcomes = Vec::new();
    for check in chosen {
        report.heading(&format!("{}: {}", check.id, check.title));
        let begun = Instant::now();
        let result = run_one(workplace, check, effort, &mut servers, report);
        let took = begun.elapsed();
        let failure = result.err().map(|error| error.to_string());
        match &failure {
            None => report.line(&format!("  passed in {}", report::seconds(took))),
            Some(why) => report.line(&format!("  FAILED after {}: {why}", report::seconds(took))),
        }
        outcomes.push(Outcome { id: check.id, took, failure });
    }
    outcomes
}

/// Why one check failed.
#[derive(Debug, Error)]
enum RunError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Check(#[from] CheckError),
}

fn run_one(
    workplace: &Workplace,
    check: &Check,
    effort: Effort,
    servers: &mut Option<Servers>,
    report: &mut Report,
) -> Result<(), RunError> {
    let mut scene = Scene::without_servers(workplace, effort);
    if check.servers {
        let running = match servers.take() {
            Some(running) => running,
            None => report.timed("starting the servers", || Servers::start(workplace))?,
        };
        report.line(&format!("  {}", running.describe()));
        scene.environment.extend(running.environment());
        *servers = Some(running);
    }
    Ok(checks::run(check, &scene, report)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_filter_every_check_runs_and_everything_is_wanted() {
        let chosen = choose(&[]).unwrap();
        assert_eq!(chosen.len(), checks::TABLE.len());
        assert_eq!(wanted_by(&chosen).len(), prerequisites::TABLE.len());
    }

    #[test]
    fn a_chosen_check_wants_only_what_it_needs() {
        let chosen = choose(&["scripts".to_owned()]).unwrap();
        let wanted: Vec<&str> = wanted_by(&chosen).iter().map(|prerequisite| prerequisite.id).collect();
        assert_eq!(wanted, ["git", "shellcheck"]);
    }

    #[test]
    fn a_filter_that_fits_nothing_is_a_usage_error_that_lists_the_checks() {
        let error = choose(&["format".to_owned(), "nonsense".to_owned()]).err().unwrap();
        assert_eq!((error.exit_code(), error.cause()), (2, "E-TEST-NO-SUCH-CHECK"));
        assert!(error.to_string().contains("`nonsense`") && error.to_string().contains("workflow-syntax"));
    }

    #[test]
    fn every_cause_is_in_the_reference_with_its_exit_code() {
        let errors = [
            TestError::Failed { failed: 1, all: 2 },
            TestError::NoSuchCheck { only: String::new(), known: String::new() },
            TestError::Prerequisite { count: 1, explanation: String::new() },
            TestError::Workplace(WorkplaceError::SearchPath(std::env::join_paths(["a:b"]).unwrap_err())),
        ];
        for error in errors {
            let own = CAUSES.iter().any(|(id, code, _)| (*id, *code) == (error.cause(), error.exit_code()));
            let shared = release_core::finding::Cause::ALL
                .iter()
                .any(|cause| (cause.id(), cause.exit_code()) == (error.cause(), error.exit_code()));
            assert!(own || shared, "{}", error.cause());
        }
    }

    #[test]
    fn something_missing_is_a_failed_precondition() {
        let error = TestError::Prerequisite { count: 1, explanation: String::new() };
        assert_eq!((error.exit_code(), error.cause()), (4, "E-TEST-PREREQUISITE"));
    }
}
