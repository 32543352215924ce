//! Which release a commit belongs to, on small histories of every shape and on long ones.

use super::*;
use crate::plan::PlanId;
use crate::samples::{self, id};
use bundle_format::digest::Sha256Hex;

/// Commits by number, the newest first, each with its parents.
fn history(commits: &[(u64, &[u64])]) -> Vec<CommitFacts> {
    let commit = |(number, parents): &(u64, &[u64])| CommitFacts {
        parents: parents.iter().map(|parent| id(*parent)).collect(),
        ..samples::commit(*number, "feat: a")
    };
    commits.iter().map(commit).collect()
}

/// Tags in the order of versions, as a repository lists them.
fn tags(tags: &[(&str, u64)]) -> Vec<TagFacts> {
    let mut tags: Vec<TagFacts> = tags.iter().map(|(name, number)| samples::tag(name, *number)).collect();
    tags.sort_by(|one, other| one.tag.cmp(&other.tag));
    tags
}

/// Tag, the release before, and the numbers of its commits.
fn shared(commits: &[(u64, &[u64])], named: &[(&str, u64)]) -> Vec<String> {
    let (commits, tags) = (history(commits), tags(named));
    let number = |commit: &&CommitFacts| u64::from_str_radix(commit.id.as_str(), 16).unwrap();
    let told = partition(&commits, &tags).into_iter().map(|part| {
        let previous = part.previous.map_or("-".to_owned(), Tag::to_string);
        let own: Vec<u64> = part.commits.iter().map(number).collect();
        format!("{} {previous} {own:?}", part.tag.tag)
    });
    told.collect()
}

const STRAIGHT: &[(u64, &[u64])] = &[(5, &[4]), (4, &[3]), (3, &[2]), (2, &[1]), (1, &[])];

#[test]
fn each_commit_belongs_to_the_oldest_release_that_holds_it() {
    assert_eq!(
        shared(STRAIGHT, &[("v1.0.0", 2), ("v1.1.0", 4)]),
        ["v1.0.0 - [2, 1]", "v1.1.0 v1.0.0 [4, 3]"],
        "and 5 to none"
    );
    assert_eq!(shared(STRAIGHT, &[]), [""; 0]);
    assert_eq!(shared(&[], &[("v1.0.0", 1)]), [""; 0]);
}

#[test]
fn a_merge_brings_the_commits_of_its_branch_into_the_release_that_holds_it() {
    let merged: &[(u64, &[u64])] =
        &[(7, &[6]), (6, &[3, 5]), (5, &[4]), (3, &[2]), (4, &[1]), (2, &[1]), (1, &[])];
    assert_eq!(
        shared(merged, &[("v1.0.0", 3), ("v1.1.0", 7)]),
        ["v1.0.0 - [3, 2, 1]", "v1.1.0 v1.0.0 [7, 6, 5, 4]"]
    );
}

#[test]
fn a_release_of_a_side_branch_keeps_its_own_commits_when_it_is_merged_back() {
    let merged: &[(u64, &[u64])] =
        &[(7, &[6]), (6, &[3, 5]), (5, &[4]), (3, &[2]), (4, &[1]), (2, &[1]), (1, &[])];
    assert_eq!(
        shared(merged, &[("v1.0.0", 1), ("v1.0.1", 5), ("v1.1.0", 3), ("v1.2.0", 7)]),
        ["v1.0.0 - [1]", "v1.0.1 v1.0.0 [5, 4]", "v1.1.0 v1.0.0 [3, 2]", "v1.2.0 v1.1.0 [7, 6]"]
    );
    assert_eq!(
        shared(merged, &[("v1.0.1", 5), ("v1.1.0", 3), ("v1.2.0", 7)]),
        ["v1.0.1 - [5, 4, 1]", "v1.1.0 - [3, 2]", "v1.2.0 v1.1.0 [7, 6]"],
        "what both hold belongs to the lower version, of which neither holds the other"
    );
}

#[test]
fn a_higher_version_that_a_lower_one_holds_is_the_older_of_the_two() {
    assert_eq!(
        shared(STRAIGHT, &[("v2.0.0", 2), ("v1.5.0", 4), ("v2.1.0", 5)]),
        ["v2.0.0 - [2, 1]", "v1.5.0 v2.0.0 [4, 3]", "v2.1.0 v2.0.0 [5]"]
    );
}

#[test]
fn of_two_tags_on_one_commit_the_lower_version_has_the_commits() {
    assert_eq!(
        shared(STRAIGHT, &[("v1.0.0", 1), ("v1.1.0", 3), ("v1.1.1", 3), ("v1.2.0", 5)]),
        ["v1.0.0 - [1]", "v1.1.0 v1.0.0 [3, 2]", "v1.1.1 v1.1.0 []", "v1.2.0 v1.1.1 [5, 4]"]
    );
}

#[test]
fn a_tag_outside_of_the_history_has_no_part() {
    assert_eq!(shared(STRAIGHT, &[("v1.0.0", 2), ("v9.0.0", 77)]), ["v1.0.0 - [2, 1]"]);
}

#[test]
fn a_pre_release_has_a_part_only_until_a_stable_release_holds_it() {
    assert_eq!(
        shared(
            STRAIGHT,
            &[("v1.0.0-rc.1", 1), ("v1.0.0", 2), ("v1.0.1-rc.1", 2), ("v1.1.0-rc.1", 3), ("v1.1.0-rc.2", 5)]
        ),
        ["v1.0.0 - [2, 1]", "v1.1.0-rc.1 v1.0.0 [3]", "v1.1.0-rc.2 v1.1.0-rc.1 [5, 4]"]
    );
}

#[test]
fn stamps_are_looked_for_only_where_a_release_of_ours_is_held() {
    let commits = history(STRAIGHT);
    let mut tags = tags(&[("v1.0.0", 2), ("v1.1.0", 3), ("v1.2.0", 5)]);
    tags[1].plan = Some(PlanId(Sha256Hex::of(b"plan")));
    let follows: Vec<bool> = partition(&commits, &tags).iter().map(|part| part.follows_ours).collect();
    assert_eq!(follows, [false, false, true]);
}

/// Every commit is a merge, and every second one a release: a walk for each tag would be felt.
#[test]
fn a_long_history_of_merges_and_releases_is_shared_out_like_a_short_one() {
    const COMMITS: u64 = 8_000;
    let commit = |number: u64| {
        let parents = [number - 1, number.saturating_sub(1_000)].into_iter().filter(|parent| *parent > 0);
        CommitFacts { parents: parents.map(id).collect(), ..samples::commit(number, "feat: a") }
    };
    let commits: Vec<CommitFacts> = (1..=COMMITS).rev().map(commit).collect();
    let tags: Vec<TagFacts> =
        (1..=COMMITS / 2).map(|number| samples::tag(&format!("v1.{number}.0"), number * 2)).collect();
    let parts = partition(&commits, &tags);
    assert!(parts.iter().all(|part| part.commits.len() == 2));
}
