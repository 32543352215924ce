//! From everything that came in to one bump.

use super::*;
use crate::samples::{commit, configuration, id, pull_request};

fn config(change: impl FnOnce(&mut ReleaseConfig)) -> ReleaseConfig {
    let mut config = configuration().release;
    change(&mut config);
    config
}

#[test]
fn the_largest_bump_wins_and_all_that_ask_for_it_are_the_reason() {
    let pulls = [
        pull_request(4, &["patch"]),
        pull_request(5, &["minor"]),
        pull_request(6, &["none"]),
        pull_request(7, &["minor"]),
    ];
    let decided = decide(&[], &pulls, &config(|_| {}));
    assert_eq!(decided.bump, Bump::Minor);
    assert_eq!(decided.because, ["#5", "#7"]);
    assert_eq!(decided.pull_requests[&6], Bump::None);
    assert_eq!(decided.findings, []);
}

#[test]
fn nothing_and_what_releases_nothing_have_no_reason() {
    for pulls in [vec![], vec![pull_request(1, &["none"])]] {
        let decided = decide(&[], &pulls, &config(|_| {}));
        assert_eq!((decided.bump, decided.because), (Bump::None, Vec::new()));
    }
}

#[test]
fn a_revert_counts_by_its_own_label_and_cancels_nothing() {
    let mut revert = pull_request(8, &["patch"]);
    revert.title = "Revert \"Change 7\"".to_owned();
    let mut back = pull_request(9, &["minor"]);
    back.title = "Revert \"Revert \"Change 7\"\"".to_owned();
    let decided = decide(&[], &[pull_request(7, &["major"]), revert, back], &config(|_| {}));
    assert_eq!((decided.bump, decided.because), (Bump::Major, vec!["#7".to_owned()]));
}

#[test]
fn a_commit_that_a_pull_request_brought_in_is_not_counted_again() {
    let config = config(|_| {});
    let brought = decide(&[commit(2, "b"), commit(1, "a")], &[pull_request(1, &["patch"])], &config);
    assert_eq!(brought.direct, [(id(2), Bump::None)]);
    assert_eq!(brought.findings.len(), 1);
}

#[test]
fn a_number_in_a_commit_title_does_not_make_it_a_pull_requests() {
    let decided = decide(&[commit(2, "Change 1 (#1)")], &[pull_request(1, &["patch"])], &config(|_| {}));
    assert_eq!(decided.direct, [(id(2), Bump::None)]);
}

#[test]
fn a_commit_without_a_pull_request_stops_the_release_or_is_noted() {
    let commits = [commit(2, "Quick \u{1b}[31mfix")];
    for (setting, severity) in [(Missing::Stop, Severity::Stop), (Missing::RideAlong, Severity::Note)] {
        let config = config(|config| config.version.direct_commits = setting);
        let decided = decide(&commits, &[], &config);
        assert_eq!((decided.bump, decided.because.len()), (Bump::None, 0));
        let [finding] = decided.findings.as_slice() else { panic!("{decided:?}") };
        assert_eq!((finding.cause, finding.severity), (Cause::CommitWithoutPullRequest, severity));
        assert!(finding.message.starts_with("commit 000000000000 `Quick "), "{}", finding.message);
        assert!(!finding.message.contains('\u{1b}'), "{}", finding.message);
        assert!(finding.hint.contains("version.direct_commits"), "{}", finding.hint);
    }
}

#[test]
fn conventional_commits_speak_for_commits_without_a_pull_request_unless_only_labels_count() {
    let mut breaking = commit(3, "fix: b");
    breaking.body = "BREAKING CHANGE: c".to_owned();
    let commits = [breaking, commit(2, "feat: a")];
    for source in [VersionSource::ConventionalCommits, VersionSource::LabelsThenConventionalCommits] {
        let decided = decide(&commits, &[], &config(|config| config.version.source = source));
        assert_eq!(decided.direct, [(id(2), Bump::Minor), (id(3), Bump::Major)], "oldest first");
        assert_eq!((decided.bump, decided.because), (Bump::Major, vec![id(3).short().to_owned()]));
        assert_eq!(decided.findings, []);
    }
    let decided = decide(&commits, &[], &config(|_| {}));
    assert_eq!((decided.bump, decided.findings.len()), (Bump::None, 2));
}

#[test]
fn commits_of_a_pull_request_speak_for_it() {
    let config = config(|config| config.version.source = VersionSource::ConventionalCommits);
    let mut rebased = pull_request(9, &[]);
    rebased.commits = vec![id(1), id(2)];
    let decided = decide(&[commit(2, "feat: b"), commit(1, "fix: a")], &[rebased], &config);
    assert_eq!((decided.bump, decided.because), (Bump::Minor, vec!["#9".to_owned()]));
    assert_eq!(decided.direct, []);
}

#[test]
fn every_finding_of_every_change_is_there_at_once() {
    let pulls =
        [pull_request(1, &[]), pull_request(2, &["major", "minor"]), pull_request(3, &["minor", "x"])];
    let decided = decide(&[commit(9, "x")], &pulls, &config(|_| {}));
    assert_eq!(
        crate::samples::causes(&decided.findings),
        [Cause::LabelMissing, Cause::LabelConflict, Cause::LabelUnknown, Cause::CommitWithoutPullRequest]
    );
    assert_eq!(decided.bump, Bump::Minor, "what can be said is said");
}
