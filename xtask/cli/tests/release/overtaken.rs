//! A release during which somebody else is faster: nothing is overwritten, and the exit code says that trying again is enough.

use std::fs;
use std::path::Path;
use std::process::Child;

use crate::converged::converged;
use crate::git::git;
use crate::held::{held_at_its_push, wait_until};
use crate::killed::for_each;
use crate::modes::{merge, stamp};
use crate::run::Run;
use crate::stage::{RELEASE, Setting, Stage};

/// Lets the held push go on, which comes too late, and waits for its run to end with this code and cause.
#[track_caller]
fn too_late(stage: &Stage, running: Child, code: i32, cause: &str, says: &[&str]) {
    let before = (stage.rehearsal.snapshot(), stage.references());
    fs::write(stage.bare().join("accept"), "").expect("a file");
    let output = running.wait_with_output().expect("an end");
    let run = Run::of(stage.bare(), &output).ends_with(code);
    let (found, words) = run.findings().remove(0);
    assert_eq!(found, cause, "{words}");
    for said in says {
        assert!(words.contains(said), "`{said}` is not in {words}");
    }
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "nothing was overwritten");
}

#[test]
fn a_release_overtaken_by_a_newer_commit_is_to_be_tried_again() {
    let stage = Setting::new().set();
    let running = held_at_its_push(&stage);
    stage.merge("Serve the third page", &["minor"]);
    too_late(&stage, running, 75, "E-OVERTAKEN", &["refs/heads/main", "run again"]);
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
    let changelog = stage.file("v1.0.0", "CHANGELOG.md");
    assert_eq!(changelog.matches("Serve the third page").count(), 1, "{changelog}");
}

#[test]
fn a_release_overtaken_by_another_run_is_to_be_tried_again() {
    for mode in ["push", "tag-only"] {
        let stage = Setting::new().mode(mode).set();
        let running = held_at_its_push(&stage);
        stage.release().ends_with(0);
        too_late(&stage, running, 75, "E-OVERTAKEN", &["v1.0.0", "another run", "run again"]);
        assert_eq!(stage.release().ends_with(0).json()["outcome"], "already-released", "{mode}");
        converged(&stage, &["v1.0.0"]);
    }
}

#[test]
fn a_tag_that_somebody_made_by_hand_meanwhile_is_a_conflict() {
    let stage = Setting::new().set();
    let running = held_at_its_push(&stage);
    git(&stage.bare(), &["tag", "v1.0.0", "main"]);
    too_late(&stage, running, 3, "E-TAG-ELSEWHERE", &["v1.0.0", "tags never move"]);
}

/// Requires every command that plans to say only that this clone is to be brought up to date.
#[track_caller]
fn only_overtaken(stage: &Stage, clone: &Path) {
    let before = (stage.rehearsal.snapshot(), stage.references());
    let commands: &[&[&str]] =
        &[&["release", "--yes", "--json"], &["release", "--dry-run", "--json"], &["plan", "--json"]];
    for command in commands {
        let run = stage.run(clone, command).ends_with(75);
        let findings = run.findings();
        let [(cause, words)] = findings.as_slice() else { panic!("one finding: {findings:?}") };
        assert_eq!(cause, "E-OVERTAKEN", "{words}");
        assert!(words.contains("v1.0.0") && words.contains("`git pull --tags`"), "{words}");
        assert!(!words.contains("delete"), "{words}");
    }
    let run = stage.run(clone, &["release", "--yes"]).ends_with(75);
    assert!(!run.stderr.contains("delete"), "{}", run.stderr);
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "nothing was changed");
}

#[test]
fn a_clone_made_just_before_the_release_of_another_run_is_to_be_brought_up_to_date() {
    for_each(&["push", "tag-only", "release-pr"], |mode| {
        let stage = Setting::new().mode(mode).set();
        let clone = stage.fresh_clone();
        stage.release().ends_with(0);
        if *mode == "release-pr" {
            merge(&stage, stamp(&stage).0, "squash");
            stage.release().ends_with(0);
        }
        only_overtaken(&stage, &clone);
        git(&clone, &["pull", "--quiet", "--ff-only", "--tags"]);
        let again = stage.run(&clone, RELEASE).ends_with(0).json();
        assert_eq!(again["outcome"], "already-released", "{mode}");
        converged(&stage, &["v1.0.0"]);
    });
}

#[test]
fn a_clone_made_just_before_a_release_that_was_killed_finishes_it_once_it_is_up_to_date() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let verify = stage.step("verify-draft");
    stage.release_killed(&format!("after:{verify}")).was_killed();
    only_overtaken(&stage, &clone);
    git(&clone, &["pull", "--quiet", "--ff-only", "--tags"]);
    assert_eq!(stage.run(&clone, RELEASE).ends_with(0).json()["outcome"], "released");
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn a_clone_made_while_the_push_of_a_killed_run_was_under_way_finishes_it_once_it_is_up_to_date() {
    for_each(&["push", "tag-only"], |mode| {
        let stage = Setting::new().mode(mode).set();
        let mut running = held_at_its_push(&stage);
        let clone = stage.fresh_clone();
        running.kill().expect("a signal");
        running.wait().expect("an end");
        fs::write(stage.bare().join("accept"), "").expect("a file");
        wait_until("the push never arrived", || stage.references().contains("refs/tags/v1.0.0"));
        only_overtaken(&stage, &clone);
        git(&clone, &["pull", "--quiet", "--ff-only", "--tags"]);
        assert_eq!(stage.run(&clone, RELEASE).ends_with(0).json()["outcome"], "released", "{mode}");
        converged(&stage, &["v1.0.0"]);
    });
}

#[test]
fn a_tag_that_somebody_made_by_hand_since_the_clone_stays_a_conflict() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    git(&stage.bare(), &["tag", "v1.0.0", "main"]);
    let run = stage.run(&clone, RELEASE).ends_with(3);
    assert_eq!(run.findings().remove(0).0, "E-TAG-ELSEWHERE");
}
