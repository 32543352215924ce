//! From commits and pull requests to one bump, with its reasons. A revert moves the version by its own label and cancels nothing:
//! what was merged and reverted since the last release may have been built on meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::release::{Bump, Missing, ReleaseConfig, VersionSource};
use crate::facts::{CommitFacts, PullRequestFacts};
use crate::finding::{Cause, Finding, Severity};
use crate::identity::ObjectId;

use super::conventional::conventional;
use super::flow;
use super::labels::judge;

/// How far the version moves, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The largest bump of all.
    pub bump: Bump,
    /// What asked for that bump: `#12`, or a commit's short name.
    pub because: Vec<String>,
    /// The bump of each pull request; one that only carries what others brought has none.
    pub pull_requests: BTreeMap<u64, Bump>,
    /// The commits without a pull request, oldest first, with their bumps.
    pub direct: Vec<(ObjectId, Bump)>,
    /// What stops the release, or is worth saying.
    pub findings: Vec<Finding>,
}

/// Decides the bump from everything that came in since the last release.
#[must_use]
pub fn decide(
    commits: &[CommitFacts],
    pull_requests: &[PullRequestFacts],
    config: &ReleaseConfig,
) -> Decided {
    let by_id: BTreeMap<&ObjectId, &CommitFacts> =
        commits.iter().map(|commit| (&commit.id, commit)).collect();
    let mut decided = Decided {
        bump: Bump::None,
        because: Vec::new(),
        pull_requests: BTreeMap::new(),
        direct: Vec::new(),
        findings: Vec::new(),
    };
    let mut reasons: Vec<(Bump, String)> = Vec::new();
    let mut covered: BTreeSet<&ObjectId> = BTreeSet::new();
    let carriers = flow::carriers(commits, pull_requests, config);
    for pull_request in pull_requests {
        let misnamed = flow::misnamed_head(pull_request, &config.branches);
        decided.findings.extend(misnamed.map(|finding| Finding { severity: Severity::Note, ..finding }));
        if let Some((_, own)) = carriers.iter().find(|(number, _)| *number == pull_request.number) {
            covered.extend(own);
            continue;
        }
        covered.extend(&pull_request.commits);
        let messages: Vec<(&str, &str)> = pull_request
            .commits
            .iter()
            .filter_map(|id| by_id.get(id))
            .map(|commit| (commit.subject.as_str(), commit.body.as_str()))
            .collect();
        let judgement = judge(pull_request, &messages, config);
        decided.findings.extend(judgement.findings);
        let bump = judgement.bump.unwrap_or(Bump::None);
        decided.pull_requests.insert(pull_request.number, bump);
        reasons.push((bump, format!("#{}", pull_request.number)));
    }
    for commit in commits.iter().rev().filter(|commit| !covered.contains(&commit.id)) {
        let bump = judge_direct(commit, config, &mut decided.findings);
        decided.direct.push((commit.id.clone(), bump));
        reasons.push((bump, commit.id.short().to_owned()));
    }
    decided.bump = reasons.iter().map(|(bump, _)| *bump).max().unwrap_or(Bump::None);
    decided.because = reasons
        .into_iter()
        .filter(|(bump, _)| *bump == decided.bump && *bump != Bump::None)
        .map(|(_, reason)| reason)
        .collect();
    decided
}

fn judge_direct(commit: &CommitFacts, config: &ReleaseConfig, findings: &mut Vec<Finding>) -> Bump {
    let subject = crate::untrusted::terminal_line(&commit.subject);
    if config.version.source != VersionSource::Labels
        && let Some(message) = conventional(&commit.subject, &commit.body)
    {
        return message.bump();
    }
    let severity = match config.version.direct_commits {
        Missing::Stop => Severity::Stop,
        Missing::RideAlong => Severity::Note,
    };
    findings.push(Finding {
        cause: Cause::CommitWithoutPullRequest,
        severity,
        message: format!("commit {} `{subject}` came in without a pull request", commit.id.short()),
        hint: "set `version.direct_commits: ride-along` to list it without moving the version, or let Conventional \
               Commits decide with `version.source`"
            .to_owned(),
        place: None,
    });
    Bump::None
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
