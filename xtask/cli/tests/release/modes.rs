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
