//! The plan of a release: everything that will be done, decided before anything is. Never executes and never looks at the world
//! again: a plan from a file and a plan just made are the same thing.

mod frozen;
mod header;
mod make;
mod naming;
mod signature;
mod step;
mod steps;
mod writing;

use std::collections::BTreeMap;
use std::fmt;

use bundle_format::digest::Sha256Hex;
use bundle_format::updating::Updating;
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::config::release::{Bump, Mode, Section};
use crate::facts::{Content, Identity, ImageFacts};
use crate::identity::{ObjectId, Tag};

pub use frozen::Frozen;
pub use header::Header;
pub use make::{Decision, PlanError, make, version_of};
pub use signature::Signature;
pub use step::{Action, Stage, Step};
pub(crate) use writing::{entries, renderer, template};

/// The newest format of [`Plan`].
pub const FORMAT: u32 = 1;

/// Where the plan lies in the release commit.
pub const PATH: &str = ".release/plan.json";

/// The most bytes that a plan may have in the release commit: more is not read back from there, and such a release could not be
/// finished by another run.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// The digest that names a plan: of source commit, version, entries, date, image digests and configuration.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct PlanId(pub Sha256Hex);

impl fmt::Display for PlanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Everything a release will do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The format number, [`FORMAT`].
    pub format: u32,
    /// The plan's name.
    pub id: PlanId,
    /// Whether it was made in a rehearsal.
    pub rehearsed: bool,
    /// The platform.
    pub product: String,
    /// The repository on the forge, `owner/name`.
    pub repository: String,
    /// The Git remote that leads there.
    pub remote: String,
    /// The branch that is released.
    pub branch: String,
    /// How the release commit reaches the forge.
    pub mode: Mode,
    /// The channel whose pointer moves.
    pub channel: String,
    /// Where that pointer is copied to; none where it is on the branch alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied_to: Option<String>,
    /// The version that is released.
    pub version: Version,
    /// Why this version.
    pub reason: Reason,
    /// When the plan was made: the date of the changelog section and of the release commit.
    pub date: Timestamp,
    /// The commit that is released.
    pub source: ObjectId,
    /// When the source commit was made: the time stamp of everything in the archives.
    pub source_date: Timestamp,
    /// Who commits and tags.
    pub identity: Identity,
    /// The changelog's entries, frozen: later changes of titles or labels do not matter.
    pub entries: Vec<Entry>,
    /// Who contributed, in order of their names.
    pub contributors: Vec<String>,
    /// The text of the GitHub release.
    pub notes: String,
    /// What the release commit changes.
    pub edits: Vec<FileEdit>,
    /// What it takes to update to the version, and to go back from it.
    #[serde(default, skip_serializing_if = "Updating::is_free")]
    pub updating: Updating,
    /// The images of the bundles by reference, with what they resolved to.
    pub images: BTreeMap<String, ImageFacts>,
    /// The bundles.
    pub bundles: Vec<Bundle>,
    /// Every asset of the release, in the order of upload.
    pub assets: Vec<Asset>,
    /// How their checksums are signed; none where the release is not signed. It is an asset, too, uploaded last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The digest of the configuration it was made with.
    pub configuration: Sha256Hex,
    /// Milliseconds between two writes to the forge.
    pub milliseconds_between_writes: u32,
    /// Every step in order.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The tag of the release.
    #[must_use]
    pub fn tag(&self) -> Tag {
        Tag::of(&self.version)
    }

    /// The plan as it lies in the release commit: pretty JSON with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every map of a plan has string keys, so this cannot fail.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// The own images that the release tags, without tag and digest, with what gets the tag.
    pub fn own_images(&self) -> impl Iterator<Item = (&str, &Sha256Hex)> {
        self.steps.iter().filter_map(|step| match &step.action {
            Action::TagImage { image, digest, .. } => Some((image.as_str(), digest)),
            _ => None,
        })
    }

    /// Whether the version is a pre-release.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.version.pre.is_empty()
    }
}

/// Why a plan has its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The release before on this line.
    pub previous: Option<Tag>,
    /// How far the version moves.
    pub bump: Bump,
    /// What asked for that: pull requests as `#12`, commits by their short names.
    pub because: Vec<String>,
}

/// One entry of the changelog. All its text is already safe for Markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The section it stands in.
    pub section: Section,
    /// What changed: one line of Markdown.
    pub text: String,
    /// The pull request; none for a commit without one.
    pub number: Option<u64>,
    /// Its page.
    pub url: Option<String>,
    /// Who wrote it, as a login or a name made safe.
    pub author: Option<String>,
    /// The commit, for one without a pull request.
    pub commit: Option<ObjectId>,
}

/// What the release commit does to one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEdit {
    /// The file, from the root of the repository.
    pub path: String,
    /// The digest of the file before; none where it does not exist yet.
    pub before: Option<Sha256Hex>,
    /// The replaced ranges, in order and apart from each other. A new file is one insertion at 0.
    pub splices: Vec<Splice>,
    /// The digest of the file after.
    pub after: Sha256Hex,
}

/// One replaced range of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Splice {
    /// Where it starts, in bytes from the start of the file before.
    pub at: usize,
    /// How many bytes go.
    pub remove: usize,
    /// What comes instead.
    pub insert: String,
}

/// One bundle: every file of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The variant.
    pub variant: String,
    /// The asset name of the archive.
    pub archive: String,
    /// The asset name of the manifest.
    pub manifest: String,
    /// The files of the archive in its order, the manifest among them.
    pub files: Vec<BundleFile>,
}

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFile {
    /// Its path in the archive.
    pub path: String,
    /// Whether it may be executed.
    pub executable: bool,
    /// Its content.
    pub content: Content,
}

/// One asset of the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Its name on the release page.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its content.
    pub sha256: Sha256Hex,
}
