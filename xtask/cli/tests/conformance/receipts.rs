//! What a run that stops prints with `--json`, against RFC 8259: one object, whenever it stops.

use release_rehearsal::{Fault, FaultKind, Target};
use serde_json::{Value, json};

use crate::scene::Scene;

fn causes(receipt: &Value) -> Vec<&str> {
    receipt["findings"].as_array().unwrap().iter().filter_map(|finding| finding["cause"].as_str()).collect()
}

#[test]
fn a_run_that_stops_at_a_step_prints_one_object() {
    let scene = Scene::in_mode("push");
    let upload = Target::operation("repos/upload-release-asset");
    scene.rehearsal.inject(Fault::first(upload, FaultKind::Status(403)));
    let (succeeded, receipt) = scene.tool(scene.rehearsal.api_url(), &["release", "--json"]);
    assert!(!succeeded);
    assert_eq!((&receipt["outcome"], &receipt["tag"]), (&json!("stopped"), &json!("v1.0.0")), "{receipt:#}");
    assert_eq!(
        causes(&receipt),
        ["E-UNSIGNED", "E-TOKEN-RIGHTS"],
        "a note, and what stopped it: {receipt:#}"
    );
}

#[test]
fn a_run_that_stops_before_it_begins_prints_one_object() {
    let scene = Scene::in_mode("sideways");
    let (succeeded, receipt) = scene.tool(scene.rehearsal.api_url(), &["release", "--json"]);
    assert!(!succeeded);
    assert_eq!((&receipt["outcome"], &receipt["tag"]), (&json!("stopped"), &Value::Null), "{receipt:#}");
    assert_eq!((causes(&receipt), &receipt["rehearsed"]), (vec!["E-CONFIG"], &json!(true)), "{receipt:#}");
}
