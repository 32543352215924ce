//! What the forge client does when GitHub, the network or something between them fails.

#![expect(clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

mod scripted;

use std::time::{Duration, Instant};

use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_edge::forge::github::Timeouts;
use release_edge::forge::{Forge as _, Latest, NewAsset, NewRelease, Release, Written};
use release_edge::secret::Secret;
use scripted::{Reply, Server, TOKEN, forge, forge_with, json, plain, with};
use serde_json::json as value;

fn release_json(id: u64, server: &str) -> serde_json::Value {
    value!({
        "id": id, "tag_name": "v1.2.0", "target_commitish": "main", "name": "1.2.0", "body": "text", "draft": true,
        "prerelease": false, "html_url": "https://github.com/acme/app/releases/tag/v1.2.0",
        "upload_url": format!("{server}/repos/acme/app/releases/{id}/assets{{?name,label}}"),
        "assets": [], "author": {"login": "octocat"}, "created_at": "2026-11-01T10:00:00Z", "published_at": null,
    })
}

fn draft() -> NewRelease {
    NewRelease {
        tag: "v1.2.0".to_owned(),
        target: ObjectId::try_from("a".repeat(40)).unwrap(),
        name: "1.2.0".to_owned(),
        body: "text".to_owned(),
        prerelease: false,
    }
}

fn release(server: &Server) -> Release {
    Release {
        id: 7,
        tag: "v1.2.0".to_owned(),
        name: String::new(),
        body: String::new(),
        draft: true,
        prerelease: false,
        url: String::new(),
        upload_url: format!("{}/repos/acme/app/releases/7/assets{{?name,label}}", server.url),
    }
}

const ASSET: NewAsset<'static> =
    NewAsset { name: "a.tar.gz", content_type: "application/gzip", content: b"content" };

#[test]
fn a_read_survives_passing_faults_of_every_kind() {
    let faults = [
        json(502, "{}"),
        json(503, ""),
        json(408, ""),
        json(409, ""),
        Reply::Hangup,
        Reply::Raw(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n[{\"id\":"
                .to_vec(),
        ),
        Reply::Raw(b"not http at all\r\n\r\n".to_vec()),
        json(200, "[{\"id\": 1"),
        json(200, "{\"an object\": \"and no list\"}"),
        plain(200, "text/html", b"<html>Sign in to the network</html>"),
    ];
    for fault in faults {
        let server = Server::script(vec![fault.clone(), json(200, "[]")]);
        let (forge, clock) = forge(&server);
        assert_eq!(forge.releases().unwrap(), vec![], "{fault:?}");
        assert_eq!(clock.sleeps(), vec![1], "{fault:?}");
        assert_eq!((server.seen().len(), forge.requests().forge_reads), (2, 2), "{fault:?}");
    }
}

#[test]
fn a_read_ends_after_five_repeats_and_names_what_it_wanted() {
    let server = Server::script(vec![plain(502, "text/html", b"<html>Bad\n::error::Gateway</html>")]);
    let (forge, clock) = forge(&server);
    let failure = forge.releases().unwrap_err();
    assert_eq!((failure.cause, server.seen().len()), (Cause::Forge, 6));
    assert_eq!(clock.sleeps(), vec![1, 2, 4, 8, 16]);
    assert!(failure.message.contains("list the releases") && failure.message.contains("502"), "{failure}");
    assert!(!failure.message.contains('\n'), "{failure}");
}

#[test]
fn an_upload_answered_with_502_is_sent_once_and_unknown() {
    let server = Server::script(vec![json(502, "{}")]);
    let (forge, clock) = forge(&server);
    let written = forge.upload(&release(&server), &ASSET).unwrap();
    assert!(matches!(written, Written::Unknown(_)), "{written:?}");
    assert_eq!((server.seen().len(), forge.requests().forge_writes), (1, 1));
    assert!(clock.sleeps().is_empty());
}

#[test]
fn a_draft_that_may_have_been_made_is_never_asked_for_twice() {
    let faults = [
        json(500, ""),
        json(502, ""),
        json(504, ""),
        json(408, ""),
        json(409, ""),
        Reply::Hangup,
        json(201, "{\"id\": 1"),
        plain(201, "text/html", b"<html></html>"),
        Reply::Raw(
            b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"
                .to_vec(),
        ),
    ];
    for fault in faults {
        let server = Server::script(vec![fault.clone()]);
        let (forge, _) = forge(&server);
        assert!(matches!(forge.create_draft(&draft()).unwrap(), Written::Unknown(_)), "{fault:?}");
        assert_eq!(server.seen().len(), 1, "{fault:?}");
    }
}

#[test]
fn a_limited_draft_waits_as_asked_and_leaves_looking_to_the_caller() {
    let server = Server::script(vec![with(429, &[("retry-after", "17")], "{}")]);
    let (forge, clock) = forge(&server);
    assert!(matches!(forge.create_draft(&draft()).unwrap(), Written::Unknown(_)));
    assert_eq!((server.seen().len(), clock.sleeps()), (1, vec![17]));
}

#[test]
fn limits_of_every_form_are_waited_for() {
    let secondary = r#"{"message":"You have exceeded a secondary rate limit. Please wait."}"#;
    let reset = (1_700_000_000_u64 + 99).to_string();
    let cases = [
        (with(429, &[("retry-after", "5")], "{}"), 5),
        (with(403, &[("retry-after", "6")], "{}"), 6),
        (with(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)], "{}"), 100),
        (with(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)], "{}"), 100),
        (with(403, &[("x-ratelimit-remaining", "41")], secondary), 60),
        (with(429, &[], "{}"), 60),
    ];
    for (reply, seconds) in cases {
        let server = Server::script(vec![reply.clone(), json(200, "[]")]);
        let (forge, clock) = forge(&server);
        forge.releases().unwrap();
        assert_eq!((server.seen().len(), clock.sleeps()), (2, vec![seconds]), "{reply:?}");
    }
}

#[test]
fn a_limit_beyond_the_patience_of_a_run_ends_with_75() {
    let server = Server::script(vec![with(403, &[("retry-after", "3600")], "{}")]);
    let (forge, clock) = forge(&server);
    let failure = forge.releases().unwrap_err();
    assert_eq!((failure.cause, failure.cause.exit_code()), (Cause::RateLimited, 75));
    assert!(clock.sleeps().is_empty());
}

#[test]
fn a_deletion_of_what_is_gone_is_done_and_a_refused_one_is_not() {
    for status in [204, 404] {
        let server = Server::script(vec![json(status, "{}")]);
        let (forge, _) = forge(&server);
        assert_eq!(forge.delete_asset(3).unwrap(), Written::Yes(()), "{status}");
        assert_eq!(forge.delete_release(4).unwrap(), Written::Yes(()), "{status}");
        assert_eq!(
            server.lines(),
            ["DELETE /repos/acme/app/releases/assets/3", "DELETE /repos/acme/app/releases/4"]
        );
    }
    for (status, cause) in [(403, Cause::TokenRights), (401, Cause::TokenRights), (422, Cause::Forge)] {
        let server = Server::script(vec![json(status, r#"{"message":"no"}"#)]);
        let (forge, _) = forge(&server);
        assert_eq!(forge.delete_asset(3).unwrap_err().cause, cause, "{status}");
    }
}

#[test]
fn publishing_is_repeated_because_twice_is_the_same_as_once() {
    let server =
        Server::script(vec![json(502, ""), json(200, release_json(7, "https://uploads.github.com"))]);
    let (forge, _) = forge(&server);
    assert!(matches!(forge.publish(7, Latest::Yes).unwrap(), Written::Yes(_)));
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1].method, "PATCH");
    assert_eq!(seen[1].json(), value!({"draft": false, "make_latest": "true"}));
}

#[test]
fn a_release_made_by_this_run_is_looked_for_until_it_shows() {
    let made = release_json(7, "https://uploads.github.com");
    let missing = json(404, r#"{"message":"Not Found"}"#);
    let server = Server::script(vec![
        json(201, &made),
        missing.clone(),
        missing.clone(),
        json(200, &made),
        missing.clone(),
    ]);
    let (forge, clock) = forge(&server);
    assert!(matches!(forge.create_draft(&draft()).unwrap(), Written::Yes(_)));
    assert_eq!(forge.release(7).unwrap().unwrap().id, 7);
    assert_eq!(clock.sleeps(), vec![3, 3]);
    assert_eq!(forge.release(8).unwrap(), None, "one that it did not make is simply not there");
    assert_eq!(clock.sleeps(), vec![3, 3]);
}

#[test]
fn writes_keep_the_pace_of_the_plan_and_reads_do_not() {
    let server = Server::with(|seen| if seen.method == "GET" { json(200, "[]") } else { json(204, "") });
    let (forge, clock) = forge_with(&server, |connection| release_edge::forge::github::Connection {
        pace: Duration::from_secs(1),
        ..connection
    });
    for id in 0..3 {
        forge.delete_asset(id).unwrap();
        forge.releases().unwrap();
    }
    assert_eq!(clock.sleeps(), vec![1, 1]);
}

#[test]
fn a_forge_that_is_not_there_is_a_failure_even_for_a_write() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let server = Server::script(vec![json(200, "[]")]);
    let (forge, clock) = forge_with(&server, |connection| release_edge::forge::github::Connection {
        api: gone.clone(),
        graphql: format!("{gone}/graphql"),
        ..connection
    });
    let failure = forge.create_draft(&draft()).unwrap_err();
    assert_eq!((failure.cause, clock.sleeps().len()), (Cause::Forge, 5));
    assert!(failure.message.contains("no connection"), "{failure}");
}

#[test]
fn a_silent_forge_is_given_up_after_the_idle_time() {
    let server = Server::script(vec![Reply::Silence(Duration::from_secs(20))]);
    let short = Timeouts { idle: Duration::from_millis(150), ..Timeouts::default() };
    let (forge, _) = forge_with(&server, |connection| release_edge::forge::github::Connection {
        timeouts: short,
        ..connection
    });
    let begun = Instant::now();
    assert!(matches!(forge.create_draft(&draft()).unwrap(), Written::Unknown(_)));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn an_upload_may_be_silent_longer_than_the_idle_time_but_not_than_its_total() {
    let server = Server::script(vec![Reply::Silence(Duration::from_secs(20))]);
    let short = Timeouts {
        idle: Duration::from_millis(50),
        total: Duration::from_millis(600),
        ..Timeouts::default()
    };
    let (forge, _) = forge_with(&server, |connection| release_edge::forge::github::Connection {
        timeouts: short,
        ..connection
    });
    let begun = Instant::now();
    assert!(matches!(forge.upload(&release(&server), &ASSET).unwrap(), Written::Unknown(_)));
    assert!(
        (Duration::from_millis(500)..Duration::from_secs(5)).contains(&begun.elapsed()),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_kept_connection_that_the_forge_closed_does_not_cost_a_write() {
    let made = release_json(7, "https://uploads.github.com");
    for _ in 0..10 {
        let server = Server::script(vec![
            Reply::AnswerThenClose(200, b"[]".to_vec()),
            Reply::Answer(
                201,
                vec![("content-type".to_owned(), "application/json".to_owned())],
                made.to_string().into_bytes(),
            ),
        ]);
        let (forge, _) = forge(&server);
        forge.releases().unwrap();
        server.wait_until_closed(1);
        assert!(matches!(forge.create_draft(&draft()).unwrap(), Written::Yes(_)));
        assert_eq!(server.seen().len(), 2);
    }
}

#[test]
fn the_token_is_in_no_text_that_could_be_printed() {
    let server = Server::script(vec![json(401, r#"{"message":"Bad credentials"}"#)]);
    let (forge, _) = forge(&server);
    assert!(!format!("{forge:?}").contains(TOKEN));
    let failure = forge.releases().unwrap_err();
    assert!(!format!("{failure:?} {failure}").contains(TOKEN));
    assert_eq!(server.seen()[0].header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    let connection = release_edge::forge::github::Connection {
        token: Secret::new(TOKEN),
        ..release_edge::forge::github::Connection::new("acme", "app")
    };
    assert!(!format!("{connection:?}").contains(TOKEN));
}
