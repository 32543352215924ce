//! Moving references of the remote: all or none, and only from where they were expected.

use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_edge::failure::Failure;
use release_edge::repository::{Edit, PushOutcome, RefUpdate, RemoteAccess, Repository};

use crate::child;
use crate::world::{World, annotation, git, program, rosa, tag};

const TAG: &str = "refs/tags/v1.3.0";
const MAIN: &str = "refs/heads/main";

/// A release of `main` that is made and not yet pushed.
struct Release {
    world: World,
    source: ObjectId,
    commit: ObjectId,
    object: ObjectId,
}

impl Release {
    fn new() -> Self {
        let world = World::new();
        let source = world.id("HEAD");
        let (commit, object) = make(&world.open(), &source);
        Self { world, source, commit, object }
    }

    fn updates(&self) -> [RefUpdate; 2] {
        updates(&self.source, &self.commit, &self.object)
    }

    fn push(&self) -> Result<PushOutcome, Failure> {
        self.world.open().push(&self.world.origin(), &self.updates())
    }

    fn remote(&self) -> (Option<ObjectId>, Option<ObjectId>) {
        (self.world.remote_id(MAIN), self.world.remote_id(TAG))
    }

    #[track_caller]
    fn assert_nothing_moved(&self) {
        assert_eq!(self.remote(), (Some(self.source.clone()), None));
    }
}

fn make(repository: &Repository, source: &ObjectId) -> (ObjectId, ObjectId) {
    let commit = repository.release_commit(source, &[], &rosa(), "Release v1.3.0\n").expect("a commit");
    let object =
        repository.annotated_tag(&tag("v1.3.0"), &commit, &annotation(source), &rosa()).expect("a tag");
    (commit, object)
}

fn updates(source: &ObjectId, commit: &ObjectId, object: &ObjectId) -> [RefUpdate; 2] {
    [
        RefUpdate { reference: MAIN.into(), expected: Some(source.clone()), new: commit.clone() },
        RefUpdate { reference: TAG.into(), expected: None, new: object.clone() },
    ]
}

#[test]
fn branch_and_tag_move_together_and_a_second_push_finds_them() {
    let release = Release::new();
    assert_eq!(release.push().expect("pushed"), PushOutcome::Done);
    assert_eq!(release.remote(), (Some(release.commit.clone()), Some(release.object.clone())));
    assert_eq!(release.push().expect("there"), PushOutcome::AlreadyThere);
}

#[test]
fn a_pushed_release_is_found_after_the_branch_has_moved_on() {
    let release = Release::new();
    release.push().expect("pushed");
    let theirs = release.world.somebody_else_pushes();
    assert_eq!(release.push().expect("there"), PushOutcome::AlreadyThere);
    assert_eq!(release.remote().0, Some(theirs));
}

#[test]
fn a_branch_that_stayed_behind_its_tag_is_moved() {
    let release = Release::new();
    let clone = release.world.clone_path();
    git(&clone, &["push", "--quiet", "origin", &format!("{}:{TAG}", release.object)]);
    assert_eq!(release.push().expect("pushed"), PushOutcome::Done);
    assert_eq!(release.remote().0, Some(release.commit.clone()));
}

#[test]
fn somebody_who_pushed_before_makes_the_plan_stale() {
    let release = Release::new();
    let theirs = release.world.somebody_else_pushes();
    let failure = release.push().expect_err("lost");
    assert_eq!(failure.cause, Cause::Overtaken);
    assert_eq!(
        failure.message,
        format!(
            "`{MAIN}` of `origin` is at `{}`, not at `{}`: somebody else moved it",
            theirs.short(),
            release.source.short()
        )
    );
    assert_eq!(release.remote(), (Some(theirs), None));
}

/// Puts a git first in PATH that runs `before`, then the real one, then `after`, whenever it is asked to push.
fn push_with(world: &World, test: &str, before: &str, after: &str) {
    let real =
        String::from_utf8(std::process::Command::new("which").arg("git").output().expect("runs").stdout)
            .expect("text");
    let real = real.trim();
    let script = format!(
        "real='{real}'\n[ \"$1\" = push ] || exec \"$real\" \"$@\"\n{before}\n\"$real\" \"$@\"; status=$?\n{after}\nexit $status"
    );
    program(&world.path().join("bin/git"), &script);
    let path = format!("{}:{}", world.path().join("bin").display(), std::env::var("PATH").expect("set"));
    let clone = world.clone_path().display().to_string();
    child::run(test, world.path(), &[("CLONE", clone.as_str()), ("PATH", &path)]);
}

fn push_in_child() -> Result<PushOutcome, Failure> {
    let repository = Repository::open(&child::folder("CLONE")).expect("opens");
    let source = repository.source().expect("a commit").id;
    let (commit, object) = make(&repository, &source);
    repository.push(&RemoteAccess::new("origin"), &updates(&source, &commit, &object))
}

#[test]
fn somebody_who_pushes_between_look_and_push_is_not_overwritten() {
    let release = Release::new();
    let theirs = release.world.somebody_else_pushes();
    let remote = release.world.remote_path().display().to_string();
    git(&release.world.remote_path(), &["update-ref", MAIN, release.source.as_str()]);
    let race = format!("(cd '{remote}' && /usr/bin/env -u GIT_CONFIG_COUNT git update-ref {MAIN} {theirs})");
    push_with(&release.world, "push::race_in_child", &race, "");
    assert_eq!(release.remote(), (Some(theirs), None));
}

#[test]
#[ignore = "run by `somebody_who_pushes_between_look_and_push_is_not_overwritten`"]
fn race_in_child() {
    assert_eq!(push_in_child().expect_err("lost").cause, Cause::Overtaken);
}

#[test]
fn a_push_whose_answer_is_lost_counts_by_what_the_remote_shows() {
    let release = Release::new();
    push_with(
        &release.world,
        "push::lost_answer_in_child",
        "",
        "echo 'the remote end hung up' >&2; exit 128",
    );
    assert_eq!(release.remote(), (Some(release.commit.clone()), Some(release.object.clone())));
}

#[test]
#[ignore = "run by `a_push_whose_answer_is_lost_counts_by_what_the_remote_shows`"]
fn lost_answer_in_child() {
    assert_eq!(push_in_child().expect("it arrived"), PushOutcome::Appeared);
}

#[test]
fn the_same_push_of_another_run_in_between_is_not_taken_for_its_own() {
    let release = Release::new();
    let other = "\"$real\" \"$@\" > /dev/null";
    push_with(&release.world, "push::same_push_in_child", other, "");
    assert_eq!(release.remote(), (Some(release.commit.clone()), Some(release.object.clone())));
}

#[test]
#[ignore = "run by `the_same_push_of_another_run_in_between_is_not_taken_for_its_own`"]
fn same_push_in_child() {
    assert_eq!(push_in_child().expect("it is there"), PushOutcome::Appeared);
}

#[test]
fn a_push_that_never_arrived_is_a_passing_fault() {
    let release = Release::new();
    push_with(&release.world, "push::lost_push_in_child", "echo 'could not resolve host' >&2; exit 128", "");
    release.assert_nothing_moved();
}

#[test]
#[ignore = "run by `a_push_that_never_arrived_is_a_passing_fault`"]
fn lost_push_in_child() {
    let failure = push_in_child().expect_err("lost");
    assert_eq!(
        (failure.cause, failure.message.as_str()),
        (Cause::Git, "pushing to `origin` failed: could not resolve host")
    );
}

#[test]
fn a_push_that_claims_success_and_changes_nothing_is_an_error() {
    let release = Release::new();
    push_with(&release.world, "push::empty_success_in_child", "exit 0", "");
    release.assert_nothing_moved();
}

#[test]
#[ignore = "run by `a_push_that_claims_success_and_changes_nothing_is_an_error`"]
fn empty_success_in_child() {
    let failure = push_in_child().expect_err("nothing moved");
    assert!(failure.message.contains("does not show it: `refs/heads/main`, `refs/tags/v1.3.0`"), "{failure}");
}

#[test]
fn t7_a_tag_that_is_elsewhere_never_moves_whatever_the_transport() {
    for prefix in ["", "file://"] {
        let release = Release::new();
        let elsewhere = release.source.clone();
        git(&release.world.remote_path(), &["update-ref", TAG, elsewhere.as_str()]);
        let remote = RemoteAccess::new(format!("{prefix}{}", release.world.remote_path().display()));
        let failure = release.world.open().push(&remote, &release.updates()).expect_err("elsewhere");
        assert_eq!(failure.cause, Cause::TagElsewhere);
        assert!(failure.message.starts_with("tag `v1.3.0` names"), "{failure}");
        assert_eq!(release.remote(), (Some(elsewhere.clone()), Some(elsewhere)));
    }
}

#[test]
fn where_main_is_refused_there_is_no_tag_either_and_the_hook_is_quoted() {
    let release = Release::new();
    release.world.hook(
        "update",
        "[ \"$1\" != refs/heads/main ] || { echo 'error: GH006: Protected branch update failed for refs/heads/main.'; \
         echo 'error: Changes must be made through a pull request.'; exit 1; }",
    );
    let failure = release.push().expect_err("refused");
    assert_eq!(failure.cause, Cause::PushRefused);
    assert!(failure.message.contains("Changes must be made through a pull request."), "{failure}");
    assert!(failure.hint.contains("`mode: tag-only`") && failure.hint.contains("`mode: release-pr`"));
    release.assert_nothing_moved();
}

#[test]
fn where_the_tag_is_refused_main_does_not_move_either() {
    let release = Release::new();
    release.world.hook("update", "[ \"$1\" = refs/heads/main ] || { echo 'no tags today'; exit 1; }");
    let failure = release.push().expect_err("refused");
    assert_eq!(failure.cause, Cause::PushRefused);
    assert!(failure.message.contains("no tags today"), "{failure}");
    release.assert_nothing_moved();
}

#[test]
fn a_refusal_of_the_whole_push_is_told_by_what_it_says() {
    for (said, cause) in [
        ("frozen until monday", Cause::PushRefused),
        ("GH013: Repository rule violations found", Cause::PushRefused),
        (
            "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission",
            Cause::TokenRights,
        ),
        ("tag_name was used by an immutable release", Cause::VersionBurned),
    ] {
        let release = Release::new();
        release.world.hook("pre-receive", &format!("cat <<'END'\n{said}\nEND\nexit 1"));
        let failure = release.push().expect_err("refused");
        assert_eq!(failure.cause, cause, "{failure}");
        assert!(failure.message.contains(said), "{failure}");
        release.assert_nothing_moved();
    }
}

#[test]
fn a_refusal_that_nobody_has_seen_before_is_still_a_refusal() {
    let release = Release::new();
    let remote = release.world.remote_path();
    git(&remote, &["config", "core.bare", "false"]);
    git(&remote, &["config", "receive.denyCurrentBranch", "refuse"]);
    let failure = release.push().expect_err("refused");
    assert_eq!(failure.cause, Cause::PushRefused, "{failure}");
    assert!(failure.message.contains("branch is currently checked out"), "{failure}");
    release.assert_nothing_moved();
}

#[test]
fn settings_of_the_user_push_nothing_else() {
    let release = Release::new();
    let clone = release.world.clone_path();
    git(&clone, &["tag", "--annotate", "unrelated", "--message", "x"]);
    for (name, value) in [("push.followTags", "true"), ("push.gpgSign", "true"), ("push.default", "matching")]
    {
        git(&clone, &["config", name, value]);
    }
    release.push().expect("pushed");
    assert_eq!(release.world.remote_id("refs/tags/unrelated"), None);
}

#[test]
fn tag_only_leaves_a_protected_branch_alone_and_the_tag_holds_the_release_commit() {
    let release = Release::new();
    release
        .world
        .hook("update", "[ \"$1\" != refs/heads/main ] || { echo 'GH006: Protected branch'; exit 1; }");
    let [_, tag_only] = release.updates();
    let push = || {
        release.world.open().push(&release.world.origin(), std::slice::from_ref(&tag_only)).expect("pushed")
    };
    assert_eq!(push(), PushOutcome::Done);
    assert_eq!(push(), PushOutcome::AlreadyThere);
    assert_eq!(release.remote(), (Some(release.source.clone()), Some(release.object.clone())));
    let parent = git(&release.world.remote_path(), &["rev-parse", "v1.3.0^{commit}^"]);
    assert_eq!(parent.trim(), release.source.as_str());
}

#[test]
fn the_branch_of_a_release_pull_request_is_made_and_replaced_with_its_lease() {
    let release = Release::new();
    let reference = "refs/heads/release-v1.3.0";
    let put = |expected: Option<&ObjectId>, new: &ObjectId| {
        let update = RefUpdate { reference: reference.into(), expected: expected.cloned(), new: new.clone() };
        release.world.open().push(&release.world.origin(), &[update])
    };
    assert_eq!(put(None, &release.commit).expect("made"), PushOutcome::Done);
    let edit = Edit { path: "VERSION", content: b"1.3.0", executable: None };
    let anew =
        release.world.open().release_commit(&release.source, &[edit], &rosa(), "x\n").expect("a commit");
    assert_eq!(put(None, &anew).expect_err("it exists").cause, Cause::Overtaken);
    assert_eq!(put(Some(&release.commit), &anew).expect("replaced"), PushOutcome::Done);
    assert_eq!(release.world.remote_id(reference), Some(anew));
}

#[test]
fn an_abandoned_tag_is_deleted_here_and_there_unless_it_is_another() {
    let release = Release::new();
    release.push().expect("pushed");
    let repository = release.world.open();
    let origin = release.world.origin();
    git(&release.world.clone_path(), &["update-ref", TAG, release.object.as_str()]);
    let failure = repository.take_back(&origin, &tag("v1.3.0"), &release.commit, None).expect_err("another");
    assert_eq!(failure.cause, Cause::TagElsewhere);
    assert_eq!(release.remote().1, Some(release.object.clone()));

    let delete = || repository.take_back(&origin, &tag("v1.3.0"), &release.object, None).expect("deleted");
    assert_eq!(delete(), PushOutcome::Done);
    assert_eq!(release.remote(), (Some(release.commit.clone()), None));
    assert_eq!(git(&release.world.clone_path(), &["tag"]), "");
    assert_eq!(delete(), PushOutcome::AlreadyThere);
}
