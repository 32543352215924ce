//! What people see: colours, progress, tables and findings. The only place that prints; decides nothing.

mod actions;
mod colour;
mod findings;
mod interruption;
mod plan;
mod progress;
mod question;
mod summary;

pub use actions::{Output, step_summary, unwritten_output, write_output, write_step_summary};
pub use colour::{Colour, Palette};
pub use findings::report_findings;
pub use interruption::advise_on_interruption;
pub use plan::print_plan;
pub use progress::{BytesProgress, CountProgress, StepProgress, WaitLines};
pub use question::{ask_for, can_ask, clean_on_interruption};
pub use summary::print_receipt;

use std::io::{BufRead as _, ErrorKind, Write as _};
use std::sync::OnceLock;

use release_core::untrusted::shows_itself;

use crate::exit::Stop;

/// Why the first result that could not be printed was lost.
static LOST: OnceLock<String> = OnceLock::new();

/// Prints a line on standard output; a reader that has gone (`| head`) ends the program's interest, not the program. Any other failure
/// is kept for the end of the command: see [`lost_output`].
pub fn out(line: &str) {
    let mut stdout = std::io::stdout().lock();
    if let Err(error) = writeln!(stdout, "{line}").and_then(|()| stdout.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| error.to_string());
    }
}

/// What kept a result from standard output, if anything did.
pub fn lost_output() -> Option<&'static str> {
    LOST.get().map(String::as_str)
}

/// Prints a line on standard error, where everything goes that is not the result.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Prints a value as JSON on standard output, with every character escaped that does not show: a terminal may be what reads it.
pub fn json<T: serde::Serialize>(value: &T) {
    if let Ok(text) = serde_json::to_string_pretty(value) {
        out(&escaped(&text));
    }
}

/// The same JSON. What does not show stands only within strings, but for the line breaks between them.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || shows_itself(character) {
            text.push(character);
        } else {
            let mut units = [0; 2];
            text.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

/// Asks a question that only `y` or `yes` answers with yes.
pub fn confirm(question: &str) -> Result<(), Stop> {
    // Locked for these two only: whoever is interrupted while asked is still told so.
    let _ = write!(std::io::stderr(), "{question} [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Stop::Declined),
    }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn json_means_the_same_and_hides_nothing() {
        let value = serde_json::json!({ "a\u{9b}31m": ["b\u{202e}c", "\u{7f}\u{feff}\u{e0041}", "d\n\u{1b}[2J", "Zürich 🚀"] });
        let text = escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert!(text.lines().all(release_core::untrusted::is_plain), "{text:?}");
        assert!(text.contains("Zürich 🚀"), "{text}");
    }
}
