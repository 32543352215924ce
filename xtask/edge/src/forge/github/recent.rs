//! Pull requests merged so short a time ago that GitHub does not yet associate their commits with them. Recognises them by their
//! merge commit and, after a rebase, by what a rebase keeps. Never guesses from titles, and never takes a commit for one without a pull
//! request because the list was too long to be read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use release_core::facts::CommitFacts;
use release_core::finding::Cause;
use release_core::identity::ObjectId;
use serde::Deserialize;
use serde_json::json;

use super::GitHub;
use super::associated::{FIELDS, Found, Node};
use super::pulls::READ;
use crate::failure::Failure;
use crate::forge::operation::Operation;

/// How many pull requests a page has, and how many pages are read at most: reading the repository, whose token it is and these pages
/// are the five requests that planning may take beside those for commits and releases.
const PAGE: usize = 50;
const PAGES: usize = 3;

/// How long GitHub's index may lag behind, with much to spare: it takes seconds.
const LAG: Duration = Duration::from_secs(24 * 60 * 60);

/// The query for the pull requests into a branch that changed last.
pub(super) fn query() -> String {
    format!(
        "query Recent($owner: String!, $name: String!, $base: String!, $after: String) {{ repository(owner: $owner, name: $name) {{ \
         pullRequests(states: MERGED, baseRefName: $base, first: {PAGE}, after: $after, \
         orderBy: {{ field: UPDATED_AT, direction: DESC }}) {{ pageInfo {{ hasNextPage endCursor }} \
         nodes {{ {FIELDS} updatedAt mergeCommit {{ oid }} \
         commits(last: 100) {{ totalCount nodes {{ commit {{ messageHeadline authoredDate }} }} }} }} }} }} }}"
    )
}

/// What the query answers.
#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    repository: Option<Repository>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    pull_requests: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_info: PageInfo,
    nodes: Vec<Recent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

/// A pull request merged a short time ago.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recent {
    updated_at: Timestamp,
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

impl GitHub {
    /// Gives the commits without a pull request to those of the merged ones into `base` that brought them in.
    ///
    /// A pull request changes when it is merged, so one that brought a commit in changed after that commit was made, and stands before
    /// all that changed earlier: the list is read until it comes to what changed before the oldest commit that is left.
    pub(super) fn search_recent(
        &self,
        found: &mut Found,
        base: &str,
        commits: &[CommitFacts],
    ) -> Result<(), Failure> {
        let mut after = None;
        for _ in 0..PAGES {
            let page = self.ask_recent(base, after.as_deref())?;
            let last = page.nodes.last().map(|pull_request| pull_request.updated_at);
            assign(found, page.nodes, base, commits)?;
            let Some(oldest) = left(found, commits).map(|commit| commit.committed).min() else {
                return Ok(());
            };
            // An empty page of a list that goes on says nothing.
            if !page.page_info.has_next_page || last.is_some_and(|last| last < oldest) {
                return Ok(());
            }
            after = Some(page.page_info.end_cursor.ok_or_else(|| endless(base))?);
        }
        // What the index does not know after so long was pushed without a pull request.
        let since = self.patience.now().checked_sub(LAG).unwrap_or(Timestamp::MIN);
        match left(found, commits).find(|commit| commit.committed > since) {
            Some(commit) => Err(unsearched(commit)),
            None => Ok(()),
        }
    }

    /// Asks for a page of the merged pull requests into `base`, those that changed last first.
    fn ask_recent(&self, base: &str, after: Option<&str>) -> Result<Page, Failure> {
        let operation = Operation::read(format!("read the last pull requests merged into `{base}`"), READ);
        let variables =
            json!({ "owner": self.address.owner, "name": self.address.name, "base": base, "after": after });
        let answer: Answer = self.query(&operation, &query(), &variables)?;
        Ok(answer.data.repository.ok_or_else(|| self.hidden())?.pull_requests)
    }
}

/// The commits without a pull request.
fn left<'a>(found: &Found, commits: &'a [CommitFacts]) -> impl Iterator<Item = &'a CommitFacts> {
    commits.iter().filter(|commit| !found.has(&commit.id))
}

fn endless(base: &str) -> Failure {
    let what = format!("cannot read the last pull requests merged into `{base}`");
    Failure::of(Cause::Forge, format!("{what}: the list goes on, and the forge does not say where"))
}

fn unsearched(commit: &CommitFacts) -> Failure {
    Failure::new(
        Cause::Forge,
        format!(
            "it is not known whether the commit `{}` has a pull request: the forge does not say so by the commit, and more than {} \
             pull requests changed since it was made",
            commit.id.short(),
            PAGE * PAGES
        ),
        "run again in a minute: if it has one, the forge knows by then; if it has none, that is taken for granted a day after it was \
         made",
    )
}

/// Gives the commits without a pull request to those of `recent` that brought them in.
fn assign(
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
        if !pull_request.node.counts(&[base.to_owned()]) {
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
