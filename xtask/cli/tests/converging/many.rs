//! Many cases on every processor, and what is asked of each.

use std::ffi::OsString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use release_core::finding::{Cause, Severity};

use crate::deed::Ended;
use crate::state::State;

/// How many of those that went wrong are shown.
const SHOWN: usize = 10;

/// Whether there is time for all cases, and how much: `all` where there is any amount.
pub(crate) fn long() -> Option<OsString> {
    std::env::var_os("SLIPWAY_TEST_LONG")
}

/// Requires every case to go well, and shows those that did not.
#[track_caller]
pub(crate) fn require_all<T: Sync>(
    cases: &[T],
    spoken: impl Fn(&T) -> String + Sync,
    attempt: impl Fn(&T) -> Result<(), String> + Sync,
) {
    let next = AtomicUsize::new(0);
    // One more than there are processors: where runs take turns, each waits for a moment at every one.
    let workers = thread::available_parallelism().map_or(2, usize::from) + 1;
    let work = || {
        let mut wrong = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(why) = attempt(case) {
                wrong.push(format!("{}: {why}", spoken(case)));
            }
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|running| running.join().expect("no panic")).collect()
    });
    let shown: Vec<&str> = wrong.iter().take(SHOWN).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), shown.join("\n"));
}

/// Whoever stops names cause and remedy, and no cause that would be a fault of the tool.
pub(crate) fn is_explained(ended: &Ended) -> Result<(), String> {
    let stopping = ended.stopped.iter().filter(|finding| finding.severity == Severity::Stop);
    for finding in stopping {
        if finding.message.is_empty() || finding.hint.is_empty() || finding.cause == Cause::Internal {
            return Err(format!("this explains nothing: {finding:?}"));
        }
    }
    Ok(())
}

/// The parts in which two states differ.
pub(crate) fn difference(found: &State, wanted: &State) -> String {
    let parts = found.parts().into_iter().zip(wanted.parts());
    let different = parts.filter(|((_, found), (_, wanted))| found != wanted);
    different.map(|((name, found), (_, wanted))| format!("\n{name}\n  + {found}\n  - {wanted}")).collect()
}
