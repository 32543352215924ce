//! Which repositories open, and what is said about those that do not.

use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use release_core::finding::Cause;
use release_edge::failure::Failure;
use release_edge::repository::Repository;

use crate::child;
use crate::world::{World, git, write};

fn refused(path: &Path) -> Failure {
    match Repository::open(path) {
        Ok(_) => panic!("{} opened", path.display()),
        Err(failure) => failure,
    }
}

#[track_caller]
fn assert_says(failure: &Failure, cause: Cause, message: &str, hint: &str) {
    assert_eq!((failure.cause, failure.message.as_str(), failure.hint.as_str()), (cause, message, hint));
}

#[test]
fn a_folder_inside_and_a_linked_working_tree_open() {
    let world = World::new();
    let clone = world.clone_path();
    write(&clone, "a/b/file", "x");
    git(&clone, &["worktree", "add", "--quiet", "../linked"]);
    for path in [clone.clone(), clone.join("a/b"), world.path().join("linked")] {
        let repository = Repository::open(&path).expect("opens");
        assert_eq!(repository.source().expect("a commit").subject, "feat: first");
    }
    let linked = Repository::open(&world.path().join("linked")).expect("opens");
    assert_eq!(linked.folder(), world.path().join("linked").canonicalize().expect("exists"));
}

#[test]
fn extensions_of_newer_clones_open() {
    let world = World::new();
    let clone = world.clone_path();
    git(&clone, &["config", "core.repositoryFormatVersion", "1"]);
    git(&clone, &["config", "extensions.worktreeConfig", "true"]);
    git(&clone, &["config", "extensions.relativeWorktrees", "true"]);
    assert_eq!(world.open().source().expect("a commit").subject, "feat: first");
}

#[test]
fn no_repository() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let shown = folder.path().display();
    assert_says(
        &refused(folder.path()),
        Cause::RepositoryUnreadable,
        &format!("there is no Git repository at `{shown}` or above it"),
        "run the command inside a clone of the repository to be released",
    );
}

#[test]
fn a_repository_without_commits_has_nothing_to_release() {
    let folder = tempfile::TempDir::new().expect("a folder");
    git(folder.path(), &["init", "--quiet"]);
    let failure = Repository::open(folder.path()).expect("opens").source().expect_err("no commit");
    assert_eq!(failure.cause, Cause::RepositoryUnreadable);
    assert!(failure.message.ends_with("has no commit yet"), "{failure}");
}

/// Gives a folder to another user, which needs root: as such, or through sudo.
fn give_away(path: &Path, user: u32) {
    if chown(path, Some(user), None).is_err() {
        let given = Command::new("sudo").args(["-n", "chown", &user.to_string()]).arg(path).status();
        assert!(
            given.is_ok_and(|status| status.success()),
            "this test has to run as root or with sudo without password"
        );
    }
}

#[test]
fn a_repository_of_another_user() {
    use std::os::unix::fs::MetadataExt as _;
    let world = World::new();
    let clone = world.clone_path();
    let me = clone.metadata().expect("exists").uid();
    for foreign in [clone.clone(), clone.join(".git")] {
        give_away(&foreign, 54_321);
        child::run("open::foreign_in_child", world.path(), &[("CLONE", &clone)]);
        give_away(&foreign, me);
        let _ = std::fs::remove_file(world.path().join(".gitconfig"));
    }
}

#[test]
#[ignore = "run by `a_repository_of_another_user`, with a home folder of its own"]
fn foreign_in_child() {
    let clone = child::folder("CLONE").canonicalize().expect("exists");
    write(&clone, "folder/file", "x");
    let shown = clone.display();
    let failure = refused(&clone.join("folder"));
    assert_says(
        &failure,
        Cause::RepositoryForeign,
        &format!("`{shown}` belongs to another user, so Git refuses it"),
        &format!("if you trust its content, run `git config --global --add safe.directory {shown}`"),
    );
    assert!(!failure.hint.contains('*'));
    let advice = failure.hint.split('`').nth(1).expect("a command");
    let followed = Command::new("sh").args(["-c", advice]).status().expect("sh runs");
    assert!(followed.success());
    Repository::open(&clone).expect("opens once the advice was followed");
}

#[test]
fn a_shallow_clone_and_a_linked_working_tree_of_it() {
    let world = World::new();
    world.commit("feat: second");
    git(&world.clone_path(), &["push", "--quiet", "origin", "HEAD:main"]);
    let address = format!("file://{}", world.remote_path().display());
    git(world.path(), &["clone", "--quiet", "--depth=1", &address, "shallow"]);
    git(&world.path().join("shallow"), &["worktree", "add", "--quiet", "../linked"]);
    for name in ["shallow", "linked"] {
        let path = world.path().join(name).canonicalize().expect("exists");
        assert_says(
            &refused(&path),
            Cause::RepositoryShallow,
            &format!("`{}/` is a shallow clone: its history is cut off", path.display()),
            "run `git fetch --unshallow --tags`, or set `fetch-depth: 0` for the checkout in CI",
        );
    }
    git(&world.path().join("shallow"), &["fetch", "--quiet", "--unshallow", "--tags"]);
    Repository::open(&world.path().join("shallow")).expect("opens once the advice was followed");
}

#[test]
fn a_partial_clone_of_either_format() {
    let world = World::new();
    git(&world.remote_path(), &["config", "uploadpack.allowFilter", "true"]);
    let address = format!("file://{}", world.remote_path().display());
    git(world.path(), &["clone", "--quiet", "--filter=blob:none", &address, "partial"]);
    let partial = world.path().join("partial");
    let hint = "clone again without `--filter` (in CI: check out without `filter:`)";
    let assert_partial = || {
        let failure = refused(&partial);
        assert_eq!((failure.cause, failure.hint.as_str()), (Cause::RepositoryPartial, hint));
        assert!(failure.message.ends_with("is a partial clone: objects are missing"), "{failure}");
    };
    assert_partial();
    // How older versions of git mark such a clone.
    git(&partial, &["config", "core.repositoryFormatVersion", "1"]);
    git(&partial, &["config", "extensions.partialClone", "origin"]);
    assert_partial();
    git(&partial, &["config", "--unset", "extensions.partialClone"]);
    assert_partial();
    git(&partial, &["config", "remote.origin.promisor", "false"]);
    Repository::open(&partial).expect("opens without a promise");
}

#[test]
fn formats_that_cannot_be_read() {
    let folder = tempfile::TempDir::new().expect("a folder");
    git(folder.path(), &["init", "--quiet", "--ref-format=reftable", "reftable"]);
    git(folder.path(), &["init", "--quiet", "--object-format=sha256", "sha256"]);
    let path = folder.path().join("reftable");
    assert_says(
        &refused(&path),
        Cause::RepositoryUnreadable,
        &format!("`{}` keeps its references as `reftable`, which is not supported", path.display()),
        "run `git refs migrate --ref-format=files`, or clone again with `--ref-format=files`",
    );
    let path = folder.path().join("sha256");
    assert_says(
        &refused(&path),
        Cause::RepositoryUnreadable,
        &format!("`{}` names its objects by SHA-256, which is not supported", path.display()),
        "release from a repository with SHA-1 object names (`git init --object-format=sha1`)",
    );
}
