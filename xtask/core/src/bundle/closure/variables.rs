//! The rule about variables that bundles refer to. Never reads a value of one.

use std::collections::BTreeSet;

use bundle_format::contract::{EnvironmentContract, is_name};

use crate::check::stop;
use crate::config::nearest::nearest;
use crate::config::paths;
use crate::facts::Content;
use crate::finding::{Cause, Finding};
use crate::plan::BundleFile;
use crate::untrusted::quoted;

use super::super::{copied, template};
use super::{Drawn, at, note};

/// Variables that Compose and its client own; an operator sets them for Compose, not for the platform. Source: the Compose
/// documentation's page on pre-defined environment variables and the reference of the Docker client.
const OWNED_BY_COMPOSE: &[(&str, &str)] = &[
    ("COMPOSE_ENV_FILES", "the files it reads variables from"),
    ("COMPOSE_FILE", "the Compose files"),
    ("COMPOSE_PATH_SEPARATOR", "what stands between them"),
    ("COMPOSE_PROFILES", "the profiles that are on"),
    ("COMPOSE_PROJECT_NAME", "the name of the project; always set"),
    ("DOCKER_API_VERSION", "the version of the engine's interface"),
    ("DOCKER_CERT_PATH", "where the client's certificates lie"),
    ("DOCKER_CONFIG", "where the client's settings lie"),
    ("DOCKER_CONTEXT", "the engine, by name"),
    ("DOCKER_DEFAULT_PLATFORM", "the platform whose images are used"),
    ("DOCKER_HOST", "the engine, by address"),
    ("DOCKER_TLS_VERIFY", "whether the engine's certificate is checked"),
];

fn is_known(name: &str, contract: &EnvironmentContract) -> bool {
    contract.variable(name).is_some() || OWNED_BY_COMPOSE.iter().any(|(owned, _)| *owned == name)
}

pub(super) fn declared(drawn: &Drawn<'_>) -> Vec<Finding> {
    let contract = &drawn.material.configuration.environment;
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    let images: BTreeSet<String> =
        drawn.compose.services().map(|service| format!("services.{}.image", service.name())).collect();
    // An image takes no variable at all, which is told where images are pinned.
    for used in drawn.compose.variables().into_iter().filter(|used| !images.contains(&used.path)) {
        // A value that an anchor gives to several services is one mistake.
        let here = (used.place.source, used.place.line, used.place.column, used.name.clone());
        if is_known(&used.name, contract) || !seen.insert(here) {
            continue;
        }
        let message = format!("`{}` refers to {}, {UNDECLARED}", used.path, quoted(&used.name));
        findings.push(at(drawn, used.place, Cause::VariableUndeclared, message, hint(&used.name, contract)));
    }
    let given: BTreeSet<String> = drawn.compose.environment_names();
    let known = |name: &str| is_known(name, contract) || given.contains(name);
    for file in drawn.files.iter().flatten() {
        findings.extend(in_file(drawn, file, &known));
    }
    findings
}

const UNDECLARED: &str = "which `config/env.yaml` does not declare";

fn hint(name: &str, contract: &EnvironmentContract) -> String {
    let renamed =
        contract.variables.iter().find(|variable| variable.renamed_from.iter().any(|old| old == name));
    if let Some(variable) = renamed {
        return format!("it is called `{}` now: refer to that", variable.name);
    }
    let all = contract.variables.iter().map(|variable| variable.name.as_str());
    match nearest(name, all) {
        Some(meant) => format!(
            "did you mean `{meant}`? otherwise declare it under `variables` in `{}`",
            paths::ENVIRONMENT
        ),
        None => format!("declare it under `variables` in `{}`, or correct its name", paths::ENVIRONMENT),
    }
}

/// What a configuration file refers to as `${NAME}`. A program has variables of its own, so none is looked into. A template is written
/// for this tool; of any other file only its reader knows what it means, so that is a note.
fn in_file(drawn: &Drawn<'_>, file: &BundleFile, known: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let Content::Text(text) = &file.content else { return Vec::new() };
    let Some(from) = copied::origin(drawn.material, drawn.variant, &file.path) else { return Vec::new() };
    if file.executable || text.starts_with("#!") || file.path.ends_with(".sh") {
        return Vec::new();
    }
    let contract = &drawn.material.configuration.environment;
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        for name in references(line).filter(|name| !known(name)) {
            if !seen.insert(name) {
                continue;
            }
            let message = format!(
                "`{from}` refers to {}, {UNDECLARED} and no service sets in its `environment`",
                quoted(name)
            );
            let finding = Finding {
                place: Some(format!("{from}:{}", number + 1)),
                ..stop(Cause::VariableUndeclared, message, hint(name, contract))
            };
            findings.push(if template::is_template(&from) { finding } else { note(finding) });
        }
    }
    findings
}

/// The names in `${NAME}`, `${NAME:-…}` and the like of one line; `$${` and `\${` are no references.
fn references(line: &str) -> impl Iterator<Item = &str> {
    let starts = line.match_indices("${").filter(|(at, _)| {
        let before = line.get(..*at).unwrap_or_default();
        !before.ends_with(['$', '\\'])
    });
    starts.filter_map(|(at, _)| {
        let inside = line.get(at + 2..)?;
        let end = inside.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')?;
        let (name, rest) = inside.split_at_checked(end)?;
        (is_name(name) && rest.starts_with(['}', ':', '-', '?', '+'])).then_some(name)
    })
}
