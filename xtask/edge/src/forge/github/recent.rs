//! Pull requests merged so short a time ago that GitHub does not yet associate their commits with them. Recognises them by their
//! merge commit and, after a rebase, by what a rebase keeps. Never guesses from titles.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use release_core::facts::CommitFacts;
use release_core::finding::Cause;
use release_core::identity::ObjectId;
use serde::Deserialize;

use super::associated::{FIELDS, Found, Node};
use crate::failure::Failure;

/// The query for the pull requests into a branch that changed last.
pub(super) fn query() -> String {
    format!(
        "query Recent($owner: String!, $name: String!, $base: String!) {{ repository(owner: $owner, name: $name) {{ \
         pullRequests(states: MERGED, baseRefName: $base, first: 50, orderBy: {{ field: UPDATED_AT, direction: DESC }}) {{ \
         nodes {{ {FIELDS} mergeCommit {{ oid }} \
         commits(last: 100) {{ totalCount nodes {{ commit {{ messageHeadline authoredDate }} }} }} }} }} }} }}"
    )
}

/// What the query answers.
#[derive(Deserialize)]
pub(super) struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    repository: Option<Repository>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    pull_requests: Nodes<Recent>,
}

#[derive(Deserialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

/// A pull request merged a short time ago.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recent {
    merge_commit: Option<Oid>,
    commits: Commits,
    #[serde(flatten)]
    node: Node,
}

#[derive(Deserialize)]
struct Oid {
    oid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commits {
    total_count: usize,
    nodes: Vec<CommitNode>,
}

#[derive(Deserialize)]
struct CommitNode {
    commit: Commit,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commit {
    message_headline: String,
    authored_date: Timestamp,
}

impl Answer {
    pub(super) fn into_list(self) -> Option<Vec<Recent>> {
        Some(self.data.repository?.pull_requests.nodes)
    }
}

/// Gives the commits without a pull request to those of `recent` that brought them in.
pub(super) fn assign(
    found: &mut Found,
    recent: Vec<Recent>,
    base: &str,
    commits: &[CommitFacts],
) -> Result<(), Failure> {
    let known: BTreeMap<&str, &CommitFacts> =
        commits.iter().map(|commit| (commit.id.as_str(), commit)).collect();
    for pull_request in recent {
        let merged = pull_request.merge_commit.as_ref().and_then(|oid| known.get(oid.oid.as_str()));
        let Some(merged) = merged.copied().filter(|merged| !found.has(&merged.id)) else { continue };
        if !pull_request.node.counts(base) {
            continue;
        }
        let brought = if merged.parents.len() > 1 {
            merged_side(merged, &known)
        } else {
            rebased(merged, &pull_request.commits, &known)?
        };
        let facts = pull_request.node.facts()?;
        let number = facts.number;
        found.insert(facts, &merged.id);
        for id in brought.into_iter().filter(|id| **id != merged.id) {
            if !found.has(id) {
                found.extend(number, id);
            }
        }
    }
    Ok(())
}

/// The commits that a merge commit brought in: those its other parents lead to and its first does not.
fn merged_side<'a>(
    merged: &'a CommitFacts,
    known: &BTreeMap<&str, &'a CommitFacts>,
) -> BTreeSet<&'a ObjectId> {
    let own = reachable(merged.parents.first().into_iter(), known);
    let other = reachable(merged.parents.iter().skip(1), known);
    other.difference(&own).copied().collect()
}

/// The known commits that some commits lead to, themselves included.
fn reachable<'a>(
    from: impl Iterator<Item = &'a ObjectId>,
    known: &BTreeMap<&str, &'a CommitFacts>,
) -> BTreeSet<&'a ObjectId> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&ObjectId> = from.collect();
    while let Some(id) = open.pop() {
        let Some(commit) = known.get(id.as_str()) else { continue };
        if reached.insert(id) {
            open.extend(&commit.parents);
        }
    }
    reached
}

/// The run of commits that ends in `last` and was made by rebasing `commits`: a rebase keeps subject and date of authorship. After a
/// squash that is none but `last` itself.
fn rebased<'a>(
    last: &'a CommitFacts,
    commits: &Commits,
    known: &BTreeMap<&str, &'a CommitFacts>,
) -> Result<BTreeSet<&'a ObjectId>, Failure> {
    let mut run = BTreeSet::new();
    let mut next = Some(last);
    // A rebase leaves out merges and commits that became empty: those match nothing and are passed over.
    for CommitNode { commit } in commits.nodes.iter().rev() {
        let Some(here) = next else { return Ok(run) };
        if is_same(commit, here) {
            run.insert(&here.id);
            next = here.parents.first().and_then(|parent| known.get(parent.as_str())).copied();
        }
    }
    let cut_off = commits.total_count > commits.nodes.len();
    if cut_off && !run.is_empty() && next.is_some() {
        return Err(Failure::new(
            Cause::Forge,
            format!(
                "the commit `{}` ends a pull request of {} commits that was merged a moment ago: the forge does not know all of \
                 them yet",
                last.id.short(),
                commits.total_count
            ),
            "run again in a minute",
        ));
    }
    Ok(run)
}

fn is_same(theirs: &Commit, ours: &CommitFacts) -> bool {
    let headline = theirs.message_headline.trim_end();
    let subject = ours.subject.trim_end();
    // GitHub cuts a long first line and says so.
    let same = headline == subject
        || headline.strip_suffix('…').is_some_and(|start| subject.starts_with(start.trim_end()))
        || headline.strip_suffix("...").is_some_and(|start| subject.starts_with(start.trim_end()));
    same && theirs.authored_date.as_second() == ours.authored.as_second()
}
