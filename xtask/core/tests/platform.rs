//! The platform of this repository: `compose/` and `config/` agree with each other and with what operators need, as Docker
//! Compose itself reads them.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read samples and run programs; what they test does not"
)]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bundle_format::contract::{EnvironmentContract, Kind};
use bundle_format::dotenv::{EnvFile, complete};
use release_core::environment::{BundleFacts, EnvironmentTemplates, setup_env_script};
use serde_json::Value;

const BASE: &[&str] = &["compose/base.yaml"];
const GPU: &[&str] = &["compose/base.yaml", "compose/gpu.yaml"];

#[test]
fn the_environment_contract_breaks_no_rule() {
    assert_eq!(contract().violations(), Vec::new());
}

#[test]
fn every_reference_is_declared_and_says_what_the_contract_says() {
    let contract = contract();
    for reference in services(GPU).values().flat_map(references) {
        let Reference { name, form } = &reference;
        let variable =
            contract.variable(name).unwrap_or_else(|| panic!("`{name}` is not in config/env.yaml"));
        let expected = match &variable.kind {
            _ if variable.required => ":?run ./setup-env.sh".to_owned(),
            Kind::Default { value } => format!(":-{value}"),
            _ => ":-".to_owned(),
        };
        assert_eq!(*form, expected, "`{name}`");
    }
}

#[test]
fn the_consumers_of_a_variable_are_those_that_read_it() {
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (service, definition) in services(GPU) {
        for reference in references(&definition) {
            read.entry(reference.name).or_default().insert(service.clone());
        }
    }
    for variable in contract().variables {
        let declared: BTreeSet<_> = variable.consumers.into_iter().collect();
        assert_eq!(read.get(&variable.name), Some(&declared), "`{}`", variable.name);
    }
}

#[test]
fn compose_accepts_a_fresh_env_and_refuses_an_empty_one() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let env = fresh_env(folder.path());
    let empty = folder.path().join("empty.env");
    std::fs::write(&empty, "").expect("written");
    for files in [BASE, GPU] {
        let accepted = compose(files, &["--env-file", &env.to_string_lossy()], &["config", "--quiet"]);
        assert!(accepted.status.success() && accepted.stderr.is_empty(), "{}", said(&accepted));
        let refused = compose(files, &["--env-file", &empty.to_string_lossy()], &["config", "--quiet"]);
        assert!(
            !refused.status.success() && said(&refused).contains("run ./setup-env.sh"),
            "{}",
            said(&refused)
        );
    }
}

#[test]
fn row_2_5_each_required_variable_is_named_by_compose_when_it_alone_is_missing() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let env = std::fs::read_to_string(fresh_env(folder.path())).expect("an .env");
    let lacking = folder.path().join("lacking.env");
    for variable in contract().variables.iter().filter(|variable| variable.required) {
        let assigns = |line: &&str| !line.starts_with(&format!("{}=", variable.name));
        std::fs::write(&lacking, env.lines().filter(assigns).collect::<Vec<_>>().join("\n"))
            .expect("written");
        let refused = compose(GPU, &["--env-file", &lacking.to_string_lossy()], &["config", "--quiet"]);
        let says = said(&refused);
        assert!(
            !refused.status.success() && says.contains(&format!("variable {} ", variable.name)),
            "{}: {says}",
            variable.name
        );
    }
}

#[test]
fn row_2_4_the_gpu_variant_adds_vllm_and_changes_litellm() {
    let (base, gpu) = (services(BASE), services(GPU));
    let added: Vec<_> = gpu.keys().filter(|name| !base.contains_key(*name)).collect();
    let changed: Vec<_> =
        base.iter().filter(|(name, definition)| gpu[*name] != **definition).map(|(name, _)| name).collect();
    assert_eq!((added, changed), (vec![&"vllm".to_owned()], vec![&"litellm".to_owned()]));
}

#[test]
fn every_service_is_pinned_watched_limited_and_collides_with_nobody() {
    for (name, service) in services(GPU) {
        let (image, tag) =
            service["image"].as_str().and_then(|image| image.rsplit_once(':')).expect("an image with a tag");
        let exact =
            tag.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty()).count() >= 2;
        assert!(exact && image.contains('/') && image.contains('.'), "{name}: {image}:{tag}");
        let job = service["restart"] == "no";
        assert!(job || service["restart"] == "unless-stopped", "{name}");
        assert!(job || service["healthcheck"]["test"].is_array(), "{name}: no health check");
        assert!(service["logging"]["options"]["max-size"].is_string(), "{name}: logs grow");
        assert!(service["deploy"]["resources"]["limits"]["memory"].is_string(), "{name}: no limit");
        for forbidden in ["build", "container_name", "env_file", "network_mode", "privileged"] {
            assert!(service[forbidden].is_null(), "{name}: {forbidden}");
        }
    }
}

#[test]
fn whoever_waits_for_a_job_waits_for_its_success_and_for_services_until_they_are_healthy() {
    let services = services(BASE);
    for (name, service) in &services {
        for (other, dependency) in service["depends_on"].as_object().into_iter().flatten() {
            let job = services[other]["restart"] == "no";
            let expected = if job { "service_completed_successfully" } else { "service_healthy" };
            assert_eq!(dependency["condition"], expected, "{name} waits for {other}");
        }
    }
}

#[test]
fn every_mounted_file_is_there_and_data_lies_under_the_volume_root() {
    let configs = root().join("compose/configs").canonicalize().expect("the link to config/services");
    for (name, service) in services(GPU) {
        for mount in service["volumes"].as_array().into_iter().flatten() {
            let source = mount["source"].as_str().expect("a bind mount");
            if source.contains("${VOLUME_ROOT:?") {
                assert_eq!(mount["bind"]["create_host_path"], true, "{name}: {source}");
                continue;
            }
            let place =
                Path::new(source).canonicalize().unwrap_or_else(|error| panic!("{name}: {source}: {error}"));
            assert!(place.starts_with(&configs) && mount["read_only"] == true, "{name}: {source}");
        }
    }
}

#[test]
fn the_version_is_written_in_the_file_and_never_asked_from_the_environment() {
    let version = include_str!("../../../VERSION").trim();
    for name in ["api", "web", "bot", "dagster-webserver", "dagster-daemon"] {
        let service = &services(BASE)[name];
        let expected = format!("v{version}");
        assert_eq!(service["environment"]["AIHUB_VERSION"], *expected, "{name}");
        assert!(
            service["image"].as_str().is_some_and(|image| image.ends_with(&format!(":{expected}"))),
            "{name}"
        );
    }
    assert_eq!(contract().variable("AIHUB_VERSION"), None);
}

struct Reference {
    name: String,
    form: String,
}

/// Every `${…}` of a definition.
fn references(definition: &Value) -> Vec<Reference> {
    let text = definition.to_string();
    let inside = text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside);
    inside
        .map(|inside| {
            let end = inside.find(':').unwrap_or(inside.len());
            Reference { name: inside[..end].to_owned(), form: inside[end..].to_owned() }
        })
        .collect()
}

fn services(files: &[&str]) -> BTreeMap<String, Value> {
    let output = compose(files, &[], &["config", "--no-interpolate", "--format", "json"]);
    assert!(output.status.success(), "{}", said(&output));
    let config: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let services = config["services"].as_object().expect("services");
    services.iter().map(|(name, service)| (name.clone(), service.clone())).collect()
}

fn compose(files: &[&str], options: &[&str], command: &[&str]) -> Output {
    let mut docker = Command::new("docker");
    docker.arg("compose").args(options);
    for file in files {
        docker.arg("--file").arg(root().join(file));
    }
    docker.args(command).env_clear();
    for name in ["PATH", "HOME"] {
        docker.env(name, std::env::var_os(name).unwrap_or_default());
    }
    docker.output().unwrap_or_else(|error| {
        panic!("`docker` did not start ({error}); run `cargo xtask test`, which installs it")
    })
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The `.env` that `setup-env.sh` writes for this platform.
fn fresh_env(folder: &Path) -> PathBuf {
    let version = semver::Version::new(1, 2, 3);
    let facts = BundleFacts {
        product: "Swiss AI Hub",
        version: &version,
        variant: "cpu",
        archive: "swissaihub-v1.2.3.tar.gz",
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

fn contract() -> EnvironmentContract {
    serde_yaml::from_str(include_str!("../../../config/env.yaml")).expect("config/env.yaml reads")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}
