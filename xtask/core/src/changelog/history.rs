//! Shares the commits of a history out among its releases: each belongs to the oldest release that holds it. Never walks from one tag
//! to the next: every commit and every parent is looked at a fixed number of times, however many tags there are.

use std::collections::HashMap;

use crate::facts::{CommitFacts, TagFacts};
use crate::identity::{ObjectId, Tag};

/// A release on a history, and what is its own there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its tag.
    pub tag: &'a TagFacts,
    /// The release before: the highest version among those that it holds. None for the first.
    pub previous: Option<&'a Tag>,
    /// Whether it holds a release of ours, so that stamps may lie among its commits.
    pub follows_ours: bool,
    /// The commits that no older release holds, in the order given.
    pub commits: Vec<&'a CommitFacts>,
}

/// The releases of a history, no release before one that it holds, else by version.
///
/// A stable release is one of them, and a pre-release only where no stable one holds it yet. `commits` is the whole history, no commit
/// before one that it is an ancestor of. Commits that no release holds have no part. Of two tags on one commit, the lower version has
/// the commits.
#[must_use]
pub fn partition<'a>(commits: &'a [CommitFacts], tags: &'a [TagFacts]) -> Vec<Part<'a>> {
    let graph = Graph::new(commits);
    let releases = releases(&graph, tags);
    let highest = highest(&graph, &releases);
    let ours = holding_ours(&graph, &releases);
    let previous = previous(&graph, &releases, &highest);
    let parts = releases.iter().zip(previous).map(|(release, previous)| Part {
        tag: release.tag,
        previous: previous.and_then(|version| releases.get(version)).map(|before| &before.tag.tag),
        follows_ours: graph.parents_of(release.place).any(|parent| ours.get(parent) == Some(&true)),
        commits: Vec::new(),
    });
    // What a release holds has a version at most as high as the highest that it holds itself, so this order never puts a release
    // before one that it holds, even where somebody tagged a higher version first.
    let age =
        |release: &Placed<'_>| (highest.get(release.place).copied().flatten(), usize::MAX - release.place);
    let mut aged: Vec<(_, Part<'a>)> = releases.iter().map(age).zip(parts).collect();
    aged.sort_by_key(|(age, _)| *age);
    let mut parts: Vec<Part<'a>> = aged.into_iter().map(|(_, part)| part).collect();
    for (commit, owner) in commits.iter().zip(owners(&graph, &parts)) {
        if let Some(part) = owner.and_then(|owner| parts.get_mut(owner)) {
            part.commits.push(commit);
        }
    }
    parts
}

/// A history by places: 0 is its newest commit, and every parent has a higher place than its children.
struct Graph<'a> {
    places: HashMap<&'a ObjectId, usize>,
    parents: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn new(commits: &'a [CommitFacts]) -> Self {
        let places: HashMap<&ObjectId, usize> =
            commits.iter().enumerate().map(|(place, commit)| (&commit.id, place)).collect();
        let parents = commits
            .iter()
            .map(|commit| commit.parents.iter().filter_map(|parent| places.get(parent).copied()).collect());
        Self { parents: parents.collect(), places }
    }

    fn parents_of(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        self.parents.get(place).into_iter().flatten().copied()
    }

    /// Hands values down from each commit to its parents, children before parents.
    fn down<T: Copy>(&self, mut values: Vec<T>, join: impl Fn(T, T) -> T) -> Vec<T> {
        for place in 0..self.parents.len() {
            let Some(value) = values.get(place).copied() else { continue };
            for parent in self.parents_of(place) {
                if let Some(of_parent) = values.get_mut(parent) {
                    *of_parent = join(*of_parent, value);
                }
            }
        }
        values
    }

    /// Hands values up to each commit from its parents, parents before children.
    fn up<T: Copy>(&self, mut values: Vec<T>, join: impl Fn(T, T) -> T) -> Vec<T> {
        for place in (0..self.parents.len()).rev() {
            for parent in self.parents_of(place) {
                let of_parent = values.get(parent).copied();
                if let (Some(value), Some(of_parent)) = (values.get_mut(place), of_parent) {
                    *value = join(*value, of_parent);
                }
            }
        }
        values
    }

    /// A value for each commit: this one, and others at some places.
    fn values<T: Copy>(&self, usual: T, others: impl Iterator<Item = (usize, T)>) -> Vec<T> {
        let mut values = vec![usual; self.parents.len()];
        for (place, other) in others {
            if let Some(value) = values.get_mut(place) {
                *value = other;
            }
        }
        values
    }
}

/// A release and the place of its source.
struct Placed<'a> {
    tag: &'a TagFacts,
    place: usize,
}

/// The releases that the history has, by version.
fn releases<'a>(graph: &Graph<'_>, tags: &'a [TagFacts]) -> Vec<Placed<'a>> {
    let placed = |tag: &'a TagFacts| Some(Placed { tag, place: *graph.places.get(&tag.source)? });
    let mut releases: Vec<Placed<'a>> = tags.iter().filter_map(placed).collect();
    let stable = releases.iter().filter(|release| is_stable(release)).map(|release| (release.place, true));
    let held = graph.down(graph.values(false, stable), |one, other| one || other);
    releases.retain(|release| is_stable(release) || held.get(release.place) == Some(&false));
    releases.sort_by(|one, other| one.tag.tag.cmp(&other.tag.tag));
    releases
}

fn is_stable(release: &Placed<'_>) -> bool {
    release.tag.tag.version().pre.is_empty()
}

/// For each commit, the highest version that it or an ancestor of it was released as, as a place among the releases.
fn highest(graph: &Graph<'_>, releases: &[Placed<'_>]) -> Vec<Option<usize>> {
    let own = releases.iter().enumerate().map(|(version, release)| (release.place, Some(version)));
    graph.up(graph.values(None, own), Option::max)
}

/// For each commit, whether it or an ancestor of it is a release of ours.
fn holding_ours(graph: &Graph<'_>, releases: &[Placed<'_>]) -> Vec<bool> {
    let ours = releases.iter().filter(|release| release.tag.plan.is_some());
    graph.up(graph.values(false, ours.map(|release| (release.place, true))), |one, other| one || other)
}

/// For each release, the highest version among those that it holds: below its commit, or lower on the same one.
fn previous(graph: &Graph<'_>, releases: &[Placed<'_>], highest: &[Option<usize>]) -> Vec<Option<usize>> {
    let mut on_commit: HashMap<usize, usize> = HashMap::new();
    let previous = releases.iter().enumerate().map(|(version, release)| {
        let below =
            graph.parents_of(release.place).filter_map(|parent| highest.get(parent).copied().flatten());
        below.chain(on_commit.insert(release.place, version)).max()
    });
    previous.collect()
}

/// For each commit, the oldest release that holds it, as a place among the parts.
fn owners(graph: &Graph<'_>, parts: &[Part<'_>]) -> Vec<Option<usize>> {
    let own = parts.iter().enumerate().rev();
    let own = own.filter_map(|(age, part)| Some((*graph.places.get(&part.tag.source)?, Some(age))));
    graph.down(graph.values(None, own), |one, other| match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    })
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
