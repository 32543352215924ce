//! `completions`: shell completions and manual pages, generated from the command line itself.

use clap::CommandFactory as _;
use clap_complete::Shell;
use release_core::finding::Cause;
use release_edge::failure::Failure;

use crate::args::{Cli, CompletionFormat, CompletionsArgs};
use crate::exit::Stop;
use crate::terminal;

/// The name completions are registered under.
const PROGRAM: &str = "xtask";

/// Runs the command.
pub fn run(args: &CompletionsArgs) -> Result<(), Stop> {
    let shell = match args.format {
        CompletionFormat::Bash => Shell::Bash,
        CompletionFormat::Elvish => Shell::Elvish,
        CompletionFormat::Fish => Shell::Fish,
        CompletionFormat::Powershell => Shell::PowerShell,
        CompletionFormat::Zsh => Shell::Zsh,
        CompletionFormat::Man => return manual(args),
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), PROGRAM, &mut text);
    terminal::out(String::from_utf8_lossy(&text).trim_end());
    Ok(())
}

fn manual(args: &CompletionsArgs) -> Result<(), Stop> {
    let failed = |error: std::io::Error| {
        Failure::of(
            Cause::FileSystem,
            format!("could not write manual pages to `{}`: {error}", args.out.display()),
        )
    };
    std::fs::create_dir_all(&args.out).map_err(failed)?;
    clap_mangen::generate_to(Cli::command().name(PROGRAM), &args.out).map_err(failed)?;
    terminal::out(&format!("manual pages are in `{}`", args.out.display()));
    Ok(())
}
