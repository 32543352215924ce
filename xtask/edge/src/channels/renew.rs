//! Pointers that name the same release as before, written again: for longer, or for more installations. Never moves one to another release,
//! and never signs what is not proven.

use bundle_format::pointer::Pointer;
use release_core::channels::{listed, path};
use release_core::config::release::ChannelConfig;
use release_core::converge::{Terms, let_out, renewed};
use release_core::facts::PointerFacts;
use release_core::finding::Cause;
use release_core::identity::Tag;

use crate::failure::Failure;
use crate::repository::Authorship;

use super::board::{BoardEdit, read, write};
use super::copies::{Following, Foreign};
use super::repair::ROUNDS;
use super::{Scene, Told, seal};

/// Signs every pointer again that has few days left, in one commit, and brings the copies in the bucket to what the branch has. Tells what
/// was done; nothing where all last long enough.
///
/// # Errors
///
/// [`Cause::PointerUnproven`] where a pointer is not proven: what is signed again is believed. Otherwise what Git said.
pub fn renew(scene: &Scene<'_>, told: &mut Told<'_>) -> Result<(), Failure> {
    let all: Vec<&ChannelConfig> = scene.config.channels.iter().collect();
    let again = Again {
        channels: &all,
        message: "Renew the pointers\n",
        change: &renewed,
        said: &|channel, pointer| {
            format!("{channel} counts until {} (sequence {})", pointer.expires_at, pointer.sequence)
        },
    };
    written(scene, &again, told)
}

/// Has the pointers at a release say how many of a hundred installations may take it by themselves, and for the whole time again. Tells what
/// was done; nothing where they say so already.
///
/// # Errors
///
/// [`Cause::NotPublished`] where no channel points at the release; otherwise as [`renew`].
pub fn rollout(scene: &Scene<'_>, tag: &Tag, percentage: u8, told: &mut Told<'_>) -> Result<(), Failure> {
    let names = scene.config.channels.iter().map(|channel| channel.name.as_str());
    let board = read(scene.repository, scene.remote, names, &scene.trust)?;
    let is_at = |found: &PointerFacts| found.pointer.version == *tag.version();
    let channels = scene.config.channels.iter();
    let at: Vec<&ChannelConfig> =
        channels.filter(|channel| board.pointers.get(&channel.name).is_some_and(is_at)).collect();
    if at.is_empty() {
        let message = format!("no channel points at {tag}");
        let hint = "`cargo xtask channels` shows what each is at; where a release was interrupted, run it again first";
        return Err(Failure::new(Cause::NotPublished, message, hint));
    }
    let again = Again {
        channels: &at,
        message: &format!("Let {percentage} of a hundred take {tag}\n"),
        // Another release that came meanwhile is not meant.
        change: &|current, terms| is_at(current).then(|| let_out(current, percentage, terms)).flatten(),
        said: &|channel, pointer| {
            let Pointer { version, sequence, rollout_percentage, .. } = pointer;
            format!("{channel} lets {rollout_percentage} of a hundred take {version} (sequence {sequence})")
        },
    };
    written(scene, &again, told)
}

/// What is written again.
struct Again<'a> {
    channels: &'a [&'a ChannelConfig],
    message: &'a str,
    /// The new pointer; none where the present one is as it should be.
    change: &'a dyn Fn(&PointerFacts, &Terms<'_>) -> Option<Pointer>,
    said: &'a dyn Fn(&str, &Pointer) -> String,
}

/// Writes the branch, then the copies in the bucket.
fn written(scene: &Scene<'_>, again: &Again<'_>, told: &mut Told<'_>) -> Result<(), Failure> {
    signed_again(scene, again)?.into_iter().for_each(&mut *told);
    // What is in the way of one copy keeps no other back.
    let mut failed = None;
    for channel in again.channels {
        match copy(scene, &channel.name, Foreign::Stays) {
            Ok(line) => line.into_iter().for_each(&mut *told),
            Err(failure) => drop(failed.get_or_insert(failure)),
        }
    }
    failed.map_or(Ok(()), Err)
}

fn signed_again(scene: &Scene<'_>, again: &Again<'_>) -> Result<Vec<String>, Failure> {
    for _ in 0..ROUNDS {
        let names = again.channels.iter().map(|channel| channel.name.as_str());
        let board = read(scene.repository, scene.remote, names, &scene.trust)?;
        let mut edits = Vec::new();
        let mut lines = Vec::new();
        for channel in again.channels {
            let Some(current) = board.pointers.get(&channel.name) else { continue };
            let yanked = listed(channel, &board.withdrawn);
            let (now, lasting) = (scene.clock.now(), &scene.config.pointers);
            let rollout_percentage = channel.rollout_percentage;
            let terms = Terms { now, lasting, rollout_percentage, yanked: &yanked, keys: &scene.trust.keys };
            if !terms.proves(current) {
                let file = path(&channel.name);
                let message = format!("`{file}` is not proven, and what is signed again would be believed");
                return Err(Failure::of(Cause::PointerUnproven, message));
            }
            let Some(pointer) = (again.change)(current, &terms) else { continue };
            edits.push(BoardEdit {
                path: path(&channel.name),
                text: seal(&pointer, scene.key, &scene.trust)?,
            });
            lines.push((again.said)(&channel.name, &pointer));
        }
        if edits.is_empty() {
            return Ok(lines);
        }
        let by = Authorship { identity: scene.identity.clone(), time: scene.clock.now() };
        match write(scene.repository, scene.remote, &board, &edits, &by, again.message) {
            Ok(()) => return Ok(lines),
            Err(failure) if failure.cause == Cause::Overtaken => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::of(Cause::Overtaken, format!("the branch `channels` moved {ROUNDS} times meanwhile")))
}

/// Brings the copy of a channel's pointer to what the branch has, and says so where it did something.
pub(super) fn copy(scene: &Scene<'_>, channel: &str, foreign: Foreign) -> Result<Option<String>, Failure> {
    let Some(copies) = scene.copies() else { return Ok(None) };
    let following = copies.follow(channel, (scene.repository, scene.remote), foreign)?;
    Ok(match following {
        Following::Written(what) => Some(format!("copied the pointer of {channel} to the bucket: {what}")),
        Following::Already | Following::Nothing => None,
    })
}
