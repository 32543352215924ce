//! The servers that the test command starts, tried together: what one pushes the other serves.
//!
//! Must never reach an engine or registry that the test command did not name.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

use std::fs;
use std::path::Path;
use std::process::Command;

fn given(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("`{name}` is not set: run the tests with `cargo xtask test`"))
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn what_the_engine_pushes_the_registry_serves_by_digest() {
    let (host, registry) = (given("SLIPWAY_TEST_DOCKER_HOST"), given("SLIPWAY_TEST_REGISTRY"));
    let docker = |arguments: &[&str]| run("docker", &[&["--host", host.as_str()], arguments].concat());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("content"), "of an image").unwrap();
    let layer = folder.path().join("layer.tar").display().to_string();
    run(
        "tar",
        &["--create", "--file", &layer, "--directory", &folder.path().display().to_string(), "content"],
    );

    let image = format!("{registry}/example/image:1.2.3");
    docker(&["import", &layer, &image]);
    docker(&["push", "--quiet", &image]);
    let pinned =
        docker(&["image", "inspect", "--format", "{{index .RepoDigests 0}}", &image]).trim().to_owned();
    assert!(pinned.starts_with(&format!("{registry}/example/image@sha256:")), "{pinned}");
    docker(&["image", "rm", &image]);
    docker(&["pull", "--quiet", &pinned]);
}

#[test]
fn the_packages_from_npm_are_where_the_variable_says() {
    let modules = given("SLIPWAY_TEST_NODE_MODULES");
    let modules = Path::new(&modules);
    for file in [
        "@octokit/graphql-schema/schema.graphql",
        "@octokit/openapi/generated/api.github.com.json",
        ".bin/prism",
    ] {
        assert!(modules.join(file).exists(), "{file}");
    }
}
