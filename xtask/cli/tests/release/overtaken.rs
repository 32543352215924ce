//! A release during which somebody else is faster: nothing is overwritten, and the exit code says that trying again is enough.

use std::fs;
use std::process::Child;

use crate::converged::converged;
use crate::git::git;
use crate::held::held_at_its_push;
use crate::run::Run;
use crate::stage::{Setting, Stage};

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
