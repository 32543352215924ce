//! The label rule: exactly one version label on each merged pull request, and none that is unknown. Never reads a title.

use crate::config::release::{Bump, LabelRule, Missing, ReleaseConfig, VersionSource};
use crate::facts::PullRequestFacts;
use crate::finding::{Cause, Finding, Severity};

use super::conventional::conventional;

/// What the label rule says of one pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How far it moves the version. `None` where that cannot be said; a finding says why.
    pub bump: Option<Bump>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// Judges one pull request by its labels, and by its title where the configuration lets Conventional Commits speak.
///
/// `messages` are subject and body of the commits it brought in.
#[must_use]
pub fn judge(
    pull_request: &PullRequestFacts,
    messages: &[(&str, &str)],
    config: &ReleaseConfig,
) -> Judgement {
    let mut findings = Vec::new();
    let mut bumps: Vec<(&str, Bump)> = Vec::new();
    for label in &pull_request.labels {
        match rule_for(label, &config.labels) {
            Some(rule) => bumps.extend(rule.bump.map(|bump| (label.as_str(), bump))),
            // Where none is declared, commits decide, and labels are whatever people use them for.
            None if config.labels.is_empty() => {}
            None => findings.push(unknown(pull_request, label)),
        }
    }
    let conventional_bump = || {
        let of_title = conventional(&pull_request.title, &pull_request.body).map(|commit| commit.bump());
        let of_commits = messages.iter().filter_map(|(subject, body)| conventional(subject, body));
        of_commits.map(|commit| commit.bump()).chain(of_title).max()
    };
    let bump = match config.version.source {
        VersionSource::ConventionalCommits => conventional_bump(),
        VersionSource::Labels | VersionSource::LabelsThenConventionalCommits => {
            if contradict(&bumps) {
                findings.push(conflict(pull_request, &bumps));
                return Judgement { bump: None, findings };
            }
            let labelled = bumps.first().map(|(_, bump)| *bump);
            match config.version.source {
                VersionSource::LabelsThenConventionalCommits => labelled.or_else(conventional_bump),
                _ => labelled,
            }
        }
    };
    let bump = match (bump, config.version.unlabelled) {
        (None, Missing::RideAlong) => Some(Bump::None),
        (None, Missing::Stop) => {
            findings.push(missing(pull_request, config));
            None
        }
        (bump, _) => bump,
    };
    Judgement { bump, findings }
}

/// The rule of a label: an exact name before a pattern, without regard to case.
pub(crate) fn rule_for<'a>(label: &str, rules: &'a [LabelRule]) -> Option<&'a LabelRule> {
    let label = label.to_lowercase();
    let exact = rules.iter().find(|rule| rule.name.to_lowercase() == label);
    exact.or_else(|| {
        rules.iter().find(|rule| {
            rule.name.strip_suffix('*').is_some_and(|start| label.starts_with(&start.to_lowercase()))
        })
    })
}

fn contradict(bumps: &[(&str, Bump)]) -> bool {
    bumps.iter().any(|(_, bump)| bumps.first().is_some_and(|(_, first)| first != bump))
}

/// How findings name a pull request: number, title, author; the link is the finding's place.
fn named(pull_request: &PullRequestFacts) -> String {
    let author = pull_request.author.as_deref().unwrap_or("a deleted account");
    format!(
        "pull request #{} `{}` by {}",
        pull_request.number,
        crate::untrusted::terminal_line(&pull_request.title),
        crate::untrusted::terminal_line(author)
    )
}

fn finding(cause: Cause, pull_request: &PullRequestFacts, message: String, hint: String) -> Finding {
    Finding { cause, severity: Severity::Stop, message, hint, place: Some(pull_request.url.clone()) }
}

fn missing(pull_request: &PullRequestFacts, config: &ReleaseConfig) -> Finding {
    let (what, hint) = match config.version.source {
        VersionSource::ConventionalCommits => (
            "has neither a title nor a commit that is a Conventional Commit",
            "give it a title such as `fix: …`, or set `version.unlabelled: ride-along`".to_owned(),
        ),
        _ => (
            "has no version label",
            format!("add one of {}, or set `version.unlabelled: ride-along`", version_labels(config)),
        ),
    };
    let cause = match config.version.source {
        VersionSource::ConventionalCommits => Cause::CommitUnconventional,
        _ => Cause::LabelMissing,
    };
    finding(cause, pull_request, format!("{} {what}", named(pull_request)), hint)
}

fn conflict(pull_request: &PullRequestFacts, bumps: &[(&str, Bump)]) -> Finding {
    let labels: Vec<String> = bumps.iter().map(|(label, _)| format!("`{label}`")).collect();
    finding(
        Cause::LabelConflict,
        pull_request,
        format!(
            "{} has version labels that contradict each other: {}",
            named(pull_request),
            labels.join(", ")
        ),
        "leave exactly one of them".to_owned(),
    )
}

fn unknown(pull_request: &PullRequestFacts, label: &str) -> Finding {
    finding(
        Cause::LabelUnknown,
        pull_request,
        format!("{} has the unknown label `{}`", named(pull_request), crate::untrusted::terminal_line(label)),
        "remove it, or declare it under `labels` in `config/release.yaml`".to_owned(),
    )
}

fn version_labels(config: &ReleaseConfig) -> String {
    let names: Vec<String> = config
        .labels
        .iter()
        .filter(|rule| rule.bump.is_some())
        .map(|rule| format!("`{}`", rule.name))
        .collect();
    names.join(", ")
}

#[cfg(test)]
#[path = "labels_tests.rs"]
mod tests;
