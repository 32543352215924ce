//! The way of a request to the rehearsal's GitHub: a function call. Stands in for octocrab, TLS and TCP, which the tests of the program
//! and those of the forge client use.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use release_edge::forge::answer::{Answer, Attempt};
use release_edge::forge::github::{Carrier, Dispatch, Route};
use release_rehearsal::{Fault, Rehearsal, Server, Target};
use serde_json::Value;

use crate::wire::{Breaking, Side, Wire, number_of};

/// The token that the rehearsal knows.
pub(crate) const TOKEN: &str = "rehearsal-token";

pub(crate) struct InProcess {
    pub(crate) rehearsal: Arc<Rehearsal>,
    pub(crate) wire: Arc<Wire>,
}

impl Carrier for InProcess {
    fn carry(&self, dispatch: Dispatch) -> Attempt {
        let Dispatch { route, mut request, graphql, within, most } = dispatch;
        let server = server(&self.rehearsal, &request);
        let write = matches!(route, Route::Write | Route::Upload);
        let breaking = self.wire.pass(Side::Forge, spoken(&request), write);
        if breaking == Some(Breaking::Refused) {
            return Attempt::NotSent("connection refused".to_owned());
        }
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, HeaderValue::from_static("slipway"));
        if route != Route::Download {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer rehearsal-token"));
        }
        let exchange = exchange(&self.rehearsal, &self.wire, server, request, breaking, within);
        match exchange {
            None => Attempt::Lost("the connection was reset".to_owned()),
            Some(reply) if reply.body.len() > most => Attempt::Lost("the answer broke off".to_owned()),
            Some(reply) => {
                let headers =
                    reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                let body = reply.body.to_vec();
                Attempt::Answered(match graphql {
                    true => Answer::of_graphql(reply.status, headers, body),
                    false => Answer::of_rest(reply.status, headers, body),
                })
            }
        }
    }
}

/// Hands a request to a server, with the fault that hits it, and lets the time pass that it takes.
pub(crate) fn exchange(
    rehearsal: &Rehearsal,
    wire: &Wire,
    server: Server,
    request: Request<Bytes>,
    breaking: Option<Breaking>,
    within: Duration,
) -> Option<release_rehearsal::Reply> {
    if let Some(kind) = breaking.and_then(Breaking::on_a_server) {
        rehearsal.inject(Fault::first(Target::default(), kind));
    }
    let is_query = request.uri().path() == "/graphql";
    let exchange = rehearsal.exchange(server, request, within);
    wire.heard(|| {
        exchange.reply.as_ref().map(|reply| (reply.status, meaning(server, is_query, &reply.body)))
    });
    if breaking.is_some() {
        rehearsal.clear_faults();
    }
    wire.time.pass(exchange.took);
    exchange.reply
}

/// The server behind an address.
fn server(rehearsal: &Rehearsal, request: &Request<Bytes>) -> Server {
    let address = request.uri().to_string();
    match address {
        it if it.starts_with(rehearsal.uploads_url()) => Server::Uploads,
        it if it.starts_with(rehearsal.web_url()) => Server::Web,
        _ => Server::Api,
    }
}

/// A request with numbers and queries left out.
fn spoken(request: &Request<Bytes>) -> String {
    let segments = request.uri().path().split('/').map(|one| match one.parse::<u64>() {
        Ok(_) => "N",
        Err(_) => one,
    });
    let path = segments.collect::<Vec<_>>().join("/");
    let method = if path == "/graphql" { &Method::GET } else { request.method() };
    format!("{method} {path}")
}

/// What differs each time and no run goes by: the forge's own clock, which is that of the machine; the folder of the scene; how often somebody
/// read an asset; digests, because signatures of the same bytes differ. Which bytes the other assets have, their release says with the
/// name of its plan.
const UNHEARD: [&str; 8] = [
    "created_at",
    "updated_at",
    "published_at",
    "clone_url",
    "git_url",
    "ssh_url",
    "download_count",
    "digest",
];

/// A body as far as a run goes by it.
fn meaning(server: Server, is_query: bool, body: &[u8]) -> u64 {
    let text = match server {
        Server::Registry => None,
        _ if is_query => None,
        _ => serde_json::from_slice::<Value>(body).ok(),
    };
    match text {
        Some(mut value) => {
            forget(&mut value);
            number_of(value.to_string())
        }
        None if body.starts_with(b"untrusted comment:") => 0,
        None => number_of(body),
    }
}

fn forget(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(forget),
        Value::Object(members) => {
            UNHEARD.iter().for_each(|name| drop(members.remove(*name)));
            members.values_mut().for_each(forget);
        }
        _ => {}
    }
}
