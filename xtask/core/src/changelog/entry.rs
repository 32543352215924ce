//! Makes the entries of a release's changelog: one for each merged pull request and each commit without one. Never decides the
//! version, and never leaves a pull request out: a revert is an entry of its own and cancels nothing.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::{block, title};
use crate::config::release::{Bump, LabelRule, Section};
use crate::facts::{CommitFacts, PullRequestFacts};
use crate::identity::ObjectId;
use crate::plan::Entry;
use crate::untrusted;

/// What an entry is made of.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// A merged pull request.
    PullRequest(&'a PullRequestFacts),
    /// A commit that reached the branch without one.
    Commit(&'a CommitFacts),
}

/// The entries of a release, by section, then by the time of the merge, then by number.
///
/// The text is the `changelog:` block of the description (see [`block`]) or else the title, without the prefix of Conventional
/// Commits. The section is the block's; else the first in print order that the labels name; else what the bump says: `major` is
/// Breaking, `minor` Added, `patch` Fixed, `none` Changed. Only a label or a block leads to the other sections.
///
/// A pull request that is not merged has no entry; one that is given twice, and a commit that a pull request brought, have one.
pub fn entries(
    pull_requests: &[PullRequestFacts],
    direct_commits: &[CommitFacts],
    rules: &[LabelRule],
    bump_of: impl Fn(Change<'_>) -> Bump,
) -> Vec<Entry> {
    let rules = Rules::new(rules);
    let mut listed = Listed::default();
    for pull_request in pull_requests {
        listed.add_pull_request(pull_request, |block| {
            block
                .or_else(|| rules.section(&pull_request.labels))
                .unwrap_or_else(|| section_of(bump_of(Change::PullRequest(pull_request))))
        });
    }
    for commit in direct_commits {
        listed
            .add_commit(commit, |block| block.unwrap_or_else(|| section_of(bump_of(Change::Commit(commit)))));
    }
    listed.sorted()
}

/// The logins of everybody whose pull requests are in the release: without bots, each once, in the order of the alphabet without
/// regard to case.
#[must_use]
pub fn contributors(pull_requests: &[PullRequestFacts]) -> Vec<String> {
    let people =
        pull_requests.iter().filter(|pull_request| pull_request.merged.is_some() && !pull_request.bot);
    let logins = people.filter_map(|pull_request| pull_request.author.as_deref());
    let names: BTreeMap<String, String> = logins
        .filter(|login| !login.ends_with(BOT))
        .map(untrusted::plain_name)
        .map(|name| (name.to_lowercase(), name))
        .collect();
    names.into_values().collect()
}

/// How the logins of GitHub's bots end.
const BOT: &str = "[bot]";

/// The section of a change about which nothing but its bump is known.
const fn section_of(bump: Bump) -> Section {
    match bump {
        Bump::Major => Section::Breaking,
        Bump::Minor => Section::Added,
        Bump::Patch => Section::Fixed,
        Bump::None => Section::Changed,
    }
}

/// The label rules that name a section, ready to be compared.
struct Rules {
    /// Names in lower case, without the `*` that the flag stands for.
    rules: Vec<(String, Rest, Section)>,
}

/// What may follow the name of a rule.
#[derive(PartialEq)]
enum Rest {
    Nothing,
    Anything,
}

impl Rules {
    fn new(rules: &[LabelRule]) -> Self {
        let with_section = rules.iter().filter_map(|rule| Some((rule.name.to_lowercase(), rule.section?)));
        let rules = with_section.map(|(name, section)| match name.strip_suffix('*') {
            Some(start) => (start.to_owned(), Rest::Anything, section),
            None => (name, Rest::Nothing, section),
        });
        Self { rules: rules.collect() }
    }

    fn section(&self, labels: &[String]) -> Option<Section> {
        let labels = labels.iter().map(|label| label.to_lowercase());
        let sections = labels.filter_map(|label| {
            let matching = self.rules.iter().filter(|(name, rest, _)| match rest {
                Rest::Nothing => label == *name,
                Rest::Anything => label.starts_with(name),
            });
            matching.map(|(_, _, section)| *section).min()
        });
        sections.min()
    }
}

/// The entries so far, each with what orders it within its section.
#[derive(Default)]
struct Listed<'a> {
    entries: Vec<(Timestamp, Entry)>,
    numbers: HashSet<u64>,
    commits: HashSet<&'a ObjectId>,
}

impl<'a> Listed<'a> {
    fn add_pull_request(
        &mut self,
        facts: &'a PullRequestFacts,
        section: impl Fn(Option<Section>) -> Section,
    ) {
        let Some(merged) = facts.merged else { return };
        self.commits.extend(&facts.commits);
        if !self.numbers.insert(facts.number) {
            return;
        }
        let block = block::read(&facts.body);
        let author = facts.author.as_deref().map(|login| login.strip_suffix(BOT).unwrap_or(login));
        let entry = Entry {
            section: section(block.section),
            text: text(block.text.as_deref(), &facts.title, Some(facts.number)),
            number: Some(facts.number),
            url: is_plain_address(&facts.url).then(|| facts.url.clone()),
            author: author.map(untrusted::plain_name),
            commit: None,
        };
        self.entries.push((merged, entry));
    }

    fn add_commit(&mut self, facts: &'a CommitFacts, section: impl Fn(Option<Section>) -> Section) {
        if !self.commits.insert(&facts.id) {
            return;
        }
        let block = block::read(&facts.body);
        let entry = Entry {
            section: section(block.section),
            text: text(block.text.as_deref(), &facts.subject, None),
            number: None,
            url: None,
            author: Some(untrusted::plain_name(&facts.author.name)),
            commit: Some(facts.id.clone()),
        };
        self.entries.push((facts.committed, entry));
    }

    fn sorted(mut self) -> Vec<Entry> {
        self.entries.sort_by(|(time, entry), (other_time, other)| {
            let key = (entry.section, time, entry.number, &entry.commit);
            key.cmp(&(other.section, other_time, other.number, &other.commit))
        });
        self.entries.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// One line of safe Markdown from the block or the title.
fn text(block: Option<&str>, title: &str, number: Option<u64>) -> String {
    // Cut off only once, when it is made safe: a prefix does not count.
    let line = |text| untrusted::one_line(text, usize::MAX);
    let of_block = block.map(line).filter(|text| !text.is_empty()).map(|text| title::capitalised(&text));
    untrusted::markdown_line(&of_block.unwrap_or_else(|| title::entry_text(&line(title), number)))
}

/// Whether an address can stand in a Markdown link as it is.
fn is_plain_address(address: &str) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'*+,;=%".contains(&byte);
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain))
}
