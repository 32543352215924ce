//! Looks at everything that names the release of a channel. Changes nothing.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use bundle_format::pointer::Yanked;
use release_core::channels::{listed, moving_tag};
use release_core::config::release::ChannelConfig;
use release_core::converge::{
    Drift, Goal, Names, Page, Remedy, Terms, candidates, copy_drift, latest_drift, page_drift, pointer_drift,
    tag_drift,
};
use release_core::facts::{CopyFacts, PointerFacts, TagFacts};
use release_core::finding::Cause;
use release_core::identity::{ObjectId, Tag};

use crate::failure::Failure;
use crate::forge::Release;
use crate::gather::plan_of;
use crate::repository::RemoteRefs;

use super::Scene;
use super::board::{Board, read};

/// Everything that names the releases of channels.
#[derive(Debug)]
pub struct Survey {
    /// The branch `channels`, with what is being withdrawn.
    pub board: Board,
    /// Each configured channel.
    pub channels: Vec<ChannelView>,
    /// Every published release with a version tag.
    pub pages: Vec<Page>,
    /// The release that the forge calls latest, where it has a version tag.
    pub latest: Option<Tag>,
    /// What does not agree about the forge.
    pub drift: Vec<Drift>,
    /// Why nobody knows what the bucket has; none where that is known, or nothing is copied.
    pub unseen: Option<Failure>,
}

/// One channel.
#[derive(Debug)]
pub struct ChannelView {
    /// Its configuration.
    pub channel: ChannelConfig,
    /// What it should point at; none where there is no good release.
    pub goal: Option<Goal>,
    /// What names it.
    pub names: Names,
    /// What does not agree.
    pub drift: Vec<Drift>,
}

impl Survey {
    /// Everything that does not agree, in the order in which it is repaired: pointers, the forge, the tags that follow, and the copies,
    /// whose server is somebody else's.
    pub fn all_drift(&self) -> impl Iterator<Item = &Drift> {
        let place = |drift: &Drift| match drift.remedy {
            Remedy::Pointer { .. } => 0,
            Remedy::Latest { .. } | Remedy::Page { .. } => 1,
            Remedy::Tag { .. } | Remedy::Image { .. } => 2,
            Remedy::Copy { .. } => 3,
        };
        let mut all: Vec<&Drift> =
            self.channels.iter().flat_map(|view| &view.drift).chain(&self.drift).collect();
        all.sort_by_key(|drift| place(drift));
        all.into_iter()
    }
}

/// Looks at everything, as it should be once `more` is withdrawn as well. A bucket that does not answer keeps nobody from the rest.
///
/// # Errors
///
/// Where something cannot be read, or the clone lacks a tag of the remote.
pub fn survey(scene: &Scene<'_>, more: Option<&Yanked>) -> Result<Survey, Failure> {
    look(scene, more, true)
}

/// The same without a look into the bucket: a withdrawal does not wait for a server of somebody else's.
///
/// # Errors
///
/// As [`survey`].
pub fn survey_without_copies(scene: &Scene<'_>, more: Option<&Yanked>) -> Result<Survey, Failure> {
    look(scene, more, false)
}

fn look(scene: &Scene<'_>, more: Option<&Yanked>, with_copies: bool) -> Result<Survey, Failure> {
    let source = scene.repository.source()?;
    let mut pages = pages(scene)?;
    let names = scene.config.channels.iter().map(|channel| channel.name.as_str());
    // Before the branch, which moves first: a copy that is ahead of it then really is.
    let (copies, unseen) = match with_copies.then(|| copies(scene)).transpose() {
        Ok(copies) => (copies.flatten(), None),
        Err(failure) => (None, Some(failure)),
    };
    let mut board = read(scene.repository, scene.remote, names, &scene.trust)?;
    // After the branch: whatever a pointer names has its tag among these.
    let references = scene.repository.remote_refs(scene.remote)?;
    let tags = scene.repository.tags_with_pushed(&source.id, &references)?;
    require_known(&references, &tags)?;
    for _ in 0..LOOKS {
        if names_all(&pages, &board) {
            break;
        }
        scene.clock.sleep(scene.pause());
        pages = self::pages(scene)?;
    }
    let known = |more: &&Yanked| board.withdrawn.iter().all(|yanked| yanked.version != more.version);
    if let Some(more) = more.filter(known) {
        board.withdrawn.push(more.clone());
        board.withdrawn.sort_by(|a, b| a.version.cmp(&b.version));
    }
    let views = scene.config.channels.iter();
    let channels = views
        .map(|channel| {
            let copy = copies.as_ref().map(|copies| copies.get(&channel.name).cloned());
            view(scene, channel, copy, (&pages, &tags, &references, &board))
        })
        .collect::<Result<_, _>>()?;
    let latest = scene.forge.latest()?;
    let mut drift: Vec<Drift> = latest_drift(latest, &pages, &board.withdrawn).into_iter().collect();
    drift.extend(page_drift(&pages, &board.withdrawn));
    let latest = pages.iter().find(|page| latest == Some(page.id)).map(|page| page.tag.clone());
    Ok(Survey { board, channels, pages, latest, drift, unseen })
}

/// How often the list is looked at again that lacks what a pointer names: it may lag behind. What it never shows was deleted.
const LOOKS: u32 = 3;

/// Every published release with a version tag, as listed now.
fn pages(scene: &Scene<'_>) -> Result<Vec<Page>, Failure> {
    let published = scene.forge.releases()?.into_iter().filter(|release| !release.draft);
    let page = |release: Release| {
        let tag = Tag::parse(&release.tag)?;
        Some(Page {
            id: release.id,
            tag,
            title: release.name,
            text: release.body,
            prerelease: release.prerelease,
        })
    };
    Ok(published.filter_map(page).collect())
}

/// Whether every release that a pointer names is listed.
fn names_all(pages: &[Page], board: &Board) -> bool {
    let listed = |found: &PointerFacts| pages.iter().any(|page| *page.tag.version() == found.pointer.version);
    board.pointers.values().all(listed)
}

fn view(
    scene: &Scene<'_>,
    channel: &ChannelConfig,
    copy: Option<Option<CopyFacts>>,
    (pages, tags, references, board): (&[Page], &[TagFacts], &RemoteRefs, &Board),
) -> Result<ChannelView, Failure> {
    let goal = goal(scene, channel, &candidates(channel, pages, &board.withdrawn), tags)?;
    let mut names = Names { pointer: board.pointers.get(&channel.name).cloned(), ..Names::default() };
    if channel.moving_tags {
        names.tag = references.get(&moving_tag(&channel.name)).cloned();
        names.images = images(scene, channel, goal.as_ref())?;
    }
    let yanked = listed(channel, &board.withdrawn);
    let (now, lasting, keys) = (scene.clock.now(), &scene.config.pointers, scene.trust.keys.as_slice());
    let rollout_percentage = channel.rollout_percentage;
    let terms = Terms { now, lasting, rollout_percentage, yanked: &yanked, keys };
    let mut drift: Vec<Drift> = pointer_drift(channel, &names, goal.as_ref(), &terms).into_iter().collect();
    drift.extend(copy.and_then(|there| copy_of(scene, &channel.name, there.as_ref(), board)));
    drift.extend(tag_drift(channel, &names, goal.as_ref()));
    Ok(ChannelView { channel: channel.clone(), goal, names, drift })
}

/// The newest release of ours that was made for the channel: of two channels of the same kind each has its own.
fn goal(
    scene: &Scene<'_>,
    channel: &ChannelConfig,
    candidates: &[&Tag],
    tags: &[TagFacts],
) -> Result<Option<Goal>, Failure> {
    for tag in candidates {
        let ours = tags.iter().find(|known| known.tag == **tag && known.plan.is_some());
        let Some(found) = ours else { continue };
        let plan = plan_of(scene.repository, found)?;
        if plan.channel == channel.name {
            return Ok(Some(Goal { plan, commit: found.commit.clone() }));
        }
    }
    Ok(None)
}

/// What lies in the bucket in the place of each channel's pointer; none where pointers are not copied.
fn copies(scene: &Scene<'_>) -> Result<Option<BTreeMap<String, CopyFacts>>, Failure> {
    let Some(copies) = scene.copies() else { return Ok(None) };
    let mut found = BTreeMap::new();
    for channel in &scene.config.channels {
        if let Some(copy) = copies.look(&channel.name)? {
            found.insert(channel.name.clone(), copy);
        }
    }
    Ok(Some(found))
}

fn copy_of(scene: &Scene<'_>, channel: &str, there: Option<&CopyFacts>, board: &Board) -> Option<Drift> {
    let (branch, bytes) = (board.pointers.get(channel)?, board.files.get(channel)?);
    copy_drift(channel, there, (branch, &Sha256Hex::of(bytes)), &scene.trust.keys)
}

fn images(
    scene: &Scene<'_>,
    channel: &ChannelConfig,
    goal: Option<&Goal>,
) -> Result<BTreeMap<String, Sha256Hex>, Failure> {
    let own: Vec<String> =
        goal.into_iter().flat_map(|goal| goal.plan.own_images()).map(|(image, _)| image.to_owned()).collect();
    let references: Vec<String> = own.iter().map(|image| format!("{image}:{}", channel.name)).collect();
    let found = scene.registry.resolve(&references)?;
    Ok(own.into_iter().zip(found).filter_map(|(image, found)| Some((image, found?.digest))).collect())
}

/// Without a tag of the remote, an older release would be taken for the newest.
fn require_known(references: &RemoteRefs, tags: &[TagFacts]) -> Result<(), Failure> {
    let same =
        |tag: &Tag, object: &ObjectId| tags.iter().any(|known| known.tag == *tag && known.object == *object);
    match references.version_tags().iter().find(|(tag, object)| !same(tag, object)) {
        None => Ok(()),
        Some((tag, _)) => Err(Failure::new(
            Cause::Overtaken,
            format!("this clone does not have the tag {tag} as the remote has it"),
            "run `git fetch --tags --force`, then run this again",
        )),
    }
}
