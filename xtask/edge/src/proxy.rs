//! The proxy through which requests leave this network. Never reads the environment, never stands between a run and its own machine, and
//! never shows what opens a proxy.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use oci_client::client::ClientConfig;
use release_core::finding::Cause;
use url::Url;

use crate::failure::Failure;
use crate::secret::hide_user_info;

/// This machine, which no proxy reaches.
const HERE: &str = "localhost,127.0.0.0/8,::1";

/// The proxy for what is encrypted, and who is asked without it. There is none for plain http, because that is spoken on this machine
/// only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    address: Option<String>,
    exceptions: String,
}

impl Proxies {
    /// A proxy as `HTTPS_PROXY` names it, with or without `http://`, and the hosts of `NO_PROXY`: names with all below them, addresses,
    /// networks, or `*` for all.
    #[must_use]
    pub fn new(address: Option<&str>, exceptions: Option<&str>) -> Self {
        let address = address.map(str::trim).filter(|address| !address.is_empty()).map(|address| {
            if address.contains("://") { address.to_owned() } else { format!("http://{address}") }
        });
        Self { address, exceptions: exceptions.unwrap_or_default().trim().to_owned() }
    }

    /// Refuses an address that no proxy can have. Taken for none it would send requests another way than they were meant to go.
    ///
    /// # Errors
    ///
    /// [`Cause::Configuration`], without the address.
    pub fn check(&self) -> Result<(), Failure> {
        let Some(address) = &self.address else { return Ok(()) };
        let usable = Url::parse(address).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.host().is_some() && matches!(url.path(), "" | "/")
        });
        if usable && self.matcher().intercept(&PUBLIC).is_some() | self.exceptions.contains('*') {
            return Ok(());
        }
        Err(Failure::new(
            Cause::Configuration,
            "the value of `HTTPS_PROXY` cannot be used as the address of a proxy",
            "write it as `http://proxy.example:3128` or `http://user:password@proxy.example:3128`, special characters of a password as in \
             `%40`; SOCKS is not spoken",
        ))
    }

    /// What decides for each address.
    pub(crate) fn matcher(&self) -> Matcher {
        let address = self.address.clone().unwrap_or_default();
        Matcher::builder().https(address).no(self.all_exceptions()).build()
    }

    /// The same for a client of reqwest.
    pub(crate) fn lead(&self, client: reqwest::ClientBuilder) -> reqwest::Result<reqwest::ClientBuilder> {
        // Without this it reads the environment by itself.
        let client = client.no_proxy();
        let Some(address) = &self.address else { return Ok(client) };
        let exceptions = reqwest::NoProxy::from_string(&self.all_exceptions());
        Ok(client.proxy(reqwest::Proxy::https(address)?.no_proxy(exceptions)))
    }

    /// The same for a client of registries.
    pub(crate) fn lead_registry(&self, config: ClientConfig) -> ClientConfig {
        match &self.address {
            Some(_) => ClientConfig {
                https_proxy: self.address.clone(),
                no_proxy: Some(self.all_exceptions()),
                ..config
            },
            // A proxy for nobody: without one it reads the environment by itself.
            None => ClientConfig {
                https_proxy: Some("http://localhost".to_owned()),
                no_proxy: Some("*".to_owned()),
                ..config
            },
        }
    }

    fn all_exceptions(&self) -> String {
        format!("{HERE},{}", self.exceptions)
    }
}

/// Any address that is not on this machine.
static PUBLIC: std::sync::LazyLock<http::Uri> =
    std::sync::LazyLock::new(|| http::Uri::from_static("https://forge.invalid/"));

impl fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Proxies")
            .field("address", &self.address.as_deref().map(hide_user_info))
            .field("exceptions", &self.exceptions)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_led(proxies: &Proxies, address: &'static str) -> bool {
        proxies.matcher().intercept(&http::Uri::from_static(address)).is_some()
    }

    #[test]
    fn what_is_encrypted_goes_through_the_proxy_and_what_stays_here_does_not() {
        let proxies = Proxies::new(Some("proxy.example:3128"), Some(".inside.example, 10.0.0.0/8"));
        proxies.check().expect("an address");
        for led in ["https://api.github.com/x", "https://notinside.example/"] {
            assert!(is_led(&proxies, led), "{led}");
        }
        for direct in [
            "https://forge.inside.example/",
            "https://10.1.2.3/",
            "https://127.0.0.1:1/",
            "https://localhost/",
            "https://[::1]:9/",
            "http://127.0.0.1:1/",
        ] {
            assert!(!is_led(&proxies, direct), "{direct}");
        }
        assert!(!is_led(&Proxies::new(Some("proxy.example"), Some("*")), "https://api.github.com/x"));
        assert!(!is_led(&Proxies::default(), "https://api.github.com/x"));
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_being_shown() {
        for bad in [
            "http://",
            "socks5://u:hunter2@proxy:1",
            "ftp://proxy",
            "http://u:hunter 2@proxy",
            "http://proxy/hunter2",
        ] {
            let failure = Proxies::new(Some(bad), None).check().expect_err(bad);
            assert!(
                !failure.message.contains("hunter") && !failure.message.contains("proxy:1"),
                "{}",
                failure.message
            );
        }
        for good in ["", " ", "proxy:3128", "http://u:p%40@proxy:3128/", "https://proxy.example"] {
            Proxies::new(Some(good), Some("inside.example")).check().expect(good);
        }
        Proxies::new(Some("http://proxy"), Some("*")).check().expect("no proxy for anybody");
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", Proxies::new(Some("http://u:hunter2@proxy:1"), None));
        assert!(!shown.contains("hunter2") && shown.contains("proxy:1"), "{shown}");
    }
}
