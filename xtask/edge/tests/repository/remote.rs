//! What the remote says, without a trace in the clone.

use release_core::config::release::Branches;
use release_core::finding::Cause;
use release_edge::repository::RemoteAccess;

use crate::world::{World, git, write};

#[test]
fn branches_and_tags_are_listed_and_tags_are_not_peeled() {
    let world = World::new();
    let clone = world.clone_path();
    git(&clone, &["tag", "--annotate", "v1.2.0", "--message", "x"]);
    git(
        &clone,
        &["push", "--quiet", "origin", "v1.2.0", "HEAD:refs/heads/release/1.2", "HEAD:refs/pull/1/head"],
    );
    let refs = world.open().remote_refs(&world.origin()).expect("a list");
    let names: Vec<_> = refs.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["refs/heads/main", "refs/heads/release/1.2", "refs/tags/v1.2.0"]);
    assert_eq!(refs.get("refs/tags/v1.2.0"), Some(&world.id("v1.2.0^{tag}")));
    let address = RemoteAccess::new(format!("file://{}", world.remote_path().display()));
    assert_eq!(world.open().remote_refs(&address).expect("a list"), refs);
}

#[test]
fn a_remote_that_is_not_configured_or_not_there() {
    let world = World::new();
    let failure = world.open().remote_refs(&RemoteAccess::new("upstream")).expect_err("not configured");
    let root = world.clone_path().canonicalize().expect("exists");
    assert_eq!(failure.cause, Cause::RemoteMissing);
    assert_eq!(failure.message, format!("`{}/` has no remote `upstream`", root.display()));
    assert!(failure.hint.contains("`git remote add upstream ADDRESS`"), "{}", failure.hint);
    let gone = RemoteAccess::new(world.path().join("gone.git").display().to_string());
    let failure = world.open().remote_refs(&gone).expect_err("not there");
    assert_eq!(failure.cause, Cause::RemoteMissing);
    assert!(failure.message.contains("gone.git"), "{failure}");
}

#[test]
fn a_remote_that_does_not_answer_is_a_passing_fault() {
    let world = World::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let failure =
        world.open().remote_refs(&RemoteAccess::new(format!("http://{free}/a.git"))).expect_err("nobody");
    assert_eq!(failure.cause, Cause::Git);
    assert!(failure.hint.starts_with("run again"), "{}", failure.hint);
}

#[test]
fn a_file_of_a_remote_branch_is_read_without_touching_the_clone() {
    let world = World::new();
    let clone = world.clone_path();
    git(&clone, &["checkout", "--quiet", "-b", "channels"]);
    write(&clone, "stable/latest.json", "{\"a\":1}\r\n");
    let head = world.commit("chore: pointer");
    git(&clone, &["push", "--quiet", "origin", "channels"]);
    git(&clone, &["checkout", "--quiet", "main"]);
    git(&clone, &["config", "remote.origin.url", "../remote.git"]);
    git(&clone, &["status"]);
    let before = world.snapshot();
    let repository = world.open();
    let read = |branch: &str, path: &str| {
        let reference = format!("refs/heads/{branch}");
        repository.remote_file(&world.origin(), &reference, path).expect("readable")
    };
    let there = read("channels", "stable/latest.json");
    assert_eq!((there.head.as_ref(), there.content.as_deref()), (Some(&head), Some(&b"{\"a\":1}\r\n"[..])));
    let no_file = read("channels", "rc/latest.json");
    assert_eq!((no_file.head, no_file.content), (Some(head), None));
    let no_branch = read("none", "stable/latest.json");
    assert_eq!((no_branch.head, no_branch.content), (None, None));
    repository.facts(&world.origin(), &Branches::default()).expect("facts");
    assert!(world.snapshot() == before, "a read wrote into the clone");
}

#[test]
fn the_plan_of_a_tag_that_the_clone_does_not_have_is_read() {
    let world = World::new();
    let clone = world.clone_path();
    write(&clone, ".release/plan.json", "{}");
    world.commit("Release v1.3.0");
    git(&clone, &["tag", "--annotate", "v1.3.0", "--message", "x"]);
    let object = world.id("v1.3.0^{tag}");
    git(&clone, &["push", "--quiet", "origin", "v1.3.0"]);
    git(&clone, &["tag", "--delete", "v1.3.0"]);
    let file = world
        .open()
        .remote_file(&world.origin(), "refs/tags/v1.3.0", release_core::plan::PATH)
        .expect("readable");
    assert_eq!((file.head, file.content.as_deref()), (Some(object), Some(&b"{}"[..])));
}
