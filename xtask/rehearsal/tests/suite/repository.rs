//! What GitHub does with labels, commits, refs, lists and access.
//!
//! Owns the points about everything but releases and limits. Must never rely on the order of tests.

use std::io::{Read, Write};
use std::net::TcpStream;

use release_rehearsal::{SeedLabel, Token, Visibility};
use serde_json::{Value, json};

use crate::support::{Fixture, Git, pull, send};

#[test]
fn github_09_labels_carry_every_field() {
    let label =
        SeedLabel { name: "release: minor".to_owned(), description: None, color: "0e8a16".to_owned() };
    let github = Fixture::with(|options| options.seed.labels.push(label));
    let label = github.get("/labels").json()[0].clone();
    assert!(label["id"].is_u64() && label["node_id"].is_string() && label["url"].is_string());
    assert_eq!(label["name"], "release: minor");
    assert_eq!(label["description"], Value::Null);
    assert_eq!(label["color"], "0e8a16");
    assert_eq!(label["default"], false);
}

#[test]
fn github_10_a_commit_knows_the_pull_request_that_brought_it_in() {
    let git = Git::new();
    let landed = git.commit("main", "feat: a (#99)", &[("a", "a")], 1_000_000_100);
    let loose = git.commit("topic", "wip", &[("b", "b")], 1_000_000_200);
    let github = Fixture::on(git, |options| {
        options.seed.pull_requests = vec![
            pull(json!({
                "number": 7, "title": "feat: a (#99)", "author": "ada", "labels": ["minor"],
                "merged_at": "2026-01-02T03:04:05Z", "merge_commit": landed,
            })),
            pull(json!({
                "number": 8, "title": "wip", "state": "open", "head": "topic",
                "commits": [{ "sha": loose, "headline": "wip", "authored_at": "2026-01-02T03:04:05Z" },
                            { "sha": landed, "headline": "feat: a", "authored_at": "2026-01-02T03:04:05Z" }],
            })),
        ];
    });
    let first = github.get(&format!("/commits/{landed}/pulls")).json()[0].clone();
    assert_eq!((&first["user"]["login"], &first["labels"][0]["name"]), (&json!("ada"), &json!("minor")));
    let numbers = |sha: &str| -> Vec<u64> {
        let found = github.get(&format!("/commits/{sha}/pulls")).json();
        found.as_array().unwrap().iter().map(|pull| pull["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers(&landed), [7], "on the default branch only the merged one");
    assert_eq!(numbers(&loose), [8], "off it also an open one");
    assert_eq!(github.get(&format!("/commits/{}/pulls", "1".repeat(40))).status, 422);
}

#[test]
fn github_11_compare_is_chronological_and_ends_at_250_commits() {
    let git = Git::new();
    let base = git.tip("refs/heads/main").unwrap();
    for number in 0..260 {
        git.commit(
            "main",
            &format!("commit {number}"),
            &[("n", &number.to_string())],
            1_000_000_100 + number,
        );
    }
    let github = Fixture::on(git, |_| {});
    let compared = github.get(&format!("/compare/{base}...main")).json();
    let messages: Vec<&str> = compared["commits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["commit"]["message"].as_str().unwrap())
        .collect();
    assert_eq!(messages.len(), 250);
    assert_eq!((messages[0], messages[249]), ("commit 0", "commit 249"));
    assert_eq!(compared["total_commits"], 260);
    assert_eq!(compared["status"], "ahead");

    let last = github.get(&format!("/compare/{base}...main?per_page=100&page=3"));
    assert_eq!(last.json()["commits"].as_array().unwrap().len(), 60);
    assert!(last.header("link").unwrap().contains("rel=\"first\""));
    assert_eq!(github.get(&format!("/compare/{base}...nothing")).status, 404);
}

#[test]
fn github_12_a_tag_object_makes_no_ref_and_refs_need_two_slashes() {
    let github = Fixture::new();
    let head = github.git.tip("refs/heads/main").unwrap();
    let tag = json!({ "tag": "v1.0.0", "message": "one", "object": head, "type": "commit" });
    let tag = github.post("/git/tags", &tag).json();
    assert_eq!(github.get("/git/ref/tags/v1.0.0").status, 404);
    assert_eq!(github.git.tip("refs/tags/v1.0.0"), None);
    for name in ["tags/v1.0.0", "refs/v1", "heads/x", "refs/tags/a..b"] {
        assert_eq!(github.post("/git/refs", &json!({ "ref": name, "sha": head })).status, 422, "{name}");
    }
    let made = github.post("/git/refs", &json!({ "ref": "refs/tags/v1.0.0", "sha": tag["sha"] }));
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["object"]["type"], "tag");
    let found = github.get("/git/ref/tags/v1.0.0").json();
    assert_eq!(found["object"]["sha"], tag["sha"]);
    assert_eq!(
        github.get(&format!("/git/tags/{}", tag["sha"].as_str().unwrap())).json()["object"]["sha"],
        head
    );
}

#[test]
fn github_14_pages_hold_30_and_links_are_absolute() {
    let github = Fixture::with(|options| {
        options.seed.labels = (0..65)
            .map(|number| SeedLabel {
                name: format!("label-{number}"),
                description: None,
                color: "ededed".to_owned(),
            })
            .collect();
    });
    let first = github.get("/labels");
    assert_eq!(first.json().as_array().unwrap().len(), 30);
    let link = first.header("link").unwrap().to_owned();
    let next = link.split('>').next().unwrap().trim_start_matches('<').to_owned();
    assert!(next.starts_with(github.rehearsal.api_url()), "{next}");
    assert!(link.contains("rel=\"next\"") && link.contains("rel=\"last\"") && !link.contains("rel=\"prev\""));
    let second = github.send("GET", &next, &[], None);
    assert_eq!(second.json()[0]["name"], "label-30");
    assert!(second.header("link").unwrap().contains("rel=\"prev\""));

    let page = |number: u32, rel: &str| {
        let api = github.rehearsal.api_url();
        format!("<{api}/repositories/4242/labels?per_page=13&page={number}>; rel=\"{rel}\"")
    };
    let link = |number: u32| {
        github.get(&format!("/labels?per_page=13&page={number}")).header("link").map(str::to_owned)
    };
    assert_eq!(link(1), Some([page(2, "next"), page(5, "last")].join(", ")));
    let middle = [page(2, "prev"), page(4, "next"), page(5, "last"), page(1, "first")];
    assert_eq!(link(3), Some(middle.join(", ")));
    assert_eq!(link(5), Some([page(4, "prev"), page(1, "first")].join(", ")));

    assert_eq!(github.get("/labels?per_page=100").header("link"), None);
    assert_eq!(github.get("/labels?per_page=1000").json().as_array().unwrap().len(), 65);
    assert_eq!(github.get("/labels?page=9").json(), json!([]));
}

#[test]
fn github_19_private_is_404_to_those_without_access() {
    let github = Fixture::with(|options| {
        options.visibility = Visibility::Private;
        options.tokens.push(Token::stranger("stranger"));
    });
    assert_eq!(github.get("").json()["private"], true);
    let github = github.with_token(Some("stranger"));
    assert_eq!(github.get("").status, 404);
    assert_eq!(github.post("/releases", &json!({ "tag_name": "v1" })).status, 404);
    let github = github.with_token(None);
    assert_eq!(github.get("/releases").status, 404);
    assert_eq!(github.with_token(Some("wrong")).get("").status, 401);
}

#[test]
fn github_19_a_user_agent_is_required() {
    let github = Fixture::new();
    let host = github.rehearsal.api_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /repos/acme/widgets HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("User-Agent"), "{answer}");
}

#[test]
fn github_19_slashes_in_a_path_parameter_are_encoded() {
    let github = Fixture::new();
    let release = github.draft("release/1.0");
    github.publish(&release["id"]);
    assert_eq!(github.get("/releases/tags/release%2F1.0").json()["id"], release["id"]);
    assert_eq!(github.get("/releases/tags/release/1.0").status, 404);
}

#[test]
fn readers_may_not_write_and_are_told_so() {
    let github = Fixture::with(|options| options.tokens.push(Token::reader("read-only")));
    let github = github.with_token(Some("read-only"));
    let refused = github.post("/releases", &json!({ "tag_name": "v1" }));
    assert_eq!(refused.status, 403);
    assert_eq!(github.get("").json()["permissions"]["push"], false);
    assert_eq!(github.with_token(None).post("/releases", &json!({ "tag_name": "v1" })).status, 401);
}

#[test]
fn the_repository_tells_rights_branches_and_who_asks() {
    let github = Fixture::new();
    let repository = github.get("").json();
    assert_eq!(repository["permissions"]["push"], true);
    assert_eq!(repository["default_branch"], "main");
    let branch = github.get("/branches/main").json();
    assert_eq!(branch["commit"]["sha"], github.git.tip("refs/heads/main").unwrap());
    assert_eq!(github.get("/branches/none").status, 404);
    let user = github.send("GET", &format!("{}/user", github.rehearsal.api_url()), &[], None);
    assert_eq!(user.json()["login"], "maintainer");
}

#[test]
fn what_is_not_offered_is_404_and_logged_as_unknown() {
    let github = Fixture::new();
    let reply = github.get("/actions/runs");
    assert_eq!((reply.status, &reply.json()["message"]), (404, &json!("Not Found")));
    assert_eq!(github.rehearsal.requests()[0].operation, "unknown");
    assert_eq!(send("GET", github.rehearsal.uploads_url(), &[], None).unwrap().status, 404);
}

#[test]
fn what_git_does_meanwhile_is_seen() {
    let github = Fixture::new();
    let git = |arguments: &[&str]| {
        let mut git = std::process::Command::new("git");
        let done = git.args(arguments).current_dir(github.git.dir.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let tip = || github.get("/branches/main").json()["commit"]["sha"].as_str().unwrap().to_owned();
    let first = tip();
    let second = github.git.commit("main", "second", &[("b", "b")], 1_000_000_100);
    git(&["gc", "--quiet", "--prune=now"]);
    assert_eq!(tip(), second);
    git(&["update-ref", "refs/heads/main", &first]);
    git(&["pack-refs", "--all"]);
    assert_eq!(tip(), first);
    let third = github.git.commit("main", "third", &[("c", "c")], 1_000_000_200);
    git(&["repack", "-a", "-d", "--quiet"]);
    assert_eq!(github.get(&format!("/compare/{first}...{third}")).json()["ahead_by"], 1);
}

#[test]
fn labels_are_made_and_refused_as_recorded() {
    let github = Fixture::new();
    let made = github.post("/labels", &json!({ "name": "test-label", "color": "663399" }));
    assert_eq!(made.status, 201);
    assert_eq!(made.header("location"), Some(github.url("/labels/test-label").as_str()));
    assert_eq!(made.json()["description"], Value::Null);
    let refused = github.post("/labels", &json!({ "name": "foo", "color": "invalid" }));
    let expected = json!([{ "resource": "Label", "code": "invalid", "field": "color" }]);
    assert_eq!((refused.status, &refused.json()["errors"]), (422, &expected));
}

#[test]
fn a_file_of_a_branch_is_handed_out_as_it_is_now() {
    let fixture = Fixture::new();
    let url = |rest: &str| format!("{}/raw/acme/widgets/{rest}", fixture.rehearsal.web_url());
    let read = |rest: &str| send("GET", &url(rest), &[], None).unwrap();
    assert_eq!(read("main/README.md").body, b"hello\n");
    fixture.git.commit("main", "second", &[("docs/a.md", "there\n")], 1_000_000_100);
    assert_eq!(read("main/docs/a.md").body, b"there\n");
    for missing in ["main/docs", "main/docs/b.md", "elsewhere/README.md"] {
        assert_eq!(read(missing).status, 404, "{missing}");
    }
}
