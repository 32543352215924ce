//! The command line of the release tool. A repository adopts it with an `xtask` package whose `main` is one call of [`main`], and a
//! `config/` of its own.

mod args;
mod commands;
mod context;
mod exit;
mod reference;
mod rehearse;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use exit::Stop;
use release_core::finding::Cause;
use release_edge::failure::Failure;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(unparsed(error)),
    };
    let result = match &cli.command {
        Command::Release(args) => commands::release::run(args),
        Command::Cut(args) => commands::lines::cut(args),
        Command::Hotfix(args) => commands::lines::hotfix(args),
        Command::Promote(args) => commands::release::promote(args),
        Command::Plan(args) => commands::plan::run(args),
        Command::Bundle(args) => commands::bundle::run(args),
        Command::Check(args) => commands::check::run(args),
        Command::Changelog(args) => commands::changelog::run(args),
        Command::Images(args) => commands::images::run(args),
        Command::Affected(args) => commands::affected::run(args),
        Command::Yank(args) => commands::yank::run(args),
        Command::Channels(args) => commands::channels::run(args),
        Command::Abandon(args) => commands::abandon::run(args),
        Command::Rehearsal(args) => commands::rehearsal::run(args),
        Command::Verify(args) => commands::verify::run(args),
        Command::Keys(args) => commands::keys::run(args),
        Command::SetupEnv(args) => commands::setup_env::run(args),
        Command::Generate(args) => commands::generate::run(args),
        Command::Completions(args) => commands::completions::run(args),
        Command::Test(args) => return test(args),
    };
    let code = ended(result, &cli.command);
    match terminal::lost_output() {
        Some(why) => ExitCode::from(lost(why, code)),
        None => ExitCode::from(code),
    }
}

/// Shows help, or what is wrong with the arguments, and returns the exit code. Those of `setup-env` may be secrets, which clap would repeat.
fn unparsed(error: clap::Error) -> u8 {
    let secret = std::env::args_os().nth(1).is_some_and(|command| command == "setup-env");
    if !secret || !error.use_stderr() {
        error.exit();
    }
    let finding = commands::setup_env::refused_arguments(&error).into_finding();
    terminal::report_findings(std::slice::from_ref(&finding));
    finding.cause.exit_code()
}

/// The exit code where a result did not reach standard output: whoever reads it must not take what there is for the whole.
fn lost(why: &str, code: u8) -> u8 {
    let failure = Failure::new(
        Cause::FileSystem,
        format!("the result could not be written to standard output: {why}"),
        "what was done is done: make room where standard output leads, and run again to see the result",
    );
    let finding = failure.into_finding();
    terminal::report_findings(std::slice::from_ref(&finding));
    if code == 0 { finding.cause.exit_code() } else { code }
}

/// Tells how a command ended, as far as it has not done so itself, and returns the exit code.
fn ended(result: Result<(), Stop>, command: &Command) -> u8 {
    match result {
        Ok(()) => 0,
        Err(Stop::Reported(cause)) => cause.exit_code(),
        Err(Stop::Shown) => 1,
        Err(stop @ (Stop::Declined | Stop::Unasked)) => {
            terminal::note(&stop.to_string());
            2
        }
        Err(stop) => {
            let findings = stop.findings();
            // Whoever asked for JSON gets one object however the command ends.
            if command.prints_json() {
                terminal::json(&serde_json::json!({ "findings": findings }));
            }
            terminal::report_findings(&findings);
            exit::code(&findings)
        }
    }
}

/// The tests end with their own summary, after which nothing more is printed.
fn test(args: &commands::test::TestArgs) -> ExitCode {
    let Err(error) = commands::test::run(args) else { return ExitCode::SUCCESS };
    if !error.is_reported() {
        terminal::note(&format!("error[{}]: {error}", error.cause()));
        terminal::note(&format!("  → {}", error.hint()));
    }
    ExitCode::from(error.exit_code())
}
