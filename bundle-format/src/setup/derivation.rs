//! Values that follow from others: text, hashes and tokens. Never reads a file and never shows what it computes from.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::apr1;
use crate::contract::{Kind, Piece, pieces};

/// The header of every token.
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Where a derived value gets what it follows from.
pub(super) struct Source<'a> {
    /// The absolute path of the folder that holds `.env`.
    pub(super) folder: &'a str,
    /// The value of a variable; none where it has none that could be used.
    pub(super) value: &'a dyn Fn(&str) -> Option<String>,
}

/// The value of a derived kind; none where something it follows from has no value, or of other kinds.
pub(super) fn derive(kind: &Kind, source: &Source<'_>, salt: &str) -> Option<String> {
    match kind {
        Kind::Derived { template } => resolve(template, source),
        Kind::Htpasswd { password, user } => {
            let user = match user {
                Some(user) => format!("{}:", resolve(user, source)?),
                None => String::new(),
            };
            Some(format!("{user}{}", apr1::hash(&(source.value)(password)?, salt)))
        }
        Kind::Jwt { key, claims } => sign(&signed_part(claims), &(source.value)(key)?),
        Kind::Default { .. } | Kind::Manual { .. } | Kind::Empty {} | Kind::Secret { .. } => None,
    }
}

/// Whether a value is what its kind derives from the source.
pub(super) fn is_derived(kind: &Kind, source: &Source<'_>, value: &str) -> bool {
    let salt = match kind {
        Kind::Htpasswd { .. } => match apr1::salt_of(value) {
            Some(salt) => salt,
            None => return false,
        },
        _ => "",
    };
    derive(kind, source, salt).is_some_and(|derived| derived == value)
}

/// Header and claims of a token in the form in which they are signed (RFC 7515 section 7.1).
#[must_use]
pub fn signed_part(claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims))
}

fn sign(signed: &str, key: &str) -> Option<String> {
    let mut code = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    code.update(signed.as_bytes());
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(code.finalize().into_bytes())))
}

fn resolve(template: &str, source: &Source<'_>) -> Option<String> {
    let mut text = String::new();
    for piece in pieces(template).ok()? {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Folder => text.push_str(source.folder),
            Piece::Variable(name) => text.push_str(&(source.value)(name)?),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(kind: &Kind, salt: &str) -> Option<String> {
        let value = |name: &str| (name != "NONE").then(|| format!("<{name}>"));
        derive(kind, &Source { folder: "/hub", value: &value }, salt)
    }

    #[test]
    fn text_is_put_together() {
        let kind = |template: &str| Kind::Derived { template: template.to_owned() };
        assert_eq!(from(&kind("{folder}/{A}-{B}."), "").as_deref(), Some("/hub/<A>-<B>."));
        assert_eq!(from(&kind("x{NONE}"), ""), None);
    }

    #[test]
    fn a_token_is_that_of_the_standard_tools() {
        let claims = r#"{"role":"anon","exp":2000000000}"#;
        let token = sign(&signed_part(claims), "secret").unwrap();
        // printf %s "$signed" | openssl dgst -sha256 -hmac secret -binary | basenc --base64url
        assert_eq!(token, TOKEN);
    }

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYW5vbiIsImV4cCI6MjAwMDAwMDAwMH0.MkmUEYm4Jcrf40L9_-1gfDKyJyB7xo9iL285g0CRlJ8";

    #[test]
    fn a_hash_is_known_by_its_own_salt() {
        let kind = Kind::Htpasswd { password: "P".to_owned(), user: Some("{U}".to_owned()) };
        let line = from(&kind, "12345678").unwrap();
        assert!(line.starts_with("<U>:$apr1$12345678$"), "{line}");
        let value = |name: &str| Some(format!("<{name}>"));
        let other = |_: &str| Some("other".to_owned());
        assert!(is_derived(&kind, &Source { folder: "", value: &value }, &line));
        assert!(!is_derived(&kind, &Source { folder: "", value: &other }, &line));
        assert!(!is_derived(&kind, &Source { folder: "", value: &value }, "by hand"));
    }
}
