//! The reference pages of the documentation, generated from the code: commands from clap, exit codes from the causes.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use release_core::finding::Cause;

use crate::args::Cli;

/// Every page: its path and its text.
#[must_use]
pub fn pages() -> Vec<(String, String)> {
    vec![
        ("docs/src/reference/commands.md".to_owned(), commands()),
        ("docs/src/reference/exit-codes.md".to_owned(), exit_codes()),
    ]
}

/// The manual is the help text itself.
fn commands() -> String {
    let mut root = Cli::command().term_width(100);
    let mut text = String::from("# Commands\n\nGenerated from the command line; the same as `--help`.\n");
    let help = root.render_long_help().to_string();
    let _ = write!(text, "\n```text\n{}\n```\n", help.trim_end());
    let names: Vec<String> = root.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        if let Some(command) = root.find_subcommand_mut(&name) {
            let help =
                command.clone().term_width(100).bin_name(format!("cargo xtask {name}")).render_long_help();
            let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", help.to_string().trim_end());
        }
    }
    text
}

fn exit_codes() -> String {
    let mut text = String::from(
        "# Exit codes and causes\n\nEvery cause belongs to one exit code, is printed with its id, and stands under that id in \
         `--json`.\n\n| exit code | meaning |\n|---|---|\n",
    );
    for (code, meaning) in [
        (0, "done, or already done"),
        (1, "findings"),
        (2, "usage"),
        (3, "a conflict that needs a person"),
        (4, "configuration or precondition"),
        (5, "Git, the forge or a registry failed"),
        (70, "a fault of the tool"),
        (75, "try again later"),
    ] {
        let _ = writeln!(text, "| {code} | {meaning} |");
    }
    text.push_str("\n| cause | exit code | meaning and remedy |\n|---|---|---|\n");
    for cause in Cause::ALL {
        let explanation = cause.explanation().trim().replace('|', "\\|");
        let _ = writeln!(text, "| `{cause}` | {} | {explanation} |", cause.exit_code());
    }
    text
}
