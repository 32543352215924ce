//! A release line from its cut to its hotfixes: candidates, the promotion of one of them, and what main makes of it all.

use serde_json::Value;

use crate::converged::plan_of;
use crate::git::git;
use crate::stage::{RELEASE, Setting, Stage};

pub(crate) const CANDIDATE: &[&str] = &["release", "--channel", "beta", "--json"];

/// The titles of a plan's entries, as far as they are of the tests.
fn titles(plan: &Value) -> Vec<String> {
    let entries = plan["entries"].as_array().expect("entries");
    entries.iter().map(|entry| entry["text"].as_str().expect("a text").to_owned()).collect()
}

/// A stage on which v1.0.0 is out, and the line 1.1 was cut after one more addition.
fn with_a_line(mode: &'static str) -> Stage {
    let stage = Setting::new().mode(mode).set();
    stage.release().ends_with(0);
    stage.merge("Serve the third page", &["minor"]);
    let cut = stage.run(&stage.fresh_clone(), &["cut", "--json"]).ends_with(0).json();
    assert_eq!((&cut["branch"], &cut["changed"]), (&"release/1.1".into(), &true.into()));
    stage
}

/// The newest commit of a branch of the remote.
fn head(stage: &Stage, branch: &str) -> String {
    git(&stage.bare(), &["rev-parse", branch])
}

#[test]
fn row_1_9_a_tested_candidate_becomes_the_stable_release_with_exactly_its_bits() {
    for mode in ["push", "tag-only"] {
        let stage = with_a_line(mode);
        let line = "release/1.1";
        let before = head(&stage, line);
        let candidate = || stage.run(&stage.clone_at(line), CANDIDATE).ends_with(0).json()["tag"].clone();
        assert_eq!(candidate(), "v1.1.0-beta.1", "{mode}");
        assert_eq!(head(&stage, line), before, "a candidate moves no branch");
        stage.merge_into(line, "Mend the third page", &["patch"]);
        assert_eq!(candidate(), "v1.1.0-beta.2", "{mode}");
        stage.merge("Serve the fourth page", &["patch"]);
        stage.merge_into(line, "Mend it again", &["patch"]);

        let promote = ["promote", "v1.1.0-beta.2", "--json"];
        let promoted = stage.run(&stage.fresh_clone(), &promote).ends_with(0).json();
        assert_eq!((&promoted["outcome"], &promoted["tag"]), (&"released".into(), &"v1.1.0".into()));
        let (candidate, release) = (plan_of(&stage, "v1.1.0-beta.2"), plan_of(&stage, "v1.1.0"));
        assert_eq!(release["images"], candidate["images"], "{mode}");
        assert_eq!(release["source"], candidate["source"], "{mode}");
        assert_eq!(titles(&release), titles(&candidate), "{mode}");
        let images = stage.rehearsal.snapshot().images;
        let digest = |tag: &str| images.get(&format!("registry.example/aihummer/server:{tag}")).cloned();
        assert!(digest("v1.1.0").is_some() && digest("v1.1.0") == digest("v1.1.0-beta.2"), "{images:?}");

        let before = (stage.rehearsal.snapshot(), stage.references());
        let again = stage.run(&stage.fresh_clone(), &promote).ends_with(0).json();
        assert_eq!((&again["outcome"], &again["tag"]), (&"already-released".into(), &"v1.1.0".into()));
        assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "{mode}: twice changes nothing");
    }
}

#[test]
fn row_1_9_a_hotfix_on_an_older_line_leaves_latest_alone_and_reaches_the_changelogs_of_both_branches() {
    for mode in ["push", "tag-only"] {
        let stage = with_a_line(mode);
        let line = "release/1.1";
        stage.merge("Serve the fourth page", &["patch"]);
        assert_eq!(stage.run(&stage.clone_at(line), RELEASE).ends_with(0).json()["tag"], "v1.1.0", "{mode}");
        assert_eq!(stage.release().ends_with(0).json()["tag"], "v1.2.0", "{mode}: the line keeps 1.1");
        stage.merge_into(line, "Close the third page", &["patch"]);
        let hotfix = stage.run(&stage.clone_at(line), RELEASE).ends_with(0).json();
        assert_eq!(hotfix["tag"], "v1.1.1", "{mode}");

        let snapshot = stage.rehearsal.snapshot();
        let latest: Vec<&str> =
            snapshot.releases.iter().filter(|release| release.latest).map(|r| r.tag_name.as_str()).collect();
        assert_eq!(latest, ["v1.2.0"], "{mode}");
        let again = stage.run(&stage.clone_at(line), RELEASE).ends_with(0).json();
        assert_eq!(
            (&again["outcome"], &again["tag"]),
            (&"already-released".into(), &"v1.1.1".into()),
            "{mode}"
        );

        stage.merge("Serve the fifth page", &["patch"]);
        assert_eq!(stage.release().ends_with(0).json()["tag"], "v1.2.1", "{mode}");
        let versions = |revision: &str| -> Vec<String> {
            let changelog = stage.file(revision, "CHANGELOG.md");
            let headings = changelog.lines().filter_map(|line| line.strip_prefix("## [")?.split(']').next());
            headings.map(str::to_owned).collect()
        };
        assert_eq!(versions("v1.2.1"), ["1.2.1", "1.2.0", "1.1.1", "1.1.0", "1.0.0"], "{mode}");
        assert_eq!(versions("v1.1.1"), ["1.1.1", "1.1.0", "1.0.0"], "{mode}");
        assert!(
            titles(&plan_of(&stage, "v1.2.0")).iter().all(|title| !title.contains("third page")),
            "{mode}"
        );
    }
}

#[test]
fn what_a_line_cannot_say_is_refused_before_anything_happens() {
    let stage = with_a_line("push");
    stage.run(&stage.clone_at("release/1.1"), RELEASE).ends_with(0);
    stage.merge_into("release/1.1", "Serve the sixth page", &["minor"]);
    let before = (stage.rehearsal.snapshot(), stage.references());
    let refused = stage.run(&stage.clone_at("release/1.1"), RELEASE).ends_with(1);
    let findings = refused.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].0, "E-LINE-NARROW");
    assert!(
        findings[0].1.contains("would be 1.2.0") && findings[0].1.contains("release/1.1"),
        "{findings:?}"
    );
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
}

#[test]
fn a_candidate_that_is_none_or_was_never_finished_is_not_promoted() {
    let stage = with_a_line("push");
    let refused = |tag: &str, code: i32, cause: &str| {
        let run = stage.run(&stage.fresh_clone(), &["promote", tag, "--json"]).ends_with(code);
        assert_eq!(run.findings()[0].0, cause, "{tag}: {:?}", run.findings());
    };
    refused("v1.0.0", 4, "E-CONFIG");
    refused("v1.1.0-beta.9", 3, "E-PLAN-UNREADABLE");
}

#[test]
fn a_line_is_cut_once_and_never_where_it_cannot_begin() {
    let stage = with_a_line("push");
    let cut = |arguments: &[&str]| {
        let arguments: Vec<&str> = [&["cut", "--json"], arguments].concat();
        stage.run(&stage.fresh_clone(), &arguments)
    };
    let before = stage.references();
    let again = cut(&["1.1"]).ends_with(0).json();
    assert_eq!((&again["branch"], &again["changed"]), (&"release/1.1".into(), &false.into()));
    for (arguments, code, cause, word) in [
        (&["1.0"][..], 0, "", ""),
        (&["0.9"], 3, "E-LINE-ELSEWHERE", "v1.0.0"),
        (&["1.0", "--from", "main"], 3, "E-LINE-ELSEWHERE", "v1.0.0"),
        (&["--from", "origin/main"], 4, "E-CONFIG", "say its number"),
        (&["1.7", "--from", "no-such-thing"], 5, "E-GIT", "no-such-thing"),
    ] {
        let run = cut(arguments).ends_with(code);
        if code == 0 {
            assert_eq!(run.json()["branch"], "release/1.0");
            assert_eq!(head(&stage, "release/1.0"), git(&stage.bare(), &["rev-parse", "v1.0.0^{commit}"]));
            git(&stage.bare(), &["branch", "-D", "release/1.0"]);
            continue;
        }
        let findings = run.findings();
        assert_eq!(findings[0].0, cause, "{arguments:?}: {findings:?}");
        assert!(findings[0].1.contains(word), "{arguments:?}: {findings:?}");
    }
    assert_eq!(stage.references(), before);
}

#[test]
fn row_1_9_a_fix_of_main_is_brought_over_with_its_pull_request_and_released_as_the_next_patch() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    stage.merge("Serve the third page", &["minor"]);
    stage.release().ends_with(0);
    let number = stage.merge("Close the second page", &["patch"]);
    let fix = head(&stage, "main");
    let hotfix = ["hotfix", "1.0", "--pick", &fix, "--json"];
    let made = stage.run(&stage.fresh_clone(), &hotfix).ends_with(0).json();
    assert_eq!((&made["branch"], &made["changed"]), (&"release/1.0".into(), &true.into()));
    let before = stage.references();
    let again = stage.run(&stage.fresh_clone(), &hotfix).ends_with(0).json();
    assert_eq!((&again["commit"], &again["changed"]), (&made["commit"], &false.into()));
    assert_eq!(stage.references(), before, "twice changes nothing");

    let released = stage.run(&stage.clone_at("release/1.0"), RELEASE).ends_with(0).json();
    assert_eq!(released["tag"], "v1.0.1");
    let plan = plan_of(&stage, "v1.0.1");
    assert_eq!(plan["entries"][0]["number"], number, "{}", plan["entries"]);
    assert_eq!(titles(&plan).len(), 1, "{}", plan["entries"]);
    assert!(
        released["findings"].as_array().expect("findings").iter().all(|f| f["cause"] != "E-NOT-FORWARDED")
    );
}

#[test]
fn a_fix_that_does_not_fit_by_itself_is_left_to_a_person() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    stage.merge_file("Describe the pages", &["minor"], "PAGES.md", "one\n");
    stage.release().ends_with(0);
    stage.merge_file("Describe them better", &["patch"], "PAGES.md", "two\n");
    let fix = head(&stage, "main");
    stage.run(&stage.fresh_clone(), &["hotfix", "1.0", "--json"]).ends_with(0);
    let before = stage.references();
    let run = stage.run(&stage.fresh_clone(), &["hotfix", "1.0", "--pick", &fix, "--json"]).ends_with(3);
    let findings = run.findings();
    assert_eq!(findings[0].0, "E-PICK-CONFLICT", "{findings:?}");
    assert!(findings[0].1.contains("`PAGES.md`") && findings[0].1.contains("cherry-pick -x"), "{findings:?}");
    assert_eq!(stage.references(), before);
}

#[test]
fn a_fix_of_a_line_that_never_reached_main_is_said_and_stops_nothing() {
    let stage = with_a_line("push");
    stage.merge_into("release/1.1", "Mend the third page", &["patch"]);
    stage.merge("Serve the fourth page", &["patch"]);
    let lost = |branch: &str| -> Vec<String> {
        let plan = stage.run(&stage.clone_at(branch), &["plan", "--json"]).ends_with(0).json();
        let findings = plan["findings"].as_array().expect("findings").clone();
        let lost = findings.into_iter().filter(|finding| finding["cause"] == "E-NOT-FORWARDED");
        lost.map(|finding| finding["message"].as_str().expect("a text").to_owned()).collect()
    };
    for branch in ["release/1.1", "main"] {
        let said = lost(branch);
        assert_eq!(said.len(), 1, "{branch}: {said:?}");
        assert!(said[0].contains("Mend the third page") && said[0].contains("`release/1.1`"), "{said:?}");
    }
    // The same change on main, under another name and without a word about where it came from.
    let workshop = stage.path("workshop");
    let fix = head(&stage, "release/1.1");
    git(&workshop, &["fetch", "--quiet", "origin"]);
    git(&workshop, &["switch", "--quiet", "--detach", "origin/main"]);
    git(&workshop, &["cherry-pick", "--no-commit", &fix]);
    crate::git::commit(&workshop, "Mend it there, too", 77);
    git(&workshop, &["push", "--quiet", "origin", "HEAD:main"]);
    assert!(lost("release/1.1").is_empty());
}

/// Kills a command of a stage around its push and at every step from publishing on, and runs it again. Between them these releases are
/// like any other, whose every step is killed elsewhere.
fn every_kill_is_finished(
    set: fn() -> Stage,
    clone: fn(&Stage) -> std::path::PathBuf,
    command: &[&str],
    tag: &str,
) {
    let planned = set();
    let dry: Vec<&str> = command.iter().copied().chain(["--dry-run"]).collect();
    let plan = planned.run(&clone(&planned), &dry).ends_with(0).json();
    let steps = plan["steps"].as_array().expect("steps");
    let place = |id: &str| steps.iter().position(|step| step["id"] == id).expect("a step");
    let points: Vec<String> = std::iter::once(place("push-tag"))
        .chain(place("publish")..steps.len())
        .flat_map(|number| [format!("before:{number}"), format!("after:{number}")])
        .collect();
    crate::killed::for_each(&points, |point| {
        let stage = set();
        stage.run_with(&clone(&stage), command, &[("SLIPWAY_CRASH", point)]).was_killed();
        let again = stage.run(&clone(&stage), command).ends_with(0).json();
        assert_eq!(again["tag"], tag, "{point}: the version did not climb");
        let snapshot = stage.rehearsal.snapshot();
        let made: Vec<_> = snapshot.releases.iter().filter(|release| release.tag_name == tag).collect();
        assert!(made.len() == 1 && !made[0].draft, "{point}: {made:?}");
        let plan = plan_of(&stage, tag);
        let signature = usize::from(!plan["signature"].is_null());
        assert_eq!(
            made[0].assets.len(),
            plan["assets"].as_array().expect("assets").len() + signature,
            "{point}"
        );
        assert!(snapshot.releases.iter().all(|release| !release.draft), "{point}: no draft is left");
    });
}

#[test]
fn row_1_10_a_promotion_that_is_killed_is_finished_by_the_next_run() {
    let set = || {
        let stage = with_a_line("push");
        stage.run(&stage.clone_at("release/1.1"), CANDIDATE).ends_with(0);
        stage
    };
    every_kill_is_finished(set, Stage::fresh_clone, &["promote", "v1.1.0-beta.1", "--json"], "v1.1.0");
}

#[test]
fn row_1_10_a_hotfix_that_is_killed_is_finished_by_the_next_run() {
    let set = || {
        let stage = with_a_line("tag-only");
        stage.run(&stage.clone_at("release/1.1"), RELEASE).ends_with(0);
        stage.merge("Serve the fourth page", &["patch"]);
        stage.release().ends_with(0);
        stage.merge_into("release/1.1", "Close the third page", &["patch"]);
        stage
    };
    every_kill_is_finished(set, |stage| stage.clone_at("release/1.1"), RELEASE, "v1.1.1");
}
