//! Which release on the forge is this plan's. Drafts share tag names freely and the forge's look-up by tag does not find them, so
//! the plan's id in the text decides, never the tag alone.

use crate::facts::ReleaseFacts;
use crate::plan::Plan;

/// What has to happen for exactly one release of the plan to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftMove {
    /// None is there: create the draft.
    Create,
    /// One is there, with surplus drafts of the same plan to be deleted (two runs at once, or a list that lagged).
    Adopt {
        /// The one to go on with: the published one, else the lowest number, on which all runs agree.
        keep: u64,
        /// The others.
        delete: Vec<u64>,
    },
    /// Another release has the tag.
    Foreign(u64),
}

/// Decides among all releases of the forge.
#[must_use]
pub fn draft(releases: &[ReleaseFacts], plan: &Plan) -> DraftMove {
    let tag = plan.tag().to_string();
    let of_tag = || releases.iter().filter(|release| release.tag == tag);
    // A published release whose text somebody rewrote is still this tag's; its assets are compared anyway.
    let is_ours = |release: &&ReleaseFacts| match &release.plan {
        Some(id) => *id == plan.id,
        None => !release.draft,
    };
    if let Some(foreign) = of_tag().find(|release| !is_ours(release)) {
        return DraftMove::Foreign(foreign.id);
    }
    let Some(keep) = of_tag().min_by_key(|release| (release.draft, release.id)) else {
        return DraftMove::Create;
    };
    let delete =
        of_tag().filter(|release| release.draft && release.id != keep.id).map(|release| release.id).collect();
    DraftMove::Adopt { keep: keep.id, delete }
}
