//! The rules by which a version comes about, each as a table over small repositories that are really read. Never repeats what the
//! tables of `release-core` say about single functions.

use jiff::Timestamp;
use release_core::config::release::{BelowOne, Missing, Section, VersionSource};
use release_core::finding::{Cause, Finding, Severity};
use release_core::plan::{Decision, Plan, make};
use release_rehearsal::{PullState, Seed, SeedPullRequest};

use crate::git::bare;
use crate::past::BEGIN;
use crate::platform::{Settings, files};
use crate::stage::{Stage, now};
use crate::writer::Writer;

/// A repository of few commits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Small {
    pub settings: Settings,
    /// The tags of the first commit.
    pub tags: &'static [&'static str],
}

/// What happens to it.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// A pull request with this title and these labels is squashed.
    Pull(&'static str, &'static [&'static str]),
    /// The same, and the forge does not know it by its commit yet.
    Hurried(&'static str, &'static [&'static str]),
    /// A commit with this message is pushed.
    Commit(&'static str),
    /// The newest commit gets a light tag.
    Tag(&'static str),
}

use Change::{Commit, Hurried, Pull, Tag};

impl Small {
    /// Makes it and starts the servers.
    pub fn stage(&self, changes: &[Change]) -> Stage {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("remote.git");
        bare(&path);
        let mut writer = Writer::default();
        let mut head = writer.commit("Begin", &[], (BEGIN, BEGIN), &files(&self.settings));
        let mut pulls = Vec::new();
        for tag in self.tags {
            writer.point(&format!("refs/tags/{tag}"), &head);
        }
        for (place, change) in changes.iter().enumerate() {
            let second = BEGIN + 60 * i64::try_from(place + 1).unwrap();
            let mut commit = |message: &str| {
                let file = [("notes.txt", format!("{second}\n"))];
                writer.commit(message, &[&head], (second, second), &file)
            };
            match change {
                Commit(message) => head = commit(message),
                Pull(title, labels) | Hurried(title, labels) => {
                    let number = u64::try_from(place + 1).unwrap();
                    head = commit(&format!("{title} (#{number})"));
                    let unindexed = matches!(change, Hurried(..));
                    pulls.push((
                        head.clone(),
                        SeedPullRequest { unindexed, ..pull(number, title, labels, second) },
                    ));
                }
                Tag(name) => writer.point(&format!("refs/tags/{name}"), &head),
            }
        }
        writer.point("refs/heads/main", &head);
        let names = writer.write(&path);
        let pull_requests = pulls.into_iter().map(|(commit, pull)| SeedPullRequest {
            merge_commit: Some(names.of(&commit)),
            landed: vec![names.of(&commit)],
            ..pull
        });
        Stage::on(folder, Seed { pull_requests: pull_requests.collect(), ..Seed::default() })
    }

    /// What is decided: a version, `nothing`, or the causes that stop it.
    fn decide(&self, channel: &str, changes: &[Change]) -> String {
        said(&self.stage(changes), channel)
    }

    fn plan(&self, channel: &str, changes: &[Change]) -> (Plan, Vec<Finding>) {
        let facts = self.stage(changes).gather(channel, now()).expect("facts");
        match make(&facts) {
            Ok(Decision::Release(plan, findings)) => (*plan, findings),
            other => panic!("no plan: {other:#?}"),
        }
    }
}

fn said(stage: &Stage, channel: &str) -> String {
    match make(&stage.gather(channel, now()).expect("facts")) {
        Ok(Decision::Release(plan, _)) => plan.version.to_string(),
        Ok(Decision::Nothing(_)) => "nothing".to_owned(),
        Ok(Decision::Finish(unfinished)) => format!("finish {}", unfinished.plan.tag()),
        Err(error) => {
            let stopping = error.findings.iter().filter(|finding| finding.severity == Severity::Stop);
            stopping.map(|finding| finding.cause.id()).collect::<Vec<_>>().join(" ")
        }
    }
}

fn pull(number: u64, title: &str, labels: &[&str], second: i64) -> SeedPullRequest {
    SeedPullRequest {
        number,
        title: title.to_owned(),
        body: None,
        author: Some("ada".to_owned()),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        base: None,
        head: None,
        head_repository: None,
        state: PullState::Merged,
        created_at: None,
        merged_at: Some(Timestamp::from_second(second).unwrap()),
        merge_commit: None,
        landed: Vec::new(),
        commits: Vec::new(),
        unindexed: false,
    }
}

/// After v1.2.3, with these settings.
fn after(settings: Settings) -> Small {
    Small { settings, tags: &["v1.2.3"] }
}

fn assert_table(small: &Small, channel: &str, table: &[(&[Change], &str)]) {
    for (changes, expected) in table {
        assert_eq!(small.decide(channel, changes), *expected, "{channel} {changes:?} {:?}", small.settings);
    }
}

#[test]
fn the_first_release_has_the_configured_version_whatever_the_labels_say() {
    let table: &[(&[Change], &str)] = &[
        (&[], "1.0.0"),
        (&[Pull("Add threads", &["major"])], "1.0.0"),
        (&[Pull("Add threads", &["none"])], "1.0.0"),
        (&[Pull("Add threads", &[])], "1.0.0"),
        (&[Pull("Add threads", &["major", "minor"])], "1.0.0"),
        (&[Commit("Push at once")], "1.0.0"),
        // Of no version, or of a candidate only.
        (&[Tag("nightly"), Tag("v1"), Tag("1.4.0")], "1.0.0"),
        (&[Tag("v1.0.0-rc.1"), Commit("Push at once")], "1.0.0"),
    ];
    let settings = Settings { direct_commits: Missing::Stop, ..Settings::default() };
    let small = Small { settings, ..Small::default() };
    assert_table(&small, "latest", table);
    assert_table(&small, "rc", &[(&[], "1.0.0-rc.1")]);
    let (plan, findings) = small.plan("latest", &[Pull("Add threads", &[])]);
    assert_eq!(plan.reason.previous, None);
    assert_eq!(plan.entries.len(), 2, "the first commit and the pull request");
    assert!(plan.notes.contains("This is the first release."), "{}", plan.notes);
    assert!(findings.iter().all(|finding| finding.severity == Severity::Note), "{findings:#?}");
    let causes: Vec<Cause> = findings.iter().map(|finding| finding.cause).collect();
    assert_eq!(
        causes,
        [Cause::LabelMissing, Cause::CommitWithoutPullRequest, Cause::Unsigned],
        "still said, but they stop nothing"
    );
}

#[test]
fn a_pull_request_of_a_moment_ago_is_found_although_many_others_were_edited_since() {
    let mut changes = vec![Pull("Fix it", &["patch"]); 120];
    changes.extend([Tag("v1.2.4"), Hurried("Drop v1", &["major"])]);
    // Under these settings a commit whose pull request is lost would ride along unnoticed.
    let settings = Settings { direct_commits: Missing::RideAlong, ..Settings::default() };
    let stage = after(settings).stage(&changes);
    for number in 1..=120 {
        stage.edit_pull_request(number, "Fix it better");
    }
    let facts = stage.gather("latest", now()).expect("facts");
    let Ok(Decision::Release(plan, _)) = make(&facts) else { panic!("no plan") };
    assert_eq!(plan.version.to_string(), "2.0.0");
    let budget = facts.commits.len().div_ceil(50) + facts.releases.len().div_ceil(100) + 5;
    assert!(facts.requests.forge_reads as usize <= budget, "{budget} allowed: {:?}", facts.requests);
}

#[test]
fn nothing_is_released_where_nothing_asks_for_it() {
    let table: &[(&[Change], &str)] = &[
        (&[], "nothing"),
        (&[Pull("Mend the tests", &["none"])], "nothing"),
        (&[Pull("Mend the tests", &["none", "documentation-of-nobody"])], "E-LABEL-UNKNOWN"),
        (&[Commit("Push at once")], "nothing"),
        (&[Pull("Mend the tests", &["none"]), Pull("Fix it", &["patch"])], "1.2.4"),
        (&[Pull("Fix it", &["patch"]), Tag("v1.2.4")], "nothing"),
        (&[Pull("Fix it", &["patch"]), Tag("v1.2.4"), Pull("Mend the tests", &["none"])], "nothing"),
    ];
    assert_table(&after(Settings::default()), "latest", table);
    assert_table(&after(Settings::default()), "rc", &table[..2]);
}

#[test]
fn a_revert_moves_the_version_by_its_own_label_and_cancels_nothing() {
    let table: &[(&[Change], &str)] = &[
        (&[Pull("Add threads", &["minor"]), Pull("Revert \"Add threads\"", &["minor", "revert"])], "1.3.0"),
        (&[Pull("Drop v1", &["major"]), Pull("Revert \"Drop v1\"", &["patch", "revert"])], "2.0.0"),
        (&[Pull("Drop v1", &["major"]), Pull("Revert \"Drop v1\"", &["none", "revert"])], "2.0.0"),
        (&[Pull("Drop v1", &["major"]), Commit("Revert \"Drop v1\"")], "2.0.0"),
    ];
    assert_table(&after(Settings::default()), "latest", table);
    let (plan, _) = after(Settings::default()).plan("latest", table[0].0);
    let listed: Vec<_> = plan.entries.iter().map(|entry| (entry.section, entry.text.as_str())).collect();
    assert_eq!(listed, [(Section::Added, "Add threads"), (Section::Changed, "Revert \"Add threads\"")]);
}

#[test]
fn candidates_are_counted_for_the_version_that_they_lead_to() {
    let table: &[(&[Change], &str)] = &[
        (&[Pull("Add threads", &["minor"])], "1.3.0-rc.1"),
        // The same commit again is the same candidate.
        (&[Pull("Add threads", &["minor"]), Tag("v1.3.0-rc.1")], "nothing"),
        (&[Pull("Add threads", &["minor"]), Tag("v1.3.0-rc.1"), Pull("Fix it", &["patch"])], "1.3.0-rc.2"),
        (&[Pull("Add threads", &["minor"]), Tag("v1.3.0-rc.9"), Pull("Fix it", &["patch"])], "1.3.0-rc.10"),
        (&[Pull("Add threads", &["minor"]), Tag("v1.3.0-rc.1"), Pull("Drop v1", &["major"])], "2.0.0-rc.1"),
        (&[Pull("Add threads", &["minor"]), Tag("v1.3.0-beta.4"), Pull("Fix it", &["patch"])], "1.3.0-rc.1"),
        // What does not release by itself still makes another candidate of what does.
        (&[Pull("Add threads", &["minor"]), Tag("v1.3.0-rc.1"), Pull("Docs", &["none"])], "1.3.0-rc.2"),
    ];
    assert_table(&after(Settings::default()), "rc", table);
    let stable: &[(&[Change], &str)] = &[
        (&[Pull("Add threads", &["minor"]), Tag("v1.3.0-rc.1")], "1.3.0"),
        (&[Pull("Add threads", &["minor"]), Tag("v1.3.0-rc.1"), Pull("Fix it", &["patch"])], "1.3.0"),
    ];
    assert_table(&after(Settings::default()), "latest", stable);
    let (plan, _) = after(Settings::default()).plan("latest", stable[1].0);
    assert_eq!(plan.reason.previous.map(|tag| tag.to_string()).as_deref(), Some("v1.2.3"));
    assert_eq!(plan.entries.len(), 2, "what the candidates listed is listed again");
}

#[test]
fn below_one_a_bump_means_what_is_configured() {
    let bumps = ["major", "minor", "patch", "none"];
    let tables = [
        (BelowOne::Shifted, ["0.5.0", "0.4.3", "0.4.3", "nothing"]),
        (BelowOne::Literal, ["1.0.0", "0.5.0", "0.4.3", "nothing"]),
    ];
    for (below_one, expected) in tables {
        let small = Small { settings: Settings { below_one, ..Settings::default() }, tags: &["v0.4.2"] };
        for (bump, expected) in bumps.into_iter().zip(expected) {
            let labels: &'static [&'static str] = match bump {
                "major" => &["major"],
                "minor" => &["minor"],
                "patch" => &["patch"],
                _ => &["none"],
            };
            assert_eq!(small.decide("latest", &[Pull("It", labels)]), expected, "{below_one:?} {bump}");
        }
    }
}

#[test]
fn row_1_1_what_has_no_label_or_no_pull_request_stops_or_rides_along() {
    let unlabelled: &[Change] = &[Pull("Fix it", &["patch"]), Pull("Who knows", &["bug", "area/web"])];
    let direct: &[Change] = &[Pull("Fix it", &["patch"]), Commit("major: push at once")];
    let settings =
        |unlabelled, direct_commits| Settings { unlabelled, direct_commits, ..Settings::default() };
    let strict = after(settings(Missing::Stop, Missing::Stop));
    assert_table(&strict, "latest", &[(unlabelled, "E-LABEL-MISSING"), (direct, "E-COMMIT-WITHOUT-PR")]);
    let lenient = after(settings(Missing::RideAlong, Missing::RideAlong));
    assert_table(
        &lenient,
        "latest",
        &[(unlabelled, "1.2.4"), (direct, "1.2.4"), (&unlabelled[1..], "nothing")],
    );
    let (plan, _) = lenient.plan("latest", unlabelled);
    let listed: Vec<_> = plan.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(listed, ["Fix it", "Who knows"], "what rides along is listed");
    let (plan, findings) = lenient.plan("latest", direct);
    assert_eq!(plan.entries.len(), 2);
    assert!(findings.iter().any(|finding| finding.message.contains("push at once")), "{findings:#?}");
}

#[test]
fn row_1_1_a_pull_request_without_one_clear_label_is_named_with_title_author_and_link() {
    let small = after(Settings::default());
    for (labels, cause) in [
        (&["bug"][..], "E-LABEL-MISSING"),
        (&["minor", "patch"][..], "E-LABEL-CONFLICT"),
        (&["minor", "none"][..], "E-LABEL-CONFLICT"),
        (&["minor", "wontfix"][..], "E-LABEL-UNKNOWN"),
    ] {
        let stage = small.stage(&[Pull("Add `threads`", labels), Pull("Fix it", &["patch"])]);
        assert_eq!(said(&stage, "latest"), cause, "{labels:?}");
        let error = make(&stage.gather("latest", now()).expect("facts")).expect_err("findings");
        let finding = &error.findings[0];
        for part in ["#1", "Add `threads`", "ada"] {
            assert!(finding.message.contains(part), "{finding:?}");
        }
        assert!(finding.place.as_ref().is_some_and(|place| place.ends_with("/acme/widget/pull/1")));
    }
    // As GitHub itself, the rule does not tell upper from lower case.
    assert_eq!(small.decide("latest", &[Pull("Add threads", &["Minor", "AREA/Web"])]), "1.3.0");
}

#[test]
fn row_1_2_conventional_commits_can_be_the_source_of_the_version() {
    let settings = Settings {
        source: VersionSource::ConventionalCommits,
        direct_commits: Missing::Stop,
        ..Settings::default()
    };
    let table: &[(&[Change], &str)] = &[
        (&[Pull("feat: threads", &[])], "1.3.0"),
        (&[Pull("fix(api): answer", &[])], "1.2.4"),
        (&[Pull("refactor!: drop v1", &[])], "2.0.0"),
        (&[Pull("docs: explain", &[])], "nothing"),
        (&[Commit("fix: push at once")], "1.2.4"),
        (&[Commit("fix: push at once\n\nBREAKING CHANGE: v1 is gone\n")], "2.0.0"),
        (&[Commit("feat: a"), Pull("fix: b", &[])], "1.3.0"),
        (&[Commit("feat: a"), Commit("revert: feat: a")], "1.3.0"),
        // Labels say nothing here, not even a contradiction.
        (&[Pull("fix: answer", &["major"])], "1.2.4"),
        (&[Pull("fix: answer", &["major", "minor"])], "1.2.4"),
        (&[Pull("Answer", &["major"])], "E-COMMIT-UNCONVENTIONAL"),
        (&[Commit("Push at once")], "E-COMMIT-WITHOUT-PR"),
    ];
    assert_table(&after(settings), "latest", table);
}

#[test]
fn row_1_2_conventional_commits_can_stand_in_where_labels_are_missing() {
    let settings = Settings { source: VersionSource::LabelsThenConventionalCommits, ..Settings::default() };
    let table: &[(&[Change], &str)] = &[
        (&[Pull("feat: threads", &["patch"])], "1.2.4"),
        (&[Pull("docs: explain", &["major"])], "2.0.0"),
        (&[Pull("feat!: threads", &["none"])], "nothing"),
        (&[Pull("feat: threads", &["bug"])], "1.3.0"),
        (&[Pull("feat: threads", &["minor", "patch"])], "E-LABEL-CONFLICT"),
        (&[Pull("Threads", &[])], "E-LABEL-MISSING"),
        (&[Commit("feat: push at once")], "1.3.0"),
    ];
    assert_table(&after(settings), "latest", table);
}
