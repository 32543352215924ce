//! What is still missing of a release, given what is there. These decisions make a second run finish what a first one began, so they
//! adopt only what this plan made, and delete only by number. Never looks and never acts.

mod asset;
mod complete;
mod draft;
mod outdated;
mod pointer;

pub use asset::{AssetFacts, AssetMove, asset, surplus, unproven};
pub use complete::{begun, is_incomplete, is_unfinished};
pub use draft::{DraftMove, draft};
pub use outdated::outdated;
pub use pointer::{PointerMove, pointer};

#[cfg(test)]
mod tests;
