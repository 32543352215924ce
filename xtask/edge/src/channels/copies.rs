//! The copies of pointers in a bucket. They follow the branch `channels`, byte for byte, and never the other way round; nothing is copied
//! that is not proven.

use bundle_format::digest::Sha256Hex;
use release_core::channels::{Copied, copy_seen, path};
use release_core::config::BucketConfig;
use release_core::converge::{CopyMove, copied};
use release_core::facts::{CopyFacts, PointerFacts, Proof};
use release_core::finding::Cause;

use crate::bucket::{Bucket, Object, Written};
use crate::failure::Failure;
use crate::repository::{RemoteAccess, Repository};

use super::{Trust, read};

/// How often bucket and branch are looked at for one copy.
const LOOKS: u32 = 5;

/// A bucket, and what its copies have to be of.
#[derive(Clone, Copy)]
pub struct Copies<'a> {
    /// The bucket.
    pub bucket: &'a dyn Bucket,
    /// How it is configured.
    pub place: &'a BucketConfig,
    /// The platform.
    pub product: &'a str,
    /// Which signatures of pointers count.
    pub trust: &'a Trust,
}

/// A pointer as the branch has it.
#[derive(Clone, Debug)]
pub struct Original {
    /// What it says.
    pub found: PointerFacts,
    /// Its envelope, byte for byte.
    pub bytes: Vec<u8>,
}

/// What becomes of something else that lies in the place of a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// It stays, and nothing is copied.
    Stays,
    /// It is replaced: a person asked for it.
    IsReplaced,
}

/// How a copy came to be what the branch has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Following {
    /// The branch has no pointer of the channel, so there is nothing to copy.
    Nothing,
    /// It was that before.
    Already,
    /// It was written, and read back; says what it says now.
    Written(String),
}

impl Copies<'_> {
    /// What lies in the place of a channel's pointer.
    ///
    /// # Errors
    ///
    /// What the bucket's server said.
    pub fn look(&self, channel: &str) -> Result<Option<CopyFacts>, Failure> {
        Ok(self.bucket.read(&self.place.key(channel))?.map(|object| self.seen(channel, &object)))
    }

    /// Brings the copy of a channel's pointer to what the branch has.
    ///
    /// # Errors
    ///
    /// [`Cause::CopyForeign`] where something else lies in its place or it is ahead of the branch; otherwise what Git or the bucket's
    /// server said.
    pub fn follow(
        &self,
        channel: &str,
        (repository, remote): (&Repository, &RemoteAccess),
        foreign: Foreign,
    ) -> Result<Following, Failure> {
        self.follow_what(channel, foreign, || {
            let mut board = read(repository, remote, [channel], self.trust)?;
            let found = board.pointers.remove(channel).zip(board.files.remove(channel));
            Ok(found.map(|(found, bytes)| Original { found, bytes }))
        })
    }

    /// The same, whatever the branch is.
    pub(crate) fn follow_what(
        &self,
        channel: &str,
        foreign: Foreign,
        mut branch: impl FnMut() -> Result<Option<Original>, Failure>,
    ) -> Result<Following, Failure> {
        let (key, mut following) = (self.place.key(channel), Following::Already);
        for _ in 0..LOOKS {
            // Before the branch, which moves first: a copy that is ahead of it then really is.
            let there = self.bucket.read(&key)?;
            let Some(original) = branch()? else { return Ok(Following::Nothing) };
            self.require_proven(channel, &original.found)?;
            let seen = there.as_ref().map(|object| self.seen(channel, object));
            let digest = Sha256Hex::of(&original.bytes);
            match copied(seen.as_ref(), &original.found, &digest, &self.trust.keys) {
                CopyMove::Keep => return Ok(following),
                CopyMove::Foreign(_) if foreign == Foreign::IsReplaced => {}
                CopyMove::Write => {}
                CopyMove::Foreign(what) => return Err(self.in_the_way(channel, &format!("it is {what}"))),
                CopyMove::Ahead(sequence) => {
                    let branch = original.found.pointer.sequence;
                    let why =
                        format!("it has the sequence {sequence}, and on the branch `channels` {branch}");
                    return Err(self.in_the_way(channel, &why));
                }
            }
            // Whatever came of it is read back.
            if self.bucket.write(&key, &original.bytes, there.as_ref())? != Written::Overtaken {
                let pointer = &original.found.pointer;
                following =
                    Following::Written(format!("{} (sequence {})", pointer.version, pointer.sequence));
            }
        }
        let address = self.place.address(&key);
        let message = format!("`{address}` is not what the branch has after {LOOKS} tries to write it");
        Err(Failure::of(Cause::Bucket, message))
    }

    fn seen(&self, channel: &str, object: &Object) -> CopyFacts {
        let Trust { keys, revoked } = self.trust;
        copy_seen(&object.content, &Copied { product: self.product, channel, keys, revoked })
    }

    fn require_proven(&self, channel: &str, found: &PointerFacts) -> Result<(), Failure> {
        if self.trust.keys.is_empty() || found.proof == Proof::Proven {
            return Ok(());
        }
        let message =
            format!("nothing proves `{}` on the branch `channels`, so it is not copied", path(channel));
        Err(Failure::of(Cause::PointerUnproven, message))
    }

    fn in_the_way(&self, channel: &str, why: &str) -> Failure {
        let address = self.place.address(&self.place.key(channel));
        Failure::of(Cause::CopyForeign, format!("nothing was copied to `{address}`: {why}"))
    }
}

#[cfg(test)]
#[path = "copies_tests.rs"]
mod tests;
