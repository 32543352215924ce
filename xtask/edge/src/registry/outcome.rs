//! What an error of the registry client asks for. Never waits and never sends.

use std::error::Error as _;

use oci_client::errors::{OciDistributionError as Error, OciEnvelope, OciErrorCode};
use release_core::untrusted::terminal_line;

use crate::barred::Barrier;

/// What an error of the registry client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The image is not there.
    Missing,
    /// Try again after a pause.
    Passing(String),
    /// Wait as long as a limit takes.
    Limited(String),
    /// The registry wants other credentials, or hides the image.
    Denied(String),
    /// Stop.
    Refused(String),
}

impl Fault {
    /// Reads an error.
    pub(super) fn of(error: &Error) -> Self {
        let text = describe(error);
        if let Some(barrier) = Barrier::among(error) {
            return Self::Refused(format!("{text}; {}", barrier.hint()));
        }
        match error {
            Error::RegistryError { envelope, .. } => of_envelope(envelope, text),
            Error::ServerError { code: 404, .. } | Error::ImageManifestNotFoundError(_) => Self::Missing,
            Error::ServerError { code: 429, .. } => Self::Limited(text),
            Error::ServerError { code: 408 | 500.., .. } | Error::RequestError(_) | Error::IoError(_) => {
                Self::Passing(text)
            }
            Error::ServerError { code: 401 | 403, .. } | Error::UnauthorizedError { .. } => {
                Self::Denied(text)
            }
            // The client keeps only the body of a refused or failed token request, not its status.
            Error::AuthenticationFailure(body) if says_denied(body) => Self::Denied(text),
            Error::AuthenticationFailure(_) | Error::RegistryTokenDecodeError(_) => Self::Passing(text),
            _ => Self::Refused(text),
        }
    }
}

fn of_envelope(envelope: &OciEnvelope, text: String) -> Fault {
    let has = |codes: &[OciErrorCode]| envelope.errors.iter().any(|error| codes.contains(&error.code));
    if has(&[OciErrorCode::Toomanyrequests]) {
        Fault::Limited(text)
    } else if has(&[OciErrorCode::ManifestUnknown, OciErrorCode::NameUnknown, OciErrorCode::NotFound]) {
        Fault::Missing
    } else if has(&[OciErrorCode::Unauthorized, OciErrorCode::Denied]) {
        Fault::Denied(text)
    } else {
        Fault::Refused(text)
    }
}

fn says_denied(body: &str) -> bool {
    let body = body.to_ascii_lowercase();
    ["denied", "unauthorized", "incorrect username", "forbidden"].iter().any(|word| body.contains(word))
}

/// The error and, for one of the connection, the cause of it: the outer words say only that sending failed.
pub(super) fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = cause.to_string();
        next = cause.source();
    }
    terminal_line(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: u16) -> Error {
        Error::ServerError { code, url: String::new(), message: String::new() }
    }

    fn envelope(code: &str) -> Error {
        let text = format!(r#"{{"errors":[{{"code":"{code}","message":"m\n"}}]}}"#);
        Error::RegistryError { envelope: serde_json::from_str(&text).unwrap(), url: String::new() }
    }

    #[test]
    fn every_answer_of_a_registry_asks_for_one_thing() {
        let kind = |error: Error| match Fault::of(&error) {
            Fault::Missing => "missing",
            Fault::Passing(_) => "passing",
            Fault::Limited(_) => "limited",
            Fault::Denied(_) => "denied",
            Fault::Refused(_) => "refused",
        };
        let cases = [
            (server(404), "missing"),
            (envelope("MANIFEST_UNKNOWN"), "missing"),
            (envelope("NAME_UNKNOWN"), "missing"),
            (envelope("NOT_FOUND"), "missing"),
            (server(429), "limited"),
            (envelope("TOOMANYREQUESTS"), "limited"),
            (server(408), "passing"),
            (server(500), "passing"),
            (server(503), "passing"),
            (server(401), "denied"),
            (server(403), "denied"),
            (envelope("UNAUTHORIZED"), "denied"),
            (envelope("DENIED"), "denied"),
            (Error::UnauthorizedError { url: String::new() }, "denied"),
            (Error::AuthenticationFailure(r#"{"errors":[{"code":"DENIED"}]}"#.to_owned()), "denied"),
            (Error::AuthenticationFailure("upstream connect error".to_owned()), "passing"),
            (server(400), "refused"),
            (envelope("MANIFEST_INVALID"), "refused"),
            (Error::SpecViolationError(String::new()), "refused"),
        ];
        for (error, expected) in cases {
            let text = format!("{error:?}");
            assert_eq!(kind(error), expected, "{text}");
        }
    }
}
