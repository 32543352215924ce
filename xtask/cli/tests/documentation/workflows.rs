//! The workflows: least permissions, actions pinned by commit, no untrusted text in a shell line, nothing cancelled midway.

use release_core::yaml;
use serde_json::Value;

use crate::checkout::{files, text};

fn workflows() -> Vec<(String, Value)> {
    let read = |path: String| {
        let value = yaml::from_str(&text(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        (path, value)
    };
    let found: Vec<_> = files(".github/workflows", ".yml").into_iter().map(read).collect();
    assert!(found.len() >= 4, "only {} workflows were found", found.len());
    found
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow["jobs"].as_object().expect("a workflow has jobs").iter()
}

fn steps(workflow: &Value) -> impl Iterator<Item = &Value> {
    jobs(workflow).flat_map(|(_, job)| job["steps"].as_array().into_iter().flatten())
}

#[test]
fn every_workflow_starts_without_permissions_and_every_job_names_its_own() {
    for (path, workflow) in workflows() {
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{path}");
        for (name, job) in jobs(&workflow) {
            let permissions = job["permissions"].as_object();
            let permissions = permissions.unwrap_or_else(|| panic!("{path}: {name} names no permissions"));
            for (scope, right) in permissions {
                let may_write = ["release.yml", "promote.yml", "images.yml", "channels.yml"]
                    .iter()
                    .any(|file| path.ends_with(file));
                assert!(right == "read" || may_write, "{path}: {name} may {right} {scope}");
            }
        }
    }
}

#[test]
fn every_action_is_pinned_by_commit_with_its_version_beside_it() {
    for (path, workflow) in workflows() {
        let used = steps(&workflow).chain(jobs(&workflow).map(|(_, job)| job));
        for action in used.filter_map(|step| step["uses"].as_str()) {
            if action.starts_with("$/.github/workflows/") {
                continue;
            }
            let (_, commit) = action.split_once('@').unwrap_or_else(|| panic!("{path}: {action}"));
            let hexadecimal = commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            assert!(commit.len() == 40 && hexadecimal, "{path}: {action} is not pinned by commit");
            let line = format!("{action} # v");
            assert!(text(&path).contains(&line), "{path}: {action} has no version beside it");
        }
    }
}

#[test]
fn no_shell_line_holds_an_expression() {
    for (path, workflow) in workflows() {
        for line in steps(&workflow).filter_map(|step| step["run"].as_str()) {
            // Whatever a line needs comes by environment, where a shell does not read it as code.
            assert!(!line.contains("${{"), "{path}: {line}");
            assert!(!line.contains('\n'), "{path}: more than one command in a step: {line}");
        }
    }
}

#[test]
fn no_checkout_leaves_a_credential_behind_and_no_workflow_trusts_a_fork() {
    for (path, workflow) in workflows() {
        for step in steps(&workflow) {
            if step["uses"].as_str().is_some_and(|action| action.starts_with("actions/checkout@")) {
                assert_eq!(step["with"]["persist-credentials"], false, "{path}");
            }
        }
        assert!(!text(&path).contains("pull_request_target"), "{path}");
        assert!(!text(&path).contains("secrets: inherit"), "{path}");
    }
}

#[test]
fn wherever_the_tool_runs_the_whole_history_is_there() {
    let whole = |step: &Value| step["with"]["fetch-depth"] == 0;
    for (path, workflow) in workflows() {
        for (name, job) in jobs(&workflow) {
            let steps = job["steps"].as_array().into_iter().flatten();
            let (mut runs, mut deep) = (false, false);
            for step in steps {
                deep |= whole(step);
                runs |= step["run"]
                    .as_str()
                    .is_some_and(|line| line.contains("cargo xtask") || line.contains(".ci/run"));
            }
            assert!(!runs || deep, "{path}: {name}: the tool refuses a shallow clone");
        }
    }
}

#[test]
fn releases_wait_for_each_other_and_none_is_cancelled() {
    let workflow: Value = yaml::from_str(&text(".github/workflows/release.yml")).unwrap();
    let expected = serde_json::json!({"group": "release", "cancel-in-progress": false, "queue": "max"});
    assert_eq!(workflow["concurrency"], expected);
    let release = &workflow["jobs"]["release"];
    assert_eq!(release["needs"], "images", "images come first");
    assert_eq!(release["steps"][0]["with"]["fetch-depth"], 0, "the whole history decides the version");
    for (name, _) in jobs(&workflow) {
        assert!(workflow["jobs"][name]["concurrency"].is_null(), "{name}");
    }
    for word in ["actions/cache", "rust-cache"] {
        assert!(
            !text(".github/workflows/release.yml").contains(word),
            "a cache could change what is released"
        );
    }
}

#[test]
fn ci_runs_the_test_command_and_nothing_beside_it() {
    let lines: Vec<String> = text(".ci/run").lines().map(str::to_owned).collect();
    assert_eq!(lines.last().map(String::as_str), Some("cargo xtask test"));
    let workflow: Value = yaml::from_str(&text(".github/workflows/ci.yml")).unwrap();
    let runs: Vec<&str> = steps(&workflow)
        .filter_map(|step| step["run"].as_str())
        .filter(|line| line.contains(".ci/run"))
        .collect();
    assert_eq!(runs.len(), 1);
}
