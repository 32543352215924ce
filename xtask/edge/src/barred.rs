//! Connections that will not come about however often they are tried, and what helps. Never judges what may pass by itself.

use std::error::Error;

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// The certificate of the other side proves nothing here.
    Certificate,
    /// The proxy does not know us.
    Proxy,
}

impl Barrier {
    /// Finds it among the causes of an error.
    #[must_use]
    pub fn among(error: &(dyn Error + 'static)) -> Option<Self> {
        std::iter::successors(Some(error), |one| <dyn Error>::source(*one)).find_map(|one| {
            if is_certificate(one) {
                return Some(Self::Certificate);
            }
            // The type of this error is not public.
            one.to_string().ends_with("proxy authorization required").then_some(Self::Proxy)
        })
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Certificate => {
                "where an authority of your own signs certificates, add it to the machine's, or name a file that holds it in `SSL_CERT_FILE`"
            }
            Self::Proxy => {
                "give the proxy's user and password in `HTTPS_PROXY`, as in `http://user:password@proxy.example:3128`"
            }
        }
    }
}

fn is_certificate(error: &(dyn Error + 'static)) -> bool {
    let is = |one: &(dyn Error + 'static)| {
        matches!(one.downcast_ref::<rustls::Error>(), Some(rustls::Error::InvalidCertificate(_)))
    };
    // An error of the system keeps what it wraps to itself.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    is(error) || wrapped.is_some_and(|inner| is_certificate(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_found_however_deep_and_a_passing_fault_is_none() {
        let untrusted = || rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        for error in [Box::new(untrusted()) as Box<dyn Error>, Box::new(std::io::Error::other(untrusted()))] {
            assert_eq!(Barrier::among(error.as_ref()), Some(Barrier::Certificate));
        }
        assert_eq!(Barrier::among(&std::io::Error::from(std::io::ErrorKind::ConnectionRefused)), None);
        assert_eq!(Barrier::among(&rustls::Error::HandshakeNotComplete), None);
    }
}
