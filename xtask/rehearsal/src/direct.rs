//! Requests that are handed in without a connection, and without time passing.
//!
//! Owns what a client would have seen of each fault and how long it would have waited for it. Must never sleep, and must never answer
//! otherwise than the servers do.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::Request;

use crate::call::{Call, Server};
use crate::faults::FaultKind;
use crate::serving::{answer, distort, duration, instead, log, note_status};
use crate::world::World;

/// What came back to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The answer; none where the connection was reset, or the client had hung up before all of it was there.
    pub reply: Option<Reply>,
    /// How long the client waited, no longer than it wanted to.
    pub took: Duration,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Bytes,
}

/// Answers a request as the servers do, to a client that waits no longer than `patience`.
pub(crate) fn exchange(
    world: &World,
    server: Server,
    request: Request<Bytes>,
    patience: Duration,
) -> Exchange {
    let (parts, body) = request.into_parts();
    let mut call = Call::new(server, parts, body);
    let (number, fault) = log(world, &mut call);
    let (before, after) = match fault {
        Some(FaultKind::Hold(seconds)) => (duration(seconds), Duration::ZERO),
        Some(FaultKind::HoldAfter(seconds) | FaultKind::SlowBody(seconds)) => {
            (Duration::ZERO, duration(seconds))
        }
        _ => (Duration::ZERO, Duration::ZERO),
    };
    // Who hangs up before anything happened prevents it.
    if matches!(fault, Some(FaultKind::ResetBefore)) || before > patience {
        return Exchange { reply: None, took: before.min(patience) };
    }
    let said = instead(&fault, &call).unwrap_or_else(|| answer(world, &call));
    let said = distort(said, &fault, &call);
    let took = before.saturating_add(after);
    let lost = matches!(fault, Some(FaultKind::ResetAfter | FaultKind::CutBody)) || took > patience;
    if lost {
        return Exchange { reply: None, took: took.min(patience) };
    }
    note_status(world, number, said.status);
    Exchange { reply: Some(Reply { status: said.status, headers: said.headers, body: said.body }), took }
}
