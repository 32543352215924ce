//! A world as text in which everything counts that a release can change, and nothing that differs between two runs which do the same:
//! times, ports, and the names of objects that hold a time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;
use release_rehearsal::{Snapshot, SnapshotRelease};
use serde_json::Value;

use crate::converged::whole;
use crate::git::git;
use crate::stage::Stage;

/// What there is, each release of it proven to be whole.
#[track_caller]
pub(crate) fn picture(stage: &Stage) -> String {
    let snapshot = stage.rehearsal.snapshot();
    let mut text = references(stage, &snapshot);
    text += &channels(stage, &snapshot);
    for release in &snapshot.releases {
        whole(stage, &snapshot, release);
        text += &page(release);
    }
    for pull in &snapshot.pull_requests {
        writeln!(text, "pull request {} {} {:?} {:?}", pull.number, pull.title, pull.state, pull.labels)
            .expect("text");
    }
    text + &images(&snapshot.images)
}

/// Every branch and tag with the titles of its commits, and what stands in the files that a release writes.
fn references(stage: &Stage, snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for name in snapshot.refs.keys() {
        let titles = git(&stage.bare(), &["log", "--format=%s", name]).replace('\n', " | ");
        writeln!(text, "{name}: {titles}").expect("text");
        if name != "refs/heads/channels" {
            let files =
                git(&stage.bare(), &["show", &format!("{name}:VERSION"), &format!("{name}:CHANGELOG.md")]);
            writeln!(text, "{}", masked(&files)).expect("text");
        }
    }
    text
}

/// Every file of the branch `channels`: of a pointer what was signed, and that it was.
fn channels(stage: &Stage, snapshot: &Snapshot) -> String {
    let mut text = String::new();
    if !snapshot.refs.contains_key("refs/heads/channels") {
        return text;
    }
    for path in git(&stage.bare(), &["ls-tree", "-r", "--name-only", "channels"]).lines() {
        let content = match path.strip_suffix("/latest.json") {
            Some(channel) => timeless(stage.pointer(channel)).to_string(),
            None => stage.file("channels", path),
        };
        writeln!(text, "channels {path}: {}", masked(&content)).expect("text");
    }
    text
}

/// A pointer without the sizes and digests of its files, which hold times. That they are those of the release, somebody else looks at.
fn timeless(mut pointer: Value) -> Value {
    let bundles = pointer["bundles"].as_object_mut().expect("bundles");
    for file in bundles.values_mut().flat_map(|bundle| bundle.as_object_mut().expect("files").values_mut()) {
        *file = file["name"].clone();
    }
    pointer
}

fn page(release: &SnapshotRelease) -> String {
    let SnapshotRelease { tag_name, name, body, draft, prerelease, latest, assets, .. } = release;
    let mut files: Vec<&str> = assets.iter().map(|asset| asset.name.as_str()).collect();
    files.sort_unstable();
    let body = masked(body.as_deref().unwrap_or_default());
    format!(
        "release {tag_name} {name:?} draft:{draft} prerelease:{prerelease} latest:{latest} {files:?}\n{body}\n"
    )
}

/// Every tag of an image, with the first tag of the same image that has the same digest.
fn images(images: &BTreeMap<String, String>) -> String {
    let mut first: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut text = String::new();
    for (name, digest) in images {
        let (image, tag) = name.rsplit_once(':').expect("a tag");
        let same = first.entry((image, digest)).or_insert(tag);
        writeln!(text, "image {image}:{tag} = {same}").expect("text");
    }
    text
}

/// A text with a word in place of each time, each name of an object and each port.
fn masked(text: &str) -> String {
    let ends = |letter: char| letter.is_whitespace() || "()[]/\"<>,`*".contains(letter);
    text.split_inclusive(ends)
        .map(|piece| {
            let word = piece.trim_end_matches(ends);
            let rest = &piece[word.len()..];
            match mask(word) {
                Some(masked) => format!("{masked}{rest}"),
                None => piece.to_owned(),
            }
        })
        .collect()
}

fn mask(word: &str) -> Option<&'static str> {
    let bare = word.trim_end_matches('.');
    let name = bare.strip_prefix("sha256:").unwrap_or(bare);
    let is_object = name.len() >= 7 && name.chars().all(|letter| letter.is_ascii_hexdigit());
    match bare {
        _ if bare.parse::<Timestamp>().is_ok() || bare.parse::<Date>().is_ok() => Some("TIME"),
        _ if bare.starts_with("127.0.0.1:") => Some("HOST"),
        _ if is_object => Some("OBJECT"),
        _ => None,
    }
}

#[test]
fn only_times_ports_and_names_of_objects_are_masked() {
    let text = "## [1.0.0] - 2026-11-22\n\n- Serve ([#2](http://127.0.0.1:4711/example/pull/2)) (0123abc) sha256:00112233 at 2026-11-22T01:02:03Z.";
    let masked = masked(text);
    assert_eq!(
        masked,
        "## [1.0.0] - TIME\n\n- Serve ([#2](http://HOST/example/pull/2)) (OBJECT) OBJECT at TIME"
    );
}
