//! What GitHub does with those who ask too much.
//!
//! Owns the points about limits and conditional requests. Must never wait for an hour: windows are short here.

use std::time::Duration;

use release_rehearsal::{Fault, FaultKind, Target, Token, WritePace};
use serde_json::json;

use crate::support::Fixture;

#[test]
fn github_15_the_primary_limit_says_when_it_ends() {
    let github = Fixture::with(|options| {
        options.limits.requests = 2;
        options.limits.window = Duration::from_secs(5);
    });
    assert_eq!(github.get("").header("x-ratelimit-remaining"), Some("1"));
    assert_eq!(github.get("").header("x-ratelimit-remaining"), Some("0"));
    let refused = github.get("");
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    assert!(refused.json()["message"].as_str().unwrap().contains("API rate limit exceeded"));
    let reset: i64 = refused.header("x-ratelimit-reset").unwrap().parse().unwrap();
    let now = jiff::Timestamp::now().as_second();
    assert!((now - 1..=now + 6).contains(&reset), "{reset} is not soon after {now}");
    std::thread::sleep(Duration::from_millis(5100));
    assert_eq!(github.get("").status, 200);
}

#[test]
fn github_15_a_workflow_has_1000_requests_an_hour() {
    let github =
        Fixture::with(|options| options.tokens.push(Token::workflow_run("run"))).with_token(Some("run"));
    assert_eq!(github.get("").header("x-ratelimit-limit"), Some("1000"));
}

#[test]
fn github_15_the_secondary_limit_comes_with_or_without_a_time_to_wait() {
    let github = Fixture::new();
    for (status, retry_after) in [(403, Some(7)), (429, Some(7)), (403, None), (429, None)] {
        github.rehearsal.inject(Fault::first(Target::writes(), FaultKind::Limited { status, retry_after }));
        let refused = github.post("/releases", &json!({ "tag_name": "v1", "draft": true }));
        assert_eq!(refused.status, status);
        assert_eq!(
            refused.header("retry-after").map(str::to_owned),
            retry_after.map(|seconds| seconds.to_string())
        );
        assert!(refused.json()["message"].as_str().unwrap().contains("secondary rate limit"));
        github.rehearsal.clear_faults();
    }
    assert_eq!(github.get("/releases").json(), json!([]), "what is refused does not happen");
}

#[test]
fn github_15_writes_must_be_apart() {
    let pace = WritePace { apart: Duration::from_secs(3), ..WritePace::default() };
    let github = Fixture::with(|options| options.limits.writes = Some(pace));
    let write = || github.post("/releases", &json!({ "tag_name": "v1", "draft": true }));
    assert_eq!(write().status, 201);
    let refused = write();
    assert_eq!((refused.status, refused.header("retry-after")), (403, Some("3")));
    assert_eq!(github.get("/releases").status, 200, "reads go on");
    std::thread::sleep(Duration::from_millis(3100));
    assert_eq!(write().status, 201);
}

#[test]
fn github_15_80_writes_a_minute_are_enough() {
    let pace = WritePace { apart: Duration::ZERO, ..WritePace::default() };
    let github = Fixture::with(|options| options.limits.writes = Some(pace));
    let write = || github.post("/labels", &json!({ "name": "x" })).status;
    assert!((0..80).all(|_| write() != 403));
    assert_eq!(write(), 403);
}

#[test]
fn github_15_graphql_says_it_with_status_200() {
    let github = Fixture::new();
    let query = "{ viewer { login } }";
    github.rehearsal.inject(Fault::first(
        Target::operation("graphql"),
        FaultKind::Limited { status: 403, retry_after: Some(1) },
    ));
    let secondary = github.graphql(query, &json!({}));
    assert_eq!((secondary.status, secondary.header("retry-after")), (200, Some("1")));
    assert!(secondary.json()["errors"][0]["message"].as_str().unwrap().contains("secondary rate limit"));

    github.rehearsal.set_rate_limit(0, Duration::from_secs(60));
    let primary = github.graphql(query, &json!({}));
    assert_eq!((primary.status, primary.header("x-ratelimit-remaining")), (200, Some("0")));
    assert_eq!(primary.json()["errors"][0]["type"], "RATE_LIMITED");
}

#[test]
fn github_16_what_has_not_changed_costs_nothing() {
    let github = Fixture::new();
    let first = github.get("/releases");
    let tag = first.header("etag").unwrap().to_owned();
    let same = github.send("GET", &github.url("/releases"), &[("if-none-match", &tag)], None);
    assert_eq!((same.status, same.body.len()), (304, 0));
    assert_eq!(same.header("x-ratelimit-remaining"), first.header("x-ratelimit-remaining"));
    github.draft("v1.0.0");
    let other = github.send("GET", &github.url("/releases"), &[("if-none-match", &tag)], None);
    assert_eq!(other.status, 200);
}

#[test]
fn asking_for_the_limit_costs_nothing() {
    let github = Fixture::new();
    let url = format!("{}/rate_limit", github.rehearsal.api_url());
    github.get("");
    for _ in 0..3 {
        let limit = github.send("GET", &url, &[], None).json();
        assert_eq!(limit["resources"]["core"]["used"], 1);
        assert_eq!(limit["rate"]["limit"], 5000);
    }
}
