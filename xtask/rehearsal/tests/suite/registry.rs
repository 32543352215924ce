//! The registry that has every image.
//!
//! Owns the tests of what a release tool does with a registry. Must never pull a layer for its content.

use release_rehearsal::RegistryOptions;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Fixture, Reply, send};

const IMAGE: &str = "ghcr.io/acme/api";

fn url(fixture: &Fixture, rest: &str) -> String {
    format!("http://{}/v2/{rest}", fixture.rehearsal.registry_address())
}

fn get(fixture: &Fixture, rest: &str) -> Reply {
    send("GET", &url(fixture, rest), &[], None).unwrap()
}

fn put(fixture: &Fixture, rest: &str, body: &[u8]) -> Reply {
    let kind = [("content-type", "application/vnd.oci.image.index.v1+json")];
    send("PUT", &url(fixture, rest), &kind, Some(body)).unwrap()
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[test]
fn it_speaks_version_two() {
    let fixture = Fixture::new();
    let reply = get(&fixture, "");
    assert_eq!((reply.status, reply.header("docker-distribution-api-version")), (200, Some("registry/2.0")));
}

#[test]
fn an_image_nobody_pushed_is_made_up_and_says_so() {
    let fixture = Fixture::new();
    let reply = get(&fixture, &format!("{IMAGE}/manifests/sha-12ab"));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/vnd.oci.image.index.v1+json"));
    assert_eq!(reply.header("docker-content-digest"), Some(digest(&reply.body).as_str()));
    let index = reply.json();
    assert_eq!(index["annotations"]["org.slipway.rehearsal"], "true");
    let platforms: Vec<&Value> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["platform"]["architecture"])
        .collect();
    assert_eq!(platforms, ["amd64", "arm64"]);

    for entry in index["manifests"].as_array().unwrap() {
        let manifest = get(&fixture, &format!("{IMAGE}/manifests/{}", entry["digest"].as_str().unwrap()));
        assert_eq!(digest(&manifest.body), entry["digest"].as_str().unwrap());
        assert_eq!(manifest.body.len() as u64, entry["size"].as_u64().unwrap());
        let config = manifest.json()["config"]["digest"].as_str().unwrap().to_owned();
        let blob = get(&fixture, &format!("{IMAGE}/blobs/{config}"));
        assert_eq!(digest(&blob.body), config);
        assert_eq!(blob.json()["config"]["Labels"]["org.opencontainers.image.revision"], "12ab");
    }
}

#[test]
fn what_is_made_up_is_the_same_every_time_and_differs_by_name() {
    let (one, two) = (Fixture::new(), Fixture::new());
    let digest = |fixture: &Fixture, rest: &str| {
        let reply = send("HEAD", &url(fixture, rest), &[], None).unwrap();
        assert_eq!((reply.status, reply.body.len()), (200, 0));
        reply.header("docker-content-digest").unwrap().to_owned()
    };
    assert_eq!(digest(&one, "acme/api/manifests/1"), digest(&two, "acme/api/manifests/1"));
    assert_ne!(digest(&one, "acme/api/manifests/1"), digest(&one, "acme/api/manifests/2"));
    assert_ne!(digest(&one, "acme/api/manifests/1"), digest(&one, "acme/web/manifests/1"));
}

#[test]
fn an_image_that_is_absent_appears_when_it_is_tagged() {
    let fixture = Fixture::with(|options| {
        options.registry = RegistryOptions {
            absent: vec!["ghcr.io/acme/*:*".to_owned()],
            present: vec!["ghcr.io/acme/*:sha-*".to_owned()],
            locked: Vec::new(),
        };
    });
    let tagged = format!("{IMAGE}/manifests/1.2.3");
    let missing = get(&fixture, &tagged);
    assert_eq!((missing.status, &missing.json()["errors"][0]["code"]), (404, &json!("MANIFEST_UNKNOWN")));

    let source = get(&fixture, &format!("{IMAGE}/manifests/sha-12ab"));
    let made = put(&fixture, &tagged, &source.body);
    assert_eq!(made.status, 201);
    assert_eq!(made.header("docker-content-digest"), source.header("docker-content-digest"));
    assert_eq!(get(&fixture, &tagged).body, source.body);
    assert_eq!(get(&fixture, &format!("{IMAGE}/tags/list")).json()["tags"], json!(["1.2.3"]));
    let images = fixture.rehearsal.snapshot().images;
    assert_eq!(
        images.get("ghcr.io/acme/api:1.2.3").map(String::as_str),
        source.header("docker-content-digest")
    );
}

#[test]
fn a_locked_digest_is_there_and_nobody_makes_its_content_up() {
    let locked = digest(b"what somebody locked");
    let fixture = Fixture::with(|options| {
        options.registry.locked =
            vec![format!("docker.io/library/redis@{}", digest(b"what somebody locked"))];
    });
    let head = |rest: &str| send("HEAD", &url(&fixture, rest), &[], None).unwrap();
    let found = head(&format!("docker.io/library/redis/manifests/{locked}"));
    assert_eq!((found.status, found.header("docker-content-digest")), (200, Some(locked.as_str())));
    assert_eq!(get(&fixture, &format!("docker.io/library/redis/manifests/{locked}")).status, 404);
    assert_eq!(head(&format!("docker.io/library/other/manifests/{locked}")).status, 404);
    assert_eq!(head(&format!("docker.io/library/redis/manifests/{}", digest(b"other"))).status, 404);
}

#[test]
fn a_manifest_must_be_whole_and_have_the_digest_it_claims() {
    let fixture = Fixture::new();
    let source = get(&fixture, &format!("{IMAGE}/manifests/1"));
    let code = |reply: Reply| (reply.status, reply.json()["errors"][0]["code"].as_str().unwrap().to_owned());
    let other = put(&fixture, "ghcr.io/acme/web/manifests/1.2.3", &source.body);
    assert_eq!(code(other), (404, "MANIFEST_BLOB_UNKNOWN".to_owned()), "it lies in another repository");
    let wrong = put(&fixture, &format!("{IMAGE}/manifests/{}", digest(b"x")), &source.body);
    assert_eq!(code(wrong), (400, "DIGEST_INVALID".to_owned()));
    assert_eq!(
        code(put(&fixture, &format!("{IMAGE}/manifests/x"), b"no")),
        (400, "MANIFEST_INVALID".to_owned())
    );
}

#[test]
fn requests_are_logged_and_faults_strike_here_too() {
    let fixture = Fixture::new();
    let fault = json!({ "where": { "server": "registry" }, "kind": { "limited": { "status": 429, "retry_after": 3 } } });
    fixture.rehearsal.inject(serde_json::from_value(fault).unwrap());
    let refused = get(&fixture, "acme/api/manifests/1");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("3")));
    assert_eq!(refused.json()["errors"][0]["code"], "TOOMANYREQUESTS");
    assert_eq!(get(&fixture, "acme/api/manifests/1").status, 200);
    let log = fixture.rehearsal.requests();
    assert!(log.iter().all(|request| request.operation == "registry/get-manifest"));
    assert_eq!(log.iter().map(|request| request.status).collect::<Vec<_>>(), [Some(429), Some(200)]);
}
