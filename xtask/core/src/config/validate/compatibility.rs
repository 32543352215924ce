//! The rules of `config/compatibility.yaml`. Never looks at which versions were released: a check before the release does.

use bundle_format::updating::stable;
use semver::Version;

use super::super::compatibility::{CompatibilityConfig, UpdatesConfig};
use super::Rule;
use super::release::format_is_one;

pub(super) const FORMAT: Rule<CompatibilityConfig> = Rule {
    id: "compatibility-format",
    text: "`format` is 1",
    reads: &["format"],
    check: |config, found| format_is_one(config.format, found),
};

pub(super) const VERSIONS: Rule<CompatibilityConfig> = Rule {
    id: "compatibility-versions",
    text: "each version is a stable one and stands once in its list",
    reads: &["updates"],
    check: |config, found| {
        for (key, version) in versions(&config.updates) {
            if *version != stable(version) {
                let right = format!("write `{}`, the stable version", stable(version));
                found.add(key, format!("`{version}` is no stable version"), right);
            }
        }
        let UpdatesConfig { stops, irreversible, .. } = &config.updates;
        found.repeated(stops, |index| format!("updates.stops[{index}]"), "version");
        let changes: Vec<_> = irreversible.iter().map(|change| &change.version).collect();
        found.repeated(&changes, |index| format!("updates.irreversible[{index}].version"), "version");
    },
};

pub(super) const STOPS: Rule<CompatibilityConfig> = Rule {
    id: "compatibility-stops",
    text: "each stop is above `from`: no update that may be made passes over another",
    reads: &["updates"],
    check: |config, found| {
        let Some(from) = &config.updates.from else { return };
        for (index, stop) in config.updates.stops.iter().enumerate().filter(|(_, stop)| *stop <= from) {
            let wrong = format!("nobody who updates from `{from}` or later passes over `{stop}`");
            found.add(format!("updates.stops[{index}]"), wrong, "remove it, or lower `from`");
        }
    },
};

/// Every version of the file, with its key.
fn versions(updates: &UpdatesConfig) -> impl Iterator<Item = (String, &Version)> {
    let from = updates.from.iter().map(|from| ("updates.from".to_owned(), from));
    let stops = updates.stops.iter().enumerate();
    let stops = stops.map(|(index, stop)| (format!("updates.stops[{index}]"), stop));
    let changes = updates.irreversible.iter().enumerate();
    let changes =
        changes.map(|(index, change)| (format!("updates.irreversible[{index}].version"), &change.version));
    from.chain(stops).chain(changes)
}
