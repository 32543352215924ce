//! Moves references of a remote: all of them or none, each only from the value it was expected to have. Looks first, writes at most
//! once, and looks again: what the remote then shows is the result, whatever the answer to the push was.

use std::path::Path;

use release_core::finding::Cause;
use release_core::identity::ObjectId;

use super::Repository;
use super::access::RemoteAccess;
use super::refusal::explain;
use super::remote::{RemoteRefs, read_refs, shown};
use crate::failure::Failure;
use crate::shell::Output;

/// One reference of the remote and where it shall point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefUpdate {
    /// Its full name, as in `refs/heads/main`.
    pub reference: String,
    /// What it points to before; none where it must not exist.
    pub expected: Option<ObjectId>,
    /// What it points to after.
    pub new: ObjectId,
}

/// What a push found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// This push moved the references.
    Done,
    /// They are as wanted now, and it is not known whose push did that: the answer to this one was lost, or another made the same.
    Appeared,
    /// They were as wanted before.
    AlreadyThere,
}

impl Repository {
    /// Moves references of the remote in one atomic push.
    ///
    /// A tag that is already as wanted proves that its push took place: then a branch that has moved on from there is left alone, and
    /// one that is still at its expected value is moved.
    ///
    /// # Errors
    ///
    /// [`Cause::TagElsewhere`] for a tag with another target, [`Cause::Overtaken`] for a branch that is not where it was expected,
    /// [`Cause::PushRefused`], [`Cause::TokenRights`], [`Cause::TokenMissing`], [`Cause::VersionBurned`] by what the remote answered,
    /// or [`Cause::Git`] where it could not be reached or it is not known whether the push arrived.
    pub fn push(&self, remote: &RemoteAccess, updates: &[RefUpdate]) -> Result<PushOutcome, Failure> {
        self.require_remote(remote)?;
        let changes: Vec<Change> = updates.iter().cloned().map(Change::from).collect();
        send(&self.folder, remote, &changes)
    }
}

impl Repository {
    /// Moves a tag of the remote that follows a channel, from the value that it was seen to have. Never to be used for the tag of a version.
    ///
    /// # Errors
    ///
    /// As [`Self::push`]; [`Cause::Overtaken`] where the tag is no longer where it was seen.
    pub fn move_tag(
        &self,
        remote: &RemoteAccess,
        reference: &str,
        seen: Option<&ObjectId>,
        new: &ObjectId,
    ) -> Result<PushOutcome, Failure> {
        self.require_remote(remote)?;
        let reference = reference.to_owned();
        let change = Change { reference, expected: seen.cloned(), new: Some(new.clone()) };
        send(&self.folder, remote, &[change]).map_err(|failure| match failure.cause {
            // What is said of a tag that never moves does not hold for this one.
            Cause::TagElsewhere => Failure { cause: Cause::Overtaken, hint: OVERTAKEN.to_owned(), ..failure },
            _ => failure,
        })
    }
}

/// One reference and its values before and after; none where it does not exist.
pub(super) struct Change {
    pub(super) reference: String,
    pub(super) expected: Option<ObjectId>,
    pub(super) new: Option<ObjectId>,
}

impl From<RefUpdate> for Change {
    fn from(update: RefUpdate) -> Self {
        Self { reference: update.reference, expected: update.expected, new: Some(update.new) }
    }
}

impl Change {
    fn is_tag(&self) -> bool {
        self.reference.starts_with("refs/tags/")
    }

    fn is_made(&self, refs: &RemoteRefs) -> bool {
        refs.get(&self.reference) == self.new.as_ref()
    }

    fn is_possible(&self, refs: &RemoteRefs) -> bool {
        refs.get(&self.reference) == self.expected.as_ref()
    }

    /// `object:reference`, or `:reference` to delete it.
    fn refspec(&self) -> String {
        format!("{}:{}", self.new.as_ref().map_or("", ObjectId::as_str), self.reference)
    }

    /// The lease; an empty value means that the reference must not exist.
    fn lease(&self) -> String {
        let expected = self.expected.as_ref().map_or("", ObjectId::as_str);
        format!("--force-with-lease={}:{expected}", self.reference)
    }
}

/// What to do about somebody who was faster.
const OVERTAKEN: &str = "nothing was pushed: run `git pull --tags`, then run again";

/// Settings of the user that would push more than was asked for, or something else.
const EXACTLY_THIS: &[&str] =
    &["push", "--porcelain", "--atomic", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"];

/// Makes changes in the remote from the repository at `folder`.
pub(super) fn send(folder: &Path, remote: &RemoteAccess, changes: &[Change]) -> Result<PushOutcome, Failure> {
    let before = read_refs(folder, remote)?;
    let pending = pending(changes, &before);
    if pending.is_empty() {
        return Ok(PushOutcome::AlreadyThere);
    }
    require_possible(&pending, &before, remote)?;
    let call = remote
        .git(folder)
        .args(EXACTLY_THIS)
        .args(pending.iter().map(|change| change.lease()))
        .args(["--", remote.remote()])
        .args(pending.iter().map(|change| change.refspec()));
    let output = remote.run(&call)?;
    let refusal = || explain(&format!("pushing to {}", shown(remote)), &output, remote);
    let after = match read_refs(folder, remote) {
        Ok(after) => after,
        Err(_) if !output.succeeded() => return Err(refusal()),
        Err(failure) => return Err(failure),
    };
    let pending = self::pending(changes, &after);
    if pending.is_empty() {
        return Ok(if is_own(&output) { PushOutcome::Done } else { PushOutcome::Appeared });
    }
    require_possible(&pending, &after, remote)?;
    if output.succeeded() {
        let names: Vec<_> = pending.iter().map(|change| format!("`{}`", change.reference)).collect();
        return Err(Failure::new(
            Cause::Git,
            format!("{} took the push and does not show it: {}", shown(remote), names.join(", ")),
            "wait a minute and run again",
        ));
    }
    Err(refusal())
}

/// Whether a push did what it was asked for by itself. Git calls it a success, too, where it found a reference as wanted, and marks
/// that with an equals sign.
fn is_own(output: &Output) -> bool {
    output.succeeded() && !output.text().lines().any(|line| line.starts_with('='))
}

/// The changes that are still to be made.
fn pending<'a>(changes: &'a [Change], refs: &RemoteRefs) -> Vec<&'a Change> {
    let mut tags = changes.iter().filter(|change| change.is_tag()).peekable();
    let tags_made = tags.peek().is_some() && tags.all(|tag| tag.is_made(refs));
    let open = |change: &&Change| !change.is_made(refs) && (!tags_made || change.is_possible(refs));
    changes.iter().filter(open).collect()
}

fn require_possible(pending: &[&Change], refs: &RemoteRefs, remote: &RemoteAccess) -> Result<(), Failure> {
    let Some(change) = pending.iter().find(|change| !change.is_possible(refs)) else { return Ok(()) };
    let value = |id: Option<&ObjectId>| id.map_or("nothing".to_owned(), |id| format!("`{}`", id.short()));
    let (found, expected) = (value(refs.get(&change.reference)), value(change.expected.as_ref()));
    let (remote, reference) = (shown(remote), &change.reference);
    Err(match reference.strip_prefix("refs/tags/") {
        Some(tag) => Failure::new(
            Cause::TagElsewhere,
            format!(
                "tag `{tag}` names {found} on {remote}, not {}",
                value(change.new.as_ref().or(change.expected.as_ref()))
            ),
            "tags never move: find out who made it, then delete it or release the next version",
        ),
        None => Failure::new(
            Cause::Overtaken,
            format!("`{reference}` of {remote} is at {found}, not at {expected}: somebody else moved it"),
            OVERTAKEN,
        ),
    })
}
