//! What is still missing of a release, given what is there. These decisions make a second run finish what a first one began, so they
//! adopt only what this plan made, and delete only by number. Never looks and never acts.

mod agreement;
mod asset;
mod complete;
mod copied;
mod draft;
mod following;
mod outdated;
mod pointer;

pub use agreement::{
    Drift, Goal, Names, Page, Remedy, candidates, copy_drift, held_back, latest_drift, page_drift,
    pointer_drift, tag_drift,
};
pub use asset::{AssetFacts, AssetMove, asset, surplus, unproven};
pub use complete::{begun, is_incomplete, is_out, is_unfinished};
pub use copied::{CopyMove, copied, hindrance};
pub use draft::{DraftMove, draft};
pub use following::{Following, following};
pub use outdated::outdated;
pub use pointer::{PointerMove, Terms, let_out, pointed, pointer, renewed, stranded};

#[cfg(test)]
mod tests;
