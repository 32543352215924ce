//! The bundles of a release as an operator meets them: unpacked with tar, set up with their own script, read by Docker Compose.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::stage::{Setting, Stage};

/// Runs a command line in bash, as an operator types it; the environment is that of nobody.
pub(crate) fn typed(folder: &Path, line: &str) -> Output {
    let mut command = Command::new("bash");
    command.args(["-c", line]).current_dir(folder).env_clear();
    for name in ["PATH", "HOME", "DOCKER_CONFIG"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.output().expect("bash runs")
}

/// What a command line prints, which has to succeed.
#[track_caller]
pub(crate) fn works(folder: &Path, line: &str) -> String {
    let output = typed(folder, line);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The deployment as Docker Compose reads it.
#[track_caller]
pub(crate) fn composed(folder: &Path) -> Value {
    serde_json::from_str(&works(folder, "docker compose config --format json")).expect("JSON")
}

/// What a `.env` assigns.
pub(crate) fn assigned(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.join(".env")).expect("an .env");
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.trim_matches(['\'', '"']).to_owned())).collect()
}

/// A released bundle in a folder of its own.
fn unpacked(stage: &Stage, release: &Path, archive: &str) -> PathBuf {
    let folder = stage.path(archive.trim_end_matches(".tar.gz"));
    fs::create_dir(&folder).expect("a folder");
    works(&folder, &format!("tar -xz < {}", release.join(archive).display()));
    folder
}

fn files(folder: &Path) -> BTreeSet<String> {
    works(folder, "find . -type f -printf '%P\\n'").lines().map(str::to_owned).collect()
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("a file")
}

/// One release, and the folder with its files.
fn released() -> (Stage, PathBuf) {
    let stage = Setting::new().set();
    let folder = stage.release().ends_with(0).clone.join("dist/v1.0.0");
    (stage, folder)
}

const SET_UP: &str = "./setup-env.sh --non-interactive --set DOMAIN=hub.example.org";

#[test]
fn row_2_1_a_bundle_holds_all_that_an_installation_needs() {
    let (stage, release) = released();
    let folder = unpacked(&stage, &release, "aihummer-v1.0.0.tar.gz");
    let expected = [
        ".env.template",
        "README.md",
        "bundle.json",
        "configs/server/server.conf",
        "docker-compose.yml",
        "setup-env.sh",
    ];
    assert_eq!(files(&folder), expected.map(str::to_owned).into());
    let manifest: Value = serde_json::from_str(&read(&folder, "bundle.json")).expect("a manifest");
    for (service, image) in manifest["images"].as_object().expect("images") {
        let (reference, digest) =
            (image["reference"].as_str().expect("a reference"), image["digest"].as_str().expect("a digest"));
        let compose = read(&folder, "docker-compose.yml");
        let pinned = compose
            .lines()
            .any(|line| line.trim().starts_with("image: ") && line.ends_with(&format!("@sha256:{digest}")));
        assert!(pinned && reference.contains(':'), "{service}: {reference}@{digest}\n{compose}");
    }
    for line in read(&folder, ".env.template").lines().filter(|line| line.contains("PASSWORD=")) {
        assert_eq!(line, "POSTGRES_PASSWORD=", "no secret is published");
    }
    works(&folder, SET_UP);
    let server = &composed(&folder)["services"]["server"];
    let source = server["volumes"][0]["source"].as_str().expect("a mount");
    assert_eq!(fs::read_to_string(source).expect("a file"), "listen = 8080\n", "what is mounted came along");
}

#[test]
fn row_2_2_setup_env_makes_every_secret_anew_and_for_the_operator_alone() {
    let (stage, release) = released();
    let mut seen = BTreeSet::new();
    for archive in ["aihummer-v1.0.0.tar.gz", "aihummer-v1.0.0-gpu.tar.gz"] {
        let folder = unpacked(&stage, &release, archive);
        let said = works(&folder, &format!("{SET_UP} 2>&1"));
        let mode = fs::metadata(folder.join(".env")).expect("an .env").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let values = assigned(&folder);
        for name in ["POSTGRES_PASSWORD", "MODEL_TOKEN"] {
            let Some(value) = values.get(name) else { panic!("{name} is not in {:?}", values.keys()) };
            // 32 bytes in base64.
            assert_eq!(value.len(), 43, "{name}");
            assert!(seen.insert(value.clone()), "{name}: no secret is used twice");
            assert!(!said.contains(value.as_str()), "{name} is not shown");
        }
        works(&folder, "./setup-env.sh --check");
    }
}

#[test]
fn row_2_4_cpu_and_gpu_differ_in_the_declared_part_and_in_nothing_else() {
    let (stage, release) = released();
    let cpu = unpacked(&stage, &release, "aihummer-v1.0.0.tar.gz");
    let gpu = unpacked(&stage, &release, "aihummer-v1.0.0-gpu.tar.gz");
    assert_eq!(files(&cpu), files(&gpu));
    let differing: Vec<_> =
        files(&cpu).into_iter().filter(|file| read(&cpu, file) != read(&gpu, file)).collect();
    assert_eq!(differing, ["README.md", "bundle.json", "docker-compose.yml"]);
    assert_eq!(
        read(&cpu, "README.md").replace("(cpu)", "(gpu)").replace("v1.0.0.tar.gz", "v1.0.0-gpu.tar.gz"),
        read(&gpu, "README.md")
    );

    // The same settings and folder, so that only the bundles can make a difference.
    works(&cpu, SET_UP);
    let services = |folder: &Path| {
        let config = composed(folder);
        config["services"].as_object().expect("services").clone()
    };
    let without = services(&cpu);
    fs::copy(gpu.join("docker-compose.yml"), cpu.join("docker-compose.yml")).expect("a copy");
    let with = services(&cpu);
    let added: Vec<_> = with.keys().filter(|name| !without.contains_key(*name)).collect();
    let changed: Vec<_> = without
        .iter()
        .filter(|(name, service)| with.get(*name) != Some(service))
        .map(|(name, _)| name)
        .collect();
    assert_eq!((added, changed), (vec![&"model".to_owned()], vec![&"worker".to_owned()]));
}

#[test]
fn row_2_5_every_variable_is_explained_has_a_value_or_is_named_when_it_lacks_one() {
    let (stage, release) = released();
    let folder = unpacked(&stage, &release, "aihummer-v1.0.0-gpu.tar.gz");
    let template = read(&folder, ".env.template");
    let lines: Vec<_> = template.lines().collect();
    let manifest: Value = serde_json::from_str(&read(&folder, "bundle.json")).expect("a manifest");
    works(&folder, SET_UP);
    let env = read(&folder, ".env");
    for variable in manifest["environment"]["variables"].as_array().expect("variables") {
        let name = variable["name"].as_str().expect("a name");
        let place = lines.iter().position(|line| line.starts_with(&format!("{name}=")));
        let place = place.unwrap_or_else(|| panic!("{name} is not in {template}"));
        assert!(lines[place - 1].starts_with("# "), "{name} is explained");
        assert!(template.contains(variable["description"].as_str().expect("a description")), "{name}");

        let without: String = env
            .lines()
            .filter(|line| !line.starts_with(&format!("{name}=")))
            .map(|line| format!("{line}\n"))
            .collect();
        fs::write(folder.join(".env"), without).expect("a file");
        let refused = typed(&folder, "docker compose config --quiet");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(name), "{name}: {said}");
        assert!(said.contains("run ./setup-env.sh"), "{name}: what to do: {said}");
        let check = typed(&folder, "./setup-env.sh --check");
        assert_eq!(check.status.code(), Some(1), "{name}");
        assert!(String::from_utf8_lossy(&check.stderr).contains(name), "{name}");
    }
}
