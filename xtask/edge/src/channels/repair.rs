//! Brings everything that names the release of a channel to agree: looks, acts, and looks again until nothing is left. The branch comes
//! first, because it holds the truth about what was withdrawn; every change of it is one commit.

use bundle_format::pointer::Yanked;
use release_core::channels::{WITHDRAWN, Withdrawals, moving_tag, path};
use release_core::converge::{Drift, Goal, Remedy};
use release_core::facts::Proof;
use release_core::finding::Cause;

use crate::execute::crash;
use crate::failure::Failure;
use crate::forge::{Latest, ReleaseEdit};
use crate::repository::Authorship;

use super::board::{BoardEdit, read, write};
use super::copies::Foreign;
use super::renew::copy;
use super::survey::{Survey, survey, survey_without_copies};
use super::{Scene, Told, seal};

/// How often everything is looked at.
pub(super) const ROUNDS: u32 = 5;

/// Brings everything to agree, and withdraws `more` first where something is to be withdrawn. Tells what was done; nothing where all agreed
/// already.
///
/// # Errors
///
/// What Git, the forge, a registry or, after all else was done, the bucket said; [`Cause::PublishedDiffers`] where what a pointer would
/// name is not whole.
pub fn repair(scene: &Scene<'_>, more: Option<&Yanked>, told: &mut Told<'_>) -> Result<(), Failure> {
    // The bucket is looked at when all else agrees, so that nothing waits for it.
    let mut with_copies = scene.copies().is_none();
    for round in 0..ROUNDS {
        // The first look back needs no patience; lists that still lag get some.
        if round > 1 {
            scene.clock.sleep(scene.pause());
        }
        let found = if with_copies { survey(scene, more)? } else { survey_without_copies(scene, more)? };
        match act(scene, &found, more, told) {
            Ok(false) if !with_copies => with_copies = true,
            Ok(false) => return found.unseen.map_or(Ok(()), |why| Err(all_but_copies(why))),
            Ok(true) => {}
            // Somebody else was faster: look again.
            Err(failure) if failure.cause == Cause::Overtaken && round + 1 < ROUNDS => {}
            Err(failure) => return Err(failure),
        }
    }
    let left = survey(scene, more)?;
    let Some(drift) = left.all_drift().next() else {
        return left.unseen.map_or(Ok(()), |why| Err(all_but_copies(why)));
    };
    Err(Failure::new(
        Cause::Forge,
        format!("{} after everything was repaired", drift.message),
        "run it again in a minute; where that does not help, somebody else changes the same things",
    ))
}

/// The bucket is the last that anything is done with, and alone keeps nothing else back.
fn all_but_copies(why: Failure) -> Failure {
    let message = format!("{}; everything else was done", why.message);
    let then = "run `cargo xtask channels --repair`";
    let hint = match why.hint == Cause::Bucket.remedy() {
        true => format!("{then} when the bucket answers again"),
        false => format!("{}; then {then}", why.hint),
    };
    Failure { message, hint, ..why }
}

/// Acts on all that was found; whether there was anything.
fn act(
    scene: &Scene<'_>,
    found: &Survey,
    more: Option<&Yanked>,
    told: &mut Told<'_>,
) -> Result<bool, Failure> {
    let mut acted = board(scene, found, more, told)?;
    let mut failed = None;
    for drift in found.all_drift() {
        if let Remedy::Pointer { .. } = drift.remedy {
            continue;
        }
        crash::within("channels:before");
        match (remedied(scene, drift, found), &drift.remedy) {
            (Ok(line), _) => told(line),
            // Copies come last; what is in the way of one keeps no other back.
            (Err(failure), Remedy::Copy { .. }) => drop(failed.get_or_insert(failure)),
            (Err(failure), _) => return Err(failure),
        }
        crash::within("channels:after");
        acted = true;
    }
    failed.map_or(Ok(acted), |failure| Err(all_but_copies(failure)))
}

/// Writes the branch: all pointers that do not agree, and what is withdrawn now, in one commit.
fn board(
    scene: &Scene<'_>,
    found: &Survey,
    more: Option<&Yanked>,
    told: &mut Told<'_>,
) -> Result<bool, Failure> {
    let mut edits = Vec::new();
    let mut lines = Vec::new();
    let was = read(scene.repository, scene.remote, [], &scene.trust)?;
    if was.head != found.board.head {
        return Err(Failure::of(Cause::Overtaken, "the branch `channels` moved while it was looked at"));
    }
    if was.withdrawn != found.board.withdrawn {
        edits.push(BoardEdit { path: WITHDRAWN.to_owned(), text: Withdrawals::text(&found.board.withdrawn) });
        lines.extend(more.map(|more| format!("withdrew {}", more.version)));
    }
    for view in &found.channels {
        for drift in &view.drift {
            let Remedy::Pointer { channel, pointer } = &drift.remedy else { continue };
            let moves = view.names.pointer.as_ref().is_none_or(|now| now.pointer.version != pointer.version);
            match &view.goal {
                Some(goal) if moves => require_whole(scene, goal, found)?,
                Some(_) => {}
                // Without a goal what is there is signed again, so it has to be proven.
                None => require_proven(view.names.pointer.as_ref().map(|now| &now.proof), channel)?,
            }
            edits.push(BoardEdit { path: path(channel), text: seal(pointer, scene.key, &scene.trust)? });
            lines.push(format!("pointed {channel} at {} (sequence {})", pointer.version, pointer.sequence));
        }
    }
    if edits.is_empty() {
        return Ok(false);
    }
    let message = match more {
        Some(more) if was.withdrawn != found.board.withdrawn => format!("Withdraw v{}\n", more.version),
        _ => "Bring the channels to agree\n".to_owned(),
    };
    let by = Authorship { identity: scene.identity.clone(), time: scene.clock.now() };
    crash::within("board:before");
    write(scene.repository, scene.remote, &found.board, &edits, &by, &message)?;
    crash::within("board:after");
    lines.into_iter().for_each(told);
    Ok(true)
}

/// Does one thing beside the branch, and says what it was.
fn remedied(scene: &Scene<'_>, drift: &Drift, found: &Survey) -> Result<String, Failure> {
    let tag_of = |id: u64| {
        found.pages.iter().find(|page| page.id == id).map(|page| page.tag.to_string()).unwrap_or_default()
    };
    match &drift.remedy {
        Remedy::Pointer { channel, .. } => Ok(format!("pointed {channel}")),
        Remedy::Copy { channel } => Ok(copy(scene, channel, Foreign::IsReplaced)?
            .unwrap_or_else(|| format!("the bucket has the pointer of {channel}"))),
        Remedy::Latest { id } => {
            scene.forge.edit_release(*id, &ReleaseEdit { page: None, latest: Latest::Yes })?;
            Ok(format!("made {} the latest release", tag_of(*id)))
        }
        Remedy::Page { id, title, text } => {
            let page = Some((title.clone(), text.clone()));
            scene.forge.edit_release(*id, &ReleaseEdit { page, latest: Latest::No })?;
            Ok(format!("marked the page of {} as withdrawn", tag_of(*id)))
        }
        Remedy::Tag { channel, seen, commit } => {
            let reference = moving_tag(channel);
            scene.repository.move_tag(scene.remote, &reference, seen.as_ref(), commit)?;
            Ok(format!("moved the tag {channel} to {}", commit.short()))
        }
        Remedy::Image { channel, image, digest } => {
            scene.registry.tag(image, digest, channel)?;
            Ok(format!("moved the image tag {image}:{channel}"))
        }
    }
}

/// Requires the published release of a plan to hold exactly its assets, as far as the forge knows their digests, before anything points
/// at it.
fn require_whole(scene: &Scene<'_>, goal: &Goal, found: &Survey) -> Result<(), Failure> {
    let tag = goal.plan.tag();
    let page = found.pages.iter().find(|page| page.tag == tag);
    let assets = page.map(|page| scene.forge.assets(page.id)).transpose()?.unwrap_or_default();
    for wanted in &goal.plan.assets {
        let there = assets.iter().find(|asset| asset.name == wanted.name && asset.uploaded);
        let same = match there {
            None => false,
            Some(asset) => match &asset.digest {
                Some(digest) => *digest == wanted.sha256.prefixed(),
                None => {
                    bundle_format::digest::Sha256Hex::of(&scene.forge.read_asset(asset)?) == wanted.sha256
                }
            },
        };
        if !same {
            return Err(Failure::new(
                Cause::PublishedDiffers,
                format!("the release of {tag} does not have `{}` as it was released", wanted.name),
                "nothing points at it: look at it with `cargo xtask verify`, and withdraw it with `cargo xtask yank`",
            ));
        }
    }
    Ok(())
}

fn require_proven(proof: Option<&Proof>, channel: &str) -> Result<(), Failure> {
    let Some(Proof::Wrong(why)) = proof else { return Ok(()) };
    Err(Failure::of(Cause::PointerUnproven, format!("`{}` cannot be trusted: {why}", path(channel))))
}
