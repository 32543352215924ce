//! The rules about variants and the files of bundles. Never merges Compose files and never looks for a file.

use super::super::BundlesConfig;
use super::{Rule, names, release};
use crate::untrusted::{listed, quoted};

pub(super) const FORMAT: Rule<BundlesConfig> = Rule {
    id: "bundles-format",
    text: "`format` is 1",
    reads: &["format"],
    check: |config, found| release::format_is_one(config.format, found),
};

pub(super) const VARIANTS: Rule<BundlesConfig> = Rule {
    id: "variant-id",
    text: "there is a variant, and each has an id of its own of lower-case letters, digits and hyphens",
    reads: &["variants"],
    check: |config, found| {
        if config.variants.is_empty() {
            found.add(
                "variants",
                "there is no variant",
                "add one, as in `- {id: cpu, compose: [compose/base.yaml]}`",
            );
        }
        for (index, variant) in config.variants.iter().enumerate() {
            if !names::is_name(&variant.id) {
                let right = "use lower-case letters, digits and hyphens, a letter or digit first";
                found.add(
                    format!("variants[{index}].id"),
                    format!("{} names no variant", quoted(&variant.id)),
                    right,
                );
            }
        }
        let ids: Vec<_> = config.variants.iter().map(|variant| &variant.id).collect();
        found.repeated(&ids, |index| format!("variants[{index}].id"), "id");
    },
};

pub(super) const SUFFIXES: Rule<BundlesConfig> = Rule {
    id: "variant-suffix",
    text: "each variant has a suffix of its own: nothing, or a hyphen and lower-case letters, digits and hyphens",
    reads: &["variants"],
    check: |config, found| {
        for (index, variant) in config.variants.iter().enumerate() {
            let suffix = &variant.suffix;
            if !suffix.is_empty() && !suffix.strip_prefix('-').is_some_and(names::is_name) {
                let right =
                    "begin with a hyphen and use lower-case letters, digits and hyphens, as in `-gpu`";
                found.add(
                    format!("variants[{index}].suffix"),
                    format!("{} is no suffix", quoted(suffix)),
                    right,
                );
            }
        }
        let suffixes: Vec<_> = config.variants.iter().map(|variant| &variant.suffix).collect();
        found.repeated(&suffixes, |index| format!("variants[{index}].suffix"), "suffix");
    },
};

pub(super) const COMPOSE: Rule<BundlesConfig> = Rule {
    id: "variant-compose",
    text: "each variant has Compose files, each once and in the repository",
    reads: &["variants"],
    check: |config, found| {
        for (index, variant) in config.variants.iter().enumerate() {
            let key = format!("variants[{index}].compose");
            if variant.compose.is_empty() {
                found.add(
                    &key,
                    "there is no Compose file",
                    "name the base first, as in `[compose/base.yaml]`",
                );
            }
            for (number, path) in variant.compose.iter().enumerate() {
                if !names::is_relative_path(path) {
                    let right = "write it from the root of the repository, without `..`";
                    let wrong = format!("{} is no file of the repository", quoted(path));
                    found.add(format!("{key}[{number}]"), wrong, right);
                }
            }
            found.repeated(&variant.compose, |number| format!("{key}[{number}]"), "Compose file");
        }
    },
};

pub(super) const FIRST: Rule<BundlesConfig> = Rule {
    id: "variant-first",
    text: "the first variant is what the others are compared with: it adds and changes no services",
    reads: &["variants"],
    check: |config, found| {
        let Some(first) = config.variants.first() else { return };
        for (name, services) in
            [("adds_services", &first.adds_services), ("changes_services", &first.changes_services)]
        {
            if !services.is_empty() {
                let right = "leave it out, or put the variant that has fewer services first";
                found.add(format!("variants[0].{name}"), "the first variant is compared with nothing", right);
            }
        }
    },
};

pub(super) const SERVICES: Rule<BundlesConfig> = Rule {
    id: "variant-services",
    text: "a variant names each service that differs once, as added or as changed",
    reads: &["variants"],
    check: |config, found| {
        for (index, variant) in config.variants.iter().enumerate() {
            let added = variant.adds_services.len();
            let all: Vec<_> = variant.adds_services.iter().chain(&variant.changes_services).collect();
            let key = |number: usize| match number.checked_sub(added) {
                None => format!("variants[{index}].adds_services[{number}]"),
                Some(number) => format!("variants[{index}].changes_services[{number}]"),
            };
            found.repeated(&all, key, "service");
        }
    },
};

pub(super) const PATHS: Rule<BundlesConfig> = Rule {
    id: "file-path",
    text: "files come from the repository and stay in the bundle: relative paths without `..`",
    reads: &["files"],
    check: |config, found| {
        for (index, rule) in config.files.iter().enumerate() {
            for (name, path, whole) in
                [("from", &rule.from, "the repository"), ("to", &rule.to, "the bundle")]
            {
                if !names::is_relative_path(path) {
                    let wrong = format!("{} is no path in {whole}", quoted(path));
                    let right =
                        format!("write it from the root of {whole}, without `..` and `/` at its ends");
                    found.add(format!("files[{index}].{name}"), wrong, right);
                }
            }
        }
    },
};

pub(super) const FILE_VARIANTS: Rule<BundlesConfig> = Rule {
    id: "file-variants",
    text: "a file travels in variants that exist, each named once",
    reads: &["files", "variants"],
    check: |config, found| {
        let known = || config.variants.iter().map(|variant| variant.id.as_str());
        if config.variants.is_empty() {
            return;
        }
        for (index, rule) in config.files.iter().enumerate() {
            let key = |number: usize| format!("files[{index}].variants[{number}]");
            for (number, id) in rule.variants.iter().enumerate() {
                if !known().any(|variant| variant == id) {
                    let right = format!("the variants are {}", listed(known()));
                    found.add(key(number), format!("{} is no variant", quoted(id)), right);
                }
            }
            found.repeated(&rule.variants, key, "variant");
        }
    },
};

pub(super) const DESTINATIONS: Rule<BundlesConfig> = Rule {
    id: "file-destination",
    text: "no two entries of a variant have the same place in its bundle",
    reads: &["files"],
    check: |config, found| {
        for (index, rule) in config.files.iter().enumerate() {
            let together = |other: &[String]| {
                rule.variants.is_empty()
                    || other.is_empty()
                    || rule.variants.iter().any(|variant| other.contains(variant))
            };
            let earlier = config.files.iter().take(index);
            if let Some(other) =
                earlier.enumerate().find(|(_, other)| other.to == rule.to && together(&other.variants))
            {
                let wrong = format!("{} is taken by `files[{}]`", quoted(&rule.to), other.0);
                found.add(format!("files[{index}].to"), wrong, "give each its own place");
            }
        }
    },
};
