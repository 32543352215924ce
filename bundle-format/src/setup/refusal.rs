//! Why settings are not written. Names variables, never values.

use crate::dotenv::ParseError;

/// Why settings are not written. The texts are those of `setup-env.sh`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A name that the contract does not have.
    #[error("`{name}` is no variable of {product}")]
    Unknown {
        /// What was named.
        name: String,
        /// The platform.
        product: String,
    },
    /// Data is bound to values that were to change.
    #[error("data depends on {}", names(.0.iter().map(|bound| bound.name.as_str())))]
    Immutable(Vec<Bound>),
    /// The file is not what Compose reads.
    #[error("`.env` {0}")]
    Unreadable(#[from] ParseError),
    /// The random source gave too little.
    #[error("the random source gave too little")]
    Random,
    /// A value that no file can hold.
    #[error("the value of `{0}` holds a NUL character, which no environment can carry")]
    Nul(String),
}

/// A variable whose data must change with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Its name.
    pub name: String,
    /// What must be done in the data, if the contract says so.
    pub rekey: Option<String>,
}

impl Bound {
    /// What an operator is told about it, one line for each line of the contract.
    #[must_use]
    pub fn told(&self) -> String {
        let unknown = "nothing is known that could be done in the data; without that it is lost";
        let text = self.rekey.as_deref().map_or(unknown, str::trim).replace('\n', "\n    ");
        format!("  `{}`: {text}", self.name)
    }
}

/// The option by which an operator takes it upon himself to change the data.
pub const REKEY_OPTION: &str = "--rekey-by-hand";

impl Refusal {
    /// What to do about it, where `command` writes settings.
    #[must_use]
    pub fn hint(&self, command: &str) -> String {
        match self {
            Self::Usage(_) => format!("run {command} --help"),
            Self::Unknown { .. } => {
                "all variables are listed in .env.template of a bundle and config/env.yaml of a checkout"
                    .to_owned()
            }
            Self::Immutable(bound) => {
                let options: Vec<String> =
                    bound.iter().map(|bound| format!("{REKEY_OPTION} {}", bound.name)).collect();
                format!(
                    "keep the value; or change the data as said above, by hand, and run this again with {}; or, where there is no data \
                     yet, delete the line from .env first",
                    options.join(" ")
                )
            }
            Self::Unreadable(_) => "correct the line in an editor".to_owned(),
            Self::Random => "check that /dev/urandom is there and works".to_owned(),
            Self::Nul(_) => "remove the character".to_owned(),
        }
    }
}

/// Names in backticks, with commas.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
