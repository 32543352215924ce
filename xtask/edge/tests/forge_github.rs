//! What GitHub's answers mean to a release: shapes, refusals, paging, uploads and downloads.

#![expect(clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

mod scripted;

use release_core::facts::{PushRight, Visibility};
use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_edge::forge::github::Connection;
use release_edge::forge::{
    Forge as _, Latest, Message, NewAsset, NewPullRequest, NewRelease, Origin, PullRequest, Release,
    ReleaseAsset, Written,
};
use release_edge::secret::Secret;
use scripted::{Server, TOKEN, forge, forge_with, json, plain, with};
use serde_json::{Value, json as value};

fn asset_json(id: u64, name: &str, state: &str) -> Value {
    value!({
        "id": id, "node_id": "x", "name": name, "label": null, "state": state, "content_type": "application/gzip", "size": 7,
        "digest": null, "download_count": 0, "url": "https://api.github.com/x",
        "browser_download_url": format!("https://github.com/acme/app/releases/download/v1.2.0/{name}"),
        "created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-01T10:00:00Z", "uploader": null,
    })
}

fn release_json(id: u64) -> Value {
    value!({
        "id": id, "tag_name": "v1.2.0", "target_commitish": "main", "name": null, "body": null, "draft": true,
        "prerelease": false, "html_url": "https://github.com/acme/app/releases/tag/v1.2.0",
        "upload_url": "https://uploads.github.com/repos/acme/app/releases/7/assets{?name,label}",
    })
}

fn draft() -> NewRelease {
    NewRelease {
        tag: "v1.2.0".to_owned(),
        target: ObjectId::try_from("a".repeat(40)).unwrap(),
        name: "1.2.0".to_owned(),
        body: "text".to_owned(),
        prerelease: true,
    }
}

fn release_at(upload_url: String) -> Release {
    Release {
        id: 7,
        tag: "v1.2.0".to_owned(),
        name: String::new(),
        body: String::new(),
        draft: true,
        prerelease: false,
        url: String::new(),
        upload_url,
    }
}

fn refused(
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> (Server, release_edge::forge::github::GitHub) {
    let server = Server::script(vec![with(status, headers, body)]);
    let (forge, _) = forge(&server);
    (server, forge)
}

#[test]
fn a_draft_is_asked_for_in_full() {
    let server = Server::script(vec![json(201, release_json(7))]);
    let (forge, _) = forge(&server);
    let Written::Yes(release) = forge.create_draft(&draft()).unwrap() else { panic!("not made") };
    assert_eq!((release.id, release.name.as_str(), release.body.as_str()), (7, "", ""));
    let seen = server.seen();
    assert_eq!(server.lines(), ["POST /repos/acme/app/releases"]);
    assert_eq!(
        seen[0].json(),
        value!({
            "tag_name": "v1.2.0", "target_commitish": "a".repeat(40), "name": "1.2.0", "body": "text", "draft": true,
            "prerelease": true, "make_latest": "false",
        })
    );
    assert_eq!(seen[0].header("accept"), Some("application/vnd.github+json"));
    assert_eq!(seen[0].header("x-github-api-version"), Some("2022-11-28"));
    assert!(seen[0].header("user-agent").is_some());
}

#[test]
fn a_refused_draft_speaks_of_workflows() {
    for status in [403, 404] {
        let (_server, forge) = refused(status, &[], r#"{"message":"Not Found"}"#);
        let failure = forge.create_draft(&draft()).unwrap_err();
        assert_eq!(failure.cause, Cause::TokenRights, "{status}");
        assert!(
            failure.hint.contains(".github/workflows") && failure.hint.contains("contents: write"),
            "{}",
            failure.hint
        );
    }
}

#[test]
fn a_refusal_names_the_scope_the_forge_asks_for() {
    let headers = [("x-accepted-github-permissions", "contents=write"), ("x-oauth-scopes", "gist")];
    let (_server, forge) = refused(403, &headers, r#"{"message":"Resource not accessible by integration"}"#);
    let failure = forge.publish(7, Latest::No).unwrap_err();
    assert_eq!(failure.cause, Cause::TokenRights);
    assert!(
        failure.hint.contains("`contents=write`") && failure.hint.contains("it has `gist`"),
        "{}",
        failure.hint
    );
    let (_server, forge) = refused(401, &[], r#"{"message":"Bad credentials"}"#);
    assert_eq!(forge.releases().unwrap_err().cause, Cause::TokenRights);
}

#[test]
fn a_private_repository_looks_as_if_it_did_not_exist() {
    let (_server, forge) = refused(404, &[], r#"{"message":"Not Found"}"#);
    let failure = forge.repository().unwrap_err();
    assert_eq!(failure.cause, Cause::TokenRights);
    assert!(
        failure.message.contains("acme/app") && failure.hint.contains("private"),
        "{failure} {}",
        failure.hint
    );
    assert_eq!(forge.releases().unwrap_err().cause, Cause::TokenRights);
}

#[test]
fn a_renamed_repository_is_not_followed() {
    let (server, forge) = refused(301, &[("location", "https://api.github.com/repositories/1")], "{}");
    let failure = forge.repository().unwrap_err();
    assert_eq!((failure.cause, server.seen().len()), (Cause::Forge, 1));
    assert!(failure.hint.contains("renamed"), "{}", failure.hint);
}

#[test]
fn the_repository_says_whether_the_token_may_push() {
    let body = |permissions: Value| value!({"html_url": "https://github.com/acme/app", "default_branch": "main", "private": false, "permissions": permissions});
    let server = Server::script(vec![
        json(200, body(value!({"admin": false, "push": true, "pull": true}))),
        json(200, body(value!({"admin": false, "push": false, "pull": true}))),
        json(200, value!({"login": "rosa"})),
        json(
            200,
            value!({"html_url": "https://github.com/acme/app", "default_branch": "main", "private": true}),
        ),
        json(403, value!({"message": "Resource not accessible by integration"})),
    ]);
    let (forge, _) = forge(&server);
    let granted = forge.repository().unwrap();
    assert_eq!((granted.push, granted.visibility), (PushRight::Granted, Visibility::Public));
    assert_eq!(forge.repository().unwrap().push, PushRight::Missing, "a person who may not");
    let installation = forge.repository().unwrap();
    assert_eq!(installation.push, PushRight::Unknown, "to an installation GitHub never says it");
    assert_eq!(
        (installation.default_branch.as_str(), installation.visibility),
        ("main", Visibility::Private)
    );
    let repository = "GET /repos/acme/app";
    assert_eq!(server.lines(), [repository, repository, "GET /user", repository, "GET /user"]);
}

#[test]
fn a_classic_token_is_judged_by_its_scopes_and_not_by_what_its_account_may() {
    let info = |private: bool| value!({"html_url": "https://github.com/acme/app", "default_branch": "main", "private": private, "permissions": {"push": true}});
    let short = |scopes: &str| PushRight::OutOfScope(scopes.to_owned());
    let cases = [
        (false, "repo, workflow", PushRight::Granted),
        (false, "public_repo", PushRight::Granted),
        (false, "", PushRight::Granted),
        (true, "repo", PushRight::Granted),
        (true, "public_repo, gist", short("public_repo, gist")),
        (false, "read:org, workflow", short("read:org, workflow")),
    ];
    for (private, scopes, expected) in cases {
        let server = Server::script(vec![with(200, &[("x-oauth-scopes", scopes)], info(private))]);
        assert_eq!(forge(&server).0.repository().unwrap().push, expected, "{scopes}");
    }
}

#[test]
fn a_tag_name_of_an_immutable_release_is_burned() {
    let body = r#"{"message":"Validation Failed","errors":[{"resource":"Release","code":"custom","field":"tag_name","message":"tag_name was used by an immutable release"}]}"#;
    let (_server, forge) = refused(422, &[], body);
    assert_eq!(forge.create_draft(&draft()).unwrap_err().cause, Cause::VersionBurned);
    assert_eq!(forge.publish(7, Latest::No).unwrap_err().cause, Cause::VersionBurned);
}

#[test]
fn what_is_there_already_is_told_apart_from_a_failure() {
    let release = r#"{"message":"Validation Failed","errors":[{"resource":"Release","code":"already_exists","field":"tag_name"}]}"#;
    let asset = r#"{"message":"Validation Failed","request_id":"x","errors":[{"resource":"ReleaseAsset","code":"already_exists","field":"name"}]}"#;
    let pull = r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"A pull request already exists for acme:x."}]}"#;
    let (_server, forge) = refused(422, &[], release);
    assert_eq!(forge.publish(7, Latest::Yes).unwrap(), Written::Exists);
    let (server, forge) = refused(422, &[], asset);
    let new = NewAsset { name: "a", content_type: "text/plain", content: b"" };
    assert_eq!(
        forge.upload(&release_at(format!("{}/up{{?name}}", server.url)), &new).unwrap(),
        Written::Exists
    );
    let (_server, forge) = refused(422, &[], pull);
    let request =
        NewPullRequest { title: "t".into(), body: "b".into(), head: "x".into(), base: "main".into() };
    assert_eq!(forge.create_pull_request(&request).unwrap(), Written::Exists);
}

#[test]
fn every_page_is_read_by_its_link() {
    let server = Server::with(|seen| {
        let host = seen.header("host").unwrap().to_owned();
        let link = |page: u32| format!("<http://{host}/repositories/1/releases?per_page=100&page={page}>");
        match seen.target.as_str() {
            "/repos/acme/app/releases?per_page=100" => with(
                200,
                &[("link", &format!("{}; rel=\"next\", {}; rel=\"last\"", link(2), link(3)))],
                value!([release_json(3)]),
            ),
            "/repositories/1/releases?per_page=100&page=2" => with(
                200,
                &[("link", &format!("{}; rel=\"prev\", {}; rel=\"next\"", link(1), link(3)))],
                value!([release_json(2)]),
            ),
            "/repositories/1/releases?per_page=100&page=3" => {
                with(200, &[("link", &format!("{}; rel=\"first\"", link(1)))], value!([release_json(1)]))
            }
            other => json(404, other),
        }
    });
    let (forge, _) = forge(&server);
    let ids: Vec<u64> = forge.releases().unwrap().iter().map(|release| release.id).collect();
    assert_eq!((ids, forge.requests().forge_reads), (vec![3, 2, 1], 3));
}

#[test]
fn a_next_page_on_another_host_is_not_asked_for() {
    let other = Server::script(vec![json(200, "[]")]);
    let link = format!("<{}/releases?page=2>; rel=\"next\"", other.url);
    let server = Server::script(vec![with(200, &[("link", &link)], "[]")]);
    let (forge, _) = forge(&server);
    assert_eq!(forge.releases().unwrap_err().cause, Cause::Forge);
    assert!(other.seen().is_empty());
}

#[test]
fn a_failed_page_fails_the_list() {
    let server = Server::with(|seen| {
        if seen.target.contains("page=2") {
            return json(500, "{}");
        }
        let host = seen.header("host").unwrap().to_owned();
        with(200, &[("link", &format!("<http://{host}/x?page=2>; rel=\"next\""))], value!([release_json(1)]))
    });
    let (forge, _) = forge(&server);
    assert_eq!(forge.releases().unwrap_err().cause, Cause::Forge);
}

#[test]
fn assets_say_their_state_and_perhaps_their_digest() {
    let mut digested = asset_json(2, "b", "uploaded");
    digested["digest"] = value!("sha256:abc");
    let mut bare = asset_json(3, "c", "open");
    bare.as_object_mut().unwrap().remove("digest");
    let server = Server::script(vec![json(200, value!([asset_json(1, "a", "starter"), digested, bare]))]);
    let (forge, _) = forge(&server);
    let assets = forge.assets(7).unwrap();
    let states: Vec<_> = assets.iter().map(|asset| (asset.uploaded, asset.digest.as_deref())).collect();
    assert_eq!(states, [(false, None), (true, Some("sha256:abc")), (false, None)]);
    assert_eq!(server.lines(), ["GET /repos/acme/app/releases/7/assets?per_page=100"]);
}

#[test]
fn an_upload_carries_its_exact_bytes_name_and_length() {
    let server = Server::script(vec![json(201, asset_json(9, "a.b.gz", "uploaded"))]);
    let (forge, _) = forge(&server);
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let new = NewAsset { name: "a+b c&d=ü.gz", content_type: "application/gzip", content: &content };
    let release = release_at(format!("{}/repos/acme/app/releases/7/assets{{?name,label}}", server.url));
    let Written::Yes(asset) = forge.upload(&release, &new).unwrap() else { panic!("not uploaded") };
    assert_eq!(
        (asset.name.as_str(), asset.uploaded),
        ("a.b.gz", true),
        "the name is the one GitHub made of it"
    );
    let seen = server.seen();
    assert_eq!(server.lines(), ["POST /repos/acme/app/releases/7/assets?name=a%2Bb%20c%26d%3D%C3%BC.gz"]);
    assert_eq!(seen[0].body, content);
    assert_eq!(seen[0].header("content-length"), Some("1200000"));
    assert_eq!(seen[0].header("transfer-encoding"), None);
    assert_eq!(seen[0].header("content-type"), Some("application/gzip"));
    assert_eq!(forge.requests().forge_writes, 1);
}

#[test]
fn an_upload_to_another_port_of_this_machine_carries_the_token_once() {
    let api = Server::script(vec![json(200, "[]")]);
    let uploads = Server::script(vec![json(201, asset_json(9, "a", "uploaded"))]);
    let (forge, _) = forge(&api);
    let new = NewAsset { name: "a", content_type: "text/plain", content: b"content" };
    forge.upload(&release_at(format!("{}/r/7/assets{{?name,label}}", uploads.url)), &new).unwrap();
    let seen = uploads.seen();
    let tokens = seen[0].headers.iter().filter(|(key, _)| key == "authorization").count();
    assert_eq!((seen.len(), tokens, api.seen().len()), (1, 1, 0));
}

#[test]
fn an_upload_to_a_host_that_is_not_the_forges_is_not_made() {
    let server = Server::script(vec![json(201, asset_json(9, "a", "uploaded"))]);
    let connection = Connection { token: Secret::new(TOKEN), ..Connection::new("acme", "app") };
    let forge = release_edge::forge::github::GitHub::connect(connection).unwrap();
    let new = NewAsset { name: "a", content_type: "text/plain", content: b"" };
    let failure =
        forge.upload(&release_at(format!("{}/assets{{?name,label}}", server.url)), &new).unwrap_err();
    assert_eq!((failure.cause, server.seen().len(), forge.requests().forge_writes), (Cause::Forge, 0, 0));
}

#[test]
fn a_write_without_a_token_is_not_sent() {
    let server = Server::script(vec![json(200, "[]")]);
    let (forge, _) = forge_with(&server, |connection| Connection { token: None, ..connection });
    assert_eq!(forge.create_draft(&draft()).unwrap_err().cause, Cause::TokenMissing);
    assert_eq!(forge.delete_asset(1).unwrap_err().cause, Cause::TokenMissing);
    assert!(server.seen().is_empty());
    forge.releases().unwrap();
    assert_eq!(server.seen()[0].header("authorization"), None);
}

fn asset_at(url: String, size: u64) -> ReleaseAsset {
    ReleaseAsset { id: 1, name: "a.gz".into(), size, uploaded: true, digest: None, download_url: url }
}

#[test]
fn a_download_follows_redirects_and_never_carries_the_token() {
    let store = Server::script(vec![plain(200, "application/octet-stream", b"content")]);
    let target = format!("{}/blob?signature=x", store.url);
    let server = Server::script(vec![
        with(302, &[("location", "/second")], ""),
        with(302, &[("location", &target)], ""),
    ]);
    let (forge, _) = forge(&server);
    assert_eq!(forge.download(&asset_at(format!("{}/first", server.url), 7)).unwrap(), b"content");
    assert_eq!(
        (server.lines(), store.lines()),
        (vec!["GET /first".into(), "GET /second".into()], vec!["GET /blob?signature=x".into()])
    );
    let all = [server.seen(), store.seen()].concat();
    assert!(all.iter().all(|seen| seen.header("authorization").is_none()));
    assert_eq!((forge.requests().downloads, forge.requests().forge_reads), (3, 0));
}

#[test]
fn an_asset_is_read_through_the_api_with_the_token_which_the_host_behind_it_never_sees() {
    let store = Server::script(vec![plain(200, "application/octet-stream", b"content")]);
    let target = format!("{}/blob?signature=x", store.url);
    let moved = Server::script(vec![with(302, &[("location", &target)], "")]);
    let direct = Server::script(vec![plain(200, "application/octet-stream", b"content")]);
    for (server, downloads) in [(&moved, 2), (&direct, 1)] {
        let (forge, _) = forge(server);
        assert_eq!(
            forge.read_asset(&asset_at("https://not.asked.example/a".to_owned(), 7)).unwrap(),
            b"content"
        );
        let seen = server.seen();
        assert_eq!(server.lines(), ["GET /repos/acme/app/releases/assets/1"]);
        assert_eq!(seen[0].header("accept"), Some("application/octet-stream"));
        assert_eq!(seen[0].header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
        assert_eq!((forge.requests().downloads, forge.requests().forge_reads), (downloads, 0));
    }
    assert_eq!(store.lines(), ["GET /blob?signature=x"]);
    assert!(store.seen()[0].header("authorization").is_none());
}

#[test]
fn a_download_ends_after_three_redirects() {
    let server = Server::script(vec![with(302, &[("location", "/again")], "")]);
    let (forge, _) = forge(&server);
    assert_eq!(
        forge.download(&asset_at(format!("{}/first", server.url), 7)).unwrap_err().cause,
        Cause::Forge
    );
}

#[test]
fn a_download_never_goes_where_it_is_not_safe() {
    for location in ["http://example.org/x", "ftp://127.0.0.1/x", "file:///etc/passwd"] {
        let server = Server::script(vec![with(302, &[("location", location)], "")]);
        let (forge, clock) = forge(&server);
        let failure = forge.download(&asset_at(format!("{}/first", server.url), 7)).unwrap_err();
        assert_eq!(
            (failure.cause, server.seen().len(), clock.sleeps().len()),
            (Cause::Forge, 1, 0),
            "{location}"
        );
    }
}

#[test]
fn a_download_of_another_size_is_refused() {
    for content in [&b"short"[..], &[7; 200_000]] {
        let server = Server::script(vec![plain(200, "application/octet-stream", content)]);
        let (forge, _) = forge(&server);
        assert_eq!(
            forge.download(&asset_at(format!("{}/a", server.url), 7)).unwrap_err().cause,
            Cause::Forge
        );
    }
}

#[test]
fn a_published_asset_that_is_not_everywhere_yet_is_waited_for() {
    let missing = plain(404, "text/plain", b"Not Found");
    let server =
        Server::script(vec![missing.clone(), missing, plain(200, "application/octet-stream", b"content")]);
    let (forge, clock) = forge(&server);
    assert_eq!(forge.download(&asset_at(format!("{}/a", server.url), 7)).unwrap(), b"content");
    assert_eq!(clock.sleeps(), vec![3, 3]);
}

fn pull_json(number: u64, head: &str, repository: Value) -> Value {
    value!({
        "number": number, "title": "Add x", "body": null, "state": "open", "html_url": "https://github.com/acme/app/pull/1",
        "user": {"login": "dependabot[bot]", "type": "Bot"}, "merged_at": null,
        "base": {"ref": "main", "repo": {"full_name": "acme/app"}}, "head": {"ref": head, "repo": repository},
        "labels": [{"id": 1, "name": "minor", "color": "ffffff", "description": null}, {"name": "area"}],
    })
}

#[test]
fn a_pull_request_is_read_with_all_its_labels() {
    let server = Server::script(vec![json(200, pull_json(5, "x", Value::Null))]);
    let (forge, _) = forge(&server);
    let PullRequest { facts: pull, origin } = forge.pull_request(5).unwrap();
    assert_eq!(origin, Origin::Foreign, "its repository is gone");
    assert_eq!((pull.number, pull.bot, pull.author.as_deref()), (5, true, Some("dependabot[bot]")));
    assert_eq!(
        (pull.labels, pull.merged, pull.body),
        (vec!["minor".to_owned(), "area".to_owned()], None, String::new())
    );
    assert_eq!(server.lines(), ["GET /repos/acme/app/pulls/5"]);
}

#[test]
fn the_branch_of_a_pull_request_is_own_in_this_very_repository_only() {
    for (repository, origin) in [("Acme/app", Origin::Own), ("mallory/app", Origin::Foreign)] {
        let server = Server::script(vec![json(200, pull_json(5, "x", value!({ "full_name": repository })))]);
        assert_eq!(forge(&server).0.pull_request(5).unwrap().origin, origin, "{repository}");
    }
}

#[test]
fn the_messages_of_a_pull_request_s_commits_are_read_with_one_request() {
    let commits = value!([
        { "sha": "a", "commit": { "message": "feat: begin" } },
        { "sha": "b", "commit": { "message": "fix: go on\r\n\r\nMore.\n\nBREAKING CHANGE: all of it" } },
    ]);
    let server = Server::script(vec![json(200, commits)]);
    let messages = forge(&server).0.messages(5).unwrap();
    let message = |subject: &str, body: &str| Message { subject: subject.to_owned(), body: body.to_owned() };
    let second = message("fix: go on", "More.\n\nBREAKING CHANGE: all of it");
    assert_eq!(messages, [message("feat: begin", ""), second]);
    assert_eq!(server.lines(), ["GET /repos/acme/app/pulls/5/commits?per_page=100"]);
}

#[test]
fn the_open_pull_request_of_this_repository_is_found_and_no_forks() {
    let own = value!({"full_name": "Acme/app"});
    let fork = value!({"full_name": "mallory/app"});
    let list = value!([
        pull_json(1, "release/stamp", fork),
        pull_json(2, "release/stamp", Value::Null),
        pull_json(3, "release/stamp-2", own.clone()),
        pull_json(4, "release/stamp", own),
    ]);
    let server = Server::script(vec![json(200, list), json(200, "[]")]);
    let (forge, _) = forge(&server);
    assert_eq!(forge.open_pull_request("release/stamp", "main").unwrap().unwrap().number, 4);
    assert_eq!(forge.open_pull_request("release/stamp", "main").unwrap(), None);
    assert_eq!(
        server.lines()[0],
        "GET /repos/acme/app/pulls?state=open&head=acme%3Arelease%2Fstamp&base=main&per_page=100"
    );
}

#[test]
fn a_pull_request_is_opened_and_changed() {
    let server = Server::script(vec![json(201, value!({"number": 12})), json(200, value!({"number": 12}))]);
    let (forge, _) = forge(&server);
    let request =
        NewPullRequest { title: "t".into(), body: "b".into(), head: "x".into(), base: "main".into() };
    assert_eq!(forge.create_pull_request(&request).unwrap(), Written::Yes(12));
    assert_eq!(forge.update_pull_request(12, &request).unwrap(), Written::Yes(()));
    assert_eq!(server.lines(), ["POST /repos/acme/app/pulls", "PATCH /repos/acme/app/pulls/12"]);
    assert_eq!(server.seen()[0].json(), value!({"title": "t", "body": "b", "head": "x", "base": "main"}));
    assert_eq!(server.seen()[1].json(), value!({"title": "t", "body": "b"}));
}
