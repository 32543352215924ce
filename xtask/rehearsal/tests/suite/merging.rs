//! Opening, labelling and merging a pull request.
//!
//! Owns the way of a release that goes through a pull request. Must never merge by hand what the server can.

use serde_json::{Value, json};

use crate::support::{Fixture, Git};

fn open(github: &Fixture) -> Value {
    github.git.commit("release-v1", "chore: release v1", &[("VERSION", "1\n")], 1_000_000_100);
    let pull = json!({ "title": "Release v1", "head": "release-v1", "base": "main", "body": "stamp" });
    let reply = github.post("/pulls", &pull);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

fn merge(github: &Fixture, method: &str) -> String {
    let pull = open(github);
    let wanted = json!({ "merge_method": method, "sha": pull["head"]["sha"] });
    let reply = github.put(&format!("/pulls/{}/merge", pull["number"]), &wanted);
    assert_eq!((reply.status, &reply.json()["merged"]), (200, &json!(true)));
    reply.json()["sha"].as_str().unwrap().to_owned()
}

#[test]
fn a_pull_request_is_opened_labelled_and_found_once() {
    let github = Fixture::new();
    let pull = open(&github);
    let (number, head) = (&pull["number"], &pull["head"]["sha"]);
    let labels = github.post(&format!("/issues/{number}/labels"), &json!({ "labels": ["release"] }));
    assert_eq!((labels.status, &labels.json()[0]["name"]), (200, &json!("release")));
    let listed = github.get("/pulls?head=acme:release-v1&base=main").json();
    assert_eq!((&listed[0]["number"], &listed[0]["head"]["sha"]), (number, head));
    assert_eq!(github.get("/pulls?head=acme:other").json(), json!([]));
    let again = github.post("/pulls", &json!({ "title": "x", "head": "release-v1", "base": "main" }));
    assert_eq!(again.status, 422);
    assert!(again.text().contains("A pull request already exists for acme:release-v1."));
}

#[test]
fn a_squash_merge_makes_one_commit_on_the_branch() {
    let github = Fixture::new();
    let before = github.git.tip("refs/heads/main").unwrap();
    let sha = merge(&github, "squash");
    assert_eq!(github.git.tip("refs/heads/main").unwrap(), sha);
    let repository = github.git.open();
    let commit = repository.find_commit(git2::Oid::from_str(&sha).unwrap()).unwrap();
    assert_eq!(commit.summary().unwrap(), Some("Release v1 (#1)"));
    assert_eq!(commit.parent_ids().map(|id| id.to_string()).collect::<Vec<_>>(), [before]);
    assert!(commit.tree().unwrap().get_name("VERSION").is_some());
}

#[test]
fn a_merge_commit_keeps_both_parents_and_all_its_commits_belong_to_the_pull_request() {
    let github = Fixture::new();
    let sha = merge(&github, "merge");
    let commit =
        github.git.open().find_commit(git2::Oid::from_str(&sha).unwrap()).unwrap().parent_ids().count();
    assert_eq!(commit, 2);
    let side = github.git.tip("refs/heads/release-v1").unwrap();
    for commit in [&sha, &side] {
        let found = github.get(&format!("/commits/{commit}/pulls")).json();
        assert_eq!(found[0]["merge_commit_sha"], json!(sha));
    }
    assert_eq!(github.get("/pulls/1").json()["merged"], true);
    assert_eq!(github.put("/pulls/1/merge", &json!({})).status, 405, "it is merged");
}

#[test]
fn a_pull_request_merged_seconds_ago_is_not_in_the_index_yet() {
    let github = Fixture::with(|options| options.association_lag = 2);
    let sha = merge(&github, "squash");
    let known = || github.get(&format!("/commits/{sha}/pulls")).json().as_array().unwrap().len();
    assert_eq!([known(), known(), known()], [0, 0, 1]);
}

#[test]
fn a_conflict_is_not_mergeable() {
    let git = Git::new();
    git.commit("topic", "mine", &[("README.md", "mine\n")], 1_000_000_100);
    git.commit("main", "theirs", &[("README.md", "theirs\n")], 1_000_000_100);
    let github = Fixture::on(git, |_| {});
    github.post("/pulls", &json!({ "title": "mine", "head": "topic", "base": "main" }));
    assert_eq!(github.put("/pulls/1/merge", &json!({})).status, 405);
}

#[test]
fn a_pull_request_can_be_changed_and_closed() {
    let github = Fixture::new();
    open(&github);
    assert_eq!(github.patch("/pulls/1", &json!({ "title": "Release v2", "state": "closed" })).status, 200);
    let pull = github.get("/pulls/1").json();
    assert_eq!(
        (&pull["title"], &pull["state"], &pull["merged"]),
        (&json!("Release v2"), &json!("closed"), &json!(false))
    );
    assert_eq!(github.get("/pulls").json(), json!([]));
    assert_eq!(github.get("/pulls?state=all").json()[0]["number"], 1);
}
