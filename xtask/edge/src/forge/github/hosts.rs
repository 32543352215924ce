//! The three addresses of one GitHub: where only some are named, the others follow. Never decides whether an address may be talked to.

use super::API;

/// The server whose pages and repositories belong to the public API.
const SERVER: &str = "https://github.com";

/// Where one GitHub is: the public one, an Enterprise server, or an enterprise with a domain of its own below `ghe.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// The base of the REST interface.
    pub api: String,
    /// The GraphQL interface.
    pub graphql: String,
    /// The server that Git and people talk to.
    pub server: String,
}

impl Hosts {
    /// Completes what is named. An Enterprise server has its interfaces below `/api/v3` and `/api/graphql`, the others have a host `api.…`.
    ///
    /// Source: GitHub's "Using the REST API" and "Forming calls with GraphQL", each in the edition for Enterprise Server.
    #[must_use]
    pub fn of(api: Option<String>, graphql: Option<String>, server: Option<String>) -> Self {
        let api = api.unwrap_or_else(|| server.as_deref().map_or_else(|| API.to_owned(), api_of));
        let base = api.trim_end_matches('/');
        let of_server = base.strip_suffix("/api/v3");
        Self {
            graphql: graphql.unwrap_or_else(|| match of_server {
                Some(server) => format!("{server}/api/graphql"),
                None => format!("{base}/graphql"),
            }),
            server: server.unwrap_or_else(|| match (of_server, base.strip_prefix("https://api.")) {
                (Some(server), _) => server.to_owned(),
                (None, Some(domain)) => format!("https://{domain}"),
                (None, None) => SERVER.to_owned(),
            }),
            api,
        }
    }

    /// The host of the server, as GitHub's own program names it; none where it is this machine.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let host = self.server.trim_end_matches('/').strip_prefix("https://")?;
        let name = host.split(':').next().unwrap_or_default();
        (!name.is_empty() && name != "localhost" && !host.starts_with("127.") && !host.starts_with('['))
            .then_some(host)
    }
}

fn api_of(server: &str) -> String {
    let server = server.trim_end_matches('/');
    match server.strip_prefix("https://") {
        Some("github.com") => API.to_owned(),
        Some(host) if host.ends_with(".ghe.com") => format!("https://api.{host}"),
        _ => format!("{server}/api/v3"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(api: &str, server: &str) -> (String, String, String) {
        let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let Hosts { api, graphql, server } = Hosts::of(named(api), None, named(server));
        (api, graphql, server)
    }

    #[test]
    fn one_address_is_enough() {
        let cases = [
            ("", "", "https://api.github.com", "https://api.github.com/graphql", "https://github.com"),
            (
                "",
                "https://github.com",
                "https://api.github.com",
                "https://api.github.com/graphql",
                "https://github.com",
            ),
            (
                "https://ghe.example/api/v3",
                "",
                "https://ghe.example/api/v3",
                "https://ghe.example/api/graphql",
                "https://ghe.example",
            ),
            (
                "",
                "https://ghe.example:8443/",
                "https://ghe.example:8443/api/v3",
                "https://ghe.example:8443/api/graphql",
                "https://ghe.example:8443/",
            ),
            (
                "https://api.acme.ghe.com",
                "",
                "https://api.acme.ghe.com",
                "https://api.acme.ghe.com/graphql",
                "https://acme.ghe.com",
            ),
            (
                "",
                "https://acme.ghe.com",
                "https://api.acme.ghe.com",
                "https://api.acme.ghe.com/graphql",
                "https://acme.ghe.com",
            ),
        ];
        for (api, server, rest, graphql, pages) in cases {
            assert_eq!(of(api, server), (rest.into(), graphql.into(), pages.into()), "{api} {server}");
        }
    }

    #[test]
    fn what_is_named_stays() {
        let named = |text: &str| Some(text.to_owned());
        let hosts = Hosts::of(
            named("http://127.0.0.1:1"),
            named("http://127.0.0.1:1/graphql"),
            named("http://127.0.0.1:2"),
        );
        assert_eq!(hosts.graphql, "http://127.0.0.1:1/graphql");
        assert_eq!((hosts.server.as_str(), hosts.host()), ("http://127.0.0.1:2", None));
        assert_eq!(Hosts::of(None, None, named("https://ghe.example/")).host(), Some("ghe.example"));
        assert_eq!(Hosts::of(None, None, named("https://localhost:1")).host(), None);
    }
}
