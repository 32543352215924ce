//! Every rule that must hold before a release starts, each one entry of a table. Never stops at the first finding and never prints.

mod channels;
mod planned;
mod promotion;
mod pull_request;
mod repository;
mod signing;
mod sources;
mod updating;
mod world;

pub use promotion::promotion;
pub use pull_request::{PULL_REQUEST_RULES, PullRequestRule, pull_request};
pub use sources::sources;

use crate::facts::Facts;
use crate::finding::{Cause, Finding, Severity};
use crate::identity::Tag;
use crate::plan::Plan;

/// One rule that must hold before a release starts.
pub struct Rule {
    /// The cause of its findings; also the rule's name.
    pub cause: Cause,
    /// The rule in one sentence, for the reference.
    pub text: &'static str,
    /// What is in doubt while it is broken.
    pub doubt: Doubt,
    check: Check,
}

/// What a rule looks at.
enum Check {
    /// The facts, and the tag that is to be released where one is known.
    Facts(fn(&Facts, Option<&Tag>) -> Vec<Finding>),
    /// The plan that was made of them.
    Plan(fn(&Plan) -> Vec<Finding>),
}

/// What is in doubt while a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// What would be released.
    Plan,
    /// Nothing about that: only whether it can be done from this clone, or at all.
    Way,
}

/// Every rule.
pub const RULES: &[Rule] = &[
    Rule {
        cause: Cause::TreeDirty,
        text: "The working tree equals the commit that is released.",
        doubt: Doubt::Way,
        check: Check::Facts(repository::tree_is_clean),
    },
    Rule {
        cause: Cause::BranchWrong,
        text: "The checked-out branch is the one that releases are cut from.",
        doubt: Doubt::Way,
        check: Check::Facts(repository::branch_is_right),
    },
    Rule {
        cause: Cause::BranchDiffers,
        text: "The branch has no commit that its remote has not.",
        doubt: Doubt::Way,
        check: Check::Facts(repository::branch_is_pushed),
    },
    Rule {
        cause: Cause::Overtaken,
        text: "No other run has released since the clone was made; where the release moves the branch, it has every commit of its remote.",
        doubt: Doubt::Way,
        check: Check::Facts(repository::nothing_came_first),
    },
    Rule {
        cause: Cause::IdentityMissing,
        text: "Git knows who commits.",
        doubt: Doubt::Way,
        check: Check::Facts(repository::identity_is_known),
    },
    Rule {
        cause: Cause::ReleaseUnfinished,
        text: "A candidate that is promoted is published.",
        doubt: Doubt::Plan,
        check: Check::Facts(world::candidate_is_published),
    },
    Rule {
        cause: Cause::CandidateWithdrawn,
        text: "A candidate that is promoted was not withdrawn.",
        doubt: Doubt::Plan,
        check: Check::Facts(world::candidate_is_good),
    },
    Rule {
        cause: Cause::TagElsewhere,
        text: "Every version tag means the same here and on the remote, and the new one exists nowhere.",
        doubt: Doubt::Plan,
        check: Check::Facts(repository::tags_agree),
    },
    Rule {
        cause: Cause::LineUnknown,
        text: "Where stable releases exist, one of them lies on the history that is released.",
        doubt: Doubt::Plan,
        check: Check::Facts(repository::line_is_known),
    },
    Rule {
        cause: Cause::NotForwarded,
        text: "What a release line has is on the main branch, too, itself or as a copy.",
        doubt: Doubt::Way,
        check: Check::Facts(repository::lines_are_forwarded),
    },
    Rule {
        cause: Cause::VersionDiffers,
        text: "The new version is higher than the one that the source commit carries.",
        doubt: Doubt::Plan,
        check: Check::Facts(world::version_grows),
    },
    Rule {
        cause: Cause::ImageTagElsewhere,
        text: "No own image has the new tag already, unless it is the very image that is released.",
        doubt: Doubt::Way,
        check: Check::Facts(world::image_tags_are_free),
    },
    Rule {
        cause: Cause::ReleaseForeign,
        text: "No release of the new tag exists that another plan made.",
        doubt: Doubt::Way,
        check: Check::Facts(world::release_is_ours),
    },
    Rule {
        cause: Cause::Configuration,
        text: "The channel is one of the configured ones.",
        doubt: Doubt::Plan,
        check: Check::Facts(world::channel_is_known),
    },
    Rule {
        cause: Cause::UpdatesUnfit,
        text: "What updates have to heed fits the release: updates begin below it, nothing is declared of a version above it, and every version below it to stop at is out and good.",
        doubt: Doubt::Way,
        check: Check::Facts(updating::declarations_fit),
    },
    Rule {
        cause: Cause::PlanTooLarge,
        text: "The plan is small enough to be read back from its tag.",
        doubt: Doubt::Way,
        check: Check::Plan(planned::plan_is_readable),
    },
];

/// What must hold beyond [`RULES`] before anything is written. A plan alone may be made without.
pub const WRITING_RULES: &[Rule] = &[
    Rule {
        cause: Cause::TokenRights,
        text: "The token may push, as far as the forge says so.",
        doubt: Doubt::Way,
        check: Check::Facts(world::token_may_push),
    },
    Rule {
        cause: Cause::ReleaseKeyMissing,
        text: "Where releases are signed, a key for it was given.",
        doubt: Doubt::Way,
        check: Check::Facts(signing::key_is_usable),
    },
    Rule {
        cause: Cause::ReleaseKeyUnpinned,
        text: "The key that signs is one of those that prove the release.",
        doubt: Doubt::Way,
        check: Check::Facts(signing::key_is_pinned),
    },
    Rule {
        cause: Cause::ChannelKeyMissing,
        text: "Where pointers are signed, a key for it was given.",
        doubt: Doubt::Way,
        check: Check::Facts(channels::key_is_usable),
    },
    Rule {
        cause: Cause::ChannelKeyUnpinned,
        text: "The key that signs pointers is one of those that prove them, and signs no release.",
        doubt: Doubt::Way,
        check: Check::Facts(channels::key_is_pinned),
    },
    Rule {
        cause: Cause::PointerUnproven,
        text: "Where pointers are signed, the signature of the one that moves proves it.",
        doubt: Doubt::Way,
        check: Check::Facts(channels::pointer_is_proven),
    },
    Rule {
        cause: Cause::BucketKeyMissing,
        text: "Where pointers are copied to a bucket, credentials for it were given.",
        doubt: Doubt::Way,
        check: Check::Facts(channels::bucket_is_open),
    },
    Rule {
        cause: Cause::CopyForeign,
        text: "Where pointers are copied to a bucket, nothing else lies in the place of the one that moves, and it is not ahead of the branch.",
        doubt: Doubt::Way,
        check: Check::Facts(channels::copy_is_ours),
    },
];

/// Applies every rule about writing and returns all that they find.
#[must_use]
pub fn before_writing(facts: &Facts) -> Vec<Finding> {
    of_facts(WRITING_RULES, facts, None)
}

/// Applies every rule about the facts and returns all that they find.
#[must_use]
pub fn preflight(facts: &Facts, tag: Option<&Tag>) -> Vec<Finding> {
    of_facts(RULES, facts, tag)
}

/// Applies every rule about the plan and returns all that they find.
#[must_use]
pub fn of_plan(plan: &Plan) -> Vec<Finding> {
    let apply = |rule: &Rule| match rule.check {
        Check::Plan(check) => check(plan),
        Check::Facts(_) => Vec::new(),
    };
    RULES.iter().flat_map(apply).collect()
}

fn of_facts(rules: &[Rule], facts: &Facts, tag: Option<&Tag>) -> Vec<Finding> {
    let apply = |rule: &Rule| match rule.check {
        Check::Facts(check) => check(facts, tag),
        Check::Plan(_) => Vec::new(),
    };
    rules.iter().flat_map(apply).collect()
}

/// Whether a plan says what would be released although it may not be carried out: every finding that stops it is of a rule that
/// leaves the plan beyond doubt, or of an image that does not exist yet, which only leaves open what the bundles' digests will be.
#[must_use]
pub fn leaves_the_plan(findings: &[Finding]) -> bool {
    let certain = |finding: &Finding| {
        finding.cause == Cause::ImageMissing
            || RULES.iter().any(|rule| rule.cause == finding.cause && rule.doubt == Doubt::Way)
    };
    findings.iter().filter(|finding| finding.severity == Severity::Stop).all(certain)
}

/// A finding that stops the release.
pub(crate) fn stop(cause: Cause, message: impl Into<String>, hint: impl Into<String>) -> Finding {
    Finding { cause, severity: Severity::Stop, message: message.into(), hint: hint.into(), place: None }
}

#[cfg(test)]
mod tests;
