//! The shapes of calls: read one thing, read every page of a list, write something. Never knows what is read or written.

use bytes::Bytes;
use http::{Method, Request, header};
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::GitHub;
use super::carrier::Route;
use super::transport::{ANSWER, GraphQl};
use crate::failure::Failure;
use crate::forge::Written;
use crate::forge::answer::{Answer, Attempt};
use crate::forge::operation::{Kind, Operation};
use crate::forge::retry::Settled;

/// The version of the REST API that all shapes here are of.
const VERSION: &str = "2022-11-28";

/// More pages than any list of a release can have: the API itself ends at 10,000 entries.
const PAGES: usize = 200;

impl GitHub {
    /// Reads one thing below the repository; none where it is not there and the operation takes that as an answer.
    pub(super) fn read_one<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        route: &str,
    ) -> Result<Option<T>, Failure> {
        self.read_one_as(operation, route, json)
    }

    /// The same, with somebody else who reads the answer.
    pub(super) fn read_one_as<T>(
        &self,
        operation: &Operation,
        route: &str,
        read: impl Fn(&Answer) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let url = self.address.below_repository(route);
        match self.exchange(operation, &Method::GET, &url, None, read)? {
            Settled::Yes(value) => Ok(Some(value)),
            Settled::Missing => Ok(None),
            Settled::Exists | Settled::Unknown(_) => Err(unexpected(operation)),
        }
    }

    /// Reads whose token it is.
    pub(super) fn read_user<T: DeserializeOwned>(&self, operation: &Operation) -> Result<T, Failure> {
        self.require_token(operation)?;
        match self.exchange(operation, &Method::GET, &self.address.user(), None, json)? {
            Settled::Yes(value) => Ok(value),
            Settled::Missing | Settled::Exists | Settled::Unknown(_) => Err(unexpected(operation)),
        }
    }

    /// Reads every page of a list below the repository, a hundred entries each.
    pub(super) fn read_all<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        route: &str,
    ) -> Result<Option<Vec<T>>, Failure> {
        let separator = if route.contains('?') { '&' } else { '?' };
        let mut next = Some(self.address.below_repository(&format!("{route}{separator}per_page=100")));
        let mut entries = Vec::new();
        for _ in 0..PAGES {
            let Some(url) = next else { return Ok(Some(entries)) };
            let page = self.exchange(operation, &Method::GET, &url, None, |answer| {
                let link = answer.header("link").and_then(next_link);
                let link = link.map(|link| self.address.next_page(&link)).transpose()?;
                Ok((json::<Vec<T>>(answer)?, link))
            })?;
            let Settled::Yes((page, link)) = page else { return Ok(None) };
            entries.extend(page);
            next = link;
        }
        Err(Failure::of(Cause::Forge, format!("cannot {}: the list does not end", operation.doing)))
    }

    /// Writes something below the repository and reads the answer.
    pub(super) fn write<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        method: &Method,
        route: &str,
        body: &Value,
    ) -> Result<Written<T>, Failure> {
        self.require_token(operation)?;
        let url = self.address.below_repository(route);
        match self.exchange(operation, method, &url, Some(body), json)? {
            Settled::Yes(value) => Ok(Written::Yes(value)),
            Settled::Exists => Ok(Written::Exists),
            Settled::Unknown(why) => Ok(Written::Unknown(why)),
            Settled::Missing => Err(unexpected(operation)),
        }
    }

    /// Deletes something below the repository. One that is gone is deleted.
    pub(super) fn remove(&self, operation: &Operation, route: &str) -> Result<Written<()>, Failure> {
        self.require_token(operation)?;
        let url = self.address.below_repository(route);
        match self.exchange(operation, &Method::DELETE, &url, None, |_| Ok(()))? {
            Settled::Yes(()) | Settled::Missing => Ok(Written::Yes(())),
            Settled::Unknown(why) => Ok(Written::Unknown(why)),
            Settled::Exists => Err(unexpected(operation)),
        }
    }

    /// Asks the GraphQL API.
    pub(super) fn query<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        query: &str,
        variables: &Value,
    ) -> Result<T, Failure> {
        self.require_token(operation)?;
        let body = serde_json::json!({ "query": query, "variables": variables });
        let url = self.address.graphql.clone();
        let attempt = || {
            let request = request(&Method::POST, url.as_str(), Some(&body)).map(|mut request| {
                request.extensions_mut().insert(GraphQl);
                request
            });
            self.attempt(Route::Read, request)
        };
        match self.patience.settle(operation, attempt, json)? {
            Settled::Yes(value) => Ok(value),
            Settled::Missing | Settled::Exists | Settled::Unknown(_) => Err(unexpected(operation)),
        }
    }

    /// Stops a write, or a query, that cannot work without a token.
    pub(super) fn require_token(&self, operation: &Operation) -> Result<(), Failure> {
        if self.transport.has_token() {
            return Ok(());
        }
        Err(Failure::of(Cause::TokenMissing, format!("cannot {}: there is no token", operation.doing)))
    }

    fn exchange<T>(
        &self,
        operation: &Operation,
        method: &Method,
        url: &str,
        body: Option<&Value>,
        read: impl Fn(&Answer) -> Result<T, String>,
    ) -> Result<Settled<T>, Failure> {
        let route = if operation.kind == Kind::Read { Route::Read } else { Route::Write };
        let attempt = || self.attempt(route, request(method, url, body));
        self.patience.settle(operation, attempt, read)
    }

    fn attempt(&self, route: Route, request: Result<Request<Bytes>, String>) -> Attempt {
        match request {
            Ok(request) => {
                let carried = request.body().len() as u64;
                self.transport.send(route, request, carried, ANSWER)
            }
            Err(why) => Attempt::NotSent(why),
        }
    }
}

/// A request of the API, with what GitHub wants in each.
fn request(method: &Method, url: &str, body: Option<&Value>) -> Result<Request<Bytes>, String> {
    let mut builder = Request::builder()
        .method(method)
        .uri(url)
        .header(header::ACCEPT, "application/vnd.github+json")
        .header("x-github-api-version", VERSION);
    if body.is_some() {
        builder = builder.header(header::CONTENT_TYPE, "application/json");
    }
    let content = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    builder.body(content).map_err(|error| error.to_string())
}

/// Reads an answer as JSON of this shape. Text of another type comes from something in between that is not the forge.
pub(super) fn json<T: DeserializeOwned>(answer: &Answer) -> Result<T, String> {
    let kind = answer.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind != "application/json" && !kind.ends_with("+json") {
        return Err(format!("the answer is `{}`, not JSON", terminal_line(kind)));
    }
    serde_json::from_slice(&answer.body).map_err(|error| format!("the answer does not read: {error}"))
}

/// The address of the next page in a `Link` header (RFC 8288).
fn next_link(header: &str) -> Option<String> {
    let mut rest = header;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (link, after) = after.split_once('>')?;
        let (parameters, further) = after
            .split_once('<')
            .map_or((after, ""), |(own, _)| (own, after.get(own.len()..).unwrap_or_default()));
        let is_next =
            parameters.split([';', ',']).any(|one| matches!(one.trim(), "rel=\"next\"" | "rel=next"));
        if is_next {
            return Some(link.to_owned());
        }
        rest = further;
    }
}

/// An answer that the table of classes does not give to this kind of operation.
pub(super) fn unexpected(operation: &Operation) -> Failure {
    Failure::of(
        Cause::Forge,
        format!("cannot {}: the forge gave an answer that makes no sense here", operation.doing),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_wherever_it_stands() {
        let first = r#"<https://a/?page=2>; rel="next", <https://a/?page=9>; rel="last""#;
        assert_eq!(next_link(first).as_deref(), Some("https://a/?page=2"));
        let middle = r#"<https://a/?page=1,2>; rel="prev", <https://a/?page=3>; rel="next""#;
        assert_eq!(next_link(middle).as_deref(), Some("https://a/?page=3"));
        for none in
            ["", r#"<https://a/?page=1>; rel="prev", <https://a/?page=1>; rel="first""#, "<", "<a", "next"]
        {
            assert_eq!(next_link(none), None, "{none}");
        }
    }
}
