//! Progress of a release: a bar on a terminal, one plain line a step elsewhere. Never prints untrusted text.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use release_core::plan::Step;
use release_core::receipt::Outcome;
use release_edge::execute::Progress;
use release_edge::waiting::{Observer, Wait};

use super::{Colour, Palette, note};

/// Shows each step as it happens.
pub struct StepProgress {
    bar: Option<ProgressBar>,
    palette: Palette,
}

impl StepProgress {
    /// Progress on standard error.
    #[must_use]
    pub fn new(palette: Palette) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos:>2}/{len} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { bar, palette }
    }

    /// Says that something long is happening before the steps begin.
    pub fn say(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => note(&format!("  … {what}")),
        }
    }

    fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => note(line),
        }
    }
}

impl Progress for StepProgress {
    fn started(&mut self, step: &Step, number: usize, of: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(of as u64);
            bar.set_position(number as u64);
            bar.set_message(step.title.clone());
        }
    }

    fn finished(&mut self, step: &Step, outcome: &Outcome) {
        let line = match outcome {
            Outcome::Done => format!("  {} {}", self.palette.paint(Colour::Good, "✓"), step.title),
            Outcome::AlreadyDone(why) => format!(
                "  {} {} {}",
                self.palette.paint(Colour::Faint, "="),
                step.title,
                self.palette.paint(Colour::Faint, &format!("(already done: {why})"))
            ),
        };
        self.line(&line);
    }
}

/// Shows how much of a file is written: a bar on a terminal, a line for each tenth elsewhere.
pub struct BytesProgress {
    name: String,
    bar: Option<ProgressBar>,
    tenths: u64,
}

impl BytesProgress {
    /// Progress of a file on standard error.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::no_length();
            let form = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
            if let Ok(style) = ProgressStyle::with_template(form) {
                bar.set_style(style);
            }
            bar.set_message(name.to_owned());
            bar
        });
        Self { name: name.to_owned(), bar, tenths: 0 }
    }
}

impl release_edge::offline::Progress for BytesProgress {
    fn written(&mut self, bytes: u64, of: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(of);
            bar.set_position(bytes);
            return;
        }
        let tenths = bytes.saturating_mul(10) / of.max(1);
        if tenths > self.tenths {
            self.tenths = tenths;
            note(&format!("  {}: {} of {} MiB", self.name, bytes >> 20, of >> 20));
        }
    }
}

impl Drop for BytesProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows how many of many alike are done: a bar on a terminal, a line for each elsewhere.
pub struct CountProgress {
    what: &'static str,
    bar: Option<ProgressBar>,
}

impl CountProgress {
    /// Progress on standard error, `what` being said of each.
    #[must_use]
    pub fn new(what: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::no_length();
            if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {pos}/{len} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { what, bar }
    }

    /// One more is done, of a name that is safe for a terminal.
    pub fn reached(&mut self, name: &str, done: usize, of: usize) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(of as u64);
                bar.set_position(done as u64);
                bar.set_message(format!("{} {name}", self.what));
            }
            None => note(&format!("  {} {name} ({done} of {of})", self.what)),
        }
    }
}

impl Drop for CountProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Tells of each wait in a line of its own.
#[derive(Clone, Copy, Debug)]
pub struct WaitLines;

impl Observer for WaitLines {
    fn waiting(&self, wait: &Wait<'_>) {
        note(&format!("  … {wait}"));
    }
}

impl Drop for StepProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
