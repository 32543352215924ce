//! The contract in the form in which the templates read it. Decides nothing about values: it only spells them out.

use bundle_format::contract::{EnvironmentContract, Generator, Kind, Variable};
use bundle_format::dotenv::{EncodeError, encode_value};
use bundle_format::setup::signed_part;
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
    /// The default as it reads.
    plain: String,
    /// Of a secret: the fixed text before it, how it is made, and its size as the form counts it.
    prefix: String,
    form: &'static str,
    size: u16,
    required: bool,
    immutable: bool,
    deprecated: bool,
    renamed_from: Vec<String>,
    rotation_group: Option<String>,
    rekey: Option<String>,
    /// The switches as `setup-env.sh` reads them, `-` where there are none.
    flags: String,
}

/// A variable that follows from others, as `setup-env.sh` computes it.
#[derive(Serialize)]
pub(super) struct DerivationView {
    name: String,
    flags: String,
    renamed_from: Vec<String>,
    /// How it is computed: `text`, `htpasswd` or `jwt`.
    form: &'static str,
    /// The template, or what is signed.
    text: String,
    /// The one variable that is hashed or signs; empty for a text.
    of: String,
    /// Every variable that it follows from.
    inputs: Vec<String>,
}

/// The derived variables, each after those that it follows from.
pub(super) fn derivations(contract: &EnvironmentContract) -> Vec<DerivationView> {
    let view = |it: &Variable| {
        let (form, text, of) = match &it.kind {
            Kind::Derived { template } => ("text", template.clone(), ""),
            Kind::Htpasswd { password, user } => {
                ("htpasswd", user.clone().unwrap_or_default(), password.as_str())
            }
            Kind::Jwt { key, claims } => ("jwt", signed_part(claims), key.as_str()),
            Kind::Default { .. } | Kind::Manual { .. } | Kind::Empty {} | Kind::Secret { .. } => return None,
        };
        Some(DerivationView {
            name: it.name.clone(),
            flags: flags(it),
            renamed_from: it.renamed_from.clone(),
            form,
            text,
            of: of.to_owned(),
            inputs: it.kind.follows().into_iter().map(str::to_owned).collect(),
        })
    };
    contract.derived().into_iter().filter_map(view).collect()
}

/// The forms of derived values that need a hash, so that a script has no more code than its contract needs.
pub(super) fn hashed_forms(contract: &EnvironmentContract) -> Vec<&'static str> {
    let mut forms: Vec<_> =
        derivations(contract).iter().map(|it| it.form).filter(|it| *it != "text").collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// The variables from which others follow, in the order of the contract.
pub(super) fn followed(contract: &EnvironmentContract) -> Vec<String> {
    let by = |name: &str| contract.variables.iter().any(|it| it.kind.follows().contains(&name));
    contract.variables.iter().filter(|it| by(&it.name)).map(|it| it.name.clone()).collect()
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
        plain: String::new(),
        prefix: String::new(),
        form: "",
        size: 0,
        required: it.required,
        immutable: it.immutable,
        deprecated: it.deprecated.is_some(),
        renamed_from: it.renamed_from.clone(),
        rotation_group: it.rotation_group.clone(),
        rekey: it.rekey.as_ref().map(|text| text.trim().to_owned()),
        flags: flags(it),
    };
    match &it.kind {
        Kind::Default { value } => {
            view.kind = "default";
            view.value = encode_value(value)?;
            view.plain = value.clone();
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
        Kind::Htpasswd { password, .. } => {
            view.kind = "derived";
            view.value = format!("a hash of {password}");
        }
        Kind::Jwt { key, .. } => {
            view.kind = "derived";
            view.value = format!("a token signed with {key}");
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
        // Four characters are three bytes.
        Generator::Cookie { length } => (String::new(), "base64url", length / 4 * 3),
        Generator::Fernet {} => (String::new(), "fernet", 32),
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
        (it.absolute_path, "path"),
        (it.deprecated.is_some(), "deprecated"),
    ];
    let on: Vec<_> = switches.into_iter().filter_map(|(on, name)| on.then_some(name)).collect();
    if on.is_empty() { "-".to_owned() } else { on.join(",") }
}
