//! The rules about what is released, from where and how fast. Never about labels, channels, images or stamps, which have files of
//! their own.

use super::super::ReleaseConfig;
use super::{Found, Rule, names};
use crate::untrusted::quoted;

/// The slowest pace, in milliseconds.
const SLOWEST: u32 = 60_000;

pub(super) const FORMAT: Rule<ReleaseConfig> = Rule {
    id: "release-format",
    text: "`format` is 1",
    reads: &["format"],
    check: |config, found| format_is_one(config.format, found),
};

/// The check of every file's `format`.
pub(super) fn format_is_one(format: u32, found: &mut Found) {
    if format != 1 {
        found.add("format", format!("`{format}` is a format this tool does not know"), "write `format: 1`");
    }
}

pub(super) const PRODUCT: Rule<ReleaseConfig> = Rule {
    id: "product-name",
    text: "the product's name has lower-case letters, digits and hyphens only, and begins with no hyphen",
    reads: &["product"],
    check: |config, found| {
        if !names::is_name(&config.product) {
            let right = "use lower-case letters, digits and hyphens, a letter or digit first";
            found.add("product", format!("{} cannot be part of asset names", quoted(&config.product)), right);
        }
    },
};

pub(super) const REPOSITORY: Rule<ReleaseConfig> = Rule {
    id: "repository-name",
    text: "owner, name and remote are ones that the forge and Git allow",
    reads: &["repository"],
    check: |config, found| {
        let repository = &config.repository;
        if !names::is_owner(&repository.owner) {
            let right = "use letters, digits and hyphens, at most 39, no hyphen outside";
            found.add("repository.owner", format!("{} owns nothing", quoted(&repository.owner)), right);
        }
        if !names::is_repository(&repository.name) {
            let right = "use letters, digits, `-`, `_` and `.`, at most 100, without `.git`";
            found.add("repository.name", format!("{} names no repository", quoted(&repository.name)), right);
        }
        if !names::is_remote(&repository.remote) {
            let right = "use a name that `git remote` lists, as in `origin`";
            found.add("repository.remote", format!("{} names no remote", quoted(&repository.remote)), right);
        }
    },
};

pub(super) const BRANCH: Rule<ReleaseConfig> = Rule {
    id: "branch-name",
    text: "the main branch has a name that `git check-ref-format --branch` accepts",
    reads: &["branches"],
    check: |config, found| {
        if !names::is_branch(&config.branches.main) {
            let wrong = format!("{} names no branch", quoted(&config.branches.main));
            found.add(
                "branches.main",
                wrong,
                "use a name that Git accepts, without `refs/heads/`, as in `main`",
            );
        }
    },
};

pub(super) const LINES: Rule<ReleaseConfig> = Rule {
    id: "line-names",
    text: "what the names of release lines begin with makes names of branches, and none of them is the main branch",
    reads: &["branches"],
    check: |config, found| {
        let Some(lines) = &config.branches.lines else { return };
        let right = "use a folder of branches, as in `release/`, or `null` where there are no release lines";
        if !names::is_branch(&format!("{lines}1.0")) || lines.is_empty() {
            found.add("branches.lines", format!("{} begins no name of a branch", quoted(lines)), right);
        } else if config.branches.line(&config.branches.main).is_some() {
            let wrong = format!("{} would be a release line", quoted(&config.branches.main));
            found.add("branches.lines", wrong, right);
        }
    },
};

pub(super) const DEVELOP: Rule<ReleaseConfig> = Rule {
    id: "develop-name",
    text: "the branch that collects work is a branch of its own: neither the main branch nor a release line",
    reads: &["branches"],
    check: |config, found| {
        let Some(develop) = &config.branches.develop else { return };
        let right =
            "use the name of a branch, as in `develop`, or leave it out where work goes to the main branch";
        if !names::is_branch(develop) {
            found.add("branches.develop", format!("{} names no branch", quoted(develop)), right);
        } else if *develop == config.branches.main || config.branches.line(develop).is_some() {
            found.add("branches.develop", format!("{} is released", quoted(develop)), right);
        }
    },
};

pub(super) const TOPICS: Rule<ReleaseConfig> = Rule {
    id: "topic-names",
    text: "each of the topics begins names of branches, is given once, and is not what release lines begin with",
    reads: &["branches"],
    check: |config, found| {
        let topics = &config.branches.topics;
        let right = "use the beginning of names, as in `feature/`";
        for (index, topic) in topics.iter().enumerate() {
            let key = format!("branches.topics[{index}]");
            if topic.is_empty() || !names::is_branch(&format!("{topic}x")) {
                found.add(key, format!("{} begins no name of a branch", quoted(topic)), right);
            } else if Some(topic) == config.branches.lines.as_ref() {
                found.add(key, format!("{} begins release lines", quoted(topic)), right);
            }
        }
        found.repeated(topics, |index| format!("branches.topics[{index}]"), "beginning");
    },
};

pub(super) const FIRST_VERSION: Rule<ReleaseConfig> = Rule {
    id: "first-version",
    text: "the first version has no build metadata, which neither asset names nor image tags can carry",
    reads: &["version"],
    check: |config, found| {
        let first = &config.version.first;
        if !first.build.is_empty() {
            let wrong = format!("`{first}` has build metadata");
            found.add("version.first", wrong, format!("leave out `+{}`", first.build));
        }
    },
};

pub(super) const PACE: Rule<ReleaseConfig> = Rule {
    id: "pace",
    text: "a minute between two writes is the slowest pace",
    reads: &["milliseconds_between_writes"],
    check: |config, found| {
        let pace = config.milliseconds_between_writes;
        if pace > SLOWEST {
            let wrong = format!("`{pace}` is more than a minute");
            found.add(
                "milliseconds_between_writes",
                wrong,
                format!("write at most `{SLOWEST}`; a second is `1000`"),
            );
        }
    },
};
