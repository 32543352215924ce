//! The rules a configuration must keep beyond its shape, as data: each an id, a text and a check. Never looks at the repository:
//! whether a file exists is not a question of configuration.

mod announcements;
mod bucket;
mod bundles;
mod channels;
mod compatibility;
mod images;
mod labels;
mod locks;
pub mod names;
mod pins;
mod release;
mod signing;
mod stamps;

use super::{BundlesConfig, CompatibilityConfig, ImageLocks, ReleaseConfig};

/// One rule.
pub struct Rule<T: 'static> {
    /// Its name, unique.
    pub id: &'static str,
    /// What must be so.
    pub text: &'static str,
    /// The keys at the top of the file that it reads. It is not applied where one of them is not even well-formed.
    pub reads: &'static [&'static str],
    check: fn(&T, &mut Found),
}

impl<T> Rule<T> {
    /// What breaks the rule.
    #[must_use]
    pub fn violations(&self, config: &T) -> Vec<Violation> {
        let mut found = Found(Vec::new());
        (self.check)(config, &mut found);
        found.0
    }
}

/// One place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the key.
    pub key: String,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

/// What checks have found so far.
struct Found(Vec<Violation>);

impl Found {
    fn add(&mut self, key: impl Into<String>, wrong: impl Into<String>, right: impl Into<String>) {
        self.0.push(Violation { key: key.into(), wrong: wrong.into(), right: right.into() });
    }

    /// Names every item that repeats an earlier one. Keys are made of what comes before and after the item's number.
    fn repeated<K: PartialEq>(&mut self, items: &[K], key: impl Fn(usize) -> String, what: &str) {
        for (index, item) in items.iter().enumerate() {
            if let Some(first) = items.iter().take(index).position(|earlier| earlier == item) {
                self.add(key(index), format!("repeats `{}`", key(first)), format!("give each {what} once"));
            }
        }
    }
}

/// The rules of `config/release.yaml`.
pub const RELEASE: &[Rule<ReleaseConfig>] = &[
    release::FORMAT,
    release::PRODUCT,
    release::REPOSITORY,
    release::BRANCH,
    release::LINES,
    release::DEVELOP,
    release::TOPICS,
    release::FIRST_VERSION,
    release::PACE,
    labels::NAMES,
    labels::UNIQUE,
    labels::AGREE,
    labels::BREAKING,
    labels::COVER,
    channels::NAMES,
    channels::PRERELEASES,
    channels::KEPT,
    channels::MOVING,
    channels::LASTING,
    bucket::PLACE,
    images::REGISTRY,
    images::NAMES,
    images::CONTEXTS,
    images::DOCKERFILES,
    images::PATHS,
    images::DEPENDENCIES,
    images::CIRCLES,
    images::WAIT,
    signing::KEYS,
    stamps::PATHS,
    stamps::KEYS,
    stamps::UNIQUE,
    announcements::NAMES,
    announcements::ADDRESSES,
    announcements::CHANNELS,
    announcements::TEMPLATES,
];

/// The rules of `config/bundles.yaml`.
pub const BUNDLES: &[Rule<BundlesConfig>] = &[
    bundles::FORMAT,
    bundles::VARIANTS,
    bundles::SUFFIXES,
    bundles::COMPOSE,
    bundles::FIRST,
    bundles::SERVICES,
    bundles::PATHS,
    bundles::FILE_VARIANTS,
    bundles::DESTINATIONS,
    pins::EXCEPTIONS,
];

/// The rules of `config/compatibility.yaml`.
pub const COMPATIBILITY: &[Rule<CompatibilityConfig>] =
    &[compatibility::FORMAT, compatibility::VERSIONS, compatibility::STOPS];

/// The rules of `config/images.lock.yaml`.
pub const LOCKS: &[Rule<ImageLocks>] = &[locks::FORMAT_IS_ONE, locks::REFERENCES];

#[cfg(test)]
mod tests;
