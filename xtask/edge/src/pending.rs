//! Waiting for images that somebody else still builds and pushes. Writes nothing, and decides nothing: when they are there, facts are
//! gathered anew.

use std::time::Duration;

use jiff::Timestamp;
use release_core::bundle::images::Pending;
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;

use crate::clock::Clock;
use crate::failure::Failure;
use crate::registry::Registry;
use crate::waiting::{Observer, Wait, spoken};

/// The first pause between two looks; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When waiting began.
    pub begun: Timestamp,
    /// How long it may last altogether.
    pub patience: Duration,
}

impl Deadline {
    fn left(&self, clock: &dyn Clock) -> Duration {
        let passed = Duration::try_from(clock.now().duration_since(self.begun)).unwrap_or_default();
        self.patience.saturating_sub(passed)
    }
}

/// Blocks until every image is there. The last look is made when the time is over.
///
/// # Errors
///
/// [`Cause::ImagesPending`] where one is not there by then. A registry that fails is asked again until then.
pub fn wait(
    registry: &dyn Registry,
    clock: &dyn Clock,
    observer: &dyn Observer,
    pending: &Pending,
    deadline: Deadline,
) -> Result<(), Failure> {
    let Pending { mut missing, of } = pending.clone();
    let mut pause = FIRST_PAUSE;
    let mut trouble: Option<String> = None;
    while !missing.is_empty() {
        let left = deadline.left(clock);
        if left.is_zero() {
            return Err(over(&missing, of, trouble.as_deref(), deadline.patience));
        }
        let next = pause.min(left);
        let there = of.saturating_sub(missing.len());
        let told = trouble.as_deref();
        observer.waiting(&Wait::Images { there, of, missing: &missing, trouble: told, pause: next, left });
        clock.sleep(next);
        pause = (pause * 2).min(LONGEST_PAUSE);
        match registry.exist(&missing) {
            Ok(found) => {
                let mut found = found.into_iter();
                missing.retain(|_| !found.next().unwrap_or_default());
                trouble = None;
            }
            Err(failure) => trouble = Some(failure.message),
        }
    }
    Ok(())
}

fn over(missing: &[String], of: usize, trouble: Option<&str>, patience: Duration) -> Failure {
    let names: Vec<String> = missing.iter().map(|name| format!("`{}`", terminal_line(name))).collect();
    let trouble = trouble.map_or_else(String::new, |trouble| format!("; at the last look {trouble}"));
    Failure::new(
        Cause::ImagesPending,
        format!(
            "{} of {of} images are not there after {}: {}{trouble}",
            missing.len(),
            spoken(patience),
            names.join(", ")
        ),
        "nothing was written: look whether their build goes on, then run again",
    )
}

#[cfg(test)]
#[path = "pending_tests.rs"]
mod tests;
