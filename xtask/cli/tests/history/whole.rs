//! Whole histories: of any shape, with tags anywhere, each commit belongs to one release, the one that Git says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use release_core::changelog::history::{Part, partition};
use release_core::facts::{CommitFacts, TagFacts};
use release_edge::repository::Repository;
use tempfile::TempDir;

use crate::git::{bare, git};
use crate::mixed::hold;
use crate::past::BEGIN;
use crate::writer::{Commit, Writer};

/// A commit: which of those before it are its parents, and how many seconds later it was made.
type Made = (Vec<usize>, i64);
/// A tag: which commit it names, and its version as minor, patch and candidate.
type Named = (usize, (u64, u64, Option<u64>));

/// Histories with merges, several beginnings, dates that go back, and tags on any commit.
fn histories() -> impl Strategy<Value = (Vec<Made>, Vec<Named>)> {
    let commit = (prop::collection::vec(1..6_usize, 0..3), -30..100_i64);
    let tag = (0..60_usize, (0..6_u64, 0..3_u64, prop::option::weighted(0.3, 1..3_u64)));
    (prop::collection::vec(commit, 1..60), prop::collection::vec(tag, 0..14))
}

fn build(commits: &[Made], tags: &[Named]) -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("remote.git");
    bare(&path);
    let (mut writer, mut made, mut second) = (Writer::default(), Vec::<Commit>::new(), BEGIN);
    for (place, (back, later)) in commits.iter().enumerate() {
        second += later;
        let parents: BTreeSet<usize> = back.iter().filter_map(|back| place.checked_sub(*back)).collect();
        let parents: Vec<&Commit> = parents.iter().map(|parent| &made[*parent]).collect();
        made.push(writer.commit(&format!("Change {place}"), &parents, (second, second), &[]));
    }
    writer.point("refs/heads/main", made.last().expect("a commit"));
    for (commit, version) in tags {
        let name = name(*version);
        writer.point(&format!("refs/tags/{name}"), &made[commit % made.len()]);
    }
    writer.write(&path);
    folder
}

fn name((minor, patch, candidate): (u64, u64, Option<u64>)) -> String {
    let candidate = candidate.map(|number| format!("-rc.{number}")).unwrap_or_default();
    format!("v1.{minor}.{patch}{candidate}")
}

#[test]
fn each_commit_of_any_history_belongs_to_the_one_release_that_git_says() {
    hold(24, histories(), |(commits, tags)| {
        let folder = build(&commits, &tags);
        let path = folder.path().join("remote.git");
        let repository = Repository::open(&path).expect("it opens");
        let source = repository.source().expect("a commit").id;
        let tags = repository.tags(&source).expect("tags");
        let commits = repository.commits_since(&source, &[], &[]).expect("commits");
        let parts = partition(&commits, &tags);
        let list = |arguments: &[&str]| -> Vec<String> {
            let printed = git(&path, &[&["rev-list", "--topo-order"], arguments].concat());
            printed.lines().map(str::to_owned).collect()
        };
        told_by_git(&parts, list);
        children_first(&parts);
        let histories: BTreeMap<String, BTreeSet<String>> = tags
            .iter()
            .map(|tag| tag.source.to_string())
            .map(|source| (source.clone(), list(&[&source]).into_iter().collect()))
            .collect();
        releases(&parts, &tags, |one, other| histories[other].contains(one));
    });
}

/// The commits of each are `git rev-list` of its tag without all older ones; those of none are the ones without any tag.
fn told_by_git(parts: &[Part<'_>], list: impl Fn(&[&str]) -> Vec<String>) {
    let mut older: Vec<&str> = Vec::new();
    for part in parts {
        let tag = part.tag.source.as_str();
        let expected: BTreeSet<String> = list(&[&[tag, "--not"], &older[..]].concat()).into_iter().collect();
        let own: Vec<String> = part.commits.iter().map(|commit| commit.id.to_string()).collect();
        assert_eq!(own.len(), expected.len(), "{} has each once", part.tag.tag);
        assert_eq!(own.into_iter().collect::<BTreeSet<_>>(), expected, "{}", part.tag.tag);
        older.push(tag);
    }
}

/// As `git log` prints them: no commit before a child of it.
fn children_first(parts: &[Part<'_>]) {
    for part in parts {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for commit in &part.commits {
            let CommitFacts { id, parents, .. } = commit;
            assert!(parents.iter().all(|parent| !seen.contains(parent.as_str())), "{id}");
            seen.insert(id.as_str());
        }
    }
}

/// Those on the history: every stable one, and of the others those that no stable one holds; none before one that it holds, and else
/// by version.
fn releases(parts: &[Part<'_>], tags: &[TagFacts], holds: impl Fn(&str, &str) -> bool) {
    let stable = |tag: &TagFacts| tag.tag.version().pre.is_empty();
    let held = |tag: &TagFacts| {
        let mut later = tags.iter().filter(|later| later.on_this_line && stable(later));
        later.any(|later| holds(tag.source.as_str(), later.source.as_str()))
    };
    let counts = |tag: &&TagFacts| tag.on_this_line && (stable(tag) || !held(tag));
    let expected: BTreeSet<String> = tags.iter().filter(counts).map(|tag| tag.tag.to_string()).collect();
    let found: BTreeSet<String> = parts.iter().map(|part| part.tag.tag.to_string()).collect();
    assert_eq!(found, expected);
    for (place, part) in parts.iter().enumerate() {
        let (own, source) = (&part.tag.tag, part.tag.source.as_str());
        for later in &parts[place + 1..] {
            let other = later.tag.source.as_str();
            assert!(other == source || !holds(other, source), "{own} holds {}", later.tag.tag);
        }
        let below = parts.iter().filter(|before| {
            let before_it = before.tag.source != part.tag.source || before.tag.tag < *own;
            before_it && holds(before.tag.source.as_str(), source)
        });
        assert_eq!(part.previous, below.map(|before| &before.tag.tag).max(), "before {own}");
    }
}
