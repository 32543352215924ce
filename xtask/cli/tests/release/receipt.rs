//! What programs read: one JSON object, whatever happened.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bundle_format::digest::Sha256Hex;
use release_rehearsal::{Fault, FaultKind, Target};
use serde_json::Value;

use crate::converged::{converged, files_are_the_assets};
use crate::git::git;
use crate::stage::{RELEASE, Setting};

/// The fields of every receipt.
const FIELDS: &[&str] = &[
    "assets",
    "channel",
    "findings",
    "finished",
    "folder",
    "format",
    "outcome",
    "plan",
    "rehearsed",
    "release_url",
    "requests",
    "steps",
    "tag",
    "version",
];

#[track_caller]
fn assert_has_every_field(receipt: &Value) {
    let keys: BTreeSet<&str> = receipt.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, FIELDS.iter().copied().collect());
}

/// Requires each asset of a receipt to be a file of that size and digest in its folder.
#[track_caller]
fn assert_assets_are_files(receipt: &Value, count: usize) {
    let folder = Path::new(receipt["folder"].as_str().expect("a folder"));
    let assets = receipt["assets"].as_array().expect("assets");
    assert_eq!(
        assets.len(),
        count,
        "two archives, each with manifest and bill, the provenance, the checksums"
    );
    for asset in assets {
        let path = Path::new(asset["path"].as_str().expect("a path"));
        assert_eq!(path, folder.join(asset["name"].as_str().expect("a name")));
        let content = fs::read(path).expect("a file");
        assert_eq!(asset["size"], content.len());
        assert_eq!(asset["sha256"], Sha256Hex::of(&content).to_string());
    }
}

#[test]
fn a_release_prints_one_object_with_everything_a_program_needs() {
    let stage = Setting::new().set();
    let run = stage.release().ends_with(0);
    let receipt = run.json();
    assert_has_every_field(&receipt);
    assert_assets_are_files(&receipt, 9);
    converged(&stage, &["v1.0.0"]);
    files_are_the_assets(&stage, "v1.0.0", Path::new(receipt["folder"].as_str().expect("a folder")));
    assert_eq!(receipt["version"], "1.0.0");
    assert_eq!(receipt["tag"], "v1.0.0");
    assert_eq!(receipt["channel"], "stable");
    assert_eq!(receipt["plan"].as_str().expect("a plan").len(), 64);
    assert!(
        receipt["release_url"]
            .as_str()
            .expect("an address")
            .ends_with("/example/aihummer/releases/tag/v1.0.0")
    );
    let steps = receipt["steps"].as_array().expect("steps");
    assert!(steps.iter().all(|step| step["outcome"] == "done"), "{steps:#?}");
    assert_eq!(receipt["finished"], serde_json::json!([]));
    let left: Vec<_> = fs::read_dir(stage.path("temporary")).expect("a folder").collect();
    assert!(left.is_empty(), "nothing stays in the folder for temporary files: {left:?}");
}

#[test]
fn a_release_that_fails_midway_prints_one_object_with_the_cause() {
    let stage = Setting::new().set();
    let target = Target::operation("repos/upload-release-asset");
    stage.rehearsal.inject(Fault { target, nth: 2, times: 1, kind: FaultKind::Status(403) });
    let run = stage.release().ends_with(4);
    let receipt = run.json();
    assert_has_every_field(&receipt);
    assert_eq!((&receipt["outcome"], &receipt["tag"]), (&"stopped".into(), &"v1.0.0".into()));
    assert_eq!(run.findings().remove(0).0, "E-TOKEN-RIGHTS");
    let last = receipt["steps"].as_array().expect("steps").last().expect("a step").clone();
    assert!(last["id"].as_str().expect("an id").starts_with("upload:"), "{last}");
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn nothing_to_release_is_one_object_too() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let receipt = stage.run(&stage.fresh_clone(), RELEASE).ends_with(0).json();
    assert_has_every_field(&receipt);
    assert_eq!(receipt["outcome"], "already-released");
    assert_eq!(receipt["channel"], "stable");
}

#[test]
fn row_1_8_a_platform_names_its_channels_itself() {
    let stage = Setting::new().set();
    let receipt =
        stage.run(&stage.fresh_clone(), &["release", "--json", "--channel", "beta"]).ends_with(0).json();
    assert_eq!((&receipt["tag"], &receipt["channel"]), (&"v1.0.0-beta.1".into(), &"beta".into()));
    let pointer = stage.pointer("beta");
    assert_eq!(pointer["version"], "1.0.0-beta.1");
    let release = stage.rehearsal.snapshot().releases.remove(0);
    assert!(release.prerelease && !release.latest);

    let stable = stage.release().ends_with(0).json();
    assert_eq!((&stable["tag"], &stable["channel"]), (&"v1.0.0".into(), &"stable".into()));
    let unknown = stage.run(&stage.fresh_clone(), &["release", "--json", "--channel", "latest"]).ends_with(4);
    let (cause, words) = unknown.findings().remove(0);
    assert_eq!(cause, "E-CONFIG");
    assert!(words.contains("`stable`, `beta`, `dev`"), "{words}");
}

#[test]
fn what_is_built_does_not_make_a_tree_dirty_that_ignores_nothing() {
    let stage = Setting::new().set();
    stage.merge_file("Ignore nothing", &["none"], ".gitignore", "");
    let clone = stage.fresh_clone();
    let clean = |clone: &Path, what: &str| assert_eq!(git(clone, &["status", "--porcelain"]), "", "{what}");
    stage.run(&clone, &["bundle", "--version", "v1.0.0", "--offline"]).ends_with(0);
    clean(&clone, "bundle");
    stage.run(&clone, RELEASE).ends_with(0);
    clean(&clone, "release");
    assert_eq!(stage.run(&clone, RELEASE).ends_with(0).json()["outcome"], "already-released");
    let fresh = stage.fresh_clone();
    stage.merge("Serve the third page", &["minor"]);
    git(&fresh, &["pull", "--quiet"]);
    stage.run(&fresh, RELEASE).ends_with(0);
    clean(&fresh, "a release that begins without the folder");
    // A folder that was somebody's before is left as it is.
    let theirs = stage.fresh_clone();
    fs::create_dir(theirs.join("dist")).expect("a folder");
    fs::write(theirs.join("dist/notes.txt"), "").expect("a file");
    let bundle = ["bundle", "--version", "v1.1.0", "--offline", "--out", "dist"];
    stage.run(&theirs, &bundle).ends_with(0);
    assert!(!theirs.join("dist/.gitignore").exists());
}

#[test]
fn row_2_1_bundles_are_built_without_a_forge_and_printed_in_the_same_form() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let out = stage.path("built").display().to_string();
    let bundle = ["bundle", "--version", "v1.0.0", "--out", &out, "--offline", "--json"];
    let receipt = stage.run(&clone, &bundle).ends_with(0).json();
    assert_has_every_field(&receipt);
    assert_assets_are_files(&receipt, 8);
    assert_eq!((&receipt["outcome"], &receipt["tag"]), (&"built".into(), &"v1.0.0".into()));
    assert!(stage.rehearsal.requests().is_empty());
    let digests = |receipt: &Value| {
        receipt["assets"]
            .as_array()
            .expect("assets")
            .iter()
            .map(|it| it["sha256"].clone())
            .collect::<Vec<_>>()
    };
    let again = stage.run(&stage.fresh_clone(), &bundle).ends_with(0).json();
    assert_eq!(digests(&again), digests(&receipt), "the same bytes from another clone");
}

/// The variants' manifests in a folder.
fn manifests(folder: &Path, version: &str) -> Vec<Value> {
    let names = ["", "-gpu"].map(|suffix| format!("aihummer-{version}{suffix}.bundle.json"));
    let read = |name| fs::read_to_string(folder.join(name)).expect("a manifest");
    names.map(|name| serde_json::from_str(&read(name)).expect("JSON")).into()
}

#[test]
fn row_2_1_the_bundles_of_a_release_are_built_from_its_tag_with_the_bytes_that_were_released() {
    crate::killed::for_each(&["push", "tag-only"], |mode| {
        let stage = Setting::new().mode(mode).set();
        let released = stage.release().ends_with(0).json();
        stage.merge("Serve the third page", &["minor"]);
        stage.rehearsal.forget_requests();
        for more in [&[][..], &["--offline"]] {
            let clone = stage.fresh_clone();
            let bundle = [&["bundle", "--version", "v1.0.0", "--json"], more].concat();
            let built = stage.run(&clone, &bundle).ends_with(0).json();
            assert_has_every_field(&built);
            assert_eq!(
                (&built["outcome"], &built["plan"], &built["rehearsed"]),
                (&"built".into(), &released["plan"], &released["rehearsed"])
            );
            let assets = |receipt: &Value| receipt["assets"].as_array().map(Vec::len);
            assert_eq!(assets(&built).map(|count| count + 1), assets(&released), "all but the signature");
            fs::copy(
                Path::new(released["folder"].as_str().expect("a folder")).join("SHA256SUMS.minisig"),
                clone.join("dist/SHA256SUMS.minisig"),
            )
            .expect("the signature");
            files_are_the_assets(&stage, "v1.0.0", &clone.join("dist"));
        }
        assert!(stage.rehearsal.requests().is_empty(), "the tag holds everything");
    });
}

#[test]
fn row_2_1_a_tag_of_somebody_else_is_built_from_its_own_commit() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    git(&clone, &["tag", "v0.9.0", "HEAD~1"]);
    stage.run(&clone, &["bundle", "--version", "v0.9.0", "--offline"]).ends_with(0);
    let commit = git(&clone, &["rev-parse", "v0.9.0"]);
    for manifest in manifests(&clone.join("dist"), "v0.9.0") {
        assert_eq!(manifest["source_commit"], commit.as_str(), "{manifest}");
    }
}

#[test]
fn row_2_1_it_is_said_where_a_bundle_has_a_name_that_no_release_of_the_checkout_will_have() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    stage.merge("Serve the third page", &["minor"]);
    let clone = stage.fresh_clone();
    for version in ["v9.9.9", "v1.0.2", "v0.9.0", "v1.0.0-rc.1"] {
        let run = stage.run(&clone, &["bundle", "--version", version, "--offline", "--json"]).ends_with(0);
        let (cause, words) = run.findings().remove(0);
        assert_eq!(cause, "E-VERSION-UNKNOWN", "{version}");
        for possible in ["`v1.0.1`", "`v1.1.0`", "`v2.0.0`", "git fetch --tags"] {
            assert!(words.contains(possible), "{version}: {words}");
        }
        assert!(run.stderr.contains("note[E-VERSION-UNKNOWN]"), "{}", run.stderr);
        assert_eq!(run.json()["version"], version.trim_start_matches('v'));
    }
    let head = git(&clone, &["rev-parse", "HEAD"]);
    for version in ["v1.1.0", "v1.1.0-dev"] {
        let run = stage.run(&clone, &["bundle", "--version", version, "--offline", "--json"]).ends_with(0);
        assert_eq!(run.findings(), [], "{version}");
        for manifest in manifests(&clone.join("dist"), version) {
            assert_eq!(manifest["source_commit"], head.as_str(), "{version}: {manifest}");
        }
    }
}

#[test]
fn a_rehearsed_bundle_is_no_release() {
    let stage = Setting::new().set();
    let run = stage.release().ends_with(0);
    let folder = run.clone.join("dist/v1.0.0");
    for archive in ["aihummer-v1.0.0.tar.gz", "aihummer-v1.0.0-gpu.tar.gz"] {
        let path = folder.join(archive).display().to_string();
        let verify = stage.run(&run.clone, &["verify", &path]).ends_with(1);
        assert!(verify.stderr.contains("error[E-REHEARSED]"), "{}", verify.stderr);
    }
}
