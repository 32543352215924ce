//! Each rule with the facts that break it, and all of them at once.

use std::collections::BTreeSet;

use bundle_format::pointer::Yanked;

use super::*;
use crate::config::release::Mode;
use crate::facts::{Divergence, LineFacts, Promoted, PushRight, ReleaseFacts, Visibility};
use crate::plan::LARGEST;
use crate::samples::{self, facts, id, release};

fn next() -> Tag {
    "v1.3.0".parse().unwrap()
}

/// What the rules say about the sample after a change.
fn found(change: impl FnOnce(&mut Facts)) -> Vec<Finding> {
    let mut facts = facts();
    change(&mut facts);
    preflight(&facts, Some(&next()))
}

#[track_caller]
fn assert_one(findings: &[Finding], cause: Cause, message: &str, hint: &str) {
    assert_eq!(samples::messages(findings), [message]);
    assert_eq!((findings[0].cause, findings[0].severity), (cause, Severity::Stop));
    assert!(findings[0].hint.contains(hint), "{}", findings[0].hint);
}

/// A change of the facts that breaks one rule.
type Breakage = fn(&mut Facts);

const BREAKAGES: &[(Cause, Breakage)] = &[
    (Cause::TreeDirty, |facts| facts.repository.dirty = vec!["a".to_owned()]),
    (Cause::BranchWrong, |facts| facts.repository.branch = Some("topic".to_owned())),
    (Cause::BranchDiffers, |facts| {
        facts.repository.divergence = Some(Divergence { ahead: 1, behind: Some(2) });
    }),
    (Cause::Overtaken, |facts| {
        facts.repository.divergence = Some(Divergence { ahead: 0, behind: Some(2) });
    }),
    (Cause::IdentityMissing, |facts| facts.repository.identity = None),
    (Cause::ReleaseUnfinished, |facts| {
        let mut candidate = samples::plan();
        candidate.version = semver::Version::parse("1.3.0-rc.1").unwrap();
        facts.promoted = Some(Promoted { tag: candidate.tag(), plan: Box::new(candidate) });
    }),
    (Cause::UpdatesUnfit, |facts| {
        let updates = crate::config::compatibility::UpdatesConfig {
            stops: vec![semver::Version::new(1, 0, 9)],
            ..Default::default()
        };
        facts.configuration.compatibility = Some(crate::config::CompatibilityConfig { format: 1, updates });
    }),
    (Cause::CandidateWithdrawn, |facts| {
        let mut candidate = samples::plan();
        candidate.version = semver::Version::parse("1.3.0-rc.1").unwrap();
        let release = ReleaseFacts { plan: Some(candidate.id.clone()), ..release(2, "v1.3.0-rc.1") };
        facts.releases.push(release);
        facts.withdrawn = vec![Yanked {
            version: candidate.version.clone(),
            reason: "It loses data".to_owned(),
            since: facts.now,
        }];
        facts.promoted = Some(Promoted { tag: candidate.tag(), plan: Box::new(candidate) });
    }),
    (Cause::TagElsewhere, |facts| {
        drop(facts.repository.remote_tags.insert(Tag::of(&semver::Version::new(1, 2, 5)), id(5)))
    }),
    (Cause::LineUnknown, |facts| {
        facts.repository.tags.iter_mut().for_each(|tag| tag.on_this_line = false);
    }),
    (Cause::NotForwarded, |facts| {
        facts.repository.lines = vec![LineFacts {
            number: "1.1".parse().unwrap(),
            fork: None,
            unforwarded: vec![samples::commit(4, "Mend it")],
        }];
    }),
    (Cause::VersionDiffers, |facts| drop(facts.tree.insert("VERSION".to_owned(), samples::file("1.9.0\n")))),
    (Cause::ImageTagElsewhere, |facts| {
        facts.own_tags.insert("api".to_owned(), bundle_format::digest::Sha256Hex::of(b"somebody else's"));
    }),
    (Cause::ReleaseForeign, |facts| facts.releases.push(release(9, "v1.3.0"))),
    (Cause::Configuration, |facts| facts.channel = "nightly".to_owned()),
];

/// A change of the plan that breaks one rule.
type PlanBreakage = fn(&mut Plan);

const PLAN_BREAKAGES: &[(Cause, PlanBreakage)] =
    &[(Cause::PlanTooLarge, |plan| plan.notes.push_str(&"x".repeat(LARGEST)))];

#[test]
fn the_sample_breaks_no_rule() {
    assert_eq!(found(|_| {}), []);
    assert_eq!(preflight(&facts(), None), []);
    assert_eq!(of_plan(&samples::plan()), []);
}

#[test]
fn each_rule_can_fail_by_itself() {
    for (cause, breakage) in BREAKAGES {
        assert_eq!(samples::causes(&found(breakage)), [*cause]);
    }
    for (cause, breakage) in PLAN_BREAKAGES {
        let mut plan = samples::plan();
        breakage(&mut plan);
        assert_eq!(samples::causes(&of_plan(&plan)), [*cause]);
    }
    let planned = PLAN_BREAKAGES.iter().map(|(cause, _)| *cause);
    let broken: BTreeSet<_> = BREAKAGES.iter().map(|(cause, _)| *cause).chain(planned).collect();
    let all: BTreeSet<_> = RULES.iter().map(|rule| rule.cause).collect();
    assert_eq!(broken, all, "every rule has its breakage");
}

#[test]
fn everything_that_is_wrong_is_said_at_once_in_the_order_of_the_rules() {
    // A branch is either behind its remote or ahead of it, and a candidate that was withdrawn was published.
    let apart = [Cause::Overtaken, Cause::CandidateWithdrawn];
    let breakages = BREAKAGES.iter().filter(|(cause, _)| !apart.contains(cause));
    let findings = found(|facts| breakages.for_each(|(_, breakage)| breakage(facts)));
    let rules = RULES.iter().filter(|rule| matches!(rule.check, Check::Facts(_)));
    let rules = rules.filter(|rule| !apart.contains(&rule.cause));
    assert_eq!(samples::causes(&findings), rules.map(|rule| rule.cause).collect::<Vec<_>>());
}

#[test]
fn each_rule_is_a_sentence() {
    for rule in RULES.iter().chain(WRITING_RULES) {
        assert!(rule.text.ends_with('.') && rule.text.starts_with(char::is_uppercase), "{}", rule.text);
    }
}

#[test]
fn changed_files_are_named_and_many_are_counted() {
    let dirty =
        |count: u32| found(|facts| facts.repository.dirty = (1..=count).map(|n| format!("f{n}")).collect());
    let hint = "git stash --include-untracked";
    assert_one(&dirty(1), Cause::TreeDirty, "the working tree has changes: `f1`", hint);
    assert_one(
        &dirty(7),
        Cause::TreeDirty,
        "the working tree has changes: `f1`, `f2`, `f3`, `f4`, `f5`, and 2 more",
        hint,
    );
    let hostile = found(|facts| facts.repository.dirty = vec!["a\n::error::\u{1b}[2J".to_owned()]);
    assert!(!hostile[0].message.contains(['\n', '\u{1b}']), "{hostile:?}");
}

#[test]
fn without_a_branch_the_commit_has_to_be_the_newest_of_the_release_branch() {
    assert_eq!(found(|facts| facts.repository.branch = None), []);
    let other = found(|facts| {
        facts.repository.branch = None;
        facts.repository.remote_branch = Some(id(8));
    });
    assert_eq!(samples::causes(&other), [Cause::BranchWrong]);
    assert_one(
        &found(|facts| facts.repository.branch = Some("topic".to_owned())),
        Cause::BranchWrong,
        "`topic` is checked out, but releases are cut from `main`",
        "git switch main",
    );
}

#[test]
fn the_branch_and_its_remote_agree_where_the_release_moves_the_branch() {
    let table = [
        (0, Some(0), None, None),
        (0, Some(1), Some("`main` is 1 commit behind `origin/main`"), None),
        (0, None, Some("`main` is some commits behind `origin/main`"), None),
        (2, Some(0), Some("`main` has 2 commits that `origin/main` has not"), Some(())),
        (2, Some(3), Some("`main` and `origin/main` have parted: 2 commits here, 3 commits there"), Some(())),
        (1, None, Some("`main` and `origin/main` have parted: 1 commit here, some commits there"), Some(())),
    ];
    for (ahead, behind, message, with_a_tag_alone) in table {
        let at = |mode| {
            found(|facts| {
                facts.configuration.release.mode = mode;
                facts.repository.divergence = Some(Divergence { ahead, behind });
            })
        };
        let expected: Vec<_> = message.into_iter().collect();
        let cause = if ahead > 0 { Cause::BranchDiffers } else { Cause::Overtaken };
        for mode in [Mode::Push, Mode::ReleasePr] {
            let findings = at(mode);
            assert_eq!(samples::messages(&findings), expected, "{mode:?}");
            assert!(findings.iter().all(|finding| finding.cause == cause), "{findings:?}");
        }
        // A tag alone may name an older commit of the branch, but none that was never pushed.
        let expected: Vec<_> = with_a_tag_alone.and(message).into_iter().collect();
        assert_eq!(samples::messages(&at(Mode::TagOnly)), expected);
    }
}

#[test]
fn a_branch_that_the_remote_has_not_is_to_be_pushed_first() {
    let findings = found(|facts| {
        facts.repository.remote_branch = None;
        facts.repository.divergence = None;
    });
    assert_one(
        &findings,
        Cause::BranchDiffers,
        "the remote `origin` has no branch `main`",
        "git push origin main",
    );
}

#[test]
fn a_tag_means_the_same_here_and_on_the_remote() {
    let moved = found(|facts| {
        facts.repository.remote_tags.values_mut().for_each(|object| *object = id(3));
    });
    assert_eq!(samples::causes(&moved), [Cause::TagElsewhere]);
    assert!(moved[0].message.starts_with("the tag v1.2.0 is 000000000000 here and"), "{moved:?}");
    assert!(moved[0].hint.contains("git tag -d v1.2.0"), "{moved:?}");
    assert_one(
        &found(|facts| drop(facts.repository.remote_tags.insert("v1.1.0".parse().unwrap(), id(2)))),
        Cause::TagElsewhere,
        "the remote has the tag v1.1.0 and this clone has not",
        "git fetch --tags",
    );
}

#[test]
fn a_tag_that_nobody_else_has_may_not_count_as_the_release_before() {
    assert_one(
        &found(|facts| facts.repository.tags.push(samples::tag("v1.2.5", 4))),
        Cause::TagElsewhere,
        "this clone has the tag v1.2.5 and the remote has not",
        "git push origin v1.2.5",
    );
}

#[test]
fn the_new_tag_exists_on_no_line() {
    let findings = found(|facts| {
        let mut other = samples::tag("v1.3.0", 4);
        other.on_this_line = false;
        facts.repository.remote_tags.insert(other.tag.clone(), other.object.clone());
        facts.repository.tags.push(other);
    });
    assert_one(
        &findings,
        Cause::TagElsewhere,
        "the tag v1.3.0, which would be next, exists already and leads to another line",
        "release from the line that has it",
    );
}

#[test]
fn a_release_of_the_new_tag_is_foreign_published_or_not() {
    for (draft, kind) in [(false, "published release"), (true, "draft")] {
        assert_one(
            &found(|facts| facts.releases.push(crate::facts::ReleaseFacts { draft, ..release(9, "v1.3.0") })),
            Cause::ReleaseForeign,
            &format!("the forge already has a {kind} of v1.3.0 (number 9)"),
            "delete it",
        );
    }
    assert_eq!(found(|facts| facts.releases.push(release(9, "v1.3.0-rc.1"))), []);
}

#[test]
fn a_release_beside_a_tag_on_the_remote_may_be_that_of_the_run_that_pushed_it() {
    for draft in [true, false] {
        let findings = found(|facts| {
            facts.releases.push(crate::facts::ReleaseFacts { draft, ..release(9, "v1.3.0") });
            facts.repository.remote_tags.insert(next(), id(5));
        });
        assert_eq!(samples::causes(&findings), [Cause::TagElsewhere], "{draft}");
    }
}

#[test]
fn a_clone_that_another_run_has_overtaken_hears_of_nothing_else() {
    let mut facts = facts();
    facts.repository.overtaken_by = Some(next());
    facts.repository.remote_tags.insert(next(), id(5));
    facts.repository.divergence = Some(Divergence { ahead: 0, behind: None });
    facts.releases.push(release(9, "v1.3.0"));
    let error = crate::plan::make(&facts).expect_err("nothing to be released from here");
    assert_one(
        &error.findings,
        Cause::Overtaken,
        "another run of this tool made the tag v1.3.0, which this clone has not",
        "`git pull --tags`",
    );
    assert!(error.plan.is_none(), "the version of a plan would be that of the other run");
}

#[test]
fn an_unknown_channel_is_answered_with_the_known_ones() {
    assert_one(
        &found(|facts| facts.channel = "nightly".to_owned()),
        Cause::Configuration,
        "there is no channel `nightly`",
        "`latest`, `rc`",
    );
}

#[test]
fn a_plan_may_have_as_many_bytes_as_are_read_back_and_not_one_more() {
    let mut plan = samples::plan();
    let rest = LARGEST - plan.to_json().len();
    plan.notes.push_str(&"x".repeat(rest));
    assert_eq!(of_plan(&plan), []);
    plan.notes.push('x');
    assert_one(
        &of_plan(&plan),
        Cause::PlanTooLarge,
        &format!(
            "`.release/plan.json` would have {} bytes, more than the {LARGEST} that are read back from the tag",
            LARGEST + 1
        ),
        "leave large files out of `config/bundles.yaml`",
    );
}

#[test]
fn nothing_is_written_with_a_token_that_may_not_push_though_a_plan_may_be_made() {
    let mut facts = facts();
    facts.push = PushRight::Missing;
    assert_eq!(preflight(&facts, Some(&next())), []);
    assert_one(
        &before_writing(&facts),
        Cause::TokenRights,
        "the token may not write to `acme/widgets`",
        "give it `contents: write`, or as a classic token the scope `public_repo` or `repo`",
    );
    facts.configuration.release.mode = Mode::ReleasePr;
    facts.visibility = Visibility::Private;
    facts.push = PushRight::OutOfScope("gist, public_repo".to_owned());
    assert_one(
        &before_writing(&facts),
        Cause::TokenRights,
        "the token may not write to `acme/widgets`: it lacks the scope `repo` and has `gist, public_repo`",
        "`contents: write` and `pull_requests: write`",
    );
    for right in [PushRight::Granted, PushRight::Unknown] {
        facts.push = right;
        assert_eq!(before_writing(&facts), []);
    }
}
