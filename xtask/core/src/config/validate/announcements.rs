//! The rules about announcements. Never looks at a template or an address.

use super::super::ReleaseConfig;
use super::{Rule, names};
use crate::config::release::WEBHOOKS;
use crate::untrusted::quoted;

pub(super) const NAMES: Rule<ReleaseConfig> = Rule {
    id: "announcement-name",
    text: "each announcement has a name of its own of lower-case letters, digits and hyphens",
    reads: &["announcements"],
    check: |config, found| {
        let all = &config.announcements;
        for (index, one) in all.iter().enumerate().filter(|(_, one)| !names::is_name(&one.name)) {
            let right = "use lower-case letters, digits and hyphens, a letter or digit first";
            found.add(
                format!("announcements[{index}].name"),
                format!("{} is no name", quoted(&one.name)),
                right,
            );
        }
        let all: Vec<_> = all.iter().map(|one| &one.name).collect();
        found.repeated(&all, |index| format!("announcements[{index}].name"), "name");
    },
};

pub(super) const ADDRESSES: Rule<ReleaseConfig> = Rule {
    id: "announcement-url",
    text: "the variable with the address begins with `SLIPWAY_WEBHOOK_`: such variables are kept from every program that a run starts",
    reads: &["announcements"],
    check: |config, found| {
        let is_rest = |letter: u8| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'_';
        for (index, one) in config.announcements.iter().enumerate() {
            let rest = one.url_from.strip_prefix(WEBHOOKS).unwrap_or_default();
            if rest.is_empty() || !rest.bytes().all(is_rest) {
                let wrong = format!("{} is no variable for an address", quoted(&one.url_from));
                let right = format!(
                    "use capital letters, digits and `_`, as in `{WEBHOOKS}SLACK`; the address itself is a secret"
                );
                found.add(format!("announcements[{index}].url_from"), wrong, right);
            }
        }
    },
};

pub(super) const CHANNELS: Rule<ReleaseConfig> = Rule {
    id: "announcement-channels",
    text: "an announcement names channels that there are",
    reads: &["announcements", "channels"],
    check: |config, found| {
        for (index, one) in config.announcements.iter().enumerate() {
            for (place, name) in one.channels.iter().flatten().enumerate() {
                if config.channels.iter().all(|channel| channel.name != *name) {
                    let known: Vec<String> =
                        config.channels.iter().map(|known| format!("`{}`", known.name)).collect();
                    let right = format!("the channels are {}", known.join(", "));
                    let wrong = format!("{} is no channel", quoted(name));
                    found.add(format!("announcements[{index}].channels[{place}]"), wrong, right);
                }
            }
        }
    },
};

pub(super) const TEMPLATES: Rule<ReleaseConfig> = Rule {
    id: "announcement-template",
    text: "the template of an announcement is a file in `bundle-templates`",
    reads: &["announcements"],
    check: |config, found| {
        for (index, one) in config.announcements.iter().enumerate() {
            if let Some(path) = one.template.as_ref().filter(|path| !names::is_relative_path(path)) {
                let wrong = format!("{} is no path in `bundle-templates`", quoted(path));
                found.add(
                    format!("announcements[{index}].template"),
                    wrong,
                    "write it from that folder, as in `ours.json.j2`",
                );
            }
        }
    },
};
