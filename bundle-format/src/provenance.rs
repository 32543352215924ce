//! Where the files of a release come from: an in-toto Statement v1 with a SLSA provenance v1 predicate, as much of both as a release
//! needs. Sources: the in-toto attestation framework, `spec/v1/statement.md`; SLSA, `provenance/v1`. Never holds the time of its making.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::digest::Sha256Hex;

/// The type of the statement.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// The type of the predicate.
pub const PREDICATE: &str = "https://slsa.dev/provenance/v1";

/// How bundles are built: `docs/explanation/bundle.md` has what this name stands for. Another way to build gets another name.
pub const BUILD_TYPE: &str = "urn:slipway:build:bundle:1";

/// Who builds: this tool, wherever it runs.
pub const BUILDER: &str = "urn:slipway:builder:xtask:1";

/// How the name of the asset ends, after product and tag.
pub const ENDING: &str = ".provenance.json";

/// Its media type.
pub const MEDIA_TYPE: &str = "application/vnd.in-toto+json";

/// A statement about where files come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// [`STATEMENT`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// The files.
    pub subject: Vec<Subject>,
    /// [`PREDICATE`].
    pub predicate_type: String,
    /// What is said of them.
    pub predicate: Provenance,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its asset name.
    pub name: String,
    /// Its digest.
    pub digest: Sha256,
}

/// A digest, as the framework writes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sha256 {
    /// The digits.
    pub sha256: Sha256Hex,
}

/// What is said of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// What went in.
    pub build_definition: BuildDefinition,
    /// Who built.
    pub run_details: RunDetails,
}

/// What went into a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildDefinition {
    /// [`BUILD_TYPE`].
    pub build_type: String,
    /// What whoever asked for it has set.
    pub external_parameters: Parameters,
    /// What was fetched for it: the source commit, and what each image resolved to.
    pub resolved_dependencies: Vec<Dependency>,
}

/// What whoever asked for a build has set. The same parameters and dependencies give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    /// The platform.
    pub product: String,
    /// The repository on the forge, `owner/name`.
    pub repository: String,
    /// The commit that was built, 40 hexadecimal digits.
    pub source_commit: String,
    /// The version.
    pub version: Version,
    /// The id of the release's plan; none for what was built without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Sha256Hex>,
}

/// One thing that was fetched for a build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// What it is called: `source`, or an image's package URL.
    pub name: String,
    /// Its digests by kind: `gitCommit`, `sha256`.
    pub digest: BTreeMap<String, String>,
}

/// Who built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunDetails {
    /// The builder.
    pub builder: Builder,
}

/// A builder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Builder {
    /// [`BUILDER`].
    pub id: String,
}
