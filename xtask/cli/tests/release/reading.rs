//! What only looks changes nothing, anywhere; and a plan that no longer fits the world is not carried out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bundle_format::digest::Sha256Hex;
use release_rehearsal::{Access, Snapshot};

use crate::converged::{converged, plan_of};
use crate::git::git;
use crate::killed::for_each;
use crate::platform::IMAGES;
use crate::stage::{MAINTAINER, READER, RELEASE, Setting, Stage};

/// Every file of a folder and its digest.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.strip_prefix(root).expect("below the root").display().to_string();
        if path.is_dir() {
            found.insert(name, "folder".to_owned());
            collect(root, &path, found);
        } else {
            found.insert(name, Sha256Hex::of(&fs::read(&path).expect("a file")).to_string());
        }
    }
}

/// Everything there is: the remote, the clone with its working tree, the folder for temporary files, forge and registry.
type Everything = ([BTreeMap<String, String>; 3], Snapshot);

fn everything(stage: &Stage, clone: &Path) -> Everything {
    let folders = [&stage.bare(), clone, &stage.path("temporary")].map(contents);
    (folders, stage.rehearsal.snapshot())
}

/// Requires that commands change nothing and send no write.
#[track_caller]
fn only_look(stage: &Stage, commands: &[&[&str]]) {
    let clone = stage.fresh_clone();
    let before = everything(stage, &clone);
    stage.rehearsal.forget_requests();
    for command in commands {
        let run = stage.run(&clone, command).ends_with(0);
        let after = everything(stage, &clone);
        assert!(after == before, "{command:?} changed something\n{}", run.stderr);
    }
    let requests = stage.rehearsal.requests();
    assert!(requests.len() > 5, "they did look");
    let writes: Vec<_> = requests.iter().filter(|request| request.access == Access::Write).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[test]
fn plan_dry_run_check_and_changelog_make_no_write_of_any_kind() {
    let commands: &[&[&str]] = &[
        &["plan"],
        &["plan", "--json"],
        &["plan", "--channel", "beta"],
        &["release", "--dry-run"],
        &["release", "--dry-run", "--json"],
        &["check", "--pr", "2"],
        &["changelog"],
        &["changelog", "--all"],
    ];
    for_each(&["push", "tag-only", "release-pr"], |mode| {
        only_look(&Setting::new().mode(mode).set(), commands)
    });
}

/// A clone that no release may start from, by what is wrong with it.
fn unfit(stage: &Stage, cause: &str) -> PathBuf {
    let clone = stage.fresh_clone();
    match cause {
        "E-TREE-DIRTY" => fs::write(clone.join("notes.txt"), "").expect("a file"),
        "E-BRANCH-WRONG" => drop(git(&clone, &["switch", "--quiet", "--create", "topic"])),
        _ => drop(stage.merge("Serve the third page", &["minor"])),
    }
    clone
}

#[test]
fn where_no_release_may_start_plan_and_changelog_show_it_with_what_is_wrong() {
    for_each(&["E-TREE-DIRTY", "E-BRANCH-WRONG", "E-OVERTAKEN"], |cause| {
        let stage = Setting::new().set();
        let right = stage.run(&stage.fresh_clone(), &["plan", "--json"]).ends_with(0).json();
        let clone = unfit(&stage, cause);
        let before = everything(&stage, &clone);
        let plan = stage.run(&clone, &["plan", "--json"]).ends_with(1);
        let shown = plan.json();
        for key in ["format", "version", "source", "entries", "bundles", "steps"] {
            assert_eq!(shown[key], right[key], "{cause}: one plan in the form that `--plan` reads");
        }
        let people = stage.run(&clone, &["plan"]).ends_with(1);
        let changelog = stage.run(&clone, &["changelog"]).ends_with(1);
        assert!(people.stdout.contains("aihummer v1.0.0"), "{}", people.stdout);
        assert!(changelog.stdout.contains("Serve the first page"), "{}", changelog.stdout);
        assert_eq!(plan.findings().remove(0).0, *cause, "programs find it beside the plan");
        for run in [&plan, &people, &changelog] {
            assert!(run.stderr.contains(&format!("error[{cause}]")), "{}", run.stderr);
        }
        let moved = *cause == "E-OVERTAKEN";
        let code = if moved { 75 } else { 4 };
        let refused = stage.run(&clone, RELEASE).ends_with(code);
        assert_eq!(refused.findings().remove(0).0, *cause);
        stage.run(&clone, &["release", "--dry-run"]).ends_with(code);
        assert!(everything(&stage, &clone) == before, "{cause}: nothing changed");
        // The plan is the same decision, so a clone that is fit carries it out, unless main has moved on.
        let path = stage.path("shown.json").display().to_string();
        fs::write(&path, &plan.stdout).expect("a file");
        let carried = stage.run(&stage.fresh_clone(), &["release", "--json", "--plan", &path]);
        let carried = carried.ends_with(if moved { 3 } else { 0 }).json();
        assert_eq!(carried["outcome"], if moved { "stopped" } else { "released" }, "{cause}");
    });
}

#[test]
fn on_a_branch_whose_images_nobody_built_the_plan_and_the_changelog_are_shown() {
    let stage = Setting::new().absent(&format!("{IMAGES}/server:sha-*")).set();
    let clone = unfit(&stage, "E-BRANCH-WRONG");
    let plan = stage.run(&clone, &["plan"]).ends_with(1);
    assert!(plan.stdout.contains("aihummer v1.0.0"), "{}", plan.stdout);
    for cause in ["E-BRANCH-WRONG", "E-IMAGE-MISSING"] {
        assert!(plan.stderr.contains(&format!("error[{cause}]")), "{}", plan.stderr);
    }
    let changelog = stage.run(&clone, &["changelog"]).ends_with(1);
    assert!(changelog.stdout.contains("Serve the first page"), "{}", changelog.stdout);
}

#[test]
fn planning_needs_no_right_to_write() {
    let stage = Setting::new().set();
    for command in [["plan", "--json"], ["release", "--dry-run"]] {
        stage.run_with(&stage.fresh_clone(), &command, &[("GITHUB_TOKEN", READER)]).ends_with(0);
    }
}

#[test]
fn looking_at_an_unfinished_release_does_not_go_on_with_it() {
    let stage = Setting::new().set();
    let draft = stage.step("draft");
    stage.release_killed(&format!("after:{draft}")).was_killed();
    fs::remove_dir_all(stage.path("temporary")).expect("a folder");
    fs::create_dir(stage.path("temporary")).expect("a folder");
    only_look(&stage, &[&["plan"], &["plan", "--json"], &["release", "--dry-run"], &["changelog"]]);
}

#[test]
fn check_of_the_checkout_needs_neither_forge_nor_registry() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let before = everything(&stage, &clone);
    stage.rehearsal.forget_requests();
    stage.run(&clone, &["check"]).ends_with(0);
    assert!(everything(&stage, &clone) == before, "nothing changed");
    assert!(stage.rehearsal.requests().is_empty());
}

/// Writes the plan of what is on main now into a file beside the clones.
fn planned(stage: &Stage) -> String {
    let plan = stage.run(&stage.fresh_clone(), &["plan", "--json"]).ends_with(0);
    let path = stage.path("plan.json");
    fs::write(&path, &plan.stdout).expect("a file");
    path.display().to_string()
}

#[test]
fn row_1_10_a_plan_from_a_file_gives_exactly_that_release() {
    let stage = Setting::new().set();
    let path = planned(&stage);
    let release = ["release", "--json", "--plan", &path];
    let receipt = stage.run(&stage.fresh_clone(), &release).ends_with(0).json();
    assert_eq!(receipt["outcome"], "released");
    converged(&stage, &["v1.0.0"]);
    let mut given: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("a file")).expect("a plan");
    // It stands beside the plan, not in it.
    given.as_object_mut().expect("an object").remove("findings");
    assert_eq!(plan_of(&stage, "v1.0.0"), given);

    let again = stage.run(&stage.fresh_clone(), &release).ends_with(0).json();
    assert_eq!((&again["outcome"], &again["tag"]), (&"already-released".into(), &"v1.0.0".into()));
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn row_1_10_a_plan_from_a_file_is_finished_by_the_same_command_after_a_crash() {
    let steps = Setting::new().set().steps();
    let points: Vec<String> = ["push-tag", "draft", "publish"]
        .iter()
        .map(|id| format!("after:{}", steps.iter().position(|step| step == id).expect("a step")))
        .collect();
    for_each(&points, |point| {
        let stage = Setting::new().set();
        let path = planned(&stage);
        let release = ["release", "--json", "--plan", path.as_str()];
        stage.run_with(&stage.fresh_clone(), &release, &[("SLIPWAY_CRASH", point)]).was_killed();
        // Once it is tagged, what comes in later does not matter, and it is not released by this plan either.
        stage.merge("Serve the third page", &["minor"]);
        let again = stage.run(&stage.fresh_clone(), &release).ends_with(0).json();
        assert_eq!((&again["outcome"], &again["tag"]), (&"released".into(), &"v1.0.0".into()), "{point}");
        converged(&stage, &["v1.0.0"]);
    });
}

#[test]
fn row_1_10_a_plan_that_no_longer_fits_is_refused() {
    let stage = Setting::new().set();
    let path = planned(&stage);
    stage.merge("Serve the third page", &["minor"]);
    let before = (stage.rehearsal.snapshot(), stage.references());
    let run = stage.run(&stage.fresh_clone(), &["release", "--json", "--plan", &path]).ends_with(3);
    assert_eq!(run.findings().remove(0).0, "E-PLAN-STALE");
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
}

#[test]
fn row_1_10_a_plan_that_somebody_edited_is_refused_before_and_after_its_tag() {
    let edits: &[(&str, serde_json::Value)] =
        &[("version", "9.9.9".into()), ("notes", "Other words".into()), ("steps", serde_json::json!([]))];
    let stage = Setting::new().set();
    let draft = stage.step("draft");
    let path = planned(&stage);
    let given: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("a file")).expect("a plan");
    let all_are_refused = |when: &str| {
        let before = (stage.rehearsal.snapshot(), stage.references());
        for (field, value) in edits {
            let mut edited = given.clone();
            edited[field] = value.clone();
            let edited_path = stage.path("edited.json").display().to_string();
            fs::write(&edited_path, edited.to_string()).expect("a file");
            let run = stage.run(&stage.fresh_clone(), &["release", "--json", "--plan", &edited_path]);
            let (cause, words) = run.ends_with(3).findings().remove(0);
            assert_eq!(cause, "E-PLAN-UNREADABLE", "{field} {when}: {words}");
            let said = if *field == "version" { "does not match its id" } else { field };
            assert!(words.contains(said), "{field} {when}: {words}");
        }
        assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "{when}");
    };
    all_are_refused("before the tag");
    let release = ["release", "--json", "--plan", path.as_str()];
    let crash = format!("after:{draft}");
    stage.run_with(&stage.fresh_clone(), &release, &[("SLIPWAY_CRASH", &crash)]).was_killed();
    all_are_refused("after the tag");
    stage.run(&stage.fresh_clone(), &release).ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn row_1_6_a_title_renamed_after_the_tag_does_not_change_the_changelog() {
    let stage = Setting::new().set();
    let tagged = stage.step("push-tag");
    stage.release_killed(&format!("after:{tagged}")).was_killed();
    let before = stage.file("v1.0.0", "CHANGELOG.md");
    let url = format!("{}/repos/example/aihummer/pulls/2", stage.rehearsal.api_url());
    let answer = ureq::patch(&url)
        .header("authorization", &format!("Bearer {MAINTAINER}"))
        .send_json(serde_json::json!({ "title": "Renamed meanwhile" }))
        .expect("a new title");
    assert_eq!(answer.status(), 200);
    stage.run(&stage.fresh_clone(), RELEASE).ends_with(0);
    converged(&stage, &["v1.0.0"]);
    assert_eq!(stage.file("v1.0.0", "CHANGELOG.md"), before);
    let notes = stage.rehearsal.snapshot().releases.remove(0).body.expect("a text");
    assert!(!notes.contains("Renamed") && notes.contains("first page"), "{notes}");
}
