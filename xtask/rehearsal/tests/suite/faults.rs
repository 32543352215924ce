//! Every kind of fault, and what it leaves behind.
//!
//! Owns the difference between what happened and what was answered. Must never depend on how a client retries.

use std::time::{Duration, Instant};

use release_rehearsal::{Access, Fault, FaultKind, Target};
use serde_json::{Value, json};

use crate::support::{Fixture, send};

fn releases(github: &Fixture) -> usize {
    github.rehearsal.snapshot().releases.len()
}

/// Sends a release and returns what came of it; a connection that breaks is an error.
fn create(github: &Fixture) -> Result<u16, ureq::Error> {
    let body = json!({ "tag_name": "v1.0.0", "draft": true }).to_string();
    let headers = [("authorization", "Bearer rehearsal-token")];
    send("POST", &github.url("/releases"), &headers, Some(body.as_bytes())).map(|reply| reply.status)
}

fn strike(kind: FaultKind) -> Fixture {
    let github = Fixture::new();
    github.rehearsal.inject(Fault::first(Target::writes(), kind));
    github
}

#[test]
fn reset_before_happens_before_anything_does() {
    let github = strike(FaultKind::ResetBefore);
    assert!(create(&github).is_err());
    assert_eq!(releases(&github), 0);
    assert_eq!(create(&github).unwrap(), 201, "a fault strikes once");
}

#[test]
fn reset_after_loses_the_answer_but_not_the_effect() {
    let github = strike(FaultKind::ResetAfter);
    assert!(create(&github).is_err());
    assert_eq!(releases(&github), 1);
    assert_eq!(github.rehearsal.requests()[0].status, None);
}

#[test]
fn a_status_comes_instead_of_the_effect_or_after_it() {
    let github = strike(FaultKind::Status(500));
    assert_eq!(create(&github).unwrap(), 500);
    assert_eq!(releases(&github), 0);
    let github = strike(FaultKind::StatusAfter(502));
    assert_eq!(create(&github).unwrap(), 502);
    assert_eq!(releases(&github), 1);
}

#[test]
fn holding_delays_what_happens_or_what_is_answered() {
    for kind in [FaultKind::Hold(0.3), FaultKind::HoldAfter(0.3)] {
        let github = strike(kind);
        let start = Instant::now();
        assert_eq!(create(&github).unwrap(), 201);
        assert!(start.elapsed() >= Duration::from_millis(300));
    }
}

#[test]
fn a_body_may_be_slow_cut_or_cut_short() {
    let github = Fixture::new();
    let fail = |kind| github.rehearsal.inject(Fault::first(Target::operation("repos/list-releases"), kind));
    let list = || {
        let headers = [("authorization", "Bearer rehearsal-token")];
        send("GET", &github.url("/releases"), &headers, None)
    };
    github.draft("v1.0.0");

    fail(FaultKind::SlowBody(0.4));
    let start = Instant::now();
    assert!(list().unwrap().json().is_array());
    assert!(start.elapsed() >= Duration::from_millis(400));
    github.rehearsal.clear_faults();

    fail(FaultKind::CutBody);
    assert!(list().is_err());
    github.rehearsal.clear_faults();

    fail(FaultKind::TruncatedJson);
    let cut = list().unwrap();
    assert_eq!(cut.status, 200);
    assert!(serde_json::from_slice::<Value>(&cut.body).is_err());
}

#[test]
fn wrong_content_reaches_storage_downloads_and_lists() {
    let github = strike(FaultKind::WrongContent);
    github.rehearsal.clear_faults();
    let release = github.draft("v1.0.0");
    github.rehearsal.inject(Fault::first(Target::writes(), FaultKind::WrongContent));
    let asset = github.upload(&release, "a.txt", b"text").json();
    assert_eq!(asset["size"], 4);
    assert_ne!(asset["digest"], "sha256:982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1");

    let published = github.publish(&release["id"]).json();
    let page = published["assets"][0]["browser_download_url"].as_str().unwrap().to_owned();
    let stored = send("GET", &page, &[], None).unwrap().header("location").unwrap().to_owned();
    let right = send("GET", &stored, &[], None).unwrap().body;
    github.rehearsal.inject(Fault::first(Target::operation("web/storage"), FaultKind::WrongContent));
    let wrong = send("GET", &stored, &[], None).unwrap();
    assert_eq!(wrong.status, 200);
    assert_ne!(wrong.body, right);

    github.rehearsal.inject(Fault::first(Target::operation("repos/list-releases"), FaultKind::WrongContent));
    let page = github.get("/releases");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html")));
}

#[test]
fn a_stale_list_leaves_out_the_newest() {
    let github = Fixture::new();
    let (first, _) = (github.draft("v1.0.0"), github.draft("v1.0.0"));
    github.rehearsal.inject(Fault::first(Target::operation("repos/list-releases"), FaultKind::StaleList));
    let stale = github.get("/releases").json();
    assert_eq!(stale.as_array().unwrap().len(), 1);
    assert_eq!(stale[0]["id"], first["id"]);
    assert_eq!(github.get("/releases").json().as_array().unwrap().len(), 2);
}

#[test]
fn faults_can_wait_for_the_nth_write_and_last_for_several() {
    let github = Fixture::new();
    let fault = Fault { target: Target::writes(), nth: 2, times: 2, kind: FaultKind::Status(503) };
    github.rehearsal.inject(fault);
    let answers: Vec<u16> = (0..4)
        .map(|_| {
            github.get("/releases");
            create(&github).unwrap()
        })
        .collect();
    assert_eq!(answers, [201, 503, 503, 201]);
}

#[test]
fn the_log_says_what_was_asked_and_what_wrote() {
    let github = Fixture::new();
    let release = github.draft("v1.0.0");
    github.upload(&release, "a.txt", b"text");
    github.get("/releases?per_page=1");
    github.graphql("{ viewer { login } }", &json!({}));
    github.post("/releases/generate-notes", &json!({ "tag_name": "v1.0.0" }));
    let log = github.rehearsal.requests();
    let seen: Vec<(&str, Access)> = log.iter().map(|one| (one.operation.as_str(), one.access)).collect();
    assert_eq!(
        seen,
        [
            ("repos/create-release", Access::Write),
            ("repos/upload-release-asset", Access::Write),
            ("repos/list-releases", Access::Read),
            ("graphql", Access::Read),
            ("repos/generate-release-notes", Access::Read),
        ]
    );
    assert_eq!(log[2].path, "/repos/acme/widgets/releases?per_page=1");
    assert_eq!(log.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    github.rehearsal.forget_requests();
    assert!(github.rehearsal.requests().is_empty());
}
