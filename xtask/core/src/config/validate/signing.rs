//! The rules about keys. Never sees a secret one.

use super::super::ReleaseConfig;
use super::super::release::SigningConfig;
use super::Rule;

pub(super) const KEYS: Rule<ReleaseConfig> = Rule {
    id: "signing-keys",
    text: "where releases are signed there is a key for it, and each key stands in one list once",
    reads: &["signing"],
    check: |config, found| {
        let Some(SigningConfig { release_keys, retired_keys, channel_keys, revoked }) = &config.signing
        else {
            return;
        };
        if release_keys.is_empty() {
            let right = "make one with `cargo xtask keys generate`, or leave `signing` out";
            found.add("signing.release_keys", "no key proves a release", right);
        }
        let lists = [
            ("release_keys", release_keys),
            ("retired_keys", retired_keys),
            ("channel_keys", channel_keys),
            ("revoked", revoked),
        ];
        for (name, keys) in lists {
            found.repeated(keys, |index| format!("signing.{name}[{index}]"), "key");
        }
        for (index, key) in retired_keys.iter().enumerate() {
            if release_keys.contains(key) {
                let right =
                    "take it out of one of the lists: a retired key proves what it signed, and signs no more";
                found.add(
                    format!("signing.retired_keys[{index}]"),
                    "is in use although it is retired",
                    right,
                );
            }
        }
        for (index, key) in channel_keys.iter().enumerate() {
            if release_keys.contains(key) || retired_keys.contains(key) {
                let right = "make another one: who can move a channel must not be able to make a release";
                found.add(format!("signing.channel_keys[{index}]"), "is a release key as well", right);
            }
        }
        for (index, key) in revoked.iter().enumerate() {
            if [release_keys, retired_keys, channel_keys].iter().any(|keys| keys.contains(key)) {
                let right = "take it out of the list of keys that are in use";
                found.add(format!("signing.revoked[{index}]"), "is in use although it was taken back", right);
            }
        }
    },
};
