//! Commands that end before they could begin: a program that asked for JSON gets one object with the reasons all the same.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::git::{commit, git};
use crate::killed::for_each;
use crate::run::Run;
use crate::stage::{Setting, Stage};

/// Every command that looks at the repository before anything else, with `--json` where it has that.
const COMMANDS: &[&[&str]] = &[
    &["release", "--json"],
    &["release", "--dry-run", "--json"],
    &["release", "--rehearse", "--json"],
    &["plan", "--json"],
    &["bundle", "--version", "v1.0.0", "--out", "built", "--offline", "--json"],
    &["check", "--json"],
    &["check", "--pr", "2", "--json"],
    &["images", "--json"],
    &["affected", "--retag", "--json"],
    &["abandon", "v1.0.0", "--yes", "--json"],
    &["rehearsal", "--json"],
    &["changelog"],
    &["changelog", "--all"],
];

/// Requires one object with findings, and among them one of this cause, which it returns.
#[track_caller]
fn one_object(run: &Run, cause: &str) -> Value {
    let printed = run.json();
    assert!(printed.is_object(), "{printed}");
    let findings = printed["findings"].as_array().expect("findings");
    let found = findings.iter().find(|finding| finding["cause"] == cause);
    let found = found.unwrap_or_else(|| panic!("no {cause} in {printed}")).clone();
    assert_eq!(found["severity"], "stop");
    assert!(found["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{found}");
    found
}

/// Runs every command in a folder where each has to end with this code and cause.
fn all_end_early(stage: &Stage, folder: &Path, code: i32, cause: &str) -> Vec<Value> {
    stage.rehearsal.forget_requests();
    let mut findings = Vec::new();
    for command in COMMANDS {
        let run = stage.run(folder, command).ends_with(code);
        if command.contains(&"--json") {
            findings.push(one_object(&run, cause));
        } else {
            assert!(run.stdout.is_empty(), "{command:?}: {}", run.stdout);
            assert!(run.stderr.contains(&format!("error[{cause}]")), "{command:?}: {}", run.stderr);
        }
    }
    assert!(stage.rehearsal.requests().is_empty(), "nobody was asked");
    assert!(!folder.join("built").exists() && !folder.join("dist").exists(), "nothing was built");
    findings
}

fn outside(stage: &Stage) -> PathBuf {
    let folder = stage.path("outside");
    fs::create_dir(&folder).expect("a folder");
    folder
}

fn without_commits(stage: &Stage) -> PathBuf {
    git(&stage.path(""), &["init", "--quiet", "empty"]);
    stage.path("empty")
}

fn without_configuration(stage: &Stage) -> PathBuf {
    let clone = stage.fresh_clone();
    fs::remove_file(clone.join("config/release.yaml")).expect("a file");
    commit(&clone, "Lose the configuration", 50);
    clone
}

fn with_mistakes(stage: &Stage) -> PathBuf {
    let clone = stage.fresh_clone();
    for (path, instead_of, text) in [
        ("config/release.yaml", "mode: push", "mode: shove"),
        ("config/bundles.yaml", "suffix: -gpu", "sufix: -gpu"),
    ] {
        let path = clone.join(path);
        let before = fs::read_to_string(&path).expect("a file");
        fs::write(path, before.replace(instead_of, text)).expect("a file");
    }
    commit(&clone, "Make two mistakes", 50);
    clone
}

#[test]
fn every_command_says_in_one_object_why_it_could_not_begin() {
    type Spoil = fn(&Stage) -> PathBuf;
    let cases: &[(Spoil, &str)] = &[
        (outside, "E-REPOSITORY"),
        (without_commits, "E-REPOSITORY"),
        (without_configuration, "E-CONFIG"),
        (with_mistakes, "E-CONFIG"),
    ];
    for_each(cases, |(spoil, cause)| {
        let stage = Setting::new().set();
        all_end_early(&stage, &spoil(&stage), 4, cause);
    });
}

#[test]
fn every_mistake_in_the_configuration_is_in_the_object_with_its_place() {
    let stage = Setting::new().set();
    let run = stage.run(&with_mistakes(&stage), &["plan", "--json"]).ends_with(4);
    let findings = run.findings();
    for (file, mistake) in [("config/release.yaml", "shove"), ("config/bundles.yaml", "sufix")] {
        let found = findings.iter().any(|(_, words)| words.contains(file) && words.contains(mistake));
        assert!(found, "{mistake}: {findings:?}");
    }
}

#[test]
fn what_cannot_be_meant_is_said_in_one_object() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["release", "--plan", "nowhere.json", "--json"], 5, "E-FILE"),
        (&["release", "--plan", "VERSION", "--json"], 3, "E-PLAN-UNREADABLE"),
        (&["release", "--channel", "nowhere", "--json"], 4, "E-CONFIG"),
        (&["plan", "--channel", "nowhere", "--json"], 4, "E-CONFIG"),
        (&["verify", "nowhere.tar.gz", "--json"], 5, "E-FILE"),
        (&["verify", "VERSION", "--json"], 1, "E-VERIFICATION"),
    ];
    for (arguments, code, cause) in cases {
        one_object(&stage.run(&clone, arguments).ends_with(*code), cause);
    }
}

#[test]
fn an_argument_that_cannot_be_meant_is_wrong_usage() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    stage.rehearsal.forget_requests();
    let cases: &[(&[&str], &str)] = &[
        (&["abandon", "1.0", "--yes", "--json"], "as in `v1.3.0`"),
        (&["bundle", "--version", "1.0.0", "--json"], "as in `v1.3.0`"),
        (&["changelog", "xx"], "as in `v1.3.0`"),
        (&["check", "--pr", "0", "--json"], "--pr <N>"),
    ];
    for (arguments, said) in cases {
        let run = stage.run(&clone, arguments).ends_with(2);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    assert!(stage.rehearsal.requests().is_empty(), "nobody was asked");
}

#[test]
fn a_pull_request_that_is_not_there_may_have_another_number() {
    let stage = Setting::new().set();
    let run = stage.run(&stage.fresh_clone(), &["check", "--pr", "999", "--json"]).ends_with(4);
    let (cause, words) = run.findings().remove(0);
    assert_eq!(cause, "E-TOKEN-RIGHTS", "{words}");
    assert!(words.contains("#999") && words.contains("look whether the number is right"), "{words}");
}

#[test]
fn a_check_that_finds_something_prints_the_same_object_as_one_that_finds_nothing() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    assert_eq!(
        stage.run(&clone, &["check", "--json"]).ends_with(0).json(),
        serde_json::json!({ "findings": [] })
    );
    fs::write(clone.join("VERSION"), "0.5.0\n").expect("a file");
    commit(&clone, "Change the version by hand", 50);
    one_object(&stage.run(&clone, &["check", "--json"]).ends_with(1), "E-VERSION-DIFFERS");
}

#[test]
fn row_1_5_the_own_images_of_a_commit_are_listed_in_one_object() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let listed = stage.run(&clone, &["images", "--json"]).ends_with(0).json();
    let images = listed["images"].as_array().expect("images");
    let head = git(&clone, &["rev-parse", "HEAD"]);
    let references: Vec<_> = images.iter().map(|image| image["reference"].clone()).collect();
    let expected = ["server", "worker"].map(|name| format!("registry.example/aihummer/{name}:sha-{head}"));
    assert_eq!(references, expected.map(Value::from));
}
