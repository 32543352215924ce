//! The first words of a plan: enough to tell what it is of. Read tolerantly, so that a plan that another version of this tool made can
//! be told complete, or given up, without being understood.

use semver::Version;
use serde::Deserialize;

use crate::config::release::Mode;
use crate::identity::Tag;

use super::{Plan, PlanId};

/// What a plan is of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Header {
    /// The plan's name.
    pub id: PlanId,
    /// How its release commit reaches the forge.
    pub mode: Mode,
    /// The channel whose pointer moves.
    pub channel: String,
    /// Where that pointer is copied to.
    pub copied_to: Option<String>,
    /// The branch that is released.
    pub branch: String,
    /// The version that is released.
    pub version: Version,
}

impl Header {
    /// Reads the text of a plan; `None` where it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The tag of the release.
    #[must_use]
    pub fn tag(&self) -> Tag {
        Tag::of(&self.version)
    }
}

impl From<&Plan> for Header {
    fn from(plan: &Plan) -> Self {
        Self {
            id: plan.id.clone(),
            mode: plan.mode,
            channel: plan.channel.clone(),
            copied_to: plan.copied_to.clone(),
            branch: plan.branch.clone(),
            version: plan.version.clone(),
        }
    }
}
