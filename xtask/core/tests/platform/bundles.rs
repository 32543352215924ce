//! The bundles of this platform as an operator meets them: unpacked, set up with their own script, read by Docker Compose.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use release_core::bundle::render::{Material, bundles};
use release_core::config::Configuration;
use release_core::facts::{Content, SourceFile};
use release_core::plan::Bundle;
use release_core::sources;
use semver::Version;
use serde_json::Value;

use crate::checkout::{contract, files, root, said, text};

/// The bundles of the files as they lie here. No registry is asked.
fn rendered() -> Vec<Bundle> {
    let texts = files("config").into_iter().map(|path| (path.clone(), text(&path))).collect();
    let configuration = Configuration::parse(&texts).expect("a right configuration");
    let paths = sources::paths(&configuration);
    let paths = paths.iter().flat_map(|path| match root().join(path) {
        place if place.is_dir() => files(path),
        place if place.is_file() => vec![path.clone()],
        _ => Vec::new(),
    });
    let file = |path: String| {
        let content = Content::Text(text(&path));
        (path, SourceFile { content, executable: false })
    };
    let tree: BTreeMap<_, _> = paths.map(file).collect();
    let commit = "1".repeat(40).parse().expect("a commit");
    let material = Material {
        configuration: &configuration,
        tree: &tree,
        images: None,
        source: &commit,
        built: &commit,
        source_date: Timestamp::UNIX_EPOCH,
        rehearsed: false,
    };
    let rendered = bundles(&material, &Version::new(1, 2, 3)).expect("nothing is wrong");
    assert_eq!(rendered.notes, Vec::new(), "and nothing is worth a note");
    rendered.bundles
}

fn unpacked(bundle: &Bundle) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for file in &bundle.files {
        let path = folder.path().join(&file.path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, file.content.as_text().expect("a text")).expect("written");
    }
    folder
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_clear();
    for name in ["PATH", "HOME", "DOCKER_CONFIG"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.output().unwrap_or_else(|error| panic!("`{program}` did not start: {error}"))
}

const CONFIG: &[&str] = &["compose", "config", "--format", "json"];

/// What a bundle that was set up for `hub.test` deploys.
fn deployed(folder: &Path) -> Value {
    let set_up = run(folder, "sh", &["setup-env.sh", "--non-interactive", "--set", "DOMAIN=hub.test"]);
    assert!(set_up.status.success(), "{}", said(&set_up));
    let accepted = run(folder, "docker", CONFIG);
    assert!(accepted.status.success() && accepted.stderr.is_empty(), "{}", said(&accepted));
    serde_json::from_slice(&accepted.stdout).expect("JSON")
}

#[test]
fn compose_accepts_both_bundles_once_they_are_set_up_and_refuses_them_before() {
    let bundles = rendered();
    let expected = [("cpu", 61), ("gpu", 66)];
    assert_eq!(bundles.len(), expected.len());
    for (bundle, (variant, count)) in bundles.iter().zip(expected) {
        assert_eq!(bundle.variant, variant);
        let folder = unpacked(bundle);
        let refused = run(folder.path(), "docker", CONFIG);
        let says = said(&refused);
        assert!(!refused.status.success() && says.contains("run ./setup-env.sh"), "{says}");
        assert!(
            contract().variables.iter().any(|it| it.required && says.contains(&it.name)),
            "it names a variable: {says}"
        );

        let config = deployed(folder.path());
        assert_eq!(config["name"], "swissaihub");
        let services = config["services"].as_object().expect("services");
        assert_eq!(services.len(), count, "{variant}");
        assert_eq!(services["api"]["environment"]["AIHUB_VERSION"], "v1.2.3");
        assert_eq!(services["traefik"]["environment"]["DOMAIN"], "hub.test");
    }
}

#[test]
fn all_that_a_bundle_mounts_travels_in_it_or_lies_on_the_host_by_an_absolute_path() {
    for bundle in rendered() {
        let folder = unpacked(&bundle);
        let place = folder.path().canonicalize().expect("a folder");
        let data = place.join(".docker-volumes");
        let config = deployed(&place);
        for (name, service) in config["services"].as_object().expect("services") {
            for mount in service["volumes"].as_array().into_iter().flatten() {
                let source = PathBuf::from(mount["source"].as_str().expect("a bind mount"));
                let carried = source.starts_with(place.join("configs")) && source.exists();
                let on_the_host = source.starts_with(&data) || source == Path::new("/var/run/docker.sock");
                assert!(carried || on_the_host, "{name}: {}", source.display());
            }
        }
    }
}
