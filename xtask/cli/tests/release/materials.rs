//! What a release says its bundles are made of, judged by the schema that the CycloneDX project publishes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::stage::{RELEASE, Setting};

/// The packages from npm, which the test command installs.
fn modules() -> PathBuf {
    let given = std::env::var_os("SLIPWAY_TEST_NODE_MODULES").map(PathBuf::from);
    let there = given.filter(|folder| folder.join("@cyclonedx/cyclonedx-library").is_dir());
    there.unwrap_or_else(|| {
        panic!(
            "`SLIPWAY_TEST_NODE_MODULES` names no folder with the CycloneDX schemas: run `cargo xtask test`"
        )
    })
}

/// What the official schema says against bills of materials; nothing where all of them are valid.
fn complaints(bills: &[PathBuf]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/sbom.mjs");
    let mut node = Command::new("node");
    node.arg(script).args(bills).env("SLIPWAY_TEST_NODE_MODULES", modules());
    let output = node.output().unwrap_or_else(|error| panic!("`node` does not start ({error})"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    said
}

#[test]
fn the_bills_of_a_release_are_valid_by_the_official_schema_and_a_wrong_one_is_not() {
    let stage = Setting::new().set();
    let run = stage.run(&stage.fresh_clone(), RELEASE).ends_with(0);
    let receipt = run.json();
    let assets = receipt["assets"].as_array().expect("assets").iter();
    let paths = assets.map(|asset| PathBuf::from(asset["path"].as_str().expect("a path")));
    let bills: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(".cdx.json")).collect();
    assert_eq!(bills.len(), 2, "one for each variant");
    assert_eq!(complaints(&bills), "");
    let mut bill: Value = serde_json::from_slice(&fs::read(&bills[0]).expect("a bill")).expect("JSON");
    assert_eq!(bill["specVersion"], "1.6");
    for (pointer, wrong) in [
        ("/components/0/type", "image"),
        ("/components/0/hashes/0/alg", "SHA256"),
        ("/serialNumber", "urn:uuid:1"),
        ("/metadata/timestamp", "yesterday"),
    ] {
        let right = std::mem::replace(bill.pointer_mut(pointer).expect("a value"), wrong.into());
        let path = stage.path("wrong.cdx.json");
        fs::write(&path, bill.to_string()).expect("a file");
        assert!(complaints(&[path]).contains(pointer), "{pointer}");
        *bill.pointer_mut(pointer).expect("a value") = right;
    }
}
