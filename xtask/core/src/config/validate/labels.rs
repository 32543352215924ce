//! The rules about labels. Never decides which label a pull request should have.

use super::super::ReleaseConfig;
use super::super::release::{Bump, LabelRule, Section, VersionSource};
use super::Rule;
use crate::untrusted::quoted;

/// The longest label that the forge accepts, in characters.
const LONGEST: usize = 50;

pub(super) const NAMES: Rule<ReleaseConfig> = Rule {
    id: "label-name",
    text: "a label has a name without space around it, and `*` only at its end",
    reads: &["labels"],
    check: |config, found| {
        for (index, label) in config.labels.iter().enumerate() {
            let name = &label.name;
            let before = name.strip_suffix('*').unwrap_or(name);
            let right = if name.is_empty() {
                "write the label's name"
            } else if name.trim() != name || name.contains(char::is_control) {
                "leave out the space around it"
            } else if before.contains('*') {
                "put `*` at the end only, where it stands for any rest"
            } else if name.chars().count() > LONGEST {
                "use at most 50 characters, as the forge does"
            } else {
                continue;
            };
            found.add(format!("labels[{index}].name"), format!("{} is no label", quoted(name)), right);
        }
    },
};

pub(super) const UNIQUE: Rule<ReleaseConfig> = Rule {
    id: "label-unique",
    text: "no label is declared twice; case does not count",
    reads: &["labels"],
    check: |config, found| {
        let names: Vec<_> = config.labels.iter().map(|label| label.name.to_lowercase()).collect();
        found.repeated(&names, |index| format!("labels[{index}].name"), "label");
    },
};

pub(super) const AGREE: Rule<ReleaseConfig> = Rule {
    id: "label-agree",
    text: "two entries that one label can fit agree about bump and section",
    reads: &["labels"],
    check: |config, found| {
        for (index, label) in config.labels.iter().enumerate() {
            for (earlier, other) in config.labels.iter().enumerate().take(index) {
                if !overlap(label, other) {
                    continue;
                }
                let clash = |key: &str| {
                    (
                        format!("labels[{index}].{key}"),
                        format!(
                            "{} and `labels[{earlier}]` fit the same label and differ",
                            quoted(&label.name)
                        ),
                        format!("give both the same `{key}`, or leave it out in one"),
                    )
                };
                if differ(label.bump, other.bump) {
                    let (key, wrong, right) = clash("bump");
                    found.add(key, wrong, right);
                }
                if differ(label.section, other.section) {
                    let (key, wrong, right) = clash("section");
                    found.add(key, wrong, right);
                }
            }
        }
    },
};

fn differ<T: PartialEq>(left: Option<T>, right: Option<T>) -> bool {
    left.is_some() && right.is_some() && left != right
}

/// Whether a label can fit both, being declared twice apart.
fn overlap(left: &LabelRule, right: &LabelRule) -> bool {
    let (left, right) = (left.name.to_lowercase(), right.name.to_lowercase());
    match (left.strip_suffix('*'), right.strip_suffix('*')) {
        _ if left == right => false,
        (Some(a), Some(b)) => a.starts_with(b) || b.starts_with(a),
        (Some(a), None) => right.starts_with(a),
        (None, Some(b)) => left.starts_with(b),
        (None, None) => false,
    }
}

pub(super) const BREAKING: Rule<ReleaseConfig> = Rule {
    id: "label-breaking",
    text: "a label of the section `breaking` does not ask for less than a major version",
    reads: &["labels"],
    check: |config, found| {
        for (index, label) in config.labels.iter().enumerate() {
            let too_small = label.bump.is_some_and(|bump| bump != Bump::Major);
            if label.section == Some(Section::Breaking) && too_small {
                let wrong =
                    format!("{} is breaking and asks for less than a major version", quoted(&label.name));
                found.add(format!("labels[{index}].bump"), wrong, "write `bump: major`, or leave `bump` out");
            }
        }
    },
};

pub(super) const COVER: Rule<ReleaseConfig> = Rule {
    id: "label-cover",
    text: "where labels decide the version, there is a label for each bump",
    reads: &["labels", "version"],
    check: |config, found| {
        if config.version.source != VersionSource::Labels {
            return;
        }
        for (bump, name) in
            [(Bump::Major, "major"), (Bump::Minor, "minor"), (Bump::Patch, "patch"), (Bump::None, "none")]
        {
            if !config.labels.iter().any(|label| label.bump == Some(bump)) {
                let wrong = format!("no label asks for the bump `{name}`");
                found.add("labels", wrong, format!("add one, as in `- {{name: {name}, bump: {name}}}`"));
            }
        }
    },
};
