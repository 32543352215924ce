//! Configurations as people write them: each wrong sample has its errors beside it, word by word, and each valid one is accepted.
//!
//! A sample is named after its file and its mistake: `release-….yaml` stands in for `config/release.yaml`, `bundles-….yaml` for
//! `config/bundles.yaml`, `env-….yaml` for `config/env.yaml`, `compatibility-….yaml` and `locks-….yaml` for
//! `config/compatibility.yaml` and `config/images.lock.yaml`; the other files are valid ones.
//! `EXPECTED=overwrite cargo test -p release-core --test config` accepts what the errors are now.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read samples and run programs; what they test does not"
)]
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use release_core::config::{Configuration, paths};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(name)
}

/// The samples of a folder: each with its name and the configuration file that it stands in for.
fn samples(name: &str) -> Vec<(String, &'static str, PathBuf)> {
    let mut samples: Vec<_> = fs::read_dir(folder(name))
        .expect("the folder of samples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_str().expect("is text").to_owned();
            let stands_for = match name.split('-').next() {
                Some("release") => paths::RELEASE,
                Some("bundles") => paths::BUNDLES,
                Some("env") => paths::ENVIRONMENT,
                Some("compatibility") => paths::COMPATIBILITY,
                Some("locks") => paths::LOCKS,
                _ => panic!("`{name}` begins with no file's name"),
            };
            (name, stands_for, path)
        })
        .collect();
    samples.sort();
    samples
}

fn errors(stands_for: &str, path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a sample");
    let read = |name: &str| fs::read_to_string(folder("valid").join(name)).expect("a valid sample");
    let mut sources = [
        (paths::RELEASE.to_owned(), read("release-full.yaml")),
        (paths::BUNDLES.to_owned(), read("bundles-full.yaml")),
        (paths::ENVIRONMENT.to_owned(), read("env-full.yaml")),
    ]
    .into_iter()
    .collect::<std::collections::BTreeMap<_, _>>();
    sources.insert(stands_for.to_owned(), text);
    match Configuration::parse(&sources) {
        Ok(_) => String::new(),
        Err(errors) => errors.iter().map(|error| format!("{error}\n")).collect(),
    }
}

#[test]
fn each_mistake_is_explained_as_expected() {
    let overwrite = std::env::var("EXPECTED").is_ok_and(|mode| mode == "overwrite");
    let samples = samples("invalid");
    assert!(samples.len() >= 20, "only {} samples", samples.len());
    let mut differing = String::new();
    for (name, stands_for, path) in samples {
        let found = errors(stands_for, &path);
        let beside = path.with_extension("expected.txt");
        if overwrite {
            fs::write(&beside, &found).expect("the expected errors are written");
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if found.is_empty() || found != expected {
            differing.push_str(&format!("--- {name}\nexpected:\n{expected}found:\n{found}\n"));
        }
    }
    assert!(differing.is_empty(), "{differing}");
}

#[test]
fn each_valid_sample_is_accepted() {
    let samples = samples("valid");
    assert!(samples.len() >= 4);
    for (name, stands_for, path) in samples {
        assert_eq!(errors(stands_for, &path), "", "{name}");
    }
}

#[test]
fn the_configuration_of_this_repository_is_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sources = [paths::RELEASE, paths::BUNDLES, paths::ENVIRONMENT]
        .map(|path| (path.to_owned(), fs::read_to_string(root.join(path)).expect("a configuration file")));
    let configuration = Configuration::parse(&sources.into_iter().collect()).expect("is valid");
    assert_eq!(configuration.release.stamps.len(), 3);
    assert_eq!(configuration.bundles.variants.len(), 2);
}
