//! A release that is killed at any step and run again from a fresh clone ends as if nothing had happened. The steps are counted in
//! the plan, so that a new one is covered by itself.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use release_rehearsal::Snapshot;

use crate::converged::{converged, files_are_the_assets};
use crate::git::git;
use crate::stage::{RELEASE, Setting, Stage};

/// How many stages are worked on at the same time: a run mostly waits for other processes.
const AT_ONCE: usize = 4;

/// Does something for every item, several at a time; fails the test where one fails.
pub(crate) fn for_each<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

/// Before and after every step of the plan.
fn points(stage: &Stage) -> Vec<String> {
    let count = stage.steps().len();
    assert!(count > 10, "a plan has more than {count} steps");
    (0..count).flat_map(|number| [format!("before:{number}"), format!("after:{number}")]).collect()
}

fn every_kill_converges(mode: &'static str) {
    let points = points(&Setting::new().mode(mode).set());
    for_each(&points, |point| {
        let stage = Setting::new().mode(mode).set();
        let killed = stage.release_killed(point).was_killed();
        assert!(killed.stdout.is_empty(), "{point}: nothing was reported");
        let again = stage.release().ends_with(0);
        converged(&stage, &["v1.0.0"]);
        let receipt = again.json();
        match receipt["outcome"].as_str() {
            Some("released") => {
                assert_eq!(receipt["version"], "1.0.0", "{point}: the version did not climb");
                files_are_the_assets(&stage, "v1.0.0", &again.clone.join("dist/v1.0.0"));
            }
            outcome => {
                assert_eq!((point, outcome), (points.last().expect("a point"), Some("already-released")))
            }
        }
    });
}

#[test]
fn row_1_10_a_pushed_release_killed_at_any_step_is_finished_by_the_next_run() {
    every_kill_converges("push");
}

#[test]
fn row_1_10_a_tagged_release_killed_at_any_step_is_finished_by_the_next_run() {
    every_kill_converges("tag-only");
}

#[test]
fn row_1_10_a_run_killed_around_the_push_is_finished_by_the_next_one_in_the_same_clone() {
    let push = Setting::new().set().step("push-tag");
    let points = [format!("before:{push}"), "within:push-tag".to_owned(), format!("after:{push}")];
    let cases: Vec<_> =
        ["push", "tag-only"].iter().flat_map(|mode| points.iter().map(move |point| (*mode, point))).collect();
    for_each(&cases, |(mode, point)| {
        let stage = Setting::new().mode(mode).set();
        let clone = stage.release_killed(point).was_killed().clone;
        let tags = git(&clone, &["tag", "--list"]);
        assert_eq!(tags.is_empty(), !point.starts_with("after"), "{mode} {point}: {tags}");
        let receipt = stage.run(&clone, RELEASE).ends_with(0).json();
        assert_eq!(
            (&receipt["outcome"], &receipt["version"]),
            (&"released".into(), &"1.0.0".into()),
            "{point}"
        );
        converged(&stage, &["v1.0.0"]);
        let object = |folder: &Path| git(folder, &["rev-parse", "v1.0.0"]);
        assert_eq!(object(&clone), object(&stage.bare()), "{mode} {point}: the clone has the tag");
        let main = |folder: &Path| git(folder, &["rev-parse", "main"]);
        assert_eq!(main(&clone), main(&stage.bare()), "{mode} {point}: the clone's branch follows");
        assert_eq!(git(&clone, &["status", "--porcelain", "--untracked-files=no"]), "", "{mode} {point}");
        stage.merge("Serve the third page", &["minor"]);
        git(&clone, &["pull", "--quiet"]);
        assert_eq!(stage.run(&clone, RELEASE).ends_with(0).json()["tag"], "v1.1.0", "{mode} {point}");
    });
}

#[test]
fn row_1_10_a_run_killed_within_the_push_can_be_given_up_in_the_same_clone() {
    let stage = Setting::new().set();
    let clone = stage.release_killed("within:push-tag").was_killed().clone;
    let printed = stage.run(&clone, &["abandon", "v1.0.0", "--yes", "--json"]).ends_with(0).json();
    assert_eq!(printed["abandoned"], true);
    assert!(!stage.references().contains("refs/tags/"), "{}", stage.references());
}

#[test]
fn row_1_4_tag_and_commit_both_or_neither() {
    let push = Setting::new().set().step("push-tag");
    for_each(&[format!("before:{push}"), format!("after:{push}")], |point| {
        let stage = Setting::new().set();
        let before = stage.references();
        stage.release_killed(point).was_killed();
        let snapshot = stage.rehearsal.snapshot();
        if point.starts_with("before") {
            assert_eq!(stage.references(), before);
        } else {
            assert_eq!(stage.file("main", "VERSION"), "1.0.0");
            assert_eq!(stage.file("v1.0.0", "VERSION"), "1.0.0");
        }
        assert!(snapshot.releases.is_empty(), "nothing public exists yet");
    });
}

#[test]
fn row_1_10_a_finished_release_run_again_changes_nothing_and_says_so() {
    let stage = Setting::new().set();
    let first = stage.release().ends_with(0);
    assert_eq!(first.json()["outcome"], "released");
    converged(&stage, &["v1.0.0"]);
    let world = |stage: &Stage| -> (Snapshot, String) { (stage.rehearsal.snapshot(), stage.references()) };
    let before = world(&stage);
    for clone in [first.clone, stage.fresh_clone()] {
        let again = stage.run(&clone, &["release"]).ends_with(0);
        assert!(again.stdout.contains("v1.0.0 was released before"), "{}", again.stdout);
        assert_eq!(world(&stage), before);
    }
}

#[test]
fn row_1_10_what_is_merged_meanwhile_waits_until_the_unfinished_release_is_finished() {
    let draft = Setting::new().set().step("draft");
    let stage = Setting::new().set();
    stage.release_killed(&format!("after:{draft}")).was_killed();
    stage.merge("Serve the third page", &["minor"]);
    let run = stage.release().ends_with(0);
    converged(&stage, &["v1.0.0", "v1.1.0"]);
    let receipt = run.json();
    assert_eq!(receipt["tag"], "v1.1.0");
    assert_eq!(receipt["finished"][0]["tag"], "v1.0.0");
    assert_eq!(receipt["finished"][0]["outcome"], "released");
    let changelog = stage.file("v1.1.0", "CHANGELOG.md");
    assert_eq!(changelog.matches("Serve the third page").count(), 1, "{changelog}");
    assert_eq!(changelog.matches("Serve the first page").count(), 1, "{changelog}");
}
