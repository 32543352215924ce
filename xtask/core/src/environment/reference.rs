//! The reference page of the environment contract: every variable that an operator can set. Never shows a secret, because a contract
//! has none.

use std::fmt::Write as _;

use bundle_format::contract::{EnvironmentContract, Generator, Kind, Variable};

use super::quote::cell;

/// The page, in Markdown.
#[must_use]
pub fn reference(contract: &EnvironmentContract) -> String {
    let mut text = String::from(
        "# Environment\n\nGenerated from `config/env.yaml`: every variable that an operator can set. \
         [Write and rotate settings](../how-to/settings.md) says how.\n",
    );
    for section in &contract.sections {
        let mut variables = contract.variables_of(&section.id).peekable();
        if variables.peek().is_none() {
            continue;
        }
        let _ = write!(
            text,
            "\n## {}\n\n| variable | what it is for | first value |\n|---|---|---|\n",
            cell(&section.title)
        );
        for variable in variables {
            let name = &variable.name;
            let _ = writeln!(
                text,
                "| `{name}` | {} | {} |",
                cell(&purpose(variable)),
                first_value(&variable.kind)
            );
        }
    }
    let groups = groups(contract);
    if !groups.is_empty() {
        text.push_str("\n## Rotation groups\n\n| group | variables |\n|---|---|\n");
        for (group, names) in groups {
            let _ = writeln!(text, "| `{group}` | {} |", code(names));
        }
    }
    text
}

fn purpose(variable: &Variable) -> String {
    let mut text = variable.description.trim().to_owned();
    if variable.required {
        text.push_str(" Required.");
    }
    if variable.immutable {
        text.push_str(" Data is bound to it.");
    }
    if let Some(rekey) = &variable.rekey {
        let _ = write!(text, " To change it: {}", rekey.trim());
    }
    if let Some(since) = &variable.since {
        let _ = write!(text, " Since {since}.");
    }
    if !variable.renamed_from.is_empty() {
        let _ = write!(text, " Formerly {}.", variable.renamed_from.join(", "));
    }
    if let Some(gone) = &variable.deprecated {
        let _ = write!(text, " Deprecated since {}: {}", gone.since, gone.instead);
    }
    text
}

fn first_value(kind: &Kind) -> String {
    match kind {
        Kind::Default { value } if value.is_empty() => "empty".to_owned(),
        Kind::Default { value } => cell(value),
        Kind::Manual { example: Some(example) } => format!("yours, such as {}", cell(example)),
        Kind::Manual { example: None } => "yours".to_owned(),
        Kind::Empty {} => "empty".to_owned(),
        Kind::Secret { generate } => format!("random: {}", made(generate)),
        Kind::Derived { template } => cell(template),
        Kind::Htpasswd { password, user: None } => format!("the hash of `{password}`"),
        Kind::Htpasswd { password, user: Some(user) } => {
            format!("a line for the user {}, with the hash of `{password}`", cell(user))
        }
        Kind::Jwt { key, .. } => format!("a token signed with `{key}`"),
    }
}

fn made(generator: &Generator) -> String {
    match generator {
        Generator::Base64url { bytes } => format!("{bytes} bytes in base64url"),
        Generator::Hex { bytes } => format!("{bytes} bytes in hexadecimal"),
        Generator::Alnum { length } => format!("{length} letters and digits"),
        Generator::Uuid4 {} => "a UUID".to_owned(),
        Generator::Cookie { length } => format!("{length} characters"),
        Generator::Fernet {} => "a Fernet key".to_owned(),
        Generator::Prefixed { prefix, of } => format!("`{prefix}` and {}", made(of)),
    }
}

fn groups(contract: &EnvironmentContract) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for variable in &contract.variables {
        let Some(group) = variable.rotation_group.as_deref() else { continue };
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, names)) => names.push(&variable.name),
            None => groups.push((group, vec![&variable.name])),
        }
    }
    groups.sort_unstable_by_key(|(group, _)| *group);
    groups
}

fn code(names: Vec<&str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
