//! The environment contract: every variable that a platform's operator can set, once. Owns its shape and its rules; never reads
//! an operator's values and never makes one.

mod kind;
mod published;
mod rules;
mod template;

pub use kind::{COOKIE_LENGTHS, Generator, Kind};
pub use published::{PUBLISHED, is_published};
pub use rules::{RULES, Rule, Violation};
pub use template::{Piece, TemplateError, pieces};

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

/// The newest format of the contract that this crate reads.
pub const FORMAT: u32 = 1;

/// The environment contract, as `config/env.yaml` holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentContract {
    /// The format number, [`FORMAT`].
    #[schemars(example = 1)]
    pub format: u32,
    /// The sections, in the order in which an operator reads them.
    pub sections: Vec<Section>,
    /// The variables, in the order in which an operator reads them within a section.
    pub variables: Vec<Variable>,
}

/// A group of variables under one heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The name by which variables refer to it.
    #[schemars(example = &"database")]
    pub id: String,
    /// Its heading.
    #[schemars(example = &"Database")]
    pub title: String,
}

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name, `[A-Z_][A-Z0-9_]*`.
    #[schemars(example = &"POSTGRES_PASSWORD")]
    pub name: String,
    /// The id of its section.
    #[schemars(example = &"database")]
    pub section: String,
    /// What it is for, for operators. Line breaks are kept.
    #[schemars(example = &"The password of the database.")]
    pub description: String,
    /// Where its first value comes from.
    pub kind: Kind,
    /// Whether the platform refuses to start while it is empty.
    #[serde(default, skip_serializing_if = "is_off")]
    pub required: bool,
    /// Whether its value must never be shown although it is no generated secret.
    #[serde(default, skip_serializing_if = "is_off")]
    pub sensitive: bool,
    /// Whether its value can no longer change once data exists.
    #[serde(default, skip_serializing_if = "is_off")]
    pub immutable: bool,
    /// Whether its value is the absolute path of a file or folder. Such a value starts with `/`; an empty one is none.
    #[serde(default, skip_serializing_if = "is_off")]
    pub absolute_path: bool,
    /// What must be done in the data when an immutable value changes all the same. Operators read it when they ask to change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Run `ALTER ROLE hub PASSWORD '…'` with the new value before the next start.")]
    pub rekey: Option<String>,
    /// The first version that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "semver"), example = &"1.0.0")]
    pub since: Option<Version>,
    /// The names it had before, newest first. A value under such a name is taken over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_from: Vec<String>,
    /// Since when it is on its way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecation>,
    /// The secrets that change together with it: `setup-env.sh --rotate` takes the name of a group as it takes that of a variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"database")]
    pub rotation_group: Option<String>,
    /// The services that read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consumers: Vec<String>,
}

/// The announcement that a variable goes away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deprecation {
    /// The version that announced it.
    #[schemars(with = "String", extend("format" = "semver"), example = &"1.0.0")]
    pub since: Version,
    /// What to do instead.
    #[schemars(example = &"Set POSTGRES_PASSWORD.")]
    pub instead: String,
}

impl EnvironmentContract {
    /// The variable of a name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// The variables of a section, in order.
    pub fn variables_of<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Variable> {
        self.variables.iter().filter(move |variable| variable.section == section)
    }

    /// The derived variables, in an order in which each comes after those that it follows from. What follows from itself is left
    /// out; a rule refuses it.
    #[must_use]
    pub fn derived(&self) -> Vec<&Variable> {
        let mut waiting: Vec<&Variable> = self.variables.iter().filter(|it| it.kind.is_derived()).collect();
        let mut ordered = Vec::new();
        loop {
            let blocks = |name: &str| waiting.iter().any(|other| other.name == name);
            let ready = |it: &&Variable| !it.kind.follows().into_iter().any(blocks);
            let Some(at) = waiting.iter().position(ready) else { return ordered };
            ordered.push(waiting.remove(at));
        }
    }

    /// Everything that is wrong with the contract, by every rule of [`RULES`].
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        RULES.iter().flat_map(|rule| rule.check(self)).collect()
    }
}

impl Variable {
    /// Whether its value must never be shown.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.sensitive || matches!(self.kind, Kind::Secret { .. } | Kind::Htpasswd { .. } | Kind::Jwt { .. })
    }

    /// Whether this text, as its value, is a path that leads elsewhere from another folder.
    #[must_use]
    pub fn is_relative(&self, value: &str) -> bool {
        self.absolute_path && !value.is_empty() && !value.starts_with('/')
    }

    /// Whether this text, as its value, is none: something that was published or only shows what a value looks like.
    #[must_use]
    pub fn is_placeholder(&self, value: &str) -> bool {
        let example = match &self.kind {
            Kind::Manual { example } => example.as_deref(),
            _ => None,
        };
        example == Some(value) || (self.is_secret() && is_published(value))
    }
}

/// Whether a text can be the name of a variable of the contract: `[A-Z_][A-Z0-9_]*`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|first: char| first.is_ascii_uppercase() || first == '_');
    starts && text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

// Serde hands fields over by reference.
fn is_off(switch: &bool) -> bool {
    !*switch
}
