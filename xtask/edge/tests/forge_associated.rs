//! Which merged pull requests brought commits in: never one too many, never one too few, never a guess.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the functions beside the tests may fail a test too"
)]

mod scripted;

use std::collections::BTreeMap;

use jiff::Timestamp;
use release_core::facts::{CommitFacts, Identity, PullRequestFacts};
use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_edge::forge::Forge as _;
use release_edge::forge::github::{Connection, queries};
use scripted::{Reply, Seen, Server, forge, forge_with, json, with};
use serde_json::{Value, json as value};

fn id(number: usize) -> ObjectId {
    ObjectId::try_from(format!("{number:040x}")).unwrap()
}

fn date(number: usize) -> Timestamp {
    Timestamp::from_second(1_600_000_000 + i64::try_from(number).unwrap()).unwrap()
}

/// Commit `number`, written at its own second, with these parents.
fn commit_of(number: usize, subject: &str, parents: &[usize]) -> CommitFacts {
    CommitFacts {
        id: id(number),
        parents: parents.iter().map(|parent| id(*parent)).collect(),
        subject: subject.to_owned(),
        body: String::new(),
        author: Identity { name: "A".into(), email: "a@example.org".into() },
        authored: date(number),
        committed: date(number + 1_000_000),
    }
}

/// A line of commits, newest first, `last` down to 1.
fn line(last: usize) -> Vec<CommitFacts> {
    (1..=last).rev().map(|number| commit_of(number, &format!("subject {number}"), &[number - 1])).collect()
}

fn pull(number: u64) -> Value {
    value!({
        "number": number, "title": format!("Title {number}"), "body": "text", "url": format!("https://github.com/acme/app/pull/{number}"),
        "merged": true, "mergedAt": "2026-11-01T10:00:00Z", "baseRefName": "main", "headRefName": "topic", "isCrossRepository": false,
        "author": {"login": "octocat", "__typename": "User"},
        "labels": {"pageInfo": {"hasNextPage": false}, "nodes": [{"name": "minor"}]},
    })
}

fn pull_with(number: u64, change: impl FnOnce(&mut Value)) -> Value {
    let mut node = pull(number);
    change(&mut node);
    node
}

/// A recent pull request whose own commits are these (subject, second).
fn recent(number: u64, merge_commit: usize, commits: &[(String, usize)]) -> Value {
    pull_with(number, |node| {
        let nodes: Vec<Value> = commits
            .iter()
            .map(|(headline, second)| value!({"commit": {"messageHeadline": headline, "authoredDate": date(*second).to_string()}}))
            .collect();
        node["updatedAt"] = value!("2026-11-01T10:00:00Z");
        node["mergeCommit"] = value!({"oid": id(merge_commit).as_str()});
        node["commits"] = value!({"totalCount": nodes.len(), "nodes": nodes});
    })
}

fn own_commits(numbers: impl IntoIterator<Item = usize>) -> Vec<(String, usize)> {
    numbers.into_iter().map(|number| (format!("subject {number}"), number)).collect()
}

/// What GitHub knows.
#[derive(Default)]
struct World {
    associated: BTreeMap<ObjectId, Vec<Value>>,
    recent: Vec<Value>,
    unknown: Vec<ObjectId>,
    /// More pull requests than the first ten, by commit.
    crowded: Vec<ObjectId>,
}

impl World {
    fn with(commits: impl IntoIterator<Item = (usize, Vec<Value>)>) -> Self {
        Self {
            associated: commits.into_iter().map(|(number, nodes)| (id(number), nodes)).collect(),
            ..Self::default()
        }
    }

    fn answer(&self, seen: &Seen) -> Reply {
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/graphql"));
        let body = seen.json();
        let query = body["query"].as_str().unwrap();
        assert_eq!(body["variables"]["owner"], "acme");
        if query.contains("pullRequests(") {
            assert_eq!(body["variables"]["base"], "main");
            let start = body["variables"]["after"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
            let end = self.recent.len().min(start + 50);
            let page = value!({"hasNextPage": end < self.recent.len(), "endCursor": end.to_string()});
            let page = value!({"pageInfo": page, "nodes": self.recent[start..end]});
            return json(200, value!({"data": {"repository": {"pullRequests": page}}}));
        }
        let few = query.contains("first: 10)");
        let mut answered = serde_json::Map::new();
        for part in query.split(": object(oid: \"").collect::<Vec<_>>().windows(2) {
            let alias = part[0].rsplit(' ').next().unwrap();
            let commit = ObjectId::try_from(part[1][..40].to_owned()).unwrap();
            let nodes = self.associated.get(&commit).cloned().unwrap_or_default();
            let more = few && self.crowded.contains(&commit);
            let shown: Vec<_> = if more { nodes[..10].to_vec() } else { nodes };
            answered.insert(
                alias.to_owned(),
                if self.unknown.contains(&commit) {
                    Value::Null
                } else {
                    value!({"oid": commit.as_str(), "associatedPullRequests": {"pageInfo": {"hasNextPage": more}, "nodes": shown}})
                },
            );
        }
        json(200, value!({"data": {"repository": answered}}))
    }

    /// Asks about commits; the answer and how many reads it took.
    fn ask(
        self,
        commits: &[CommitFacts],
    ) -> (Result<Vec<PullRequestFacts>, release_edge::failure::Failure>, u32) {
        let server = Server::with(move |seen| self.answer(seen));
        let (forge, _) = forge(&server);
        let answer = forge.merged_pull_requests(&["main".to_owned()], commits);
        (answer, forge.requests().forge_reads)
    }

    fn numbers(self, commits: &[CommitFacts]) -> BTreeMap<u64, Vec<ObjectId>> {
        let facts = self.ask(commits).0.unwrap();
        facts.into_iter().map(|facts| (facts.number, facts.commits)).collect()
    }
}

fn ids(numbers: impl IntoIterator<Item = usize>) -> Vec<ObjectId> {
    numbers.into_iter().map(id).collect()
}

#[test]
fn fifty_commits_cost_one_read_and_direct_pushes_one_more() {
    for (commits, reads) in [(0, 0), (1, 1), (50, 1), (51, 2), (120, 3)] {
        let world = World::with((1..=commits).map(|number| (number, vec![pull(1)])));
        let (facts, sent) = world.ask(&line(commits));
        assert_eq!((facts.unwrap().len(), sent), (usize::from(commits > 0), reads), "{commits}");
    }
    let world = World::with((2..=120).map(|number| (number, vec![pull(1)])));
    assert_eq!(world.ask(&line(120)).1, 4);
}

#[test]
fn each_pull_request_is_listed_once_with_its_commits_in_order() {
    let world = World::with([
        (1, vec![pull(8)]),
        (2, vec![pull(7), pull(8)]),
        (3, vec![pull(8)]),
        (4, vec![pull(7)]),
    ]);
    assert_eq!(world.numbers(&line(4)), BTreeMap::from([(7, ids([4, 2])), (8, ids([3, 2, 1]))]));
}

#[test]
fn every_fact_is_read() {
    let bot = pull_with(1, |node| {
        node["author"] = value!({"login": "dependabot", "__typename": "Bot"});
        let labels: Vec<Value> = (0..30).map(|number| value!({"name": format!("l{number}")})).collect();
        node["labels"]["nodes"] = value!(labels);
    });
    let ghost = pull_with(2, |node| node["author"] = Value::Null);
    let facts = World::with([(1, vec![bot, ghost])]).ask(&line(1)).0.unwrap();
    assert_eq!(
        (facts[0].bot, facts[0].author.as_deref(), facts[0].labels.len()),
        (true, Some("dependabot"), 30)
    );
    assert_eq!((facts[1].bot, &facts[1].author), (false, &None));
    assert_eq!(facts[0].merged, Some("2026-11-01T10:00:00Z".parse().unwrap()));
    assert_eq!(
        (facts[0].base.as_str(), facts[0].head.as_str(), facts[0].body.as_str()),
        ("main", "topic", "text")
    );
}

#[test]
fn only_what_was_merged_into_the_branch_counts() {
    let other = pull_with(1, |node| node["baseRefName"] = value!("release/1.2"));
    let open = pull_with(2, |node| {
        node["merged"] = value!(false);
        node["mergedAt"] = Value::Null;
    });
    let world = World::with([(1, vec![other, open, pull(3)])]);
    assert_eq!(world.numbers(&line(1)), BTreeMap::from([(3, ids([1]))]));
}

#[test]
fn a_number_in_a_title_is_only_a_title() {
    let commits = [commit_of(1, "Add x (#99)", &[0])];
    assert_eq!(World::with([(1, vec![])]).numbers(&commits), BTreeMap::new());
}

#[test]
fn a_commit_of_more_than_ten_pull_requests_is_asked_for_again() {
    let nodes: Vec<Value> = (1..=14).map(pull).collect();
    let world = World { crowded: vec![id(1)], ..World::with([(1, nodes)]) };
    let (facts, reads) = world.ask(&line(1));
    assert_eq!((facts.unwrap().len(), reads), (14, 2));
}

#[test]
fn whatever_is_missing_or_cut_off_stops_the_run() {
    let unknown = World { unknown: vec![id(2)], ..World::default() };
    let failure = unknown.ask(&line(3)).0.unwrap_err();
    assert!(
        failure.message.contains("does not know the commit") && failure.hint.contains("push"),
        "{failure}"
    );
    let labels = pull_with(4, |node| node["labels"]["pageInfo"]["hasNextPage"] = value!(true));
    assert_eq!(World::with([(1, vec![labels])]).ask(&line(1)).0.unwrap_err().cause, Cause::Forge);
    let hidden = pull_with(4, |node| node["labels"] = Value::Null);
    assert_eq!(World::with([(1, vec![hidden])]).ask(&line(1)).0.unwrap_err().cause, Cause::Forge);
}

/// One answer, whatever is asked.
fn answered(reply: Reply) -> (Cause, u32) {
    let server = Server::script(vec![reply]);
    let (forge, _) = forge(&server);
    let failure = forge.merged_pull_requests(&["main".to_owned()], &line(1)).unwrap_err();
    (failure.cause, forge.requests().forge_reads)
}

#[test]
fn an_error_beside_data_is_an_error() {
    let good = value!({"c0": {"oid": id(1).as_str(), "associatedPullRequests": {"pageInfo": {"hasNextPage": false}, "nodes": []}}});
    let partial = |kind: &str| value!({"data": {"repository": good}, "errors": [{"type": kind, "message": "m", "path": ["repository"]}]});
    assert_eq!(answered(json(200, partial("FORBIDDEN"))), (Cause::TokenRights, 1));
    assert_eq!(answered(json(200, partial("INTERNAL"))), (Cause::Forge, 1));
    let untyped = value!({"data": {"repository": good}, "errors": [{"message": "Something went wrong"}]});
    assert_eq!(answered(json(200, untyped)), (Cause::Forge, 6));
    let hidden = value!({"data": {"repository": null}, "errors": [{"type": "NOT_FOUND", "message": "m"}]});
    assert_eq!(answered(json(200, hidden)), (Cause::TokenRights, 1));
    assert_eq!(answered(json(200, value!({"data": {"repository": null}}))), (Cause::TokenRights, 1));
    assert_eq!(answered(json(200, value!({"data": {"repository": {}}}))), (Cause::Forge, 1));
    let broken = value!({"data": {"repository": {"c0": {"oid": id(1).as_str()}}}});
    assert_eq!(answered(json(200, broken)), (Cause::Forge, 6));
}

#[test]
fn a_limit_said_with_status_200_is_waited_for() {
    let limited = value!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]});
    let reset = (1_700_000_000 + 29).to_string();
    let world = World::with([(1, vec![pull(1)])]);
    let first = std::sync::atomic::AtomicBool::new(true);
    let server = Server::with(move |seen| {
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            with(200, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)], &limited)
        } else {
            world.answer(seen)
        }
    });
    let (forge, clock) = forge(&server);
    assert_eq!(forge.merged_pull_requests(&["main".to_owned()], &line(1)).unwrap().len(), 1);
    assert_eq!(clock.sleeps(), vec![30]);
}

#[test]
fn pull_requests_need_a_token() {
    let server = Server::script(vec![json(200, "{}")]);
    let (forge, _) = forge_with(&server, |connection| Connection { token: None, ..connection });
    assert_eq!(
        forge.merged_pull_requests(&["main".to_owned()], &line(1)).unwrap_err().cause,
        Cause::TokenMissing
    );
    assert!(server.seen().is_empty());
}

#[test]
fn a_squash_of_a_moment_ago_is_known_by_its_commit() {
    let squashed = recent(9, 3, &[("fix typo".to_owned(), 77), ("subject 2".to_owned(), 78)]);
    let world = World { recent: vec![squashed], ..World::with([(1, vec![pull(1)])]) };
    assert_eq!(world.numbers(&line(3)), BTreeMap::from([(1, ids([1])), (9, ids([3]))]));
}

#[test]
fn a_merge_of_a_moment_ago_is_known_with_its_branch() {
    // 1 is on the branch before; 2 and 3 come with the merge 4; 5 was pushed after it.
    let commits = [
        commit_of(5, "direct", &[4]),
        commit_of(4, "Merge pull request #9", &[1, 3]),
        commit_of(3, "second", &[2]),
        commit_of(2, "first", &[0]),
        commit_of(1, "before", &[0]),
    ];
    let world = World { recent: vec![recent(9, 4, &[])], ..World::default() };
    assert_eq!(world.numbers(&commits), BTreeMap::from([(9, ids([4, 3, 2]))]));
}

#[test]
fn a_rebase_of_a_moment_ago_is_known_by_what_it_keeps() {
    let world = World { recent: vec![recent(9, 40, &own_commits(5..=40))], ..World::default() };
    assert_eq!(world.numbers(&line(41)), BTreeMap::from([(9, ids((5..=40).rev()))]));
}

#[test]
fn a_rebase_leaves_out_merges_and_empty_commits() {
    let mut own = own_commits(2..=4);
    own.insert(1, ("Merge branch main".to_owned(), 500));
    let world = World { recent: vec![recent(9, 4, &own)], ..World::default() };
    assert_eq!(world.numbers(&line(5)), BTreeMap::from([(9, ids([4, 3, 2]))]));
}

#[test]
fn the_same_subject_at_another_time_is_another_commit() {
    let mut own = own_commits(2..=4);
    own[0].1 = 999;
    let world = World { recent: vec![recent(9, 4, &own)], ..World::default() };
    assert_eq!(world.numbers(&line(4)), BTreeMap::from([(9, ids([4, 3]))]));
}

#[test]
fn a_headline_that_was_cut_still_matches() {
    let long = "word ".repeat(30);
    let commits = [commit_of(2, "last", &[1]), commit_of(1, long.trim(), &[0])];
    let own = [(format!("{}…", &long[..69]), 1), ("last".to_owned(), 2)];
    let world = World { recent: vec![recent(9, 2, &own)], ..World::default() };
    assert_eq!(world.numbers(&commits), BTreeMap::from([(9, ids([2, 1]))]));
}

#[test]
fn two_rebases_in_a_row_keep_apart() {
    let world = World {
        recent: vec![recent(9, 6, &own_commits(4..=6)), recent(8, 3, &own_commits(1..=3))],
        ..World::default()
    };
    assert_eq!(world.numbers(&line(6)), BTreeMap::from([(8, ids([3, 2, 1])), (9, ids([6, 5, 4]))]));
}

#[test]
fn a_rebase_that_the_forge_does_not_show_in_full_stops_the_run() {
    let mut cut = recent(9, 140, &own_commits(41..=140));
    cut["commits"]["totalCount"] = value!(130);
    let world = World { recent: vec![cut], ..World::default() };
    let failure = world.ask(&line(150)).0.unwrap_err();
    assert!(failure.hint.contains("run again"), "{failure}");
    let mut whole_range = recent(9, 100, &own_commits(1..=100));
    whole_range["commits"]["totalCount"] = value!(130);
    let world = World { recent: vec![whole_range], ..World::default() };
    assert_eq!(world.numbers(&line(100))[&9].len(), 100, "the rest lies before the range");
}

#[test]
fn a_recent_pull_request_of_other_commits_or_branches_is_none_of_ours() {
    let elsewhere = recent(7, 999, &own_commits(1..=3));
    let mut other = recent(8, 3, &own_commits(1..=3));
    other["baseRefName"] = value!("next");
    let mut unmerged = recent(9, 3, &[]);
    unmerged["mergeCommit"] = Value::Null;
    let world = World { recent: vec![elsewhere, other, unmerged], ..World::default() };
    assert_eq!(world.numbers(&line(3)), BTreeMap::new());
}

/// So many pull requests of other commits that changed after the one that matters, which is the last.
fn behind(others: u64, wanted: Value) -> Vec<Value> {
    (1000..1000 + others).map(|number| recent(number, 900, &[])).chain([wanted]).collect()
}

#[test]
fn a_pull_request_behind_many_that_changed_since_is_found_on_a_further_page() {
    for (others, reads) in [(49, 2), (50, 3), (149, 4)] {
        let world = World { recent: behind(others, recent(9, 1, &[])), ..World::default() };
        let (facts, sent) = world.ask(&line(1));
        let numbers: Vec<u64> = facts.unwrap().iter().map(|facts| facts.number).collect();
        assert_eq!((numbers, sent), (vec![9], reads), "{others}");
    }
}

#[test]
fn the_list_is_read_no_further_than_the_oldest_commit_without_a_pull_request() {
    let mut all = behind(149, recent(9, 1, &[]));
    // The last of the first page changed before commit 1 was made.
    all[49]["updatedAt"] = value!(date(1_000_000).to_string());
    let world = World { recent: all, ..World::default() };
    let (facts, sent) = world.ask(&line(1));
    assert_eq!((facts.unwrap().len(), sent), (0, 2));
    // Once every commit has its pull request, nothing is left to look for.
    let mut all = behind(149, recent(9, 900, &[]));
    all[0] = recent(9, 1, &[]);
    let world = World { recent: all, ..World::default() };
    let (facts, sent) = world.ask(&line(1));
    assert_eq!((facts.unwrap().len(), sent), (1, 2));
}

#[test]
fn a_list_that_is_too_long_to_be_read_stops_the_run_but_for_commits_that_are_old() {
    let world = || World { recent: behind(150, recent(9, 1, &[])), ..World::default() };
    let mut commits = line(1);
    let (facts, sent) = world().ask(&commits);
    assert_eq!((facts.unwrap().len(), sent), (0, 4), "three years after it was made");
    commits[0].committed = Timestamp::from_second(1_700_000_000 - 60).unwrap();
    let (answer, sent) = world().ask(&commits);
    let failure = answer.unwrap_err();
    assert_eq!((failure.cause, sent), (Cause::Forge, 4));
    assert!(failure.message.contains(id(1).short()) && failure.message.contains("150"), "{failure}");
    assert!(failure.hint.contains("run again"), "{}", failure.hint);
}

#[test]
fn an_empty_page_of_a_list_that_goes_on_is_not_its_end() {
    let associated = value!({"c0": {"oid": id(1).as_str(), "associatedPullRequests": {"pageInfo": {"hasNextPage": false}, "nodes": []}}});
    let page = |info: Value, nodes: Value| {
        json(200, value!({"data": {"repository": {"pullRequests": {"pageInfo": info, "nodes": nodes}}}}))
    };
    let first = json(200, value!({"data": {"repository": associated}}));
    let empty = page(value!({"hasNextPage": true, "endCursor": "x"}), value!([]));
    let last = page(value!({"hasNextPage": false, "endCursor": null}), value!([recent(9, 1, &[])]));
    let server = Server::script(vec![first.clone(), empty, last]);
    let (forge, _) = forge(&server);
    assert_eq!(forge.merged_pull_requests(&["main".to_owned()], &line(1)).unwrap().len(), 1);
    let lost = page(value!({"hasNextPage": true, "endCursor": null}), value!([]));
    let server = Server::script(vec![first, lost]);
    let (forge, _) = scripted::forge(&server);
    let failure = forge.merged_pull_requests(&["main".to_owned()], &line(1)).unwrap_err();
    assert_eq!(failure.cause, Cause::Forge, "{failure}");
}

#[test]
fn every_query_can_be_had_without_sending_it() {
    let names: Vec<&str> = queries().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["associated", "associated-many", "recent"]);
    for (name, query) in queries() {
        assert_eq!(query.matches('{').count(), query.matches('}').count(), "{name}");
        assert!(query.starts_with("query "), "{name}");
    }
}
