//! What is told while a run waits for somebody else, so that a quiet minute is not taken for a hang. Never waits and never prints.

use std::fmt;
use std::time::Duration;

use release_core::untrusted::terminal_line;

/// Is told of every wait before it begins.
pub trait Observer: Send + Sync {
    /// The run waits now.
    fn waiting(&self, wait: &Wait<'_>);
}

/// Somebody who does not want to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Observer for Nobody {
    fn waiting(&self, _: &Wait<'_>) {}
}

/// A wait and its reason. Its text is safe for a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait<'a> {
    /// The other side asks for it.
    Limit {
        /// Who asks, as in "the forge".
        who: &'a str,
        /// How long.
        wait: Duration,
        /// How long the run will have waited for limits then.
        altogether: Duration,
        /// How long it waits for them at most.
        most: Duration,
    },
    /// Before another try after a fault that may pass.
    Again {
        /// What went wrong.
        why: &'a str,
        /// How long.
        pause: Duration,
        /// The number of the next try.
        next: usize,
        /// How many there are.
        of: usize,
    },
    /// For images that somebody else still builds.
    Images {
        /// How many are there.
        there: usize,
        /// How many there have to be.
        of: usize,
        /// Those that are not.
        missing: &'a [String],
        /// Why the last look was in vain, where a registry failed.
        trouble: Option<&'a str>,
        /// How long until the next look.
        pause: Duration,
        /// How long the run still waits at most.
        left: Duration,
    },
}

/// How many images a line names.
const NAMED: usize = 3;

/// A duration as people write it: `1h 5m`.
#[must_use]
pub fn spoken(duration: Duration) -> String {
    let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    format!("{:#}", jiff::SignedDuration::from_secs(seconds))
}

impl fmt::Display for Wait<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit { who, wait, altogether, most } => write!(
                formatter,
                "{who} asks to wait {} s ({} s of at most {} s altogether)",
                wait.as_secs(),
                altogether.as_secs(),
                most.as_secs()
            ),
            Self::Again { why, pause, next, of } => {
                write!(formatter, "{why}; trying again in {:.1} s (try {next} of {of})", pause.as_secs_f64())
            }
            Self::Images { there, of, missing, trouble, pause, left } => {
                let names: Vec<String> =
                    missing.iter().take(NAMED).map(|name| format!("`{}`", terminal_line(name))).collect();
                write!(formatter, "{there} of {of} images are there; waiting for {}", names.join(", "))?;
                if missing.len() > NAMED {
                    write!(formatter, " and {} more", missing.len() - NAMED)?;
                }
                if let Some(trouble) = trouble {
                    write!(formatter, " ({trouble})")?;
                }
                write!(formatter, "; next look in {}, at most {} more", spoken(*pause), spoken(*left))
            }
        }
    }
}
