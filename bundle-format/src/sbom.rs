//! The bill of materials beside a bundle, in CycloneDX 1.6 (ECMA-424) as JSON: as much of the format as a bundle needs. Never holds the
//! time of its making or anything random.

use serde::{Deserialize, Serialize};

use crate::digest::Sha256Hex;

/// The version of CycloneDX that is written.
pub const SPEC_VERSION: &str = "1.6";

/// How the name of the asset ends, after the archive's name without its ending.
pub const ENDING: &str = ".cdx.json";

/// Its media type, as IANA has it.
pub const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json";

/// A bill of materials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sbom {
    /// The address of the schema.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// `CycloneDX`.
    pub bom_format: String,
    /// [`SPEC_VERSION`].
    pub spec_version: String,
    /// `urn:uuid:…`, made of the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// 1: a bill is never revised, a new release has one of its own.
    pub version: u32,
    /// What it is of.
    pub metadata: Metadata,
    /// Every image and file.
    pub components: Vec<Component>,
    /// What the bundle consists of, by reference.
    pub dependencies: Vec<Dependency>,
}

/// What a bill of materials is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// When the source commit was made, RFC 3339.
    pub timestamp: String,
    /// The bundle.
    pub component: Component,
}

/// The bundle, an image or a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Its name in this document.
    #[serde(rename = "bom-ref")]
    pub reference: String,
    /// Its name: of an image without its tag, of a file its path.
    pub name: String,
    /// Its version: of an image the tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its digests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<Hash>,
    /// The package URL of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    /// What the format has no field for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
}

/// What a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The bundle.
    Application,
    /// An image.
    Container,
    /// A file of the archive.
    File,
}

/// A digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hash {
    /// How it is computed, `SHA-256`.
    pub alg: String,
    /// Its digits.
    pub content: Sha256Hex,
}

impl Hash {
    /// A SHA-256 digest.
    #[must_use]
    pub fn sha256(content: Sha256Hex) -> Self {
        Self { alg: "SHA-256".to_owned(), content }
    }
}

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// The name, which begins with `bundle:`.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What a component consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// Whose.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The references of its parts.
    pub depends_on: Vec<String>,
}
