//! The control server, and starting and stopping.
//!
//! Owns what programs outside this process can do. Must never reach into the handle for what HTTP offers.

use release_rehearsal::{Error, Options, Rehearsal, Snapshot};
use serde_json::{Value, json};

use crate::support::{Fixture, Git, Reply, pull, send};

fn control(fixture: &Fixture, method: &str, path: &str, body: Option<&Value>) -> Reply {
    let url = format!("{}{path}", fixture.rehearsal.control_url());
    let body = body.map(|body| body.to_string().into_bytes());
    send(method, &url, &[], body.as_deref()).unwrap()
}

#[test]
fn it_tells_where_everything_is() {
    let fixture = Fixture::new();
    let addresses = control(&fixture, "GET", "/", None).json();
    assert_eq!(addresses["rehearsal"], true);
    assert_eq!(addresses["api"], fixture.rehearsal.api_url());
    assert_eq!(addresses["registry"], fixture.rehearsal.registry_address());
}

#[test]
fn faults_are_injected_listed_and_cleared() {
    let fixture = Fixture::new();
    let fault = json!({ "where": { "method": "GET", "path": "/repos/acme/widgets/releases" }, "kind": { "status": 503 } });
    assert_eq!(control(&fixture, "POST", "/faults", Some(&fault)).status, 201);
    assert_eq!(control(&fixture, "GET", "/faults", None).json()[0]["kind"], json!({ "status": 503 }));
    assert_eq!(fixture.get("/labels").status, 200);
    assert_eq!(fixture.get("/releases").status, 503);
    control(&fixture, "POST", "/faults", Some(&json!([fault, fault])));
    assert_eq!(control(&fixture, "DELETE", "/faults", None).status, 204);
    assert_eq!(fixture.get("/releases").status, 200);
    let wrong = control(&fixture, "POST", "/faults", Some(&json!({ "kind": "explode" })));
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("explode"));
}

#[test]
fn requests_and_state_can_be_read() {
    let fixture = Fixture::new();
    fixture.draft("v1.0.0");
    let log = control(&fixture, "GET", "/requests", None).json();
    assert_eq!((&log[0]["operation"], &log[0]["access"]), (&json!("repos/create-release"), &json!("write")));
    assert!(!log.to_string().contains("rehearsal-token"));
    let state: Snapshot = serde_json::from_value(control(&fixture, "GET", "/state", None).json()).unwrap();
    assert_eq!(state.releases[0].tag_name, "v1.0.0");
    assert_eq!(state.refs.get("refs/heads/main"), fixture.git.tip("refs/heads/main").as_ref());
    assert_eq!(state, fixture.rehearsal.snapshot());
    assert_eq!(control(&fixture, "DELETE", "/requests", None).status, 204);
    assert_eq!(control(&fixture, "GET", "/requests", None).json(), json!([]));
}

#[test]
fn pull_requests_can_be_added_while_it_runs() {
    let fixture = Fixture::new();
    let pull = json!({ "number": 5, "title": "x", "state": "open" });
    assert_eq!(control(&fixture, "POST", "/pull-requests", Some(&pull)).status, 201);
    assert_eq!(fixture.get("/pulls/5").json()["title"], "x");
    assert_eq!(control(&fixture, "POST", "/pull-requests", Some(&pull)).status, 422);
}

#[test]
fn the_limit_can_be_set() {
    let fixture = Fixture::new();
    let wish = json!({ "remaining": 1, "reset_in": 60.0 });
    assert_eq!(control(&fixture, "POST", "/rate-limit", Some(&wish)).status, 204);
    assert_eq!(fixture.get("").status, 200);
    assert_eq!(fixture.get("").status, 403);
}

#[test]
fn dropping_it_stops_the_servers() {
    let fixture = Fixture::new();
    let url = fixture.url("");
    drop(fixture);
    assert!(send("GET", &url, &[], None).is_err());
}

#[test]
fn it_starts_and_stops_inside_somebody_elses_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let fixture = Fixture::new();
        assert_eq!(fixture.get("").status, 200);
    });
}

#[test]
fn it_does_not_start_on_what_is_no_bare_repository() {
    let empty = tempfile::tempdir().unwrap();
    let error = Rehearsal::start(Options::new("acme", "widgets", empty.path())).unwrap_err();
    assert!(matches!(&error, Error::Repository { .. }));
    assert!(error.to_string().contains("git init --bare"), "{error}");
}

#[test]
fn it_does_not_start_with_a_seed_that_contradicts_itself() {
    let git = Git::new();
    let mut options = git.options();
    options.seed.pull_requests.push(pull(json!({ "number": 5, "title": "x" })));
    let error = Rehearsal::start(options).unwrap_err().to_string();
    assert!(error.contains("`5`") && error.contains("merged_at"), "{error}");
}

#[test]
fn a_copy_begins_with_the_same_world_and_goes_its_own_way() {
    let fixture = Fixture::new();
    let release = fixture.draft("v1.0.0");
    fixture.upload(&release, "a.txt", b"a");
    fixture.publish(&release["id"]);
    let other = tempfile::tempdir().unwrap();
    let bare = other.path().join("copy.git");
    git2::build::RepoBuilder::new()
        .bare(true)
        .clone(fixture.git.dir.path().to_str().unwrap(), &bare)
        .unwrap();
    let copy = fixture.rehearsal.copy(bare).unwrap();
    assert_ne!(copy.api_url(), fixture.rehearsal.api_url());
    assert_eq!(copy.snapshot().releases, fixture.rehearsal.snapshot().releases);
    assert!(copy.requests().is_empty());

    fixture.draft("v2.0.0");
    assert_eq!(copy.snapshot().releases.len(), 1);
    let page = format!("{}/acme/widgets/releases/download/v1.0.0/a.txt", copy.web_url());
    let storage = send("GET", &page, &[], None).unwrap().header("location").unwrap().to_owned();
    assert!(storage.starts_with(copy.web_url()), "{storage}");
    assert_eq!(send("GET", &storage, &[], None).unwrap().body, b"a");
}
