//! One request and its answer, through octocrab and a runtime of its own. Never tries twice, never follows a redirect, and never
//! decides what an answer means.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;
use tokio::runtime::Runtime;

use super::Timeouts;
use super::address::Address;
use super::carrier::{Carrier, Dispatch, Route};
use super::connector::Connector;
use crate::barred::Barrier;
use crate::failure::Failure;
use crate::forge::answer::{Answer, Attempt};
use crate::proxy::Proxies;
use crate::secret::Secret;

/// The connections of one run.
pub(super) struct Http {
    // Before the runtime, so that they go first: their tasks live in it.
    clients: RefCell<BTreeMap<String, Octocrab>>,
    runtime: Runtime,
    connector: Connector,
    origin: String,
    token: Option<Secret>,
    timeouts: Timeouts,
}

impl Http {
    pub(super) fn new(
        address: &Address,
        token: Option<Secret>,
        timeouts: Timeouts,
        proxies: &Proxies,
    ) -> Result<Self, Failure> {
        if token.as_ref().is_some_and(|token| !is_header_value(token.reveal())) {
            return Err(Failure::new(
                Cause::TokenRights,
                "the token is empty or has a character that no token has",
                "set `GITHUB_TOKEN` again, without quotes, spaces or line breaks",
            ));
        }
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
                Failure::of(Cause::Internal, format!("cannot start the runtime of the forge client: {error}"))
            })?;
        // A machine without root certificates is told of now, not after all the pauses of a request that fails.
        let connector = Connector::new(proxies).map_err(|why| {
            Failure::new(
                Cause::Forge,
                format!("cannot prepare the client of the forge: {}", terminal_line(&why)),
                "install the machine's root certificates (`ca-certificates`), or correct `SSL_CERT_FILE`",
            )
        })?;
        Ok(Self {
            clients: RefCell::default(),
            runtime,
            connector,
            origin: address.origin(),
            token,
            timeouts,
        })
    }

    /// The client of a route, made when it is first needed.
    fn client(&self, route: Route, target: &str) -> Result<Octocrab, String> {
        let key = match route {
            Route::Read | Route::Write | Route::DownloadOfApi => "api".to_owned(),
            Route::Upload => format!("upload {target}"),
            Route::Download => "public".to_owned(),
        };
        if let Some(client) = self.clients.borrow().get(&key) {
            return Ok(client.clone());
        }
        let _inside = self.runtime.enter();
        let client = self.build(route, target)?;
        self.clients.borrow_mut().insert(key, client.clone());
        Ok(client)
    }

    fn build(&self, route: Route, target: &str) -> Result<Octocrab, String> {
        let connector = Octocrab::builder()
            .set_connect_timeout(Some(self.timeouts.connect))
            // While a long upload is sent nothing comes back: its end is the total time and a stuck write.
            .set_read_timeout((route != Route::Upload).then_some(self.timeouts.idle))
            .set_write_timeout(Some(self.timeouts.idle))
            .set_connect_timeout_service(self.connector.https());
        let client: Client<_, OctoBody> = Client::builder(TokioExecutor::new()).build(connector);
        // The token goes to these two and nowhere else. Both are bare origins: octocrab would put a path in the first before the path
        // of every request that does not begin with it, absolute or not.
        let origin = |address: &str| address.parse::<Uri>().map_err(|error| error.to_string());
        let api = origin(&self.origin)?;
        let upload = if route == Route::Upload { origin(target)? } else { api.clone() };
        let token = self.token.as_ref().filter(|_| route != Route::Download);
        let token = token.map(|token| HeaderValue::from_str(&format!("Bearer {}", token.reveal())));
        let token = token.transpose().map_err(|error| error.to_string())?.map(|mut header| {
            header.set_sensitive(true);
            header
        });
        let agent = vec![(header::USER_AGENT, HeaderValue::from_static("slipway"))];
        let built = OctocrabBuilder::new_empty()
            .with_service(client)
            .with_layer(&ExtraHeadersLayer::new(Arc::new(agent)))
            .with_layer(&BaseUriLayer::new(api.clone()))
            .with_layer(&AuthHeaderLayer::new(token, api, upload))
            .with_auth(AuthState::None)
            .build();
        Ok(built.unwrap_or_else(|never| match never {}))
    }
}

impl Carrier for Http {
    fn carry(&self, dispatch: Dispatch) -> Attempt {
        let Dispatch { route, request, graphql, within, most } = dispatch;
        let target = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let client = match self
            .client(route, &format!("{}://{target}", request.uri().scheme_str().unwrap_or("https")))
        {
            Ok(client) => client,
            Err(why) => return Attempt::NotSent(why),
        };
        self.runtime.block_on(async {
            tokio::time::timeout(within, exchange(&client, request, most, graphql))
                .await
                .unwrap_or_else(|_| Attempt::Lost(format!("not done within {} s", within.as_secs_f32())))
        })
    }
}

async fn exchange(client: &Octocrab, request: Request<Bytes>, most: usize, graphql: bool) -> Attempt {
    let response = match client.execute(request.map(OctoBody::from)).await {
        Ok(response) => response,
        Err(error) if is_unsent(&error) => {
            let why = reason(&error);
            return match Barrier::among(&error) {
                Some(barrier) => Attempt::Barred(why, barrier),
                None => Attempt::NotSent(why),
            };
        }
        Err(error) => return Attempt::Lost(reason(&error)),
    };
    let (parts, body) = response.into_parts();
    let body = match Limited::new(body, most).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(error) => return Attempt::Lost(format!("the answer broke off: {}", reason(error.as_ref()))),
    };
    let (status, headers) = (parts.status.as_u16(), readable(&parts.headers));
    Attempt::Answered(if graphql {
        Answer::of_graphql(status, headers, body)
    } else {
        Answer::of_rest(status, headers, body)
    })
}

/// The headers as text; one that is no text is of no use to a release.
fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

/// Whether a request failed before a connection stood.
fn is_unsent(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|one| {
        one.downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
    })
}

/// The innermost words of an error: the outer ones say only that something failed, and may hold a backtrace.
fn reason(error: &(dyn Error + 'static)) -> String {
    terminal_line(&chain(error).last().map(ToString::to_string).unwrap_or_default())
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |one| <dyn Error>::source(*one))
}

/// Whether a token can stand in a header: octocrab panics on one that cannot.
fn is_header_value(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_with_a_line_break_is_refused_before_it_reaches_a_header() {
        for token in ["", "a b", "a\n", "\"a\u{7f}\"", "é"] {
            assert!(!is_header_value(token), "{token:?}");
        }
        assert!(is_header_value("github_pat_11AAA"));
    }
}
