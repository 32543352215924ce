//! The contract in the form in which the templates read it. Decides nothing about values: it only spells them out.

use bundle_format::contract::{EnvironmentContract, Generator, Kind, Variable};
use bundle_format::dotenv::{EncodeError, encode_value};
use serde::Serialize;

/// A section with its variables.
#[derive(Serialize)]
pub(super) struct SectionView {
    title: String,
    variables: Vec<VariableView>,
}

/// A variable, everything a template may say about it.
#[derive(Serialize)]
pub(super) struct VariableView {
    name: String,
    description: Vec<String>,
    kind: &'static str,
    /// What the kind carries: the encoded default, the example, or the template of a derived value.
    value: String,
    /// Of a secret: the fixed text before it, how it is made, and its size as the form counts it.
    prefix: String,
    form: &'static str,
    size: u16,
    required: bool,
    immutable: bool,
    deprecated: bool,
    renamed_from: Vec<String>,
    /// The switches as `setup-env.sh` reads them, `-` where there are none.
    flags: String,
}

/// The sections that have variables, in order.
pub(super) fn sections(contract: &EnvironmentContract) -> Result<Vec<SectionView>, EncodeError> {
    let mut views = Vec::new();
    for section in &contract.sections {
        let variables = contract.variables_of(&section.id).map(variable).collect::<Result<Vec<_>, _>>()?;
        if !variables.is_empty() {
            views.push(SectionView { title: section.title.clone(), variables });
        }
    }
    Ok(views)
}

/// The variables that only an operator can set and without which nothing starts.
pub(super) fn manual(contract: &EnvironmentContract) -> Result<Vec<VariableView>, EncodeError> {
    let needed = |it: &&Variable| it.required && matches!(it.kind, Kind::Manual { .. });
    contract.variables.iter().filter(needed).map(variable).collect()
}

fn variable(it: &Variable) -> Result<VariableView, EncodeError> {
    let mut view = VariableView {
        name: it.name.clone(),
        description: it.description.lines().map(|line| line.trim_end().to_owned()).collect(),
        kind: "empty",
        value: String::new(),
        prefix: String::new(),
        form: "",
        size: 0,
        required: it.required,
        immutable: it.immutable,
        deprecated: it.deprecated.is_some(),
        renamed_from: it.renamed_from.clone(),
        flags: flags(it),
    };
    match &it.kind {
        Kind::Default { value } => {
            view.kind = "default";
            view.value = encode_value(value)?;
        }
        Kind::Manual { example } => {
            view.kind = "manual";
            view.value = example.clone().unwrap_or_default();
        }
        Kind::Empty {} => {}
        Kind::Secret { generate } => {
            view.kind = "secret";
            (view.prefix, view.form, view.size) = recipe(generate);
        }
        Kind::Derived { template } => {
            view.kind = "derived";
            view.value = template.clone();
        }
    }
    Ok(view)
}

fn recipe(generator: &Generator) -> (String, &'static str, u16) {
    match generator {
        Generator::Base64url { bytes } => (String::new(), "base64url", *bytes),
        Generator::Hex { bytes } => (String::new(), "hex", *bytes),
        Generator::Alnum { length } => (String::new(), "alnum", *length),
        Generator::Uuid4 {} => (String::new(), "uuid4", 16),
        Generator::Prefixed { prefix, of } => {
            let (inner, form, size) = recipe(of);
            (format!("{prefix}{inner}"), form, size)
        }
    }
}

fn flags(it: &Variable) -> String {
    let switches = [
        (it.required, "required"),
        (it.is_secret(), "sensitive"),
        (it.immutable, "immutable"),
        (it.deprecated.is_some(), "deprecated"),
    ];
    let on: Vec<_> = switches.into_iter().filter_map(|(on, name)| on.then_some(name)).collect();
    if on.is_empty() { "-".to_owned() } else { on.join(",") }
}
