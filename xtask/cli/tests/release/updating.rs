//! What updates have to heed: declared once, told by the manifest of each bundle and by the pointer of each channel.

use serde_json::{Value, json};

use crate::stabilising::CANDIDATE;
use crate::stage::{Setting, Stage};

const FILE: &str = "config/compatibility.yaml";

const DECLARED: &str = "format: 1
updates:
  from: 0.9.0
  stops: [1.1.0, 1.0.0]
  irreversible: [{ version: 1.1.0, back: restore }, { version: 0.9.5, back: never }]
";

/// A stage on which v1.0.0 is out and more was declared since.
fn declared(text: &str) -> Stage {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    stage.merge_file("Keep pages in another form", &["minor"], FILE, text);
    stage
}

/// What a pointer or a manifest tells updaters.
fn told(object: &Value) -> [&Value; 4] {
    ["min_upgradable_from", "mandatory_stops", "rollback", "irreversible"].map(|key| &object[key])
}

#[test]
fn row_1_8_pointers_and_manifests_tell_updaters_what_was_declared_and_repairing_changes_nothing() {
    let stage = declared(DECLARED);
    let shown = stage.run(&stage.fresh_clone(), &["plan"]).ends_with(0).stdout;
    let said = "updates   from 0.9.0 on; stop at 1.0.0, 1.1.0; no way back below 0.9.5; back below 1.1.0 with the backup of before";
    assert!(shown.contains(said), "{shown}");

    assert_eq!(stage.release().ends_with(0).json()["tag"], "v1.1.0");
    let changes = json!([{ "version": "0.9.5", "back": "never" }, { "version": "1.1.0", "back": "restore" }]);
    let expected = [&json!("0.9.0"), &json!(["1.0.0", "1.1.0"]), &json!("restore"), &changes];
    let pointer = stage.pointer("stable");
    assert_eq!(told(&pointer), expected);
    let asset = pointer["bundles"]["cpu"]["manifest"]["name"].as_str().unwrap_or("no bundle").to_owned();
    let manifest: Value = serde_json::from_slice(&stage.asset("v1.1.0", &asset)).expect("a manifest");
    assert_eq!(told(&manifest["updating"]), expected);

    stage.run(&stage.fresh_clone(), &["channels", "--repair"]).ends_with(0);
    assert_eq!(stage.pointer("stable"), pointer);
}

#[test]
fn row_1_9_a_candidate_says_what_its_release_will_say() {
    let stage = declared(DECLARED);
    stage.run(&stage.fresh_clone(), CANDIDATE).ends_with(0);
    stage.run(&stage.fresh_clone(), &["promote", "v1.1.0-beta.1", "--json"]).ends_with(0);
    let (candidate, release) = (stage.pointer("beta"), stage.pointer("stable"));
    assert_eq!((&candidate["version"], &release["version"]), (&json!("1.1.0-beta.1"), &json!("1.1.0")));
    assert_eq!(told(&candidate), told(&release));
    assert_eq!(release["rollback"], "restore");
}

#[test]
fn row_5_3_a_version_is_let_out_step_by_step() {
    let stage =
        Setting::new().configured("- { name: stable }", "- { name: stable, rollout_percentage: 10 }").set();
    stage.release().ends_with(0);
    assert_eq!(stage.pointer("stable")["rollout_percentage"], 10);
    let rollout = |arguments: &[&str], code| {
        stage.run(&stage.fresh_clone(), &[&["channels", "rollout"], arguments].concat()).ends_with(code)
    };
    let said = rollout(&["v1.0.0", "50"], 0).stdout;
    assert_eq!(said, "stable lets 50 of a hundred take 1.0.0 (sequence 2)\n");
    let pointer = stage.pointer("stable");
    assert_eq!((&pointer["rollout_percentage"], &pointer["sequence"]), (&json!(50), &json!(2)));

    assert!(rollout(&["v1.0.0", "50"], 0).stdout.contains("nothing was changed"));
    stage.run(&stage.fresh_clone(), &["channels", "--repair"]).ends_with(0);
    assert_eq!(stage.release().ends_with(0).json()["outcome"], "already-released");
    assert_eq!(stage.pointer("stable"), pointer, "nothing takes it back");
    rollout(&["v1.0.0", "101"], 2);
    let unknown = rollout(&["v1.1.0", "50", "--json"], 4).findings();
    assert!(
        unknown[0].1.starts_with("no channel points at v1.1.0 `cargo xtask channels` shows"),
        "{unknown:?}"
    );
    let shown = stage.run(&stage.fresh_clone(), &["channels"]).ends_with(0).stdout;
    assert!(shown.contains("  50 of a hundred\n"), "{shown}");

    stage.merge("Serve the third page", &["minor"]);
    stage.release().ends_with(0);
    assert_eq!(stage.pointer("stable")["rollout_percentage"], 10, "each version begins anew");
}

#[test]
fn row_7_a_mandatory_version_that_nobody_can_install_stops_the_release() {
    let stage = declared("format: 1\nupdates: { stops: [1.0.1] }\n");
    barred(
        &stage,
        "updates to v1.1.0 have to stop at 1.0.1, which is not released release it first, or correct `updates.stops`",
    );

    stage.merge_file("Stop where one can", &["patch"], FILE, "format: 1\nupdates: { stops: [1.0.0] }\n");
    let yank = ["yank", "v1.0.0", "--reason", "loses pages", "--yes"];
    stage.run(&stage.fresh_clone(), &yank).ends_with(0);
    let early = stage.run(&stage.fresh_clone(), CANDIDATE).ends_with(0).findings();
    let causes: Vec<&str> = early.iter().map(|(cause, _)| cause.as_str()).collect();
    assert_eq!(causes, ["E-WITHDRAWN", "E-UPDATES-UNFIT"], "a candidate may come before its stop");
    barred(
        &stage,
        "updates to v1.1.0 have to stop at 1.0.0, which was withdrawn release it first, or correct `updates.stops`",
    );
}

/// Requires that nothing is released, for this reason.
#[track_caller]
fn barred(stage: &Stage, reason: &str) {
    let before = (stage.rehearsal.snapshot(), stage.references());
    let findings = stage.release().ends_with(4).findings();
    let (cause, said) = findings.last().expect("a finding");
    assert!(cause == "E-UPDATES-UNFIT" && said.starts_with(reason), "{findings:?}");
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "nothing happened");
}
