//! Reads the platform: the Compose files as Docker Compose does, the rest from the files. Judges nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bundle_format::contract::EnvironmentContract;
use bundle_format::dotenv::{EnvFile, complete};
use release_core::environment::{BundleFacts, EnvironmentTemplates, setup_env_script};
use serde_json::Value;

pub(crate) const BASE: &[&str] = &["compose/base.yaml"];
pub(crate) const GPU: &[&str] = &["compose/base.yaml", "compose/gpu.yaml"];

/// One `${…}`: the variable and what stands behind its name.
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) form: String,
}

/// Every `${…}` of a definition.
pub(crate) fn references(definition: &Value) -> Vec<Reference> {
    match definition {
        Value::String(text) => in_text(text),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(items) => items.values().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn in_text(text: &str) -> Vec<Reference> {
    let inside = text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside);
    inside
        .map(|inside| {
            let end = inside.find(':').unwrap_or(inside.len());
            Reference { name: inside[..end].to_owned(), form: inside[end..].to_owned() }
        })
        .collect()
}

/// The whole deployment, variables left as they are written.
pub(crate) fn deployment(files: &[&str]) -> Value {
    let output = compose(files, &[], &["config", "--no-interpolate", "--format", "json"]);
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Its services by name.
pub(crate) fn services(files: &[&str]) -> BTreeMap<String, Value> {
    let config = deployment(files);
    let services = config["services"].as_object().expect("services");
    services.iter().map(|(name, service)| (name.clone(), service.clone())).collect()
}

/// What a service is given as its environment. Compose shows it as a list where an overlay was merged.
pub(crate) fn environment(service: &Value) -> BTreeMap<String, String> {
    let entry = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    match &service["environment"] {
        Value::Array(list) => {
            list.iter().filter_map(Value::as_str).filter_map(|it| it.split_once('=')).map(entry).collect()
        }
        Value::Object(map) => {
            map.iter().map(|(name, value)| entry((name, value.as_str().unwrap_or_default()))).collect()
        }
        _ => BTreeMap::new(),
    }
}

pub(crate) fn compose(files: &[&str], options: &[&str], command: &[&str]) -> Output {
    let mut docker = Command::new("docker");
    docker.arg("compose").args(options);
    for file in files {
        docker.arg("--file").arg(root().join(file));
    }
    docker.args(command).env_clear();
    for name in ["PATH", "HOME", "DOCKER_CONFIG"] {
        docker.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    docker.output().unwrap_or_else(|error| {
        panic!("`docker` did not start ({error}); run `cargo xtask test`, which installs it")
    })
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The `.env` that `setup-env.sh` writes for this platform.
pub(crate) fn fresh_env(folder: &Path) -> PathBuf {
    let version = semver::Version::new(1, 2, 3);
    let facts = BundleFacts {
        product: "Swiss AI Hub",
        version: &version,
        variant: "cpu",
        archive: "swissaihub-v1.2.3.tar.gz",
        release_keys: &[],
    };
    let script = setup_env_script(&contract(), &facts, &EnvironmentTemplates::default()).expect("rendered");
    std::fs::write(folder.join("setup-env.sh"), script).expect("written");
    let output = Command::new("sh")
        .args(["./setup-env.sh", "--non-interactive", "--set", "DOMAIN=hub.test"])
        .current_dir(folder)
        .output()
        .expect("sh runs");
    assert!(output.status.success(), "{}", said(&output));
    let env = folder.join(".env");
    let file = EnvFile::parse(&std::fs::read_to_string(&env).expect("an .env")).expect("it reads");
    assert_eq!(complete(&contract(), &file), Vec::new());
    env
}

pub(crate) fn contract() -> EnvironmentContract {
    serde_yaml::from_str(include_str!("../../../../config/env.yaml")).expect("config/env.yaml reads")
}

/// Every file below a folder, from the root of the repository.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = format!("{folder}/{}", entry.file_name().to_str().expect("a name in UTF-8"));
        match entry.file_type().expect("a kind").is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// A file of the repository.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}
