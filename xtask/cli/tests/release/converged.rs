//! What a finished release looks like, whatever happened on the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use bundle_format::digest::Sha256Hex;
use release_rehearsal::{Snapshot, SnapshotRelease};
use serde_json::Value;

use crate::stage::{PUBLIC_KEY, Stage};

/// How releases are called that were on the forge before, and are nobody's business.
pub(crate) const NIGHTLY: &str = "nightly-";

/// Requires exactly these releases, the newest last, each whole, and nothing half done.
#[track_caller]
pub(crate) fn converged(stage: &Stage, tags: &[&str]) {
    let mut snapshot = stage.rehearsal.snapshot();
    snapshot.releases.retain(|release| !release.tag_name.starts_with(NIGHTLY));
    let known = snapshot.refs.keys().filter_map(|name| name.strip_prefix("refs/tags/"));
    let known: Vec<&str> = known.filter(|tag| !tag.starts_with(NIGHTLY)).collect();
    assert_eq!(known, tags, "exactly these tags");
    assert_eq!(snapshot.releases.len(), tags.len(), "one release a tag: {:?}", snapshot.releases);
    for tag in tags {
        let found: Vec<_> = snapshot.releases.iter().filter(|release| release.tag_name == *tag).collect();
        let [release] = found.as_slice() else { panic!("one release of {tag}: {found:?}") };
        assert!(!release.draft, "{tag} is published");
        assert_eq!(release.latest, Some(tag) == tags.last(), "{tag}");
        whole(stage, &snapshot, release);
    }
    let newest = tags.last().expect("a tag");
    let pointer = stage.pointer(stage.platform.channel);
    assert_eq!(pointer["version"], newest.trim_start_matches('v'));
    assert_eq!(pointer["sequence"], tags.len(), "the pointer moved once a release");
}

/// Requires a release to have exactly what its plan says: its assets, its signature, its changelog and its images.
#[track_caller]
pub(crate) fn whole(stage: &Stage, snapshot: &Snapshot, release: &SnapshotRelease) {
    let tag = release.tag_name.as_str();
    let plan = plan_of(stage, tag);
    let wanted: BTreeMap<String, String> = plan["assets"]
        .as_array()
        .expect("assets")
        .iter()
        .map(|asset| (text(&asset["name"]), text(&asset["sha256"])))
        .collect();
    assert!(wanted.len() > 2, "{wanted:?}");
    let mut there: BTreeMap<String, String> =
        release.assets.iter().map(|asset| (asset.name.clone(), asset.sha256.clone())).collect();
    assert_eq!(there.len(), release.assets.len(), "each once");
    if let Some(signature) = plan["signature"]["name"].as_str() {
        assert!(there.remove(signature).is_some(), "{tag} is signed: {there:?}");
        signed(stage, tag, &plan);
    }
    assert_eq!(there, wanted, "exactly the assets of the plan of {tag}");
    assert!(release.assets.iter().all(|asset| asset.state == "uploaded"), "{tag}");
    let heading = format!("## [{}]", tag.trim_start_matches('v'));
    let changelog = stage.file(tag, "CHANGELOG.md");
    assert_eq!(changelog.matches(&heading).count(), 1, "{changelog}");
    assert_eq!(stage.file(tag, "VERSION"), tag.trim_start_matches('v'));
    for image in stage.platform.images {
        let image = format!("registry.example/{}/{image}", stage.platform.name);
        let name = format!("{image}:{tag}");
        let digest = snapshot.images.get(&name);
        let step = plan["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .find(|step| step["action"]["image"] == image.as_str());
        let planned = step.map(|step| format!("sha256:{}", text(&step["action"]["digest"])));
        assert_eq!(digest, planned.as_ref(), "{name}: {:?}", snapshot.images);
    }
}

/// Requires the signature of a release to be one over its checksums, by the program that operators have.
#[track_caller]
pub(crate) fn signed(stage: &Stage, tag: &str, plan: &Value) {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["SHA256SUMS", "SHA256SUMS.minisig"] {
        fs::write(folder.path().join(name), stage.asset(tag, name)).expect("a file");
    }
    let mut minisign = Command::new("minisign");
    minisign.current_dir(folder.path()).args(["-Vm", "SHA256SUMS", "-P", PUBLIC_KEY]);
    let output = minisign
        .output()
        .unwrap_or_else(|error| panic!("`minisign` does not start ({error}): run `cargo xtask test`"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(&text(&plan["signature"]["comment"])), "{said}");
}

/// Requires the folder of a release to hold exactly what the forge has.
#[track_caller]
pub(crate) fn files_are_the_assets(stage: &Stage, tag: &str, folder: &Path) {
    let snapshot = stage.rehearsal.snapshot();
    let release = snapshot.releases.iter().find(|release| release.tag_name == tag).expect("a release");
    for asset in &release.assets {
        let content = fs::read(folder.join(&asset.name)).expect("a file of the release");
        assert_eq!(Sha256Hex::of(&content).to_string(), asset.sha256, "{}", asset.name);
        assert_eq!(content.len(), asset.size, "{}", asset.name);
    }
}

/// The plan that a tag holds.
pub(crate) fn plan_of(stage: &Stage, tag: &str) -> Value {
    serde_json::from_str(&stage.file(tag, ".release/plan.json")).expect("a plan")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
