//! What a run leaves in a workflow: annotations, the summary of the step, and its outputs, whether or not a program reads the result.

use std::fs;
use std::path::Path;

use crate::killed::for_each;
use crate::run::Run;
use crate::stage::{Setting, Stage};

/// Runs a command in a clone as a step of a workflow; returns it with the summary of the step.
fn step(stage: &Stage, clone: &Path, arguments: &[&str]) -> (Run, String) {
    let summary = stage.path(&format!("summary-{}", stage.next()));
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("CI", "true"),
        ("GITHUB_STEP_SUMMARY", summary.to_str().expect("a path")),
    ];
    let run = stage.run_with(clone, arguments, &variables);
    (run, fs::read_to_string(summary).unwrap_or_default())
}

/// Requires a run to have told people of a cause in every way there is.
#[track_caller]
fn told(run: &Run, summary: &str, cause: &str) {
    let stderr = &run.stderr;
    assert!(stderr.contains(&format!("error[{cause}]: ")), "{stderr}");
    assert_eq!(stderr.matches(&format!("::error title={cause}::")).count(), 1, "{stderr}");
    assert!(summary.starts_with("## The release"), "{summary}");
    assert!(summary.contains("| cause | what was found | what to do |\n|---|---|---|\n"), "{summary}");
    assert!(summary.contains(&format!("\n| {cause} | ")), "{summary}");
}

#[test]
fn a_release_that_stops_tells_people_why_with_and_without_json() {
    for_each(&[&["release", "--json"] as &[&str], &["release"]], |arguments| {
        let stage = Setting::new().set();
        let clone = stage.fresh_clone();
        fs::write(clone.join("VERSION"), "9.9.9\n").expect("a file");
        let (run, summary) = step(&stage, &clone, arguments);
        let run = run.ends_with(4);
        told(&run, &summary, "E-TREE-DIRTY");
        assert_eq!(run.stdout.is_empty(), arguments.len() == 1, "{}", run.stdout);
    });
}

#[test]
fn a_release_that_cannot_begin_tells_people_why_with_and_without_json() {
    for_each(&[&["release", "--json"] as &[&str], &["release"]], |arguments| {
        let stage = Setting::new().set();
        let folder = stage.path("outside");
        fs::create_dir(&folder).expect("a folder");
        let (run, summary) = step(&stage, &folder, arguments);
        told(&run.ends_with(4), &summary, "E-REPOSITORY");
    });
}

#[test]
fn a_release_that_fails_midway_tells_people_why_with_and_without_json() {
    use release_rehearsal::{Fault, FaultKind, Target};
    for_each(&[&["release", "--json"] as &[&str], &["release"]], |arguments| {
        let stage = Setting::new().set();
        let refused = FaultKind::Status(403);
        stage.rehearsal.inject(Fault::first(Target::operation("repos/create-release"), refused));
        let (run, summary) = step(&stage, &stage.fresh_clone(), arguments);
        told(&run.ends_with(4), &summary, "E-TOKEN-RIGHTS");
        assert!(summary.starts_with("## The release of v1.0.0 stopped\n"), "{summary}");
    });
}

#[test]
fn a_check_tells_people_what_it_found_with_and_without_json() {
    for_each(&[&["check", "--json"] as &[&str], &["check"]], |arguments| {
        let stage = Setting::new().set();
        let clone = stage.fresh_clone();
        fs::write(clone.join("VERSION"), "0.5.0\n").expect("a file");
        crate::git::commit(&clone, "Change the version by hand", 50);
        let (run, _) = step(&stage, &clone, arguments);
        let stderr = run.ends_with(1).stderr;
        assert!(stderr.contains("error[E-VERSION-DIFFERS]: "), "{stderr}");
        assert!(stderr.contains("::error title=E-VERSION-DIFFERS::"), "{stderr}");
    });
}

#[test]
fn a_note_is_an_annotation_that_stops_nothing() {
    for_each(&[&["release", "--json"] as &[&str], &["release"], &["plan"]], |arguments| {
        // Of the first release the version is configured, so that a label that is missing is only said.
        let stage = Setting::new().pulls(&[("Serve the first page", &[])]).set();
        let (run, _) = step(&stage, &stage.fresh_clone(), arguments);
        let stderr = run.ends_with(0).stderr;
        assert_eq!(stderr.matches("::notice title=E-LABEL-MISSING::").count(), 1, "{stderr}");
    });
}

#[test]
fn a_release_sets_the_outputs_of_its_step_and_knows_the_page_of_what_was_released_before() {
    let stage = Setting::new().set();
    let outputs = |clone: &Path, arguments: &[&str]| {
        let file = stage.path(&format!("output-{}", stage.next()));
        let variables = [("GITHUB_OUTPUT", file.to_str().expect("a path"))];
        let run = stage.run_with(clone, arguments, &variables);
        (run, fs::read_to_string(file).expect("outputs"))
    };
    let clone = stage.fresh_clone();
    let plan = stage.run(&clone, &["plan", "--json"]).ends_with(0).stdout;
    let path = stage.path("plan.json");
    fs::write(&path, plan).expect("a file");
    let given = ["release", "--json", "--plan", path.to_str().expect("a path")];
    let (run, first) = outputs(&clone, &given);
    let receipt = run.ends_with(0).json();
    let url = receipt["release_url"].as_str().expect("a page").to_owned();
    let said = |outcome: &str| format!("version=1.0.0\ntag=v1.0.0\nurl={url}\noutcome={outcome}\n");
    assert_eq!(first, said("released"));
    for arguments in [&["release", "--json"] as &[&str], &given] {
        let (run, again) = outputs(&stage.fresh_clone(), arguments);
        let receipt = run.ends_with(0).json();
        assert_eq!(receipt["release_url"], url.as_str(), "{arguments:?}");
        assert_eq!(again, said("already-released"));
    }
    stage.merge("Serve the third page", &["minor"]);
    let clone = stage.fresh_clone();
    fs::write(clone.join("VERSION"), "9.9.9\n").expect("a file");
    let (run, stopped) = outputs(&clone, &["release"]);
    assert_eq!((run.code, stopped.as_str()), (Some(4), "version=\ntag=\nurl=\noutcome=stopped\n"));
}

#[test]
fn outputs_that_cannot_be_written_are_in_the_receipt_of_a_release_that_is_done() {
    let stage = Setting::new().set();
    let variables = [("GITHUB_OUTPUT", "/nowhere/output")];
    let run = stage.run_with(&stage.fresh_clone(), &["release", "--json"], &variables).ends_with(5);
    assert_eq!(run.json()["outcome"], "released");
    assert_eq!(run.findings().remove(0).0, "E-FILE");
}
