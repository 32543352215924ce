//! Mixed repositories: whatever happened in them, version and changelog are what the oracle says, and the forge is asked no more
//! than the budget allows.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use release_core::changelog::document::section_of;
use release_core::facts::Facts;
use release_core::finding::{Cause, Severity};
use release_core::plan::{Action, Decision, Plan, make};

use crate::oracle::{self, Outcome};
use crate::seeds::build;
use crate::stage::{Stage, now};
use crate::story::{Story, stories};

/// How many stories are tried; `PROPTEST_CASES`, of which 256 are usual, asks for more.
pub fn cases(usual: u32) -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse::<u32>().ok());
    usual * asked.unwrap_or(256).div_ceil(256)
}

/// Tries a property on stories that a strategy makes up.
pub fn hold<S: Strategy>(usual: u32, strategy: S, property: impl Fn(S::Value)) {
    let config =
        Config { cases: cases(usual), failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let tried = TestRunner::new(config).run(&strategy, |value| {
        property(value);
        Ok(())
    });
    match tried {
        Ok(()) => {}
        Err(TestError::Fail(why, value)) => panic!("{why}\n{value:#?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn row_1_1_version_and_changelog_of_a_mixed_repository_of_300_pull_requests_are_the_oracles() {
    hold(2, stories(345..=360), |story| {
        assert!(oracle::merged(&story).count() >= 200);
        told(&story);
    });
}

#[test]
fn version_and_changelog_of_any_small_history_are_the_oracles() {
    hold(16, stories(0..12), |story| told(&story));
}

/// Reads and plans a story, and compares with the oracle.
fn told(story: &Story) {
    let built = build(story);
    let (commits, releases) = (built.commits, built.seed.releases.len());
    let stage = Stage::on(built.folder, built.seed);
    let facts = stage.gather("latest", now()).expect("facts");
    let budget = commits.div_ceil(50) + releases.div_ceil(100) + 5;
    let reads = facts.requests.forge_reads as usize;
    assert!(reads <= budget, "{reads} reads for {commits} commits and {releases} releases");
    assert_eq!(facts.requests.forge_writes, 0);
    assert_eq!(outcome(&facts), oracle::outcome(story));
}

/// What the tool decides, as the oracle says it.
fn outcome(facts: &Facts) -> Outcome {
    match make(facts) {
        Ok(Decision::Release(plan, _)) => {
            listed_once(&plan);
            released(&plan)
        }
        Ok(Decision::Nothing(_)) => Outcome::Nothing,
        Ok(Decision::Finish(unfinished)) => panic!("{} is finished", unfinished.plan.tag()),
        Err(error) => {
            let stopping = error.findings.iter().filter(|finding| finding.severity == Severity::Stop);
            let causes: Vec<Cause> = stopping.map(|finding| finding.cause).collect();
            if causes.contains(&Cause::LineUnknown) {
                return Outcome::LineUnknown;
            }
            assert!(
                causes.iter().all(|cause| *cause == Cause::CommitWithoutPullRequest),
                "{:#?}",
                error.findings
            );
            Outcome::Refused(causes.len())
        }
    }
}

fn released(plan: &Plan) -> Outcome {
    let latest = plan.steps.iter().any(|step| step.action == Action::Publish { latest: true });
    let entries = plan
        .entries
        .iter()
        .map(|entry| (entry.section, entry.text.clone(), entry.number, entry.author.clone()));
    Outcome::Release {
        version: plan.version.to_string(),
        latest,
        entries: entries.collect(),
        contributors: plan.contributors.clone(),
    }
}

/// The files say what the entries say: each of them in one line, in the changelog and on the release page.
fn listed_once(plan: &Plan) {
    let changelog = plan.edits.iter().find(|edit| edit.path == "CHANGELOG.md").expect("an edit");
    let inserted: String = changelog.splices.iter().map(|splice| splice.insert.as_str()).collect();
    // Beside its own, an edit may bring sections of earlier releases that the branch never got.
    let own = section_of(&inserted, &plan.version).expect("a section of its own");
    for text in [own, &plan.notes] {
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("- ")).collect();
        assert_eq!(lines.len(), plan.entries.len());
        for (line, entry) in lines.iter().zip(&plan.entries) {
            let reference = match (&entry.number, &entry.commit) {
                (Some(number), _) => format!("([#{number}]("),
                (_, Some(commit)) => format!("([{}](", commit.short()),
                _ => panic!("{entry:?} leads nowhere"),
            };
            assert!(line.starts_with(&format!("- {} {reference}", entry.text)), "{line}");
        }
    }
}
