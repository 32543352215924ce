//! Which pull requests belong to a commit.
//!
//! Owns the rule that REST and GraphQL share. Must never know how it was asked.

use crate::github::state::{Pull, State};
use crate::seed::PullState;
use crate::world::World;

/// The pull requests of a commit: on the default branch those merged ones that brought it in; off it, also those that are
/// open or closed and contain it. Source: GitHub's documentation "List pull requests associated with a commit".
///
/// A pull request that the index does not know yet is left out, and known one look-up earlier the next time.
pub(crate) fn of_commit(world: &World, state: &mut State, sha: &str) -> Result<Vec<u64>, git2::Error> {
    let contained = state.pulls.values().any(|pull| contains(pull, sha) && !has_landed(pull, sha));
    // Whether a commit is on a branch means walking the history, so it is asked only where the answer matters.
    let off_default = contained && !world.store.is_on_branch(sha, &world.options.default_branch)?;
    let belongs = |pull: &Pull| has_landed(pull, sha) || (off_default && contains(pull, sha));
    let mut found = Vec::new();
    for pull in state.pulls.values_mut().filter(|pull| belongs(pull)) {
        match pull.unindexed_reads {
            0 => found.push(pull.number),
            u32::MAX => {}
            reads => pull.unindexed_reads = reads - 1,
        }
    }
    Ok(found)
}

fn has_landed(pull: &Pull, sha: &str) -> bool {
    pull.state == PullState::Merged && pull.landed.iter().any(|commit| commit == sha)
}

fn contains(pull: &Pull, sha: &str) -> bool {
    pull.commits.iter().any(|commit| commit.sha == sha)
}
