//! The pointer of a channel: one file on the branch `channels`, moved by a push with a lease, after everything else.

use release_core::channels::{listed, path};
use release_core::config::release::ChannelConfig;
use release_core::converge::{PointerMove, Terms, pointer as decide};
use release_core::finding::Cause;
use release_core::plan::Plan;
use release_core::receipt::Outcome;

use crate::channels::{BoardEdit, Trust, read, seal, write};
use crate::failure::Failure;
use crate::repository::Authorship;

use super::World;
use super::session::LOOKS;

/// Moves the pointer of a channel to the plan's release, unless it points at a newer one or the release was withdrawn.
pub(super) fn advance(plan: &Plan, channel: &str, world: &World<'_>) -> Result<Outcome, Failure> {
    super::moving::give_back(plan, channel, world)?;
    let trust = trust(world);
    let by = Authorship { identity: plan.identity.clone(), time: plan.date };
    for _ in 0..LOOKS {
        let board = read(world.repository, world.remote, [channel], &trust)?;
        let kind = kind(channel, plan, world);
        let yanked = listed(&kind, &board.withdrawn);
        let lasting = &world.facts.configuration.release.pointers;
        let (now, rollout_percentage) = (world.clock.now(), kind.rollout_percentage);
        let terms = Terms { now, lasting, rollout_percentage, yanked: &yanked, keys: &trust.keys };
        let wanted = match decide(board.pointers.get(channel), plan, channel, &terms) {
            PointerMove::Keep => return Ok(Outcome::AlreadyDone("it points there".to_owned())),
            PointerMove::Newer(version) => {
                return Ok(Outcome::AlreadyDone(format!("it points at the newer {version}")));
            }
            PointerMove::Withdrawn => {
                return Ok(Outcome::AlreadyDone("the release was withdrawn".to_owned()));
            }
            PointerMove::Write(wanted) => wanted,
        };
        let edit = BoardEdit { path: path(channel), text: seal(&wanted, world.channel_key, &trust)? };
        let message = format!("Point {channel} at {}\n", plan.tag());
        match write(world.repository, world.remote, &board, &[edit], &by, &message) {
            Ok(()) => return Ok(Outcome::Done),
            // Another channel or another run was faster: read again.
            Err(failure) if failure.cause == Cause::Overtaken => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::new(
        Cause::Overtaken,
        format!("the branch `channels` moved {LOOKS} times while `{}` was written", path(channel)),
        "run the release again; only the pointer is left to do",
    ))
}

/// Which signatures of pointers count in this run.
pub(super) fn trust(world: &World<'_>) -> Trust {
    let revoked = world.facts.configuration.release.revoked().to_vec();
    Trust { keys: world.facts.channel_keys(), revoked }
}

/// The channel; where the configuration has it no more, one of the release's kind.
pub(super) fn kind(channel: &str, plan: &Plan, world: &World<'_>) -> ChannelConfig {
    let channels = &world.facts.configuration.release.channels;
    channels.iter().find(|known| known.name == channel).cloned().unwrap_or_else(|| {
        let identifier = plan.version.pre.as_str().split('.').next().filter(|pre| !pre.is_empty());
        ChannelConfig { prerelease: identifier.map(str::to_owned), ..ChannelConfig::stable(channel) }
    })
}
