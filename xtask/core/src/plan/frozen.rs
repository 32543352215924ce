//! What a plan froze for the changelog. Read without the rest of the plan, which only carrying it out needs, but never without proof
//! that it still is what was decided.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use jiff::Timestamp;
use semver::Version;
use serde::Deserialize;

use crate::changelog::render::Release;
use crate::facts::ImageFacts;
use crate::identity::{ObjectId, Tag};

use super::{Entry, Plan, PlanId, naming};

/// The part of a plan that its changelog section is made of, and what its name is the digest of.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Frozen {
    id: PlanId,
    version: Version,
    reason: Before,
    date: Timestamp,
    source: ObjectId,
    entries: Vec<Entry>,
    contributors: Vec<String>,
    images: BTreeMap<String, ImageFacts>,
    configuration: Sha256Hex,
}

/// Of a plan's reason, the release before.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Before {
    previous: Option<Tag>,
}

impl Frozen {
    /// Reads the text of a plan.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Whether it belongs to a tag that names this plan: name and version are the tag's, and the name is the digest of what the plan
    /// decides.
    #[must_use]
    pub fn is_of(&self, tag: &Tag, plan: &PlanId) -> bool {
        let decided = naming::Decided {
            source: &self.source,
            version: &self.version,
            entries: &self.entries,
            date: self.date,
            images: &self.images,
            configuration: &self.configuration,
        };
        self.id == *plan && Tag::of(&self.version) == *tag && decided.id() == *plan
    }

    /// The release as its changelog section was written.
    #[must_use]
    pub fn release(&self) -> Release {
        Release {
            version: self.version.clone(),
            date: self.date,
            previous: self.reason.previous.clone(),
            entries: self.entries.clone(),
            contributors: self.contributors.clone(),
        }
    }
}

impl Plan {
    /// The release as its changelog section is written.
    #[must_use]
    pub fn release(&self) -> Release {
        Release {
            version: self.version.clone(),
            date: self.date,
            previous: self.reason.previous.clone(),
            entries: self.entries.clone(),
            contributors: self.contributors.clone(),
        }
    }
}
