//! A monorepo in which many places carry the version: all of them have the same number after a release, and nothing else changes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::converged::{converged, plan_of};
use crate::git::{commit, git};
use crate::platform::AISOC;
use crate::stage::{Setting, Stage};

/// Every place that carries the version, with enough around it to be there once. `{}` stands for the version.
const PLACES: &[(&str, &str)] = &[
    ("Cargo.toml", "[workspace.package]\nversion = \"{}\" # one for all"),
    ("Cargo.toml", "path = \"crates/engine\", version = \"{}\""),
    ("Cargo.toml", "path = \"crates/rules\", version = \"={}\""),
    ("Cargo.lock", "name = \"aisoc-engine\"\nversion = \"{}\""),
    ("Cargo.lock", "name = \"aisoc-rules\"\nversion = \"{}\""),
    ("pyproject.toml", "version = \"{}\"   # as in VERSION\r\n"),
    ("web/package.json", "\t\"version\" : \"{}\","),
    ("charts/aisoc/Chart.yaml", "version:   {}     # of the chart"),
    ("charts/aisoc/Chart.yaml", "appVersion: \"{}\"  # of what"),
    ("deploy/manifests.yaml", "image: registry.example/aisoc/api:v{} }"),
    ("deploy/manifests.yaml", "image:  'registry.example/aisoc/connectors:v{}'   #"),
    ("compose/base.yaml", "\"registry.example/aisoc/api:v{}\" # one version"),
    ("compose/base.yaml", "AISOC_VERSION: {}\n"),
    ("compose/base.yaml", "registry.example/aisoc/connectors:v{}\n"),
    ("sdk/python/pyproject.toml", "version = '{}'\n"),
    ("sdk/typescript/package.json", "\"@aisoc/sdk\", \"version\": \"{}\""),
];

/// The version before, which also numbers things of others in the same files.
const BEFORE: &str = "6.2.0";

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).expect("a file")
}

/// A file in which its places carry another version.
fn carrying(text: &str, path: &str, from: &str, to: &str) -> String {
    let places = PLACES.iter().filter(|(file, _)| *file == path);
    places.fold(text.to_owned(), |text, (_, place)| {
        let here = place.replace("{}", from);
        assert_eq!(text.matches(&here).count(), 1, "`{here}` in {path}: {text}");
        text.replace(&here, &place.replace("{}", to))
    })
}

fn paths() -> BTreeSet<&'static str> {
    PLACES.iter().map(|(path, _)| *path).collect()
}

#[test]
fn row_1_3_every_place_carries_the_same_number_after_a_release_and_nothing_else_changes() {
    let stage = Setting::of(&AISOC).set();
    let clone = stage.fresh_clone();
    let before: Vec<(&str, String)> = paths().into_iter().map(|path| (path, read(&clone, path))).collect();
    stage.release().ends_with(0);
    converged(&stage, &["v6.3.0"]);
    git(&clone, &["pull", "--quiet", "--ff-only"]);
    for (path, text) in &before {
        assert_eq!(read(&clone, path), carrying(text, path, BEFORE, "6.3.0"), "{path}");
    }
    assert_eq!(read(&clone, "VERSION"), "6.3.0\n");
    let changed: BTreeSet<String> =
        git(&clone, &["diff", "--name-only", "HEAD~1"]).lines().map(str::to_owned).collect();
    let ours = [".release/plan.json", "CHANGELOG.md", "VERSION"];
    let expected: BTreeSet<String> = paths().into_iter().chain(ours).map(str::to_owned).collect();
    assert_eq!(changed, expected, "what has a version of its own keeps it");
    stage.run(&clone, &["check"]).ends_with(0);

    // The stamp itself is nothing to release, and the next one moves the same places again.
    assert_eq!(stage.release().ends_with(0).json()["outcome"], "already-released");
    stage.merge("Correlate faster", &["patch"]);
    stage.release().ends_with(0);
    converged(&stage, &["v6.3.0", "v6.3.1"]);
    git(&clone, &["pull", "--quiet", "--ff-only"]);
    for (path, text) in &before {
        assert_eq!(read(&clone, path), carrying(text, path, BEFORE, "6.3.1"), "{path}");
    }
}

#[test]
fn row_1_3_what_runs_carries_the_number_of_the_release() {
    let stage = Setting::of(&AISOC).set();
    let folder = stage.release().ends_with(0).clone.join("dist/v6.3.0");
    let out = stage.path("unpacked");
    fs::create_dir(&out).expect("a folder");
    let archive = folder.join("aisoc-v6.3.0.tar.gz").display().to_string();
    let unpacked = std::process::Command::new("tar").args(["-xzf", &archive]).current_dir(&out).status();
    assert!(unpacked.expect("tar runs").success());
    let compose = read(&out, "docker-compose.yml");
    for said in [
        "registry.example/aisoc/api:v6.3.0@sha256:",
        "registry.example/aisoc/connectors:v6.3.0@sha256:",
        "AISOC_VERSION: \"6.3.0\"",
    ] {
        assert!(compose.contains(said), "`{said}` is not in {compose}");
    }
    assert!(!compose.contains(BEFORE), "{compose}");
}

/// A clone in which these places carry another number than `VERSION` says.
fn differing(stage: &Stage, places: &[(&str, &str)]) -> std::path::PathBuf {
    let clone = stage.fresh_clone();
    for (path, place) in places {
        let text = read(&clone, path);
        let wrong = text.replace(&place.replace("{}", BEFORE), &place.replace("{}", "6.1.9"));
        assert_ne!(text, wrong, "{path}: {place}");
        fs::write(clone.join(path), wrong).expect("a file");
    }
    commit(&clone, "Change numbers by hand", 50);
    clone
}

#[test]
fn row_1_3_a_check_fails_for_each_place_that_differs_and_names_it() {
    let stage = Setting::of(&AISOC).set();
    for (path, place) in PLACES {
        let clone = differing(&stage, &[(path, place)]);
        let run = stage.run(&clone, &["check", "--json"]).ends_with(1);
        let findings = run.findings();
        let [(cause, words)] = findings.as_slice() else { panic!("{path}: one finding: {findings:?}") };
        assert_eq!(cause, "E-VERSION-DIFFERS");
        for said in [format!("{path}:"), "6.1.9".to_owned(), BEFORE.to_owned()] {
            assert!(words.contains(&said), "{path}: `{said}` is not in {words}");
        }
    }
    let run = stage.run(&differing(&stage, PLACES), &["check", "--json"]).ends_with(1);
    assert_eq!(run.findings().len(), PLACES.len(), "all at once");
}

#[test]
fn row_1_3_a_version_file_that_is_ahead_of_the_tags_stops_the_release() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    stage.land(&crate::landing::Pull {
        title: "Mend the second page",
        labels: &["patch"],
        edit: |clone| fs::write(clone.join("VERSION"), "1.4.0\n").expect("a file"),
        ..Default::default()
    });
    let before = (stage.rehearsal.snapshot(), stage.references());
    let run = stage.release().ends_with(1);
    let (cause, words) = run.findings().remove(0);
    assert_eq!(cause, "E-VERSION-DIFFERS", "{words}");
    assert!(words.contains("v1.0.1") && words.contains("1.4.0"), "{words}");
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
    assert_eq!(plan_of(&stage, "v1.0.0")["version"], "1.0.0");
}
