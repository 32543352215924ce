//! What differs between two commits, and which images that reaches.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use release_core::affected::{Affected, deployable};
use release_core::finding::Cause;
use release_edge::gather::{GatherError, survey};

use crate::world::{World, git, write};

const RELEASE: &str = "format: 1
product: widgets
repository: { owner: acme, name: widgets }
version: { first: 1.0.0 }
labels:
  - { name: major, bump: major }
  - { name: minor, bump: minor }
  - { name: patch, bump: patch }
  - { name: none, bump: none }
images:
  registry: ghcr.io/acme/widgets
  names:
    - { name: api, context: services/api, depends_on: [base] }
    - { name: base, context: docker/base, paths: [vendor/library/src] }
    - { name: web, context: web }
    - { name: far, context: elsewhere }
stamps:
  - { path: web/package.json, kind: json, key: version }
";

const BUNDLES: &str = "format: 1
variants:
  - { id: cpu, compose: [compose/base.yaml] }
";

const ENVIRONMENT: &str = "format: 1
sections:
  - { id: general, title: General }
variables:
  - { name: DOMAIN, section: general, description: Where., kind: { type: manual, example: a.example }, required: true }
";

const LOCKS: &str = "format: 1
images:
  - image: docker.io/library/node:22.1.0
    digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
";

/// A platform that is released as v1.2.0.
fn released() -> World {
    let world = World::new();
    let clone = world.clone_path();
    for (path, text) in [
        ("config/release.yaml", RELEASE),
        ("config/bundles.yaml", BUNDLES),
        ("config/env.yaml", ENVIRONMENT),
        ("config/images.lock.yaml", LOCKS),
        ("compose/base.yaml", "services: {}\n"),
        ("services/api/Dockerfile", "FROM scratch\n"),
        ("services/api/run.sh", "#!/bin/sh\n"),
        ("docker/base/Dockerfile", "FROM scratch\n"),
        ("web/Dockerfile", "ARG NODE=22.1.0\nFROM node:$NODE\n"),
        ("web/package.json", "{ \"version\": \"1.2.0\" }\n"),
        ("web/a.html", "a page with words enough to be known again under another name\n"),
        ("docs/index.md", "# Docs\n"),
    ] {
        write(&clone, path, text);
    }
    world.commit("feat: platform");
    git(&clone, &["tag", "v1.2.0"]);
    world
}

fn since(world: &World, name: Option<&str>) -> Affected {
    survey(&world.open(), name).expect("a survey").affected
}

fn names(affected: &Affected) -> Vec<&str> {
    affected.images.iter().map(|image| image.name.as_str()).collect()
}

#[test]
fn each_kind_of_change_counts_where_it_is_made() {
    type Change = fn(&std::path::Path);
    let cases: &[(&str, Change, &[&str], bool)] = &[
        ("a new file", |clone| write(clone, "services/api/new", ""), &["api"], false),
        ("a deleted file", |clone| drop(git(clone, &["rm", "-q", "web/a.html"])), &["web"], false),
        ("a renamed file", |clone| drop(git(clone, &["mv", "web/a.html", "docs/a.html"])), &["web"], false),
        (
            "a file renamed from one image to another",
            |clone| drop(git(clone, &["mv", "web/a.html", "docker/base/a.html"])),
            &["base", "api", "web"],
            false,
        ),
        (
            "another mode",
            |clone| {
                let executable = std::fs::Permissions::from_mode(0o755);
                std::fs::set_permissions(clone.join("services/api/run.sh"), executable).expect("a mode");
            },
            &["api"],
            false,
        ),
        ("a link", |clone| symlink("a.html", clone.join("web/b.html")).expect("a link"), &["web"], false),
        (
            "a submodule",
            |clone| {
                let head = git(clone, &["rev-parse", "HEAD"]);
                let entry = format!("160000,{},vendor/library", head.trim());
                git(clone, &["update-index", "--add", "--cacheinfo", &entry]);
                git(clone, &["commit", "--quiet", "--message", "feat: module"]);
                std::fs::create_dir_all(clone.join("vendor/library")).expect("a folder");
            },
            &["base", "api"],
            false,
        ),
        ("the version", |clone| write(clone, "web/package.json", "{ \"version\": \"1.3.0\" }\n"), &[], false),
        (
            "a key",
            |clone| write(clone, "web/package.json", "{ \"version\": \"1.2.0\", \"a\": 1 }\n"),
            &["web"],
            true,
        ),
        (
            "a locked base image",
            |clone| write(clone, "config/images.lock.yaml", LOCKS.replace("sha256:0", "sha256:1")),
            &["web"],
            true,
        ),
        ("what a bundle has", |clone| write(clone, "compose/base.yaml", "services:\n"), &[], true),
        ("what nobody reads", |clone| write(clone, "docs/index.md", "# More\n"), &[], false),
        ("the changelog", |clone| write(clone, "CHANGELOG.md", "# Changelog\n"), &[], false),
    ];
    for (what, change, images, bundle) in cases {
        let world = released();
        change(&world.clone_path());
        world.commit("feat: change");
        let found = since(&world, None);
        assert_eq!(names(&found), *images, "{what}");
        assert_eq!(!found.bundle.is_empty(), *bundle, "{what}: {:?}", found.bundle);
        assert_eq!(deployable(&found), *bundle || !images.is_empty(), "{what}");
        assert_eq!(found.elsewhere, ["far"], "{what}");
    }
}

#[test]
fn any_commit_can_be_compared_with_and_one_that_is_not_there_is_named() {
    let world = released();
    let clone = world.clone_path();
    write(&clone, "web/a.html", "b");
    let first = world.commit("feat: web");
    write(&clone, "services/api/new", "");
    let head = world.commit("feat: api");
    assert_eq!(names(&since(&world, None)), ["api", "web"]);
    for name in ["HEAD~1", first.short(), first.as_str()] {
        let found = survey(&world.open(), Some(name)).expect("a survey");
        assert_eq!(names(&found.affected), ["api"], "{name}");
        let compared = found.since.expect("a commit");
        assert_eq!((compared.name.as_str(), &compared.commit, &compared.built), (name, &first, &first));
        assert_eq!(found.built, head);
    }
    assert_eq!(names(&since(&world, Some("HEAD"))), [""; 0]);
    match survey(&world.open(), Some("v9.9.9")) {
        Err(GatherError::Failure(failure)) => {
            assert_eq!(failure.cause, Cause::Git);
            assert!(failure.message.contains("`v9.9.9` names no commit"), "{failure}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_release_on_this_line_everything_is_affected() {
    let world = released();
    git(&world.clone_path(), &["tag", "--delete", "v1.2.0"]);
    let found = survey(&world.open(), None).expect("a survey");
    assert_eq!(found.since, None);
    assert_eq!(names(&found.affected), ["base", "api", "web"]);
    assert!(deployable(&found.affected));
}

#[test]
fn an_image_that_is_declared_otherwise_is_affected_and_all_are_where_the_configuration_was_another() {
    let world = released();
    write(
        &world.clone_path(),
        "config/release.yaml",
        RELEASE.replace("context: web", "context: web, paths: [docs]"),
    );
    world.commit("feat: docs in web");
    assert_eq!(names(&since(&world, None)), ["web"]);
    let before = world.id("HEAD");
    write(&world.clone_path(), "config/release.yaml", "format: 7\n");
    world.commit("feat: another tool");
    git(&world.clone_path(), &["revert", "--no-edit", "HEAD"]);
    assert_eq!(names(&since(&world, Some("HEAD~1"))), ["base", "api", "web"]);
    assert_eq!(names(&since(&world, Some(before.as_str()))), [""; 0]);
}

#[test]
fn what_is_built_from_behind_a_link_is_refused_with_its_name() {
    let world = released();
    let clone = world.clone_path();
    git(&clone, &["mv", "web", "site"]);
    symlink("site", clone.join("web")).expect("a link");
    world.commit("feat: link");
    let Err(GatherError::Failure(failure)) = survey(&world.open(), None) else { panic!("not refused") };
    assert_eq!(failure.cause, Cause::FileSystem);
    assert_eq!(failure.message, "the own image `web` is built from `web`, and `web` is a symbolic link");
}
