//! The reference pages of the documentation, generated from the code: commands from clap, exit codes from the causes, configuration,
//! receipt and pointers from the schemas of their types, checks from the tables of rules. Never says anything that the code does not.

mod schema;

use std::fmt::Write as _;

use clap::CommandFactory as _;
use release_core::bundle::closure;
use release_core::config::validate;
use release_core::finding::Cause;
use release_core::{check, config};

use self::schema::{Page, Side};
use crate::args::Cli;

/// Every page: its path and its text.
#[must_use]
pub fn pages() -> Vec<(String, String)> {
    vec![
        ("docs/reference/commands.md".to_owned(), commands()),
        ("docs/reference/exit-codes.md".to_owned(), exit_codes()),
        ("docs/reference/configuration.md".to_owned(), configuration()),
        ("docs/reference/receipt.md".to_owned(), receipt()),
        ("docs/reference/pointers.md".to_owned(), pointers()),
        ("docs/reference/checks.md".to_owned(), checks()),
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
    text.push_str(
        "\n`plan` and `changelog` change nothing, so they show what they can and end with 1 where a finding would stop a release, whatever \
         its cause. Only where a finding leaves open what would be released, they end with its own exit code and do not show it. \
         `changelog --all` ends with 0 wherever its text is whole: whether a release may start is `plan`'s to say. \
         Where images do not exist yet, the digests of the bundles are not those that they will have, and the steps that tag these images are missing.\n",
    );
    text.push_str("\n| cause | exit code | meaning and remedy |\n|---|---|---|\n");
    for cause in Cause::ALL {
        let explanation = cause.explanation().trim().replace('|', "\\|");
        let _ = writeln!(text, "| `{cause}` | {} | {explanation} |", cause.exit_code());
    }
    for (cause, code, explanation) in crate::commands::test::CAUSES {
        let _ = writeln!(text, "| `{cause}` | {code} | {} |", cell(explanation));
    }
    text
}

fn configuration() -> String {
    let mut text = String::from(
        "# Configuration\n\nThree files under `config/` say what a platform is and how it is released, and a fourth, where it is needed, \
         [what updates have to heed](../how-to/updates.md). A fifth, the lock file of its images, is written by \
         [`bundle --update-locks`](../how-to/images.md#lock-the-images-of-others). A key that is not listed here is an \
         error, and so is a value that breaks one of the [rules](checks.md#configuration). The tables come from the JSON Schemas in \
         `schemas/`, which the first line of each file names, so that editors complete and check it.\n",
    );
    for (path, schema) in config::schema::schemas() {
        let name = path.trim_start_matches("schemas/").trim_end_matches(".schema.json");
        let page = Page { name, side: Side::Written };
        schema::section(&mut text, &format!("config/{name}.yaml"), page, &schema);
    }
    text
}

fn receipt() -> String {
    let mut text = String::from(
        "# Receipt\n\n`cargo xtask release --json` prints one object on standard output: what was done, and where everything lies. \
         `cargo xtask bundle --json` prints the same object, with the outcome `built`. Its schema is \
         `schemas/receipt.schema.json`.\n",
    );
    let (_, schema) = config::schema::receipt();
    schema::section(&mut text, "The object", Page { name: "receipt", side: Side::Printed }, &schema);
    text
}

fn pointers() -> String {
    let mut text = String::from(
        "# Pointers\n\nWhat lies on the branch `channels`, for those who write a reader of their own. Each has a JSON Schema in `schemas/`. \
         [Channels](../how-to/channel.md) says how they come about and what a reader has to refuse.\n",
    );
    let titles = ["The envelope, `latest.json`", "The pointer inside", "Withdrawn versions, `yanked.json`"];
    for (title, (path, schema)) in titles.into_iter().zip(config::schema::pointers()) {
        let name = path.trim_start_matches("schemas/").trim_end_matches(".schema.json");
        schema::section(&mut text, title, Page { name, side: Side::Printed }, &schema);
    }
    text
}

fn checks() -> String {
    let mut text = String::from(
        "# Checks\n\nEvery rule is one entry of a table in the code; this page lists them. All that is wrong is reported at once.\n\n\
         ## Before a release\n\nLooked at before anything is written. Each has a [cause](exit-codes.md).\n\n| cause | rule |\n|---|---|\n",
    );
    for rule in check::RULES {
        let _ = writeln!(text, "| `{}` | {} |", rule.cause, cell(rule.text));
    }
    text.push_str(
        "\n## What bundles need\n\nLooked at before a release, by `cargo xtask bundle`, and of the working tree by `cargo xtask check`.\n\n\
         | cause | rule |\n|---|---|\n",
    );
    for rule in closure::RULES {
        let _ = writeln!(text, "| `{}` | {} |", rule.cause, cell(rule.text));
    }
    text.push_str(
        "\n### Tags\n\nHow a tag leaves open which image it means, read from the tag alone; the first that holds is told. A date or the \
         name of a commit in a tag makes it exact. [Images](../how-to/images.md) has the way out for those that number their releases otherwise.\n\n\
         | a tag | what would be right |\n|---|---|\n",
    );
    for way in closure::VAGUE_TAGS {
        let _ = writeln!(text, "| `{}`: {} | {} |", way.id, cell(way.why), cell(way.right));
    }
    text.push_str(
        "\n## Open pull requests\n\nLooked at by `cargo xtask check --pr`, as a release will after the merge.\n\n| causes | rule |\n|---|---|\n",
    );
    for rule in check::PULL_REQUEST_RULES {
        let causes: Vec<String> = rule.causes.iter().map(|cause| format!("`{cause}`")).collect();
        let _ = writeln!(text, "| {} | {} |", causes.join(", "), cell(rule.text));
    }
    text.push_str("\n## Configuration\n");
    let mut table = |file: &str, rules: Vec<(&str, &str)>| {
        let _ = write!(text, "\n### {file}\n\n| rule | what it demands |\n|---|---|\n");
        for (id, demand) in rules {
            let _ = writeln!(text, "| `{id}` | {} |", cell(demand));
        }
    };
    table("config/release.yaml", validate::RELEASE.iter().map(|rule| (rule.id, rule.text)).collect());
    table("config/bundles.yaml", validate::BUNDLES.iter().map(|rule| (rule.id, rule.text)).collect());
    table(
        "config/compatibility.yaml",
        validate::COMPATIBILITY.iter().map(|rule| (rule.id, rule.text)).collect(),
    );
    table("config/images.lock.yaml", validate::LOCKS.iter().map(|rule| (rule.id, rule.text)).collect());
    let contract = bundle_format::contract::RULES;
    table("config/env.yaml", contract.iter().map(|rule| (rule.id, rule.text)).collect());
    text
}

/// Text as one cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
