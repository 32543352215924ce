//! Withdrawing a release: everything falls back, nothing is deleted, and whatever stops it, another run ends it.

use release_rehearsal::{Fault, FaultKind, Target};
use serde_json::{Value, json};

use crate::channels::{at, moving, world};
use crate::git::git;
use crate::stage::{Setting, Stage};

pub(crate) const YANK: &[&str] = &["yank", "v1.1.0", "--reason", "loses <mail>", "--yes", "--json"];

/// Two releases, the second of which is bad.
fn released() -> Stage {
    let stage = moving().set();
    stage.release().ends_with(0);
    stage.merge("Serve the third page", &["minor"]);
    stage.release().ends_with(0);
    at(&stage, "v1.1.0");
    stage
}

/// What a withdrawn v1.1.0 looks like.
#[track_caller]
fn withdrawn(stage: &Stage) {
    at(stage, "v1.0.0");
    let pointer = stage.pointer("stable");
    assert_eq!(pointer["sequence"], 3);
    let listed: Vec<&Value> = pointer["yanked"].as_array().expect("a list").iter().collect();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["version"], &listed[0]["reason"]), (&json!("1.1.0"), &json!("loses <mail>")));
    let truth: Value = serde_json::from_str(&stage.file("channels", "yanked.json")).expect("JSON");
    assert_eq!(truth, json!({ "format": 1, "yanked": pointer["yanked"] }));
    let changed = git(&stage.bare(), &["show", "--format=%s", "--name-only", "channels"]);
    assert_eq!(changed, "Withdraw v1.1.0\n\nstable/latest.json\nyanked.json", "one commit");
    let releases = stage.rehearsal.snapshot().releases;
    let page = releases.iter().find(|release| release.tag_name == "v1.1.0").expect("it is still there");
    assert_eq!(page.name.as_deref(), Some("aihummer v1.1.0 (withdrawn)"));
    let body = page.body.as_deref().unwrap_or_default();
    assert!(body.starts_with("<!-- slipway-plan: ") && body.contains("Serve the third page"), "{body}");
    assert_eq!(body.matches("**Withdrawn on ").count(), 1, "{body}");
    assert!(!page.assets.is_empty() && stage.references().contains("refs/tags/v1.1.0"), "nothing is deleted");
    stage.run(&stage.fresh_clone(), &["channels"]).ends_with(0);
}

#[test]
fn row_1_11_a_withdrawn_release_is_left_by_everything_and_deleted_by_nothing() {
    let stage = released();
    let printed = stage.run(&stage.fresh_clone(), YANK).ends_with(0).json();
    assert_eq!((&printed["tag"], &printed["reason"]), (&json!("v1.1.0"), &json!("loses <mail>")));
    withdrawn(&stage);

    let before = world(&stage);
    let again = ["yank", "v1.1.0", "--reason", "another reason", "--yes", "--json"];
    let printed = stage.run(&stage.fresh_clone(), &again).ends_with(0).json();
    assert_eq!((&printed["done"], &printed["reason"]), (&json!([]), &json!("loses <mail>")));
    assert_eq!(world(&stage), before, "twice changes nothing");
    assert_eq!(stage.release().ends_with(0).json()["outcome"], "already-released");
    assert_eq!(world(&stage), before, "no release brings it back");
}

#[test]
fn row_1_11_the_next_release_counts_from_the_withdrawn_one_and_lists_it() {
    let stage = released();
    stage.run(&stage.fresh_clone(), YANK).ends_with(0);
    stage.merge("Mend the mail", &["patch"]);
    assert_eq!(stage.release().ends_with(0).json()["tag"], "v1.1.1");
    at(&stage, "v1.1.1");
    let pointer = stage.pointer("stable");
    assert_eq!((&pointer["sequence"], &pointer["yanked"][0]["version"]), (&json!(4), &json!("1.1.0")));
    let changelog = stage.file("v1.1.1", "CHANGELOG.md");
    assert_eq!(changelog.matches("Serve the third page").count(), 1, "{changelog}");
    // An older one that is withdrawn takes nothing with it.
    stage.run(&stage.fresh_clone(), &["yank", "v1.0.0", "--reason", "old", "--yes"]).ends_with(0);
    at(&stage, "v1.1.1");
    assert_eq!(stage.pointer("stable")["yanked"][0]["version"], "1.0.0");
}

#[test]
fn row_1_11_the_only_release_stays_where_it_is_and_says_that_it_was_withdrawn() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let yank = ["yank", "v1.0.0", "--reason", "loses mail", "--yes"];
    stage.run(&stage.fresh_clone(), &yank).ends_with(0);
    let pointer = stage.pointer("stable");
    assert_eq!((&pointer["version"], &pointer["sequence"]), (&json!("1.0.0"), &json!(2)));
    assert_eq!(pointer["yanked"][0]["version"], "1.0.0");
    assert!(stage.rehearsal.snapshot().releases.iter().all(|release| !release.latest));
    let before = world(&stage);
    let again = stage.run(&stage.fresh_clone(), &yank).ends_with(0);
    assert!(again.stdout.contains("v1.0.0 was withdrawn before"), "{}", again.stdout);
    assert_eq!(world(&stage), before);
}

#[test]
fn row_1_11_a_withdrawal_killed_anywhere_is_ended_by_another_run() {
    let points =
        ["within:board:before", "within:board:after", "within:channels:before", "within:channels:after"];
    crate::killed::for_each(&points, |point| {
        let stage = released();
        stage.run_with(&stage.fresh_clone(), YANK, &[("SLIPWAY_CRASH", point)]).was_killed();
        // Killed again and again, each run gets one step further.
        for _ in 0..3 {
            stage.run_with(&stage.fresh_clone(), YANK, &[("SLIPWAY_CRASH", "within:channels:after")]);
        }
        stage.run(&stage.fresh_clone(), YANK).ends_with(0);
        withdrawn(&stage);
    });
}

#[test]
fn row_1_11_two_people_who_withdraw_at_once_do_it_once() {
    let stage = released();
    let clones = [stage.fresh_clone(), stage.fresh_clone()];
    let mut runs = clones.each_ref().map(|clone| stage.start(clone, YANK));
    let codes = runs.each_mut().map(|run| run.wait().expect("it ends").code());
    assert!(codes.contains(&Some(0)), "{codes:?}");
    // Whoever was overtaken says so, and the other has done it all.
    assert!(codes.iter().all(|code| [Some(0), Some(75)].contains(code)), "{codes:?}");
    withdrawn(&stage);
}

#[test]
fn row_1_11_what_the_forge_does_wrong_meanwhile_is_made_good() {
    // The first write makes another release the latest, the second one marks the page.
    let cases = [
        (FaultKind::ResetBefore, 1),
        (FaultKind::ResetAfter, 2),
        (FaultKind::Status(500), 2),
        (FaultKind::StatusAfter(502), 1),
        (FaultKind::WrongContent, 1),
        (FaultKind::TruncatedJson, 2),
    ];
    crate::killed::for_each(&cases, |(kind, nth)| {
        let stage = released();
        let target = Target::operation("repos/update-release");
        stage.rehearsal.inject(Fault { target, nth: *nth, times: 1, kind: kind.clone() });
        let run = stage.run(&stage.fresh_clone(), YANK);
        if run.code != Some(0) {
            assert!(run.stderr.contains("error["), "{kind:?} {nth}: {}", run.stderr);
            stage.run(&stage.fresh_clone(), YANK).ends_with(0);
        }
        withdrawn(&stage);
    });
}

#[test]
fn row_1_11_only_what_is_published_is_withdrawn_and_only_if_it_is_meant() {
    let stage = released();
    let before = world(&stage);
    let refused = |arguments: &[&str], code: i32, said: &str| {
        let run = stage.run(&stage.fresh_clone(), arguments).ends_with(code);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    };
    refused(&["yank", "v1.1.0", "--reason", "loses mail"], 2, "--yes");
    refused(&["yank", "v1.1.0", "--yes"], 2, "--reason");
    refused(&["yank", "v1.1.0", "--yes", "--reason", "  "], 2, "say why");
    refused(&["yank", "v9.9.9", "--yes", "--reason", "loses mail"], 4, "error[E-NOT-PUBLISHED]");
    let keyless = [("SLIPWAY_CHANNEL_KEY", "")];
    let run = stage.run_with(&stage.fresh_clone(), YANK, &keyless).ends_with(4);
    assert_eq!(run.findings()[0].0, "E-CHANNEL-KEY-MISSING");
    assert_eq!(world(&stage), before);
}

#[test]
fn row_1_11_a_release_that_was_begun_before_a_withdrawal_is_finished_without_pointing_back() {
    let stage = released();
    stage.merge("Serve the fourth page", &["minor"]);
    let pointer = stage.step("move-tag:stable");
    stage.release_killed(&format!("before:{pointer}")).was_killed();
    let yank = ["yank", "v1.2.0", "--reason", "loses mail", "--yes"];
    stage.run(&stage.fresh_clone(), &yank).ends_with(0);
    at(&stage, "v1.1.0");
    let before = world(&stage);
    stage.release().ends_with(0);
    assert_eq!(world(&stage), before);
}
