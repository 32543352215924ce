//! An identity token, which some logins leave instead of a password, turned into a token for one repository: the OAuth 2 exchange of the
//! registries' token services. Source: the distribution project's "Docker Registry v2 OAuth2 token authentication". Never shows either token.

use std::time::Duration;

use oci_client::errors::OciDistributionError;
use oci_client::{Reference, RegistryOperation};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::outcome::Fault;
use crate::proxy::Proxies;
use crate::secret::Secret;

/// What the token service knows us as.
const CLIENT: &str = "slipway";

/// What a token service answers. Some call it by one name, some by the other, some by both.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    token: Option<String>,
}

/// Where a registry says tokens come from.
#[derive(Debug, PartialEq, Eq)]
struct Challenge {
    realm: String,
    service: Option<String>,
}

/// A token for a repository.
pub(super) async fn exchange(
    proxies: &Proxies,
    scheme: &str,
    image: &Reference,
    identity: &Secret,
    operation: RegistryOperation,
) -> Result<Secret, Fault> {
    let failed = |error: reqwest::Error| Fault::of(&OciDistributionError::from(error));
    let http = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(30));
    let http = proxies.lead(http).and_then(reqwest::ClientBuilder::build).map_err(failed)?;
    let asked =
        http.get(format!("{scheme}://{}/v2/", image.resolve_registry())).send().await.map_err(failed)?;
    let header = asked.headers().get(http::header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    let Some(Challenge { realm, service }) = header.and_then(challenge) else {
        return Err(Fault::Denied(
            "the login is an identity token, and the registry names no token service".to_owned(),
        ));
    };
    let answer = http
        .post(realm)
        .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form(image, identity, operation, service.as_deref()))
        .send()
        .await
        .map_err(failed)?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await.map_err(failed)?;
    let said = format!("the token service answered with {status}");
    match status {
        200 => {}
        400 | 401 | 403 => return Err(Fault::Denied(said)),
        429 => return Err(Fault::Limited(said)),
        408 | 500.. => return Err(Fault::Passing(said)),
        _ => return Err(Fault::Refused(said)),
    }
    let answer = serde_json::from_slice::<Answer>(&body).ok();
    let token = answer.and_then(|answer| Secret::new(&answer.access_token.or(answer.token)?));
    token.ok_or_else(|| Fault::Refused("the token service's answer holds no token".to_owned()))
}

fn form(image: &Reference, identity: &Secret, operation: RegistryOperation, service: Option<&str>) -> String {
    let rights = match operation {
        RegistryOperation::Pull => "pull",
        RegistryOperation::Push => "pull,push",
    };
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token")
        .append_pair("client_id", CLIENT)
        .append_pair("scope", &format!("repository:{}:{rights}", image.repository()))
        .append_pair("refresh_token", identity.reveal());
    if let Some(service) = service {
        form.append_pair("service", service);
    }
    form.finish()
}

/// Reads `Bearer realm="…",service="…"`.
fn challenge(header: &str) -> Option<Challenge> {
    let (scheme, mut rest) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (mut realm, mut service) = (None, None);
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        match name.trim_matches([',', ' ']).to_ascii_lowercase().as_str() {
            "realm" => realm = Some(value.to_owned()),
            "service" => service = Some(value.to_owned()),
            _ => {}
        }
        rest = after;
    }
    Some(Challenge { realm: realm?, service })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_says_where_tokens_come_from() {
        let read = |header: &str| challenge(header).map(|found| (found.realm, found.service));
        let service = Some("registry.example".to_owned());
        for (header, expected) in [
            (
                r#"Bearer realm="https://auth.example/token",service="registry.example",scope="a:b,c""#,
                Some(("https://auth.example/token".to_owned(), service.clone())),
            ),
            (
                r#"bearer service=registry.example, realm="https://auth.example/token""#,
                Some(("https://auth.example/token".to_owned(), service)),
            ),
            (r#"Bearer realm="https://a/t""#, Some(("https://a/t".to_owned(), None))),
            (r#"Basic realm="x""#, None),
            (r#"Bearer service="x""#, None),
            ("", None),
        ] {
            assert_eq!(read(header), expected, "{header}");
        }
    }
}
