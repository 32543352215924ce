//! The release commit and the tag as objects.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use release_core::facts::Identity;
use release_core::finding::Cause;
use release_edge::repository::{Authorship, Edit};

use crate::world::{World, annotation, git, rosa, tag, write};

fn edit<'a>(path: &'a str, content: &'a [u8]) -> Edit<'a> {
    Edit { path, content, executable: None }
}

#[test]
fn the_same_input_makes_the_same_objects_in_every_clone() {
    let worlds = [World::new(), World::new()];
    let made = worlds.each_ref().map(|world| {
        let repository = world.open();
        let source = world.id("HEAD");
        let message = annotation(&source).message(&tag("v1.3.0"));
        let edits = [edit("VERSION", b"1.3.0\n"), edit(".release/plan.json", b"{}\n"), edit("a/b/c", b"")];
        let commit = repository.release_commit(&source, &edits, &rosa(), &message).expect("a commit");
        let object =
            repository.annotated_tag(&tag("v1.3.0"), &commit, &annotation(&source), &rosa()).expect("a tag");
        (commit, object)
    });
    assert_eq!(made[0], made[1]);
    let (commit, object) = &made[0];
    let clone = worlds[0].clone_path();
    let source = worlds[0].id("HEAD");
    let message = format!("Release v1.3.0\n\nPlan: {}\nSource: {source}\n", "ab".repeat(32));
    let tree = git(&clone, &["rev-parse", &format!("{commit}^{{tree}}")]);
    let who = "Rosa <rosa@example.org> 1772366400 +0000";
    assert_eq!(
        git(&clone, &["cat-file", "-p", commit.as_str()]),
        format!("tree {tree}parent {source}\nauthor {who}\ncommitter {who}\n\n{message}")
    );
    assert_eq!(
        git(&clone, &["cat-file", "-p", object.as_str()]),
        format!("object {commit}\ntype commit\ntag v1.3.0\ntagger {who}\n\n{message}")
    );
    git(&clone, &["fsck", "--strict"]);
}

#[test]
fn nothing_but_objects_changes() {
    let world = World::new();
    let clone = world.clone_path();
    git(&clone, &["status"]);
    let seen = |world: &World| {
        let is_object = |path: &std::path::Path| path.to_string_lossy().contains("/.git/objects/");
        world.snapshot().into_iter().filter(|(path, _)| !is_object(path)).collect::<Vec<_>>()
    };
    let before = seen(&world);
    let source = world.id("HEAD");
    let repository = world.open();
    let commit =
        repository.release_commit(&source, &[edit("VERSION", b"9\n")], &rosa(), "x\n").expect("a commit");
    repository.annotated_tag(&tag("v9.0.0"), &commit, &annotation(&source), &rosa()).expect("a tag");
    assert!(seen(&world) == before, "something else than objects changed");
}

#[test]
fn modes_line_ends_and_untouched_files_stay() {
    let world = World::new();
    let clone = world.clone_path();
    git(&clone, &["config", "core.autocrlf", "false"]);
    write(&clone, "run.sh", "#!/bin/sh\n");
    std::fs::set_permissions(clone.join("run.sh"), std::fs::Permissions::from_mode(0o755))
        .expect("made executable");
    symlink("VERSION", clone.join("link")).expect("a link");
    write(&clone, "CHANGELOG.md", "# Changes\r\n");
    let source = world.commit("feat: files");
    write(&clone, ".gitattributes", "* text eol=crlf\n*.md text\n");
    git(&clone, &["config", "core.autocrlf", "true"]);
    let edits = [
        edit("run.sh", b"#!/bin/sh\necho\n"),
        edit("CHANGELOG.md", b"# Changes\r\n\r\nnew\r\n"),
        edit(".gitattributes", b"* text eol=crlf\n"),
        Edit { path: "new.sh", content: b"", executable: Some(true) },
        Edit { path: "VERSION", content: b"2\n", executable: Some(false) },
    ];
    let commit = world.open().release_commit(&source, &edits, &rosa(), "x\n").expect("a commit");
    let listed = git(&clone, &["ls-tree", commit.as_str()]);
    let modes: Vec<_> =
        listed.lines().map(|line| (&line[..6], line.split('\t').next_back().expect("a name"))).collect();
    assert_eq!(
        modes,
        [
            ("100644", ".gitattributes"),
            ("100644", "CHANGELOG.md"),
            ("100644", "VERSION"),
            ("120000", "link"),
            ("100755", "new.sh"),
            ("100755", "run.sh"),
        ]
    );
    assert_eq!(
        git(&clone, &["cat-file", "-p", &format!("{commit}:CHANGELOG.md")]),
        "# Changes\r\n\r\nnew\r\n"
    );
    let untouched = |id: &str| git(&clone, &["rev-parse", &format!("{id}:link")]);
    assert_eq!(untouched(commit.as_str()), untouched(source.as_str()));
}

#[test]
fn paths_that_leave_the_repository_or_are_no_files_are_refused() {
    let world = World::new();
    let clone = world.clone_path();
    write(&clone, "folder/file", "x");
    symlink("/etc/passwd", clone.join("link")).expect("a link");
    let source = world.commit("feat: files");
    let repository = world.open();
    for path in [
        "",
        "/etc/x",
        "../x",
        "a/../x",
        "a//b",
        "a/",
        ".git/config",
        "a/.GIT/x",
        "a\0b",
        "a\\b",
        "folder",
        "link",
        "VERSION/below",
        "link/below",
    ] {
        let failure =
            repository.release_commit(&source, &[edit(path, b"x")], &rosa(), "x\n").expect_err(path);
        assert_eq!(failure.cause, Cause::FileSystem, "{path}: {failure}");
        assert!(failure.message.starts_with(&format!("`{path}` ")), "{failure}");
    }
}

#[test]
fn an_empty_name_cannot_commit() {
    let world = World::new();
    let nobody = Authorship { identity: Identity { name: " ".into(), email: "a@b".into() }, ..rosa() };
    let failure = world.open().release_commit(&world.id("HEAD"), &[], &nobody, "x\n").expect_err("nobody");
    assert_eq!(failure.cause, Cause::IdentityMissing);
}
