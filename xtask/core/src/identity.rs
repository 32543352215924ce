//! The small names everything else is built from: commits, tags, plans. Never looks anything up.

use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};

/// The name of a Git object: 40 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectId(String);

impl ObjectId {
    /// The 40 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

/// A text that names no Git object.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a Git object name: 40 lower-case hexadecimal digits are needed")]
pub struct NotAnObjectId(String);

impl TryFrom<String> for ObjectId {
    type Error = NotAnObjectId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let hexadecimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() == 40 && hexadecimal { Ok(Self(text)) } else { Err(NotAnObjectId(text)) }
    }
}

impl std::str::FromStr for ObjectId {
    type Err = NotAnObjectId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> Self {
        id.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The Git tag of a version: `v` and the version.
///
/// ```
/// use release_core::identity::Tag;
/// assert_eq!(Tag::parse("v1.3.0-rc.1").map(|tag| tag.to_string()), Some("v1.3.0-rc.1".to_owned()));
/// assert_eq!(Tag::parse("1.3.0"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(Version);

impl Tag {
    /// The tag of a version.
    #[must_use]
    pub fn of(version: &Version) -> Self {
        Self(version.clone())
    }

    /// Reads a tag name; `None` where it is not `v` and a semantic version without build metadata (which neither asset names nor
    /// image tags can carry).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let version = Version::parse(name.strip_prefix('v')?).ok()?;
        version.build.is_empty().then_some(Self(version))
    }

    /// The version it stands for.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.0
    }

    /// The full name of its reference, `refs/tags/vX.Y.Z`.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("refs/tags/{self}")
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "v{}", self.0)
    }
}

/// A text that is no version tag.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not a version tag: `v` and a semantic version without build metadata are needed, as in `v1.3.0`"
)]
pub struct NotATag(String);

impl TryFrom<String> for Tag {
    type Error = NotATag;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(NotATag(text))
    }
}

impl std::str::FromStr for Tag {
    type Err = NotATag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.to_string()
    }
}
