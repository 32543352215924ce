//! The classes of outcomes and what each asks for, as a table. Never waits and never sends: `retry` acts on what this says.

use release_core::finding::Cause;
use release_core::untrusted::terminal_line;

use super::answer::{Answer, Attempt};
use super::operation::{Kind, Operation};
use crate::failure::Failure;

/// What an outcome asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Take the answer.
    Take,
    /// Try again after a pause that grows.
    Again,
    /// Nobody knows whether it happened: look.
    Look,
    /// Wait as long as the other side asks, then try again.
    Wait,
    /// Wait as long as the other side asks, then look.
    WaitThenLook,
    /// The thing is not there.
    Missing,
    /// The thing is there already.
    Exists,
    /// Stop with this cause.
    Stop(Cause),
}

/// One class of outcomes.
#[derive(Debug)]
pub struct Class {
    /// Its stable name.
    pub id: &'static str,
    /// What it is.
    pub text: &'static str,
    /// Whether an outcome belongs to it.
    pub matches: fn(&Attempt) -> bool,
    /// What it asks for where the request may be repeated.
    pub repeatable: Reaction,
    /// What it asks for where the request must not be repeated.
    pub create: Reaction,
}

impl Class {
    /// What it asks for.
    #[must_use]
    pub fn reaction(&self, kind: Kind) -> Reaction {
        match kind {
            Kind::Read | Kind::Repeatable => self.repeatable,
            Kind::Create => self.create,
        }
    }
}

macro_rules! class {
    ($id:literal, $text:literal, $matches:expr, $repeatable:expr, $create:expr) => {
        Class { id: $id, text: $text, matches: $matches, repeatable: $repeatable, create: $create }
    };
}

/// Every class; the first that matches counts.
pub const CLASSES: &[Class] = &[
    class!(
        "success",
        "the other side did it",
        |outcome| answer(outcome).is_some_and(|it| (200..300).contains(&it.status) && it.complaint.is_none()),
        Reaction::Take,
        Reaction::Take
    ),
    class!(
        "not-sent",
        "no connection was made: nothing can have happened",
        |outcome| matches!(outcome, Attempt::NotSent(_)),
        Reaction::Again,
        Reaction::Again
    ),
    class!(
        "barred",
        "no connection will come about: the certificate is not trusted, or the proxy wants to know who asks",
        |outcome| matches!(outcome, Attempt::Barred(..)),
        Reaction::Stop(Cause::Forge),
        Reaction::Stop(Cause::Forge)
    ),
    class!(
        "lost",
        "the connection broke, the time was up, or the answer was cut off or is not what it should be",
        |outcome| matches!(outcome, Attempt::Lost(_)),
        Reaction::Again,
        Reaction::Look
    ),
    class!(
        "rate-limit",
        "429; 403 with `Retry-After`, nothing remaining, or a secondary limit; GraphQL's with status 200",
        |outcome| answer(outcome).is_some_and(Answer::is_limited),
        Reaction::Wait,
        Reaction::WaitThenLook
    ),
    class!(
        "server-fault",
        "408 or 5xx",
        |outcome| answer(outcome).is_some_and(|it| it.status == 408 || it.status >= 500),
        Reaction::Again,
        Reaction::Look
    ),
    class!(
        "graphql-fault",
        "a GraphQL error without a type: a fault or a time-out of the other side",
        |outcome| {
            answer(outcome).is_some_and(|it| {
                it.status < 300 && it.complaint.as_ref().is_some_and(|complaint| complaint.codes.is_empty())
            })
        },
        Reaction::Again,
        Reaction::Look
    ),
    class!(
        "burned",
        "422: the tag name belonged to an immutable release",
        |outcome| status(outcome, 422, "was used by an immutable release"),
        Reaction::Stop(Cause::VersionBurned),
        Reaction::Stop(Cause::VersionBurned)
    ),
    class!(
        "exists",
        "422: it exists already",
        |outcome| {
            status(outcome, 422, "already exists")
                || answer(outcome).is_some_and(|it| it.status == 422 && it.has_code("already_exists"))
        },
        Reaction::Exists,
        Reaction::Exists
    ),
    class!(
        "token-refused",
        "401: the token is unknown, expired or revoked",
        |outcome| answer(outcome).is_some_and(|it| it.status == 401),
        Reaction::Stop(Cause::TokenRights),
        Reaction::Stop(Cause::TokenRights)
    ),
    class!(
        "forbidden",
        "403 without a limit: the token may not",
        |outcome| {
            answer(outcome).is_some_and(|it| {
                it.status == 403 || it.has_code("FORBIDDEN") || it.has_code("INSUFFICIENT_SCOPES")
            })
        },
        Reaction::Stop(Cause::TokenRights),
        Reaction::Stop(Cause::TokenRights)
    ),
    class!(
        "missing",
        "404 or 410: not there, or hidden from this token",
        |outcome| {
            answer(outcome).is_some_and(|it| matches!(it.status, 404 | 410) || it.has_code("NOT_FOUND"))
        },
        Reaction::Missing,
        Reaction::Stop(Cause::TokenRights)
    ),
    class!(
        "conflict",
        "409: something else changed at the same moment",
        |outcome| answer(outcome).is_some_and(|it| it.status == 409),
        Reaction::Again,
        Reaction::Look
    ),
    REFUSED,
];

/// The class of everything else.
const REFUSED: Class = class!(
    "refused",
    "anything else: a redirect, a request that the other side does not accept",
    |_| true,
    Reaction::Stop(Cause::Forge),
    Reaction::Stop(Cause::Forge)
);

/// The class of an outcome.
#[must_use]
pub fn class_of(outcome: &Attempt) -> &'static Class {
    CLASSES.iter().find(|class| (class.matches)(outcome)).unwrap_or(&REFUSED)
}

/// The failure that an outcome stops with.
#[must_use]
pub fn failure(cause: Cause, operation: &Operation, outcome: &Attempt) -> Failure {
    let message = format!("cannot {}: {}", operation.doing, outcome.describe());
    if let Attempt::Barred(_, barrier) = outcome {
        return Failure::new(cause, message, barrier.hint());
    }
    let hint = match cause {
        Cause::TokenRights => rights(operation, answer(outcome)),
        Cause::Forge if is_redirect(outcome) => {
            "the repository was renamed or moved: correct its name in `config/release.yaml`, or the remote"
                .to_owned()
        }
        _ => return Failure::of(cause, message),
    };
    Failure::new(cause, message, hint)
}

/// What to do about a token that may not.
fn rights(operation: &Operation, answer: Option<&Answer>) -> String {
    let header =
        |name: &str| answer.and_then(|it| it.header(name)).map(terminal_line).filter(|it| !it.is_empty());
    if answer.is_some_and(|it| it.status == 401) {
        return format!(
            "the token is wrong, expired or revoked: make a new one with {} and set `GITHUB_TOKEN`",
            operation.right
        );
    }
    let needed = header("x-accepted-github-permissions")
        .or_else(|| header("x-accepted-oauth-scopes"))
        .map_or_else(|| operation.right.to_owned(), |needed| format!("`{needed}`"));
    let mut hint = format!("give the token {needed} for this repository");
    if let Some(has) = header("x-oauth-scopes") {
        hint.push_str(&format!("; it has `{has}`"));
    }
    if header("x-github-sso").is_some() {
        hint.push_str("; the organisation wants it authorised for single sign-on");
    }
    if !operation.advice.is_empty() {
        hint.push_str("; ");
        hint.push_str(operation.advice);
    }
    hint
}

fn answer(outcome: &Attempt) -> Option<&Answer> {
    match outcome {
        Attempt::Answered(answer) => Some(answer),
        Attempt::NotSent(_) | Attempt::Barred(..) | Attempt::Lost(_) => None,
    }
}

fn status(outcome: &Attempt, status: u16, words: &str) -> bool {
    answer(outcome).is_some_and(|it| it.status == status && it.message().contains(words))
}

fn is_redirect(outcome: &Attempt) -> bool {
    answer(outcome).is_some_and(|it| (300..400).contains(&it.status) && it.complaint.is_none())
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
