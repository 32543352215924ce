//! The lock file: third-party images are asked for once, and then released without a registry that has them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use release_rehearsal::{Rehearsal, RequestRecord};
use serde_json::Value;

use crate::converged::converged;
use crate::git::commit;
use crate::running::Running;
use crate::stage::{RELEASE, Setting, Stage};

const LOCK: &str = "config/images.lock.yaml";
const UPDATE: &[&str] = &["bundle", "--update-locks"];
/// Asked for as it is named, and not through a rehearsal's registry.
const REAL: &[(&str, &str)] = &[("SLIPWAY_REHEARSAL_REGISTRY", ""), ("GITHUB_TOKEN", "")];

/// A clone whose third-party images lie in a registry on this machine, under its own address.
struct Scene {
    stage: Stage,
    clone: std::path::PathBuf,
}

impl Scene {
    fn new() -> Self {
        let stage = Setting::new().set();
        let clone = stage.fresh_clone();
        let scene = Self { stage, clone };
        scene.edit(
            "compose/base.yaml",
            "docker.io/library/postgres:17.5-alpine",
            &scene.image("postgres:17.5-alpine"),
        );
        scene.edit("compose/gpu.yaml", "docker.io/example/model:2.1.0", &scene.image("model:2.1.0"));
        scene.edit("config/bundles.yaml", "docker.io/library/postgres", &scene.image("postgres"));
        scene
    }

    fn image(&self, name: &str) -> String {
        format!("{}/other/{name}", self.stage.rehearsal.registry_address())
    }

    fn edit(&self, path: &str, instead_of: &str, text: &str) {
        let place = self.clone.join(path);
        let before = fs::read_to_string(&place).expect("a file");
        assert!(before.contains(instead_of), "`{instead_of}` is not in {before}");
        fs::write(place, before.replace(instead_of, text)).expect("a file");
    }

    fn update(&self) -> crate::run::Run {
        self.stage.run_with(&self.clone, UPDATE, REAL).ends_with(0)
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.clone.join(LOCK)).expect("a lock file")
    }
}

/// Requests for manifests of third-party images.
fn of_others(rehearsal: &Rehearsal) -> Vec<RequestRecord> {
    let requests = rehearsal.requests().into_iter();
    requests.filter(|request| request.path.contains("/other/")).collect()
}

#[test]
fn every_third_party_image_of_all_variants_is_locked_with_its_digests_and_no_own_image() {
    let scene = Scene::new();
    let run = scene.update();
    let (model, postgres) = (scene.image("model:2.1.0"), scene.image("postgres:17.5-alpine"));
    assert_eq!(
        run.stdout,
        format!("added    {model}\nadded    {postgres}\n2 images locked, written to {LOCK}\n")
    );
    let lock = scene.lock();
    let images: Vec<&str> = lock.lines().filter_map(|line| line.strip_prefix("  - image: ")).collect();
    assert_eq!(images, [model.as_str(), postgres.as_str()]);
    for line in ["    digest: sha256:", "      linux/amd64: sha256:", "      linux/arm64: sha256:"] {
        assert_eq!(lock.lines().filter(|found| found.starts_with(line)).count(), 2, "{line} in {lock}");
    }
    scene.stage.run(&scene.clone, &["check"]).ends_with(0);

    let again = scene.update();
    assert_eq!(again.stdout, format!("2 images locked, unchanged in {LOCK}\n"));
    assert_eq!(scene.lock(), lock, "the same bytes");
}

#[test]
fn another_tag_changes_its_own_lines_only_and_check_says_that_the_old_entry_is_stale() {
    let scene = Scene::new();
    scene.update();
    let before = scene.lock();
    scene.edit("compose/gpu.yaml", "model:2.1.0", "model:2.1.1");
    let run = scene.stage.run(&scene.clone, &["check", "--json"]).ends_with(1);
    let findings = run.findings();
    let causes: Vec<&str> = findings.iter().map(|(cause, _)| cause.as_str()).collect();
    assert_eq!(causes, ["E-LOCK-STALE", "E-LOCK-MISSING"], "{findings:?}");
    assert!(findings.iter().all(|(_, words)| words.contains("--update-locks")), "{findings:?}");
    let run = scene.update();
    assert!(run.stdout.starts_with("added ") && run.stdout.contains("\nremoved "), "{}", run.stdout);
    let after = scene.lock();
    let kept = |text: &str| {
        let entry = text.split("  - image: ").find(|entry| entry.contains("postgres")).map(str::to_owned);
        entry.expect("an entry")
    };
    assert_eq!(kept(&before), kept(&after));
    scene.stage.run(&scene.clone, &["check"]).ends_with(0);
}

#[test]
fn a_tag_that_leads_elsewhere_than_when_it_was_locked_is_told() {
    let scene = Scene::new();
    scene.update();
    let lock = scene.lock();
    let digest = lock.lines().find_map(|line| line.strip_prefix("    digest: sha256:")).expect("a digest");
    scene.edit(LOCK, digest, &"0".repeat(64));
    let run = scene.update();
    assert!(run.stdout.starts_with("moved ") && run.stdout.contains(digest), "{}", run.stdout);
    assert!(run.stderr.contains("find out why"), "{}", run.stderr);
    assert_eq!(scene.lock(), lock);
}

#[test]
fn a_lock_file_that_was_merged_badly_stops_everything_but_writing_it_anew() {
    let scene = Scene::new();
    scene.update();
    let lock = scene.lock();
    scene.edit(LOCK, "images:\n", "images:\n<<<<<<< HEAD\n");
    let findings = scene.stage.run(&scene.clone, &["check", "--json"]).ends_with(4).findings();
    assert!(
        findings.iter().all(|(cause, words)| cause == "E-CONFIG" && words.contains(LOCK)),
        "{findings:?}"
    );
    scene.update();
    assert_eq!(scene.lock(), lock);
}

#[test]
fn where_an_image_is_missing_nothing_is_written() {
    let scene = Scene::new();
    scene.edit("compose/gpu.yaml", "/other/model:2.1.0", "/example/aihummer/worker:v9.9.9");
    let stage = Setting::new().absent("example/*:v9*").set();
    let address = stage.rehearsal.registry_address();
    scene.edit("compose/gpu.yaml", &scene.stage.rehearsal.registry_address(), &address);
    let run = scene.stage.run_with(&scene.clone, UPDATE, REAL).ends_with(5);
    let missing = format!("`{address}/example/aihummer/worker:v9.9.9` is not in its registry");
    assert!(run.stderr.contains("E-IMAGE-MISSING") && run.stderr.contains(&missing), "{}", run.stderr);
    assert!(!scene.clone.join(LOCK).exists());
}

#[test]
fn the_made_up_digests_of_a_rehearsal_are_never_locked() {
    let scene = Scene::new();
    let run = scene.stage.run(&scene.clone, UPDATE).ends_with(4);
    assert!(run.stderr.contains("made up"), "{}", run.stderr);
    assert!(!scene.clone.join(LOCK).exists());
}

#[test]
fn a_bundle_built_offline_has_the_locked_digests_and_none_of_the_own_images() {
    let scene = Scene::new();
    scene.update();
    commit(&scene.clone, "Lock the images", 50);
    scene.stage.rehearsal.forget_requests();
    let offline = ["bundle", "--version", "v1.0.0", "--offline", "--out", "here"];
    scene.stage.run_with(&scene.clone, &offline, REAL).ends_with(0);
    assert!(of_others(&scene.stage.rehearsal).is_empty());
    let manifest =
        fs::read_to_string(scene.clone.join("here/aihummer-v1.0.0-gpu.bundle.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    for (service, locked) in [("postgres", true), ("model", true), ("server", false), ("worker", false)] {
        let image = &manifest["images"][service];
        assert_eq!(image["digest"].is_string(), locked, "{service}: {image}");
    }
}

#[test]
fn a_rehearsal_takes_the_locked_digests_and_finds_them_where_they_are_proven() {
    let scene = Scene::new();
    scene.update();
    let lock = scene.lock();
    commit(&scene.clone, "Lock the images", 50);
    scene.stage.rehearsal.forget_requests();
    let run = scene.stage.run_with(&scene.clone, &["release", "--rehearse", "--json"], REAL).ends_with(0);
    assert!(of_others(&scene.stage.rehearsal).is_empty(), "the registry that has them was not asked");
    let receipt = run.json();
    let manifest = receipt["assets"].as_array().expect("assets").iter();
    let manifest = manifest
        .filter_map(|asset| asset["path"].as_str())
        .find(|path| path.ends_with("-gpu.bundle.json"))
        .expect("a manifest");
    let manifest: Value = serde_json::from_str(&fs::read_to_string(manifest).expect("a file")).expect("JSON");
    for service in ["postgres", "model"] {
        let digest = manifest["images"][service]["digest"].as_str().expect("a digest");
        assert!(lock.contains(&format!("digest: sha256:{digest}")), "{service}: {digest} is not in {lock}");
    }
    assert_eq!(manifest["rehearsed"], true);
}

#[test]
fn a_release_asks_for_no_locked_image_but_proves_that_it_is_still_there() {
    let stage = Setting::new().forge(|options| options.registry.locked = vec![locked_image()]).set();
    let clone = stage.fresh_clone();
    write_lock(&clone);
    commit(&clone, "Lock the images", 50);
    let push = ["push", "--quiet", "origin", "HEAD:main"];
    crate::git::git(&clone, &push);
    stage.merge("Serve another page", &["minor"]);
    stage.rehearsal.forget_requests();
    let released = stage.release();
    let requests = stage.rehearsal.requests();
    let of_it: Vec<_> = requests.iter().filter(|request| request.path.contains("library/postgres")).collect();
    released.ends_with(0);
    assert!(!of_it.is_empty() && of_it.iter().all(|request| request.method == "HEAD"), "{of_it:?}");
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn a_release_whose_locked_image_is_gone_stops_before_anything_is_public() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    write_lock(&clone);
    commit(&clone, "Lock the images", 50);
    crate::git::git(&clone, &["push", "--quiet", "origin", "HEAD:main"]);
    stage.merge("Serve another page", &["minor"]);
    let run = stage.run(&stage.fresh_clone(), RELEASE).ends_with(5);
    assert!(
        run.stdout.contains("E-IMAGE-MISSING") || run.stderr.contains("E-IMAGE-MISSING"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("postgres"), "{}", run.stderr);
    assert!(stage.rehearsal.snapshot().releases.is_empty());
}

const DIGEST: &str = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

fn locked_image() -> String {
    format!("docker.io/library/postgres@{DIGEST}")
}

/// A lock file with a digest that no registry of a rehearsal makes up.
fn write_lock(clone: &Path) {
    let text = format!(
        "format: 1\nimages:\n  - image: docker.io/library/postgres:17.5-alpine\n    digest: {DIGEST}\n    platforms:\n      linux/amd64: {DIGEST}\n"
    );
    fs::write(clone.join(LOCK), text).expect("a file");
}

#[test]
fn a_credential_helper_is_asked_once_for_each_registry_and_never_for_others() {
    let scene = Scene::new();
    let tools = scene.stage.path("tools");
    fs::create_dir(&tools).expect("a folder");
    let (helper, log) = (tools.join("docker-credential-scripted"), tools.join("log"));
    let script = format!(
        "#!/bin/sh\n{{ echo \"$* $(cat)\"; }} >> {}\necho '{{\"Username\":\"robot\",\"Secret\":\"hunter2\"}}'\n",
        log.display()
    );
    fs::write(&helper, script).expect("a script");
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).expect("a mode");
    let address = scene.stage.rehearsal.registry_address();
    let settings = format!("{{\"credHelpers\":{{\"{address}\":\"scripted\",\"ghcr.io\":\"scripted\"}}}}");
    fs::write(tools.join("config.json"), settings).expect("a file");
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").expect("a PATH"));
    let folder = tools.display().to_string();
    let variables = [REAL, &[("DOCKER_CONFIG", folder.as_str()), ("PATH", path.as_str())]].concat();
    let run = scene.stage.run_with(&scene.clone, UPDATE, &variables).ends_with(0);
    assert_eq!(fs::read_to_string(log).expect("a log"), format!("get {address}\n"));
    assert!(!format!("{}{}{}", run.stdout, run.stderr, scene.lock()).contains("hunter2"));
}

/// `robot` and `open-sesame`, as `htpasswd -B` writes them, and as the Docker client keeps them.
const PASSWORDS: &str = "robot:$2b$04$dvGHwQqJDAGiXfmmUke9Fu2GnoeIaSa8Tl5NmR2bZHuGmmfVErpWG\n";
const LOGIN: &str = "cm9ib3Q6b3Blbi1zZXNhbWU=";

#[test]
fn what_a_private_registry_says_once_is_in_bundles_built_after_it_is_gone() {
    let scene = Scene::new();
    let storage = scene.stage.path("storage");
    fs::create_dir(&storage).expect("a folder");
    let open = Running::start(&storage, "");
    let pushed = [open.push_index("other/postgres", "17.5-alpine"), open.push_index("other/model", "2.1.0")];
    drop(open);
    fs::write(storage.join("htpasswd"), PASSWORDS).expect("a file");
    let auth = format!("auth:\n  htpasswd:\n    realm: test\n    path: {}/htpasswd\n", storage.display());
    let private = Running::start(&storage, &auth);
    for path in ["compose/base.yaml", "compose/gpu.yaml", "config/bundles.yaml"] {
        scene.edit(path, &scene.stage.rehearsal.registry_address(), &private.address);
    }
    let settings = scene.stage.path("settings");
    fs::create_dir(&settings).expect("a folder");
    let folder = settings.display().to_string();
    let variables = [REAL, &[("DOCKER_CONFIG", folder.as_str())]].concat();
    let nobody = scene.stage.run_with(&scene.clone, UPDATE, &variables).ends_with(5);
    assert!(nobody.stderr.contains("E-REGISTRY") && nobody.stderr.contains("log in"), "{}", nobody.stderr);

    let login = format!("{{\"auths\":{{\"{}\":{{\"auth\":\"{LOGIN}\"}}}}}}", private.address);
    fs::write(settings.join("config.json"), login).expect("a file");
    scene.stage.run_with(&scene.clone, UPDATE, &variables).ends_with(0);
    let lock = scene.lock();
    for (index, image, _) in &pushed {
        assert!(lock.contains(&format!("    digest: {}\n", index.prefixed())), "{lock}");
        assert!(lock.contains(&format!("      linux/arm64: {}\n", image.prefixed())), "{lock}");
    }
    drop(private);
    commit(&scene.clone, "Lock the images", 50);
    let offline = ["bundle", "--version", "v1.0.0", "--offline", "--out", "here"];
    scene.stage.run_with(&scene.clone, &offline, &variables).ends_with(0);
    let manifest =
        fs::read_to_string(scene.clone.join("here/aihummer-v1.0.0.bundle.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["images"]["postgres"]["digest"], pushed[0].0.as_str());
}
