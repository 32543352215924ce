//! Every rule that must hold before a release starts, each one entry of a table. Never stops at the first finding and never prints.

mod repository;
mod world;

use crate::facts::Facts;
use crate::finding::{Cause, Finding, Severity};
use crate::identity::Tag;

/// One rule that must hold before a release starts.
pub struct Rule {
    /// The cause of its findings; also the rule's name.
    pub cause: Cause,
    /// The rule in one sentence, for the reference.
    pub text: &'static str,
    /// Looks at the facts, and at the tag that is to be released where one is known.
    check: fn(&Facts, Option<&Tag>) -> Vec<Finding>,
}

/// Every rule.
pub const RULES: &[Rule] = &[
    Rule {
        cause: Cause::TreeDirty,
        text: "The working tree equals the commit that is released.",
        check: repository::tree_is_clean,
    },
    Rule {
        cause: Cause::BranchWrong,
        text: "The checked-out branch is the one that releases are cut from.",
        check: repository::branch_is_right,
    },
    Rule {
        cause: Cause::BranchBehind,
        text: "The branch and its remote agree, where the release moves the branch.",
        check: repository::branch_is_current,
    },
    Rule {
        cause: Cause::IdentityMissing,
        text: "Git knows who commits.",
        check: repository::identity_is_known,
    },
    Rule {
        cause: Cause::TagElsewhere,
        text: "Every version tag means the same here and on the remote, and the new one exists nowhere.",
        check: repository::tags_agree,
    },
    Rule {
        cause: Cause::LineUnknown,
        text: "Where stable releases exist, one of them lies on the history that is released.",
        check: repository::line_is_known,
    },
    Rule {
        cause: Cause::VersionDiffers,
        text: "The new version is higher than the one that the source commit carries.",
        check: world::version_grows,
    },
    Rule {
        cause: Cause::ImageTagElsewhere,
        text: "No own image has the new tag already, unless it is the very image that is released.",
        check: world::image_tags_are_free,
    },
    Rule {
        cause: Cause::ReleaseForeign,
        text: "No release of the new tag exists that another plan made.",
        check: world::release_is_ours,
    },
    Rule {
        cause: Cause::Configuration,
        text: "The channel is one of the configured ones.",
        check: world::channel_is_known,
    },
];

/// What must hold beyond [`RULES`] before anything is written. A plan alone may be made without.
pub const WRITING_RULES: &[Rule] = &[Rule {
    cause: Cause::TokenRights,
    text: "The token may push, as far as the forge says so.",
    check: world::token_may_push,
}];

/// Applies every rule about writing and returns all that they find.
#[must_use]
pub fn before_writing(facts: &Facts) -> Vec<Finding> {
    WRITING_RULES.iter().flat_map(|rule| (rule.check)(facts, None)).collect()
}

/// Applies every rule and returns all that they find.
#[must_use]
pub fn preflight(facts: &Facts, tag: Option<&Tag>) -> Vec<Finding> {
    RULES.iter().flat_map(|rule| (rule.check)(facts, tag)).collect()
}

/// A finding that stops the release.
pub(crate) fn stop(cause: Cause, message: impl Into<String>, hint: impl Into<String>) -> Finding {
    Finding { cause, severity: Severity::Stop, message: message.into(), hint: hint.into(), place: None }
}

#[cfg(test)]
mod tests;
