//! What decides the version, from merged work to the finished release: labels, Conventional Commits, and the ways of merging.

use crate::converged::{converged, plan_of};
use crate::killed::for_each;
use crate::landing::{Pull, Way};
use crate::platform::{AILAB, AISOC, IMAGES};
use crate::stage::{Setting, Stage};

/// Releases, and returns outcome and tag.
#[track_caller]
fn released(stage: &Stage) -> (String, String) {
    let receipt = stage.release().ends_with(0).json();
    let text = |key: &str| receipt[key].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("tag"))
}

/// The text and number of every entry in the plan of a tag.
fn entries(stage: &Stage, tag: &str) -> Vec<(String, Option<u64>)> {
    let plan = plan_of(stage, tag);
    let entries = plan["entries"].as_array().expect("entries");
    entries
        .iter()
        .map(|entry| (entry["text"].as_str().expect("a text").to_owned(), entry["number"].as_u64()))
        .collect()
}

/// A platform with one release behind it.
fn after_the_first(setting: Setting) -> Stage {
    let stage = setting.set();
    stage.release().ends_with(0);
    stage
}

#[test]
fn row_1_1_squash_merge_and_rebase_merges_are_recognised_in_one_release() {
    let stage = after_the_first(Setting::of(&AISOC));
    let squash = stage.land(&Pull {
        title: "Mend the parser (#1)",
        labels: &["patch", "area/rules"],
        ..Pull::default()
    });
    let merge = stage.land(&Pull {
        title: "Add a connector",
        labels: &["minor"],
        way: Way::Merge(&["Begin the connector", "Finish the connector"]),
        ..Pull::default()
    });
    let rebase = stage.land(&Pull {
        title: "Mend the queue",
        labels: &["patch"],
        way: Way::Rebase(&["Find the fault", "Mend it", "Test it"]),
        ..Pull::default()
    });
    assert_eq!(released(&stage), ("released".to_owned(), "v6.4.0".to_owned()));
    converged(&stage, &["v6.3.0", "v6.4.0"]);
    let mut listed: Vec<_> = entries(&stage, "v6.4.0").into_iter().map(|(_, number)| number).collect();
    listed.sort();
    assert_eq!(listed, [Some(squash), Some(merge), Some(rebase)], "each once, and no commit by itself");
    let plan = plan_of(&stage, "v6.4.0");
    assert_eq!(plan["reason"]["because"], serde_json::json!([format!("#{merge}")]));
    let changelog = stage.file("v6.4.0", "CHANGELOG.md");
    for title in ["Mend the parser", "Add a connector", "Mend the queue"] {
        assert_eq!(changelog.matches(title).count(), 1, "{title}: {changelog}");
    }
    assert!(!changelog.contains("Find the fault"), "{changelog}");
}

#[test]
fn row_1_1_each_label_moves_its_own_number() {
    for_each(&[("major", "v2.0.0"), ("minor", "v1.1.0"), ("patch", "v1.0.1")], |(label, tag)| {
        let stage = after_the_first(Setting::new());
        stage.merge("Change it", &[label]);
        assert_eq!(released(&stage), ("released".to_owned(), (*tag).to_owned()));
        converged(&stage, &["v1.0.0", tag]);
    });
}

#[test]
fn row_1_1_what_is_labelled_none_releases_nothing_by_itself_and_is_listed_with_the_next_release() {
    let stage = after_the_first(Setting::new());
    let none = stage.merge("Reword a comment", &["none"]);
    let before = (stage.rehearsal.snapshot(), stage.references());
    assert_eq!(released(&stage), ("nothing-to-release".to_owned(), "v1.0.0".to_owned()));
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);

    let patch = stage.merge("Mend the third page", &["patch"]);
    assert_eq!(released(&stage), ("released".to_owned(), "v1.0.1".to_owned()));
    let mut listed: Vec<_> = entries(&stage, "v1.0.1").into_iter().map(|(_, number)| number).collect();
    listed.sort();
    assert_eq!(listed, [Some(none), Some(patch)]);
}

#[test]
fn row_1_1_a_contradiction_of_labels_stops_the_release_until_one_is_taken_away() {
    for_each(&[["major", "patch"], ["minor", "none"]], |labels| {
        let stage = after_the_first(Setting::new());
        stage.merge("Cannot decide", labels);
        let before = (stage.rehearsal.snapshot(), stage.references());
        let run = stage.release().ends_with(1);
        let (cause, words) = run.findings().remove(0);
        assert_eq!(cause, "E-LABEL-CONFLICT");
        let named = labels.iter().all(|label| words.contains(&format!("`{label}`")));
        assert!(named && words.contains("Cannot decide") && words.contains("by rosa"), "{words}");
        assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
    });
}

#[test]
fn row_1_1_a_pull_request_without_a_label_may_ride_along() {
    let setting = Setting::new().configured("first: 1.0.0", "first: 1.0.0\n  unlabelled: ride-along");
    let stage = after_the_first(setting);
    let silent = stage.merge("Say nothing", &[]);
    assert_eq!(released(&stage), ("nothing-to-release".to_owned(), "v1.0.0".to_owned()));
    let minor = stage.merge("Serve the third page", &["minor"]);
    assert_eq!(released(&stage), ("released".to_owned(), "v1.1.0".to_owned()));
    let mut listed: Vec<_> = entries(&stage, "v1.1.0").into_iter().map(|(_, number)| number).collect();
    listed.sort();
    assert_eq!(listed, [Some(silent), Some(minor)]);
}

#[test]
fn row_1_1_a_commit_without_a_pull_request_may_ride_along() {
    let setting = Setting::new().configured("first: 1.0.0", "first: 1.0.0\n  direct_commits: ride-along");
    let stage = after_the_first(setting);
    stage.push_directly("Push at once");
    stage.merge("Mend the third page", &["patch"]);
    let receipt = stage.release().ends_with(0).json();
    assert_eq!(receipt["tag"], "v1.0.1");
    assert_eq!(receipt["findings"][0]["cause"], "E-COMMIT-WITHOUT-PR", "it is said, and stops nothing");
    let listed: Vec<_> = entries(&stage, "v1.0.1").into_iter().map(|(text, _)| text).collect();
    assert!(listed.iter().any(|text| text.contains("Push at once")), "{listed:?}");
}

/// A version that was abandoned for good, because its tag or image tags are used up.
#[test]
fn row_1_1_a_version_that_is_used_up_is_passed_over() {
    let setting = Setting::new().configured("first: 1.0.0", "first: 1.0.0\n  skip: [1.0.0, 1.0.2, 1.0.3]");
    let stage = after_the_first(setting);
    converged(&stage, &["v1.0.1"]);
    stage.merge("Mend the third page", &["patch"]);
    assert_eq!(released(&stage), ("released".to_owned(), "v1.0.4".to_owned()));
    converged(&stage, &["v1.0.1", "v1.0.4"]);
    stage.merge("Serve the fourth page", &["minor"]);
    assert_eq!(released(&stage), ("released".to_owned(), "v1.1.0".to_owned()));
}

/// What the check of image tags advises has to lead to another version for candidates, too.
#[test]
fn row_1_1_a_candidate_that_is_used_up_is_passed_over() {
    let setting = Setting::new().present(&format!("{IMAGES}/server:v1.0.0-beta.1"));
    let beta = ["release", "--json", "--channel", "beta"];
    let stage = setting.configured("first: 1.0.0", "first: 1.0.0\n  skip: [1.0.0-beta.1]").set();
    let receipt = stage.run(&stage.fresh_clone(), &beta).ends_with(0).json();
    assert_eq!(receipt["tag"], "v1.0.0-beta.2");
}

/// The message of a commit or title of a pull request, and the release that it leads to after v1.0.0.
const COMMITS: &[(&str, &str)] = &[
    ("feat(api): train on several nodes", "v1.1.0"),
    ("fix: count epochs from one", "v1.0.1"),
    ("feat(api)!: drop the old training format", "v2.0.0"),
    ("fix: answer in UTC\n\nTimes had no zone.\n\nBREAKING CHANGE: times end in Z", "v2.0.0"),
    ("docs: explain epochs", ""),
    ("chore!: ask for a newer database", "v2.0.0"),
];

#[test]
fn row_1_2_conventional_commits_without_pull_requests_decide_the_version() {
    for_each(COMMITS, |(message, tag)| {
        let stage = after_the_first(Setting::of(&AILAB));
        stage.push_directly(message);
        match *tag {
            "" => assert_eq!(released(&stage), ("nothing-to-release".to_owned(), "v1.0.0".to_owned())),
            tag => {
                assert_eq!(released(&stage), ("released".to_owned(), tag.to_owned()), "{message}");
                converged(&stage, &["v1.0.0", tag]);
            }
        }
    });
}

#[test]
fn row_1_2_conventional_commits_of_pull_requests_decide_the_version_however_they_were_merged() {
    let cases = [
        (title("feat: train on several nodes"), "v1.1.0"),
        (title("fix!: drop the old training format"), "v2.0.0"),
        (
            Pull { body: Some("Text.\n\nBREAKING CHANGE: times end in Z"), ..title("fix: answer in UTC") },
            "v2.0.0",
        ),
        (Pull { way: Way::Merge(&["fix: a", "feat: b"]), ..title("Develop") }, "v1.1.0"),
        (Pull { way: Way::Rebase(&["fix: a", "docs: b"]), ..title("Some work") }, "v1.0.1"),
        // Labels say nothing where commits decide.
        (Pull { labels: &["major"], ..title("fix: count epochs from one") }, "v1.0.1"),
    ];
    for_each(&cases, |(pull, tag)| {
        let stage = after_the_first(Setting::of(&AILAB).configured("images:", LABELS));
        stage.land(pull);
        assert_eq!(released(&stage), ("released".to_owned(), (*tag).to_owned()), "{}", pull.title);
        converged(&stage, &["v1.0.0", tag]);
    });
}

#[test]
fn row_1_2_where_commits_decide_and_no_label_is_declared_any_label_may_stand() {
    let stage = after_the_first(Setting::of(&AILAB));
    stage.land(&Pull { labels: &["enhancement", "minor"], ..title("fix: count epochs from one") });
    assert_eq!(released(&stage), ("released".to_owned(), "v1.0.1".to_owned()));
    converged(&stage, &["v1.0.0", "v1.0.1"]);
}

fn title(title: &str) -> Pull<'_> {
    Pull { title, ..Pull::default() }
}

/// Labels for a platform that has none.
const LABELS: &str = "labels:
  - { name: major, bump: major }
  - { name: minor, bump: minor }
  - { name: patch, bump: patch }
  - { name: none, bump: none }

images:";

#[test]
fn row_1_2_what_is_no_conventional_commit_stops_the_release_and_is_named() {
    let stage = after_the_first(Setting::of(&AILAB));
    stage.push_directly("feat: train on several nodes");
    stage.push_directly("Trained it again");
    stage.land(&Pull { title: "Some work", ..Pull::default() });
    let before = (stage.rehearsal.snapshot(), stage.references());
    let findings = stage.release().ends_with(1).findings();
    for (cause, said) in
        [("E-COMMIT-WITHOUT-PR", "Trained it again"), ("E-COMMIT-UNCONVENTIONAL", "Some work")]
    {
        let found = findings.iter().any(|(found, words)| found == cause && words.contains(said));
        assert!(found, "{said}: {findings:?}");
    }
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
}

#[test]
fn row_1_2_conventional_commits_stand_in_where_a_pull_request_has_no_label() {
    let cases: [(&str, &[&str], &str); 4] = [
        ("feat: train on several nodes", &[], "v1.1.0"),
        ("feat!: drop the old format", &["patch"], "v1.0.1"),
        ("Reword a comment", &["major"], "v2.0.0"),
        ("Reword a comment", &[], ""),
    ];
    for_each(&cases, |(title, labels, tag)| {
        let setting = Setting::of(&AILAB)
            .configured("source: conventional-commits", "source: labels-then-conventional-commits")
            .configured("images:", LABELS);
        let stage = after_the_first(setting);
        stage.merge(title, labels);
        if tag.is_empty() {
            let findings = stage.release().ends_with(1).findings();
            assert!(findings.iter().any(|(cause, _)| cause == "E-LABEL-MISSING"), "{findings:?}");
            return;
        }
        assert_eq!(released(&stage), ("released".to_owned(), (*tag).to_owned()), "{title} {labels:?}");
        converged(&stage, &["v1.0.0", tag]);
    });
}
