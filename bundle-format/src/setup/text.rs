//! The bytes of the new file: the old ones, with values put in their places and new variables at the end. Never writes a byte of
//! another assignment anew.

use std::collections::BTreeMap;

use super::{Hidden, Situation};
use crate::contract::Variable;
use crate::dotenv::EnvFile;

/// The new file, where `new` has the text behind the `=` of each variable that gets one.
pub(super) fn write(situation: &Situation<'_>, file: &EnvFile, new: &BTreeMap<&str, String>) -> String {
    match situation.current {
        None => whole(situation, new),
        Some(current) => merged(situation, current, file, new),
    }
}

fn whole(situation: &Situation<'_>, new: &BTreeMap<&str, String>) -> String {
    let mut text = format!(
        "# Settings of {}. Holds secrets: keep it private, and keep a copy in a safe place.\n",
        situation.product
    );
    for section in &situation.contract.sections {
        let mut heading = Some(&section.title);
        for variable in situation.contract.variables_of(&section.id) {
            if let Some(written) = new.get(variable.name.as_str()) {
                if let Some(title) = heading.take() {
                    text.push_str(&format!("\n# ---- {title} ----\n"));
                }
                text.push_str(&assignment(variable, written));
            }
        }
    }
    text
}

fn merged(
    situation: &Situation<'_>,
    current: &Hidden,
    file: &EnvFile,
    new: &BTreeMap<&str, String>,
) -> String {
    let places = new.iter().filter_map(|(name, written)| Some((file.entry(name)?.place.clone(), written)));
    let mut edits: Vec<_> = places.collect();
    edits.sort_by_key(|(place, _)| place.start);
    let mut text = current.reveal().to_owned();
    for (place, written) in edits.into_iter().rev() {
        text.replace_range(place, written);
    }
    let mut heading = Some("\n# ---- Added by setup-env ----\n");
    for section in &situation.contract.sections {
        for variable in situation.contract.variables_of(&section.id) {
            let Some(written) = new.get(variable.name.as_str()) else { continue };
            if file.entry(&variable.name).is_some() {
                continue;
            }
            if let Some(line) = heading.take() {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(line);
            }
            text.push_str(&assignment(variable, written));
        }
    }
    text
}

fn assignment(variable: &Variable, written: &str) -> String {
    let lines: String = variable.description.lines().map(|line| format!("# {}\n", line.trim_end())).collect();
    format!("\n{lines}{}={written}\n", variable.name)
}
