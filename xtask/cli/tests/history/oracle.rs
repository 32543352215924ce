//! What a story must lead to, by code so simple that it can be checked by reading. Never calls the code under test.

use std::collections::BTreeMap;

use release_core::config::release::{BelowOne, Bump, Missing, Section};

use crate::story::{Author, Event, Past, Pull, Story, number};
use crate::titles::TITLES;

/// What must come of a story.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This many commits without a pull request stop the release.
    Refused(usize),
    /// There are releases, but none on the history.
    LineUnknown,
    /// Nothing asks for a release.
    Nothing,
    Release {
        version: String,
        /// Whether it is the highest stable version of any line.
        latest: bool,
        entries: Vec<Listed>,
        contributors: Vec<String>,
    },
}

/// An entry: section, text, number, author.
pub type Listed = (Section, String, Option<u64>, Option<String>);

/// What must come of it.
pub fn outcome(story: &Story) -> Outcome {
    if story.strange_tags && story.past == Past::Nothing {
        return Outcome::LineUnknown;
    }
    let direct = story.events.iter().filter(|event| matches!(event, Event::Direct { .. })).count();
    if story.direct_commits == Missing::Stop && direct > 0 && story.past != Past::Nothing {
        return Outcome::Refused(direct);
    }
    let Some((major, minor, patch)) = version(story) else { return Outcome::Nothing };
    let mut entries = Vec::new();
    if story.past == Past::Nothing {
        entries.push((Section::Changed, "Begin".to_owned(), None, Some("Ada Lovelace".to_owned())));
    }
    entries.extend(story.events.iter().enumerate().filter_map(|(place, event)| listed(place, event)));
    // Stable: within a section what came first stays first.
    entries.sort_by_key(|(section, ..)| *section);
    Outcome::Release {
        version: format!("{major}.{minor}.{patch}"),
        latest: !story.strange_tags,
        entries,
        contributors: contributors(story),
    }
}

fn version(story: &Story) -> Option<(u64, u64, u64)> {
    let (major, minor, patch) = match story.past {
        Past::Nothing => return Some((1, 0, 0)),
        Past::LightTag => (1, 2, 3),
        Past::Pushed | Past::Stamped => (1, 0, 0),
        Past::TagOnly => (0, 4, 2),
    };
    let largest = merged(story).map(|(_, pull)| pull.bump).max().unwrap_or(Bump::None);
    match (major, story.below_one, largest) {
        (_, _, Bump::None) => None,
        (0, BelowOne::Shifted, Bump::Major) => Some((0, minor + 1, 0)),
        (0, BelowOne::Shifted, Bump::Minor) => Some((0, minor, patch + 1)),
        (_, _, Bump::Major) => Some((major + 1, 0, 0)),
        (_, _, Bump::Minor) => Some((major, minor + 1, 0)),
        (_, _, Bump::Patch) => Some((major, minor, patch + 1)),
    }
}

fn listed(place: usize, event: &Event) -> Option<Listed> {
    match event {
        Event::Elsewhere(_) => None,
        Event::Direct { misleading } => {
            let text = if *misleading { "Push at once (`#11`)" } else { "Push at once" };
            Some((Section::Changed, text.to_owned(), None, Some("Ada Lovelace".to_owned())))
        }
        Event::Merged(pull) => {
            let number = number(place);
            let text =
                if pull.block { "The old way goes".to_owned() } else { TITLES[pull.title].entry(number) };
            let author = match pull.author {
                Author::Person(login) => Some(login.to_owned()),
                Author::Bot => Some("dependabot".to_owned()),
                Author::Deleted => None,
            };
            Some((section(pull), text, Some(number), author))
        }
    }
}

fn section(pull: &Pull) -> Section {
    match (pull.block, pull.section, pull.bump) {
        (true, ..) => Section::Deprecated,
        (_, Some((_, section)), _) => section,
        (.., Bump::Major) => Section::Breaking,
        (.., Bump::Minor) => Section::Added,
        (.., Bump::Patch) => Section::Fixed,
        (.., Bump::None) => Section::Changed,
    }
}

fn contributors(story: &Story) -> Vec<String> {
    let people = merged(story).filter_map(|(_, pull)| match pull.author {
        Author::Person(login) => Some((login.to_lowercase(), login.to_owned())),
        Author::Bot | Author::Deleted => None,
    });
    people.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// The pull requests that were merged into the release branch.
pub fn merged(story: &Story) -> impl Iterator<Item = (u64, &Pull)> {
    story.events.iter().enumerate().filter_map(|(place, event)| match event {
        Event::Merged(pull) => Some((number(place), pull)),
        _ => None,
    })
}
