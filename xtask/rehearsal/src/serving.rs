//! The way of a request: read it, log it, let a fault have its say, answer.
//!
//! Owns what all servers do alike. Must never know what an operation means.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

use crate::answer::Answer;
use crate::call::{Access, Call, Quirk, Server};
use crate::faults::FaultKind;
use crate::journal::RequestRecord;
use crate::paced::PacedBody;
use crate::wire::Cutter;
use crate::world::World;
use crate::{github, registry};

/// The largest body that is read: offline bundles carry images, releases here do not.
const BODY_LIMIT: usize = 1 << 30;

pub(crate) fn router(world: Arc<World>, server: Server) -> Router {
    Router::new().fallback(handle).with_state((world, server))
}

async fn handle(
    State((world, server)): State<(Arc<World>, Server)>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
) -> Response<Body> {
    let Some(mut call) = read(request, server).await else {
        cutter.cut();
        return Response::new(Body::empty());
    };
    let (number, fault) = log(&world, &mut call);

    if matches!(fault, Some(FaultKind::ResetBefore)) {
        cutter.cut();
        return Response::new(Body::empty());
    }
    if let Some(FaultKind::Hold(seconds)) = fault {
        tokio::time::sleep(duration(seconds)).await;
    }
    let answer = match instead(&fault, &call) {
        Some(answer) => answer,
        None => decide(&world, call.clone()).await,
    };
    let answer = distort(answer, &fault, &call);
    if let Some(FaultKind::HoldAfter(seconds)) = fault {
        tokio::time::sleep(duration(seconds)).await;
    }
    if matches!(fault, Some(FaultKind::ResetAfter)) {
        cutter.cut();
        return Response::new(Body::empty());
    }
    note_status(&world, number, answer.status);
    respond(answer, &fault, &cutter)
}

async fn read(request: Request, server: Server) -> Option<Call> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.ok()?;
    Some(Call::new(server, parts, body))
}

/// Writes the request into the log and returns its number and the fault that hits it, which may make its handler do something wrong.
pub(crate) fn log(world: &World, call: &mut Call) -> (u64, Option<FaultKind>) {
    let (operation, access) = match call.server {
        Server::Registry => registry::operation(call),
        Server::Api | Server::Uploads | Server::Web => github::operation(call),
    };
    let mut record = RequestRecord {
        number: 0,
        server: call.server,
        method: call.method.clone(),
        path: call.target(),
        operation: operation.to_owned(),
        access,
        status: None,
        fault: None,
    };
    record.fault = world.faults().take(&record);
    let fault = record.fault.clone();
    call.quirk = quirk(&fault, call);
    (world.log(record), fault)
}

/// Adds to the log what was answered.
pub(crate) fn note_status(world: &World, number: u64, status: u16) {
    if let Some(record) = world.journal().iter_mut().rev().find(|record| record.number == number) {
        record.status = Some(status);
    }
}

fn quirk(fault: &Option<FaultKind>, call: &Call) -> Quirk {
    let upload = github::operation(call).0 == github::UPLOAD;
    match fault {
        Some(FaultKind::StaleList) => Quirk::StaleList,
        Some(FaultKind::Status(502)) if upload => Quirk::BrokenUpload,
        Some(FaultKind::WrongContent) if upload => Quirk::CorruptUpload,
        _ => Quirk::None,
    }
}

/// The answer of a fault that keeps the request from happening.
pub(crate) fn instead(fault: &Option<FaultKind>, call: &Call) -> Option<Answer> {
    match fault {
        Some(FaultKind::Status(_)) if call.quirk == Quirk::BrokenUpload => None,
        Some(FaultKind::Status(status)) => Some(failure(*status)),
        Some(FaultKind::Limited { status, retry_after }) => Some(match call.server {
            Server::Registry => limited(Answer::json(*status, &registry::too_many_requests()), *retry_after),
            _ => limited(github::secondary_limit(call, *status), *retry_after),
        }),
        _ => None,
    }
}

fn limited(answer: Answer, retry_after: Option<u64>) -> Answer {
    match retry_after {
        Some(seconds) => answer.with("retry-after", seconds),
        None => answer,
    }
}

fn failure(status: u16) -> Answer {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    Answer::json(
        status,
        &json!({ "message": reason.unwrap_or("Server Error"), "status": status.to_string() }),
    )
}

/// Handlers read from disk, so they run beside the runtime.
async fn decide(world: &Arc<World>, call: Call) -> Answer {
    let world = Arc::clone(world);
    tokio::task::spawn_blocking(move || answer(&world, &call)).await.unwrap_or_else(|_| failure(500))
}

/// What a server says to a request that no fault keeps from it.
pub(crate) fn answer(world: &World, call: &Call) -> Answer {
    match call.server {
        Server::Registry => registry::answer(world, call),
        Server::Api | Server::Uploads | Server::Web => github::answer(world, call),
    }
}

/// What a fault does to an answer that is there.
pub(crate) fn distort(answer: Answer, fault: &Option<FaultKind>, call: &Call) -> Answer {
    match fault {
        Some(FaultKind::StatusAfter(status)) => failure(*status),
        Some(FaultKind::Status(status)) if call.quirk == Quirk::BrokenUpload => failure(*status),
        Some(FaultKind::TruncatedJson) => {
            let half = answer.body.len() / 2;
            Answer { body: answer.body.slice(..half), ..answer }
        }
        Some(FaultKind::WrongContent) if call.quirk != Quirk::CorruptUpload => wrong_content(answer),
        _ => answer,
    }
}

/// A web page in place of JSON, as a captive portal sends it; one changed byte in anything else.
fn wrong_content(answer: Answer) -> Answer {
    let json = answer.headers.iter().any(|(name, value)| *name == "content-type" && value.contains("json"));
    if json && !answer.headers.iter().any(|(name, _)| *name == "docker-content-digest") {
        return Answer::bytes(answer.status, "text/html", "<!DOCTYPE html><title>rehearsal</title>");
    }
    let mut body = answer.body.to_vec();
    if let Some(last) = body.last_mut() {
        *last ^= 1;
    }
    Answer { body: body.into(), ..answer }
}

fn respond(answer: Answer, fault: &Option<FaultKind>, cutter: &Cutter) -> Response<Body> {
    let body = match fault {
        Some(FaultKind::SlowBody(seconds)) => Body::new(PacedBody::slow(answer.body, duration(*seconds))),
        Some(FaultKind::CutBody) => Body::new(PacedBody::cut(answer.body, cutter.clone())),
        _ => Body::from(answer.body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    response
}

pub(crate) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// What a request is that no operation claims.
pub(crate) fn unknown(method: &str) -> (&'static str, Access) {
    let access = if matches!(method, "GET" | "HEAD") { Access::Read } else { Access::Write };
    ("unknown", access)
}
