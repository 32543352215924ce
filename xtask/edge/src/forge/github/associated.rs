//! The merged pull requests behind commits, through the GraphQL API. Never reads numbers from titles, and never returns a list
//! that may be shorter than the truth: what is cut off or missing is a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use release_core::facts::{CommitFacts, PullRequestFacts};
use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_core::untrusted::terminal_line;
use serde::Deserialize;
use serde_json::json;

use super::GitHub;
use super::pulls::READ;
use super::recent;
use crate::failure::Failure;
use crate::forge::operation::Operation;

/// How many commits one query asks about. With [`FEW`] pull requests of a hundred labels each that is a tenth of the 500,000 nodes
/// a query may ask for.
///
/// Source: <https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>.
const COMMITS: usize = 50;

/// How many pull requests of a commit are asked for at first, and where there are more.
const FEW: usize = 10;
const MANY: usize = 100;

/// What is asked of each pull request.
pub(super) const FIELDS: &str = "number title body url merged mergedAt baseRefName headRefName isCrossRepository author { login __typename } \
                                 labels(first: 100) { pageInfo { hasNextPage } nodes { name } }";

/// The queries this module sends, by name, with made-up commits, so that they can be checked against GitHub's schema.
#[must_use]
pub fn queries() -> Vec<(&'static str, String)> {
    let commits: Vec<String> = ["0", "a"].iter().map(|digit| digit.repeat(40)).collect();
    let commits: Vec<&str> = commits.iter().map(String::as_str).collect();
    vec![
        ("associated", query(&commits, FEW)),
        ("associated-many", query(&commits, MANY)),
        ("recent", recent::query()),
    ]
}

/// The query for the pull requests of some commits, whose names are hexadecimal digits only. What is asked of each commit is written
/// once, which makes the query a quarter as long, and its reading as quick.
fn query(commits: &[&str], pull_requests: usize) -> String {
    let mut text = String::from(
        "query Associated($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {",
    );
    // Writing to a String cannot fail.
    for (place, commit) in commits.iter().enumerate() {
        let _ = write!(text, " c{place}: object(oid: \"{commit}\") {{ ...Brought }}");
    }
    let _ = write!(
        text,
        " }} }} fragment Brought on Commit {{ oid associatedPullRequests(first: {pull_requests}) \
         {{ pageInfo {{ hasNextPage }} nodes {{ {FIELDS} }} }} }}"
    );
    text
}

/// What the query answers.
#[derive(Deserialize)]
struct Associated {
    data: AssociatedData,
}

#[derive(Deserialize)]
struct AssociatedData {
    repository: Option<BTreeMap<String, Option<Commit>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commit {
    oid: String,
    associated_pull_requests: Connection,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection {
    page_info: PageInfo,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
}

/// A pull request as [`FIELDS`] asks for it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    number: u64,
    title: String,
    body: String,
    url: String,
    merged: bool,
    merged_at: Option<Timestamp>,
    base_ref_name: String,
    head_ref_name: String,
    is_cross_repository: bool,
    author: Option<Author>,
    labels: Option<Labels>,
}

#[derive(Deserialize)]
struct Author {
    login: String,
    #[serde(rename = "__typename")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Labels {
    page_info: PageInfo,
    nodes: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

impl Node {
    /// Whether this brought something into one of `bases`.
    pub(super) fn counts(&self, bases: &[String]) -> bool {
        let name = &self.base_ref_name;
        let is = |base: &String| base.strip_suffix('*').map_or(base == name, |start| name.starts_with(start));
        self.merged && bases.iter().any(is)
    }

    /// The facts, without commits.
    pub(super) fn facts(self) -> Result<PullRequestFacts, Failure> {
        // The schema lets the list be null. Taken for an empty one, it could lower the version.
        let Some(labels) = self.labels.filter(|labels| !labels.page_info.has_next_page) else {
            return Err(Failure::of(
                Cause::Forge,
                format!(
                    "the forge does not show all labels of the pull request #{}; it shows 100 at most",
                    self.number
                ),
            ));
        };
        Ok(PullRequestFacts {
            number: self.number,
            title: self.title,
            body: self.body,
            bot: self.author.as_ref().is_some_and(|author| author.kind == "Bot"),
            author: self.author.map(|author| author.login),
            url: self.url,
            base: self.base_ref_name,
            head: self.head_ref_name,
            fork: self.is_cross_repository,
            labels: labels.nodes.into_iter().map(|label| label.name).collect(),
            merged: self.merged_at,
            commits: Vec::new(),
        })
    }
}

/// The merged pull requests found so far, by number, and which commits they hold.
#[derive(Default)]
pub(super) struct Found {
    pull_requests: BTreeMap<u64, PullRequestFacts>,
    holds: BTreeMap<u64, BTreeSet<ObjectId>>,
    associated: BTreeSet<ObjectId>,
}

impl Found {
    /// Whether a commit belongs to a pull request that was found.
    pub(super) fn has(&self, commit: &ObjectId) -> bool {
        self.associated.contains(commit)
    }

    /// Adds a pull request, known or not, with one commit of it.
    pub(super) fn insert(&mut self, facts: PullRequestFacts, commit: &ObjectId) {
        self.extend(facts.number, commit);
        self.pull_requests.entry(facts.number).or_insert(facts);
    }

    /// Adds one more commit of a pull request that was found.
    pub(super) fn extend(&mut self, number: u64, commit: &ObjectId) {
        self.holds.entry(number).or_default().insert(commit.clone());
        self.associated.insert(commit.clone());
    }

    /// The pull requests by number, each with its commits in the order asked.
    fn into_facts(mut self, commits: &[CommitFacts]) -> Vec<PullRequestFacts> {
        for (number, facts) in &mut self.pull_requests {
            let Some(holds) = self.holds.get(number) else { continue };
            facts.commits =
                commits.iter().map(|commit| &commit.id).filter(|id| holds.contains(id)).cloned().collect();
        }
        self.pull_requests.into_values().collect()
    }
}

impl GitHub {
    pub(super) fn read_merged(
        &self,
        bases: &[String],
        commits: &[CommitFacts],
    ) -> Result<Vec<PullRequestFacts>, Failure> {
        let mut found = Found::default();
        let mut crowded = Vec::new();
        for chunk in commits.chunks(COMMITS) {
            for (id, connection) in self.ask_associated(chunk.iter().map(|commit| &commit.id), FEW)? {
                if connection.page_info.has_next_page {
                    crowded.push(id);
                } else {
                    take(&mut found, connection, bases, &id)?;
                }
            }
        }
        for chunk in crowded.chunks(COMMITS * FEW / MANY) {
            for (id, connection) in self.ask_associated(chunk.iter(), MANY)? {
                if connection.page_info.has_next_page {
                    let message =
                        format!("the commit `{}` belongs to more than {MANY} pull requests", id.short());
                    return Err(Failure::of(Cause::Forge, message));
                }
                take(&mut found, connection, bases, &id)?;
            }
        }
        for base in bases.iter().filter(|base| !base.ends_with('*')) {
            if commits.iter().any(|commit| !found.has(&commit.id)) {
                self.search_recent(&mut found, base, commits)?;
            }
        }
        Ok(found.into_facts(commits))
    }

    /// Asks one query about at most [`COMMITS`] commits; the answer has each of them.
    fn ask_associated<'a>(
        &self,
        commits: impl Iterator<Item = &'a ObjectId>,
        pull_requests: usize,
    ) -> Result<Vec<(ObjectId, Connection)>, Failure> {
        let commits: Vec<&ObjectId> = commits.collect();
        let names: Vec<&str> = commits.iter().map(|id| id.as_str()).collect();
        let operation = Operation::read(format!("read the pull requests of {} commits", names.len()), READ);
        let variables = json!({ "owner": self.address.owner, "name": self.address.name });
        let answer: Associated = self.query(&operation, &query(&names, pull_requests), &variables)?;
        let mut answered = answer.data.repository.ok_or_else(|| self.hidden())?;
        let mut list = Vec::with_capacity(commits.len());
        for (place, id) in commits.into_iter().enumerate() {
            let commit =
                answered.remove(&format!("c{place}")).flatten().filter(|commit| commit.oid == id.as_str());
            let commit = commit.ok_or_else(|| {
                Failure::new(
                    Cause::Forge,
                    format!("the forge does not know the commit `{}`", id.short()),
                    "push the branch before it is released, and compare its remote with the repository in `config/release.yaml`",
                )
            })?;
            list.push((id.clone(), commit.associated_pull_requests));
        }
        Ok(list)
    }

    pub(super) fn hidden(&self) -> Failure {
        Failure::new(
            Cause::TokenRights,
            format!(
                "the forge shows no repository `{}` to this token",
                terminal_line(&self.address.repository())
            ),
            format!("check its name, and give the token {READ} and `contents: read` for it"),
        )
    }
}

fn take(
    found: &mut Found,
    connection: Connection,
    bases: &[String],
    commit: &ObjectId,
) -> Result<(), Failure> {
    for node in connection.nodes {
        if node.counts(bases) {
            found.insert(node.facts()?, commit);
        }
    }
    Ok(())
}
