//! How long a changelog takes: a whole history, the section of the next release, and its way into a long file. The history is
//! generated, the same each time: 8,000 pull requests in 600 releases.

#![expect(clippy::disallowed_methods, reason = "the platform of this repository is the input")]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark stops at the first surprise")]

mod inputs;

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use release_core::changelog::document::insert;
use release_core::changelog::entry::{contributors, entries};
use release_core::changelog::render::{Release, Renderer, Templates};
use release_core::changelog::whole::{Past, write};
use release_core::config::release::{Bump, LabelRule, Section};
use release_core::facts::{CommitFacts, Facts, PullRequestFacts, TagFacts};
use release_core::identity::Tag;
use semver::Version;

const PULL_REQUESTS: u64 = 8_000;
const RELEASES: u64 = 600;
const REPOSITORY: &str = "https://github.com/acme/widgets";

/// The history of a busy repository: titles with and without prefixes, long descriptions with templates, several labels, some words
/// for the changelog, some hostile titles.
fn history() -> Vec<Vec<PullRequestFacts>> {
    let release = |release: u64| {
        let numbers = release * PULL_REQUESTS / RELEASES..(release + 1) * PULL_REQUESTS / RELEASES;
        numbers.map(|number| pull_request(number + 1)).collect()
    };
    (0..RELEASES).map(release).collect()
}

fn pull_request(number: u64) -> PullRequestFacts {
    let title = match number % 5 {
        0 => format!("feat(bot)!: answer in thread {number} (#{number})"),
        1 => {
            format!("fix: wait for `service_{number}` before <starting>, as @alice asked in #{}", number / 2)
        }
        2 => format!("Bump widget from 1.{number}.0 to 1.{number}.1"),
        3 => format!("docs: describe *everything* at https://docs.example/{number}?a=b&c=d"),
        _ => "Überarbeitung der Anmeldung: e\u{301}\u{202e} ".repeat(12),
    };
    let template = "<!-- Describe the change.\nWhat do users notice? -->\n\nWords about the change, some of them `code`.\n\n```sh\nmake\n```\n";
    let words =
        if number.is_multiple_of(10) { "changelog(action-required): Set a new *variable*\n" } else { "" };
    PullRequestFacts {
        number,
        title,
        body: template.repeat(8) + words,
        author: Some(format!("user{}", number % 40)),
        bot: false,
        url: format!("{REPOSITORY}/pull/{number}"),
        base: "main".to_owned(),
        head: format!("topic-{number}"),
        fork: false,
        labels: vec!["version: minor".to_owned(), "Security".to_owned(), format!("area: {}", number % 7)],
        merged: Timestamp::from_second(1_500_000_000 + i64::try_from(number).unwrap_or_default() * 3600).ok(),
        commits: Vec::new(),
    }
}

fn rules() -> Vec<LabelRule> {
    let rule = |name: &str, section| LabelRule { name: name.to_owned(), bump: None, section };
    vec![
        rule("version: minor", None),
        rule("security", Some(Section::Security)),
        rule("migration*", Some(Section::Migration)),
    ]
}

fn version(index: usize) -> Version {
    Version::new(1, u64::try_from(index).unwrap_or_default(), 0)
}

fn release(index: usize, pull_requests: &[PullRequestFacts], rules: &[LabelRule]) -> Release {
    Release {
        version: version(index),
        date: Timestamp::UNIX_EPOCH,
        previous: index.checked_sub(1).map(|before| Tag::of(&version(before))),
        entries: entries(pull_requests, &[], rules, |_| Bump::Patch),
        contributors: contributors(pull_requests),
    }
}

/// The history as it is read: every pull request brought one commit, every tenth commit merges a side line, and nothing is a release of
/// ours.
fn past(history: &[Vec<PullRequestFacts>], rules: &[LabelRule]) -> (Facts, Past) {
    let mut facts = inputs::facts(1);
    facts.configuration.release.labels = rules.to_vec();
    facts.repository_url = REPOSITORY.to_owned();
    let (mut commits, mut pull_requests, mut tags) = (Vec::new(), Vec::new(), Vec::new());
    for (release, brought) in history.iter().enumerate() {
        for pull_request in brought {
            let number = pull_request.number;
            let sides = [number - 1, if number.is_multiple_of(10) { number.saturating_sub(5) } else { 0 }];
            let parents = sides.into_iter().filter(|parent| *parent > 0).map(inputs::id).collect();
            commits.push(CommitFacts { id: inputs::id(number), parents, ..facts.repository.source.clone() });
            let commits = vec![inputs::id(number)];
            pull_requests.push(PullRequestFacts { commits, ..pull_request.clone() });
        }
        let last =
            inputs::id(brought.iter().map(|pull_request| pull_request.number).max().unwrap_or_default());
        tags.push(TagFacts {
            tag: Tag::of(&version(release)),
            object: last.clone(),
            commit: last.clone(),
            source: last,
            plan: None,
            on_this_line: true,
        });
    }
    commits.reverse();
    let dates = tags.iter().map(|tag| (tag.tag.clone(), Timestamp::UNIX_EPOCH)).collect();
    facts.repository.tags = tags;
    let (frozen, left_out) = (BTreeMap::new(), BTreeSet::new());
    (facts, Past { commits, frozen, dates, left_out, pull_requests })
}

fn whole((facts, past): &(Facts, Past)) -> String {
    write(facts, past, None).map(|whole| whole.text).unwrap_or_default()
}

fn next(history: &[Vec<PullRequestFacts>], rules: &[LabelRule], document: &str) -> usize {
    let pull_requests = history.last().map(Vec::as_slice).unwrap_or_default();
    let renderer = Renderer::new(REPOSITORY, Templates::default());
    let section =
        renderer.and_then(|renderer| renderer.section(&release(history.len(), pull_requests, rules)));
    section
        .ok()
        .and_then(|section| insert(Some(document), &[], &section).ok())
        .map_or(0, |splices| splices.len())
}

fn changelog(criterion: &mut Criterion) {
    let (history, rules) = (history(), rules());
    let past = past(&history, &rules);
    let document = whole(&past);
    assert_eq!(document.matches("\n- ").count(), 8_000, "every pull request is listed");
    assert_eq!(next(&history, &rules, &document), 2, "the section and its link are inserted");
    criterion.bench_function("changelog/full-history", |bencher| bencher.iter(|| whole(black_box(&past))));
    criterion.bench_function("changelog/next-section", |bencher| {
        bencher.iter(|| next(black_box(&history), &rules, ""))
    });
    criterion.bench_function("changelog/next-section-into-full-history", |bencher| {
        bencher.iter(|| next(black_box(&history), &rules, &document));
    });
}

criterion_group!(benches, changelog);
criterion_main!(benches);
