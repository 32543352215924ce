//! What happened to a repository, described so that a person can read it, and made up at random. Never says what follows from it:
//! `oracle` does.

use proptest::prelude::*;
use release_core::config::release::{BelowOne, Bump, Missing, Mode, Section};

use crate::titles::TITLES;

/// A repository's history and its settings.
#[derive(Clone, Debug)]
pub struct Story {
    pub past: Past,
    pub mode: Mode,
    pub below_one: BelowOne,
    /// What a pull request without a version label does; every one here has one.
    pub unlabelled: Missing,
    pub direct_commits: Missing,
    /// Whether there are tags on other lines, of pre-releases, and of no version at all.
    pub strange_tags: bool,
    /// How many drafts of somebody else the forge has.
    pub drafts: usize,
    pub events: Vec<Event>,
}

/// What was released before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Nothing.
    Nothing,
    /// v1.2.3, by somebody who sets light tags.
    LightTag,
    /// v1.0.0, by this tool, which moved the branch.
    Pushed,
    /// The same, and a pull request brought the stamp in.
    Stamped,
    /// v0.4.2, by this tool, on a commit that only the tag holds.
    TagOnly,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A pull request was merged into the release branch.
    Merged(Pull),
    /// A commit was pushed without one. Its subject may name a number.
    Direct { misleading: bool },
    /// A pull request that brought nothing into the release branch.
    Elsewhere(Elsewhere),
}

/// A merged pull request.
#[derive(Clone, Debug)]
pub struct Pull {
    pub way: Way,
    pub bump: Bump,
    /// A label that names a section, and that section.
    pub section: Option<(&'static str, Section)>,
    /// How many labels stand before the ones that matter.
    pub other_labels: usize,
    /// Which of [`TITLES`].
    pub title: usize,
    /// Whether the description says what the changelog shall say.
    pub block: bool,
    pub author: Author,
    pub fork: bool,
    /// Whether it was merged so short a time ago that the forge does not know its commits.
    pub hurried: bool,
}

/// How a pull request was merged.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Squash,
    Rebase {
        commits: usize,
    },
    FastForward {
        commits: usize,
    },
    /// `early`: it branched off before the last release. `updated`: main was merged into it midway.
    Merge {
        commits: usize,
        early: bool,
        updated: bool,
    },
    /// Another pull request was merged into its branch before.
    Stack {
        squashed: bool,
    },
}

/// Who opened a pull request.
#[derive(Clone, Copy, Debug)]
pub enum Author {
    Person(&'static str),
    Bot,
    Deleted,
}

/// Where a pull request ended that is not in the release.
#[derive(Clone, Copy, Debug)]
pub enum Elsewhere {
    Open,
    Closed,
    /// Merged into another branch.
    OtherBranch,
}

/// The number of the pull request of an event; the next one is free for a pull request stacked on it.
pub fn number(event: usize) -> u64 {
    u64::try_from(event).unwrap() * 2 + 11
}

const SECTIONS: &[(&str, Section)] = &[
    ("migration", Section::Migration),
    ("action-required", Section::ActionRequired),
    ("revert", Section::Changed),
    ("deprecated", Section::Deprecated),
    ("bug", Section::Fixed),
    ("security", Section::Security),
];

/// How many pull requests at the end of a story may be too new for the forge's index.
const NEW: usize = 12;

/// Stories of so many events.
pub fn stories(events: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Story> {
    let past = prop_oneof![
        Just(Past::Nothing),
        Just(Past::LightTag),
        Just(Past::Pushed),
        Just(Past::Stamped),
        Just(Past::TagOnly)
    ];
    let mode = prop_oneof![Just(Mode::Push), Just(Mode::TagOnly), Just(Mode::ReleasePr)];
    let below_one = prop_oneof![Just(BelowOne::Shifted), Just(BelowOne::Literal)];
    let unlabelled = prop_oneof![Just(Missing::RideAlong), Just(Missing::Stop)];
    let direct = prop_oneof![4 => Just(Missing::RideAlong), 1 => Just(Missing::Stop)];
    let drafts = prop_oneof![Just(0_usize), Just(3), Just(100), Just(101)];
    // Few stories have a major change: else no other bump would ever be tried.
    let most = prop_oneof![Just(Bump::None), Just(Bump::Patch), Just(Bump::Minor), Just(Bump::Major)];
    let events = most.prop_flat_map({
        let size = events.into();
        move |most| prop::collection::vec(event(most), size.clone())
    });
    (past, mode, below_one, (unlabelled, direct), any::<bool>(), drafts, events).prop_map(
        |(past, mode, below_one, (unlabelled, direct_commits), strange_tags, drafts, mut events)| {
            let old = events.len().saturating_sub(NEW);
            for event in &mut events[..old] {
                if let Event::Merged(pull) = event {
                    pull.hurried = false;
                }
            }
            Story { past, mode, below_one, unlabelled, direct_commits, strange_tags, drafts, events }
        },
    )
}

fn event(most: Bump) -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => pull(most).prop_map(Event::Merged),
        1 => any::<bool>().prop_map(|misleading| Event::Direct { misleading }),
        2 => prop::sample::select(&[Elsewhere::Open, Elsewhere::Closed, Elsewhere::OtherBranch][..])
            .prop_map(Event::Elsewhere),
    ]
}

fn pull(most: Bump) -> impl Strategy<Value = Pull> {
    let bumps = [Bump::None, Bump::Patch, Bump::Minor, Bump::Major];
    let bumps: Vec<Bump> = bumps.into_iter().filter(|bump| *bump <= most).collect();
    let author = prop_oneof![
        4 => prop::sample::select(&["ada", "Grace-H", "linus0", "zoe"][..]).prop_map(Author::Person),
        1 => Just(Author::Bot),
        1 => Just(Author::Deleted),
    ];
    let labels = prop_oneof![4 => Just(0_usize), 1 => 10_usize..15];
    (
        way(),
        prop::sample::select(bumps),
        prop::option::weighted(0.2, prop::sample::select(SECTIONS)),
        labels,
        0..TITLES.len(),
        prop::bool::weighted(0.1),
        author,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(way, bump, section, other_labels, title, block, author, fork, hurried)| Pull {
            way,
            bump,
            section,
            other_labels,
            title,
            block,
            author,
            fork,
            hurried,
        })
}

fn way() -> impl Strategy<Value = Way> {
    // More than a page of 30 now and then, and of 50, which is how many commits one query asks about.
    let some = || prop_oneof![10 => 1_usize..5, 1 => 31_usize..60];
    prop_oneof![
        6 => Just(Way::Squash),
        2 => some().prop_map(|commits| Way::Rebase { commits }),
        2 => some().prop_map(|commits| Way::FastForward { commits }),
        3 => (some(), any::<bool>(), any::<bool>())
            .prop_map(|(commits, early, updated)| Way::Merge { commits, early, updated }),
        1 => any::<bool>().prop_map(|squashed| Way::Stack { squashed }),
    ]
}
