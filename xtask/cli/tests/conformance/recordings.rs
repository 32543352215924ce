//! The rehearsal GitHub against recordings of the real one: what was sent to that is sent to it, and the answers have to be the same.
//! Recorded requests that a release never makes are left out, and named where they are.

use release_rehearsal::SeedLabel;
use serde_json::{Value, json};

use crate::client;
use crate::replay::{Recording, Stage, headers, recordings};
use crate::shape::Allowed;

/// Replays in order and fails with everything that differs.
fn assert_same(stage: &mut Stage, recordings: &[Recording], allowed: Allowed<'_>) {
    assert!(!recordings.is_empty());
    let found: Vec<String> = recordings.iter().flat_map(|one| stage.replay(one, allowed)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Publishes the release that recordings about assets begin with.
fn publish(stage: &Stage, release: &Value) {
    let made = client::send_json(
        "POST",
        &stage.url("/releases"),
        &json!({
            "tag_name": release["tag_name"], "name": release["name"], "body": release["body"],
            "target_commitish": target(stage, release),
        }),
    );
    assert_eq!(made.status, 201, "{}", made.json());
}

/// A branch as recorded; a recorded commit is one of ours.
fn target(stage: &Stage, release: &Value) -> String {
    match release["target_commitish"].as_str().unwrap() {
        commit if commit.starts_with("0000") => stage.commits[0].clone(),
        branch => branch.to_owned(),
    }
}

fn label(name: &str) -> SeedLabel {
    serde_json::from_value(json!({ "name": name })).unwrap()
}

#[test]
fn assets_are_uploaded_read_renamed_and_deleted_as_recorded() {
    let all = recordings("release-assets");
    let mut stage = Stage::of("release-assets", |_| {});
    publish(&stage, &all[0].response);
    assert_same(&mut stage, &all, &[]);
}

#[test]
fn an_asset_that_is_there_already_is_refused_as_recorded_and_deleted_can_be_uploaded_again() {
    let all = recordings("release-assets-conflict");
    let mut stage = Stage::of("release-assets-conflict", |_| {});
    publish(&stage, &all[0].response);
    assert_same(&mut stage, &all[..1], &[]);
    // The recording begins after a first upload, which was the same as the last.
    assert_eq!(stage.send(&all[4]).status, 201);
    assert_same(&mut stage, &all[1..], &[]);
}

#[test]
fn labels_are_listed_and_made_as_recorded() {
    let all = recordings("labels");
    let mut stage = Stage::of("labels", |options| {
        let entries = all[0].response.as_array().unwrap().iter();
        options.seed.labels = entries
            .map(|entry| {
                let kept = json!({ "name": entry["name"], "color": entry["color"], "description": entry["description"] });
                serde_json::from_value(kept).unwrap()
            })
            .collect();
    });
    // Reading, changing and deleting a single label is no part of a release.
    let allowed = [(
        "default",
        "the recorded labels are those that GitHub gives to each new repository; ours were made",
    )];
    assert_same(&mut stage, &all[..2], &allowed);
}

#[test]
fn a_label_with_a_wrong_colour_is_refused_as_recorded() {
    let mut stage = Stage::of("errors", |_| {});
    assert_same(&mut stage, &recordings("errors"), &[]);
}

#[test]
fn labels_are_added_to_a_pull_request_as_recorded_of_an_issue() {
    let all = recordings("add-labels-to-issue");
    let mut stage = Stage::of("add-labels-to-issue", |options| {
        let pull = json!({ "number": 1, "title": all[0].body["title"], "state": "open" });
        options.seed.pull_requests = vec![serde_json::from_value(pull).unwrap()];
    });
    // The first recorded request opens the issue.
    assert_same(&mut stage, &all[1..], &[]);
}

#[test]
fn refs_are_made_moved_and_deleted_as_recorded() {
    let all = recordings("git-refs");
    let mut stage = Stage::of("git-refs", |_| {});
    // The first and the fourth list all refs, which a release asks of Git.
    let asked = [all[1].clone(), all[2].clone(), all[4].clone()];
    assert_same(&mut stage, &asked, &[]);
}

#[test]
fn a_repository_is_read_as_recorded() {
    let all = recordings("get-repository");
    let mut stage = Stage::of("hello-world", |options| options.default_branch = "master".to_owned());
    assert_same(&mut stage, &all, REPOSITORY);
}

/// How our repository differs from the recorded one.
const REPOSITORY: Allowed<'_> = &[
    (".description", "a rehearsal says that it is one"),
    ("git_url", "Git is spoken to a folder"),
    ("ssh_url", "Git is spoken to a folder"),
    ("clone_url", "Git is spoken to a folder"),
    ("_count", "nobody counts in a rehearsal"),
    (".forks", "nobody counts in a rehearsal"),
    (".watchers", "nobody counts in a rehearsal"),
    (".open_issues", "nobody counts in a rehearsal"),
    (".has_projects", "a setting of the recorded repository"),
    (".has_wiki", "a setting of the recorded repository"),
    (".allow_rebase_merge", "a setting of the recorded repository; the rehearsal does not rebase"),
    (".topics", "a setting of the recorded repository"),
    ("permissions.admin", "recorded with the token of an administrator; ours may push"),
    ("permissions.maintain", "recorded with the token of an administrator; ours may push"),
];

#[test]
fn pages_are_cut_and_linked_as_recorded_of_issues() {
    let all = recordings("paginate-issues");
    let stage = Stage::of("paginate-issues", |options| {
        options.seed.labels = (1..=13).map(|number| label(&format!("label {number}"))).collect();
    });
    for recorded in &all {
        // Labels stand for the issues, of which a release knows nothing.
        let own = format!("/repositories/{}", repository(&stage));
        let path = recorded.path.replace("/issues", "/labels").replace("/repositories/1000", &own);
        let mut reply = stage.send(&recorded.at(path));
        let length = |list: &Value| list.as_array().unwrap().len();
        assert_eq!(length(&reply.json()), length(&recorded.response), "{}", recorded.path);
        let link = reply.headers.get_mut("link").unwrap();
        *link = link.replace("/labels", "/issues");
        assert_eq!(headers(recorded, &reply), Vec::<String>::new(), "{}", recorded.path);
    }
}

/// The number that the rehearsal gives its repository.
fn repository(stage: &Stage) -> String {
    client::send("GET", &stage.url(""), &[], None).json().get("id").unwrap().to_string()
}
