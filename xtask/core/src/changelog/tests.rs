//! What a changelog looks like, from pull requests to the file.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use jiff::Timestamp;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag as Markup};
use semver::Version;

use super::document::{insert, section_of};
use super::entry::{Change, contributors, entries};
use super::render::{Release, RenderError, Renderer, Templates};
use super::{document, notes};
use crate::config::release::{Bump, LabelRule, Section};
use crate::facts::{CommitFacts, Identity, PullRequestFacts};
use crate::identity::{ObjectId, Tag};
use crate::plan::{Entry, PlanId};
use crate::untrusted::tests::{HOSTILE, assert_no_autolink, hostile_text};

const REPOSITORY: &str = "https://github.com/acme/widgets";

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_219_200 + second).unwrap()
}

fn pull_request(number: u64, title: &str) -> PullRequestFacts {
    PullRequestFacts {
        number,
        title: title.to_owned(),
        body: String::new(),
        author: Some("alice".to_owned()),
        bot: false,
        url: format!("{REPOSITORY}/pull/{number}"),
        base: "main".to_owned(),
        head: "topic".to_owned(),
        fork: false,
        labels: Vec::new(),
        merged: Some(time(i64::try_from(number).unwrap())),
        commits: Vec::new(),
    }
}

fn commit(digit: char, subject: &str) -> CommitFacts {
    CommitFacts {
        id: object(digit),
        parents: Vec::new(),
        subject: subject.to_owned(),
        body: String::new(),
        author: Identity { name: "Alice Müller".to_owned(), email: "alice@acme.example".to_owned() },
        authored: time(0),
        committed: time(0),
    }
}

fn object(digit: char) -> ObjectId {
    digit.to_string().repeat(40).parse().unwrap()
}

fn rule(name: &str, section: Section) -> LabelRule {
    LabelRule { name: name.to_owned(), bump: None, section: Some(section) }
}

fn release(entries: Vec<Entry>) -> Release {
    Release {
        version: Version::new(1, 3, 0),
        date: time(0),
        previous: Tag::parse("v1.2.0"),
        entries,
        contributors: Vec::new(),
    }
}

fn renderer() -> Renderer {
    Renderer::new(REPOSITORY, Templates::default()).unwrap()
}

fn all_patches(_: Change<'_>) -> Bump {
    Bump::Patch
}

#[test]
fn the_section_is_the_blocks_then_the_labels_then_the_bumps() {
    let rules = [
        rule("security", Section::Security),
        rule("Deprecation", Section::Deprecated),
        rule("migration:*", Section::Migration),
    ];
    let cases = [
        ("changelog(added): x", &["security"][..], Bump::Major, Section::Added),
        ("", &["security"], Bump::Major, Section::Security),
        ("", &["SECURITY", "deprecation"], Bump::Major, Section::Deprecated),
        ("", &["Migration:Postgres", "security"], Bump::None, Section::Migration),
        ("", &["migration"], Bump::Minor, Section::Added),
        ("changelog(unheard-of): x", &[], Bump::Patch, Section::Fixed),
        ("", &[], Bump::Major, Section::Breaking),
        ("", &[], Bump::None, Section::Changed),
    ];
    for (body, labels, bump, expected) in cases {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let facts = PullRequestFacts { body: body.to_owned(), labels, ..pull_request(1, "x") };
        let found = entries(&[facts], &[], &rules, |_| bump);
        assert_eq!(found[0].section, expected, "{body:?} {bump:?}");
    }
}

#[test]
fn every_merged_pull_request_is_listed_once_and_a_commit_only_without_one() {
    let mut bringing = pull_request(2, "feat: two");
    bringing.commits.push(object('a'));
    let revert = pull_request(3, "Revert \"feat: two\"");
    let open = PullRequestFacts { merged: None, ..pull_request(4, "open") };
    let commits = [commit('a', "two"), commit('b', "fix: by hand (#99)"), commit('b', "again")];
    let found = entries(&[revert, bringing.clone(), open, bringing], &commits, &[], all_patches);
    let texts: Vec<&str> = found.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["By hand (`#99`)", "Two", "Revert \"feat: two\""]);
    assert_eq!(found[0].commit, Some(object('b')));
}

#[test]
fn entries_stand_by_section_then_by_time_of_merge_then_by_number() {
    let at = |number, second| PullRequestFacts { merged: Some(time(second)), ..pull_request(number, "x") };
    let bump = |change: Change<'_>| match change {
        Change::PullRequest(facts) if facts.number == 9 => Bump::Major,
        _ => Bump::Patch,
    };
    let all = [at(1, 50), at(9, 90), at(3, 20), at(2, 20)];
    let numbers = |facts: &[PullRequestFacts]| -> Vec<u64> {
        entries(facts, &[], &[], bump).iter().filter_map(|entry| entry.number).collect()
    };
    assert_eq!(numbers(&all), [9, 2, 3, 1]);
    let mut reversed = all;
    reversed.reverse();
    assert_eq!(numbers(&reversed), [9, 2, 3, 1], "whatever the order they are given in");
}

#[test]
fn contributors_are_people_once_each() {
    let by = |login: &str| PullRequestFacts { author: Some(login.to_owned()), ..pull_request(1, "x") };
    let bot = PullRequestFacts { bot: true, ..by("robot") };
    let ghost = PullRequestFacts { author: None, ..by("") };
    let all = [by("bob"), by("Carol"), by("alice"), by("carol"), by("Bob"), by("helper[bot]"), bot, ghost];
    assert_eq!(
        contributors(&all).iter().map(|name| name.to_lowercase()).collect::<Vec<_>>(),
        ["alice", "bob", "carol"]
    );
}

#[test]
fn an_address_that_could_break_out_of_its_link_is_left_out() {
    for url in [
        "javascript:alert(1)",
        "https://a.example/) [x](y",
        "https://a.example/<b>",
        "https://",
        "https://a.example/\\",
    ] {
        let facts = PullRequestFacts { url: url.to_owned(), ..pull_request(1, "x") };
        assert_eq!(entries(&[facts], &[], &[], all_patches)[0].url, None, "{url}");
    }
}

#[test]
fn a_release_is_written_as_keep_a_changelog_asks() {
    let mut breaking = pull_request(12, "feat(api)!: drop the old address");
    breaking.body = "changelog(breaking): The old address is gone; use `/v2`".to_owned();
    let bot = PullRequestFacts {
        author: Some("updater[bot]".to_owned()),
        bot: true,
        ..pull_request(13, "deps: bump x")
    };
    let ghost = PullRequestFacts { author: None, ..pull_request(14, "fix: wait") };
    let pulls = [breaking, bot, ghost];
    let mut release = release(entries(&pulls, &[commit('a', "fix: by hand")], &[], all_patches));
    release.contributors = contributors(&pulls);
    let section = renderer().section(&release).unwrap();
    let expected = "\
## [1.3.0] - 2026-11-21

### Breaking

- The old address is gone; use \\`/v2\\` ([#12](https://github.com/acme/widgets/pull/12), alice)

### Fixed

- By hand ([aaaaaaaaaaaa](https://github.com/acme/widgets/commit/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa), Alice Müller)
- Bump x ([#13](https://github.com/acme/widgets/pull/13), updater)
- Wait ([#14](https://github.com/acme/widgets/pull/14))

Contributors: alice
";
    assert_eq!(section.body, expected);
    assert_eq!(section.reference(), "[1.3.0]: https://github.com/acme/widgets/compare/v1.2.0...v1.3.0");
    release.previous = None;
    let first = renderer().section(&release).unwrap();
    assert_eq!(first.link, "https://github.com/acme/widgets/releases/tag/v1.3.0");
}

#[test]
fn row_1_6_sections_stand_in_print_order_under_their_headings() {
    let all =
        ["breaking", "migration", "action-required", "added", "changed", "deprecated", "fixed", "security"];
    let facts = |(index, name): (usize, &&str)| PullRequestFacts {
        body: format!("changelog({name}): x"),
        ..pull_request(100 - u64::try_from(index).unwrap(), "x")
    };
    let pulls: Vec<_> = all.iter().enumerate().map(facts).collect();
    let section = renderer().section(&release(entries(&pulls, &[], &[], all_patches))).unwrap();
    let headings: Vec<&str> = section.body.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let expected =
        ["Breaking", "Migration", "Action required", "Added", "Changed", "Deprecated", "Fixed", "Security"];
    assert_eq!(headings, expected);
}

#[test]
fn row_1_6_notes_carry_the_plan_and_the_releases_own_section() {
    let plan = PlanId(Sha256Hex::of(b"plan"));
    let release = release(entries(&[pull_request(12, "fix: wait")], &[], &[], all_patches));
    let text = notes::render(&renderer(), &release, &plan).unwrap();
    let expected = format!(
        "<!-- slipway-plan: {plan} -->\n\n## Fixed\n\n- Wait ([#12]({REPOSITORY}/pull/12), alice)\n\n\
         All changes since v1.2.0: [v1.2.0...v1.3.0]({REPOSITORY}/compare/v1.2.0...v1.3.0)\n"
    );
    assert_eq!(text, expected);
    assert_eq!(notes::plan_id_in(&text), Some(plan));
}

#[test]
fn notes_longer_than_the_forge_takes_are_cut_and_say_where_the_rest_is() {
    let plan = PlanId(Sha256Hex::of(b"plan"));
    let pulls: Vec<_> = (1..=2000).map(|number| pull_request(number, &"ä<".repeat(100))).collect();
    let text = notes::render(&renderer(), &release(entries(&pulls, &[], &[], all_patches)), &plan).unwrap();
    let characters = text.chars().count();
    assert!((notes::LIMIT - 1200..=notes::LIMIT).contains(&characters), "{characters}");
    assert!(
        text.ends_with(&format!("[CHANGELOG.md]({REPOSITORY}/blob/v1.3.0/CHANGELOG.md).\n")),
        "{}",
        &text[text.len() - 200..]
    );
    assert_eq!(notes::plan_id_in(&text), Some(plan));
}

#[test]
fn a_repositorys_own_template_counts_and_a_wrong_one_is_named() {
    let own = Templates {
        section: Some(
            "## [{{ version }}]\r\n{% for s in sections %}\r\n{{ s.title }}: {{ s.entries | length }}\r\n{% endfor %}",
        ),
        notes: None,
    };
    let release = release(entries(&[pull_request(1, "<b>")], &[], &[], all_patches));
    let section = Renderer::new(REPOSITORY, own).unwrap().section(&release).unwrap();
    assert_eq!(section.body, "## [1.3.0]\nFixed: 1\n");
    let broken = Templates { section: None, notes: Some("{% if %}") };
    let error = Renderer::new(REPOSITORY, broken).unwrap_err();
    assert!(error.to_string().contains("release-notes.md.j2") && error.to_string().contains('1'), "{error}");
    let unknown = Templates { section: Some("one\n{{ verison }}"), notes: None };
    let RenderError::Template { name, reason } =
        Renderer::new(REPOSITORY, unknown).unwrap().section(&release).unwrap_err();
    assert!(name == "changelog-section.md.j2" && reason.contains("line 2"), "{reason}");
}

#[test]
fn a_whole_changelog_is_what_inserting_its_releases_one_by_one_gives() {
    let entries = entries(&[pull_request(1, "one")], &[], &[], all_patches);
    let of = |version: &str, previous: Option<&str>| Release {
        version: version.parse().unwrap(),
        previous: previous.and_then(Tag::parse),
        ..release(entries.clone())
    };
    let releases = [
        of("1.0.0", None),
        of("1.1.0", Some("v1.0.0")),
        of("2.0.0-rc.1", Some("v1.1.0")),
        of("1.0.1", Some("v1.0.0")),
    ];
    let full = renderer().full(&releases).unwrap();
    let mut document: Option<String> = None;
    for release in &releases {
        let section = renderer().section(release).unwrap();
        let splices = insert(document.as_deref(), &[], &section).unwrap();
        document = Some(document::applied(document.as_deref().unwrap_or_default(), &splices));
    }
    assert_eq!(document, Some(full));
}

/// Fails where a section holds anything but its heading, one item for each entry with its one link, and no stranger's markup.
fn assert_well_formed(body: &str, titles: usize) {
    let options = Options::ENABLE_GFM
        | Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut outside_links, mut links) = (String::new(), 0);
    for event in Parser::new_ext(body, options) {
        let name = match event {
            Event::Start(Markup::Item) => "item",
            Event::Start(Markup::Heading { .. }) => "heading",
            Event::Start(Markup::Link { dest_url, .. }) => {
                assert!(dest_url.starts_with(REPOSITORY), "{dest_url}");
                links += 1;
                "link"
            }
            Event::Start(Markup::List(None) | Markup::Paragraph) => "block",
            Event::Code(_) => {
                outside_links.push(' ');
                "code"
            }
            Event::End(end) => {
                links -= usize::from(end == pulldown_cmark::TagEnd::Link);
                "end"
            }
            Event::Text(text) => {
                if links == 0 {
                    outside_links.push_str(&text);
                }
                "text"
            }
            other => panic!("{other:?} in {body}"),
        };
        *count.entry(name).or_default() += 1;
    }
    assert_no_autolink(&outside_links);
    assert_eq!(count.get("item").copied().unwrap_or(0), titles, "{body}");
    assert_eq!(count.get("link").copied().unwrap_or(0), titles, "{body}");
}

fn hostile_release(titles: &[String]) -> Release {
    let pulls: Vec<_> = titles
        .iter()
        .enumerate()
        .map(|(index, title)| PullRequestFacts {
            body: if index % 3 == 0 { format!("changelog: {title}\n") } else { title.clone() },
            author: Some(title.clone()),
            ..pull_request(u64::try_from(index + 1).unwrap(), title)
        })
        .collect();
    let mut release = release(entries(&pulls, &[], &[], all_patches));
    release.contributors = contributors(&pulls);
    release
}

#[test]
fn hostile_titles_make_one_item_each_and_no_markup_of_their_own() {
    let titles: Vec<String> = HOSTILE.iter().map(|title| (*title).to_owned()).collect();
    let release = hostile_release(&titles);
    let section = renderer().section(&release).unwrap();
    assert_well_formed(&section.body, titles.len());
    let plan = PlanId(Sha256Hex::of(b"plan"));
    assert_well_formed(
        notes::render(&renderer(), &release, &plan)
            .unwrap()
            .split_once("\n\n")
            .unwrap()
            .1
            .rsplit_once("\n\n")
            .unwrap()
            .0,
        titles.len(),
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_titles_make_one_item_each_and_a_section_that_is_found_again(titles in prop::collection::vec(hostile_text(), 1..6)) {
        let section = renderer().section(&hostile_release(&titles)).unwrap();
        assert_well_formed(&section.body, titles.len());
        let splices = insert(None, &[], &section).unwrap();
        let document = document::applied("", &splices);
        prop_assert_eq!(section_of(&document, &section.version), Some(section.body.trim_end()));
        prop_assert_eq!(insert(Some(&document), &[], &section), Ok(Vec::new()));
    }
}
