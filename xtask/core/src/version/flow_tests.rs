//! Who counts, who only carries, and who has another name than agreed.

use super::*;
use crate::config::release::{Bump, Missing, VersionSource};
use crate::samples::{self, id};
use crate::version::decide;

fn git_flow() -> ReleaseConfig {
    let mut config = samples::configuration().release;
    config.branches.develop = Some("develop".to_owned());
    config.branches.topics = ["feature/", "hotfix/"].map(str::to_owned).to_vec();
    config
}

fn pull(number: u64, head: &str, base: &str, labels: &[&str], commits: &[u64]) -> PullRequestFacts {
    PullRequestFacts {
        head: head.to_owned(),
        base: base.to_owned(),
        commits: commits.iter().copied().map(id).collect(),
        ..samples::pull_request(number, labels)
    }
}

fn commit(number: u64, parents: usize) -> CommitFacts {
    CommitFacts { parents: (0..parents).map(|_| id(99)).collect(), ..samples::commit(number, "Change it") }
}

/// What is decided of a feature merged into develop, which a carrier with these labels brought to main.
fn decided(carrier: &[&str], config: &ReleaseConfig) -> crate::version::Decided {
    let commits = [commit(4, 2), commit(3, 2), commit(2, 1)];
    let pulls = [
        pull(10, "feature/threads", "develop", &["minor"], &[2, 3]),
        pull(20, "develop", "main", carrier, &[2, 3, 4]),
    ];
    decide(&commits, &pulls, config)
}

#[test]
fn what_develop_collected_decides_and_its_carrier_needs_no_label() {
    let found = decided(&[], &git_flow());
    assert_eq!(found.findings, []);
    assert_eq!((found.bump, found.because.as_slice()), (Bump::Minor, ["#10".to_owned()].as_slice()));
    assert!(!found.pull_requests.contains_key(&20) && found.direct.is_empty());
    let spoken = decided(&["major"], &git_flow());
    assert_eq!((spoken.bump, spoken.pull_requests.len()), (Bump::Major, 2), "a label of its own counts");
    let trunk = decided(&[], &samples::configuration().release);
    assert_eq!(
        samples::causes(&trunk.findings),
        [Cause::LabelMissing],
        "without develop every one is judged"
    );
}

#[test]
fn a_carrier_hides_nothing_that_no_pull_request_brought() {
    let commits = [commit(4, 2), commit(2, 1)];
    let carrier = [pull(20, "develop", "main", &[], &[2, 4])];
    let found = decide(&commits, &carrier, &git_flow());
    assert_eq!(samples::causes(&found.findings), [Cause::CommitWithoutPullRequest]);
    let mut conventional = git_flow();
    conventional.version.source = VersionSource::ConventionalCommits;
    conventional.version.direct_commits = Missing::Stop;
    let feature = CommitFacts { subject: "feat: add it".to_owned(), ..commit(2, 1) };
    let found = decide(&[commit(4, 2), feature], &carrier, &conventional);
    assert_eq!((found.findings.as_slice(), found.bump, found.direct.len()), ([].as_slice(), Bump::Minor, 1));
}

#[test]
fn a_squashed_carrier_is_all_that_is_left_and_is_judged() {
    let found = decide(&[commit(4, 1)], &[pull(20, "develop", "main", &[], &[4])], &git_flow());
    assert_eq!(samples::causes(&found.findings), [Cause::LabelMissing]);
}

#[test]
fn a_branch_of_a_fork_carries_nothing_whatever_its_name() {
    let mut carrier = pull(20, "develop", "main", &[], &[4]);
    carrier.fork = true;
    let found = decide(&[commit(4, 2)], &[carrier], &git_flow());
    assert_eq!(samples::causes(&found.findings), [Cause::LabelMissing]);
}

#[test]
fn a_hotfix_branch_carries_where_pull_requests_were_merged_into_it() {
    let commits = [commit(4, 2), commit(2, 1)];
    let pulls = [
        pull(10, "feature/login", "hotfix/login", &["patch"], &[2]),
        pull(20, "hotfix/login", "main", &[], &[2, 4]),
    ];
    let found = decide(&commits, &pulls, &git_flow());
    assert_eq!((found.findings.as_slice(), found.bump), ([].as_slice(), Bump::Patch));
    let alone = decide(&commits, &pulls[1..], &git_flow());
    assert_eq!(samples::causes(&alone.findings), [Cause::LabelMissing]);
}

#[test]
fn those_count_whose_way_leads_to_what_is_released() {
    let branches = git_flow().branches;
    let line = "1.4".parse().ok();
    assert_eq!(bases(None, &Branches::default()), ["main"]);
    assert_eq!(bases(line, &Branches::default()), ["release/1.4", "main"]);
    assert_eq!(bases(None, &branches), ["main", "develop", "release/*", "feature/*", "hotfix/*"]);
    let all = vec![
        pull(1, "feature/a", "develop", &[], &[1]),
        pull(2, "feature/part", "feature/a", &[], &[1]),
        pull(3, "hotfix/b", "main", &[], &[2]),
        pull(4, "feature/c", "hotfix/b", &[], &[2]),
        pull(5, "feature/d", "release/next", &[], &[3]),
    ];
    let counted: Vec<u64> = counted(all, None, &branches).iter().map(|it| it.number).collect();
    assert_eq!(counted, [1, 3, 4, 5], "a part of a feature counts with the feature");
}

#[test]
fn names_are_those_that_were_agreed_on() {
    let branches = git_flow().branches;
    for good in
        ["main", "develop", "release/1.4", "release/next", "feature/a", "hotfix/a/b", "slipway/release"]
    {
        assert_eq!(misnamed(good, &branches), None, "{good}");
    }
    for bad in ["feature/", "feat/a", "Feature/a", "maintenance", "\u{1b}[31mx"] {
        let finding = misnamed(bad, &branches).expect(bad);
        assert!(finding.hint.contains("`feature/…`, `hotfix/…`"), "{}", finding.hint);
        assert!(!finding.message.contains('\u{1b}'), "{}", finding.message);
    }
    assert_eq!(misnamed("whatever", &Branches::default()), None, "nothing was agreed on");
    let named = pull(7, "fix-it", "develop", &[], &[]);
    assert!(misnamed_head(&named, &branches).is_some_and(|it| it.message.contains("#7")));
    for other in [PullRequestFacts { fork: true, ..named.clone() }, PullRequestFacts { bot: true, ..named }] {
        assert_eq!(misnamed_head(&other, &branches), None);
    }
}

#[test]
fn a_merged_branch_of_another_name_is_a_note() {
    let found = decide(&[commit(2, 1)], &[pull(10, "fix-it", "develop", &["patch"], &[2])], &git_flow());
    assert_eq!(samples::causes(&found.findings), [Cause::BranchName]);
    assert_eq!((found.findings[0].severity, found.bump), (Severity::Note, Bump::Patch));
}
