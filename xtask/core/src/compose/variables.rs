//! Owns which variables of the installation a Compose file takes: those of its expressions, and those that are handed over by name
//! alone. It must never replace one.

use std::collections::BTreeSet;

use super::ComposeFile;
use crate::yaml::{Map, Node, Place, Value};

/// One place that takes the value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableUse {
    /// The place, as `services.api.ports[0]`.
    pub path: String,
    /// The variable's name.
    pub name: String,
    /// Where it was read.
    pub place: Place,
}

impl ComposeFile {
    /// Every use of a variable: in expressions, as a name without a value in `environment` of a service, and as `environment` of a
    /// config or a secret.
    pub fn variables(&self) -> Vec<VariableUse> {
        let expressions = self.expressions().into_iter();
        let mut uses: Vec<_> = expressions
            .map(|found| VariableUse { path: found.path, name: found.name, place: found.place })
            .collect();
        for service in self.services() {
            let at = format!("services.{}.environment", service.name());
            for (name, value, place) in pairs_of(service.get("environment")) {
                if value.is_none() {
                    uses.push(VariableUse { path: at.clone(), name: name.to_owned(), place });
                }
            }
        }
        for section in ["configs", "secrets"] {
            for (key, node) in self.section(section).into_iter().flatten() {
                if let Some((name, node)) =
                    node.get("environment").and_then(|node| Some((node.as_text()?, node)))
                {
                    let path = format!("{section}.{}.environment", key.as_str());
                    uses.push(VariableUse { path, name: name.to_owned(), place: node.place });
                }
            }
        }
        uses
    }

    /// The names that the services see in their environment.
    pub fn environment_names(&self) -> BTreeSet<String> {
        let services = self.services();
        services
            .flat_map(|service| pairs_of(service.get("environment")))
            .map(|(name, ..)| name.to_owned())
            .collect()
    }
}

/// Name, value and place of each pair of `environment`, `labels` and the like, however the pairs are written. A value that is no text
/// counts as one.
pub fn pairs_of(node: Option<&Node>) -> Vec<(&str, Option<&str>, Place)> {
    match node.map(|node| &node.value) {
        Some(Value::Map(map)) => of_map(map).collect(),
        Some(Value::List(items)) => items.iter().filter_map(of_item).collect(),
        _ => Vec::new(),
    }
}

fn of_map(map: &Map) -> impl Iterator<Item = (&str, Option<&str>, Place)> {
    map.iter().map(|(key, node)| {
        let value = (node.value != Value::Null).then(|| node.as_text().unwrap_or_default());
        (key.as_str(), value, key.place)
    })
}

fn of_item(item: &Node) -> Option<(&str, Option<&str>, Place)> {
    let text = item.as_text()?;
    match text.split_once('=') {
        Some((name, value)) => Some((name, Some(value), item.place)),
        // What begins with a dollar sign is an expression.
        None if text.contains('$') => None,
        None => Some((text, None, item.place)),
    }
}
