//! What a request is meant to do, as far as retrying it and telling of it needs to know. Never holds the request itself.

use release_core::untrusted::terminal_line;

/// What repeating a request would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It changes nothing.
    Read,
    /// It changes something, and twice is the same as once: PATCH, PUT and DELETE.
    Repeatable,
    /// It makes something, and twice makes two: POST.
    Create,
}

/// What "404" means to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The thing is not there, which is an answer.
    Answer,
    /// The thing was made a moment ago and is not visible everywhere yet.
    Stale,
    /// The thing has to be there: the forge hides it.
    Refusal,
}

/// What is being done, for the decision and for the message.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Completes "cannot …". Already safe for a terminal.
    pub doing: String,
    /// What repeating it would do.
    pub kind: Kind,
    /// What 404 means to it.
    pub missing: Missing,
    /// The right it needs, as the forge calls it.
    pub right: &'static str,
    /// What else may be behind a refusal; empty or a sentence without full stop.
    pub advice: &'static str,
}

impl Operation {
    /// A read, for which 404 means that the forge hides something.
    #[must_use]
    pub fn read(doing: impl AsRef<str>, right: &'static str) -> Self {
        Self::new(Kind::Read, doing.as_ref(), right)
    }

    /// A write that may be repeated.
    #[must_use]
    pub fn repeatable(doing: impl AsRef<str>, right: &'static str) -> Self {
        Self::new(Kind::Repeatable, doing.as_ref(), right)
    }

    /// A write that must not be repeated.
    #[must_use]
    pub fn create(doing: impl AsRef<str>, right: &'static str) -> Self {
        Self::new(Kind::Create, doing.as_ref(), right)
    }

    /// The same with another meaning of 404.
    #[must_use]
    pub fn missing(self, missing: Missing) -> Self {
        Self { missing, ..self }
    }

    /// The same with advice.
    #[must_use]
    pub fn advice(self, advice: &'static str) -> Self {
        Self { advice, ..self }
    }

    fn new(kind: Kind, doing: &str, right: &'static str) -> Self {
        Self { doing: terminal_line(doing), kind, missing: Missing::Refusal, right, advice: "" }
    }
}
