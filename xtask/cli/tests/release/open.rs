//! What is said about a pull request before it is merged.

use release_rehearsal::{Access, PullState, SeedCommit, SeedPullRequest};

use crate::run::Run;
use crate::stage::{Setting, Stage, open};

/// A stage whose version comes from Conventional Commits.
fn conventional() -> Stage {
    let stage = Setting::new().set();
    let config = stage.file("main", "config/release.yaml");
    let by_commits = config.replace("  first: 1.0.0\n", "  first: 1.0.0\n  source: conventional-commits\n");
    assert_ne!(by_commits, config);
    stage.merge_file("Go by commits", &["none"], "config/release.yaml", &by_commits);
    stage
}

/// Opens a pull request and checks it.
fn checked(stage: &Stage, pull: SeedPullRequest) -> Run {
    let number = pull.number;
    stage.rehearsal.add_pull_request(pull).expect("a pull request");
    stage.run(&stage.fresh_clone(), &["check", "--pr", &number.to_string(), "--json"])
}

#[test]
fn row_1_6_a_section_that_does_not_exist_is_a_finding_while_it_can_be_mended() {
    let stage = Setting::new().set();
    let body = Some("changelog(faster): Starts at once".to_owned());
    let run = checked(&stage, SeedPullRequest { body, ..open(70, "Start at once", &["minor"]) }).ends_with(1);
    let (cause, words) = run.findings().remove(0);
    assert_eq!(cause, "E-SECTION-UNKNOWN");
    for said in ["#70", "`faster`", "`breaking`", "`security`", "/pull/70"] {
        assert!(words.contains(said), "{said} in {words}");
    }
    let body = Some("changelog(added): Starts at once".to_owned());
    checked(&stage, SeedPullRequest { body, ..open(71, "Start at once", &["minor"]) }).ends_with(0);
}

#[test]
fn row_1_2_the_commits_of_an_open_pull_request_count_as_in_the_release() {
    let stage = conventional();
    let commits = |headline: &str| {
        vec![SeedCommit {
            sha: "1".repeat(40),
            headline: headline.to_owned(),
            authored_at: "2026-11-21T00:00:00Z".parse().expect("a time"),
        }]
    };
    stage.rehearsal.forget_requests();
    let right = SeedPullRequest { commits: commits("feat: begin"), ..open(70, "Begin", &[]) };
    checked(&stage, right).ends_with(0);
    let reads = stage.rehearsal.requests();
    let asked: Vec<_> = reads.iter().filter(|request| request.access == Access::Read).collect();
    assert_eq!(asked.len(), 2, "the pull request and its commits: {asked:?}");
    let wrong = SeedPullRequest { commits: commits("Begin"), ..open(71, "Begin", &[]) };
    let run = checked(&stage, wrong).ends_with(1);
    assert_eq!(run.findings().remove(0).0, "E-COMMIT-UNCONVENTIONAL");
}

#[test]
fn the_branch_of_the_stamp_is_exempt_in_the_repository_itself_only() {
    let stage = Setting::new().set();
    let stamp = |number| SeedPullRequest {
        head: Some("slipway/release".to_owned()),
        state: PullState::Open,
        ..open(number, "Release v1.0.0", &[])
    };
    checked(&stage, stamp(70)).ends_with(0);
    let fork = SeedPullRequest { head_repository: Some("mallory/aihummer".to_owned()), ..stamp(71) };
    assert_eq!(checked(&stage, fork).ends_with(1).findings().remove(0).0, "E-LABEL-MISSING");
}
