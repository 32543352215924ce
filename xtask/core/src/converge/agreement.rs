//! Whether everything that names a channel's release agrees: its pointer, the tags of its name, the forge's latest release, and the pages
//! of releases that were withdrawn. What does not agree says itself what it should be. Points at nothing that is not published.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use bundle_format::pointer::{Pointer, Yanked};
use bundle_format::signature::PublicKey;

use crate::changelog::notes;
use crate::channels::{is_withdrawn, path, takes};
use crate::config::release::ChannelConfig;
use crate::facts::{CopyFacts, PointerFacts};
use crate::identity::{ObjectId, Tag};
use crate::plan::Plan;

use super::copied::{CopyMove, copied};
use super::pointer::{PointerMove, Terms, expired, pointed, stranded};

/// A published release as the forge shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The forge's number of it.
    pub id: u64,
    /// Its tag.
    pub tag: Tag,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// Whether the forge shows it as a pre-release, which it never calls latest, whatever its version is.
    pub prerelease: bool,
}

/// The release that a channel should point at.
#[derive(Clone, Debug)]
pub struct Goal {
    /// Its plan, from its tag.
    pub plan: Plan,
    /// The commit that its tag leads to.
    pub commit: ObjectId,
}

/// What names the release of a channel.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The pointer.
    pub pointer: Option<PointerFacts>,
    /// What the Git tag of its name leads to; only where its tags move.
    pub tag: Option<ObjectId>,
    /// What the tag of its name is of each own image; only where its tags move.
    pub images: BTreeMap<String, Sha256Hex>,
}

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// What it says and what it should say, for people.
    pub message: String,
    /// What brings it to agree.
    pub remedy: Remedy,
}

/// What brings something to agree.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Writes the pointer of a channel.
    Pointer {
        /// The channel.
        channel: String,
        /// What it says then.
        pointer: Box<Pointer>,
    },
    /// Copies the pointer of a channel from the branch to the bucket.
    Copy {
        /// The channel.
        channel: String,
    },
    /// Makes a release the one that the forge calls latest.
    Latest {
        /// The forge's number of it.
        id: u64,
    },
    /// Says on the page of a release that it was withdrawn.
    Page {
        /// The forge's number of it.
        id: u64,
        /// The title.
        title: String,
        /// The text.
        text: String,
    },
    /// Moves the Git tag of a channel's name.
    Tag {
        /// The channel.
        channel: String,
        /// Where it was seen.
        seen: Option<ObjectId>,
        /// Where it goes.
        commit: ObjectId,
    },
    /// Gives an own image the tag of a channel's name.
    Image {
        /// The channel.
        channel: String,
        /// The image without tag and digest.
        image: String,
        /// What gets the tag.
        digest: Sha256Hex,
    },
}

/// The versions that a channel may point at, the highest first: published, of its kind, and not withdrawn.
#[must_use]
pub fn candidates<'a>(channel: &ChannelConfig, pages: &'a [Page], withdrawn: &[Yanked]) -> Vec<&'a Tag> {
    let good = |tag: &&Tag| takes(channel, tag.version()) && !is_withdrawn(withdrawn, tag.version());
    let mut tags: Vec<&Tag> = pages.iter().map(|page| &page.tag).filter(good).collect();
    tags.sort_by(|a, b| b.cmp(a));
    tags
}

/// Where the pointer of a channel does not agree.
#[must_use]
pub fn pointer_drift(
    channel: &ChannelConfig,
    names: &Names,
    goal: Option<&Goal>,
    terms: &Terms<'_>,
) -> Option<Drift> {
    let current = names.pointer.as_ref();
    let moved = match (goal, current) {
        (Some(goal), _) => pointed(current, &goal.plan, &channel.name, terms),
        (None, Some(current)) => stranded(current, terms),
        (None, None) => PointerMove::Keep,
    };
    let pointer = match moved {
        PointerMove::Write(pointer) => pointer,
        _ => Box::new(expired(current?, terms)?),
    };
    let file = path(&channel.name);
    let wanted = &pointer.version;
    let message = match current {
        None => format!("`{file}` is missing, and the newest good release is {wanted}"),
        Some(current) if current.pointer.version != *wanted => {
            let says = &current.pointer.version;
            format!("`{file}` says {says}, and the newest good release is {wanted}")
        }
        Some(current) if !terms.proves(current) => format!("nothing proves `{file}`"),
        Some(current) if current.pointer.expires_at <= terms.now => {
            format!("`{file}` expired at {}", current.pointer.expires_at)
        }
        Some(current) if current.pointer.yanked != pointer.yanked => {
            format!("`{file}` does not list the versions that were withdrawn")
        }
        Some(_) => format!("`{file}` does not say of {wanted} what its plan says"),
    };
    let channel = channel.name.clone();
    Some(Drift { message, remedy: Remedy::Pointer { channel, pointer } })
}

/// Where a bucket does not follow the pointer of a channel as the branch has it, whose envelope has this digest.
#[must_use]
pub fn copy_drift(
    channel: &str,
    there: Option<&CopyFacts>,
    (branch, digest): (&PointerFacts, &Sha256Hex),
    keys: &[PublicKey],
) -> Option<Drift> {
    let file = path(channel);
    let (wanted, sequence) = (&branch.pointer.version, branch.pointer.sequence);
    let on_branch = format!("the branch says {wanted} (sequence {sequence})");
    let message = match (copied(there, branch, digest, keys), there) {
        (CopyMove::Keep, _) => return None,
        (CopyMove::Foreign(what), _) => format!("in the bucket, `{file}` is {what}"),
        (CopyMove::Ahead(_) | CopyMove::Write, Some(CopyFacts::Pointer { found, .. })) => {
            let Pointer { version, sequence, .. } = &found.pointer;
            format!("in the bucket, `{file}` says {version} (sequence {sequence}), and {on_branch}")
        }
        (CopyMove::Ahead(_) | CopyMove::Write, _) => format!("the bucket has no `{file}`, and {on_branch}"),
    };
    Some(Drift { message, remedy: Remedy::Copy { channel: channel.to_owned() } })
}

/// Where the tags of a channel's name do not agree; nothing where they do not move, or there is no good release.
#[must_use]
pub fn tag_drift(channel: &ChannelConfig, names: &Names, goal: Option<&Goal>) -> Vec<Drift> {
    let Some(goal) = goal.filter(|_| channel.moving_tags) else { return Vec::new() };
    let name = &channel.name;
    let mut drift = Vec::new();
    if names.tag.as_ref() != Some(&goal.commit) {
        let at = names.tag.as_ref().map_or("is missing".to_owned(), |at| format!("is at {}", at.short()));
        let message = format!("the tag `{name}` {at}, and {} is at {}", goal.plan.tag(), goal.commit.short());
        let (channel, commit) = (name.clone(), goal.commit.clone());
        drift.push(Drift { message, remedy: Remedy::Tag { channel, seen: names.tag.clone(), commit } });
    }
    for (image, digest) in goal.plan.own_images() {
        if names.images.get(image) == Some(digest) {
            continue;
        }
        let message = format!("the image tag `{image}:{name}` is not {}", goal.plan.tag());
        let (channel, image, digest) = (name.clone(), image.to_owned(), digest.clone());
        drift.push(Drift { message, remedy: Remedy::Image { channel, image, digest } });
    }
    drift
}

/// The highest good stable release, where its page is marked as a pre-release: the forge calls an older one latest then, and only a person
/// can say which of the two is meant.
#[must_use]
pub fn held_back<'a>(pages: &'a [Page], withdrawn: &[Yanked]) -> Option<&'a Tag> {
    let highest = candidates(&ChannelConfig::stable("latest"), pages, withdrawn).into_iter().next()?;
    pages.iter().any(|page| page.tag == *highest && page.prerelease).then_some(highest)
}

/// Whether the forge calls the right release latest: the highest stable one that was not withdrawn.
#[must_use]
pub fn latest_drift(latest: Option<u64>, pages: &[Page], withdrawn: &[Yanked]) -> Option<Drift> {
    let can_be = |tag: &Tag| pages.iter().find(|page| page.tag == *tag && !page.prerelease);
    let page = candidates(&ChannelConfig::stable("latest"), pages, withdrawn).into_iter().find_map(can_be)?;
    if latest == Some(page.id) {
        return None;
    }
    let says = pages.iter().find(|page| latest == Some(page.id)).map(|page| page.tag.to_string());
    let says = says.unwrap_or_else(|| "nothing of ours".to_owned());
    let message = format!("the forge calls {says} the latest release, and that is {}", page.tag);
    Some(Drift { message, remedy: Remedy::Latest { id: page.id } })
}

/// The pages of withdrawn releases that do not say so.
#[must_use]
pub fn page_drift(pages: &[Page], withdrawn: &[Yanked]) -> Vec<Drift> {
    let drift = |page: &Page| {
        let yanked = withdrawn.iter().find(|yanked| yanked.version == *page.tag.version())?;
        let title = notes::withdrawn_title(&page.title);
        let text = notes::withdrawn_text(&page.text, &yanked.reason, yanked.since);
        if title == page.title && text == page.text {
            return None;
        }
        let message = format!("the page of {} does not say that it was withdrawn", page.tag);
        Some(Drift { message, remedy: Remedy::Page { id: page.id, title, text } })
    };
    pages.iter().filter_map(drift).collect()
}

#[cfg(test)]
#[path = "agreement_tests.rs"]
mod tests;
