//! The label rule, pull request by pull request.

use super::*;
use crate::samples;

fn config(change: impl FnOnce(&mut ReleaseConfig)) -> ReleaseConfig {
    let mut config = samples::configuration().release;
    change(&mut config);
    config
}

fn judged(labels: &[&str], config: &ReleaseConfig) -> Judgement {
    judge(&samples::pull_request(12, labels), &[], config)
}

fn causes(judgement: &Judgement) -> Vec<Cause> {
    samples::causes(&judgement.findings)
}

#[test]
fn one_version_label_says_how_far_the_version_moves_whatever_else_is_there() {
    let config = config(|_| {});
    let bumps = [
        ("major", Bump::Major),
        ("minor", Bump::Minor),
        ("patch", Bump::Patch),
        ("hotfix", Bump::Patch),
        ("none", Bump::None),
    ];
    for (label, bump) in bumps {
        for labels in [vec![label], vec!["security", label], vec![label, "area/web", "security"]] {
            let judgement = judged(&labels, &config);
            assert_eq!(judgement, Judgement { bump: Some(bump), findings: Vec::new() }, "{labels:?}");
        }
    }
}

#[test]
fn any_two_version_labels_agree_or_contradict_each_other() {
    let config = config(|_| {});
    let labels = ["major", "minor", "patch", "hotfix", "none"];
    for one in labels {
        for other in labels {
            let judgement = judged(&[one, other], &config);
            let agree = one == other || [one, other].iter().all(|label| ["patch", "hotfix"].contains(label));
            let expected = if agree { vec![] } else { vec![Cause::LabelConflict] };
            assert_eq!(causes(&judgement), expected, "{one} {other}");
            assert_eq!(judgement.bump.is_some(), agree, "{one} {other}");
        }
    }
    assert_eq!(causes(&judged(&["patch", "hotfix", "minor"], &config)), [Cause::LabelConflict]);
}

#[test]
fn case_does_not_matter() {
    let config = config(|config| config.labels[0].name = "Version: MAJOR".to_owned());
    for label in ["version: major", "VERSION: MAJOR", "Version: Major"] {
        assert_eq!(judged(&[label], &config).bump, Some(Bump::Major), "{label}");
    }
    assert_eq!(judged(&["MiNoR"], &config).bump, Some(Bump::Minor));
    assert_eq!(judged(&["ſecurity", "minor"], &config).findings.len(), 1, "a long s is no s");
}

#[test]
fn letters_that_only_look_alike_are_other_labels() {
    let config = config(|_| {});
    for label in ["pаtch", "ｐatch", "patch\u{200b}", " patch", "patch ", "p\u{430}tch", "pat\u{441}h"] {
        let judgement = judged(&[label], &config);
        assert_eq!(causes(&judgement), [Cause::LabelUnknown, Cause::LabelMissing], "{label:?}");
        assert_eq!(judgement.bump, None, "{label:?}");
    }
}

#[test]
fn a_pattern_stands_for_any_rest_and_an_exact_name_wins_over_it() {
    let config = config(|config| {
        let rule = |name: &str, bump| LabelRule { name: name.to_owned(), bump: Some(bump), section: None };
        config.labels.insert(0, rule("version/*", Bump::Patch));
        config.labels.push(rule("version/big", Bump::Major));
    });
    let table = [
        ("version/small", Some(Bump::Patch)),
        ("VERSION/", Some(Bump::Patch)),
        ("version/big", Some(Bump::Major)),
        ("Version/Big", Some(Bump::Major)),
        ("version/bigger", Some(Bump::Patch)),
        ("version", None),
        ("my version/small", None),
    ];
    for (label, bump) in table {
        assert_eq!(judged(&[label], &config).bump, bump, "{label}");
    }
    assert_eq!(judged(&["area/web", "none"], &config).findings, []);
    assert_eq!(causes(&judged(&["area", "none"], &config)), [Cause::LabelUnknown]);
}

#[test]
fn a_star_elsewhere_than_at_the_end_stands_for_itself() {
    let config = config(|config| config.labels[0].name = "ver*sion".to_owned());
    assert_eq!(judged(&["ver*sion"], &config).bump, Some(Bump::Major));
    assert_eq!(judged(&["verxsion"], &config).bump, None);
}

#[test]
fn every_unknown_label_is_a_finding_of_its_own_and_the_known_one_still_counts() {
    let judgement = judged(&["wontfix", "minor", "later"], &config(|_| {}));
    assert_eq!(causes(&judgement), [Cause::LabelUnknown, Cause::LabelUnknown]);
    assert_eq!(judgement.bump, Some(Bump::Minor));
}

#[test]
fn where_no_label_is_declared_none_is_unknown() {
    let mut by_commits = config(|config| config.version.source = VersionSource::ConventionalCommits);
    by_commits.labels.clear();
    let named =
        PullRequestFacts { title: "feat: threads".to_owned(), ..samples::pull_request(12, &["enhancement"]) };
    let judgement = judge(&named, &[], &by_commits);
    assert_eq!(judgement, Judgement { bump: Some(Bump::Minor), findings: Vec::new() });
}

#[test]
fn without_a_version_label_the_release_stops_or_the_change_rides_along() {
    for labels in [vec![], vec!["security"]] {
        let judgement = judged(&labels, &config(|_| {}));
        assert_eq!((judgement.bump, causes(&judgement)), (None, vec![Cause::LabelMissing]));
        let riding = judged(&labels, &config(|config| config.version.unlabelled = Missing::RideAlong));
        assert_eq!(riding, Judgement { bump: Some(Bump::None), findings: Vec::new() });
    }
}

#[test]
fn riding_along_forgives_neither_a_contradiction_nor_an_unknown_label() {
    let config = config(|config| config.version.unlabelled = Missing::RideAlong);
    assert_eq!(causes(&judged(&["major", "none"], &config)), [Cause::LabelConflict]);
    assert_eq!(causes(&judged(&["unheard-of"], &config)), [Cause::LabelUnknown]);
}

#[test]
fn the_source_decides_whether_labels_or_conventional_commits_speak() {
    use VersionSource::{ConventionalCommits, Labels, LabelsThenConventionalCommits};
    let feat = [("feat: a", "")];
    let table = [
        (Labels, vec!["patch"], &feat[..], Some(Bump::Patch)),
        (Labels, vec![], &feat[..], None),
        (ConventionalCommits, vec!["patch"], &feat[..], Some(Bump::Minor)),
        (ConventionalCommits, vec!["major", "patch"], &feat[..], Some(Bump::Minor)),
        (ConventionalCommits, vec!["patch"], &[][..], None),
        (LabelsThenConventionalCommits, vec!["patch"], &feat[..], Some(Bump::Patch)),
        (LabelsThenConventionalCommits, vec!["none"], &feat[..], Some(Bump::None)),
        (LabelsThenConventionalCommits, vec!["security"], &feat[..], Some(Bump::Minor)),
        (LabelsThenConventionalCommits, vec!["major", "patch"], &feat[..], None),
        (LabelsThenConventionalCommits, vec![], &[][..], None),
    ];
    for (source, labels, messages, bump) in table {
        let config = config(|config| config.version.source = source);
        let judgement = judge(&samples::pull_request(12, &labels), messages, &config);
        assert_eq!(judgement.bump, bump, "{source:?} {labels:?}");
        assert_eq!(judgement.findings.is_empty(), bump.is_some(), "{source:?} {labels:?}");
    }
}

#[test]
fn the_largest_of_title_and_commits_counts() {
    let config = config(|config| config.version.source = VersionSource::ConventionalCommits);
    let titled = |title: &str, body: &str, messages: &[(&str, &str)]| {
        let pull_request = PullRequestFacts {
            title: title.to_owned(),
            body: body.to_owned(),
            ..samples::pull_request(1, &[])
        };
        judge(&pull_request, messages, &config).bump
    };
    assert_eq!(titled("fix: a", "", &[("feat: b", ""), ("docs: c", "")]), Some(Bump::Minor));
    assert_eq!(titled("feat!: a", "", &[("fix: b", "")]), Some(Bump::Major));
    assert_eq!(titled("Words", "", &[("Merge", ""), ("fix: b", "BREAKING CHANGE: c")]), Some(Bump::Major));
    assert_eq!(titled("fix: a", "BREAKING CHANGE: b", &[]), Some(Bump::Major));
    assert_eq!(titled("docs: a", "", &[]), Some(Bump::None));
}

#[test]
fn every_finding_names_number_title_author_and_link_and_says_what_to_do() {
    let by_labels = config(|_| {});
    let by_commits = config(|config| config.version.source = VersionSource::ConventionalCommits);
    let cases = [
        (vec![], &by_labels, Cause::LabelMissing, "`major`, `minor`, `patch`, `hotfix`, `none`"),
        (vec!["major", "minor"], &by_labels, Cause::LabelConflict, "leave exactly one"),
        (vec!["minor", "what"], &by_labels, Cause::LabelUnknown, "`config/release.yaml`"),
        (vec![], &by_commits, Cause::CommitUnconventional, "`fix: …`"),
    ];
    for (labels, config, cause, hint) in cases {
        let judgement = judged(&labels, config);
        let [finding] = judgement.findings.as_slice() else { panic!("one finding: {judgement:?}") };
        assert_eq!((finding.cause, finding.severity), (cause, Severity::Stop));
        assert!(finding.message.starts_with("pull request #12 `Change 12` by alice has "), "{finding:?}");
        assert_eq!(finding.place.as_deref(), Some("https://github.com/acme/widgets/pull/12"));
        assert!(finding.hint.contains(hint), "{finding:?}");
    }
}

#[test]
fn what_strangers_wrote_is_made_safe_and_a_deleted_account_is_said_to_be_one() {
    let pull_request = PullRequestFacts {
        title: "x\r\n::error::\u{1b}[2J\u{202e}".to_owned(),
        author: None,
        ..samples::pull_request(3, &["\u{1b}[31m"])
    };
    for finding in judge(&pull_request, &[], &config(|_| {})).findings {
        assert!(finding.message.contains("by a deleted account"), "{finding:?}");
        let hostile = |letter: char| letter.is_control() || letter == '\u{202e}';
        assert!(!finding.message.contains(hostile) && !finding.message.contains("::error"), "{finding:?}");
    }
}
