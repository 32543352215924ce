//! Ranges of commits, short and long.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::slice::from_ref;

use release_core::facts::CommitFacts;
use release_edge::repository::Repository;

use crate::child;
use crate::world::{World, git, write};

fn subjects(commits: &[CommitFacts]) -> Vec<&str> {
    commits.iter().map(|commit| commit.subject.as_str()).collect()
}

#[test]
fn a_range_is_newest_first_and_never_before_its_ancestors() {
    let world = World::new();
    let clone = world.clone_path();
    let first = world.id("HEAD");
    git(&clone, &["checkout", "--quiet", "-b", "side"]);
    world.commit("feat: side one");
    world.commit("feat: side two");
    git(&clone, &["checkout", "--quiet", "main"]);
    world.commit("fix: main");
    git(&clone, &["merge", "--quiet", "--no-ff", "side", "--message", "merge side"]);
    let merge = world.id("HEAD");
    let range = world.open().commits_since(&merge, &[first], &[]).expect("a range");
    let names = subjects(&range);
    assert_eq!((names.len(), names[0]), (4, "merge side"), "{names:?}");
    let place = |name: &str| names.iter().position(|other| *other == name).expect("listed");
    assert!(place("feat: side two") < place("feat: side one"));
    assert_eq!(range[0].parents.len(), 2);
    let all = world.open().commits_since(&merge, &[], &[]).expect("a range");
    assert_eq!(all.len(), 5);
}

#[test]
fn release_commits_are_left_out_and_their_ancestors_are_not() {
    let world = World::new();
    let before = world.commit("feat: before");
    let release = world.commit("chore: release v1.2.0");
    let head = world.commit("feat: after");
    let range = world.open().commits_since(&head, from_ref(&before), from_ref(&release)).expect("a range");
    assert_eq!(subjects(&range), ["feat: after"]);
    let whole = world.open().commits_since(&head, &[], &[release]).expect("a range");
    assert_eq!(subjects(&whole), ["feat: after", "feat: before", "feat: first"]);
    assert!(world.open().commits_since(&before, &[head], &[]).expect("a range").is_empty());
}

#[test]
fn messages_in_any_encoding_are_read() {
    let world = World::new();
    let clone = world.clone_path();
    write(world.path(), "message", b"fix: \xff\xfe caf\xe9\n");
    let file = world.path().join("message");
    git(&clone, &["config", "i18n.commitEncoding", "ISO-8859-1"]);
    git(&clone, &["commit", "--quiet", "--allow-empty", "--file", &file.display().to_string()]);
    assert_eq!(world.open().source().expect("a commit").subject, "fix: \u{fffd}\u{fffd} caf\u{fffd}");
}

#[test]
fn a_commit_that_is_not_here_is_an_error() {
    let world = World::new();
    let absent = "0123456789012345678901234567890123456789".parse().expect("an object name");
    assert!(world.open().commits_since(&world.id("HEAD"), &[absent], &[]).is_err());
}

const COMMITS: usize = 10_000;
const TAGS: usize = 600;

/// A line of 10,000 commits with a tag on every sixteenth, and as many tags on a second line as there are left.
fn long_history() -> World {
    let world = World::new();
    let mut stream = String::new();
    for number in 1..=COMMITS {
        let message = format!("feat: number {number}\n\n{}", "why it matters. ".repeat(8));
        let _ = write!(
            stream,
            "commit refs/heads/main\nmark :{number}\ncommitter Rosa <rosa@example.org> {} +0000\ndata {}\n{message}\n",
            1_700_000_000 + number,
            message.len()
        );
        if number == 1 {
            stream.push_str("from refs/heads/main^0\n");
        }
        if number % 16 == 0 && number / 16 < TAGS {
            let _ = write!(stream, "reset refs/tags/v1.{}.0\nfrom :{number}\n\n", number / 16);
        }
    }
    stream.push_str(
        "commit refs/heads/other\ncommitter Rosa <rosa@example.org> 1700000000 +0000\ndata 1\nx\nfrom :1\n\n",
    );
    stream.push_str("reset refs/tags/v2.0.0\nfrom refs/heads/other\n\n");
    let mut import = Command::new("git")
        .current_dir(world.clone_path())
        .args(["fast-import", "--quiet", "--force"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("git runs");
    import.stdin.take().expect("a pipe").write_all(stream.as_bytes()).expect("written");
    assert!(import.wait().expect("ends").success());
    world
}

#[test]
fn ten_thousand_commits_and_six_hundred_tags_are_read_in_less_than_150_megabytes() {
    let world = long_history();
    child::run("history::long_history_in_child", world.path(), &[("CLONE", world.clone_path())]);
}

#[test]
#[ignore = "run by `ten_thousand_commits_and_six_hundred_tags_are_read_in_less_than_150_megabytes`"]
fn long_history_in_child() {
    let repository = Repository::open(&child::folder("CLONE")).expect("opens");
    let source = repository.source().expect("a commit").id;
    let tags = repository.tags(&source).expect("tags");
    assert_eq!(tags.len(), TAGS);
    let elsewhere: Vec<_> =
        tags.iter().filter(|tag| !tag.on_this_line).map(|tag| tag.tag.to_string()).collect();
    assert_eq!(elsewhere, ["v2.0.0"]);
    let all = repository.commits_since(&source, &[], &[]).expect("a range");
    assert_eq!((all.len(), all[0].subject.as_str()), (COMMITS + 1, "feat: number 10000"));
    let last = tags.iter().rev().find(|tag| tag.on_this_line).expect("a tag on the line");
    let range = repository.commits_since(&source, from_ref(&last.source), &[]).expect("a range");
    assert_eq!(range.len(), COMMITS - (TAGS - 1) * 16);
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kilobytes: usize = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kilobytes < 150_000, "{kilobytes} kB");
}
