//! The assets of a release as the tools that operators have see them: GNU tar lists and unpacks an archive without a word, and
//! `sha256sum --check` takes the checksums.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "operators' own tools judge the archives"
)]
#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use release_core::bundle::archive::{Member, archive};
use release_core::bundle::assets::{CHECKSUMS, assets};
use release_core::bundle::provenance::Origin;
use release_core::facts::Content;
use release_core::plan::{Bundle, BundleFile};

/// The manifest of a bundle of nothing.
const MANIFEST: &str = r#"{
    "format": 1, "product": "widgets", "version": "1.3.0", "variant": "cpu",
    "source_commit": "1111111111111111111111111111111111111111", "source_date": "2026-01-02T03:04:05Z",
    "rehearsed": false, "images": {}, "files": {},
    "environment": { "format": 1, "sections": [], "variables": [] }
}"#;

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("LC_ALL", "C").env("TZ", "UTC");
    command.output().unwrap_or_else(|error| panic!("`{program}` did not start: {error}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn member(path: &str) -> Member<'_> {
    Member { path, content: b"#!/bin/sh\n", executable: path.ends_with(".sh") }
}

/// A path of the greatest length that is allowed.
fn longest() -> String {
    format!("{}/{}/{}", "a".repeat(99), "b".repeat(55), "c".repeat(99))
}

#[test]
fn gnu_tar_lists_an_archive_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let long = longest();
    let bytes = archive(&[member("setup-env.sh"), member("configs/a/x.yml"), member(&long)], 1_700_000_000);
    fs::write(folder.path().join("a.tar.gz"), bytes.unwrap()).unwrap();
    let listed = run(folder.path(), "tar", &["--numeric-owner", "-tvzf", "a.tar.gz"]);
    assert!(listed.status.success() && listed.stderr.is_empty(), "{}", text(&listed.stderr));
    let lines = text(&listed.stdout);
    let fields: Vec<Vec<&str>> = lines.lines().map(|line| line.split_whitespace().collect()).collect();
    let of = |path: &str| fields.iter().find(|fields| fields.last() == Some(&path)).unwrap();
    assert_eq!(of("setup-env.sh")[..5], ["-rwxr-xr-x", "0/0", "10", "2023-11-14", "22:13"]);
    assert_eq!(of("configs/a/x.yml")[0], "-rw-r--r--");
    assert_eq!(of("configs/a/")[..2], ["drwxr-xr-x", "0/0"]);
    assert_eq!(of(&long)[2], "10");
}

#[test]
fn row_2_3_gnu_tar_unpacks_it_flat_into_the_folder_it_is_given() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let bytes = archive(&[member("setup-env.sh"), member("configs/a/x.yml")], 0).unwrap();
    fs::write(folder.path().join("a.tar.gz"), bytes).unwrap();
    fs::create_dir(folder.path().join("to")).unwrap();
    let unpacked = run(folder.path(), "tar", &["-xzf", "a.tar.gz", "-C", "to"]);
    assert!(unpacked.status.success() && unpacked.stderr.is_empty(), "{}", text(&unpacked.stderr));
    let script = folder.path().join("to/setup-env.sh");
    assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o111, 0o111);
    assert_eq!(fs::read(folder.path().join("to/configs/a/x.yml")).unwrap(), fs::read(script).unwrap());
}

#[test]
fn sha256sum_takes_the_checksums_and_sees_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = |path: &str, text: &str| BundleFile {
        path: path.to_owned(),
        executable: false,
        content: Content::Text(text.to_owned()),
    };
    let bundle = |variant: &str| Bundle {
        variant: variant.to_owned(),
        archive: format!("widgets-{variant}.tar.gz"),
        manifest: format!("widgets-{variant}.bundle.json"),
        files: vec![file("bundle.json", MANIFEST), file("docker-compose.yml", "{}\n")],
    };
    let origin = Origin {
        product: "widgets",
        repository: "acme/widgets".to_owned(),
        version: &"1.3.0".parse().unwrap(),
        source: &"1".repeat(40).parse().unwrap(),
        source_date: "2026-01-02T03:04:05Z".parse().unwrap(),
        plan: None,
    };
    let built = assets(&[bundle("gpu"), bundle("cpu")], &origin).unwrap();
    for part in &built {
        fs::write(folder.path().join(&part.asset.name), &part.content).unwrap();
    }
    let check = || run(folder.path(), "sha256sum", &["--check", "--strict", "--warn", CHECKSUMS]);
    let right = check();
    assert!(right.status.success() && right.stderr.is_empty(), "{}", text(&right.stderr));
    assert_eq!(text(&right.stdout).lines().filter(|line| line.ends_with(": OK")).count(), 7);
    fs::write(folder.path().join("widgets-gpu.tar.gz"), b"other").unwrap();
    let wrong = check();
    assert!(!wrong.status.success() && text(&wrong.stdout).contains("widgets-gpu.tar.gz: FAILED"));
}
