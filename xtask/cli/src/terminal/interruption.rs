//! Ctrl-C and its like while something is written: the program ends by them as any other does, and says first what becomes of what it
//! began. Never undoes or finishes anything: the next run does.

use std::sync::{Mutex, PoisonError};
use std::thread;

use release_core::finding::Cause;
use release_edge::failure::Failure;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::note;

/// What an interruption now would be told; none before the first write.
static ADVICE: Mutex<Option<String>> = Mutex::new(None);

/// From now on says `advice` where a signal ends the program, instead of what it said before.
///
/// # Errors
///
/// Where the system gives no handler or no thread.
pub fn advise_on_interruption(advice: String) -> Result<(), Failure> {
    let before = ADVICE.lock().unwrap_or_else(PoisonError::into_inner).replace(advice);
    if before.is_some() {
        return Ok(());
    }
    let failed = |error: std::io::Error| {
        Failure::of(Cause::Internal, format!("cannot prepare for an interruption: {error}"))
    };
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
    let wait = move || {
        for signal in signals.forever() {
            let advice = ADVICE.lock().unwrap_or_else(PoisonError::into_inner).clone();
            note(&format!("\ninterrupted: {}", advice.unwrap_or_default()));
            // Ends the process by that very signal, so that a shell or a runner sees what ended it.
            let _ = emulate_default_handler(signal);
        }
    };
    thread::Builder::new().name("interruption".to_owned()).spawn(wait).map_err(failed)?;
    Ok(())
}
