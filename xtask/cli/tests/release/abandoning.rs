//! Giving a release up: what is not published goes without a trace, what is published stays.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use release_rehearsal::PullState;

use crate::converged::converged;
use crate::git::git;
use crate::killed::for_each;
use crate::modes::{merge, stamp};
use crate::stage::{Setting, Stage};

const ABANDON: &[&str] = &["abandon", "v1.0.0", "--yes", "--json"];

/// Kills a release after a step, gives it up, and says what `abandon` printed.
fn given_up(mode: &'static str, step: &str) -> (Stage, serde_json::Value) {
    let stage = Setting::new().mode(mode).set();
    let number = stage.step(step);
    stage.release_killed(&format!("after:{number}")).was_killed();
    let printed = stage.run(&stage.fresh_clone(), ABANDON).ends_with(0).json();
    (stage, printed)
}

#[test]
fn row_1_10_a_release_between_tag_and_publishing_can_be_given_up() {
    let cases =
        [("push", "push-tag"), ("push", "draft"), ("push", "verify-draft"), ("tag-only", "verify-draft")];
    for_each(&cases, |(mode, step)| {
        let (stage, printed) = given_up(mode, step);
        assert_eq!((&printed["tag"], &printed["abandoned"]), (&"v1.0.0".into(), &true.into()));
        let snapshot = stage.rehearsal.snapshot();
        assert!(snapshot.releases.is_empty(), "{mode} {step}: no draft stays");
        assert!(!stage.references().contains("refs/tags/"), "{mode} {step}: no tag stays");
        assert_eq!(stage.file("main", "VERSION"), "0.0.0", "{mode} {step}: no stamp stays");
        assert!(!stage.file("main", "CHANGELOG.md").contains("## [1.0.0]"), "{mode} {step}");
        assert!(git(&stage.bare(), &["ls-tree", "main", ".release/plan.json"]).is_empty(), "{mode} {step}");

        let before = (stage.rehearsal.snapshot(), stage.references());
        let again = stage.run(&stage.fresh_clone(), ABANDON).ends_with(0).json();
        assert_eq!(again["abandoned"], false, "{mode} {step}: a second time changes nothing");
        assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);

        let next = stage.release().ends_with(0).json();
        assert_eq!((&next["outcome"], &next["tag"]), (&"released".into(), &"v1.0.0".into()), "{mode} {step}");
        converged(&stage, &["v1.0.0"]);
    });
}

#[test]
fn row_1_10_without_a_terminal_nothing_is_given_up_unless_it_was_said_to_be_meant() {
    let stage = Setting::new().set();
    let number = stage.step("draft");
    stage.release_killed(&format!("after:{number}")).was_killed();
    let clone = stage.fresh_clone();
    let before = (stage.rehearsal.snapshot(), stage.references());
    for ci in ["", "true"] {
        for arguments in [&["abandon", "v1.0.0"] as &[&str], &["abandon", "v1.0.0", "--json"]] {
            let run = stage.run_with(&clone, arguments, &[("CI", ci)]).ends_with(2);
            assert!(run.stderr.contains("--yes"), "{}", run.stderr);
        }
    }
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
    let draft = before.0.releases.first().expect("a draft").id;
    let run = stage.run(&clone, &["abandon", "v1.0.0", "--yes"]).ends_with(0);
    for said in [format!("the draft number {draft} of v1.0.0"), "the tag v1.0.0".into(), "`main`".into()] {
        assert!(run.stderr.contains(&said), "{said} is not in {}", run.stderr);
    }
    let run = stage.run(&clone, &["abandon", "v1.0.0", "--yes"]).ends_with(0);
    assert!(run.stdout.contains("nothing was changed") && run.stderr.is_empty(), "{}", run.stderr);
}

#[test]
fn row_1_10_a_merged_stamp_is_given_up_with_its_release() {
    for_each(&["squash", "merge"], |method| {
        let stage = Setting::new().mode("release-pr").set();
        let draft = stage.step("draft");
        stage.release().ends_with(0);
        merge(&stage, stamp(&stage).0, method);
        stage.release_killed(&format!("after:{draft}")).was_killed();
        stage.run(&stage.fresh_clone(), ABANDON).ends_with(0);
        assert!(stage.rehearsal.snapshot().releases.is_empty() && !stage.references().contains("refs/tags/"));
        assert_eq!(stage.file("main", "VERSION"), "0.0.0", "{method}: no stamp stays");
        assert_eq!(
            stage.release().ends_with(0).json()["outcome"],
            "waiting-for-merge",
            "{method}: a new stamp"
        );
    });
}

#[test]
fn row_1_10_a_merged_stamp_that_was_given_up_before_its_tag_is_not_taken_up_again() {
    for_each(&["squash", "merge"], |method| {
        let stage = Setting::new().mode("release-pr").set();
        let plan = stage.release().ends_with(0).json()["plan"].as_str().expect("a plan").to_owned();
        merge(&stage, stamp(&stage).0, method);
        let printed = stage.run(&stage.fresh_clone(), ABANDON).ends_with(0).json();
        assert_eq!(printed["abandoned"], true, "{method}");
        let remembered = format!("refs/heads/slipway/abandoned/{plan}");
        assert!(stage.references().contains(&remembered), "{method}: {}", stage.references());

        let before = (stage.rehearsal.snapshot(), stage.references());
        let again = stage.run(&stage.fresh_clone(), ABANDON).ends_with(0).json();
        assert_eq!(again["abandoned"], false, "{method}: a second time changes nothing");
        assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "{method}");

        // Main still has the stamp, whose section and number are those of no release.
        let next = stage.release().ends_with(0).json();
        assert_eq!(next["outcome"], "waiting-for-merge", "{method}");
        assert_ne!(next["plan"], plan.as_str(), "{method}: another plan");
        assert!(!stage.references().contains("refs/tags/"), "{method}");
        let pulls = stage.rehearsal.snapshot().pull_requests;
        let open = pulls.iter().find(|pull| pull.state == PullState::Open).expect("the next stamp");
        merge(&stage, open.number, method);
        stage.release().ends_with(0);
        converged(&stage, &["v1.0.0"]);
    });
}

/// A branch that takes pull requests only.
const PROTECTED: &str = "#!/bin/sh
while read -r old new name; do
    [ \"$name\" != refs/heads/main ] || { echo 'error: GH006: Protected branch update failed' >&2; exit 1; }
done
";

#[test]
fn row_1_10_a_stamp_on_a_protected_main_stays_and_is_not_taken_up_again() {
    let stage = Setting::new().mode("release-pr").set();
    let draft = stage.step("draft");
    let plan = stage.release().ends_with(0).json()["plan"].as_str().expect("a plan").to_owned();
    merge(&stage, stamp(&stage).0, "squash");
    stage.release_killed(&format!("after:{draft}")).was_killed();
    let hook = stage.bare().join("hooks/pre-receive");
    fs::write(&hook, PROTECTED).expect("a hook");
    fs::set_permissions(&hook, Permissions::from_mode(0o755)).expect("a mode");

    stage.run(&stage.fresh_clone(), ABANDON).ends_with(0);
    assert!(stage.rehearsal.snapshot().releases.is_empty() && !stage.references().contains("refs/tags/"));
    assert!(stage.references().contains(&format!("refs/heads/slipway/abandoned/{plan}")));
    assert_eq!(stage.file("main", "VERSION"), "1.0.0", "nobody may push there");

    let next = stage.release().ends_with(0).json();
    assert_eq!(next["outcome"], "waiting-for-merge");
    assert_ne!(next["plan"], plan.as_str(), "another plan");
    let pulls = stage.rehearsal.snapshot().pull_requests;
    let open = pulls.iter().find(|pull| pull.state == PullState::Open).expect("the next stamp");
    merge(&stage, open.number, "squash");
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn row_1_10_a_published_release_is_never_given_up() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let before = (stage.rehearsal.snapshot(), stage.references());
    let run = stage.run(&stage.fresh_clone(), ABANDON).ends_with(3);
    assert!(run.stderr.contains("error[E-RELEASE-FOREIGN]"), "{}", run.stderr);
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn row_1_10_what_was_given_up_elsewhere_is_not_brought_back_by_an_old_clone() {
    let stage = Setting::new().set();
    let number = stage.step("draft");
    let killed = stage.release_killed(&format!("after:{number}")).was_killed();
    stage.run(&stage.fresh_clone(), ABANDON).ends_with(0);
    git(&killed.clone, &["pull", "--quiet", "--ff-only"]);
    let before = (stage.rehearsal.snapshot(), stage.references());
    let run = stage.run(&killed.clone, &["release", "--json"]).ends_with(3);
    let (cause, words) = run.findings().remove(0);
    assert_eq!(cause, "E-TAG-ELSEWHERE", "{words}");
    assert!(words.contains("git tag -d v1.0.0"), "{words}");
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
}
