//! What may be withdrawn: only what is published. Withdrawing itself is bringing everything to agree with one more version in the list.

use release_core::finding::Cause;
use release_core::identity::Tag;

use crate::failure::Failure;

use super::Survey;

/// Requires the release of a tag to be published.
///
/// # Errors
///
/// [`Cause::NotPublished`] where it is not.
pub fn require_published(found: &Survey, tag: &Tag) -> Result<(), Failure> {
    if found.pages.iter().any(|page| page.tag == *tag) {
        return Ok(());
    }
    Err(Failure::of(Cause::NotPublished, format!("there is no published release of {tag}")))
}
