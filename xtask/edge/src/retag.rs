//! Own images that a change does not reach: each gets the tag of the new commit from the image of the earlier one. Pulls no layer, builds
//! nothing, and moves no tag.

use bundle_format::digest::Sha256Hex;
use release_core::bundle::images::own_reference;
use release_core::config::release::OwnImages;
use release_core::finding::Finding;
use release_core::identity::ObjectId;

use crate::failure::Failure;
use crate::registry::{Registry, Tagging, elsewhere};

/// Which own images get which tag.
#[derive(Clone, Copy, Debug)]
pub struct Retag<'a> {
    /// The own images as the configuration declares them.
    pub own: &'a OwnImages,
    /// The names of those that were not reached.
    pub names: &'a [String],
    /// The commit whose images they are.
    pub from: &'a ObjectId,
    /// The commit that they get the tag of.
    pub to: &'a ObjectId,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retagged {
    /// Those that got the tag now, with their digests.
    pub given: Vec<(String, Sha256Hex)>,
    /// Those that had it, with their digests.
    pub there: Vec<(String, Sha256Hex)>,
    /// Those without an image of either commit: they have to be built.
    pub missing: Vec<String>,
}

/// Why images were not tagged.
#[derive(Debug, thiserror::Error)]
pub enum RetagError {
    /// Tags that lead to other images; nothing was tagged.
    #[error("{} tags lead elsewhere", .0.len())]
    Elsewhere(Vec<Finding>),
    /// A registry failed.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Gives the tags. Run again after whatever went wrong, it gives those that are left.
///
/// `told` hears of each tag that is given, with how many are given then, and how many there are.
///
/// # Errors
///
/// Every tag that leads elsewhere at once, before anything is tagged; a registry that does not answer, or refuses to.
pub fn retag(
    registry: &dyn Registry,
    wanted: Retag<'_>,
    told: &mut dyn FnMut(&str, usize, usize),
) -> Result<Retagged, RetagError> {
    let references = |commit: &ObjectId| {
        let all = wanted.names.iter().map(|name| own_reference(wanted.own, name, commit));
        all.collect::<Vec<String>>()
    };
    let asked: Vec<String> = references(wanted.from).into_iter().chain(references(wanted.to)).collect();
    let found = registry.digests(&asked)?;
    let (from, to) = found.split_at(wanted.names.len().min(found.len()));
    let (mut taggings, mut conflicts, mut retagged) = (Vec::new(), Vec::new(), Retagged::default());
    for ((name, from), to) in wanted.names.iter().zip(from).zip(to) {
        let tagging = |digest: &Sha256Hex| Tagging {
            image: format!("{}/{name}", wanted.own.registry),
            digest: digest.clone(),
            tag: release_core::bundle::images::source_tag(wanted.to),
        };
        match (from, to) {
            (None, None) => retagged.missing.push(name.clone()),
            // Built or tagged by an earlier run, when the earlier image was still there.
            (None, Some(to)) => retagged.there.push((name.clone(), to.clone())),
            (Some(from), Some(to)) if from == to => retagged.there.push((name.clone(), to.clone())),
            (Some(from), Some(to)) => {
                conflicts.push(elsewhere(&tagging(from), &to.prefixed()).into_finding());
            }
            (Some(from), None) => {
                retagged.given.push((name.clone(), from.clone()));
                taggings.push(tagging(from));
            }
        }
    }
    if !conflicts.is_empty() {
        return Err(RetagError::Elsewhere(conflicts));
    }
    let (mut done, of) = (0, taggings.len());
    registry.tag_all(&taggings, &mut |tagging| {
        done += 1;
        told(&tagging.reference(), done, of);
    })?;
    Ok(retagged)
}
