//! The keys that sign releases and pointers. The one place that holds a secret key: it is never printed, never written but where somebody asks for
//! a new one, and nobody is ever asked for its password.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bundle_format::signature::{PublicKey, Subject};
use minisign::{KeyPair, SecretKey, SecretKeyBox};

use crate::secret::Secret;

/// What a secret key's file says of itself.
const COMMENT: &str = "secret key that signs; never commit it";

/// A key that can sign.
pub struct SigningKey {
    secret: SecretKey,
    public: PublicKey,
}

/// Why a key cannot be used. Never holds a part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no secret key of minisign.
    #[error("it is no secret key of minisign")]
    Form,
    /// It has a password and none was given.
    #[error("it has a password, and none was given")]
    Locked,
    /// The password is another one, or the key is damaged.
    #[error("the password is wrong, or the key is damaged")]
    Password,
    /// The crate that signs failed; carries its words, which never hold a key.
    #[error("signing failed: {0}")]
    Signing(String),
}

/// A new key: the text of its secret file, which opens with the password, and its public half.
#[derive(Debug)]
pub struct NewKey {
    /// What the secret file holds.
    pub secret: Secret,
    /// The public half.
    pub public: PublicKey,
}

impl SigningKey {
    /// Reads the text of a secret key: of its file, or of the line in it that is the key.
    ///
    /// # Errors
    ///
    /// Where it is none, or the password does not open it.
    pub fn read(text: &Secret, password: Option<&Secret>) -> Result<Self, KeyError> {
        let line = text.reveal().lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        let bytes = STANDARD.decode(line).map_err(|_| KeyError::Form)?;
        let mut secret = SecretKey::from_bytes(&bytes).map_err(|_| KeyError::Form)?;
        if secret.is_encrypted() {
            // Without a password the crate would ask on the terminal.
            let password = password.ok_or(KeyError::Locked)?.reveal().to_owned();
            // The crate reads whole files, and passes over the first line.
            let file = SecretKeyBox::from_string(&format!("\n{line}")).map_err(|_| KeyError::Form)?;
            secret = file.into_secret_key(Some(password)).map_err(|_| KeyError::Password)?;
        }
        let public = minisign::PublicKey::from_secret_key(&secret).map_err(|_| KeyError::Form)?;
        // The program writes no checksum into a key without a password: whether both halves belong together, a signature says.
        minisign::sign(Some(&public), &secret, [].as_slice(), Some(""), None).map_err(|_| KeyError::Form)?;
        Ok(Self { public: public_half(&public)?, secret })
    }

    /// Its public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature over bytes, with a comment that is signed as well.
    ///
    /// # Errors
    ///
    /// Where the system gives no randomness.
    pub fn sign(&self, subject: Subject, bytes: &[u8], comment: &str) -> Result<String, KeyError> {
        let first = subject.untrusted();
        let untrusted = first.strip_prefix("untrusted comment: ").unwrap_or(first);
        let signed = minisign::sign(None, &self.secret, bytes, Some(comment), Some(untrusted));
        signed.map(|signature| signature.into_string()).map_err(|error| KeyError::Signing(error.to_string()))
    }
}

/// Makes a key of the system's randomness. Without a password whoever reads its file can sign.
///
/// # Errors
///
/// Where the system gives no randomness.
pub fn generate(password: Option<&Secret>) -> Result<NewKey, KeyError> {
    let failed = |error: minisign::PError| KeyError::Signing(error.to_string());
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password.reveal().to_owned())),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let pair = pair.map_err(failed)?;
    let text = pair.sk.to_box(Some(COMMENT)).map_err(failed)?.into_string();
    Ok(NewKey { secret: Secret::new(&text).ok_or(KeyError::Form)?, public: public_half(&pair.pk)? })
}

fn public_half(key: &minisign::PublicKey) -> Result<PublicKey, KeyError> {
    PublicKey::try_from(key.to_base64()).map_err(|_| KeyError::Form)
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text).expect("not empty")
    }

    #[test]
    fn what_a_new_key_signs_verifies_under_its_public_half_and_carries_the_comment() {
        let made = generate(None).expect("a key");
        let key = SigningKey::read(&made.secret, None).expect("the same key");
        assert_eq!(*key.public(), made.public);
        let signature = key.sign(Subject::Checksums, b"sums", "product:widgets").expect("a signature");
        let keys = [made.public];
        let comment = bundle_format::signature::verify(Subject::Checksums, b"sums", &signature, &keys, &[]);
        assert_eq!(comment.as_deref(), Ok("product:widgets"));
        assert_ne!(
            key.sign(Subject::Checksums, b"sums", "product:widgets").expect("another"),
            signature,
            "never the same twice"
        );
    }

    #[test]
    fn a_key_is_read_from_its_file_or_from_its_line_and_opens_with_its_password_only() {
        let password = secret("correct horse");
        let made = generate(Some(&password)).expect("a key");
        let line = made.secret.reveal().lines().last().expect("a line").to_owned();
        assert_eq!(SigningKey::read(&secret(&line), Some(&password)).expect("opens").public(), &made.public);
        assert_eq!(SigningKey::read(&made.secret, None).unwrap_err(), KeyError::Locked);
        let wrong = SigningKey::read(&made.secret, Some(&secret("wrong"))).unwrap_err();
        assert_eq!(wrong, KeyError::Password);
    }

    #[test]
    fn what_is_no_key_is_refused_and_no_message_shows_any_of_it() {
        let made = generate(None).expect("a key");
        let text = made.secret.reveal();
        for other in ["hello", &text[..text.len() - 20], &text.replace('R', "S"), made.public.as_str()] {
            let error = SigningKey::read(&secret(other), None).unwrap_err();
            assert!(!error.to_string().contains(other) && !format!("{error:?}").contains(other), "{error}");
        }
        let key = SigningKey::read(&made.secret, None).expect("a key");
        let line = text.lines().last().expect("a line");
        assert!(!format!("{key:?} {made:?}").contains(line));
    }
}
