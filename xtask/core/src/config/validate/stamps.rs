//! The rules about the files that carry the version. Never looks into them.

use super::super::ReleaseConfig;
use super::super::release::{Stamp, StampKind};
use super::{Rule, names};
use crate::untrusted::quoted;

pub(super) const PATHS: Rule<ReleaseConfig> = Rule {
    id: "stamp-path",
    text: "a stamped file lies in the repository, and a Cargo workspace is named by its `Cargo.toml`",
    reads: &["stamps"],
    check: |config, found| {
        for (index, stamp) in config.stamps.iter().enumerate() {
            let key = format!("stamps[{index}].path");
            if !names::is_relative_path(&stamp.path) {
                let right = "write it from the root of the repository, without `..`";
                found.add(key, format!("{} is no file of the repository", quoted(&stamp.path)), right);
            } else if stamp.kind == StampKind::CargoWorkspace
                && stamp.path.rsplit('/').next() != Some("Cargo.toml")
            {
                found.add(
                    key,
                    format!("{} is no `Cargo.toml`", quoted(&stamp.path)),
                    "name the workspace's `Cargo.toml`",
                );
            }
        }
    },
};

pub(super) const KEYS: Rule<ReleaseConfig> = Rule {
    id: "stamp-key",
    text: "`key` says which value of a JSON, TOML or YAML file is meant, and nothing elsewhere",
    reads: &["stamps"],
    check: |config, found| {
        for (index, stamp) in config.stamps.iter().enumerate() {
            let key = format!("stamps[{index}].key");
            match stamp.key.as_deref() {
                None | Some("") if needs_a_key(stamp) => {
                    let right = "add it: keys joined by dots, as in `key: project.version`";
                    found.add(key, "is missing, and the file has many values", right);
                }
                Some(_) if !needs_a_key(stamp) => {
                    found.add(key, "means nothing for this kind, which knows its places", "leave it out");
                }
                _ => {}
            }
        }
    },
};

fn needs_a_key(stamp: &Stamp) -> bool {
    match stamp.kind {
        StampKind::Json | StampKind::Toml | StampKind::Yaml => true,
        StampKind::CargoWorkspace | StampKind::ImageTags => false,
    }
}

pub(super) const UNIQUE: Rule<ReleaseConfig> = Rule {
    id: "stamp-unique",
    text: "no place is stamped twice",
    reads: &["stamps"],
    check: |config, found| {
        let all: Vec<_> = config.stamps.iter().map(|stamp| (&stamp.path, stamp.kind, &stamp.key)).collect();
        found.repeated(&all, |index| format!("stamps[{index}].path"), "place");
    },
};
