//! One place that carries the version, and why a place cannot be found. Never parses a file.

use std::ops::Range;

use semver::Version;

use crate::facts::WrongByte;
use crate::finding::{Cause, Finding, Severity};

/// One place that carries the version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carrier {
    /// Its name for people: a key, a package, an image.
    pub(super) key: String,
    /// The bytes that are replaced.
    pub(super) span: Range<usize>,
    /// What they are.
    pub(super) found: String,
    /// What they should be.
    pub(super) wanted: String,
}

impl Carrier {
    /// A value that is a version, perhaps after a `v`, which stays.
    pub(super) fn value(
        at: &At<'_>,
        span: Range<usize>,
        found: &str,
        version: &Version,
    ) -> Result<Self, StampError> {
        let number = found.strip_prefix('v').unwrap_or(found);
        if !number.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(at.not_a_version(span.start));
        }
        let prefix = if number.len() < found.len() { "v" } else { "" };
        let wanted = format!("{prefix}{version}");
        Ok(Self { key: at.key.to_owned(), span, found: found.to_owned(), wanted })
    }
}

/// Which value of which file is looked at.
pub(super) struct At<'a> {
    /// The file.
    pub(super) path: &'a str,
    /// Its text.
    pub(super) text: &'a str,
    /// The key.
    pub(super) key: &'a str,
}

impl At<'_> {
    pub(super) fn missing(&self) -> StampError {
        StampError::KeyMissing { path: self.path.to_owned(), key: self.key.to_owned() }
    }

    pub(super) fn not_a_version(&self, byte: usize) -> StampError {
        StampError::NotAVersion {
            path: self.path.to_owned(),
            line: line(self.text, byte),
            key: self.key.to_owned(),
        }
    }

    pub(super) fn unreadable(&self, byte: Option<usize>, reason: &str) -> StampError {
        StampError::Unreadable {
            path: self.path.to_owned(),
            line: byte.map_or(1, |byte| line(self.text, byte)),
            reason: reason.lines().next().unwrap_or_default().to_owned(),
        }
    }
}

/// The number of the line that a byte lies in, from 1.
pub(super) fn line(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

/// Why a place cannot be stamped.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum StampError {
    #[error("`{path}` is declared to carry the version and is not in the repository")]
    FileMissing { path: String },
    #[error("`{path}` is declared to carry the version and is {wrong}")]
    NotText { path: String, wrong: WrongByte },
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable { path: String, line: usize, reason: String },
    #[error("`{path}` has no `{key}`")]
    KeyMissing { path: String, key: String },
    #[error("`{key}` of `{path}` is no version written in one piece")]
    NotAVersion { path: String, line: usize, key: String },
    #[error("`{path}` refers to no own image")]
    NoImage { path: String },
    #[error("the tag of `{image}` in `{path}` is a variable")]
    TagIsVariable { path: String, line: usize, image: String },
    #[error(
        "`{image}` in `{path}` is pinned by digest, which a release under a new version would contradict"
    )]
    Pinned { path: String, line: usize, image: String },
    #[error("two entries of `stamps` replace overlapping parts of `{path}`")]
    Overlap { path: String },
}

impl StampError {
    /// What to do about it.
    fn hint(&self) -> &'static str {
        match self {
            Self::FileMissing { .. } => "add the file, or remove it from `stamps` in `config/release.yaml`",
            Self::NotText { .. } => "save it as UTF-8, or remove it from `stamps` in `config/release.yaml`",
            Self::Unreadable { .. } => "correct the file, or its `kind` in `stamps` of `config/release.yaml`",
            Self::KeyMissing { .. } => "add the value, or correct `key` in `stamps` of `config/release.yaml`",
            Self::NotAVersion { .. } => "write a version there as text, as in `1.3.0`",
            Self::NoImage { .. } => {
                "correct `images` in `config/release.yaml`, or remove the file from `stamps`"
            }
            Self::TagIsVariable { .. } => "write the tag out: a bundle belongs to one version",
            Self::Pinned { .. } => "leave out the digest: bundles get theirs when they are made",
            Self::Overlap { .. } => "remove one of the entries",
        }
    }

    fn place(&self) -> String {
        match self {
            Self::FileMissing { path }
            | Self::KeyMissing { path, .. }
            | Self::NoImage { path }
            | Self::Overlap { path } => path.clone(),
            Self::NotText { path, wrong } => format!("{path}:{}", wrong.line),
            Self::Unreadable { path, line, .. }
            | Self::NotAVersion { path, line, .. }
            | Self::TagIsVariable { path, line, .. }
            | Self::Pinned { path, line, .. } => format!("{path}:{line}"),
        }
    }

    /// The same as a finding that stops the release.
    pub(super) fn into_finding(self) -> Finding {
        let cause = match self {
            Self::FileMissing { .. } => Cause::FileMissing,
            Self::Unreadable { .. } => Cause::StampUnreadable,
            _ => Cause::Configuration,
        };
        Finding {
            cause,
            severity: Severity::Stop,
            message: self.to_string(),
            hint: self.hint().to_owned(),
            place: Some(self.place()),
        }
    }
}
