//! How the checksums of a release are signed, and what counts as their signature. It cannot be in the plan itself: a signature comes out
//! differently each time it is made. So one is known by verifying it, never by its digest.

use bundle_format::signature::{self, ENDING, PublicKey, SignatureError};
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::bundle::assets::CHECKSUMS;
use crate::facts::{Facts, KeyFacts};

use super::PlanId;

/// How the checksums are signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The asset's name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// The comment that is signed with it.
    pub comment: String,
    /// The keys of which one has to have made it.
    pub keys: Vec<PublicKey>,
}

impl Signature {
    /// The signature of a release by these facts; none where the configuration asks for none.
    pub(super) fn of(facts: &Facts, version: &Version, id: &PlanId) -> Option<Self> {
        let signing = facts.configuration.release.signing.as_ref()?;
        let keys = match (facts.rehearsed, &facts.release_key) {
            // A rehearsal is not handed the real key: the one it makes for itself counts as the pinned one.
            (true, KeyFacts::Usable(key)) => vec![key.clone()],
            (true, KeyFacts::Missing | KeyFacts::Unusable(_)) => Vec::new(),
            (false, _) => signing.release_keys.clone(),
        };
        Some(Self {
            name: format!("{CHECKSUMS}{ENDING}"),
            content_type: "text/plain".to_owned(),
            comment: comment(&facts.configuration.release.product, version, id, facts.now),
            keys,
        })
    }

    /// Whether this is a signature of the plan over its checksums, by none of the keys that were taken back: those count as they are
    /// known now, because a plan keeps the keys that were pinned when it was made.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn prove(
        &self,
        checksums: &[u8],
        signature: &[u8],
        revoked: &[PublicKey],
    ) -> Result<(), SignatureError> {
        let text = std::str::from_utf8(signature).map_err(|_| SignatureError::Form)?;
        let comment = signature::verify(signature::Subject::Checksums, checksums, text, &self.keys, revoked)?;
        if comment == self.comment { Ok(()) } else { Err(SignatureError::Wrong) }
    }
}

/// What a signature says of what it signs: `name:value` pairs, with tabs between them as minisign itself writes them. The time is the plan's, so that
/// no two runs say different things.
fn comment(product: &str, version: &Version, id: &PlanId, date: Timestamp) -> String {
    format!("product:{product}\tversion:{version}\tplan:{id}\tdate:{date}")
}

#[cfg(test)]
mod tests {
    use bundle_format::signature::SignatureError;

    use crate::facts::{Facts, KeyFacts};
    use crate::samples;

    #[test]
    fn a_signature_by_a_key_that_was_taken_back_since_proves_nothing_whatever_the_plan_says() {
        let mut signature = samples::plan().signature.unwrap();
        signature.comment = "product:widgets\tversion:1.3.0".to_owned();
        let signed = format!("{}  a.tar.gz\n", "0".repeat(64));
        let prove =
            |revoked: &[_]| signature.prove(signed.as_bytes(), samples::SIGNATURE.as_bytes(), revoked);
        assert_eq!(prove(&[]), Ok(()));
        assert_eq!(prove(&[samples::other_key()]), Ok(()));
        let key = samples::release_key();
        assert_eq!(prove(&[samples::other_key(), key.clone()]), Err(SignatureError::Revoked(key)));
    }

    #[test]
    fn a_plan_says_which_keys_prove_it_and_what_they_sign_and_not_when() {
        let plan = samples::plan();
        let signature = plan.signature.as_ref().unwrap();
        assert_eq!(signature.name, "SHA256SUMS.minisig");
        assert_eq!(signature.keys, [samples::release_key()]);
        let wanted =
            format!("product:widgets\tversion:1.3.0\tplan:{}\tdate:{}", plan.id, samples::facts().now);
        assert_eq!(signature.comment, wanted);
        assert!(
            plan.assets.iter().all(|asset| asset.name != signature.name),
            "it has no digest to be known by"
        );
    }

    #[test]
    fn a_rehearsal_is_proven_by_the_key_that_it_was_given_and_a_release_never() {
        let mut facts = samples::facts();
        facts.release_key = KeyFacts::Usable(samples::other_key());
        let keys = |facts: &Facts| samples::planned(facts).signature.unwrap().keys;
        assert_eq!(keys(&facts), [samples::release_key()]);
        facts.rehearsed = true;
        assert_eq!(keys(&facts), [samples::other_key()]);
        facts.release_key = KeyFacts::Missing;
        assert!(keys(&facts).is_empty());
    }
}
