//! Files of a commit.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use release_core::facts::{Content, SourceFile};
use release_core::finding::Cause;
use release_edge::repository::LARGEST_FILE;

use crate::world::{World, git, write};

fn text(content: &str) -> SourceFile {
    SourceFile { content: Content::Text(content.to_owned()), executable: false }
}

#[test]
fn files_come_as_they_lie_in_git_whatever_the_working_tree_has() {
    let world = World::new();
    let clone = world.clone_path();
    write(&clone, "config/env.yaml", "a: 1\r\n");
    write(&clone, "config/services/logo.png", [0x89, b'P', 0xff]);
    write(&clone, "run.sh", "#!/bin/sh\n");
    std::fs::set_permissions(clone.join("run.sh"), std::fs::Permissions::from_mode(0o755))
        .expect("made executable");
    let commit = world.commit("feat: files");
    write(&clone, ".gitattributes", "* text eol=lf\n");
    write(&clone, "config/env.yaml", "changed");
    let repository = world.open();
    assert_eq!(repository.file(&commit, "config/env.yaml").expect("readable"), Some(text("a: 1\r\n")));
    assert_eq!(repository.file(&commit, "config/none.yaml").expect("readable"), None);
    assert_eq!(repository.file(&commit, "none/env.yaml").expect("readable"), None);
    let run = repository.file(&commit, "run.sh").expect("readable").expect("there");
    assert!(run.executable);

    let files = repository.files_under(&commit, "config/").expect("readable");
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["config/env.yaml", "config/services/logo.png"]);
    assert_eq!(files["config/services/logo.png"].content, Content::Base64("iVD/".to_owned()));
    assert_eq!(repository.files_under(&commit, "").expect("readable").len(), 4);
    assert_eq!(repository.files_under(&commit, "none").expect("readable").len(), 0);
    assert_eq!(repository.files_under(&commit, "VERSION").expect_err("a file").cause, Cause::FileSystem);
}

#[test]
fn what_is_no_plain_file_is_refused_by_name() {
    let world = World::new();
    let clone = world.clone_path();
    write(&clone, "links/x", "x");
    symlink("/etc/passwd", clone.join("links/secret")).expect("a link");
    world.commit("feat: link");
    let head = world.id("HEAD");
    git(&clone, &["update-index", "--add", "--cacheinfo", &format!("160000,{head},modules/other")]);
    git(&clone, &["commit", "--quiet", "--message", "feat: module"]);
    let commit = world.id("HEAD");
    let repository = world.open();
    for (path, why) in [
        ("links/secret", "is a symbolic link, which a bundle cannot carry"),
        ("modules/other", "is a submodule, whose files are not here"),
        ("links", "is a folder"),
    ] {
        let failure = repository.file(&commit, path).expect_err("no plain file");
        assert_eq!((failure.cause, failure.message), (Cause::FileSystem, format!("`{path}` {why}")));
    }
    for folder in ["links", "modules"] {
        assert_eq!(repository.files_under(&commit, folder).expect_err("refused").cause, Cause::FileSystem);
    }
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let world = World::new();
    write(&world.clone_path(), "fits", vec![b'x'; LARGEST_FILE]);
    write(&world.clone_path(), "huge", vec![b'x'; LARGEST_FILE + 1]);
    let commit = world.commit("feat: data");
    let repository = world.open();
    assert!(repository.file(&commit, "fits").expect("readable").is_some());
    let failure = repository.file(&commit, "huge").expect_err("too large");
    assert_eq!(failure.message, "`huge` has 16777217 bytes, more than the 16777216 that are read");
}
