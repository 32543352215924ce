//! How a connection to the forge comes about: encrypted, by the certificates that this machine trusts, through the proxy where there is
//! one. Never sends a request.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::proxy::Proxies;

type BoxError = Box<dyn Error + Send + Sync>;

/// A connection to a host or to a proxy.
type Wire = MaybeHttpsStream<TokioIo<TcpStream>>;

/// What makes connections. The certificates are read once for all of them, because that takes a while.
#[derive(Clone)]
pub(super) struct Connector(HttpsConnector<Way>);

impl Connector {
    pub(super) fn new(proxies: &Proxies) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let trusting = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_native_roots()
            .map_err(|error| error.to_string())?
            .with_no_client_auth();
        let https =
            || HttpsConnectorBuilder::new().with_tls_config(trusting.clone()).https_or_http().enable_http1();
        let mut plain = HttpConnector::new();
        plain.enforce_http(false);
        let way = Way {
            to_proxy: https().wrap_connector(plain.clone()),
            directly: plain,
            matcher: Arc::new(proxies.matcher()),
        };
        Ok(Self(https().wrap_connector(way)))
    }

    pub(super) fn https(&self) -> HttpsConnector<Way> {
        self.0.clone()
    }
}

/// The way to a host, before anything is encrypted.
#[derive(Clone)]
pub(super) struct Way {
    directly: HttpConnector,
    to_proxy: HttpsConnector<HttpConnector>,
    matcher: Arc<Matcher>,
}

impl Service<Uri> for Way {
    type Response = Wire;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Wire, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.directly.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let Some(proxy) = self.matcher.intercept(&target) else {
            let connecting = self.directly.call(target);
            return Box::pin(async { Ok(MaybeHttpsStream::Http(connecting.await?)) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy.clone());
        if let Some(words) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(words.clone());
        }
        let connecting = tunnel.call(target);
        Box::pin(async { connecting.await.map_err(|error| refused(&error)) })
    }
}

/// The words of a proxy that did not connect.
fn refused(error: &(dyn Error + 'static)) -> BoxError {
    let last = std::iter::successors(Some(error), |one| <dyn Error>::source(*one)).last();
    let why = last.map(ToString::to_string).unwrap_or_default();
    format!("the proxy of `HTTPS_PROXY` makes no connection: {}", why.trim_start_matches("tunnel error: "))
        .into()
}
