//! Asks for values that only the operator knows. Shows no secret: what is typed for one is not echoed, and the terminal echoes again
//! however the program ends.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bundle_format::contract::Variable;
use bundle_format::setup::Hidden;
use release_core::finding::Cause;
use release_edge::failure::Failure;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::note;

/// How the terminal was before its echo was switched off.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Whether there is somebody to ask.
#[must_use]
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// From now on an interruption removes a file and switches the echo on again before it ends the program.
///
/// # Errors
///
/// Where the system gives no handler or no thread.
pub fn clean_on_interruption(file: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::of(Cause::Internal, format!("cannot prepare for an interruption: {error}"))
    };
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
    let file: PathBuf = file.to_owned();
    let wait = move || {
        for signal in signals.forever() {
            show_echo();
            let _ = std::fs::remove_file(&file);
            let _ = emulate_default_handler(signal);
        }
    };
    std::thread::Builder::new().name("interruption".to_owned()).spawn(wait).map_err(failed)?;
    Ok(())
}

/// Asks for the value of a variable until it is one, or until the input ends.
#[must_use]
pub fn ask_for(variable: &Variable, product: &str) -> Option<Hidden> {
    let lines: Vec<String> =
        variable.description.lines().map(|line| format!("# {}", line.trim_end())).collect();
    note(&format!("\n{}", lines.join("\n")));
    loop {
        // Before the question: nothing that is typed after it may be seen.
        if variable.is_secret() {
            hide_echo();
        }
        let empty = if variable.required { "" } else { " (Enter leaves it empty)" };
        let _ = write!(std::io::stderr(), "{}{empty}: ", variable.name);
        let answer = answer();
        show_echo();
        let answer = answer?;
        if answer.is_empty() {
            if !variable.required {
                return None;
            }
            note(&format!("{product} does not start without it."));
        } else if variable.is_placeholder(&answer) {
            note("This is a placeholder or a value that everybody knows.");
        } else if variable.is_relative(&answer) {
            note("This is no absolute path: it does not start with /.");
        } else {
            return Some(Hidden::new(answer));
        }
    }
}

/// A line without its end; none where the input ends first or is no text.
fn answer() -> Option<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok()?;
    line.strip_suffix('\n').map(str::to_owned)
}

fn hide_echo() {
    let input = std::io::stdin();
    if let Ok(now) = tcgetattr(&input) {
        let mut hidden = now.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        let _ = tcsetattr(&input, OptionalActions::Now, &hidden);
        BEFORE.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(now);
    }
}

fn show_echo() {
    if let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
        note("");
    }
}
