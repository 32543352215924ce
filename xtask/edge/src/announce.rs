//! Sends what is told of a release to a webhook. Never shows its address, which is a secret, and never follows where it leads on.

use std::time::Duration;

use release_core::untrusted::terminal_line;
use url::{Host, Url};

use crate::proxy::Proxies;
use crate::secret::Secret;

/// Until a connection stands, and for a whole request: nobody waits long for an announcement.
const CONNECT: Duration = Duration::from_secs(5);
const TOTAL: Duration = Duration::from_secs(10);
/// Between the two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// Sends a body in JSON, and once more where the first try surely did nothing.
///
/// # Errors
///
/// Why it was not taken, in a few words without the address.
pub fn send(address: &Secret, body: &str, proxies: &Proxies) -> Result<(), String> {
    let url = usable(address)?;
    // The one provider this tool is built with; somebody else may have named it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the client does not start: {error}"))?;
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .redirect(reqwest::redirect::Policy::none());
    let client = proxies
        .lead(builder)
        .and_then(reqwest::ClientBuilder::build)
        .map_err(|error| reason(error, address))?;
    runtime.block_on(async {
        match once(&client, &url, body, address).await {
            Err(Refusal { again: true, .. }) => {
                tokio::time::sleep(PAUSE).await;
                once(&client, &url, body, address).await
            }
            first => first,
        }
        .map_err(|refusal| refusal.why)
    })
}

/// Why a body was not taken.
struct Refusal {
    why: String,
    /// Whether it surely had no effect and may have one the next time.
    again: bool,
}

async fn once(client: &reqwest::Client, url: &Url, body: &str, address: &Secret) -> Result<(), Refusal> {
    let request = client
        .post(url.clone())
        .header(http::header::CONTENT_TYPE, "application/json")
        .header(http::header::USER_AGENT, "slipway")
        .body(body.to_owned());
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => {
            let status = answer.status().as_u16();
            let why = format!("the other side answered with {status}");
            Err(Refusal { why, again: status == 429 || status >= 500 })
        }
        Err(error) => Err(Refusal { again: error.is_connect(), why: reason(error, address) }),
    }
}

/// Encrypted, or on this machine.
fn usable(address: &Secret) -> Result<Url, String> {
    let url = Url::parse(address.reveal()).map_err(|_| "its value is no address".to_owned())?;
    let here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && here) {
        return Ok(url);
    }
    Err("its address does not begin with `https://`".to_owned())
}

/// The innermost words of an error, without the address.
fn reason(error: reqwest::Error, address: &Secret) -> String {
    let error = error.without_url();
    let chain = std::iter::successors(Some(&error as &(dyn std::error::Error + 'static)), |one| one.source());
    let words = chain.last().map(ToString::to_string).unwrap_or_default();
    terminal_line(&address.hide_in(&words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_be_used_is_not_shown() {
        for bad in ["hooks.example/T0/secret", "http://hooks.example/T0/secret", "ftp://127.0.0.1/secret"] {
            let address = Secret::new(bad).expect("not empty");
            let why = send(&address, "{}", &Proxies::default()).expect_err(bad);
            assert!(!why.contains("secret") && !why.contains("hooks"), "{why}");
        }
    }
}
