//! The changelog of a whole history: releases from before the tool, releases of ours, and what waits.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use release_rehearsal::RequestRecord;

use crate::git::{commit, git};
use crate::requests::to_forge;
use crate::stage::{MAINTAINER, Setting, Stage};

const ALL: &[&str] = &["changelog", "--all"];

/// A platform with releases from before the tool: v1.0.0 after its first pull request, v1.1.0 after its second, with candidates before
/// and after; its third is not released.
fn adopting() -> Stage {
    let stage = Setting::new().set();
    let workshop = stage.path("workshop");
    git(&workshop, &["tag", "v0.9.0-rc.1", "HEAD~2"]);
    git(&workshop, &["tag", "v1.0.0", "HEAD~2"]);
    git(&workshop, &["tag", "--annotate", "--message", "The second one", "v1.1.0", "HEAD~1"]);
    git(&workshop, &["push", "--quiet", "--tags", "origin"]);
    stage
}

fn headings(changelog: &str) -> Vec<&str> {
    let versions = changelog.lines().filter_map(|line| line.strip_prefix("## ["));
    versions.filter_map(|line| line.split(']').next()).collect()
}

/// The section of a version, from its heading to the next or to the links.
fn section<'a>(changelog: &'a str, version: &str) -> &'a str {
    let start = changelog.find(&format!("## [{version}]")).expect("a heading");
    let rest = &changelog[start..];
    let end = ["\n## [", "\n["].iter().filter_map(|next| rest.find(next)).min();
    &rest[..end.unwrap_or(rest.len())]
}

fn rename(stage: &Stage, number: u64, title: &str) {
    let url = format!("{}/repos/example/aihummer/pulls/{number}", stage.rehearsal.api_url());
    let answer = ureq::patch(&url)
        .header("authorization", &format!("Bearer {MAINTAINER}"))
        .send_json(serde_json::json!({ "title": title }))
        .expect("a new title");
    assert_eq!(answer.status(), 200);
}

#[test]
fn row_1_6_the_whole_changelog_holds_releases_from_before_the_tool_those_of_ours_and_what_waits() {
    let stage = adopting();
    stage.release().ends_with(0);
    let released = stage.file("v1.1.1", "CHANGELOG.md");
    let waiting = stage.merge("Serve the fourth page", &["minor"]);
    rename(&stage, 4, "Renamed after its release");
    let clone = stage.fresh_clone();
    let whole = stage.run(&clone, ALL).ends_with(0).stdout;
    assert_eq!(headings(&whole), ["1.2.0", "1.1.1", "1.1.0", "1.0.0"], "{whole}");
    assert_eq!(
        section(&whole, "1.1.1").trim_end(),
        section(&released, "1.1.1").trim_end(),
        "as it was released"
    );
    assert!(section(&whole, "1.2.0").contains(&format!("Serve the fourth page ([#{waiting}]")), "{whole}");
    assert!(section(&whole, "1.1.0").contains("Serve the first page ([#2]"), "{whole}");
    assert!(section(&whole, "1.0.0").contains("Describe the platform ([#1]"), "{whole}");
    assert!(section(&whole, "1.0.0").contains("Contributors: rosa"), "{whole}");
    let tagged = git(&stage.bare(), &["for-each-ref", "--format=%(taggerdate:unix)", "refs/tags/v1.1.0"]);
    let tagged = Timestamp::from_second(tagged.parse().expect("seconds")).expect("a time").to_string();
    assert!(section(&whole, "1.1.0").contains(&tagged[..10]), "when it was tagged, {tagged}: {whole}");
    for (version, link) in [
        ("1.2.0", "compare/v1.1.1...v1.2.0"),
        ("1.1.1", "compare/v1.1.0...v1.1.1"),
        ("1.1.0", "compare/v1.0.0...v1.1.0"),
        ("1.0.0", "releases/tag/v1.0.0"),
    ] {
        let found = whole.lines().find(|line| line.starts_with(&format!("[{version}]: ")));
        assert!(found.is_some_and(|line| line.ends_with(link)), "{version}: {whole}");
    }
    assert_eq!(stage.run(&clone, ALL).ends_with(0).stdout, whole, "the same again");
    stage.release().ends_with(0);
    let later = stage.run(&stage.fresh_clone(), ALL).ends_with(0).stdout;
    assert_eq!(headings(&later), headings(&whole));
    assert_eq!(section(&later, "1.0.0"), section(&whole, "1.0.0"), "a stamp is no change");
}

#[test]
fn a_release_that_only_a_tag_holds_is_in_the_whole_changelog() {
    let stage = Setting::new().mode("tag-only").set();
    stage.release().ends_with(0);
    stage.merge("Serve the third page", &["minor"]);
    stage.release().ends_with(0);
    let whole = stage.run(&stage.fresh_clone(), ALL).ends_with(0).stdout;
    assert_eq!(headings(&whole), ["1.1.0", "1.0.0"], "{whole}");
    for version in ["1.1.0", "1.0.0"] {
        let released = stage.file(&format!("v{version}"), "CHANGELOG.md");
        assert_eq!(section(&whole, version).trim_end(), section(&released, version).trim_end());
    }
}

#[test]
fn a_release_that_is_tagged_and_not_finished_stands_there_once() {
    let stage = Setting::new().set();
    let tagged = stage.step("push-tag");
    stage.release_killed(&format!("after:{tagged}")).was_killed();
    let whole = stage.run(&stage.fresh_clone(), ALL).ends_with(0).stdout;
    assert_eq!(headings(&whole), ["1.0.0"], "{whole}");
}

#[test]
fn the_first_changelog_of_a_repository_that_adopts_the_tool_grows_with_its_releases() {
    let stage = adopting();
    let clone = stage.fresh_clone();
    // As a shell does that is to write the output there.
    fs::remove_file(clone.join("CHANGELOG.md")).expect("a file");
    let whole = stage.run(&clone, ALL).ends_with(0).stdout;
    // As the how-to says: the release writes the section of what waits itself.
    let waiting = section(&whole, "1.1.1").to_owned();
    let kept = whole.replacen(&format!("{waiting}\n"), "", 1);
    let kept: Vec<&str> = kept.lines().filter(|line| !line.starts_with("[1.1.1]: ")).collect();
    fs::write(clone.join("CHANGELOG.md"), kept.join("\n") + "\n").expect("a file");
    let path = clone.join("CHANGELOG.md");
    let text = fs::read_to_string(&path).expect("a file");
    stage.merge_file("Write the changelog", &["none"], "CHANGELOG.md", &text);
    stage.release().ends_with(0);
    let grown = stage.file("v1.1.1", "CHANGELOG.md");
    assert_eq!(headings(&grown), ["1.1.1", "1.1.0", "1.0.0"], "{grown}");
    for version in ["1.1.0", "1.0.0"] {
        assert_eq!(section(&grown, version), section(&text, version));
    }
}

#[test]
fn what_the_past_did_not_keep_to_stops_nothing_and_what_waits_only_itself() {
    let stage = Setting::new().pulls(&[("Serve the first page", &[]), ("Serve the second page", &[])]).set();
    let workshop = stage.path("workshop");
    git(&workshop, &["tag", "v1.0.0", "HEAD~1"]);
    git(&workshop, &["push", "--quiet", "--tags", "origin"]);
    let run = stage.run(&stage.fresh_clone(), ALL).ends_with(1);
    assert_eq!(headings(&run.stdout), ["1.0.0"], "{}", run.stdout);
    assert!(run.stdout.contains("Serve the first page ([#2]"), "{}", run.stdout);
    assert!(run.stderr.contains("E-LABEL-MISSING") && run.stderr.contains("#4"), "{}", run.stderr);
    assert!(!run.stderr.contains("#2"), "the past is no finding: {}", run.stderr);
    assert!(run.stderr.contains("of earlier releases, 1 lacks"), "{}", run.stderr);
}

/// How many times the forge is asked more than for what waits alone.
fn asked_more(stage: &Stage, clone: &Path) -> usize {
    let count = |arguments: &[&str]| {
        stage.rehearsal.forget_requests();
        stage.run(clone, arguments).ends_with(0);
        let requests: Vec<RequestRecord> = stage.rehearsal.requests();
        to_forge(&requests).len()
    };
    let less = count(&["changelog"]);
    count(ALL) - less
}

#[test]
fn the_forge_is_asked_once_for_fifty_commits_from_before_the_tool_and_never_for_ours() {
    let stage = Setting::new().set();
    let workshop = stage.path("workshop");
    for number in 0..117 {
        commit(&workshop, &format!("Change {number} by hand"), number);
        if number % 10 == 0 {
            git(&workshop, &["tag", &format!("v1.{number}.0")]);
        }
    }
    git(&workshop, &["tag", "v1.200.0"]);
    git(&workshop, &["push", "--quiet", "--tags", "origin", "HEAD:main"]);
    let more = asked_more(&stage, &stage.fresh_clone());
    let commits = 117 + 3_usize;
    // Those without a pull request are searched for among the latest ones, on three pages at most.
    assert!((commits.div_ceil(50)..=commits.div_ceil(50) + 3).contains(&more), "{more} requests");

    let ours = Setting::new().set();
    ours.release().ends_with(0);
    ours.merge("Serve the third page", &["minor"]);
    ours.release().ends_with(0);
    assert_eq!(asked_more(&ours, &ours.fresh_clone()), 0);
}

#[test]
fn a_version_and_the_whole_history_are_not_asked_for_at_once() {
    let stage = Setting::new().set();
    let run = stage.run(&stage.fresh_clone(), &["changelog", "--all", "v1.0.0"]).ends_with(2);
    assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
}

#[test]
fn the_whole_changelog_of_a_shallow_clone_is_refused_as_a_plan_is() {
    let stage = adopting();
    let remote = format!("file://{}", stage.bare().display());
    git(&stage.path(""), &["clone", "--quiet", "--depth", "1", &remote, "shallow"]);
    let shallow = stage.path("shallow");
    let whole = stage.run(&shallow, ALL);
    let plan = stage.run(&shallow, &["plan"]);
    assert_eq!((whole.code, &whole.stderr), (plan.code, &plan.stderr));
    assert!(whole.stdout.is_empty() && whole.stderr.contains("E-REPOSITORY-SHALLOW"), "{}", whole.stderr);
}
