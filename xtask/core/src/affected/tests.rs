//! What a change reaches, and what it does not.

use std::collections::BTreeMap;

use super::*;
use crate::config::paths::LOCKS;
use crate::config::{Configuration, ImageLocks};
use crate::facts::SourceFile;
use crate::samples::{self, file};

/// `base` carries `api` and, by way of `api`, `worker`; `web` stands alone; `far` is built by somebody else.
const IMAGES: &str = "images:
  registry: ghcr.io/acme/widgets
  names:
    - { name: base, context: docker/base, paths: [requirements.txt, libraries/common] }
    - { name: api, context: services/api, depends_on: [base] }
    - { name: worker, context: services/worker, dockerfile: docker/worker.Dockerfile, depends_on: [api] }
    - { name: web, context: web }
    - { name: far, context: far }
stamps:
  - { path: web/package.json, kind: json, key: version }
  - { path: services/api/Cargo.toml, kind: cargo-workspace }
  - { path: compose/base.yaml, kind: image-tags }
";

const NODE: &str = "docker.io/library/node:22.1.0";

fn configuration(images: &str) -> Configuration {
    let (head, _) = samples::RELEASE.split_once("images:").unwrap();
    let mut configuration = samples::configured(&format!("{head}{images}"), samples::BUNDLES);
    configuration.locks = Some(locks(&[NODE]));
    configuration
}

fn locks(images: &[&str]) -> ImageLocks {
    ImageLocks::of(&images.iter().map(|name| ((*name).to_owned(), samples::image(name))).collect())
}

fn tree() -> Tree {
    [
        ("docker/base/Dockerfile", "FROM python:3.12.1\n"),
        ("docker/worker.Dockerfile", "FROM ghcr.io/acme/widgets/api:dev\n"),
        ("services/api/Dockerfile", "FROM ghcr.io/acme/widgets/base:dev\n"),
        ("services/api/Cargo.toml", "[workspace.package]\nversion = \"1.2.0\"\n"),
        ("web/Dockerfile", "ARG NODE=22.1.0\nFROM node:${NODE} AS build\nFROM scratch\n"),
        ("web/package.json", "{\"name\": \"web\", \"version\": \"1.2.0\"}\n"),
        ("compose/base.yaml", "services:\n  api:\n    image: ghcr.io/acme/widgets/api:v1.2.0\n"),
        (LOCKS, &locks(&[NODE]).to_yaml()),
    ]
    .map(|(path, text)| (path.to_owned(), file(text)))
    .into()
}

/// What changes reach: each path with the text it has after, none where only the path counts.
fn reached(changes: &[(&str, Option<&str>)]) -> Affected {
    reached_by(&configuration(IMAGES), changes)
}

fn reached_by(configuration: &Configuration, changes: &[(&str, Option<&str>)]) -> Affected {
    let mut after = tree();
    for (path, text) in changes {
        if let Some(text) = text {
            after.insert((*path).to_owned(), file(text));
        }
    }
    affected(&Comparison {
        configuration,
        declared_before: Some(configuration_before().release.images),
        changed: changes.iter().map(|(path, _)| (*path).to_owned()).collect(),
        before: tree(),
        after,
        built_here: built_here(),
    })
}

fn configuration_before() -> Configuration {
    configuration(IMAGES)
}

fn built_here() -> BTreeSet<String> {
    ["base", "api", "worker", "web"].map(str::to_owned).into()
}

fn names(affected: &Affected) -> Vec<&str> {
    affected.images.iter().map(|image| image.name.as_str()).collect()
}

fn reasons(affected: &Affected, name: &str) -> Vec<String> {
    let image = affected.images.iter().find(|image| image.name == name).unwrap();
    image.reasons.iter().map(ToString::to_string).collect()
}

#[test]
fn a_path_reaches_the_images_it_goes_into_and_those_built_on_them() {
    let cases: &[(&str, &[&str], bool)] = &[
        ("web/src/index.html", &["web"], false),
        ("services/worker/main.py", &["worker"], false),
        ("docker/worker.Dockerfile", &["worker"], false),
        ("docker/worker.Dockerfile.dockerignore", &["worker"], false),
        ("services/api/main.py", &["api", "worker"], false),
        ("requirements.txt", &["base", "api", "worker"], false),
        ("libraries/common/a/b.py", &["base", "api", "worker"], false),
        // A submodule or a link in the place of a folder on the way to what is declared.
        ("libraries", &["base", "api", "worker"], false),
        // The release reads a stamped file there.
        ("web", &["web"], true),
        ("compose/gpu.yaml", &[], true),
        ("config/services/api/api.conf", &[], true),
        ("bundle-templates/README.md.j2", &[], true),
        // What only begins alike, what is built elsewhere, what nobody reads.
        ("website/index.html", &[], false),
        ("requirements.txt.orig", &[], false),
        ("far/main.py", &[], false),
        ("docs/index.md", &[], false),
        // What a release writes.
        ("VERSION", &[], false),
        ("CHANGELOG.md", &[], false),
        (".release/plan.json", &[], false),
    ];
    for (path, images, bundle) in cases {
        let found = reached(&[(path, None)]);
        assert_eq!(names(&found), *images, "{path}");
        assert_eq!(!found.bundle.is_empty(), *bundle, "{path}: {:?}", found.bundle);
        assert_eq!(deployable(&found), *bundle || !images.is_empty(), "{path}");
        assert_eq!(found.elsewhere, ["far"]);
        assert_eq!(found.untouched.len() + found.images.len(), 4, "{path}");
    }
}

#[test]
fn each_reason_is_told_once_and_those_of_others_by_their_names() {
    let found = reached(&[("docker/base/a", None), ("services/api/b", None), ("services/api/b", None)]);
    assert_eq!(reasons(&found, "base"), ["`docker/base/a` changed"]);
    assert_eq!(reasons(&found, "api"), ["`services/api/b` changed", "built on `base`"]);
    assert_eq!(reasons(&found, "worker"), ["built on `api`"]);
    assert_eq!(found.untouched, ["web"]);
}

#[test]
fn a_context_of_the_whole_repository_is_reached_by_all_but_what_a_release_writes() {
    let whole = IMAGES.replace("context: web", "context: .");
    let configuration = configuration(&whole);
    for (path, expected) in [("docs/index.md", vec!["web"]), ("CHANGELOG.md", vec![]), ("VERSION", vec![])] {
        let mut comparison = Comparison {
            configuration: &configuration,
            declared_before: Some(configuration.release.images.clone()),
            changed: vec![path.to_owned()],
            before: tree(),
            after: tree(),
            built_here: built_here(),
        };
        assert_eq!(names(&affected(&comparison)), expected, "{path}");
        comparison.changed.clear();
        assert_eq!(names(&affected(&comparison)), [""; 0]);
    }
}

#[test]
fn a_stamped_version_is_no_change_and_whatever_else_differs_is() {
    const API: &str = "services/api/Cargo.toml";
    let cases: &[(&str, &str, &[&str])] = &[
        ("web/package.json", "{\"name\": \"web\", \"version\": \"1.3.0\"}\n", &[]),
        ("web/package.json", "{\"name\": \"web\", \"version\": \"v1.3.0\"}\n", &["web"]),
        ("web/package.json", "{\"name\": \"web2\", \"version\": \"1.3.0\"}\n", &["web"]),
        ("web/package.json", "{\"name\": \"web\"}\n", &["web"]),
        (API, "[workspace.package]\nversion = \"2.0.0-rc.1\"\n", &[]),
        (API, "[workspace.package]\nversion = \"1.3.0\"\nedition = \"2024\"\n", &["api", "worker"]),
    ];
    for (path, text, expected) in cases {
        let found = reached(&[(path, Some(text))]);
        assert_eq!(names(&found), *expected, "{path}: {text}");
        assert_eq!(deployable(&found), !expected.is_empty(), "{path}: {text}");
    }
    let compose = tree()["compose/base.yaml"].content.as_text().unwrap().to_owned();
    let stamped = reached(&[("compose/base.yaml", Some(&compose.replace("1.2.0", "1.3.0")))]);
    assert!(!deployable(&stamped), "{stamped:?}");
    let changed = reached(&[("compose/base.yaml", Some(&compose.replace("api:v1.2.0", "web:v1.3.0")))]);
    assert_eq!(changed.bundle, [Reason::Path { path: "compose/base.yaml".to_owned() }]);
}

#[test]
fn another_mode_of_a_stamped_file_is_a_change_and_so_is_what_is_no_file_any_more() {
    let configuration = configuration(IMAGES);
    let path = "web/package.json";
    for change in [
        |tree: &mut Tree| drop(tree.remove("web/package.json")),
        |tree: &mut Tree| {
            let executable =
                tree.get("web/package.json").map(|file| SourceFile { executable: true, ..file.clone() });
            tree.extend(executable.map(|file| ("web/package.json".to_owned(), file)));
        },
    ] {
        let mut after = tree();
        change(&mut after);
        let found = affected(&Comparison {
            configuration: &configuration,
            declared_before: Some(configuration.release.images.clone()),
            changed: vec![path.to_owned()],
            before: tree(),
            after,
            built_here: built_here(),
        });
        assert_eq!(names(&found), ["web"]);
    }
}

#[test]
fn a_lock_entry_reaches_those_whose_dockerfile_names_the_image_and_the_bundle() {
    let mut configuration = configuration(IMAGES);
    let moved = |image: &str| {
        let mut locks = locks(&[NODE, "docker.io/library/redis:8.2.1"]);
        let other = samples::image("another").digest;
        for locked in locks.images.iter_mut().filter(|locked| locked.image == image) {
            locked.digest = other.clone();
        }
        locks
    };
    let before = locks(&[NODE, "docker.io/library/redis:8.2.1"]);
    for (image, expected) in [(NODE, vec!["web"]), ("docker.io/library/redis:8.2.1", vec![])] {
        configuration.locks = Some(moved(image));
        let mut earlier = tree();
        earlier.insert(LOCKS.to_owned(), file(&before.to_yaml()));
        let comparison = Comparison {
            configuration: &configuration,
            declared_before: Some(configuration.release.images.clone()),
            changed: vec![LOCKS.to_owned()],
            before: earlier,
            after: tree(),
            built_here: built_here(),
        };
        let found = affected(&comparison);
        assert_eq!(names(&found), expected, "{image}");
        assert!(!found.bundle.is_empty());
        // Nobody knows what a Dockerfile is built on that cannot be read.
        let mut unread = comparison.clone();
        unread.after.remove("web/Dockerfile");
        assert_eq!(names(&affected(&unread)), ["web"]);
    }
    configuration.locks = None;
    let gone = reached_by(&configuration, &[(LOCKS, None)]);
    assert_eq!(reasons(&gone, "web"), [format!("the base image `{NODE}` changed")]);
}

#[test]
fn an_image_that_is_declared_otherwise_is_built_and_all_are_under_another_registry() {
    let release = ("config/release.yaml", None);
    let other = IMAGES.replace("paths: [requirements.txt,", "paths: [");
    let found = reached_by(&configuration(&other), &[release]);
    assert_eq!(reasons(&found, "base"), ["declared anew"]);
    assert_eq!(names(&found), ["base", "api", "worker"]);
    let moved = IMAGES.replace("ghcr.io/acme/widgets", "ghcr.io/acme/other");
    assert_eq!(reached_by(&configuration(&moved), &[release]).images.len(), 4);
    let configuration = configuration(IMAGES);
    let unknown = Comparison {
        configuration: &configuration,
        declared_before: None,
        changed: Vec::new(),
        before: BTreeMap::new(),
        after: tree(),
        built_here: built_here(),
    };
    assert_eq!(affected(&unknown).images.len(), 4);
}

#[test]
fn without_a_release_everything_is_affected() {
    let found = everything(&configuration(IMAGES), &built_here());
    assert_eq!(names(&found), ["base", "api", "worker", "web"]);
    assert_eq!(reasons(&found, "web"), ["no release to compare with"]);
    assert!(deployable(&found) && found.untouched.is_empty());
}

#[test]
fn every_file_is_read_that_decides() {
    let read = read(&configuration(IMAGES));
    for path in [
        LOCKS,
        "docker/base/Dockerfile",
        "docker/worker.Dockerfile",
        "web/package.json",
        "services/api/Cargo.lock",
    ] {
        assert!(read.iter().any(|known| known == path), "{path}: {read:?}");
    }
}

#[test]
fn bases_are_built_before_what_is_built_on_them() {
    let turned = IMAGES
        .replace("depends_on: [base]", "depends_on: [web, base]")
        .replace("name: web, context: web", "name: web, context: web, depends_on: [far]");
    let configuration = configuration(&turned);
    let order = building_order(&configuration.release.images);
    let names: Vec<&str> = order.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(names, ["base", "far", "web", "api", "worker"]);
}
