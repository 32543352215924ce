//! Recorded requests, sent to the rehearsal GitHub. Must never judge what came back beyond comparing it with what was recorded.

use std::collections::BTreeMap;
use std::fs;

use release_rehearsal::{Options, Rehearsal, Token};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::client::{self, Reply};
use crate::scene::{TOKEN, git};
use crate::shape::{Allowed, comparable, differences};

/// The owner and the user of all recordings.
pub(crate) const OWNER: &str = "octokit-fixture-org";
const USER: &str = "octokit-fixture-user-a";

/// One recorded request and its answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Recording {
    pub(crate) method: String,
    scope: String,
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) status: u16,
    pub(crate) response: Value,
    #[serde(default)]
    reqheaders: BTreeMap<String, Value>,
    headers: BTreeMap<String, Value>,
}

impl Recording {
    /// The same with another path.
    pub(crate) fn at(&self, path: String) -> Self {
        Self { path, ..self.clone() }
    }

    /// The same with another body of the answer.
    pub(crate) fn answering(&self, response: Value) -> Self {
        Self { response, ..self.clone() }
    }

    /// Where it was sent.
    fn url(&self) -> String {
        format!("{}{}", self.scope.trim_end_matches(":443"), self.path)
    }

    /// A header of the answer.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}

/// What was recorded of a scenario, in order.
pub(crate) fn recordings(scenario: &str) -> Vec<Recording> {
    let file = crate::node::modules()
        .join("@octokit/fixtures/scenarios/api.github.com")
        .join(scenario)
        .join("normalized-fixture.json");
    let text = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("`{}`: {error}: run `cargo xtask test`", file.display()));
    serde_json::from_str(&text).unwrap()
}

/// A rehearsal GitHub with the repository that a scenario was recorded in.
pub(crate) struct Stage {
    pub(crate) rehearsal: Rehearsal,
    /// Two commits of the branch `main`, the newer first: recordings number them like this.
    pub(crate) commits: [String; 2],
    /// Our address for each recorded one that an answer has shown so far.
    known: BTreeMap<String, String>,
    name: String,
    _folder: TempDir,
}

impl Stage {
    /// Sets it, with what the scenario finds there before its first request.
    pub(crate) fn of(scenario: &str, seed: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (bare, clone) = (folder.path().join("remote.git"), folder.path().join("clone"));
        git(folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
        git(folder.path(), &["clone", "--quiet", "remote.git", "clone"]);
        let [older, newer] = ["older", "newer"].map(|message| {
            let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
            let commit = ["commit", "--quiet", "--allow-empty", "-m", message];
            git(&clone, &[&who[..], &commit[..]].concat());
            git(&clone, &["rev-parse", "HEAD"])
        });
        git(&clone, &["push", "--quiet", "origin", "HEAD:refs/heads/main"]);
        let mut options = Options::new(OWNER, scenario, &bare);
        options.tokens = vec![Token { login: USER.to_owned(), ..Token::maintainer(TOKEN) }];
        seed(&mut options);
        let rehearsal = Rehearsal::start(options).unwrap();
        let name = scenario.to_owned();
        Self { rehearsal, commits: [newer, older], known: BTreeMap::new(), name, _folder: folder }
    }

    /// Our address of something in the repository.
    pub(crate) fn url(&self, rest: &str) -> String {
        format!("{}/repos/{OWNER}/{}{rest}", self.rehearsal.api_url(), self.name)
    }

    /// Sends a recorded request.
    pub(crate) fn send(&self, recording: &Recording) -> Reply {
        let url = self.address(&recording.url());
        let body = match &recording.body {
            Value::String(text) => self.commits_of(text),
            other => self.commits_of(&other.to_string()),
        };
        let kind = recording.reqheaders.get("content-type").and_then(Value::as_str);
        let headers: Vec<(&str, &str)> = kind.map(|kind| ("content-type", kind)).into_iter().collect();
        let body = (!body.is_empty()).then_some(body.as_bytes());
        client::send(&recording.method.to_uppercase(), &url, &headers, body)
    }

    /// Sends a recorded request and says how the answer differs from what was recorded.
    pub(crate) fn replay(&mut self, recording: &Recording, allowed: Allowed<'_>) -> Vec<String> {
        let reply = self.send(recording);
        let mut found = Vec::new();
        if reply.status != recording.status {
            found.push(format!("status {} where {} was recorded", reply.status, recording.status));
        }
        found.extend(headers(recording, &reply));
        let ours = reply.json();
        let recorded = if recording.response == "" { &Value::Null } else { &recording.response };
        found.extend(differences(recorded, &ours, allowed));
        self.learn(recorded, &ours);
        let what = format!("{} {}", recording.method, recording.path);
        found.into_iter().map(|difference| format!("{what}: {difference}")).collect()
    }

    /// Our address for a recorded one: of the thing that an answer showed under it, or of the same path.
    fn address(&self, recorded: &str) -> String {
        let shown = self.known.iter().filter(|(known, _)| recorded.starts_with(known.as_str()));
        match shown.max_by_key(|(known, _)| known.len()) {
            Some((known, ours)) => recorded.replacen(known.as_str(), ours, 1),
            None => recorded.replacen("https://api.github.com", self.rehearsal.api_url(), 1),
        }
    }

    /// Recordings number commits; ours have names of their own.
    fn commits_of(&self, text: &str) -> String {
        let numbered = |text: String, number: usize, ours: &str| text.replace(&format!("{number:040}"), ours);
        let [newer, older] = &self.commits;
        numbered(numbered(text.to_owned(), 1, newer), 2, older)
    }

    /// Remembers which of our addresses stands for which recorded one.
    fn learn(&mut self, recorded: &Value, ours: &Value) {
        match (recorded, ours) {
            (Value::Object(recorded), Value::Object(ours)) => {
                for (key, value) in recorded {
                    self.learn(value, ours.get(key).unwrap_or(&Value::Null));
                }
            }
            (Value::Array(recorded), Value::Array(ours)) => {
                recorded.iter().zip(ours).for_each(|(recorded, ours)| self.learn(recorded, ours));
            }
            (Value::String(recorded), Value::String(ours)) if recorded.starts_with("https://") => {
                let bare = |address: &str| address.split('{').next().unwrap_or_default().to_owned();
                self.known.insert(bare(recorded), bare(ours));
            }
            _ => {}
        }
    }
}

/// How the headers that a release relies on differ.
pub(crate) fn headers(recording: &Recording, reply: &Reply) -> Vec<String> {
    let ours = |name: &str| reply.headers.get(name).cloned();
    let mut found = Vec::new();
    for name in ["content-type", "location", "link"] {
        let plain = |value: Option<String>| value.map(|value| without_hosts(&value));
        let (recorded, ours) = (plain(recording.header(name)), plain(ours(name)));
        if recorded != ours {
            found.push(format!("header `{name}`: {ours:?} where {recorded:?} was recorded"));
        }
    }
    let limits =
        ["limit", "remaining", "reset", "used", "resource"].map(|name| format!("x-ratelimit-{name}"));
    let tag = (recording.method == "get").then(|| "etag".to_owned());
    for name in limits.into_iter().chain(tag) {
        if recording.header(&name).is_some() != ours(&name).is_some() {
            found.push(format!("header `{name}` is in one of both only"));
        }
    }
    found
}

/// A header's value with each address in it made comparable.
fn without_hosts(value: &str) -> String {
    let piece = |piece: &str| match piece.strip_prefix('<').and_then(|piece| piece.split_once('>')) {
        Some((address, rest)) => format!("<{}>{rest}", comparable(address)),
        None => comparable(piece),
    };
    value.split(", ").map(piece).collect::<Vec<_>>().join(", ")
}
