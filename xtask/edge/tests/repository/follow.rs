//! The clone after a push.

use release_core::identity::ObjectId;
use release_edge::repository::{BranchMove, Edit, Followed, LocalMove};

use crate::world::{World, annotation, git, rosa, tag, write};

struct Released {
    world: World,
    moved: BranchMove,
    object: ObjectId,
}

impl Released {
    fn new() -> Self {
        let world = World::new();
        write(&world.clone_path(), ".gitignore", "/.release\n");
        let source = world.commit("chore: ignore");
        let edits = [
            Edit { path: "VERSION", content: b"1.3.0\n", executable: None },
            Edit { path: ".release/plan.json", content: b"{}\n", executable: None },
        ];
        let repository = world.open();
        let commit =
            repository.release_commit(&source, &edits, &rosa(), "Release v1.3.0\n").expect("a commit");
        let object =
            repository.annotated_tag(&tag("v1.3.0"), &commit, &annotation(&source), &rosa()).expect("a tag");
        Self { world, moved: BranchMove { branch: "main".into(), old: source, new: commit }, object }
    }

    fn follow(&self) -> Followed {
        self.world.open().follow(&tag("v1.3.0"), &self.object, Some(&self.moved)).expect("followed")
    }

    #[track_caller]
    fn assert_left_alone(&self, why: &str) {
        let before = self.world.id("HEAD");
        let Some(LocalMove::LeftAlone(said)) = self.follow().branch else { panic!("moved") };
        assert!(said.contains(why) && said.contains("`git pull`"), "{said}");
        assert_eq!(self.world.id("HEAD"), before);
    }
}

#[test]
fn tag_branch_index_and_working_tree_follow() {
    let released = Released::new();
    let clone = released.world.clone_path();
    let expected = Followed { tag: LocalMove::Moved, branch: Some(LocalMove::Moved) };
    assert_eq!(released.follow(), expected);
    assert_eq!(released.world.id("v1.3.0"), released.object);
    assert_eq!(released.world.id("main"), released.moved.new);
    assert_eq!(git(&clone, &["status", "--porcelain"]), "");
    assert_eq!(std::fs::read_to_string(clone.join("VERSION")).expect("readable"), "1.3.0\n");
    let again = Followed { tag: LocalMove::AlreadyThere, branch: Some(LocalMove::AlreadyThere) };
    assert_eq!(released.follow(), again);
}

#[test]
fn without_a_branch_only_the_tag_follows() {
    let released = Released::new();
    let followed = released.world.open().follow(&tag("v1.3.0"), &released.object, None).expect("followed");
    assert_eq!(followed, Followed { tag: LocalMove::Moved, branch: None });
    assert_eq!(released.world.id("main"), released.moved.old);
}

#[test]
fn changes_are_never_overwritten() {
    let released = Released::new();
    write(&released.world.clone_path(), "mine", "x");
    released.assert_left_alone("the working tree has changes");

    let released = Released::new();
    write(&released.world.clone_path(), ".release/plan.json", "mine and ignored");
    released.assert_left_alone("the working tree cannot follow");
    let kept =
        std::fs::read_to_string(released.world.clone_path().join(".release/plan.json")).expect("readable");
    assert_eq!(kept, "mine and ignored");
    let version = std::fs::read_to_string(released.world.clone_path().join("VERSION")).expect("readable");
    assert_eq!(version, "1.2.0\n", "nothing was moved by half");
}

#[test]
fn another_branch_a_detached_head_and_a_branch_that_moved_on_are_left_alone() {
    let released = Released::new();
    git(&released.world.clone_path(), &["checkout", "--quiet", "-b", "topic"]);
    released.assert_left_alone("branch `main` is not checked out here");
    git(&released.world.clone_path(), &["checkout", "--quiet", "--detach"]);
    released.assert_left_alone("branch `main` is not checked out here");

    let released = Released::new();
    released.world.commit("feat: on top");
    released.assert_left_alone("branch `main` of the clone is no longer at");
}

#[test]
fn another_tag_of_that_name_in_the_clone_is_kept_and_told() {
    let released = Released::new();
    git(&released.world.clone_path(), &["tag", "v1.3.0"]);
    let LocalMove::LeftAlone(said) = released.follow().tag else { panic!("moved") };
    assert_eq!(said, "the clone has another tag `v1.3.0`; delete it with `git tag -d v1.3.0`");
    assert_eq!(released.world.id("v1.3.0"), released.moved.old);
}
