//! The table of classes, entry by entry.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::barred::Barrier;

fn rest(status: u16, headers: &[(&str, &str)], body: &str) -> Attempt {
    Attempt::Answered(Answer::of_rest(status, pairs(headers), body.as_bytes().to_vec()))
}

fn graphql(body: &str) -> Attempt {
    Attempt::Answered(Answer::of_graphql(200, Vec::new(), body.as_bytes().to_vec()))
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Outcomes as they were seen, and the class each belongs to.
fn cases() -> Vec<(Attempt, &'static str)> {
    let exists = r#"{"message":"Validation Failed","errors":[{"resource":"ReleaseAsset","code":"already_exists","field":"name"}]}"#;
    let burned = r#"{"message":"Validation Failed","errors":[{"resource":"Release","code":"custom","field":"tag_name","message":"tag_name was used by an immutable release"}]}"#;
    vec![
        (rest(200, &[], "[]"), "success"),
        (rest(204, &[], ""), "success"),
        (rest(200, &[], r#"{"errors":"a word in a body of REST is no complaint"}"#), "success"),
        (graphql(r#"{"data":{}}"#), "success"),
        (graphql(r#"{"data":{},"errors":null}"#), "success"),
        (Attempt::NotSent("refused".to_owned()), "not-sent"),
        (Attempt::Barred("UnknownIssuer".to_owned(), Barrier::Certificate), "barred"),
        (Attempt::Lost("reset".to_owned()), "lost"),
        (rest(429, &[], ""), "rate-limit"),
        (rest(403, &[("retry-after", "7")], ""), "rate-limit"),
        (rest(403, &[("x-ratelimit-remaining", "0")], ""), "rate-limit"),
        (rest(403, &[], r#"{"message":"You have exceeded a secondary rate limit."}"#), "rate-limit"),
        (
            graphql(r#"{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#),
            "rate-limit",
        ),
        (graphql(r#"{"errors":[{"message":"You have exceeded a secondary rate limit"}]}"#), "rate-limit"),
        (rest(408, &[], ""), "server-fault"),
        (rest(500, &[], ""), "server-fault"),
        (rest(502, &[], "<html>Bad Gateway</html>"), "server-fault"),
        (rest(503, &[], ""), "server-fault"),
        (
            graphql(
                r#"{"data":null,"errors":[{"message":"Something went wrong while executing your query."}]}"#,
            ),
            "graphql-fault",
        ),
        (rest(422, &[], burned), "burned"),
        (rest(422, &[], exists), "exists"),
        (rest(422, &[], r#"{"message":"Reference already exists","status":"422"}"#), "exists"),
        (
            rest(
                422,
                &[],
                r#"{"message":"Validation Failed","errors":[{"message":"A pull request already exists for a:b."}]}"#,
            ),
            "exists",
        ),
        (rest(401, &[], r#"{"message":"Bad credentials"}"#), "token-refused"),
        (
            rest(403, &[("x-ratelimit-remaining", "12")], r#"{"message":"Resource not accessible"}"#),
            "forbidden",
        ),
        (graphql(r#"{"errors":[{"type":"INSUFFICIENT_SCOPES","message":"…"}]}"#), "forbidden"),
        (rest(404, &[], r#"{"message":"Not Found"}"#), "missing"),
        (rest(410, &[], ""), "missing"),
        (graphql(r#"{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","message":"…"}]}"#), "missing"),
        (rest(409, &[], ""), "conflict"),
        (rest(301, &[], ""), "refused"),
        (rest(400, &[], "not json"), "refused"),
        (rest(422, &[], r#"{"message":"Validation Failed","errors":["a text"]}"#), "refused"),
        (rest(422, &[], r#"{"message":"Cannot upload assets to an immutable release."}"#), "refused"),
        (graphql(r#"{"errors":[{"type":"MAX_NODE_LIMIT_EXCEEDED","message":"…"}]}"#), "refused"),
    ]
}

#[test]
fn every_outcome_belongs_to_the_class_it_was_seen_in() {
    for (outcome, class) in cases() {
        assert_eq!(class_of(&outcome).id, class, "{outcome:?}");
    }
}

#[test]
fn every_class_has_a_case_a_text_and_a_name_of_its_own() {
    let proven: BTreeSet<_> = cases().iter().map(|(_, class)| *class).collect();
    let named: BTreeSet<_> = CLASSES.iter().map(|class| class.id).collect();
    assert_eq!(proven, named);
    assert_eq!(named.len(), CLASSES.len());
    assert!(CLASSES.iter().all(|class| !class.text.is_empty()));
}

#[test]
fn nothing_repeats_a_creation_that_may_have_happened() {
    for class in CLASSES {
        let repeats = matches!(class.create, Reaction::Again | Reaction::Wait);
        assert_eq!(repeats, class.id == "not-sent", "{}", class.id);
    }
}

#[test]
fn a_limit_says_how_long_to_wait() {
    let now = Timestamp::from_second(1_000).unwrap();
    type Case = (&'static [(&'static str, &'static str)], Option<u64>);
    let cases: &[Case] = &[
        (&[("retry-after", "7"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1500")], Some(7)),
        (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1500")], Some(501)),
        (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "900")], Some(0)),
        (&[("x-ratelimit-remaining", "12"), ("x-ratelimit-reset", "1500")], None),
        (&[("retry-after", "soon")], None),
        (&[], None),
    ];
    for (headers, seconds) in cases {
        let answer = Answer::of_rest(429, pairs(headers), Vec::new());
        assert_eq!(answer.asks_to_wait(now), seconds.map(Duration::from_secs), "{headers:?}");
    }
}

#[test]
fn a_refusal_names_the_right_that_is_missing_and_the_one_that_is_there() {
    let operation = Operation::create("create the draft", "`contents: write`").advice("or so");
    let bare = failure(Cause::TokenRights, &operation, &rest(403, &[], r#"{"message":"no"}"#));
    assert_eq!(bare.message, "cannot create the draft: the other side answered 403: no");
    assert_eq!(bare.hint, "give the token `contents: write` for this repository; or so");
    let named =
        rest(403, &[("x-accepted-github-permissions", "contents=write; contents=write,workflows=write")], "");
    assert!(
        failure(Cause::TokenRights, &operation, &named)
            .hint
            .contains("`contents=write; contents=write,workflows=write`")
    );
    let scoped = rest(403, &[("x-accepted-oauth-scopes", "repo"), ("x-oauth-scopes", "gist")], "");
    assert!(
        failure(Cause::TokenRights, &operation, &scoped)
            .hint
            .contains("`repo` for this repository; it has `gist`")
    );
    let expired = failure(Cause::TokenRights, &operation, &rest(401, &[], ""));
    assert!(
        expired.hint.contains("expired") && expired.hint.contains("`contents: write`"),
        "{}",
        expired.hint
    );
}

#[test]
fn the_other_sides_words_cannot_leave_their_line() {
    let operation = Operation::read("read\nit", "`contents: read`");
    let outcome = rest(400, &[], "{\"message\":\"a\\n::error::b\\u001b[31m\"}");
    let text = failure(Cause::Forge, &operation, &outcome).message;
    assert!(!text.contains(['\n', '\u{1b}']), "{text}");
}
