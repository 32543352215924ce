//! The three ways in which a release commit reaches the forge.

use serde_json::json;

use crate::converged::{converged, plan_of};
use crate::git::git;
use crate::killed::for_each;
use crate::stage::{MAINTAINER, Setting, Stage};

/// The branch with the stamp of a release that waits to be merged.
const BRANCH: &str = "slipway/release";

/// Merges a pull request as its page does.
pub(crate) fn merge(stage: &Stage, number: u64, method: &str) {
    let url = format!("{}/repos/example/aihummer/pulls/{number}/merge", stage.rehearsal.api_url());
    let answer = ureq::put(&url)
        .header("authorization", &format!("Bearer {MAINTAINER}"))
        .send_json(json!({ "merge_method": method }))
        .expect("the merge");
    assert_eq!(answer.status(), 200);
}

/// The number and title of the one pull request with the stamp.
#[track_caller]
pub(crate) fn stamp(stage: &Stage) -> (u64, String) {
    let pulls = stage.rehearsal.snapshot().pull_requests;
    let ours: Vec<_> = pulls.into_iter().filter(|pull| pull.title.starts_with("Release v")).collect();
    let [pull] = ours.as_slice() else { panic!("one pull request with a stamp: {ours:?}") };
    assert!(pull.labels.is_empty(), "it needs no label");
    (pull.number, pull.title.clone())
}

#[test]
fn row_1_4_main_and_tag_move_together() {
    let stage = Setting::new().set();
    let before = git(&stage.bare(), &["rev-parse", "main"]);
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
    assert_eq!(
        git(&stage.bare(), &["rev-parse", "main"]),
        git(&stage.bare(), &["rev-parse", "v1.0.0^{commit}"])
    );
    assert_eq!(git(&stage.bare(), &["rev-parse", "main~1"]), before);
    assert_eq!(git(&stage.bare(), &["cat-file", "-t", "v1.0.0"]), "tag", "the tag is annotated");
}

#[test]
fn row_1_4_a_protected_main_is_not_touched_and_the_next_range_starts_at_the_source() {
    let stage = Setting::new().mode("tag-only").set();
    let before = git(&stage.bare(), &["rev-parse", "main"]);
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
    assert_eq!(git(&stage.bare(), &["rev-parse", "main"]), before);
    assert_eq!(git(&stage.bare(), &["rev-parse", "v1.0.0~1"]), before, "a child of the source commit");
    assert_eq!(stage.release().ends_with(0).json()["outcome"], "already-released");

    let number = stage.merge("Mend the third page", &["patch"]);
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0", "v1.0.1"]);
    let plan = plan_of(&stage, "v1.0.1");
    let entries: Vec<_> =
        plan["entries"].as_array().expect("entries").iter().map(|it| it["number"].clone()).collect();
    assert_eq!(entries, [json!(number)], "only what came in since");
    assert_eq!(plan["source"], git(&stage.bare(), &["rev-parse", "main"]).as_str());
}

/// The places of some texts in a changelog, each of which stands there once.
#[track_caller]
fn places(changelog: &str, texts: &[&str]) -> Vec<usize> {
    let place = |text: &&str| {
        assert_eq!(changelog.matches(text).count(), 1, "{text} once in {changelog}");
        changelog.find(text).expect("a place")
    };
    texts.iter().map(place).collect()
}

#[test]
fn row_1_6_the_changelog_of_each_tag_holds_every_release_although_main_never_gets_one() {
    let stage = Setting::new().mode("tag-only").set();
    stage.release().ends_with(0);
    stage.merge("Mend the third page", &["patch"]);
    stage.release().ends_with(0);
    let second = stage.file("v1.0.1", "CHANGELOG.md");
    // People write to the file on main meanwhile; what they wrote counts, and what they mended of a release too.
    let by_hand = "# Changelog\n\nWritten by hand.\n\n## [Unreleased]\n\n- To come\n\n## [1.0.0] - 2026-01-01\n\n- In our own words\n";
    stage.merge_file("Write the changelog", &["none"], "CHANGELOG.md", by_hand);
    stage.merge("Serve the fourth page", &["minor"]);
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0", "v1.0.1", "v1.1.0"]);

    let sections = ["## [1.0.1]", "Mend the third page", "## [1.0.0]", "Serve the first page"];
    let found = places(&second, &sections);
    assert!(found.is_sorted(), "{second}");
    for link in ["[1.0.1]: ", "[1.0.0]: "] {
        places(&second, &[link]);
    }
    let first = stage.file("v1.0.0", "CHANGELOG.md");
    for line in first.lines() {
        assert!(second.lines().any(|kept| kept == line), "`{line}` of the first is in {second}");
    }

    let third = stage.file("v1.1.0", "CHANGELOG.md");
    let order = [
        "Written by hand.",
        "- To come",
        "## [1.1.0]",
        "Serve the fourth page",
        "## [1.0.1]",
        "Mend the third page",
        "## [1.0.0]",
        "- In our own words",
    ];
    assert!(places(&third, &order).is_sorted(), "{third}");
    assert!(!third.contains("Serve the first page"), "their words replace ours: {third}");

    let shown = stage.run(&stage.fresh_clone(), &["changelog", "v1.0.1"]).ends_with(0).stdout;
    assert!(shown.starts_with("## [1.0.1]") && shown.contains("Mend the third page"), "{shown}");
}

#[test]
fn row_1_4_a_merged_stamp_is_released_exactly() {
    for_each(&["squash", "merge"], |method| {
        let stage = Setting::new().mode("release-pr").set();
        let first = stage.release().ends_with(0).json();
        assert_eq!(first["outcome"], "waiting-for-merge");
        let (number, title) = stamp(&stage);
        assert_eq!(title, "Release v1.0.0");
        assert!(stage.rehearsal.snapshot().releases.is_empty());
        assert!(!stage.references().contains("refs/tags/"));

        stage.merge("Serve the third page", &["minor"]);
        let second = stage.release().ends_with(0).json();
        assert_eq!(second["outcome"], "waiting-for-merge");
        assert_eq!(stamp(&stage), (number, "Release v1.0.0".to_owned()), "the same one, brought up to date");
        assert_ne!(first["plan"], second["plan"]);
        let branch = stage.file(BRANCH, "CHANGELOG.md");
        assert_eq!(branch.matches("Serve the third page").count(), 1, "{branch}");

        merge(&stage, number, method);
        let third = stage.release().ends_with(0).json();
        assert_eq!((&third["outcome"], &third["plan"]), (&json!("released"), &second["plan"]), "{method}");
        converged(&stage, &["v1.0.0"]);
        assert_eq!(stage.file("main", "VERSION"), "1.0.0");
        assert_eq!(stage.release().ends_with(0).json()["outcome"], "already-released", "{method}");

        stage.merge("Mend the fourth page", &["patch"]);
        stage.release().ends_with(0);
        let stamps: Vec<_> = stage.rehearsal.snapshot().pull_requests;
        let next = stamps.iter().find(|pull| pull.title == "Release v1.0.1").expect("a second stamp");
        merge(&stage, next.number, method);
        stage.release().ends_with(0);
        converged(&stage, &["v1.0.0", "v1.0.1"]);
        let plan = plan_of(&stage, "v1.0.1");
        let entries = plan["entries"].as_array().expect("entries");
        assert_eq!(entries.len(), 1, "no entry of the stamp itself: {entries:?}");
    });
}

#[test]
fn row_1_10_what_is_merged_after_the_stamp_comes_with_the_next_release() {
    let stage = Setting::new().mode("release-pr").set();
    stage.release().ends_with(0);
    let (number, _) = stamp(&stage);
    merge(&stage, number, "squash");
    stage.merge("Serve the third page", &["minor"]);
    let run = stage.release().ends_with(0).json();
    assert_eq!(run["outcome"], "waiting-for-merge", "the next stamp");
    assert_eq!(run["finished"][0]["tag"], "v1.0.0");
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn row_1_10_a_release_by_pull_request_killed_at_any_step_is_finished_by_the_next_run() {
    let steps = Setting::new().mode("release-pr").set().steps();
    let opening = steps.iter().position(|step| step == "open-release-pr").expect("the step");
    // Up to the step that waits nothing but the pull request may exist; its own end is a wait, so it has no point after it.
    let mut points: Vec<(bool, String)> = Vec::new();
    for number in 0..steps.len() {
        points.extend((number <= opening).then(|| (false, format!("before:{number}"))));
        points.extend((number < opening).then(|| (false, format!("after:{number}"))));
        points.extend((number > opening).then(|| (true, format!("before:{number}"))));
        points.extend((number >= opening).then(|| (true, format!("after:{number}"))));
    }
    for_each(&points, |(merged, point)| {
        let stage = Setting::new().mode("release-pr").set();
        if !merged {
            stage.release_killed(point).was_killed();
        }
        assert_eq!(stage.release().ends_with(0).json()["outcome"], "waiting-for-merge");
        merge(&stage, stamp(&stage).0, "squash");
        if *merged {
            stage.release_killed(point).was_killed();
        }
        stage.release().ends_with(0);
        converged(&stage, &["v1.0.0"]);
    });
}
