//! Where requests may go: the API's own hosts, encrypted or on loopback. Never sends anything.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;
use url::{Host, Url};

use super::Connection;
use crate::failure::Failure;

/// What stays as it is in a path segment or a value of a query (RFC 3986, unreserved characters).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The addresses of one repository.
#[derive(Clone, Debug)]
pub(super) struct Address {
    api: Url,
    pub(super) graphql: Url,
    pub(super) owner: String,
    pub(super) name: String,
}

impl Address {
    pub(super) fn of(connection: &Connection) -> Result<Self, Failure> {
        let api = usable(connection.api.trim_end_matches('/'))?;
        let graphql = usable(&connection.graphql)?;
        if !is_own(&api, &graphql) {
            return Err(unusable(connection.graphql.as_str(), "it is on another host than the REST API"));
        }
        for part in [&connection.owner, &connection.name] {
            let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
            if part.is_empty() || !plain || part.starts_with('.') {
                return Err(Failure::new(
                    Cause::Configuration,
                    format!("`{}` is no name of a repository or its owner", terminal_line(part)),
                    "write the repository as `owner/name`, letters, digits, `-`, `_` and `.` only",
                ));
            }
        }
        Ok(Self { api, graphql, owner: connection.owner.clone(), name: connection.name.clone() })
    }

    /// The origin of the API, which is what a client is bound to.
    pub(super) fn origin(&self) -> String {
        self.api.origin().ascii_serialization()
    }

    /// `owner/name`.
    pub(super) fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The full address of a route below the repository; `route` is empty or begins with a slash.
    pub(super) fn below_repository(&self, route: &str) -> String {
        let base = self.api.as_str().trim_end_matches('/');
        format!("{base}/repos/{}/{}{route}", self.owner, self.name)
    }

    /// Where the API describes an asset, or hands it out.
    pub(super) fn asset(&self, id: u64) -> Result<Url, Failure> {
        usable(&self.below_repository(&format!("/releases/assets/{id}")))
    }

    /// Where the API says whose token it is.
    pub(super) fn user(&self) -> String {
        format!("{}/user", self.api.as_str().trim_end_matches('/'))
    }

    /// Reads the address of a next page, which has to be on the same authority.
    pub(super) fn next_page(&self, link: &str) -> Result<String, String> {
        let next =
            Url::parse(link).map_err(|error| format!("the link to the next page is no address: {error}"))?;
        if next.origin() == self.api.origin() {
            Ok(next.into())
        } else {
            Err("the link to the next page leads to another host".to_owned())
        }
    }

    /// Expands a release's `upload_url` (a template of RFC 6570) for an asset of this name, where it leads to the API's own upload
    /// host: the sibling `uploads.…` of `api.…`, the same authority, or from loopback to loopback.
    pub(super) fn upload(&self, template: &str, asset: &str) -> Result<Url, Failure> {
        let bare = template.split('{').next().unwrap_or_default();
        let mut url = usable(bare)?;
        let sibling = match (self.api.host_str().and_then(|host| host.strip_prefix("api.")), url.host_str()) {
            (Some(domain), Some(host)) => {
                host.strip_prefix("uploads.") == Some(domain)
                    && url.scheme() == "https"
                    && url.port() == self.api.port()
            }
            _ => false,
        };
        if !sibling && !is_own(&self.api, &url) {
            return Err(unusable(bare, "it is not the upload host of the API that was asked"));
        }
        let name = format!("name={}", encoded(asset));
        let query = url.query().map_or_else(|| name.clone(), |before| format!("{before}&{name}"));
        url.set_query(Some(&query));
        Ok(url)
    }

    /// Reads an address to download from: encrypted, or loopback where the API is on loopback as well.
    pub(super) fn download(&self, address: &str) -> Result<Url, Failure> {
        let url = usable(address)?;
        if is_loopback(&url) && !is_loopback(&self.api) {
            return Err(unusable(address, "it leads to this machine"));
        }
        Ok(url)
    }
}

/// A value in the form that a path segment or a query takes.
pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// Whether two addresses are the same authority, or both on loopback.
fn is_own(api: &Url, other: &Url) -> bool {
    api.origin() == other.origin() || (is_loopback(api) && is_loopback(other))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Reads an address that may be talked to: https, or http on loopback, without a user in it.
fn usable(address: &str) -> Result<Url, Failure> {
    let url = Url::parse(address).map_err(|error| unusable(address, &error.to_string()))?;
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !safe || url.host().is_none() {
        return Err(unusable(address, "only `https` is spoken, and plain `http` on loopback"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable(url.host_str().unwrap_or_default(), "it has a user or a password in it"));
    }
    Ok(url)
}

fn unusable(address: &str, why: &str) -> Failure {
    Failure::new(
        Cause::Forge,
        format!("`{}` cannot be used as an address of the forge: {why}", terminal_line(address)),
        "check `GITHUB_API_URL` and `GITHUB_GRAPHQL_URL`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(api: &str) -> Result<Address, Failure> {
        let graphql = format!("{api}/graphql");
        Address::of(&Connection { api: api.to_owned(), graphql, ..Connection::new("acme", "app") })
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for api in
            ["https://api.github.com", "http://127.0.0.1:8080", "http://localhost:1/api", "http://[::1]:9"]
        {
            assert!(address(api).is_ok(), "{api}");
        }
        for api in [
            "http://api.github.com",
            "http://127.0.0.1.evil.example",
            "ftp://x",
            "https://u:p@ghe.example",
            "",
        ] {
            assert!(address(api).is_err(), "{api}");
        }
    }

    #[test]
    fn an_address_with_a_password_is_not_repeated_in_the_message() {
        let failure = address("https://u:hunter2@ghe.example").unwrap_err();
        assert!(!failure.message.contains("hunter2"), "{}", failure.message);
    }

    #[test]
    fn a_repository_is_named_plainly() {
        for name in ["", "..", "a/b", "a b", "a?b", "a#b", "é"] {
            assert!(Address::of(&Connection::new("acme", name)).is_err(), "{name}");
        }
    }

    #[test]
    fn uploads_go_to_the_sibling_of_the_api_and_nowhere_else() {
        let cases = [
            ("https://api.github.com", "https://uploads.github.com/r/1/assets{?name,label}", true),
            ("https://api.acme.ghe.com", "https://uploads.acme.ghe.com/r/1/assets{?name,label}", true),
            ("https://ghe.example/api/v3", "https://ghe.example/api/uploads/r/1/assets{?name,label}", true),
            ("http://127.0.0.1:1", "http://127.0.0.1:2/r/1/assets{?name,label}", true),
            ("https://api.github.com", "https://uploads.github.com.evil.example/a{?name}", false),
            ("https://api.github.com", "https://evil.example/a{?name}", false),
            ("https://api.github.com", "http://127.0.0.1:2/a{?name}", false),
            ("https://ghe.example/api/v3", "https://ghe.example:8443/a{?name}", false),
            ("https://api.github.com", "https://uploads.github.com:8443/a{?name}", false),
            ("http://127.0.0.1:1", "https://uploads.github.com/a{?name}", false),
        ];
        for (api, template, allowed) in cases {
            assert_eq!(address(api).unwrap().upload(template, "a").is_ok(), allowed, "{api} {template}");
        }
    }

    #[test]
    fn the_name_of_an_asset_is_encoded_and_the_rest_of_the_template_goes() {
        let address = address("https://api.github.com").unwrap();
        let url =
            address.upload("https://uploads.github.com/r/1/assets{?name,label}", "a+b c&d=ü.gz").unwrap();
        assert_eq!(url.as_str(), "https://uploads.github.com/r/1/assets?name=a%2Bb%20c%26d%3D%C3%BC.gz");
    }

    #[test]
    fn a_download_from_github_never_leads_to_this_machine() {
        let address = address("https://api.github.com").unwrap();
        assert!(address.download("https://objects.example/x").is_ok());
        for target in
            ["http://127.0.0.1:1/x", "https://localhost/x", "http://objects.example/x", "file:///etc/passwd"]
        {
            assert!(address.download(target).is_err(), "{target}");
        }
    }

    #[test]
    fn a_next_page_is_on_the_same_authority() {
        let address = address("https://api.github.com").unwrap();
        assert!(address.next_page("https://api.github.com/repositories/1/releases?page=2").is_ok());
        for link in ["https://evil.example/?page=2", "http://api.github.com/?page=2", "/?page=2"] {
            assert!(address.next_page(link).is_err(), "{link}");
        }
    }
}
