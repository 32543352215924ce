//! The small names everything else is built from: commits, tags, release lines. Never looks anything up.

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

    /// The tag of the stable version that a pre-release leads to.
    #[must_use]
    pub fn stable(&self) -> Self {
        Self(bundle_format::updating::stable(&self.0))
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

/// The number of a release line: `1.4` takes the versions 1.4.0, 1.4.1 and so on.
///
/// ```
/// use release_core::identity::LineNumber;
/// let line = LineNumber::parse("1.4").expect("a line");
/// assert!(line.takes(&semver::Version::new(1, 4, 2)));
/// assert_eq!(line.first(), semver::Version::new(1, 4, 0));
/// assert_eq!(LineNumber::parse("1.4.0"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LineNumber {
    major: u64,
    minor: u64,
}

impl LineNumber {
    /// The line that a version belongs to.
    #[must_use]
    pub fn of(version: &Version) -> Self {
        Self { major: version.major, minor: version.minor }
    }

    /// Reads `X.Y`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = Self::of(&Version::parse(&format!("{text}.0")).ok()?);
        (number.to_string() == text).then_some(number)
    }

    /// Whether a version belongs to this line.
    #[must_use]
    pub fn takes(self, version: &Version) -> bool {
        Self::of(version) == self
    }

    /// The line's first stable version, X.Y.0.
    #[must_use]
    pub fn first(self) -> Version {
        Version::new(self.major, self.minor, 0)
    }

    /// The line that comes next within the same major version.
    #[must_use]
    pub fn next(self) -> Self {
        Self { minor: self.minor + 1, ..self }
    }
}

impl fmt::Display for LineNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// A text that is no number of a release line.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no release line: two numbers are needed, as in `1.4`")]
pub struct NotALine(String);

impl TryFrom<String> for LineNumber {
    type Error = NotALine;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(NotALine(text))
    }
}

impl std::str::FromStr for LineNumber {
    type Err = NotALine;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<LineNumber> for String {
    fn from(line: LineNumber) -> Self {
        line.to_string()
    }
}
