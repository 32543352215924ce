//! A bare repository, a rehearsal on it, and an HTTP client.
//!
//! Owns the scaffolding of the tests. Must never assert what a test is about.

use std::collections::BTreeMap;
use std::time::Duration;

use git2::{Oid, Repository, Signature, Time};
use release_rehearsal::{Options, Rehearsal, SeedPullRequest};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const TOKEN: &str = "rehearsal-token";

/// A bare repository with one commit on `main`.
pub(crate) struct Git {
    pub(crate) dir: TempDir,
}

impl Git {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(dir.path()).unwrap();
        repository.set_head("refs/heads/main").unwrap();
        let git = Self { dir };
        git.commit("main", "first", &[("README.md", "hello\n")], 1_000_000_000);
        git
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::open_bare(self.dir.path()).unwrap()
    }

    /// Adds a commit to a branch, made from `main` where it does not exist, and returns its id.
    pub(crate) fn commit(&self, branch: &str, message: &str, files: &[(&str, &str)], second: i64) -> String {
        let repository = self.open();
        let refname = format!("refs/heads/{branch}");
        let parent = repository
            .find_reference(&refname)
            .or_else(|_| repository.find_reference("refs/heads/main"))
            .ok()
            .map(|found| found.peel_to_commit().unwrap());
        let mut index = git2::Index::new().unwrap();
        if let Some(parent) = &parent {
            index.read_tree(&parent.tree().unwrap()).unwrap();
        }
        for (path, content) in files {
            let blob = repository.blob(content.as_bytes()).unwrap();
            index.add(&entry(path, blob)).unwrap();
        }
        let tree = repository.find_tree(index.write_tree_to(&repository).unwrap()).unwrap();
        let who = Signature::new("Ada", "ada@example.com", &Time::new(second, 0)).unwrap();
        let parents: Vec<_> = parent.iter().collect();
        let commit = repository.commit(None, &who, &who, message, &tree, &parents).unwrap();
        repository.reference(&refname, commit, true, "test").unwrap();
        commit.to_string()
    }

    pub(crate) fn tip(&self, name: &str) -> Option<String> {
        self.open().find_reference(name).ok().and_then(|found| found.target()).map(|oid| oid.to_string())
    }

    pub(crate) fn tag(&self, name: &str, sha: &str) {
        self.open()
            .reference(&format!("refs/tags/{name}"), Oid::from_str(sha).unwrap(), false, "test")
            .unwrap();
    }

    pub(crate) fn options(&self) -> Options {
        Options::new("acme", "widgets", self.dir.path())
    }
}

fn entry(path: &str, blob: Oid) -> git2::IndexEntry {
    let zero = git2::IndexTime::new(0, 0);
    git2::IndexEntry {
        ctime: zero,
        mtime: zero,
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id: blob,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// A running rehearsal and a client that knows a token.
pub(crate) struct Fixture {
    pub(crate) git: Git,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) token: Option<String>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        Self::on(Git::new(), change)
    }

    pub(crate) fn on(git: Git, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = git.options();
        change(&mut options);
        let rehearsal = Rehearsal::start(options).unwrap();
        Self { git, rehearsal, token: Some(TOKEN.to_owned()) }
    }

    /// The address of something in the repository.
    pub(crate) fn url(&self, rest: &str) -> String {
        format!("{}/repos/acme/widgets{rest}", self.rehearsal.api_url())
    }

    pub(crate) fn get(&self, rest: &str) -> Reply {
        self.send("GET", &self.url(rest), &[], None)
    }

    pub(crate) fn post(&self, rest: &str, body: &Value) -> Reply {
        self.send("POST", &self.url(rest), &[], Some(body.to_string().as_bytes()))
    }

    pub(crate) fn patch(&self, rest: &str, body: &Value) -> Reply {
        self.send("PATCH", &self.url(rest), &[], Some(body.to_string().as_bytes()))
    }

    pub(crate) fn put(&self, rest: &str, body: &Value) -> Reply {
        self.send("PUT", &self.url(rest), &[], Some(body.to_string().as_bytes()))
    }

    pub(crate) fn delete(&self, rest: &str) -> Reply {
        self.send("DELETE", &self.url(rest), &[], None)
    }

    pub(crate) fn graphql(&self, query: &str, variables: &Value) -> Reply {
        let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
        self.send("POST", &self.rehearsal.graphql_url(), &[], Some(body.as_bytes()))
    }

    /// Uploads to a release, at the address that its template gives.
    pub(crate) fn upload(&self, release: &Value, encoded_name: &str, bytes: &[u8]) -> Reply {
        let template = release["upload_url"].as_str().unwrap();
        let base = template.split('{').next().unwrap();
        let kind = [("content-type", "application/octet-stream")];
        self.send("POST", &format!("{base}?name={encoded_name}"), &kind, Some(bytes))
    }

    pub(crate) fn draft(&self, tag: &str) -> Value {
        let reply = self.post("/releases", &serde_json::json!({ "tag_name": tag, "draft": true }));
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()
    }

    pub(crate) fn publish(&self, id: &Value) -> Reply {
        self.patch(&format!("/releases/{id}"), &serde_json::json!({ "draft": false }))
    }

    /// Sends with the fixture's token.
    pub(crate) fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Reply {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        if let Some(bearer) = &bearer {
            all.push(("authorization", bearer));
        }
        send(method, url, &all, body).unwrap()
    }

    /// The same rehearsal for somebody with another token, or none.
    pub(crate) fn with_token(mut self, token: Option<&str>) -> Self {
        self.token = token.map(str::to_owned);
        self
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Sends without any token and follows nothing.
pub(crate) fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Result<Reply, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = match body {
        Some(bytes) => agent.run(request.body(bytes.to_vec()).unwrap())?,
        None => agent.run(request.body(()).unwrap())?,
    };
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let status = response.status().as_u16();
    Ok(Reply { status, headers, body: response.body_mut().read_to_vec()? })
}

/// A merged pull request from JSON, so that a test shows only what it is about.
pub(crate) fn pull(json: Value) -> SeedPullRequest {
    serde_json::from_value(json).unwrap()
}
