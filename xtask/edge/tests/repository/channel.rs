//! Pointers on a branch of the remote: read, then written only where nobody else wrote in between.

use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_edge::failure::Failure;
use release_edge::repository::{Edit, PushOutcome};

use crate::world::{World, git, rosa};

const BRANCH: &str = "refs/heads/channels";
const PATH: &str = "stable/latest.json";

fn put(world: &World, head: Option<&ObjectId>, content: &str) -> Result<(ObjectId, PushOutcome), Failure> {
    let edit = Edit { path: PATH, content: content.as_bytes(), executable: None };
    world.open().commit_onto(&world.origin(), BRANCH, head, &[edit], &rosa(), "stable: 1.3.0\n")
}

#[test]
fn a_pointer_is_made_and_moved_and_found_again() {
    let world = World::new();
    git(&world.clone_path(), &["status"]);
    let before = world.snapshot();
    let (first, outcome) = put(&world, None, "1").expect("made");
    assert_eq!(outcome, PushOutcome::Done);
    let (second, outcome) = put(&world, Some(&first), "2").expect("moved");
    assert_eq!(outcome, PushOutcome::Done);
    assert_eq!(put(&world, Some(&second), "2").expect("there"), (second.clone(), PushOutcome::AlreadyThere));
    assert_eq!(world.remote_id(BRANCH), Some(second));
    let log = git(&world.remote_path(), &["log", "--format=%an %s", BRANCH]);
    assert_eq!(log, "Rosa stable: 1.3.0\nRosa stable: 1.3.0\n", "one commit on top of the other");
    let file = world.open().remote_file(&world.origin(), BRANCH, PATH).expect("readable");
    assert_eq!(file.content.as_deref(), Some(&b"2"[..]));
    assert!(world.snapshot() == before, "the clone was touched");
    git(&world.remote_path(), &["fsck", "--strict"]);
}

#[test]
fn whoever_read_before_somebody_else_wrote_loses() {
    let world = World::new();
    let (first, _) = put(&world, None, "1").expect("made");
    let (second, _) = put(&world, Some(&first), "2").expect("moved");
    for stale in [Some(&first), None] {
        let failure = put(&world, stale, "3").expect_err("stale");
        assert_eq!(failure.cause, Cause::Overtaken);
    }
    assert_eq!(world.remote_id(BRANCH), Some(second));
}

#[test]
fn other_files_of_the_branch_stay() {
    let world = World::new();
    let (first, _) = put(&world, None, "1").expect("made");
    let edit = Edit { path: "rc/latest.json", content: b"rc", executable: None };
    world.open().commit_onto(&world.origin(), BRANCH, Some(&first), &[edit], &rosa(), "rc\n").expect("moved");
    let files = git(&world.remote_path(), &["ls-tree", "-r", "--name-only", BRANCH]);
    assert_eq!(files, "rc/latest.json\nstable/latest.json\n");
}

#[test]
fn a_refusal_is_told() {
    let world = World::new();
    world.hook("pre-receive", "echo 'GH013: Repository rule violations found'; exit 1");
    let failure = put(&world, None, "1").expect_err("refused");
    assert_eq!(failure.cause, Cause::PushRefused);
    assert_eq!(world.remote_id(BRANCH), None);
}

#[test]
fn a_tag_that_follows_a_channel_moves_from_where_it_was_seen_only() {
    let world = World::new();
    let tag = "refs/tags/nightly";
    let (first, second) = (world.commit("feat: one"), world.commit("feat: two"));
    let moved = |seen: Option<&ObjectId>, new: &ObjectId| {
        world.open().move_tag(&world.origin(), tag, seen, new).map_err(|failure| failure.cause)
    };
    assert_eq!(moved(None, &second), Ok(PushOutcome::Done), "there was none");
    assert_eq!(moved(None, &second), Ok(PushOutcome::AlreadyThere));
    assert_eq!(moved(None, &first), Err(Cause::Overtaken), "somebody made one meanwhile");
    assert_eq!(moved(Some(&first), &first), Err(Cause::Overtaken), "somebody moved it meanwhile");
    assert_eq!(world.remote_id(tag), Some(second.clone()));
    assert_eq!(moved(Some(&second), &first), Ok(PushOutcome::Done), "back, too");
    assert_eq!(world.remote_id(tag), Some(first));
}
