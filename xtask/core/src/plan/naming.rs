//! A plan's name: the digest of what was decided. Whoever takes a plan from a repository recomputes it, so that nobody can change a
//! plan and keep its name.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use jiff::Timestamp;
use semver::Version;
use serde::Serialize;

use crate::facts::ImageFacts;
use crate::identity::ObjectId;

use super::{Entry, Plan, PlanId};

/// What a plan's name is the digest of: source commit, version, entries, date, image digests and configuration.
#[derive(Serialize)]
pub(super) struct Decided<'a> {
    pub(super) source: &'a ObjectId,
    pub(super) version: &'a Version,
    pub(super) entries: &'a [Entry],
    pub(super) date: Timestamp,
    pub(super) images: &'a BTreeMap<String, ImageFacts>,
    pub(super) configuration: &'a Sha256Hex,
}

impl Decided<'_> {
    pub(super) fn id(&self) -> PlanId {
        PlanId(digest(self))
    }
}

impl Plan {
    /// Whether the plan's name is the digest of what it decides.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        self.decided(self.date).id() == self.id
    }

    /// Whether another plan decides the same and only was made at another time.
    #[must_use]
    pub fn is_same_but_for_date(&self, other: &Self) -> bool {
        self.mode == other.mode && self.decided(self.date).id() == other.decided(self.date).id()
    }

    fn decided(&self, date: Timestamp) -> Decided<'_> {
        Decided {
            source: &self.source,
            version: &self.version,
            entries: &self.entries,
            date,
            images: &self.images,
            configuration: &self.configuration,
        }
    }
}

/// The digest of a value's JSON.
pub(super) fn digest<T: Serialize>(value: &T) -> Sha256Hex {
    // Every map in these types has string keys, so this cannot fail.
    Sha256Hex::of(&serde_json::to_vec(value).unwrap_or_default())
}
