//! What GitHub does with releases, their files and their tags.
//!
//! Owns the points about releases. Must never inspect the server's memory where an answer shows the same.

use release_rehearsal::{AssetDigests, AssetDownloads, ImmutableReleases, SeedRelease, Token};
use serde_json::{Value, json};

use crate::support::{Fixture, Git, send};

#[test]
fn github_01_uploads_go_to_another_host_that_sends_no_rate_limit() {
    let github = Fixture::new();
    let release = github.draft("v1.0.0");
    let template = release["upload_url"].as_str().unwrap();
    assert!(template.ends_with("/assets{?name,label}"), "{template}");
    assert!(template.starts_with(github.rehearsal.uploads_url()));
    assert_ne!(github.rehearsal.uploads_url(), github.rehearsal.api_url());

    let uploaded = github.upload(&release, "a.txt", b"text");
    assert_eq!(uploaded.status, 201);
    assert_eq!(uploaded.header("x-ratelimit-remaining"), None);
    assert!(github.get("/releases").header("x-ratelimit-remaining").is_some());
}

#[test]
fn github_02_codes_say_what_happened() {
    let github = Fixture::new();
    let head = github.git.tip("refs/heads/main").unwrap();
    let tag = json!({ "tag": "v1", "message": "one", "object": head, "type": "commit" });
    let tag = github.post("/git/tags", &tag);
    assert_eq!(tag.status, 201);
    let made = github.post("/git/refs", &json!({ "ref": "refs/tags/v1", "sha": tag.json()["sha"] }));
    assert_eq!(made.status, 201);
    let release = github.post("/releases", &json!({ "tag_name": "v1", "draft": true }));
    assert_eq!(release.status, 201);
    let release = release.json();
    let asset = github.upload(&release, "a", b"a");
    assert_eq!(asset.status, 201);

    let path = format!("/releases/{}", release["id"]);
    assert_eq!(github.patch(&path, &json!({ "name": "one" })).status, 200);
    assert_eq!(github.post("/releases/generate-notes", &json!({ "tag_name": "v1" })).status, 200);
    let asset = format!("/releases/assets/{}", asset.json()["id"]);
    let deleted = github.delete(&asset);
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(github.delete(&asset).status, 404);
    assert_eq!(github.get("/releases/1").status, 404);
    assert_eq!(github.get("/releases/tags/v9").status, 404);
    assert_eq!(github.get("/git/ref/tags/v9").status, 404);
}

#[test]
fn github_02_a_branch_that_moved_during_a_merge_is_409() {
    let github = Fixture::new();
    github.git.commit("topic", "change", &[("a", "a")], 1_000_000_100);
    let pull = github.post("/pulls", &json!({ "title": "a", "head": "topic", "base": "main" })).json();
    let merge = json!({ "sha": "0".repeat(40) });
    assert_eq!(github.put(&format!("/pulls/{}/merge", pull["number"]), &merge).status, 409);
}

#[test]
fn github_03_drafts_are_listed_to_those_who_may_push_and_never_found_by_tag() {
    let git = Git::new();
    let github = Fixture::on(git, |options| options.tokens.push(Token::reader("read-only")));
    let first = github.draft("v1.0.0");
    let second = github.draft("v1.0.0");
    assert_ne!(first["id"], second["id"], "several drafts may share one tag name");
    assert_eq!(github.get("/releases/tags/v1.0.0").status, 404);
    assert_eq!(github.publish(&first["id"]).status, 200);
    assert_eq!(
        github.get("/releases").json().as_array().unwrap().len(),
        2,
        "a published one may stand beside them"
    );
    assert_eq!(github.get("/releases/tags/v1.0.0").json()["id"], first["id"]);

    let reader = github.with_token(Some("read-only"));
    assert_eq!(reader.get("/releases").json().as_array().unwrap().len(), 1);
    assert_eq!(reader.get(&format!("/releases/{}", second["id"])).status, 404);
}

#[test]
fn github_04_publishing_makes_the_tag_a_draft_does_not() {
    let github = Fixture::new();
    let first = github.git.tip("refs/heads/main").unwrap();
    github.git.commit("main", "second", &[("b", "b")], 1_000_000_100);
    let draft = json!({ "tag_name": "v1.0.0", "target_commitish": first, "draft": true });
    let draft = github.post("/releases", &draft).json();
    assert_eq!(github.git.tip("refs/tags/v1.0.0"), None);
    github.publish(&draft["id"]);
    assert_eq!(github.git.tip("refs/tags/v1.0.0"), Some(first));
}

#[test]
fn github_04_publishing_leaves_a_tag_that_exists() {
    let github = Fixture::new();
    let first = github.git.tip("refs/heads/main").unwrap();
    github.git.tag("v1.0.0", &first);
    github.git.commit("main", "second", &[("b", "b")], 1_000_000_100);
    let draft = github.draft("v1.0.0");
    github.publish(&draft["id"]);
    assert_eq!(github.git.tip("refs/tags/v1.0.0"), Some(first));
}

#[test]
fn github_05_a_tag_has_one_published_release() {
    let github = Fixture::new();
    let (first, second) = (github.draft("v1.0.0"), github.draft("v1.0.0"));
    assert_eq!(github.publish(&first["id"]).status, 200);
    let expected = json!([{ "resource": "Release", "code": "already_exists", "field": "tag_name" }]);
    let published = github.publish(&second["id"]);
    assert_eq!((published.status, &published.json()["errors"]), (422, &expected));
    let created = github.post("/releases", &json!({ "tag_name": "v1.0.0" }));
    assert_eq!((created.status, &created.json()["errors"]), (422, &expected));
}

#[test]
fn github_05_an_existing_ref_is_refused_without_a_list_of_errors() {
    let github = Fixture::new();
    let head = github.git.tip("refs/heads/main").unwrap();
    let wanted = json!({ "ref": "refs/tags/v1.0.0", "sha": head });
    assert_eq!(github.post("/git/refs", &wanted).status, 201);
    let again = github.post("/git/refs", &wanted);
    assert_eq!(again.status, 422);
    let body = again.json();
    assert_eq!(body["message"], "Reference already exists");
    assert_eq!(body["status"], "422");
    assert_eq!(body.get("errors"), None);
}

#[test]
fn github_06_an_asset_name_is_taken_until_it_is_deleted() {
    let github = Fixture::new();
    let release = github.draft("v1.0.0");
    let first = github.upload(&release, "a.txt", b"one").json();
    let again = github.upload(&release, "a.txt", b"two");
    assert_eq!(again.status, 422);
    let expected = json!([{ "resource": "ReleaseAsset", "code": "already_exists", "field": "name" }]);
    let body = again.json();
    assert_eq!((&body["message"], &body["errors"]), (&json!("Validation Failed"), &expected));
    assert!(body["request_id"].is_string() && body["documentation_url"].is_string());
    assert_eq!(github.delete(&format!("/releases/assets/{}", first["id"])).status, 204);
    let second = github.upload(&release, "a.txt", b"two").json();
    assert_ne!(first["id"], second["id"]);
}

#[test]
fn github_07_a_broken_upload_leaves_a_starter_in_the_way() {
    let github = Fixture::new();
    let release = github.draft("v1.0.0");
    let fault = json!({ "where": { "operation": "repos/upload-release-asset" }, "kind": { "status": 502 } });
    github.rehearsal.inject(serde_json::from_value(fault).unwrap());
    assert_eq!(github.upload(&release, "a.txt", b"one").status, 502);

    let assets = github.get(&format!("/releases/{}/assets", release["id"])).json();
    let starter = &assets[0];
    assert_eq!((&starter["state"], &starter["size"]), (&json!("starter"), &json!(0)));
    assert_eq!(starter["digest"], Value::Null);
    assert_eq!(github.upload(&release, "a.txt", b"one").status, 422);
    assert_eq!(github.delete(&format!("/releases/assets/{}", starter["id"])).status, 204);
    let uploaded = github.upload(&release, "a.txt", b"one");
    assert_eq!((uploaded.status, &uploaded.json()["state"]), (201, &json!("uploaded")));
}

#[test]
fn github_08_asset_names_are_changed_and_the_digest_tells_what_arrived() {
    let github = Fixture::new();
    let release = github.draft("v1.0.0");
    for (sent, stored) in
        [("a%20b%2Bc.txt", "a.b.c.txt"), ("x+y", "x.y"), (".env", "default.env"), ("log.", "log")]
    {
        let asset = github.upload(&release, sent, b"text").json();
        assert_eq!(asset["name"], stored);
        assert_eq!(
            asset["digest"],
            "sha256:982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"
        );
    }
    let conflict = github.upload(&release, "a-b.txt", b"1").status;
    assert_eq!(conflict, 201);
    assert_eq!(github.upload(&release, "a.b%20c.txt", b"1").status, 422, "the stored name counts");
}

#[test]
fn github_08_a_digest_may_be_null_although_the_asset_is_whole() {
    let github = Fixture::with(|options| options.asset_digests = AssetDigests::Null);
    let release = github.draft("v1.0.0");
    let uploaded = github.upload(&release, "a.txt", b"text").json();
    assert_eq!((&uploaded["state"], &uploaded["size"]), (&json!("uploaded"), &json!(4)));
    let listed = github.get(&format!("/releases/{}/assets", release["id"])).json();
    let released = github.get("/releases").json();
    for digest in [&uploaded["digest"], &listed[0]["digest"], &released[0]["assets"][0]["digest"]] {
        assert_eq!(*digest, Value::Null);
    }
}

#[test]
fn github_08_downloads_lead_to_storage_that_wants_no_token() {
    let github = Fixture::new();
    let release = github.draft("v1.0.0");
    let asset = github.upload(&release, "a.txt", b"text").json();
    let url = asset["url"].as_str().unwrap();
    let reply = github.send("GET", url, &[("accept", "application/octet-stream")], None);
    assert_eq!(reply.status, 302);
    let location = reply.header("location").unwrap().to_owned();
    assert_eq!(send("GET", &location, &[], None).unwrap().body, b"text");
    assert_eq!(github.send("GET", &location, &[], None).status, 400, "a token too many");

    let hidden = send("GET", asset["browser_download_url"].as_str().unwrap(), &[], None).unwrap();
    assert_eq!(hidden.status, 404, "a draft is not public");
    let published = github.publish(&release["id"]).json();
    let page =
        send("GET", published["assets"][0]["browser_download_url"].as_str().unwrap(), &[], None).unwrap();
    assert_eq!(page.status, 302);
    assert_eq!(send("GET", page.header("location").unwrap(), &[], None).unwrap().body, b"text");
}

#[test]
fn github_08_downloads_may_also_answer_at_once() {
    let github = Fixture::with(|options| options.asset_downloads = AssetDownloads::Direct);
    let release = github.draft("v1.0.0");
    let asset = github.upload(&release, "a.txt", b"text").json();
    let reply =
        github.send("GET", asset["url"].as_str().unwrap(), &[("accept", "application/octet-stream")], None);
    assert_eq!((reply.status, reply.body.as_slice()), (200, b"text".as_slice()));
}

#[test]
fn github_13_latest_goes_by_the_date_of_the_commit_unless_it_is_said() {
    let git = Git::new();
    let new = git.commit("main", "new", &[("n", "n")], 1_700_000_000);
    let old = git.commit("release/1.0", "fix", &[("o", "o")], 1_800_000_000);
    let github = Fixture::on(git, |_| {});
    let release = |tag: &str, target: &str, extra: Value| {
        let mut body = json!({ "tag_name": tag, "target_commitish": target });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        github.post("/releases", &body)
    };
    assert_eq!(release("v2.0.0", &new, json!({})).status, 201);
    assert_eq!(release("v1.0.1", &old, json!({})).status, 201);
    assert_eq!(
        github.get("/releases/latest").json()["tag_name"],
        "v1.0.1",
        "the younger commit, not the higher version"
    );

    assert_eq!(release("v2.0.1", &new, json!({ "make_latest": "true" })).status, 201);
    assert_eq!(github.get("/releases/latest").json()["tag_name"], "v2.0.1");
    assert_eq!(release("v1.0.2", &old, json!({ "make_latest": "false" })).status, 201);
    assert_eq!(github.get("/releases/latest").json()["tag_name"], "v2.0.1");
    let candidate = json!({ "prerelease": true, "make_latest": "true" });
    assert_eq!(release("v3.0.0-rc.1", &new, candidate).status, 422, "a pre-release cannot be latest");
    assert_eq!(release("v3.0.0", &new, json!({ "make_latest": true })).status, 422, "it is a string");
}

#[test]
fn github_13_another_published_release_is_made_latest_and_an_edit_of_its_page_is_no_word_about_that() {
    let github = Fixture::new();
    let publish = |tag: &str| {
        let body = json!({ "tag_name": tag, "make_latest": "true" });
        github.post("/releases", &body).json()["id"].as_u64().unwrap()
    };
    let (old, new) = (publish("v1.0.0"), publish("v1.1.0"));
    let latest = || github.get("/releases/latest").json()["id"].as_u64();
    assert_eq!(latest(), Some(new));
    let edit = |id: u64, body: Value| github.patch(&format!("/releases/{id}"), &body);
    assert_eq!(edit(old, json!({ "make_latest": "true" })).status, 200);
    assert_eq!(latest(), Some(old));
    let page = json!({ "name": "1.1.0 (withdrawn)", "body": "gone", "make_latest": "false" });
    let edited = edit(new, page).json();
    assert_eq!((&edited["name"], &edited["draft"]), (&json!("1.1.0 (withdrawn)"), &json!(false)));
    assert_eq!(latest(), Some(old));
    edit(old, json!({ "make_latest": "false" }));
    assert_eq!(latest(), None, "no release is left that may be the latest");
}

#[test]
fn github_17_an_immutable_release_keeps_tag_and_assets_and_burns_its_name() {
    let github = Fixture::with(|options| options.immutable_releases = ImmutableReleases::On);
    let release = github.draft("v1.0.0");
    let asset = github.upload(&release, "a.txt", b"text").json();
    let path = format!("/releases/{}", release["id"]);
    assert_eq!(github.publish(&release["id"]).json()["immutable"], true);

    assert_eq!(github.upload(&release, "b.txt", b"text").status, 422);
    assert_eq!(github.delete(&format!("/releases/assets/{}", asset["id"])).status, 422);
    assert_eq!(github.patch(&path, &json!({ "tag_name": "v1.0.1" })).status, 422);
    assert_eq!(github.patch(&path, &json!({ "draft": true })).status, 422);
    assert_eq!(github.patch(&path, &json!({ "body": "better words" })).status, 200);
    assert_eq!(github.delete("/git/refs/tags/v1.0.0").status, 422);

    assert_eq!(github.delete(&path).status, 204);
    let again = github.post("/releases", &json!({ "tag_name": "v1.0.0", "draft": true }));
    assert_eq!(again.status, 422);
    assert_eq!(again.json()["errors"][0]["message"], "tag_name was used by an immutable release");
}

#[test]
fn github_17_a_push_cannot_move_the_tag_of_an_immutable_release() {
    let github = Fixture::with(|options| options.immutable_releases = ImmutableReleases::On);
    let release = github.draft("v1.0.0");
    github.publish(&release["id"]);
    let bare = github.git.dir.path();
    let push = |refspec: &str| {
        let mut git = std::process::Command::new("git");
        git.args(["push", "--force"]).arg(bare).arg(refspec).current_dir(bare).output().unwrap()
    };
    let second = github.git.commit("main", "second", &[("b", "b")], 1_000_000_100);
    for refspec in [format!("{second}:refs/tags/v1.0.0"), ":refs/tags/v1.0.0".to_owned()] {
        let pushed = push(&refspec);
        assert!(!pushed.status.success(), "{refspec}");
        assert!(String::from_utf8_lossy(&pushed.stderr).contains("GH013"), "{refspec}");
    }
    assert!(push(&format!("{second}:refs/tags/v1.0.1")).status.success(), "other tags are free");
}

#[test]
fn github_18_a_token_without_the_workflow_right_is_told_that_nothing_is_there() {
    let git = Git::new();
    let plain = git.tip("refs/heads/main").unwrap();
    let change = git.commit("main", "ci", &[(".github/workflows/ci.yml", "on: push\n")], 1_000_000_100);
    let github = Fixture::on(git, |options| options.tokens.push(Token::workflow_run("run")));
    let wanted = |target: &str| json!({ "tag_name": "v1.0.0", "target_commitish": target, "draft": true });
    assert_eq!(github.post("/releases", &wanted(&change)).status, 201);

    let run = github.with_token(Some("run"));
    let refused = run.post("/releases", &wanted(&change));
    assert_eq!((refused.status, &refused.json()["message"]), (404, &json!("Not Found")));
    assert_eq!(run.post("/releases", &wanted(&plain)).status, 201);
}

#[test]
fn a_list_may_lag_behind_while_the_release_is_there() {
    let github = Fixture::with(|options| options.release_list_lag = 2);
    let release = github.draft("v1.0.0");
    let listed = || github.get("/releases").json().as_array().unwrap().len();
    assert_eq!(github.get(&format!("/releases/{}", release["id"])).status, 200);
    assert_eq!([listed(), listed(), listed()], [0, 0, 1]);
}

#[test]
fn releases_of_the_seed_are_there_from_the_start() {
    let seed = json!({ "tag_name": "v0.9.0", "assets": [{ "name": "a", "content": "text" }] });
    let seed: SeedRelease = serde_json::from_value(seed).unwrap();
    let github = Fixture::with(|options| options.seed.releases.push(seed));
    assert_eq!(github.get("/releases/latest").json()["assets"][0]["name"], "a");
    assert!(github.git.tip("refs/tags/v0.9.0").is_some());
}

#[test]
fn a_text_of_more_than_125_000_characters_is_refused() {
    let github = Fixture::new();
    let body = json!({ "tag_name": "v1.0.0", "draft": true, "body": "ä".repeat(125_001) });
    assert_eq!(github.post("/releases", &body).status, 422);
}
