//! What an open pull request has to keep to before it is merged: the rule about labels as a release applies it, and words for the
//! changelog that lead somewhere. Never asks who opened it or where it comes from.

use crate::changelog::block;
use crate::changelog::render::SECTIONS;
use crate::config::ReleaseConfig;
use crate::facts::PullRequestFacts;
use crate::finding::{Cause, Finding};
use crate::untrusted::terminal_line;
use crate::version::judge;

use super::stop;

/// Applies both. `messages` are subject and body of its commits.
#[must_use]
pub fn pull_request(
    pull_request: &PullRequestFacts,
    messages: &[(&str, &str)],
    config: &ReleaseConfig,
) -> Vec<Finding> {
    let mut findings = judge(pull_request, messages, config).findings;
    findings.extend(sections_exist(pull_request));
    findings
}

/// A section that does not exist asks for nothing, so the entry would stand where nobody meant it to.
fn sections_exist(pull_request: &PullRequestFacts) -> impl Iterator<Item = Finding> {
    let unknown = block::read(&pull_request.body).unknown;
    let (number, url) = (pull_request.number, pull_request.url.clone());
    let known: Vec<String> =
        SECTIONS.iter().map(|(section, _)| format!("`{}`", block::name_of(*section))).collect();
    unknown.into_iter().map(move |name| {
        let name = terminal_line(&name);
        let message =
            format!("pull request #{number} asks for the section `{name}`, and the changelog has none");
        let hint = format!("write one of {} in `changelog(…)`, or leave the brackets out", known.join(", "));
        Finding { place: Some(url.clone()), ..stop(Cause::SectionUnknown, message, hint) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn all_that_is_wrong_is_said_at_once() {
        let findings = found("changelog(faster): It is", &["unheard-of"]);
        assert_eq!(
            samples::causes(&findings),
            [Cause::LabelUnknown, Cause::LabelMissing, Cause::SectionUnknown]
        );
    }
}
