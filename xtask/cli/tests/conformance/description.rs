//! Whole runs of the tool through Prism: what the tool asks and what the rehearsal GitHub answers is as GitHub describes its REST
//! interface. Uploads go straight to the rehearsal: Prism changes bytes that are no text.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use release_rehearsal::{Fault, FaultKind, PullState, Target};
use serde_json::{Value, json};

use crate::client;
use crate::exceptions::{self, STARTER, assert_conforming};
use crate::recorder::{Exchange, Recorder};
use crate::scene::Scene;

const UPLOAD: &str = "repos/upload-release-asset";

/// The operations that were asked for, numbers as `*`, without queries.
fn operations(exchanges: &[Exchange]) -> BTreeSet<String> {
    let operation = |exchange: &Exchange| {
        let path =
            exchange.target.split('?').next().unwrap_or_default().replace("/repos/acme/lighthouse", "");
        let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = path.split('/').map(|part| if number(part) { "*" } else { part }).collect();
        format!("{} {}", exchange.method, parts.join("/"))
    };
    exchanges.iter().map(operation).collect()
}

fn assert_asked(exchanges: &[Exchange], wanted: &[&str]) {
    let asked = operations(exchanges);
    for one in wanted {
        assert!(asked.contains(*one), "`{one}` was not asked for, only {asked:?}");
    }
}

/// Stops the run at its nth upload, in front of Prism, so that a draft stays behind.
fn refuse_upload(scene: &Scene, nth: u32) {
    let target = Target::operation(UPLOAD);
    scene.rehearsal.inject(Fault { target, nth, times: 1, kind: FaultKind::Status(403) });
}

#[test]
fn the_description_is_cut_from_what_github_publishes_and_not_changed() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/extend.mjs");
    let output = Command::new("node")
        .arg(script)
        .arg("--check")
        .env("SLIPWAY_TEST_NODE_MODULES", crate::node::modules())
        .output()
        .unwrap_or_else(|error| panic!("`node` does not start ({error}): run `cargo xtask test`"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_whole_release_and_the_one_after_it_are_as_described() {
    let scene = Scene::in_mode("push");
    let recorder = Recorder::before(scene.rehearsal.api_url());
    let receipt = scene.tool_succeeds(&recorder.url, &["release", "--json"]);
    assert_eq!((&receipt["outcome"], &receipt["tag"]), (&json!("released"), &json!("v1.0.0")), "{receipt:#}");

    scene.merge(2, "Trim the wick", "patch");
    let receipt = scene.tool_succeeds(&recorder.url, &["release", "--json"]);
    assert_eq!((&receipt["outcome"], &receipt["tag"]), (&json!("released"), &json!("v1.0.1")), "{receipt:#}");

    let exchanges = recorder.exchanges();
    assert_asked(
        &exchanges,
        &["GET ", "GET /releases", "POST /releases", "GET /releases/*/assets", "PATCH /releases/*"],
    );
    assert_conforming(&exchanges, &[]);
}

#[test]
fn a_release_by_pull_request_is_as_described() {
    let scene = Scene::in_mode("release-pr");
    let recorder = Recorder::before(scene.rehearsal.api_url());
    let receipt = scene.tool_succeeds(&recorder.url, &["release", "--json"]);
    assert_eq!(receipt["outcome"], "waiting-for-merge", "{receipt:#}");

    scene.merge(7, "Trim the wick", "patch");
    let receipt = scene.tool_succeeds(&recorder.url, &["release", "--json"]);
    assert_eq!(receipt["outcome"], "waiting-for-merge", "{receipt:#}");
    let pulls = scene.rehearsal.snapshot().pull_requests;
    let number = pulls.iter().find(|pull| pull.state == PullState::Open).unwrap().number;
    scene.tool_succeeds(&recorder.url, &["check", "--pr", &number.to_string(), "--json"]);

    let merge = format!("{}/repos/acme/lighthouse/pulls/{number}/merge", recorder.url);
    let merged = client::send_json("PUT", &merge, &json!({ "merge_method": "merge" }));
    assert_eq!(merged.status, 200, "{}", merged.json());
    scene.git(&["pull", "--quiet", "--ff-only", "origin", "main"]);
    let receipt = scene.tool_succeeds(&recorder.url, &["release", "--json"]);
    assert_eq!(receipt["outcome"], "released", "{receipt:#}");

    let exchanges = recorder.exchanges();
    assert_asked(
        &exchanges,
        &["GET /pulls", "POST /pulls", "PATCH /pulls/*", "GET /pulls/*", "PUT /pulls/*/merge"],
    );
    assert_conforming(&exchanges, &[]);
}

#[test]
fn repairing_channels_and_withdrawing_a_release_are_as_described() {
    let scene = Scene::in_mode("push");
    let recorder = Recorder::before(scene.rehearsal.api_url());
    scene.tool_succeeds(&recorder.url, &["release", "--json"]);
    scene.merge(2, "Trim the wick", "patch");
    scene.tool_succeeds(&recorder.url, &["release", "--json"]);
    let yank = ["yank", "v1.0.1", "--reason", "smokes", "--yes", "--json"];
    assert!(!scene.tool_succeeds(&recorder.url, &yank)["done"].as_array().unwrap().is_empty());
    scene.tool_succeeds(&recorder.url, &["channels", "--repair", "--json"]);
    let latest: Vec<bool> =
        scene.rehearsal.snapshot().releases.iter().map(|release| release.latest).collect();
    assert_eq!(latest.iter().filter(|latest| **latest).count(), 1, "{latest:?}");
    let exchanges = recorder.exchanges();
    assert_asked(&exchanges, &["GET /releases/latest", "PATCH /releases/*", "GET /releases/*/assets"]);
    assert_conforming(&exchanges, &[]);
}

#[test]
fn giving_a_release_up_is_as_described() {
    let scene = Scene::in_mode("push");
    let recorder = Recorder::before(scene.rehearsal.api_url());
    refuse_upload(&scene, 1);
    let (succeeded, _) = scene.tool(&recorder.url, &["release", "--json"]);
    assert!(!succeeded, "the upload was refused");
    scene.git(&["fetch", "--quiet", "--tags"]);

    let report = scene.tool_succeeds(&recorder.url, &["abandon", "v1.0.0", "--yes", "--json"]);
    assert_eq!(report["abandoned"], true, "{report:#}");
    assert!(scene.rehearsal.snapshot().releases.is_empty(), "the draft is gone");
    let exchanges = recorder.exchanges();
    assert_asked(&exchanges, &["DELETE /releases/*"]);
    assert_conforming(&exchanges, &[]);
}

#[test]
fn a_resumed_release_is_as_described_but_for_an_asset_whose_upload_broke_off() {
    let scene = Scene::in_mode("push");
    let recorder = Recorder::before(scene.rehearsal.api_url());
    refuse_upload(&scene, 2);
    let (succeeded, receipt) = scene.tool(&recorder.url, &["release", "--json"]);
    assert!(!succeeded, "the second upload was refused");

    // As a connection that breaks in the middle of the upload leaves it.
    let draft = scene.rehearsal.snapshot().releases[0].clone();
    let uploaded: Vec<&str> = draft.assets.iter().map(|asset| asset.name.as_str()).collect();
    let names: Vec<&str> =
        receipt["assets"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    let next = names.iter().find(|name| !uploaded.contains(name)).unwrap();
    scene.rehearsal.inject(Fault::first(Target::operation(UPLOAD), FaultKind::Status(502)));
    let place = format!(
        "{}/repos/acme/lighthouse/releases/{}/assets?name={next}",
        scene.rehearsal.uploads_url(),
        draft.id
    );
    assert_eq!(client::send("POST", &place, &[], Some(b"half")).status, 502);
    let states: BTreeSet<String> =
        scene.rehearsal.snapshot().releases[0].assets.iter().map(|asset| asset.state.clone()).collect();
    assert!(states.contains("starter"), "{states:?}");

    let receipt = scene.tool_succeeds(&recorder.url, &["release", "--json"]);
    assert_eq!(receipt["outcome"], "released", "{receipt:#}");
    let released = scene.rehearsal.snapshot().releases[0].clone();
    assert!(!released.draft && released.assets.iter().all(|asset| asset.state == "uploaded"), "{released:?}");
    let exchanges = recorder.exchanges();
    assert_asked(&exchanges, &["DELETE /releases/assets/*"]);
    assert_conforming(&exchanges, &[STARTER]);
}

#[test]
fn a_request_and_an_answer_that_are_not_as_described_are_found() {
    let scene = Scene::in_mode("push");
    let recorder = Recorder::before(scene.rehearsal.api_url());
    let releases = format!("{}/repos/acme/lighthouse/releases", recorder.url);
    client::send_json("POST", &releases, &json!({ "tag_name": 7, "draft": true }));
    client::send("GET", &format!("{}/repos/acme/lighthouse/lighthouses", recorder.url), &[], None);
    let good = client::send_json("POST", &releases, &json!({ "tag_name": "v1.0.0", "draft": true }));
    scene.rehearsal.inject(Fault::first(Target::operation(UPLOAD), FaultKind::Status(502)));
    let id = &good.json()["id"];
    let place =
        format!("{}/repos/acme/lighthouse/releases/{id}/assets?name=a", scene.rehearsal.uploads_url());
    client::send("POST", &place, &[], Some(b"half"));
    client::send("GET", &format!("{releases}/{id}/assets"), &[], None);

    let exchanges = recorder.exchanges();
    let found = |place: usize| exceptions::faults(&exchanges[place..=place], &[]);
    assert!(found(0)[0].contains("tag_name"), "{:?}", found(0));
    assert!(!found(1).is_empty(), "a path that is not described");
    assert!(found(2).is_empty(), "{:?}", found(2));
    assert!(found(3)[0].contains("state"), "{:?}", found(3));
    let covered: Vec<Value> = exchanges[3].violations.clone();
    assert!(covered.iter().all(|violation| STARTER.covers(&exchanges[3], violation)), "{covered:?}");
}
