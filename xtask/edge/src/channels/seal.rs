//! Signs the pointer of a channel, and proves what it signed before anybody gets it. Never signs a release.

use bundle_format::pointer::{Envelope, LARGEST, Pointer};
use bundle_format::signature::{PublicKey, Subject};
use release_core::channels::sealed;
use release_core::finding::Cause;

use crate::failure::Failure;
use crate::signing::SigningKey;

/// Which signatures of pointers count.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The keys that prove pointers; none where they are not signed.
    pub keys: Vec<PublicKey>,
    /// Keys that were taken back.
    pub revoked: Vec<PublicKey>,
}

/// The envelope of a pointer as it is published: signed where a key proves pointers.
///
/// # Errors
///
/// Where the key is missing, is none of those that count, or what came out could not be read back.
pub fn seal(pointer: &Pointer, key: Option<&SigningKey>, trust: &Trust) -> Result<String, Failure> {
    let text = if trust.keys.is_empty() { sealed(pointer, None) } else { signed(pointer, key, trust)? };
    if text.len() <= LARGEST {
        return Ok(text);
    }
    Err(Failure::new(
        Cause::Internal,
        format!(
            "the pointer of `{}` would have {} bytes, more than the {LARGEST} that are read",
            pointer.channel,
            text.len()
        ),
        "shorten the reasons in `yanked.json` on the branch `channels`",
    ))
}

fn signed(pointer: &Pointer, key: Option<&SigningKey>, trust: &Trust) -> Result<String, Failure> {
    let key = key.ok_or_else(|| {
        let message = format!("the pointer of `{}` is to be signed and no key was given", pointer.channel);
        Failure::of(Cause::ChannelKeyMissing, message)
    })?;
    let made = key.sign(Subject::Pointer, pointer.to_json().as_bytes(), &pointer.comment());
    let made = made.map_err(|error| Failure::of(Cause::Internal, error.to_string()))?;
    let text = sealed(pointer, Some(made));
    let proven = Envelope::read(text.as_bytes()).and_then(|read| read.prove(&trust.keys, &trust.revoked));
    match proven {
        Ok(_) => Ok(text),
        Err(error) => {
            let message = format!("what `{}` signs proves no pointer: {error}", key.public());
            Err(Failure::of(Cause::ChannelKeyUnpinned, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use bundle_format::pointer::SCHEMA;
    use bundle_format::updating::Rollback;

    use super::*;
    use crate::signing::generate;

    fn pointer() -> Pointer {
        Pointer {
            schema: SCHEMA,
            product: "widgets".to_owned(),
            channel: "latest".to_owned(),
            sequence: 3,
            version: "1.3.0".parse().expect("a version"),
            released_at: jiff::Timestamp::UNIX_EPOCH,
            expires_at: jiff::Timestamp::MAX,
            min_upgradable_from: None,
            mandatory_stops: Vec::new(),
            rollback: Rollback::Free,
            irreversible: Vec::new(),
            yanked: Vec::new(),
            rollout_percentage: 100,
            bundles: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn a_pointer_is_signed_by_a_key_that_counts_or_not_at_all() {
        let made = generate(None).expect("a key");
        let key = SigningKey::read(&made.secret, None).expect("the same key");
        let trust = Trust { keys: vec![made.public.clone()], revoked: Vec::new() };
        let text = seal(&pointer(), Some(&key), &trust).expect("sealed");
        let read = Envelope::read(text.as_bytes()).expect("an envelope");
        assert_eq!(read.prove(&trust.keys, &[]), Ok(pointer()));
        let cause = |key, trust: &Trust| seal(&pointer(), key, trust).expect_err("refused").cause;
        assert_eq!(cause(None, &trust), Cause::ChannelKeyMissing);
        let other = Trust { keys: vec![generate(None).expect("another").public], ..Trust::default() };
        assert_eq!(cause(Some(&key), &other), Cause::ChannelKeyUnpinned);
        let revoked = Trust { revoked: trust.keys.clone(), ..trust };
        assert_eq!(cause(Some(&key), &revoked), Cause::ChannelKeyUnpinned);
        let unsigned = seal(&pointer(), Some(&key), &Trust::default()).expect("sealed");
        assert!(!Envelope::read(unsigned.as_bytes()).expect("an envelope").is_signed());
    }

    #[test]
    fn what_nobody_could_read_back_is_not_written() {
        let long = Pointer { product: "w".repeat(LARGEST), ..pointer() };
        assert!(seal(&long, None, &Trust::default()).is_err());
    }
}
