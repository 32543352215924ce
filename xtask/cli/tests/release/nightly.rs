//! What CI releases after each merge: stable versions for what asks for one, pre-releases for whatever can be deployed, of which the
//! newest few are kept.

use crate::git::{commit, git};
use crate::stage::{Setting, Stage};

pub(crate) const ON_MERGE: &[&str] = &["release", "--on-merge", "--json"];
const DEV: (&str, &str) =
    ("- { name: dev, prerelease: dev }", "- { name: dev, prerelease: dev, on_merge: main, keep: 2 }");
const STABLE: (&str, &str) = ("- { name: stable }", "- { name: stable, on_merge: main }");

/// The version tags of the remote, the oldest version first.
fn tags(stage: &Stage) -> Vec<String> {
    let tags = git(&stage.bare(), &["for-each-ref", "--format=%(refname:short)", "refs/tags/v*"]);
    tags.lines().map(str::to_owned).collect()
}

/// What the forge shows, each published.
fn releases(stage: &Stage) -> Vec<String> {
    let mut releases = stage.rehearsal.snapshot().releases;
    assert!(releases.iter().all(|release| !release.draft), "{releases:?}");
    releases.sort_by_key(|release| release.id);
    releases.into_iter().map(|release| release.tag_name).collect()
}

/// Releases as CI does and returns the outcome with the tag.
fn on_merge(stage: &Stage) -> (String, String) {
    let receipt = stage.run(&stage.fresh_clone(), ON_MERGE).ends_with(0).json();
    let text = |key: &str| receipt[key].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("tag"))
}

fn released(tag: &str) -> (String, String) {
    ("released".to_owned(), tag.to_owned())
}

/// A commit on main that reaches no image and no bundle.
fn write_documentation(stage: &Stage) {
    let workshop = stage.path("workshop");
    git(&workshop, &["fetch", "--quiet", "origin"]);
    git(&workshop, &["switch", "--quiet", "--detach", "origin/main"]);
    std::fs::write(workshop.join("HANDBOOK.md"), format!("{}\n", stage.next())).expect("a file");
    commit(&workshop, "Explain it", 50);
    git(&workshop, &["push", "--quiet", "origin", "HEAD:main"]);
}

#[test]
fn row_1_8_every_merge_that_can_be_deployed_becomes_a_nightly_and_the_newest_few_are_kept() {
    let stage = Setting::new().configured(DEV.0, DEV.1).set();
    stage.release().ends_with(0);
    assert_eq!(on_merge(&stage), ("already-released".to_owned(), "v1.0.0".to_owned()), "nothing came in");
    let main = || git(&stage.bare(), &["rev-parse", "main"]);
    for (number, labels) in [(1, &["patch"][..]), (2, &["none"]), (3, &[])] {
        stage.merge("Change a page", labels);
        let before = main();
        assert_eq!(on_merge(&stage), released(&format!("v1.0.1-dev.{number}")), "whatever the labels say");
        assert_eq!(main(), before, "a nightly moves no branch");
    }
    assert_eq!(tags(&stage), ["v1.0.0", "v1.0.1-dev.2", "v1.0.1-dev.3"]);
    assert_eq!(releases(&stage), ["v1.0.0", "v1.0.1-dev.2", "v1.0.1-dev.3"]);

    let before = (stage.rehearsal.snapshot().releases, tags(&stage));
    write_documentation(&stage);
    assert_eq!(on_merge(&stage).0, "nothing-to-release", "nothing that can be deployed");
    assert_eq!((stage.rehearsal.snapshot().releases, tags(&stage)), before);

    // A clone from before still has the tags that were deleted.
    stage.merge("Serve another page", &["minor"]);
    let old = stage.fresh_clone();
    git(&old, &["tag", "v1.0.1-dev.1"]);
    let receipt = stage.run(&old, ON_MERGE).ends_with(0).json();
    assert_eq!(receipt["tag"], "v1.1.0-dev.1", "the number is of the version that comes next");
    assert_eq!(tags(&stage), ["v1.0.0", "v1.0.1-dev.3", "v1.1.0-dev.1"]);
}

#[test]
fn row_1_8_a_labelled_merge_becomes_stable_and_any_other_a_nightly_where_both_are_configured() {
    let stage = Setting::new().configured(DEV.0, DEV.1).configured(STABLE.0, STABLE.1).set();
    assert_eq!(on_merge(&stage), released("v1.0.0"));
    assert_eq!(tags(&stage), ["v1.0.0"], "what was released is nothing new");
    stage.merge("Tidy", &["none"]);
    assert_eq!(on_merge(&stage), released("v1.0.1-dev.1"));
    stage.merge("Serve another page", &["minor"]);
    assert_eq!(on_merge(&stage), released("v1.1.0"));
    stage.merge("Tidy again", &["none"]);
    assert_eq!(on_merge(&stage), released("v1.1.1-dev.1"));
    assert_eq!(on_merge(&stage).0, "already-released");
    assert_eq!(tags(&stage), ["v1.0.0", "v1.0.1-dev.1", "v1.1.0", "v1.1.1-dev.1"]);
}

#[test]
fn row_1_10_a_nightly_that_is_killed_at_any_step_is_finished_by_the_next_run_and_the_old_ones_go() {
    let set = || {
        let stage = Setting::new().configured(DEV.0, DEV.1).set();
        stage.release().ends_with(0);
        for _ in 0..2 {
            stage.merge("Change a page", &["none"]);
            on_merge(&stage);
        }
        stage.merge("Change it again", &["none"]);
        stage
    };
    let planned = set();
    let clone = planned.fresh_clone();
    let plan = planned.run(&clone, &["plan", "--channel", "dev", "--json"]).ends_with(0).json();
    let steps = plan["steps"].as_array().expect("steps");
    // Up to here a nightly is like any other release, whose every step is killed elsewhere.
    let first = steps.iter().position(|step| step["id"] == "publish").expect("publishing");
    let points: Vec<String> = (first..steps.len())
        .flat_map(|number| [format!("before:{number}"), format!("after:{number}")])
        .collect();
    crate::killed::for_each(&points, |point| {
        let stage = set();
        let killed = stage.run_with(&stage.fresh_clone(), ON_MERGE, &[("SLIPWAY_CRASH", point)]);
        killed.was_killed();
        let (outcome, tag) = on_merge(&stage);
        assert!(["released", "already-released"].contains(&outcome.as_str()), "{point}: {outcome}");
        assert_eq!(tag, "v1.0.1-dev.3", "{point}: the version did not climb");
        assert_eq!(tags(&stage), ["v1.0.0", "v1.0.1-dev.2", "v1.0.1-dev.3"], "{point}");
        assert_eq!(releases(&stage), ["v1.0.0", "v1.0.1-dev.2", "v1.0.1-dev.3"], "{point}");
    });
}

#[test]
fn row_1_9_what_is_merged_into_a_line_becomes_its_next_candidate_and_a_cut_alone_nothing_stable() {
    const BETA: (&str, &str) =
        ("- { name: beta, prerelease: beta }", "- { name: beta, prerelease: beta, on_merge: lines }");
    let stage = Setting::new().configured(BETA.0, BETA.1).configured(DEV.0, DEV.1).set();
    stage.release().ends_with(0);
    stage.merge("Serve the third page", &["minor"]);
    assert_eq!(on_merge(&stage), released("v1.1.0-dev.1"));
    stage.run(&stage.fresh_clone(), &["cut", "--json"]).ends_with(0);
    let on_line = || stage.run(&stage.clone_at("release/1.1"), ON_MERGE).ends_with(0).json()["tag"].clone();
    assert_eq!(on_line(), "v1.1.0-beta.1", "made of the commit of a nightly");
    assert_eq!(on_line(), "v1.1.0-beta.1", "once");
    stage.merge_into("release/1.1", "Mend it", &["patch"]);
    assert_eq!(on_line(), "v1.1.0-beta.2");
    assert_eq!(tags(&stage), ["v1.0.0", "v1.1.0-beta.1", "v1.1.0-beta.2", "v1.1.0-dev.1"]);

    let plain = Setting::new().set();
    plain.release().ends_with(0);
    plain.merge("Serve the third page", &["minor"]);
    plain.run(&plain.fresh_clone(), &["cut", "--json"]).ends_with(0);
    let run = plain.run(&plain.clone_at("release/1.1"), ON_MERGE).ends_with(0);
    assert_eq!(run.json()["outcome"], "nothing-to-release");
    assert!(run.stderr.contains("on_merge: lines"), "{}", run.stderr);
    assert_eq!(tags(&plain), ["v1.0.0"]);
}
