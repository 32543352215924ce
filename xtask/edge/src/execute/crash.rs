//! Crash points for tests: with the feature `crash-points`, a run ends by abort before, after or within a chosen step. Without the feature
//! nothing of this is compiled.

/// Which side of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Nothing of the step has happened.
    Before,
    /// All of it has happened, and nobody was told.
    After,
}

/// Ends the process, without any clean-up, where `SLIPWAY_CRASH` names this point, as in `before:3` or `after:3`.
#[cfg(feature = "crash-points")]
pub(super) fn point(number: usize, side: Side) {
    let side = match side {
        Side::Before => "before",
        Side::After => "after",
    };
    crash(&format!("{side}:{number}"));
}

/// As [`point`], in the middle of something, as in `within:push-tag`.
#[cfg(feature = "crash-points")]
pub(crate) fn within(step: &str) {
    crash(&format!("within:{step}"));
}

#[cfg(feature = "crash-points")]
fn crash(point: &str) {
    if std::env::var("SLIPWAY_CRASH").is_ok_and(|wanted| wanted == point) {
        std::process::abort();
    }
}

#[cfg(not(feature = "crash-points"))]
pub(crate) fn within(_: &str) {}

#[cfg(not(feature = "crash-points"))]
pub(super) fn point(_: usize, _: Side) {}
