//! Owns what can be wrong with Compose files, and how it is collected: all problems are reported, each with file, line, key and
//! what to do. It must never decide whether something is wrong.

use std::fmt;

use crate::yaml::{self, Place};

/// Everything that is wrong, in the order of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errors(Vec<Error>);

impl Errors {
    /// The problems; at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, Error> {
        self.0.iter()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

/// One problem of a Compose file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// The path of the file, as it was given.
    pub file: String,
    /// The line, from 1; 0 when the problem has no line.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The path of the key, as `services.api.ports`; empty for the document itself.
    pub key: String,
    /// What is wrong and what to do.
    pub problem: Problem,
}

impl Error {
    /// Where to look, as editors and terminals understand it: `compose/base.yaml:12:5`.
    #[must_use]
    pub fn place(&self) -> String {
        if self.line == 0 {
            return self.file.clone();
        }
        format!("{}:{}:{}", self.file, self.line, self.column)
    }

    /// What is wrong, after the key, or after the file where the document itself is meant.
    #[must_use]
    pub fn without_place(&self) -> String {
        let subject = if self.key.is_empty() { &self.file } else { &self.key };
        format!("`{subject}`: {}", self.problem)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())?;
        if !self.key.is_empty() {
            write!(f, ": `{}`", self.key)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// The reasons for which a Compose file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file is no YAML that can be read.
    #[error("{0}")]
    Yaml(yaml::Problem),
    /// There is no file, or nothing in it.
    #[error("there is nothing in it; give it a `services` mapping")]
    Empty,
    /// A key that Compose does not know.
    #[error("this key is not known here; {0}")]
    UnknownKey(String),
    /// A key that Compose knows and this tool does not.
    #[error("this is not supported; {0}")]
    Unsupported(&'static str),
    /// A name that Compose does not take, or that it treats as an extension.
    #[error("`{0}` is no usable name; use letters, digits, `.`, `_` and `-`, and do not begin with `x-`")]
    Name(String),
    /// A value of the wrong kind.
    #[error("takes {expected}, not {found}; write {expected}")]
    Kind {
        /// What may stand there.
        expected: String,
        /// What stands there.
        found: &'static str,
    },
    /// A value that has to be there.
    #[error("`{0}` is missing; add it")]
    Missing(&'static str),
    /// A word out of a list.
    #[error("`{found}` is not one of {allowed}; use one of them")]
    Choice {
        /// The words that may stand there.
        allowed: String,
        /// The word that stands there.
        found: String,
    },
    /// An item that is in a list twice.
    #[error("`{0}` is in the list twice; remove one")]
    Twice(String),
    /// A tag other than `!reset` and `!override`.
    #[error("the tag `{0}` is not supported; only `!reset` and `!override` are")]
    Tag(String),
    /// A tag on an item of a list, which Compose ignores.
    #[error("`{0}` has no effect on an item of a list; put it on the list")]
    TagInList(String),
    /// A tag below `!override`, which Compose does not see.
    #[error("`{0}` lies within an `!override`; remove it")]
    TagInOverride(String),
    /// `!reset` below a list that Compose cannot address by key.
    #[error(
        "Compose finds nothing to reset here, because the value is a list by now; put `!override` on the whole and list what stays"
    )]
    TagBelowList,
    /// A mapping and something else meet.
    #[error("cannot merge {over} into {base}; write both alike, or put `!override` on this one")]
    Mismatch {
        /// What is there.
        base: &'static str,
        /// What comes.
        over: &'static str,
    },
    /// Two values that cannot be merged in one meaning.
    #[error("{0}; put `!override` on this one and write all of it")]
    CannotMerge(&'static str),
    /// A `${…}` that Compose refuses.
    #[error(
        "`{0}` is no expression that Compose understands; write `${{NAME}}`, `${{NAME:-default}}` or `${{NAME:?message}}`, or `$$` for a dollar sign"
    )]
    Expression(String),
    /// A text that cannot be read.
    #[error("`{text}` is not a {what}; {advice}")]
    Short {
        /// The text.
        text: String,
        /// What it should be.
        what: &'static str,
        /// What to write.
        advice: &'static str,
    },
    /// A service without an image.
    #[error("the service has neither `image` nor `build`; add `image`")]
    NoImage,
    /// A reference to something that is not declared.
    #[error("the {kind} `{name}` is not declared; add it under `{section}`")]
    Undeclared {
        /// What is referred to.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Where it would be declared.
        section: &'static str,
    },
    /// Two keys that exclude each other.
    #[error("`{0}` and `{1}` exclude each other; remove one")]
    Exclusive(&'static str, &'static str),
    /// Services that wait for each other.
    #[error("the services {0} wait for each other; remove one dependency")]
    Cycle(String),
}

/// Collects problems.
pub(super) struct Findings<'a> {
    files: &'a [(&'a str, &'a str)],
    found: Vec<Error>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(files: &'a [(&'a str, &'a str)]) -> Self {
        Self { files, found: Vec::new() }
    }

    pub(super) fn add(&mut self, place: Place, key: &str, problem: Problem) {
        let file = self.files.get(usize::from(place.source)).map_or("", |(path, _)| path);
        self.found.push(Error {
            file: file.to_owned(),
            line: place.line,
            column: place.column,
            key: key.to_owned(),
            problem,
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Fails when anything was found. What two checks saw alike is told once.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Errors> {
        if self.found.is_empty() {
            return Ok(value);
        }
        let mut errors: Vec<Error> = Vec::new();
        for error in self.found {
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
        Err(Errors(errors))
    }
}

/// A path of keys that grows and shrinks during a walk.
#[derive(Default)]
pub(super) struct Trail(String);

impl Trail {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds a key and says how long the trail was.
    pub(super) fn push(&mut self, key: &str) -> usize {
        let length = self.0.len();
        if length > 0 {
            self.0.push('.');
        }
        self.0.push_str(key);
        length
    }

    /// Adds the number of an item and says how long the trail was.
    pub(super) fn push_index(&mut self, index: usize) -> usize {
        let length = self.0.len();
        self.0.push_str(&format!("[{index}]"));
        length
    }

    pub(super) fn pop(&mut self, length: usize) {
        self.0.truncate(length);
    }
}
