//! What an open pull request has to keep to before it is merged: the rule about labels as a release applies it, and words for the
//! changelog that lead somewhere. Never asks who opened it.

use crate::changelog::block;
use crate::changelog::render::SECTIONS;
use crate::config::ReleaseConfig;
use crate::facts::PullRequestFacts;
use crate::finding::{Cause, Finding, Severity};
use crate::untrusted::terminal_line;
use crate::version::{flow, judge};

use super::stop;

/// One rule that an open pull request must keep.
pub struct PullRequestRule {
    /// The causes of its findings.
    pub causes: &'static [Cause],
    /// The rule in one sentence, for the reference.
    pub text: &'static str,
    check: fn(&Open<'_>) -> Vec<Finding>,
}

/// What the rules look at.
struct Open<'a> {
    pull_request: &'a PullRequestFacts,
    /// Subject and body of its commits.
    messages: &'a [(&'a str, &'a str)],
    config: &'a ReleaseConfig,
}

/// Every rule about open pull requests.
pub const PULL_REQUEST_RULES: &[PullRequestRule] = &[
    PullRequestRule {
        causes: &[
            Cause::LabelMissing,
            Cause::LabelConflict,
            Cause::LabelUnknown,
            Cause::CommitUnconventional,
        ],
        text: "Its labels, or where the configuration says so its title and commits, say how far it moves the version.",
        check: moves_the_version,
    },
    PullRequestRule {
        causes: &[Cause::BranchName],
        text: "Its branch, where it is in the repository itself, has a name as agreed.",
        check: |open| flow::misnamed_head(open.pull_request, &open.config.branches).into_iter().collect(),
    },
    PullRequestRule {
        causes: &[Cause::CommitUnconventional],
        text: "Where commits decide, its title alone says the same, for a squash keeps no more: a note.",
        check: outlives_a_squash,
    },
    PullRequestRule {
        causes: &[Cause::SectionUnknown],
        text: "The changelog has the sections that its description names.",
        check: sections_exist,
    },
];

/// Applies every rule. `messages` are subject and body of its commits.
#[must_use]
pub fn pull_request(
    pull_request: &PullRequestFacts,
    messages: &[(&str, &str)],
    config: &ReleaseConfig,
) -> Vec<Finding> {
    let open = Open { pull_request, messages, config };
    PULL_REQUEST_RULES.iter().flat_map(|rule| (rule.check)(&open)).collect()
}

fn moves_the_version(open: &Open<'_>) -> Vec<Finding> {
    let labels = judge(open.pull_request, open.messages, open.config).findings;
    if !flow::may_carry(open.pull_request, open.config) {
        return labels;
    }
    // What it carries has labels of its own.
    labels.into_iter().filter(|finding| !UNSAID.contains(&finding.cause)).collect()
}

/// What is wrong with a pull request that says nothing.
const UNSAID: [Cause; 2] = [Cause::LabelMissing, Cause::CommitUnconventional];

/// Nobody can know before the merge which way it will be, so this is said and stops nothing.
fn outlives_a_squash(open: &Open<'_>) -> Vec<Finding> {
    if flow::may_carry(open.pull_request, open.config) {
        return Vec::new();
    }
    let squashed = judge(open.pull_request, &[], open.config).bump;
    let Some(bump) = judge(open.pull_request, open.messages, open.config).bump else { return Vec::new() };
    if squashed == Some(bump) {
        return Vec::new();
    }
    let (bump, title) = bump.words();
    let alone = squashed.map_or("nothing", |bump| bump.words().0);
    vec![Finding {
        cause: Cause::CommitUnconventional,
        severity: Severity::Note,
        message: format!(
            "with its commits pull request #{} says {bump}, its title alone says {alone}",
            open.pull_request.number
        ),
        hint: format!("if it will be squashed, give it a title that says {bump} too, as in `{title}`"),
        place: Some(open.pull_request.url.clone()),
    }]
}

/// A section that does not exist asks for nothing, so the entry would stand where nobody meant it to.
fn sections_exist(open: &Open<'_>) -> Vec<Finding> {
    let unknown = block::read(&open.pull_request.body).unknown;
    let (number, url) = (open.pull_request.number, open.pull_request.url.clone());
    let known: Vec<String> =
        SECTIONS.iter().map(|(section, _)| format!("`{}`", block::name_of(*section))).collect();
    let finding = |name: String| {
        let name = terminal_line(&name);
        let message =
            format!("pull request #{number} asks for the section `{name}`, and the changelog has none");
        let hint = format!("write one of {} in `changelog(…)`, or leave the brackets out", known.join(", "));
        Finding { place: Some(url.clone()), ..stop(Cause::SectionUnknown, message, hint) }
    };
    unknown.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::release::VersionSource;
    use crate::samples;

    fn found(body: &str, labels: &[&str]) -> Vec<Finding> {
        let facts = PullRequestFacts { body: body.to_owned(), ..samples::pull_request(7, labels) };
        pull_request(&facts, &[], &samples::configuration().release)
    }

    #[test]
    fn a_section_that_does_not_exist_is_named_with_those_that_do() {
        let findings = found("changelog(faster): It is\n\n```changelog(\u{1b}[31mred)\nx\n```\n", &["minor"]);
        assert_eq!(samples::causes(&findings), [Cause::SectionUnknown; 2]);
        assert!(findings[0].message.contains("#7") && findings[0].message.contains("`faster`"));
        assert!(findings[0].hint.contains("`breaking`, `migration`, `action-required`, `added`"));
        assert!(findings[0].place.as_deref().is_some_and(|place| place.ends_with("/pull/7")));
        assert!(!findings[1].message.contains('\u{1b}'), "{}", findings[1].message);
        for body in ["", "changelog: Words", "changelog(Action Required): Words", "changelog(faster):"] {
            assert_eq!(found(body, &["minor"]), [], "{body}");
        }
    }

    #[test]
    fn a_title_that_says_less_than_the_commits_is_noted_for_a_squash_keeps_only_the_title() {
        let mut config = samples::configuration().release;
        config.version.source = VersionSource::ConventionalCommits;
        let found = |title: &str, messages: &[(&str, &str)]| {
            let facts = PullRequestFacts { title: title.to_owned(), ..samples::pull_request(7, &[]) };
            pull_request(&facts, messages, &config)
        };
        assert_eq!(found("feat: add it", &[("feat: add it", ""), ("tidy", "")]), []);
        for (title, alone) in [("Add it", "alone says nothing"), ("fix: it", "alone says patch")] {
            let findings = found(title, &[("feat!: add it", "")]);
            assert_eq!(samples::causes(&findings), [Cause::CommitUnconventional], "{title}");
            assert_eq!(findings[0].severity, Severity::Note);
            assert!(
                findings[0].message.contains(alone) && findings[0].hint.contains("major"),
                "{findings:?}"
            );
        }
    }

    #[test]
    fn every_cause_of_a_finding_stands_in_the_table() {
        let causes: Vec<Cause> = PULL_REQUEST_RULES.iter().flat_map(|rule| rule.causes).copied().collect();
        for finding in found("changelog(faster): It is", &["unheard-of"]) {
            assert!(causes.contains(&finding.cause), "{finding:?}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let findings = found("changelog(faster): It is", &["unheard-of"]);
        assert_eq!(
            samples::causes(&findings),
            [Cause::LabelUnknown, Cause::LabelMissing, Cause::SectionUnknown]
        );
    }
}
