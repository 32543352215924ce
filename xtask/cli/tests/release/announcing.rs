//! Who is told of a release: once, by the run that published it, and never at the cost of the release.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::enterprise::{Enterprise, PASSWORD, SERVER};
use crate::git::git;
use crate::run::Run;
use crate::stage::{Setting, Stage};

/// A release by somebody who said yes.
const RELEASE: &[&str] = &["release", "--yes", "--json"];
const ANNOUNCED: &str = "mode: push\nmilliseconds_between_writes: 0\nannouncements:\n  - { name: team, kind: slack, url_from: SLIPWAY_WEBHOOK_TEAM }\n  - { name: others, kind: generic, url_from: SLIPWAY_WEBHOOK_OTHERS }\n  - { name: testers, kind: teams, url_from: SLIPWAY_WEBHOOK_TESTERS, channels: [beta] }\n";

fn stage() -> Stage {
    Setting::new().configured("mode: push\n", ANNOUNCED).set()
}

/// A webhook that answers with these codes, the last one for ever.
struct Hook {
    address: String,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Hook {
    fn answering(codes: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}/T0/canary-of-the-hook", listener.local_addr().expect("an address"));
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for (number, connection) in listener.incoming().enumerate() {
                let mut connection = connection.expect("a connection");
                let mut reader = BufReader::new(&connection);
                let (mut head, mut length) = (String::new(), 0);
                while !head.ends_with("\r\n\r\n") {
                    let mut line = String::new();
                    reader.read_line(&mut line).expect("a line");
                    if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().expect("a length");
                    }
                    head.push_str(&line);
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).expect("a body");
                taken.lock().expect("bodies").push(serde_json::from_slice(&body).expect("JSON"));
                let code = codes.get(number).or(codes.last()).expect("a code");
                write!(connection, "HTTP/1.1 {code} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .expect("an answer");
            }
        });
        Self { address, bodies }
    }

    fn bodies(&self) -> Vec<Value> {
        self.bodies.lock().expect("bodies").clone()
    }
}

/// Releases for real, as far as the program can tell.
fn release(stage: &Stage, enterprise: &Enterprise, variables: &[(&str, &str)]) -> Run {
    let clone = stage.fresh_clone();
    git(&clone, &["remote", "set-url", "origin", &format!("{SERVER}/example/aihummer.git")]);
    let mut command = stage.command(&clone, RELEASE, &[]);
    for name in ["GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "SLIPWAY_REHEARSAL_REGISTRY"] {
        command.env_remove(name);
    }
    let certificates: &Path = &enterprise.authority;
    command
        .env("GITHUB_SERVER_URL", SERVER)
        .env("HTTPS_PROXY", enterprise.proxy(PASSWORD))
        .env("SSL_CERT_FILE", certificates)
        .envs(variables.iter().copied());
    Run::of(clone, &command.output().expect("the program runs"))
}

#[test]
fn those_of_the_channel_are_told_once_and_a_second_run_tells_nobody() {
    let stage = stage();
    let enterprise = Enterprise::around(&stage);
    let (team, others, testers) =
        (Hook::answering(&[200]), Hook::answering(&[503, 204]), Hook::answering(&[200]));
    let variables = [
        ("SLIPWAY_WEBHOOK_TEAM", team.address.as_str()),
        ("SLIPWAY_WEBHOOK_OTHERS", &others.address),
        ("SLIPWAY_WEBHOOK_TESTERS", &testers.address),
    ];
    for outcome in ["released", "already-released"] {
        let run = release(&stage, &enterprise, &variables).ends_with(0);
        assert_eq!(run.json()["outcome"], outcome, "{}", run.stdout);
        assert!(!run.stdout.contains("E-ANNOUNCEMENT"), "{}", run.stdout);
        assert!(
            !run.stdout.contains("canary") && !run.stderr.contains("canary"),
            "{}{}",
            run.stdout,
            run.stderr
        );
        assert!(!stage.file("v1.0.0", ".release/plan.json").contains("canary"));
        assert_eq!(
            (team.bodies().len(), others.bodies().len(), testers.bodies().len()),
            (1, 2, 0),
            "{outcome}"
        );
    }
    let page = format!("{SERVER}/example/aihummer/releases/tag/v1.0.0");
    assert_eq!(team.bodies()[0]["text"], format!("aihummer v1.0.0 is released: {page}"));
    assert_eq!((&others.bodies()[1]["tag"], &others.bodies()[1]["url"]), (&"v1.0.0".into(), &page.into()));
}

#[test]
fn an_announcement_that_fails_is_a_note_and_the_release_is_whole() {
    let stage = stage();
    let enterprise = Enterprise::around(&stage);
    let refusing = Hook::answering(&[403]);
    let run = release(&stage, &enterprise, &[("SLIPWAY_WEBHOOK_TEAM", &refusing.address)]).ends_with(0);
    let receipt = run.json();
    assert_eq!(receipt["outcome"], "released");
    let notes: Vec<(String, String)> =
        run.findings().into_iter().filter(|(cause, _)| cause == "E-ANNOUNCEMENT").collect();
    let [(_, refused), (_, unset)] = notes.as_slice() else { panic!("{notes:?}") };
    assert!(refused.contains("`team`") && refused.contains("403"), "{refused}");
    assert!(unset.contains("`others`") && unset.contains("`SLIPWAY_WEBHOOK_OTHERS` is not set"), "{unset}");
    assert!(!run.stdout.contains("canary") && !run.stderr.contains("canary"), "{}{}", run.stdout, run.stderr);
    assert_eq!(refusing.bodies().len(), 1, "a refusal is not asked again");
    assert!(stage.rehearsal.snapshot().releases.iter().all(|release| !release.draft));
}

#[test]
fn a_rehearsal_says_what_would_be_sent_and_sends_nothing() {
    let stage = stage();
    let hook = Hook::answering(&[200]);
    let variables = [("SLIPWAY_WEBHOOK_TEAM", hook.address.as_str())];
    let run = stage.run_with(&stage.fresh_clone(), RELEASE, &variables).ends_with(0);
    assert!(
        run.stderr.contains("would be announced as `team`")
            && run.stderr.contains("aihummer v1.0.0 is released"),
        "{}",
        run.stderr
    );
    assert!(hook.bodies().is_empty());
}
