//! Channels as the world has them: what the branch `channels` says, what follows a channel's pointer, and how both are brought to agree.
//! Points at nothing that is not published.

mod board;
mod copies;
mod renew;
mod repair;
mod seal;
mod survey;
mod yank;

pub use board::{Board, BoardEdit, read, write};
pub use copies::{Copies, Following, Foreign, Original};
pub use renew::{renew, rollout};
pub use repair::repair;
pub use seal::{Trust, seal};
pub use survey::{ChannelView, Survey, survey, survey_without_copies};
pub use yank::require_published;

use std::time::Duration;

use release_core::config::ReleaseConfig;
use release_core::facts::Identity;

use crate::bucket::Bucket;
use crate::clock::Clock;
use crate::forge::Forge;
use crate::registry::Registry;
use crate::repository::{RemoteAccess, Repository};
use crate::signing::SigningKey;

/// Is told what was done, one line each, as soon as it is: whatever stops the rest, that much is known.
pub type Told<'a> = dyn FnMut(String) + 'a;

/// What channels are looked at and changed with.
pub struct Scene<'a> {
    /// The local clone.
    pub repository: &'a Repository,
    /// How its remote is reached.
    pub remote: &'a RemoteAccess,
    /// The forge.
    pub forge: &'a dyn Forge,
    /// The registries.
    pub registry: &'a dyn Registry,
    /// Time.
    pub clock: &'a dyn Clock,
    /// The configuration.
    pub config: &'a ReleaseConfig,
    /// Which signatures of pointers count.
    pub trust: Trust,
    /// What signs pointers; none where no key was given.
    pub key: Option<&'a SigningKey>,
    /// The bucket that pointers are copied to; none where they are not.
    pub bucket: Option<&'a dyn Bucket>,
    /// Who commits to the branch `channels`.
    pub identity: Identity,
}

impl Scene<'_> {
    /// As long as the forge's lists may take to follow: three writes.
    fn pause(&self) -> Duration {
        Duration::from_millis(u64::from(self.config.milliseconds_between_writes) * 3)
    }

    /// The copies of pointers; none where they are not copied.
    fn copies(&self) -> Option<Copies<'_>> {
        let (bucket, place) = self.bucket.zip(self.config.pointers.s3.as_ref())?;
        Some(Copies { bucket, place, product: &self.config.product, trust: &self.trust })
    }
}
