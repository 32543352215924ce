//! Stamping this repository itself: its crates carry the version of `VERSION`, and a stamp moves all of them.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read samples and run programs; what they test does not"
)]
#![cfg(test)]

use std::fs;
use std::path::Path;

use release_core::config::release::{Stamp, StampKind};
use release_core::config::{ReleaseConfig, parse_located};
use release_core::facts::{Content, SourceFile};
use release_core::stamp::{Tree, VERSION, apply, differences, stamp};
use semver::Version;

const FILES: [&str; 3] = [VERSION, "Cargo.toml", "Cargo.lock"];

fn tree() -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| {
        let text = fs::read_to_string(root.join(path)).expect("a file of this repository");
        (path.to_owned(), SourceFile { content: Content::Text(text), executable: false })
    };
    FILES.map(read).into()
}

/// A configuration that stamps only the Cargo workspace.
fn release() -> ReleaseConfig {
    let text = "{format: 1, product: p, repository: {owner: a, name: b}, version: {first: 1.0.0, source: conventional-commits}}";
    let (mut release, _) = parse_located::<ReleaseConfig>("release.yaml", text).expect("is right");
    release.stamps =
        vec![Stamp { path: "Cargo.toml".to_owned(), kind: StampKind::CargoWorkspace, key: None }];
    release
}

#[test]
fn row_1_3_the_crates_of_this_repository_carry_its_version() {
    assert_eq!(differences(&release(), &tree()), []);
}

#[test]
fn a_stamp_moves_every_crate_of_this_repository_and_nothing_else() {
    let before = tree();
    let text = |tree: &Tree, path: &str| match &tree[path].content {
        Content::Text(text) => text.clone(),
        Content::Base64(_) => panic!("{path} is text"),
    };
    let edits = stamp(&release(), &before, &Version::new(987, 6, 5)).expect("can be stamped");
    let mut after = before.clone();
    for edit in &edits {
        let bytes = apply(edit, Some(text(&before, &edit.path).as_bytes())).expect("fits");
        let content = Content::Text(String::from_utf8(bytes).expect("is text"));
        after.insert(edit.path.clone(), SourceFile { content, executable: false });
    }
    assert_eq!(differences(&release(), &after), []);
    let moved = |path: &str| {
        let (before, after) = (text(&before, path), text(&after, path));
        assert_eq!(before.lines().count(), after.lines().count());
        before.lines().zip(after.lines()).filter(|(before, after)| before != after).count()
    };
    let lock = text(&before, "Cargo.lock");
    let members =
        lock.split("[[package]]").skip(1).filter(|package| !package.contains("\nsource = ")).count();
    assert_eq!(moved(VERSION), 1);
    assert!(moved("Cargo.toml") >= 1);
    assert_eq!(moved("Cargo.lock"), members);
}
