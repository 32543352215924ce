//! What people and updaters see of a release: its changelog, its page with the assets, and the pointer of its channel.

use crate::converged::converged;
use crate::landing::Pull;
use crate::platform::AISOC;
use crate::stage::{Setting, Stage};

/// The section of a release in a changelog: from its heading to the next.
fn section<'a>(changelog: &'a str, version: &str) -> &'a str {
    let heading = format!("## [{version}]");
    let start = changelog.find(&heading).unwrap_or_else(|| panic!("no {heading} in {changelog}"));
    let rest = &changelog[start + heading.len()..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

/// The words under a heading of the third level or, on a release page, of the second.
fn under<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text.find(heading).unwrap_or_else(|| panic!("no `{heading}` in {text}"));
    let rest = &text[start + heading.len()..];
    &rest[..rest.find("\n##").unwrap_or(rest.len())]
}

/// What is merged, and the section where it is listed.
const CHANGES: &[(Pull<'_>, &str, &str)] = &[
    (pull("Remove the old query API", &["major"], None), "Breaking", "Remove the old query API"),
    (
        pull(
            "Split the events table",
            &["minor", "migration"],
            Some("changelog: Events move; **cannot be undone**"),
        ),
        "Migration",
        "cannot be undone",
    ),
    (
        pull(
            "Ask for a key",
            &["minor"],
            Some("changelog(action-required): Set `FEED_KEY` before the update"),
        ),
        "Action required",
        "before the update",
    ),
    (pull("Add a feed", &["minor", "area/feeds"], None), "Added", "Add a feed"),
    (pull("Reword a page", &["none"], None), "Changed", "Reword a page"),
    (pull("Announce the end of v1 rules", &["minor", "deprecation"], None), "Deprecated", "end of v1 rules"),
    (pull("Mend the parser", &["patch"], None), "Fixed", "Mend the parser"),
    (pull("Close a hole", &["patch", "security"], None), "Security", "Close a hole"),
];

const fn pull<'a>(title: &'a str, labels: &'a [&'a str], body: Option<&'a str>) -> Pull<'a> {
    Pull { title, labels, body, way: crate::landing::Way::Squash, edit: |_| () }
}

fn page(stage: &Stage, tag: &str) -> String {
    let releases = stage.rehearsal.snapshot().releases;
    let release = releases.into_iter().find(|release| release.tag_name == tag).expect("a release");
    release.body.expect("a text")
}

#[test]
fn row_1_6_the_changelog_has_every_section_and_every_release_and_the_page_its_own() {
    let stage = Setting::of(&AISOC).set();
    let by_hand = stage.file("main", "CHANGELOG.md");
    stage.release().ends_with(0);
    for (pull, _, _) in CHANGES {
        stage.land(pull);
    }
    stage.release().ends_with(0);
    converged(&stage, &["v6.3.0", "v7.0.0"]);
    let changelog = stage.file("v7.0.0", "CHANGELOG.md");
    let major = section(&changelog, "7.0.0");
    let notes = page(&stage, "v7.0.0");
    let mut before = 0;
    for (_, heading, words) in CHANGES {
        let heading = format!("## {heading}\n");
        assert!(under(major, &format!("#{heading}")).contains(words), "{heading} {words}: {major}");
        assert!(under(&notes, &heading).contains(words), "{heading} {words}: {notes}");
        let here = major.find(&heading).expect("a heading");
        assert!(here > before, "{heading} stands in its place");
        before = here;
        assert_eq!(changelog.matches(words).count(), 1, "{words} is listed once");
    }
    assert!(section(&changelog, "6.3.0").contains("Describe the platform"), "{changelog}");
    assert!(!notes.contains("Describe the platform"), "its own section only: {notes}");
    assert!(notes.contains("v6.3.0...v7.0.0"), "{notes}");
    assert!(page(&stage, "v6.3.0").contains("Describe the platform"));
    for line in by_hand.lines() {
        assert!(changelog.contains(line), "what people wrote stays: `{line}`");
    }
    let order = ["## [7.0.0]", "## [6.3.0]", "## 6.2.0"].map(|heading| changelog.find(heading));
    assert!(order.is_sorted() && order.iter().all(Option::is_some), "{order:?}");

    // What the command prints is what stands there.
    let clone = stage.fresh_clone();
    let printed = stage.run(&clone, &["changelog", "v6.3.0"]).ends_with(0).stdout;
    assert!(printed.contains("Describe the platform") && !printed.contains("Add a feed"), "{printed}");
}

#[test]
fn row_1_7_two_bundles_are_assets_of_the_release_and_their_names_carry_the_v() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
    let release = stage.rehearsal.snapshot().releases.remove(0);
    let mut names: Vec<_> = release.assets.iter().map(|asset| asset.name.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "SHA256SUMS",
        "SHA256SUMS.minisig",
        "aihummer-v1.0.0-gpu.bundle.json",
        "aihummer-v1.0.0-gpu.cdx.json",
        "aihummer-v1.0.0-gpu.tar.gz",
        "aihummer-v1.0.0.bundle.json",
        "aihummer-v1.0.0.cdx.json",
        "aihummer-v1.0.0.provenance.json",
        "aihummer-v1.0.0.tar.gz",
    ];
    assert_eq!(names, expected);
}

#[test]
fn row_1_8_latest_json_moves_with_each_release_of_its_channel_and_with_no_other() {
    let stage = Setting::new().set();
    let release = |channel: &str| {
        stage.run(&stage.fresh_clone(), &["release", "--json", "--channel", channel]).ends_with(0)
    };
    release("stable");
    let first = stage.pointer("stable");
    assert_eq!((&first["version"], &first["sequence"]), (&"1.0.0".into(), &1.into()));

    stage.merge("Serve the third page", &["minor"]);
    release("beta");
    stage.merge("Mend the third page", &["patch"]);
    release("beta");
    assert_eq!(stage.pointer("stable"), first, "a candidate moves its own channel only");
    let beta = stage.pointer("beta");
    assert_eq!((&beta["version"], &beta["sequence"]), (&"1.1.0-beta.2".into(), &2.into()));

    release("stable");
    let second = stage.pointer("stable");
    assert_eq!((&second["version"], &second["sequence"]), (&"1.1.0".into(), &2.into()));
    assert_eq!(stage.pointer("beta"), beta);
    let releases = stage.rehearsal.snapshot().releases;
    let published = releases.iter().find(|release| release.tag_name == "v1.1.0").expect("a release");
    assert!(published.latest);
    for variant in ["cpu", "gpu"] {
        let bundle = &second["bundles"][variant];
        for part in ["archive", "manifest"] {
            let file = &bundle[part];
            let asset = published.assets.iter().find(|asset| file["name"] == asset.name.as_str());
            let asset = asset.expect("an asset");
            assert_eq!((&file["sha256"], &file["size"]), (&asset.sha256.as_str().into(), &asset.size.into()));
        }
    }
}
