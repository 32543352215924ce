//! How work comes to the branch that is released: straight there, or by way of a branch that collects it. Says which pull requests count,
//! which of them only carry what others brought, and whose branch has another name than agreed. Never judges a label.

use std::collections::BTreeSet;

use crate::config::ReleaseConfig;
use crate::config::release::Branches;
use crate::facts::{CommitFacts, PullRequestFacts};
use crate::finding::{Cause, Finding, Severity};
use crate::identity::{LineNumber, ObjectId};
use crate::untrusted::terminal_line;

use super::labels::rule_for;

/// What the names of branches of this tool begin with.
const OURS: &str = "slipway/";

/// The branches that pull requests were merged into on their way to what is released. One that ends with `*` means all that begin with
/// what stands before.
///
/// What came in before a line was cut went to main. With a branch that collects, it went there, or to one that prepares a release or
/// mends one.
#[must_use]
pub fn bases(line: Option<LineNumber>, branches: &Branches) -> Vec<String> {
    let mut bases = vec![branches.of(line)];
    if line.is_some() {
        bases.push(branches.main.clone());
    }
    if let Some(develop) = &branches.develop {
        bases.push(develop.clone());
        bases.extend(branches.lines.iter().chain(&branches.topics).map(|start| format!("{start}*")));
    }
    bases
}

/// Those that count among all that were merged into one of [`bases`]: one into a topic branch counts where that branch itself was merged
/// into a branch that is released.
#[must_use]
pub fn counted(
    pull_requests: Vec<PullRequestFacts>,
    line: Option<LineNumber>,
    branches: &Branches,
) -> Vec<PullRequestFacts> {
    let released = [branches.of(line), branches.main.clone()];
    let carried: BTreeSet<String> =
        pull_requests.iter().filter(|it| released.contains(&it.base)).map(|it| it.head.clone()).collect();
    let counts = |it: &PullRequestFacts| {
        released.contains(&it.base) || is_trunk(&it.base, branches) || carried.contains(&it.base)
    };
    pull_requests.into_iter().filter(counts).collect()
}

/// The pull requests that only carry what others brought, with the merge commits that are theirs. What a carrier brought and no other
/// pull request did has none.
///
/// One that was squashed carries nothing: it is all that is left of what it brought. One with a label that says something counts as
/// any other.
pub(super) fn carriers(
    commits: &[CommitFacts],
    pull_requests: &[PullRequestFacts],
    config: &ReleaseConfig,
) -> Vec<(u64, BTreeSet<ObjectId>)> {
    let merges: BTreeSet<&ObjectId> =
        commits.iter().filter(|commit| commit.parents.len() > 1).map(|commit| &commit.id).collect();
    let own = |it: &PullRequestFacts| -> BTreeSet<ObjectId> {
        it.commits.iter().filter(|id| merges.contains(id)).cloned().collect()
    };
    let carries = |it: &&PullRequestFacts| {
        may_carry(it, config) || pull_requests.iter().any(|other| is_branch_of(other, it, config))
    };
    let carriers = pull_requests.iter().filter(carries).filter(|it| !speaks(it, config));
    carriers.map(|it| (it.number, own(it))).filter(|(_, own)| !own.is_empty()).collect()
}

/// Whether a pull request brings a branch that collects to another one, so that those of its own need no label.
#[must_use]
pub fn may_carry(pull_request: &PullRequestFacts, config: &ReleaseConfig) -> bool {
    let branches = &config.branches;
    branches.develop.is_some() && !pull_request.fork && is_trunk(&pull_request.head, branches)
}

/// Whether one was merged into the topic branch that the other brought to what is released.
fn is_branch_of(other: &PullRequestFacts, carrier: &PullRequestFacts, config: &ReleaseConfig) -> bool {
    let branches = &config.branches;
    let released = carrier.base == branches.main || branches.line(&carrier.base).is_some();
    branches.develop.is_some() && !carrier.fork && released && other.base == carrier.head
}

/// Whether a label of it says how far the version moves or where it is listed.
fn speaks(pull_request: &PullRequestFacts, config: &ReleaseConfig) -> bool {
    let mut rules = pull_request.labels.iter().filter_map(|label| rule_for(label, &config.labels));
    rules.any(|rule| rule.bump.is_some() || rule.section.is_some())
}

/// Whether a branch collects work or prepares a release.
fn is_trunk(branch: &str, branches: &Branches) -> bool {
    branch == branches.main
        || branches.develop.as_deref() == Some(branch)
        || branches.lines.as_deref().is_some_and(|start| branch.starts_with(start))
}

/// What is wrong with the name of a branch, where names are agreed on.
#[must_use]
pub fn misnamed(branch: &str, branches: &Branches) -> Option<Finding> {
    let known = is_trunk(branch, branches) || branch.starts_with(OURS);
    if branches.topics.is_empty() || known || branches.topics.iter().any(|start| starts(branch, start)) {
        return None;
    }
    let starts: Vec<String> = branches.topics.iter().map(|start| format!("`{start}…`")).collect();
    Some(Finding {
        cause: Cause::BranchName,
        severity: Severity::Stop,
        message: format!("the branch `{}` has another name than agreed", terminal_line(branch)),
        hint: format!(
            "name it as one of {}, or add its beginning to `branches.topics` in `config/release.yaml`",
            starts.join(", ")
        ),
        place: None,
    })
}

/// The same of a pull request's branch. Those of forks and of bots are named by others.
#[must_use]
pub fn misnamed_head(pull_request: &PullRequestFacts, branches: &Branches) -> Option<Finding> {
    if pull_request.fork || pull_request.bot {
        return None;
    }
    let finding = misnamed(&pull_request.head, branches)?;
    let message = format!("pull request #{}: {}", pull_request.number, finding.message);
    Some(Finding { message, place: Some(pull_request.url.clone()), ..finding })
}

/// Whether a name goes on after its beginning.
fn starts(branch: &str, start: &str) -> bool {
    branch.strip_prefix(start).is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
