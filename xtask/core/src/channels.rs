//! What the branch `channels` says, read and written as text: the pointer of each channel, and which versions were withdrawn. Never
//! fetches it and never signs.

use bundle_format::digest::Sha256Hex;
use bundle_format::pointer::{Envelope, FILE_NAME, Pointer, PointerError, Yanked};
use bundle_format::signature::PublicKey;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::config::release::ChannelConfig;
use crate::config::{BucketConfig, ReleaseConfig};
use crate::facts::{CopyFacts, Facts, KeyFacts, PointerFacts, Proof};
use crate::identity::Tag;
use crate::untrusted::quoted;
use crate::version;

/// The branch that static hosts serve the pointers from.
pub const BRANCH: &str = "refs/heads/channels";

/// The file on the branch that says which versions were withdrawn.
pub const WITHDRAWN: &str = "yanked.json";

/// The newest format of [`Withdrawals`].
pub const FORMAT: u32 = 1;

/// `yanked.json`: every version that was withdrawn, the lowest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawals {
    /// The format number, [`FORMAT`].
    pub format: u32,
    /// The versions.
    pub yanked: Vec<Yanked>,
}

impl Withdrawals {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Vec<Yanked>, String> {
        let read: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if read.format == FORMAT {
            Ok(read.yanked)
        } else {
            Err(format!("it has the format {}, and this version reads {FORMAT}", read.format))
        }
    }

    /// The file with these versions.
    #[must_use]
    pub fn text(yanked: &[Yanked]) -> String {
        let file = Self { format: FORMAT, yanked: yanked.to_vec() };
        // It has no map, so this cannot fail.
        serde_json::to_string_pretty(&file).map(|text| text + "\n").unwrap_or_default()
    }
}

/// Where the pointer of a channel lies on the branch.
#[must_use]
pub fn path(channel: &str) -> String {
    format!("{channel}/{FILE_NAME}")
}

/// The Git tag that follows the pointer of a channel, where its configuration says so.
#[must_use]
pub fn moving_tag(channel: &str) -> String {
    format!("refs/tags/{channel}")
}

/// Reads the pointer of a channel, with what its signature is worth. Where no key proves pointers, nobody asks for a signature.
///
/// # Errors
///
/// Where it is none.
pub fn seen(bytes: &[u8], keys: &[PublicKey], revoked: &[PublicKey]) -> Result<PointerFacts, PointerError> {
    let envelope = Envelope::read(bytes)?;
    let pointer = envelope.unproven()?;
    let proof = if keys.is_empty() || !envelope.is_signed() {
        Proof::Unsigned
    } else {
        match envelope.prove(keys, revoked) {
            Ok(_) => Proof::Proven,
            Err(error) => Proof::Wrong(error.to_string()),
        }
    };
    Ok(PointerFacts { pointer, proof })
}

/// What lies in a bucket in the place of a channel's pointer.
#[must_use]
pub fn copy_seen(bytes: &[u8], of: &Copied<'_>) -> CopyFacts {
    match seen(bytes, of.keys, of.revoked) {
        Err(error) => CopyFacts::Foreign(format!("no pointer: {error}")),
        Ok(found) if found.pointer.product != of.product || found.pointer.channel != of.channel => {
            let Pointer { product, channel, .. } = &found.pointer;
            CopyFacts::Foreign(format!("the pointer of {} of {}", quoted(channel), quoted(product)))
        }
        Ok(found) => CopyFacts::Pointer { found: Box::new(found), digest: Sha256Hex::of(bytes) },
    }
}

/// What a copy has to be of.
#[derive(Clone, Copy, Debug)]
pub struct Copied<'a> {
    /// The platform.
    pub product: &'a str,
    /// The channel.
    pub channel: &'a str,
    /// The keys that prove pointers; none where they are not signed.
    pub keys: &'a [PublicKey],
    /// Keys that were taken back.
    pub revoked: &'a [PublicKey],
}

/// The bucket that pointers are copied to. A rehearsal writes on this machine only.
#[must_use]
pub fn bucket(config: &ReleaseConfig, rehearsed: bool) -> Option<&BucketConfig> {
    config.pointers.s3.as_ref().filter(|bucket| !rehearsed || bucket.is_here())
}

/// The keys that prove pointers. A rehearsal is not handed the real one: the key that it was given counts as well.
#[must_use]
pub fn proving(config: &ReleaseConfig, rehearsed: bool, given: &KeyFacts) -> Vec<PublicKey> {
    let pinned = config.channel_keys();
    match given {
        KeyFacts::Usable(key) if rehearsed && !pinned.is_empty() => {
            std::iter::once(key).chain(pinned).cloned().collect()
        }
        _ => pinned.to_vec(),
    }
}

/// Whether versions of this kind belong to the channel.
#[must_use]
pub fn takes(channel: &ChannelConfig, version: &Version) -> bool {
    match &channel.prerelease {
        None => version.pre.is_empty(),
        Some(identifier) => version::is_prerelease(&Tag::of(version), identifier),
    }
}

/// The withdrawn versions that the pointer of a channel lists, the lowest first.
#[must_use]
pub fn listed(channel: &ChannelConfig, withdrawn: &[Yanked]) -> Vec<Yanked> {
    let mut listed: Vec<Yanked> =
        withdrawn.iter().filter(|yanked| takes(channel, &yanked.version)).cloned().collect();
    listed.sort_by(|a, b| a.version.cmp(&b.version));
    listed
}

/// Whether a version was withdrawn.
#[must_use]
pub fn is_withdrawn(withdrawn: &[Yanked], version: &Version) -> bool {
    withdrawn.iter().any(|yanked| yanked.version == *version)
}

/// The envelope of a pointer, as it is published.
#[must_use]
pub fn sealed(pointer: &Pointer, signature: Option<String>) -> String {
    Envelope::seal(&pointer.to_json(), signature).to_json()
}

impl Facts {
    /// The keys that prove the pointers of this run.
    #[must_use]
    pub fn channel_keys(&self) -> Vec<PublicKey> {
        proving(&self.configuration.release, self.rehearsed, &self.channel_key)
    }

    /// The bucket that the pointers of this run are copied to.
    #[must_use]
    pub fn copied_to(&self) -> Option<&BucketConfig> {
        bucket(&self.configuration.release, self.rehearsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(prerelease: Option<&str>) -> ChannelConfig {
        ChannelConfig { prerelease: prerelease.map(str::to_owned), ..ChannelConfig::stable("any") }
    }

    fn yanked(version: &str) -> Yanked {
        let since = crate::samples::day(3);
        Yanked { version: version.parse().unwrap(), reason: "loses mail".to_owned(), since }
    }

    #[test]
    fn a_channel_takes_the_versions_of_its_kind_only() {
        let kinds = ["1.3.0", "1.3.0-rc.1", "1.3.0-nightly.4", "1.3.0-rc"];
        let taken = |identifier| {
            let channel = channel(identifier);
            kinds.map(|version| takes(&channel, &version.parse().unwrap()))
        };
        assert_eq!(taken(None), [true, false, false, false]);
        assert_eq!(taken(Some("rc"))[..3], [false, true, false]);
        assert_eq!(taken(Some("nightly")), [false, false, true, false]);
    }

    #[test]
    fn a_rehearsal_copies_pointers_on_this_machine_only() {
        let mut facts = crate::samples::facts();
        assert_eq!(facts.copied_to(), None, "nothing is configured");
        for (endpoint, in_a_rehearsal) in [("https://s3.example", false), ("http://127.0.0.1:9000", true)] {
            facts.configuration.release.pointers.s3 = Some(BucketConfig {
                endpoint: endpoint.to_owned(),
                region: "auto".to_owned(),
                bucket: "releases".to_owned(),
                prefix: None,
            });
            facts.rehearsed = false;
            assert!(facts.copied_to().is_some(), "{endpoint}");
            facts.rehearsed = true;
            assert_eq!(facts.copied_to().is_some(), in_a_rehearsal, "{endpoint}");
        }
    }

    #[test]
    fn what_lies_in_a_bucket_is_a_pointer_of_the_channel_or_foreign() {
        let pointer = crate::samples::pointer_facts(&crate::samples::plan(), Proof::Unsigned).pointer;
        let text = sealed(&pointer, None);
        let seen = |channel, bytes: &[u8]| {
            let of = Copied { product: &pointer.product, channel, keys: &[], revoked: &[] };
            copy_seen(bytes, &of)
        };
        let CopyFacts::Pointer { found, digest } = seen("latest", text.as_bytes()) else { panic!("{text}") };
        assert_eq!((&found.pointer, digest), (&pointer, Sha256Hex::of(text.as_bytes())));
        let other = seen("rc", text.as_bytes());
        assert_eq!(other, CopyFacts::Foreign("the pointer of `latest` of `widgets`".to_owned()));
        assert!(
            matches!(seen("latest", b"<html>"), CopyFacts::Foreign(what) if what.starts_with("no pointer: "))
        );
    }

    #[test]
    fn each_pointer_lists_what_was_withdrawn_of_its_own_kind() {
        let all = ["1.10.0", "1.9.0", "1.9.0-rc.2"].map(yanked);
        let names = |identifier| -> Vec<String> {
            listed(&channel(identifier), &all).iter().map(|yanked| yanked.version.to_string()).collect()
        };
        assert_eq!(names(None), ["1.9.0", "1.10.0"]);
        assert_eq!(names(Some("rc")), ["1.9.0-rc.2"]);
        assert!(is_withdrawn(&all, &"1.9.0".parse().unwrap()));
        assert!(!is_withdrawn(&all, &"1.8.0".parse().unwrap()));
    }

    #[test]
    fn the_file_of_withdrawn_versions_is_read_as_it_was_written_and_no_other() {
        let all = ["1.9.0", "1.10.0"].map(yanked);
        let text = Withdrawals::text(&all);
        assert_eq!(Withdrawals::read(text.as_bytes()).unwrap(), all);
        for wrong in
            [text.replace("\"format\": 1", "\"format\": 2"), text.replace("reason", "why"), "[]".into()]
        {
            assert!(Withdrawals::read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
