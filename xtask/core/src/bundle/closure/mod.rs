//! What a bundle needs to start and what an operator cannot add: each rule one entry of a table. Looks at the Compose file before its
//! images are pinned, because then every value still has its place. Never asks a registry, and never stops at the first finding.

mod contract;
mod images;
mod locks;
mod mounts;
mod pins;
mod precision;
mod stage;
mod used;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use crate::check::stop;
use crate::compose::ComposeFile;
use crate::config::Locations;
use crate::config::bundles::VariantConfig;
use crate::finding::{Cause, Finding, Severity};
use crate::plan::BundleFile;
use crate::untrusted::listed;
use crate::yaml::{Place, located};

use super::render::Material;

pub(super) use images::undeclared;
pub use precision::{VAGUE_TAGS, Vague};

/// One rule about what bundles need.
pub struct Rule {
    /// The cause of its findings.
    pub cause: Cause,
    /// The rule in one sentence, for the reference.
    pub text: &'static str,
    check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
enum Check {
    /// One variant.
    Each(fn(&Drawn<'_>) -> Vec<Finding>),
    /// All of them together.
    All(fn(&[Drawn<'_>]) -> Vec<Finding>),
}

/// Every rule, in the order of the reference page.
pub const RULES: &[Rule] = &[
    Rule {
        cause: Cause::VariableUndeclared,
        text: "Every variable that a Compose file or a template refers to is declared in `config/env.yaml`, also one with a default; only \
               those that Compose itself owns are not. Of a configuration file that is copied as it is, this is a note.",
        check: Check::Each(variables::declared),
    },
    Rule {
        cause: Cause::FileMissing,
        text: "Every file that a service mounts or reads from beside its Compose file travels in the bundle. Data under \
               `.docker-volumes`, folders that are made on the host and absolute paths are the operator's; a mount that lies beside \
               everything that travels may be, too, and is a note.",
        check: Check::Each(mounts::carried),
    },
    Rule {
        cause: Cause::FileUnreferenced,
        text: "Every configuration file that travels is taken by a service of a variant: a note.",
        check: Check::All(mounts::referenced),
    },
    Rule {
        cause: Cause::StageSpecific,
        text: "Nothing of a developer's machine or a test installation travels: in `environment` and `labels` no hosts below names such as \
               `.local` or `.test`, no `localhost`, no stage such as `development`; no service that only a profile starts; no image that is \
               never pulled.",
        check: Check::Each(stage::gone),
    },
    Rule {
        cause: Cause::ImageUndeclared,
        text: "Every image under the registry of the own images is one of `images.names`.",
        check: Check::All(images::declared),
    },
    Rule {
        cause: Cause::Compose,
        text: "No service is built: an operator has no sources.",
        check: Check::Each(images::ready),
    },
    Rule {
        cause: Cause::ImageFloating,
        text: "Every third-party image has a tag that names one version to the patch level, or a digest of its own, unless an exception under \
               `pins` says why not. A word such as `latest`, one number and two numbers are moved to other images.",
        check: Check::All(pins::exact),
    },
    Rule {
        cause: Cause::PinExceptionUnused,
        text: "Every exception under `pins` excuses an image.",
        check: Check::All(pins::exceptions_needed),
    },
    Rule {
        cause: Cause::ImageMissing,
        text: "Every image of the bundles, and every own image, is in its registry. Whoever asks no registry does not look.",
        check: Check::All(images::resolved),
    },
    Rule {
        cause: Cause::LockStale,
        text: "Every image of `config/images.lock.yaml` is a third-party image that a Compose file names.",
        check: Check::All(locks::in_use),
    },
    Rule {
        cause: Cause::LockMissing,
        text: "Where there is a lock file, it has every third-party image: a note.",
        check: Check::All(locks::complete),
    },
    Rule {
        cause: Cause::VariableUnused,
        text: "Every variable of `config/env.yaml` is referred to, has consumers or is deprecated: a note.",
        check: Check::All(contract::used),
    },
    Rule {
        cause: Cause::ConsumerUnknown,
        text: "Every consumer that `config/env.yaml` names is a service: a note.",
        check: Check::All(contract::consumers_known),
    },
];

/// A variant as it is drawn from the sources: nothing is pinned yet.
pub(super) struct Drawn<'a> {
    pub(super) material: &'a Material<'a>,
    pub(super) variant: &'a VariantConfig,
    pub(super) compose: ComposeFile,
    /// All that travels beside the Compose file and the manifest; none where that is not known because of other findings.
    pub(super) files: Option<Vec<BundleFile>>,
}

/// Applies every rule to all variants. What is wrong with some of them only, names them.
pub(super) fn findings(all: &[Drawn<'_>]) -> Vec<Finding> {
    let mut told: BTreeMap<Finding, BTreeSet<&str>> = BTreeMap::new();
    let mut findings = Vec::new();
    for rule in RULES {
        match rule.check {
            Check::All(check) => findings.extend(check(all)),
            Check::Each(check) => {
                for drawn in all {
                    for finding in check(drawn) {
                        told.entry(finding).or_default().insert(&drawn.variant.id);
                    }
                }
            }
        }
    }
    findings.extend(told.into_iter().map(|(mut finding, variants)| {
        finding.message.push_str(&only_in(&variants, all));
        finding
    }));
    findings
}

/// The variants that a finding is about, as the end of its message; nothing where it is about all.
fn only_in(variants: &BTreeSet<&str>, all: &[Drawn<'_>]) -> String {
    if variants.len() == all.len() {
        return String::new();
    }
    format!(" (variant {})", listed(variants.iter().copied()))
}

/// The place of a key in a configuration file, as editors understand it.
fn place_in(drawn: &Drawn<'_>, file: &str, key: &str) -> String {
    let text = drawn.material.tree.get(file).and_then(|file| file.content.as_text());
    let root = text.and_then(|text| located::read(text).ok());
    let place = root.map(|root| Locations::in_tree(&root).of(key));
    place.map_or_else(|| file.to_owned(), |place| format!("{file}:{}:{}", place.line, place.column))
}

/// A finding that stops, at a place of the Compose files.
fn at(drawn: &Drawn<'_>, place: Place, cause: Cause, message: String, hint: String) -> Finding {
    Finding { place: drawn.compose.whereabouts(place), ..stop(cause, message, hint) }
}

/// The same finding, which stops nothing.
fn note(finding: Finding) -> Finding {
    Finding { severity: Severity::Note, ..finding }
}

#[cfg(test)]
mod tests;
