//! The tool's GitHub client against recorded answers of the real GitHub: what they mean to a release.

use std::time::Duration;

use release_edge::forge::github::{Connection, GitHub};
use release_edge::forge::{Forge as _, NewAsset, Written};
use release_edge::secret::Secret;
use serde_json::{Value, json};

use crate::replay::{OWNER, Recording, recordings};
use crate::scripted::Scripted;

fn client(server: &Scripted, repository: &str) -> GitHub {
    GitHub::connect(Connection {
        api: server.url.clone(),
        graphql: format!("{}/graphql", server.url),
        token: Secret::new("recorded-token"),
        pace: Duration::ZERO,
        ..Connection::new(OWNER, repository)
    })
    .unwrap()
}

#[test]
fn an_asset_that_is_there_already_is_known_for_one_and_found_deleted_and_uploaded_again() {
    let all = recordings("release-assets-conflict");
    let server = Scripted::with(&all);
    let forge = client(&server, "release-assets-conflict");
    let content = all[1].body.as_str().unwrap();
    let asset = NewAsset { name: "test-upload.txt", content_type: "text/plain", content: content.as_bytes() };

    // The recording reads the release by its tag; by its number it is the same answer.
    let release = forge.release(1000).unwrap().unwrap();
    assert_eq!(
        (release.id, release.tag.as_str(), release.draft, release.prerelease),
        (1000, "v1.0.0", false, false)
    );
    assert_eq!((release.name.as_str(), release.body.as_str()), ("Version 1.0.0", "Initial release"));
    assert_eq!(forge.upload(&release, &asset).unwrap(), Written::Exists);
    let there = forge.assets(release.id).unwrap();
    let summary: Vec<_> =
        there.iter().map(|one| (one.id, one.name.as_str(), one.size, one.uploaded)).collect();
    assert_eq!(summary, [(1000, "test-upload.txt", 14, true)]);
    assert_eq!(there[0].digest, None, "recorded before GitHub said digests");
    assert_eq!(forge.delete_asset(1000).unwrap(), Written::Yes(()));
    let Written::Yes(again) = forge.upload(&release, &asset).unwrap() else { panic!("not uploaded") };
    assert_eq!((again.id, again.size), (1001, 14));

    let base = format!("/repos/{OWNER}/release-assets-conflict/releases");
    assert_eq!(
        server.asked(),
        [
            format!("GET {base}/1000"),
            format!("POST {base}/1000/assets?name=test-upload.txt"),
            format!("GET {base}/1000/assets?per_page=100"),
            format!("DELETE {base}/assets/1000"),
            format!("POST {base}/1000/assets?name=test-upload.txt"),
        ]
    );
}

#[test]
fn every_recorded_page_is_followed_to_the_last() {
    let release = recordings("release-assets")[0].response.clone();
    let pages = recordings("paginate-issues");
    // The links are the recorded ones; releases stand for the issues, of which a release knows nothing.
    let of_releases = |page: &Recording| {
        let entry = |issue: &Value| {
            let mut release = release.clone();
            release["id"] = issue["id"].clone();
            release
        };
        let entries: Vec<Value> = page.response.as_array().unwrap().iter().map(entry).collect();
        page.answering(json!(entries))
    };
    let server = Scripted::with(&pages.iter().map(of_releases).collect::<Vec<_>>());
    let found: Vec<u64> =
        client(&server, "paginate-issues").releases().unwrap().iter().map(|one| one.id).collect();
    let recorded: Vec<u64> = pages
        .iter()
        .flat_map(|page| page.response.as_array().unwrap())
        .map(|issue| issue["id"].as_u64().unwrap())
        .collect();
    assert_eq!((found.len(), found), (13, recorded));
    let followed: Vec<String> = pages[1..].iter().map(|page| format!("GET {}", page.path)).collect();
    assert_eq!(server.asked()[1..], followed);
}

#[test]
fn a_recorded_repository_is_read() {
    let all = recordings("get-repository");
    let server = Scripted::with(&all);
    let repository = client(&server, "hello-world").repository().unwrap();
    assert_eq!(repository.url, all[0].response["html_url"].as_str().unwrap());
    assert_eq!(repository.default_branch, all[0].response["default_branch"].as_str().unwrap());
    // The recorded token belongs to a person who may push; for one who may not, the forge's word alone does not settle it.
    assert_eq!(all[0].response["permissions"]["push"], true);
    assert_eq!(repository.push, release_core::facts::PushRight::Granted);
}
