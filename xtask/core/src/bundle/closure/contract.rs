//! The rules about what the environment contract says of the bundles. Never judges the contract by itself: `bundle-format` does.

use std::collections::BTreeSet;

use crate::check::stop;
use crate::config::nearest::nearest;
use crate::config::paths;
use crate::facts::Content;
use crate::finding::{Cause, Finding};
use crate::untrusted::quoted;

use super::{Drawn, note, place_in};

pub(super) fn used(all: &[Drawn<'_>]) -> Vec<Finding> {
    let Some(first) = all.first() else { return Vec::new() };
    let uses: BTreeSet<String> =
        all.iter().flat_map(|drawn| drawn.compose.variables()).map(|used| used.name).collect();
    let texts: Vec<&str> = all
        .iter()
        .flat_map(|drawn| drawn.files.iter().flatten())
        .filter_map(|file| match &file.content {
            Content::Text(text) if !is_generated(&file.path) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let mut findings = Vec::new();
    for (index, variable) in first.material.configuration.environment.variables.iter().enumerate() {
        let name = variable.name.as_str();
        let nowhere = !uses.contains(name) && !texts.iter().any(|text| text.contains(name));
        // What is deprecated stays known for the sake of those who still set it.
        if nowhere && variable.consumers.is_empty() && variable.deprecated.is_none() {
            let message = format!("`{name}` is referred to nowhere and has no consumers");
            let hint =
                "refer to it in a Compose file, or remove it; `deprecated` announces that it goes away";
            findings.push(remark(
                first,
                &format!("variables[{index}].name"),
                Cause::VariableUnused,
                message,
                hint.to_owned(),
            ));
        }
    }
    findings
}

/// Files that list every variable, whoever refers to it.
fn is_generated(path: &str) -> bool {
    crate::environment::NAMES.contains(&path)
}

pub(super) fn consumers_known(all: &[Drawn<'_>]) -> Vec<Finding> {
    let Some(first) = all.first() else { return Vec::new() };
    let services: BTreeSet<&str> =
        all.iter().flat_map(|drawn| drawn.compose.services()).map(|service| service.name()).collect();
    let mut findings = Vec::new();
    for (index, variable) in first.material.configuration.environment.variables.iter().enumerate() {
        for (at, consumer) in variable.consumers.iter().enumerate() {
            if services.contains(consumer.as_str()) {
                continue;
            }
            let message =
                format!("`{}` names the consumer {}, which is no service", variable.name, quoted(consumer));
            let hint = match nearest(consumer, services.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "correct the name, or remove it from `consumers`".to_owned(),
            };
            let key = format!("variables[{index}].consumers[{at}]");
            findings.push(remark(first, &key, Cause::ConsumerUnknown, message, hint));
        }
    }
    findings
}

/// A note at a key of the contract.
fn remark(drawn: &Drawn<'_>, key: &str, cause: Cause, message: String, hint: String) -> Finding {
    let place = place_in(drawn, paths::ENVIRONMENT, key);
    note(Finding { place: Some(place), ..stop(cause, message, hint) })
}
