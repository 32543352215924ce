//! The rules about channels. Never decides which channel a release goes to.

use super::super::ReleaseConfig;
use super::{Rule, names};
use crate::untrusted::quoted;

pub(super) const NAMES: Rule<ReleaseConfig> = Rule {
    id: "channel-name",
    text: "there is a channel, and each has a name of its own of lower-case letters, digits and hyphens",
    reads: &["channels"],
    check: |config, found| {
        if config.channels.is_empty() {
            found.add("channels", "there is no channel", "add one, as in `- {name: latest}`");
        }
        for (index, channel) in config.channels.iter().enumerate() {
            if !names::is_name(&channel.name) {
                let right = "use lower-case letters, digits and hyphens, a letter or digit first";
                found.add(
                    format!("channels[{index}].name"),
                    format!("{} names no channel", quoted(&channel.name)),
                    right,
                );
            }
        }
        let all: Vec<_> = config.channels.iter().map(|channel| &channel.name).collect();
        found.repeated(&all, |index| format!("channels[{index}].name"), "name");
    },
};

pub(super) const KEPT: Rule<ReleaseConfig> = Rule {
    id: "channel-keep",
    text: "only pre-releases are deleted, and two are kept at least: the pointer names the last but one until it has moved",
    reads: &["channels"],
    check: |config, found| {
        for (index, channel) in config.channels.iter().enumerate() {
            let Some(keep) = channel.keep else { continue };
            let key = format!("channels[{index}].keep");
            if channel.prerelease.is_none() {
                let wrong = format!("the channel {} has stable versions", quoted(&channel.name));
                found.add(&key, wrong, "leave it out: stable versions are kept for ever");
            } else if keep < 2 {
                found.add(&key, format!("`{keep}` is too few"), "keep `2` at least");
            }
        }
    },
};

/// What the tags of images that CI built begin with.
const BUILT: &str = "sha-";

pub(super) const MOVING: Rule<ReleaseConfig> = Rule {
    id: "channel-moving-tags",
    text: "a channel whose tags follow its pointer is not called like an image that CI built, `sha-…`",
    reads: &["channels"],
    check: |config, found| {
        for (index, channel) in config.channels.iter().enumerate() {
            if channel.moving_tags && channel.name.starts_with(BUILT) {
                let wrong = format!("the tag {} may be that of a commit's image", quoted(&channel.name));
                found.add(format!("channels[{index}].name"), wrong, "give the channel another name");
            }
        }
    },
};

/// The most days that a pointer may count.
const LONGEST: u32 = 366;

pub(super) const LASTING: Rule<ReleaseConfig> = Rule {
    id: "pointers-lasting",
    text: "a pointer counts for a day to a year, and is signed again before it expires",
    reads: &["pointers"],
    check: |config, found| {
        let pointers = &config.pointers;
        if !(1..=LONGEST).contains(&pointers.valid_days) {
            let wrong = format!("`{}` is no number of days from 1 to {LONGEST}", pointers.valid_days);
            found.add("pointers.valid_days", wrong, "a month is `30`");
        } else if pointers.renew_before_days == 0 || pointers.renew_before_days >= pointers.valid_days {
            let wrong = format!("`{}` days before the end is never or always", pointers.renew_before_days);
            let right = format!("write `1` at least and less than `{}`", pointers.valid_days);
            found.add("pointers.renew_before_days", wrong, right);
        }
    },
};

pub(super) const PRERELEASES: Rule<ReleaseConfig> = Rule {
    id: "channel-prerelease",
    text: "the pre-release identifier of a channel is one that Semantic Versioning allows and belongs to no other channel",
    reads: &["channels"],
    check: |config, found| {
        for (index, channel) in config.channels.iter().enumerate() {
            let Some(identifier) = &channel.prerelease else { continue };
            let key = format!("channels[{index}].prerelease");
            if !names::is_prerelease(identifier) {
                let right = "use letters, digits and hyphens, not only digits, as in `rc`";
                found.add(&key, format!("{} is no pre-release identifier", quoted(identifier)), right);
            }
            let earlier = config.channels.iter().take(index);
            if let Some(other) =
                earlier.into_iter().find(|other| other.prerelease.as_ref() == Some(identifier))
            {
                let wrong = format!("{} belongs to the channel {}", quoted(identifier), quoted(&other.name));
                found.add(&key, wrong, "give each channel an identifier of its own");
            }
        }
    },
};
