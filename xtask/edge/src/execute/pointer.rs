//! The pointer of a channel: one file on the branch `channels`, moved by a push with a lease, after everything else.

use bundle_format::pointer::{FILE_NAME, Pointer};
use release_core::converge::{PointerMove, pointer as decide};
use release_core::finding::Cause;
use release_core::plan::Plan;
use release_core::receipt::Outcome;

use crate::failure::Failure;
use crate::repository::{Authorship, Edit};

use super::World;
use super::session::LOOKS;

/// The branch that static hosts serve the pointers from.
pub const BRANCH: &str = "refs/heads/channels";

/// Where the pointer of a channel lies on the branch.
#[must_use]
pub fn path(channel: &str) -> String {
    format!("{channel}/{FILE_NAME}")
}

/// Moves the pointer of a channel to the plan's release, unless it points at a newer one.
pub(super) fn advance(plan: &Plan, channel: &str, world: &World<'_>) -> Result<Outcome, Failure> {
    let path = path(channel);
    let by = Authorship { identity: plan.identity.clone(), time: plan.date };
    for _ in 0..LOOKS {
        let found = world.repository.remote_file(world.remote, BRANCH, &path)?;
        let current = found.content.as_deref().map(|bytes| read(&path, bytes)).transpose()?;
        let wanted = match decide(current.as_ref(), plan, channel) {
            PointerMove::Keep => return Ok(Outcome::AlreadyDone("it points there".to_owned())),
            PointerMove::Newer(version) => {
                return Ok(Outcome::AlreadyDone(format!("it points at the newer {version}")));
            }
            PointerMove::Write(wanted) => wanted,
        };
        let content = text(&wanted);
        let edit = Edit { path: &path, content: content.as_bytes(), executable: None };
        let message = format!("Point {channel} at {}\n", plan.tag());
        let head = found.head.as_ref();
        match world.repository.commit_onto(world.remote, BRANCH, head, &[edit], &by, &message) {
            Ok(_) => return Ok(Outcome::Done),
            // Another channel or another run was faster: read again.
            Err(failure) if failure.cause == Cause::Overtaken => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::new(
        Cause::Overtaken,
        format!("the branch `channels` moved {LOOKS} times while `{path}` was written"),
        "run the release again; only the pointer is left to do",
    ))
}

/// Reads a pointer.
pub fn read(path: &str, bytes: &[u8]) -> Result<Pointer, Failure> {
    serde_json::from_slice(bytes).map_err(|error| {
        Failure::new(
            Cause::Git,
            format!("`{path}` on the branch `channels` is no pointer: {error}"),
            "restore the file from the branch's history, then run again",
        )
    })
}

/// A pointer as it is published.
#[must_use]
pub fn text(pointer: &Pointer) -> String {
    // Every map of a pointer has string keys, so this cannot fail.
    serde_json::to_string_pretty(pointer).map(|text| text + "\n").unwrap_or_default()
}
