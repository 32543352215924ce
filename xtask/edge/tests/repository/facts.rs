//! What the clone says about itself.

use release_core::config::release::Branches;
use release_core::facts::{Divergence, Identity, LineFacts};
use release_core::finding::Cause;
use release_core::identity::LineNumber;
use release_edge::repository::{Repository, release_commits};

use crate::child;
use crate::world::{World, annotation, git, rosa, tag, write};

#[test]
fn the_commit_and_the_branch_that_are_checked_out() {
    let world = World::new();
    let id = world.commit("feat: two\r\n\r\nbody\n\nmore");
    let source = world.open().source().expect("a commit");
    assert_eq!((&source.id, source.subject.as_str()), (&id, "feat: two"));
    assert_eq!(source.body, "body\n\nmore\n");
    assert_eq!(source.parents, [world.id("HEAD^")]);
    assert_eq!(source.author, Identity { name: "Rosa".into(), email: "rosa@example.org".into() });
    assert_eq!(source.authored.as_second(), 1_700_000_000);
    assert_eq!(world.open().branch().expect("readable"), Some("main".to_owned()));
    git(&world.clone_path(), &["checkout", "--quiet", "--detach"]);
    assert_eq!(world.open().branch().expect("readable"), None);
}

#[test]
fn a_dirty_tree_is_named_file_by_file() {
    let world = World::new();
    let clone = world.clone_path();
    write(&clone, ".gitignore", "ignored\n");
    write(&clone, "staged", "1");
    world.commit("chore: files");
    assert_eq!(world.open().dirty().expect("comparable"), Vec::<String>::new());
    write(&clone, "ignored", "x");
    write(&clone, "VERSION", "changed");
    write(&clone, "staged", "2");
    git(&clone, &["add", "staged"]);
    write(&clone, "new", "x");
    write(&clone, "folder/new", "x");
    let mut dirty = world.open().dirty().expect("comparable");
    dirty.sort();
    assert_eq!(dirty, ["VERSION", "folder/", "new", "staged"]);
}

#[test]
fn who_commits_comes_from_the_settings_or_the_environment_or_is_missing() {
    let world = World::new();
    let clone = world.clone_path();
    let nothing: [(&str, &str); 0] = [];
    let shown = clone.display().to_string();
    let with = |expected: &str, more: &[(&str, &str)]| {
        let mut variables = vec![("CLONE", shown.as_str()), ("EXPECTED", expected)];
        variables.extend(more);
        child::run("facts::identity_in_child", world.path(), &variables);
    };
    with("Rosa <rosa@example.org>", &nothing);
    with(
        "Ida <ida@example.org>",
        &[("GIT_COMMITTER_NAME", "Ida"), ("GIT_COMMITTER_EMAIL", "ida@example.org")],
    );
    git(&clone, &["config", "--unset", "user.email"]);
    with("nobody", &nothing);
}

#[test]
#[ignore = "run by `who_commits_comes_from_the_settings_or_the_environment_or_is_missing`"]
fn identity_in_child() {
    let repository = Repository::open(&child::folder("CLONE")).expect("opens");
    let who = repository.identity().expect("readable");
    let who = who.map_or("nobody".to_owned(), |who| format!("{} <{}>", who.name, who.email));
    assert_eq!(who, std::env::var("EXPECTED").expect("given"));
}

#[test]
fn version_tags_say_what_they_lead_to_and_whose_they_are() {
    let world = World::new();
    let clone = world.clone_path();
    let source = world.id("HEAD");
    git(&clone, &["tag", "v0.9.0"]);
    git(&clone, &["tag", "nightly"]);
    git(&clone, &["tag", "v1.0"]);
    let stranger = format!("Release v1.0.0\n\nPlan: {}\nSource: {source}\n\nand more", "ab".repeat(32));
    git(&clone, &["tag", "--annotate", "v1.0.0", "--message", &stranger]);
    let repository = world.open();
    let release = world.commit("chore: release v1.1.0");
    let object =
        repository.annotated_tag(&tag("v1.1.0"), &release, &annotation(&source), &rosa()).expect("a tag");
    git(&clone, &["update-ref", "refs/tags/v1.1.0", object.as_str()]);
    git(&clone, &["checkout", "--quiet", "--orphan", "elsewhere"]);
    let elsewhere = world.commit("feat: another line");
    git(&clone, &["tag", "v2.0.0"]);
    git(&clone, &["checkout", "--quiet", source.as_str()]);

    let tags = world.open().tags(&source).expect("tags");
    let names: Vec<_> = tags.iter().map(|tag| tag.tag.to_string()).collect();
    assert_eq!(names, ["v0.9.0", "v1.0.0", "v1.1.0", "v2.0.0"]);
    let [light, foreign, ours, other] = tags.as_slice() else { panic!("four tags") };
    assert_eq!((&light.object, &light.commit, &light.source), (&source, &source, &source));
    assert_eq!((&foreign.object, &foreign.commit), (&world.id("v1.0.0^{tag}"), &source));
    assert_eq!((&foreign.plan, &light.plan, &other.plan), (&None, &None, &None));
    assert_eq!((&ours.object, &ours.commit, &ours.source), (&object, &release, &source));
    assert_eq!(ours.plan, Some(annotation(&source).plan));
    assert_eq!(other.commit, elsewhere);
    let line: Vec<_> = tags.iter().map(|tag| tag.on_this_line).collect();
    assert_eq!(
        line,
        [true, true, true, false],
        "a release is on the line of its source, not of its release commit"
    );
    assert_eq!(release_commits(&tags), [release]);
}

#[test]
fn a_version_tag_on_something_else_than_a_commit_stops() {
    let world = World::new();
    git(&world.clone_path(), &["tag", "v3.0.0", "HEAD:VERSION"]);
    let failure = world.open().tags(&world.id("HEAD")).expect_err("a tag of a file");
    assert_eq!(failure.cause, Cause::Git);
    assert!(failure.message.starts_with("tag `v3.0.0` does not lead to a commit"), "{failure}");
}

#[test]
fn the_facts_compare_the_clone_with_its_remote() {
    let world = World::new();
    let facts = |world: &World| world.open().facts(&world.origin(), &Branches::default()).expect("facts");
    git(&world.clone_path(), &["push", "--quiet", "origin", "HEAD:refs/tags/v1.2.0"]);
    let level = facts(&world);
    assert_eq!(level.divergence, Some(Divergence { ahead: 0, behind: Some(0) }));
    assert_eq!(level.remote_branch, Some(world.id("HEAD")));
    assert_eq!(level.remote_tags.get(&tag("v1.2.0")), Some(&world.id("HEAD")));
    assert_eq!((level.tags.len(), level.dirty.len()), (0, 0));

    world.commit("feat: mine");
    assert_eq!(facts(&world).divergence, Some(Divergence { ahead: 1, behind: Some(0) }));
    world.somebody_else_pushes();
    assert_eq!(facts(&world).divergence, Some(Divergence { ahead: 1, behind: None }), "theirs is not here");
    git(&world.clone_path(), &["fetch", "--quiet"]);
    assert_eq!(facts(&world).divergence, Some(Divergence { ahead: 1, behind: Some(1) }));
    let elsewhere = Branches { main: "trunk".to_owned(), ..Branches::default() };
    let unknown = world.open().facts(&world.origin(), &elsewhere).expect("facts");
    assert_eq!((unknown.remote_branch, unknown.divergence), (None, None));
}

#[test]
fn a_release_line_is_released_where_its_branch_or_its_newest_commit_is_checked_out() {
    let world = World::new();
    let clone = world.clone_path();
    let facts = || world.open().facts(&world.origin(), &Branches::default()).expect("facts");
    let fork = world.id("HEAD");
    git(&clone, &["push", "--quiet", "origin", "HEAD:refs/heads/release/1.4"]);
    let cut = facts();
    let line: LineNumber = "1.4".parse().expect("a line");
    assert_eq!(
        (cut.line, cut.lines.as_slice()),
        (None, &[LineFacts { number: line, fork: Some(fork.clone()), unforwarded: Vec::new() }][..])
    );
    git(&clone, &["switch", "--quiet", "--detach"]);
    assert_eq!(facts().line, None, "a line that was only just cut is not taken for main");
    git(&clone, &["switch", "--quiet", "--create", "release/1.4"]);
    assert_eq!(facts().line, Some(line));
    let head = world.commit("fix: on the line");
    git(&clone, &["push", "--quiet", "origin", "HEAD:refs/heads/release/1.4"]);
    git(&clone, &["switch", "--quiet", "--detach"]);
    let detached = facts();
    assert_eq!((detached.line, detached.remote_branch), (Some(line), Some(head.clone())));
    git(&clone, &["switch", "--quiet", "main"]);
    let main = facts();
    assert_eq!((main.line, main.lines.first().and_then(|line| line.fork.clone())), (None, Some(fork)));
}

#[test]
fn a_release_line_of_which_the_clone_has_nothing_stops() {
    let world = World::new();
    world.somebody_else_pushes_to("release/1.4");
    let failure = world.open().facts(&world.origin(), &Branches::default()).expect_err("an unknown line");
    assert_eq!(failure.cause, Cause::Overtaken);
    assert!(failure.message.contains("`release/1.4`") && failure.hint.contains("git fetch"), "{failure:?}");
}
