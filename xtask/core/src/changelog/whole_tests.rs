//! Releases of a whole history: what is frozen, what is told anew, and which pull request stands where.

use super::*;
use crate::changelog::document::versions_of;
use crate::samples::{self, commit, day, facts, id, plan, pull_request, tag};

/// Six commits; foreign tags on the second and the fourth; nobody gave labels. The facts are of what comes after.
fn past() -> (Facts, Past) {
    let mut facts = facts();
    facts.repository.tags = vec![tag("v1.0.0", 2), tag("v1.1.0", 4)];
    let past = Past {
        commits: (1..=6).rev().map(|number| commit(number, &format!("Change by {number}"))).collect(),
        frozen: BTreeMap::new(),
        dates: [("v1.0.0", 20), ("v1.1.0", 40)].map(|(name, on)| (name.parse().unwrap(), day(on))).into(),
        left_out: BTreeSet::new(),
        pull_requests: Vec::new(),
    };
    (facts, past)
}

fn section<'a>(whole: &'a Whole, version: &str) -> &'a str {
    super::super::document::section_of(&whole.text, &version.parse().unwrap()).expect("a section")
}

#[test]
fn every_release_has_a_section_newest_first_with_its_date_and_its_comparison() {
    let (facts, past) = past();
    let whole = write(&facts, &past, None).unwrap();
    let headings: Vec<&str> = whole.text.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings, ["## [1.1.0] - 2023-12-24", "## [1.0.0] - 2023-12-04"]);
    assert!(whole.text.starts_with("# Changelog\n"));
    assert!(whole.text.contains("\n[1.1.0]: https://github.com/acme/widgets/compare/v1.0.0...v1.1.0\n"));
    assert!(whole.text.ends_with("\n[1.0.0]: https://github.com/acme/widgets/releases/tag/v1.0.0\n"));
    assert!(
        section(&whole, "1.0.0").contains("Change by 1") && section(&whole, "1.0.0").contains("Change by 2")
    );
    assert!(!whole.text.contains("Change by 5"), "that is not released");
    assert_eq!(whole.unruly, 4, "direct commits, listed all the same");
}

#[test]
fn what_comes_stands_first_and_once_even_where_it_is_tagged_already() {
    let (mut facts, mut past) = past();
    let coming = plan();
    let whole = write(&facts, &past, Some(&coming)).unwrap();
    let versions = ["1.3.0", "1.1.0", "1.0.0"].map(|version| version.parse().unwrap());
    assert_eq!(versions_of(&whole.text), versions.into());
    assert_eq!(whole.text.find("## ["), whole.text.find("## [1.3.0] - "));

    facts.repository.tags.push(TagFacts { plan: Some(coming.id.clone()), ..tag("v1.3.0", 6) });
    let frozen = Frozen::read(&coming.to_json()).unwrap();
    past.frozen.insert(coming.tag(), frozen);
    assert_eq!(write(&facts, &past, Some(&coming)).unwrap().text.matches("## [1.3.0]").count(), 1);
}

#[test]
fn a_release_of_ours_stands_there_as_its_plan_froze_it() {
    let (mut facts, mut past) = past();
    let ours = plan();
    facts.repository.tags.push(TagFacts { plan: Some(ours.id.clone()), ..tag("v1.3.0", 6) });
    past.frozen.insert(ours.tag(), Frozen::read(&ours.to_json()).unwrap());
    // As if its title had changed since, and somebody had asked.
    past.pull_requests = vec![crate::facts::PullRequestFacts {
        title: "Another title".to_owned(),
        commits: vec![id(6)],
        ..pull_request(7, &["minor"])
    }];
    let whole = write(&facts, &past, None).unwrap();
    let edit = ours.edits.iter().find(|edit| edit.path == "CHANGELOG.md").unwrap();
    let released: String = edit.splices.iter().map(|splice| splice.insert.as_str()).collect();
    let version = "1.3.0".parse().unwrap();
    let released = super::super::document::section_of(&released, &version).unwrap();
    assert_eq!(section(&whole, "1.3.0").trim_end(), released.trim_end());
    assert!(!whole.text.contains("Another title"));
}

#[test]
fn a_plan_that_was_changed_belongs_to_no_tag() {
    let ours = plan();
    let text = ours.to_json();
    assert!(Frozen::read(&text).unwrap().is_of(&ours.tag(), &ours.id));
    assert!(!Frozen::read(&text).unwrap().is_of(&"v1.3.1".parse().unwrap(), &ours.id));
    let other = Frozen::read(&text.replace("\"Change 7\"", "\"Nothing\"")).unwrap();
    assert!(!other.is_of(&ours.tag(), &ours.id));
    assert!(Frozen::read("{}").is_err());
}

#[test]
fn a_pull_request_belongs_to_the_oldest_release_that_holds_one_of_its_commits() {
    let (facts, mut past) = past();
    let of = |number, commits: &[u64]| crate::facts::PullRequestFacts {
        commits: commits.iter().map(|number| id(*number)).collect(),
        ..pull_request(number, &["minor"])
    };
    past.pull_requests = vec![of(11, &[3, 2]), of(12, &[4])];
    let whole = write(&facts, &past, None).unwrap();
    let (first, second) = (section(&whole, "1.0.0"), section(&whole, "1.1.0"));
    assert!(first.contains("[#11]") && first.contains("Change by 1"), "{first}");
    assert!(second.contains("[#12]") && !second.contains("[#11]"), "{second}");
    for covered in ["Change by 2", "Change by 3", "Change by 4"] {
        assert!(!whole.text.contains(covered), "{covered} came in with a pull request");
    }
    assert!(
        first.contains("Contributors: alice") && second.contains("Contributors: alice"),
        "who contributed: {first}"
    );
    assert_eq!(whole.unruly, 1);
}

#[test]
fn a_pull_request_that_a_release_of_ours_tells_of_stands_in_no_other() {
    let (mut facts, mut past) = past();
    let ours = plan();
    facts.repository.tags.push(TagFacts { plan: Some(ours.id.clone()), ..tag("v1.3.0", 6) });
    let listed = ours.entries.iter().find_map(|entry| entry.number).unwrap();
    // One of its commits was tagged by hand before the rest was merged.
    past.pull_requests =
        vec![crate::facts::PullRequestFacts { commits: vec![id(4), id(5)], ..pull_request(listed, &[]) }];
    let before = write(&facts, &past, None).unwrap();
    assert!(section(&before, "1.1.0").contains(&format!("[#{listed}]")), "nothing else tells of it");
    for (frozen, coming) in [(true, None), (false, Some(&ours))] {
        past.frozen.clear();
        if frozen {
            past.frozen.insert(ours.tag(), Frozen::read(&ours.to_json()).unwrap());
        }
        facts.repository.tags.truncate(if frozen { 3 } else { 2 });
        let whole = write(&facts, &past, coming).unwrap();
        assert_eq!(whole.text.matches(&format!("[#{listed}]")).count(), 1, "{}", whole.text);
        assert!(section(&whole, "1.3.0").contains(&format!("[#{listed}]")));
        assert!(!whole.text.contains("Change by 4"), "it came in with the pull request");
    }
}

#[test]
fn a_commit_that_only_stamps_is_no_change() {
    let (facts, mut past) = past();
    past.left_out.insert(id(3));
    let whole = write(&facts, &past, None).unwrap();
    assert!(!whole.text.contains("Change by 3") && whole.text.contains("Change by 4"));
}

#[test]
fn labels_that_are_unknown_or_missing_stop_nothing_in_the_past() {
    let (facts, mut past) = past();
    past.pull_requests = vec![pull_request(2, &[]), pull_request(4, &["kind/bug", "major", "minor"])];
    let whole = write(&facts, &past, None).unwrap();
    assert!(section(&whole, "1.0.0").contains("[#2]") && section(&whole, "1.1.0").contains("[#4]"));
    assert!(whole.unruly >= 4);
}

#[test]
fn a_template_that_is_wrong_is_named() {
    let (mut facts, past) = past();
    facts.tree.insert("bundle-templates/changelog-section.md.j2".to_owned(), samples::file("{{ nothing }}"));
    let findings = write(&facts, &past, None).unwrap_err();
    assert_eq!(samples::causes(&findings), [crate::finding::Cause::Template]);
}
