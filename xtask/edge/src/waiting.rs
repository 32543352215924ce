//! What is told while a run waits for somebody else, so that a quiet minute is not taken for a hang. Never waits and never prints.

use std::fmt;
use std::time::Duration;

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
        }
    }
}
