//! How an effect fails: a cause with a stable id, what happened, and what to do. Never swallows what it was told.

use release_core::finding::{Cause, Finding, Severity};

/// An effect that did not happen, or of which it is not known that it did.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Its cause, with the exit code it leads to.
    pub cause: Cause,
    /// What happened, with names, paths and the other side's own words, safe for a terminal.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Failure {
    /// A failure with its remedy.
    #[must_use]
    pub fn new(cause: Cause, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { cause, message: message.into(), hint: hint.into() }
    }

    /// A failure whose remedy is the one documented for its cause.
    #[must_use]
    pub fn of(cause: Cause, message: impl Into<String>) -> Self {
        Self::new(cause, message, cause.remedy())
    }

    /// The same as a finding that stops the release.
    #[must_use]
    pub fn into_finding(self) -> Finding {
        Finding {
            cause: self.cause,
            severity: Severity::Stop,
            message: self.message,
            hint: self.hint,
            place: None,
        }
    }
}
