//! What the test command tells on standard output: headings, lines, times and the closing table.
//!
//! Must never put anything after the closing table's last line, which counts the checks.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Where lines go, flushed one by one so that they keep their place among the lines of child processes.
pub(crate) struct Report {
    out: Box<dyn Write>,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The check's id.
    pub(crate) id: &'static str,
    /// How long it took.
    pub(crate) took: Duration,
    /// Why it failed; `None` when it passed.
    pub(crate) failure: Option<String>,
}

impl Report {
    /// Reports to standard output.
    pub(crate) fn to_stdout() -> Self {
        Self::new(io::stdout())
    }

    /// Reports to `out`.
    pub(crate) fn new(out: impl Write + 'static) -> Self {
        Self { out: Box::new(out) }
    }

    /// Writes one line. A reader that went away stops nobody.
    pub(crate) fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}").and_then(|()| self.out.flush());
    }

    /// Writes a heading.
    pub(crate) fn heading(&mut self, text: &str) {
        self.line(&format!("\n== {text}"));
    }

    /// Says what is done, does it, and says how long it took.
    pub(crate) fn timed<T, E>(&mut self, what: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.line(&format!("  {what} …"));
        let begun = Instant::now();
        let result = work();
        let word = if result.is_ok() { "done" } else { "failed" };
        self.line(&format!("  {what}: {word} in {}", seconds(begun.elapsed())));
        result
    }
}

/// Writes the table of all checks; its last line counts them.
pub(crate) fn summary(outcomes: &[Outcome]) -> String {
    let width = outcomes.iter().map(|outcome| outcome.id.len()).max().unwrap_or_default();
    let row = |outcome: &Outcome| {
        let (word, why) = match &outcome.failure {
            None => ("passed", String::new()),
            Some(why) => ("FAILED", format!("  {}", why.lines().next().unwrap_or_default())),
        };
        format!("  {:<width$}  {word}  {:>8}{why}\n", outcome.id, seconds(outcome.took))
    };
    let failed = failed(outcomes);
    let rows: String = outcomes.iter().map(row).collect();
    format!("{rows}\n{} passed, {failed} failed", outcomes.len() - failed)
}

/// How many of the checks failed.
pub(crate) fn failed(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|outcome| outcome.failure.is_some()).count()
}

/// A duration for people.
pub(crate) fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(id: &'static str, failure: Option<&str>) -> Outcome {
        Outcome { id, took: Duration::from_millis(1250), failure: failure.map(str::to_owned) }
    }

    #[test]
    fn the_last_line_counts_the_checks_and_stands_alone() {
        let text =
            summary(&[outcome("format", None), outcome("tests", Some("exit 101\nmore")), outcome("a", None)]);
        assert_eq!(text.lines().last().unwrap(), "2 passed, 1 failed");
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "  format  passed     1.2 s",
                "  tests   FAILED     1.2 s  exit 101",
                "  a       passed     1.2 s",
                "",
                "2 passed, 1 failed"
            ]
        );
    }

    #[test]
    fn failures_are_counted() {
        assert_eq!(failed(&[outcome("a", None), outcome("b", Some("x")), outcome("c", Some("y"))]), 2);
    }
}
