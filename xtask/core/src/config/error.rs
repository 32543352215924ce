//! One mistake in a configuration file: where it is, what is wrong and what would be right. Never decides what a mistake is.

use std::fmt;

use crate::finding::{Cause, Finding, Severity};
use crate::yaml::located::Place;

/// One mistake in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigError {
    /// The file, from the root of the repository.
    pub file: String,
    /// The line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// The column in characters, from 1; 0 where the whole file is meant.
    pub column: u32,
    /// The path of the key, as in `labels[3].bump`; empty where the whole file is meant.
    pub key: String,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

impl ConfigError {
    /// A mistake at a place of a file.
    #[must_use]
    pub fn at(file: &str, place: Place, key: &str, wrong: String, right: String) -> Self {
        Self {
            file: file.to_owned(),
            line: place.line,
            column: place.column,
            key: key.to_owned(),
            wrong,
            right,
        }
    }

    /// Where to look, as editors and terminals understand it: `config/release.yaml:12:5`.
    #[must_use]
    pub fn place(&self) -> String {
        if self.line == 0 {
            return self.file.clone();
        }
        format!("{}:{}:{}", self.file, self.line, self.column)
    }

    /// The same as a finding that stops the release.
    #[must_use]
    pub fn into_finding(self) -> Finding {
        let place = self.place();
        let subject = if self.key.is_empty() { &self.file } else { &self.key };
        Finding {
            cause: Cause::Configuration,
            severity: Severity::Stop,
            message: format!("{subject}: {}", self.wrong),
            hint: self.right,
            place: Some(place),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.place())?;
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        write!(formatter, "{}; {}", self.wrong, self.right)
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: u32, key: &str) -> ConfigError {
        let place = Place { line, column: line };
        ConfigError::at("config/x.yaml", place, key, "is wrong".to_owned(), "mend it".to_owned())
    }

    #[test]
    fn an_error_reads_as_place_key_wrong_and_right() {
        assert_eq!(error(3, "a[1].b").to_string(), "config/x.yaml:3:3: a[1].b: is wrong; mend it");
        assert_eq!(error(0, "").to_string(), "config/x.yaml: is wrong; mend it");
    }

    #[test]
    fn an_error_becomes_a_finding_that_stops() {
        let finding = error(3, "a").into_finding();
        assert_eq!(finding.cause, Cause::Configuration);
        assert_eq!(finding.severity, Severity::Stop);
        assert_eq!(finding.message, "a: is wrong");
        assert_eq!(finding.hint, "mend it");
        assert_eq!(finding.place.as_deref(), Some("config/x.yaml:3:3"));
        assert_eq!(error(0, "").into_finding().message, "config/x.yaml: is wrong");
    }
}
