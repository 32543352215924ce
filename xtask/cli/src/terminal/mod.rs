//! What people see: colours, progress, tables and findings. The only place that prints; decides nothing.

mod actions;
mod colour;
mod findings;
mod plan;
mod progress;
mod summary;

pub use actions::{step_summary, write_output, write_step_summary};
pub use colour::{Colour, Palette};
pub use findings::report_findings;
pub use plan::print_plan;
pub use progress::StepProgress;
pub use summary::print_receipt;

use std::io::{BufRead as _, Write as _};

use crate::exit::Stop;

/// Prints a line on standard output; a reader that has gone (`| head`) ends the program's interest, not the program.
pub fn out(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Prints a line on standard error, where everything goes that is not the result.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Prints a value as JSON on standard output.
pub fn json<T: serde::Serialize>(value: &T) {
    if let Ok(text) = serde_json::to_string_pretty(value) {
        out(&text);
    }
}

/// Asks a question that only `y` or `yes` answers with yes.
pub fn confirm(question: &str) -> Result<(), Stop> {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "{question} [y/N] ");
    let _ = stderr.flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Stop::Declined),
    }
}
