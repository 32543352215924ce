//! What the rehearsal GitHub offers beyond what a release asks of it, through Prism: every answer, refusals among them, is as GitHub
//! describes it.

use serde_json::{Value, json};

use crate::client;
use crate::exceptions::{GONE, assert_conforming};
use crate::recorder::Recorder;
use crate::scene::Scene;

/// A request below the repository and the status it is answered with.
type Asked = (&'static str, String, Value, u16);

/// Sends a request and returns the answer, which has to have the status.
fn ask(recorder: &Recorder, (method, path, body, status): &Asked) -> Value {
    let url = match path.strip_prefix("//") {
        Some(outside) => format!("{}/{outside}", recorder.url),
        None => format!("{}/repos/acme/lighthouse{path}", recorder.url),
    };
    let reply = match body {
        Value::Null => client::send(method, &url, &[], None),
        body => client::send_json(method, &url, body),
    };
    assert_eq!(reply.status, *status, "{method} {path}: {}", reply.json());
    reply.json()
}

fn conforming(scene: &Scene, asked: &[Asked]) {
    let recorder = Recorder::before(scene.rehearsal.api_url());
    asked.iter().for_each(|one| {
        ask(&recorder, one);
    });
    assert_conforming(&recorder.exchanges(), &[]);
}

fn get(path: impl Into<String>, status: u16) -> Asked {
    ("GET", path.into(), Value::Null, status)
}

#[test]
fn reading_the_repository_and_its_history_is_as_described() {
    let scene = Scene::in_mode("push");
    let first = scene.git(&["rev-parse", "HEAD"]);
    scene.merge(7, "Trim the wick", "patch");
    let asked = [
        get("//rate_limit", 200),
        get("//user", 200),
        get("/branches/main", 200),
        get("/branches/none", 404),
        get("/pulls?state=all&per_page=1", 200),
        get("/pulls/7", 200),
        get("/pulls/70", 404),
        get("/pulls/7/commits", 200),
        get(format!("/commits/{first}/pulls"), 200),
        get(format!("/compare/{first}...main"), 200),
        get("/git/ref/heads%2Fmain", 200),
        get("/git/ref/heads%2Fnone", 404),
    ];
    conforming(&scene, &asked);
}

#[test]
fn labels_and_refs_are_as_described() {
    let scene = Scene::in_mode("push");
    let first = scene.git(&["rev-parse", "HEAD"]);
    scene.merge(7, "Trim the wick", "patch");
    let second = scene.git(&["rev-parse", "HEAD"]);
    let (label, reference) =
        (json!({ "name": "bug", "color": "0e8a16" }), json!({ "ref": "refs/heads/a", "sha": first }));
    let tag = json!({ "tag": "v1.0.0", "message": "Release", "object": first, "type": "commit" });
    let asked = [
        ("POST", "/labels".to_owned(), label.clone(), 201),
        ("POST", "/labels".to_owned(), label, 422),
        ("POST", "/issues/7/labels".to_owned(), json!({ "labels": ["bug"] }), 200),
        get("/labels?per_page=1", 200),
        ("POST", "/git/refs".to_owned(), reference.clone(), 201),
        ("POST", "/git/refs".to_owned(), reference, 422),
        ("PATCH", "/git/refs/heads%2Fa".to_owned(), json!({ "sha": second }), 200),
        ("PATCH", "/git/refs/heads%2Fa".to_owned(), json!({ "sha": first }), 422),
        ("DELETE", "/git/refs/heads%2Fa".to_owned(), Value::Null, 204),
        ("POST", "/git/tags".to_owned(), tag, 201),
    ];
    conforming(&scene, &asked);
}

#[test]
fn releases_are_as_described_refusals_included() {
    let scene = Scene::in_mode("push");
    let recorder = Recorder::before(scene.rehearsal.api_url());
    let release = json!({ "tag_name": "v1.0.0", "name": "1.0.0", "body": "Light", "draft": true });
    let draft = ask(&recorder, &("POST", "/releases".to_owned(), release, 201));
    let place = format!("{}?name=a.txt", draft["upload_url"].as_str().unwrap().split('{').next().unwrap());
    let asset = client::send("POST", &place, &[("content-type", "text/plain")], Some(b"light")).json();
    let (draft, asset) = (format!("/releases/{}", draft["id"]), format!("/releases/assets/{}", asset["id"]));
    let published = json!({ "draft": false, "make_latest": "true" });
    for asked in [
        get("/releases/latest", 404),
        get("/releases/tags/v1.0.0", 404),
        ("PATCH", draft.clone(), published, 200),
        get("/releases/latest", 200),
        get("/releases/tags/v1.0.0", 200),
        get(asset.clone(), 200),
        ("PATCH", asset.clone(), json!({ "name": "b.txt" }), 200),
        ("POST", "/releases".to_owned(), json!({ "tag_name": "v1.0.0" }), 422),
        ("POST", "/releases/generate-notes".to_owned(), json!({ "tag_name": "v1.1.0" }), 200),
        ("DELETE", asset, Value::Null, 204),
        ("DELETE", draft.clone(), Value::Null, 204),
        get(draft, 404),
    ] {
        ask(&recorder, &asked);
    }
    assert_conforming(&recorder.exchanges(), &[GONE]);
}
