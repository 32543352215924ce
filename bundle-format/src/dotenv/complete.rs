//! Whether a `.env` file can start a platform. Names variables, never values.

use std::fmt;

use super::EnvFile;
use crate::contract::{EnvironmentContract, Variable};

/// Why a required variable cannot start a platform, or why a secret is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not in the file.
    Missing(String),
    /// It has no value.
    Empty(String),
    /// Its value is an example, or one that everybody knows.
    Placeholder(String),
    /// Its value is a path that leads elsewhere from another folder.
    Relative(String),
}

impl Problem {
    /// The name of the variable.
    #[must_use]
    pub fn variable(&self) -> &str {
        match self {
            Self::Missing(name) | Self::Empty(name) | Self::Placeholder(name) | Self::Relative(name) => name,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, what) = match self {
            Self::Missing(name) => (name, "is missing"),
            Self::Empty(name) => (name, "is required and has no value"),
            Self::Placeholder(name) => (name, "still has a placeholder or a value that everybody knows"),
            Self::Relative(name) => (name, "is no absolute path"),
        };
        write!(formatter, "`{name}` {what}")
    }
}

/// Everything that keeps the file from starting the platform, in the order of the contract. A value that refers to others by
/// `$` counts as set, because only Compose knows what it will be. `setup-env.sh --check` judges in the same way.
#[must_use]
pub fn complete(contract: &EnvironmentContract, env: &EnvFile) -> Vec<Problem> {
    contract.variables.iter().filter_map(|variable| problem(variable, env)).collect()
}

fn problem(variable: &Variable, env: &EnvFile) -> Option<Problem> {
    let name = || variable.name.clone();
    match env.get(&variable.name) {
        None => variable.required.then(|| Problem::Missing(name())),
        Some(value) if value.text.is_empty() => variable.required.then(|| Problem::Empty(name())),
        Some(value) if variable.is_placeholder(&value.text) => Some(Problem::Placeholder(name())),
        Some(value) => {
            // What a path that starts with a reference comes to, only Compose knows.
            let unknown = value.interpolates && value.text.starts_with('$');
            (variable.is_relative(&value.text) && !unknown).then(|| Problem::Relative(name()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract() -> EnvironmentContract {
        serde_json::from_value(serde_json::json!({
            "format": 1,
            "sections": [{"id": "all", "title": "All"}],
            "variables": [
                {"name": "LEVEL", "section": "all", "description": "d", "kind": {"type": "default", "value": "info"}},
                {"name": "DOMAIN", "section": "all", "description": "d", "required": true,
                 "kind": {"type": "manual", "example": "hub.example.org"}},
                {"name": "KEY", "section": "all", "description": "d", "required": true,
                 "kind": {"type": "secret", "generate": {"type": "hex", "bytes": 32}}},
                {"name": "TOKEN", "section": "all", "description": "d", "sensitive": true, "kind": {"type": "empty"}},
                {"name": "PLACE", "section": "all", "description": "d", "absolute_path": true, "kind": {"type": "empty"}},
            ]
        }))
        .unwrap()
    }

    fn problems(text: &str) -> Vec<String> {
        complete(&contract(), &EnvFile::parse(text).unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_with_every_required_value_is_complete() {
        assert_eq!(problems("DOMAIN=a.org\nKEY=0123abcd\nTOKEN=\n"), Vec::<String>::new());
        assert_eq!(problems("DOMAIN=${HOST}\nKEY=0123abcd\n"), Vec::<String>::new());
    }

    #[test]
    fn missing_empty_and_placeholder_are_told_apart() {
        assert_eq!(problems(""), ["`DOMAIN` is missing", "`KEY` is missing"]);
        assert_eq!(
            problems("DOMAIN=hub.example.org\nKEY=\nTOKEN=changeme"),
            [
                "`DOMAIN` still has a placeholder or a value that everybody knows",
                "`KEY` is required and has no value",
                "`TOKEN` still has a placeholder or a value that everybody knows",
            ]
        );
    }

    #[test]
    fn a_path_that_must_be_absolute_starts_with_a_slash_or_with_what_only_compose_knows() {
        let judged = |value: &str| problems(&format!("DOMAIN=a.org\nKEY=x\nPLACE={value}\n"));
        for right in ["", "/data", "'/my data'", "${HOME}/data", "$HOME"] {
            assert_eq!(judged(right), Vec::<String>::new(), "{right}");
        }
        for wrong in ["./data", "data", "~/data", "../data/$USER", "'$HOME/data'"] {
            assert_eq!(judged(wrong), ["`PLACE` is no absolute path"], "{wrong}");
        }
    }

    #[test]
    fn an_inherited_name_is_missing_because_the_file_gives_no_value() {
        assert_eq!(problems("DOMAIN\nKEY=x"), ["`DOMAIN` is missing"]);
    }

    #[test]
    fn the_last_of_two_assignments_counts() {
        assert_eq!(problems("DOMAIN=a.org\nKEY=x\nKEY="), ["`KEY` is required and has no value"]);
    }
}
