//! `config/release.yaml`: what is released, from where, and by which rules. Never read anywhere but through [`super::Configuration`].

use bundle_format::signature::PublicKey;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::BucketConfig;
use crate::identity::LineNumber;

/// The release configuration of a platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseConfig {
    /// The format of this file; 1.
    #[schemars(example = 1)]
    pub format: u32,
    /// The platform's name, as asset names carry it: lower-case letters, digits and hyphens.
    #[schemars(example = &"my-platform")]
    pub product: String,
    /// The repository on the forge.
    pub repository: RepositoryConfig,
    /// How the release commit reaches the forge.
    #[serde(default)]
    pub mode: Mode,
    /// The branches releases are cut from.
    #[serde(default)]
    pub branches: Branches,
    /// How the next version is found.
    pub version: VersionConfig,
    /// Every label a pull request may carry, and what it means. Where none is declared, commits decide and any label may stand.
    #[serde(default)]
    pub labels: Vec<LabelRule>,
    /// The channels releases are published on.
    #[serde(default = "default_channels")]
    pub channels: Vec<ChannelConfig>,
    /// How long the pointers of channels count, and where they are copied to.
    #[serde(default)]
    pub pointers: PointersConfig,
    /// The platform's own images.
    #[serde(default)]
    pub images: OwnImages,
    /// The files that carry the version, stamped with each release. `VERSION` itself always is.
    #[serde(default)]
    pub stamps: Vec<Stamp>,
    /// Who signs the releases. Without it they are not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<SigningConfig>,
    /// Who is told of releases, by webhooks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announcements: Vec<AnnouncementConfig>,
    /// Milliseconds between two writes to the forge. GitHub asks for a second.
    #[serde(default = "default_pace")]
    pub milliseconds_between_writes: u32,
}

impl ReleaseConfig {
    /// A channel by its name.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<&ChannelConfig> {
        self.channels.iter().find(|channel| channel.name == name)
    }

    /// The channels that `release --on-merge` releases on, on a release line or on main: those of stable versions first, so that what they
    /// released is nothing new to the others. Where no channel says anything, the default one on main and none on a line: a line that
    /// was only just cut must not become a stable release by that.
    #[must_use]
    pub fn channels_on_merge(&self, line: Option<LineNumber>) -> Vec<&str> {
        if line.is_none() && self.channels.iter().all(|channel| channel.on_merge == OnMerge::Never) {
            return vec![self.default_channel()];
        }
        let here = |channel: &&ChannelConfig| match channel.on_merge {
            OnMerge::Never => false,
            OnMerge::Main => line.is_none(),
            OnMerge::Lines => line.is_some(),
            OnMerge::Everywhere => true,
        };
        let mut named: Vec<&ChannelConfig> = self.channels.iter().filter(here).collect();
        named.sort_by_key(|channel| channel.prerelease.is_some());
        named.into_iter().map(|channel| channel.name.as_str()).collect()
    }

    /// The channel that is meant where none is named: the first of stable versions, else the first of all.
    #[must_use]
    pub fn default_channel(&self) -> &str {
        let stable = self.channels.iter().find(|channel| channel.prerelease.is_none());
        stable.or(self.channels.first()).map_or("", |channel| channel.name.as_str())
    }

    /// The keys that prove pointers; none where they are not signed.
    #[must_use]
    pub fn channel_keys(&self) -> &[PublicKey] {
        self.signing.as_ref().map_or(&[], |signing| &signing.channel_keys)
    }

    /// The keys that were taken back; none where releases are not signed.
    #[must_use]
    pub fn revoked(&self) -> &[PublicKey] {
        self.signing.as_ref().map_or(&[], |signing| &signing.revoked)
    }
}

fn default_channels() -> Vec<ChannelConfig> {
    vec![ChannelConfig::stable("latest")]
}

const fn default_pace() -> u32 {
    1000
}

/// The repository on the forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryConfig {
    /// The user or organisation that owns it.
    #[schemars(example = &"acme")]
    pub owner: String,
    /// Its name.
    #[schemars(example = &"platform")]
    pub name: String,
    /// The Git remote that leads to it.
    #[serde(default = "default_remote")]
    pub remote: String,
}

impl RepositoryConfig {
    /// `owner/name`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

fn default_remote() -> String {
    "origin".to_owned()
}

/// How the release commit reaches the forge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The branch and the tag move together, in one atomic push.
    #[default]
    Push,
    /// Only the tag is pushed: its commit is a child of the source commit that no branch holds.
    TagOnly,
    /// A pull request brings the stamp; its merge is released.
    ReleasePr,
}

/// The branches releases are cut from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branches {
    /// The branch that ordinary releases come from.
    #[schemars(example = &"main")]
    pub main: String,
    /// What the names of release lines begin with: `release/` makes `release/1.4` the branch of 1.4.0, 1.4.1 and so on. `null` where
    /// such branches are none.
    #[serde(default = "default_lines")]
    #[schemars(example = &"release/")]
    pub lines: Option<String>,
    /// The branch that collects what a release will hold, where there is one (git-flow). The pull requests into it then count for the
    /// release that brings it to `main`, and the pull request that does so needs no label.
    #[schemars(example = &"develop")]
    pub develop: Option<String>,
    /// What the names of all other branches begin with, as in `[feature/, hotfix/]`. Without it they may have any name.
    #[serde(default)]
    pub topics: Vec<String>,
}

impl Branches {
    /// The branch of a release line, or the main branch where none is meant.
    ///
    /// ```
    /// use release_core::config::release::Branches;
    /// let branches = Branches::default();
    /// assert_eq!(branches.of("1.4".parse().ok()), "release/1.4");
    /// assert_eq!(branches.of(None), "main");
    /// ```
    #[must_use]
    pub fn of(&self, line: Option<LineNumber>) -> String {
        match (line, &self.lines) {
            (Some(line), Some(lines)) => format!("{lines}{line}"),
            _ => self.main.clone(),
        }
    }

    /// The release line that a branch is of; none for any other branch.
    #[must_use]
    pub fn line(&self, branch: &str) -> Option<LineNumber> {
        LineNumber::parse(branch.strip_prefix(self.lines.as_deref()?)?)
    }
}

impl Default for Branches {
    fn default() -> Self {
        Self { main: "main".to_owned(), lines: default_lines(), develop: None, topics: Vec::new() }
    }
}

// Serde takes the default of an option from a function only as it stands in the field.
#[expect(clippy::unnecessary_wraps, reason = "it is the default of an optional field")]
fn default_lines() -> Option<String> {
    Some("release/".to_owned())
}

/// How the next version is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionConfig {
    /// The version of the first release, where no tag exists yet.
    #[schemars(with = "String", extend("format" = "semver"), example = &"1.0.0")]
    pub first: Version,
    /// Versions that are never released, because their tag or image tags are used up; the next patch is taken instead.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub skip: Vec<Version>,
    /// What decides how far the version moves.
    #[serde(default)]
    pub source: VersionSource,
    /// What a bump means while the major version is 0.
    #[serde(default)]
    pub below_one: BelowOne,
    /// What happens with a merged pull request that has no version label.
    #[serde(default)]
    pub unlabelled: Missing,
    /// What happens with a commit that reached the branch without a pull request.
    #[serde(default)]
    pub direct_commits: Missing,
}

/// What decides how far the version moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VersionSource {
    /// The labels of the merged pull requests.
    #[default]
    Labels,
    /// Conventional Commits: the titles of pull requests, and the messages of commits without one.
    ConventionalCommits,
    /// Labels, and Conventional Commits where a pull request has none.
    LabelsThenConventionalCommits,
}

/// What a bump means while the major version is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BelowOne {
    /// As Cargo reads 0.y.z: `major` moves the minor number, `minor` and `patch` the patch number. 1.0.0 is reached by switching to
    /// `literal`.
    #[default]
    Shifted,
    /// As written: `major` leads to 1.0.0.
    Literal,
}

/// What happens when the information that decides the version is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The release stops and names it.
    #[default]
    Stop,
    /// It is listed with the next release and releases nothing by itself.
    RideAlong,
}

/// One label and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelRule {
    /// The label's name, compared without regard to case. May end in `*`, which stands for any rest.
    #[schemars(example = &"bug")]
    pub name: String,
    /// How far it moves the version. Labels without it say nothing about the version.
    pub bump: Option<Bump>,
    /// The section of the changelog it puts a pull request into.
    pub section: Option<Section>,
}

/// How far a change moves the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bump {
    /// Releases nothing by itself.
    None,
    /// A fix.
    Patch,
    /// An addition.
    Minor,
    /// A breaking change.
    Major,
}

impl Bump {
    /// What it is called in the configuration, and a title that says it as Conventional Commits do.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::None => ("none", "chore: …"),
            Self::Patch => ("patch", "fix: …"),
            Self::Minor => ("minor", "feat: …"),
            Self::Major => ("major", "feat!: …"),
        }
    }
}

/// The sections of a release's changelog, in the order they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// What stops working as before.
    Breaking,
    /// Data that changes its shape.
    Migration,
    /// What the operator has to do.
    ActionRequired,
    /// New features.
    Added,
    /// Changes of what was there.
    Changed,
    /// What will go in a later major version.
    Deprecated,
    /// Mended faults.
    Fixed,
    /// Closed holes.
    Security,
}

/// After which merges `release --on-merge` releases on a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnMerge {
    /// After none.
    #[default]
    Never,
    /// After those into the main branch.
    Main,
    /// After those into a release line, as for candidates.
    Lines,
    /// After all of them.
    Everywhere,
}

/// A channel: a moving pointer to a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelConfig {
    /// The channel's name, as `--channel` takes it.
    #[schemars(example = &"latest")]
    pub name: String,
    /// The pre-release identifier of its versions (`rc` gives `1.3.0-rc.1`). None for stable versions.
    pub prerelease: Option<String>,
    /// Where `release --on-merge` releases on it: stable versions for what labels or commits ask for, pre-releases for whatever changes
    /// the bundles or an own image.
    #[serde(default)]
    pub on_merge: OnMerge,
    /// How many of its pre-releases are kept; older ones are deleted with their tags once a newer one is published. None keeps all.
    pub keep: Option<u32>,
    /// Whether the git tag of the channel's name, and the tag of that name of every own image, follow its pointer. No other tag ever moves.
    #[serde(default)]
    pub moving_tags: bool,
    /// With how many of a hundred installations a version of the channel begins that may take it by themselves, as the released commit has it.
    /// `channels rollout` changes it later.
    #[serde(default = "everybody", skip_serializing_if = "is_everybody")]
    #[schemars(range(max = 100), extend("default" = 100))]
    pub rollout_percentage: u8,
}

/// A hundred of a hundred.
pub const EVERYBODY: u8 = 100;

const fn everybody() -> u8 {
    EVERYBODY
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_everybody(percentage: &u8) -> bool {
    *percentage == EVERYBODY
}

impl ChannelConfig {
    /// Whether its pre-releases are made of every merge that changes an own image or the bundles, whatever labels say.
    #[must_use]
    pub fn follows_merges(&self) -> bool {
        self.on_merge != OnMerge::Never && self.prerelease.is_some()
    }

    /// A channel of stable versions.
    #[must_use]
    pub fn stable(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            prerelease: None,
            on_merge: OnMerge::Never,
            keep: None,
            moving_tags: false,
            rollout_percentage: EVERYBODY,
        }
    }
}

/// How long the pointers of channels count, and where they are copied to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PointersConfig {
    /// The days after which a pointer expires: later it says nothing about what is newest.
    pub valid_days: u32,
    /// `channels renew` signs a pointer again that has fewer days left.
    pub renew_before_days: u32,
    /// A bucket that they are copied to. Without it they are on the branch `channels` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3: Option<BucketConfig>,
}

impl PointersConfig {
    /// What holds where nothing is said.
    pub const DEFAULT: Self = Self { valid_days: 30, renew_before_days: 10, s3: None };
}

impl Default for PointersConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What the names of variables with addresses of webhooks begin with.
pub const WEBHOOKS: &str = "SLIPWAY_WEBHOOK_";

/// Who is told of releases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementConfig {
    /// Its name, for messages.
    #[schemars(example = &"team")]
    pub name: String,
    /// What kind of webhook it is.
    pub kind: AnnouncementKind,
    /// The variable that holds the address, which is a secret; it begins with `SLIPWAY_WEBHOOK_`.
    #[schemars(example = &"SLIPWAY_WEBHOOK_TEAM")]
    pub url_from: String,
    /// The channels whose releases are told of. Without it those of stable versions.
    pub channels: Option<Vec<String>>,
    /// A template in `bundle-templates` instead of the one of the kind.
    #[schemars(example = &"announcement.json.j2")]
    pub template: Option<String>,
}

/// A kind of webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnnouncementKind {
    /// An incoming webhook of Slack.
    Slack,
    /// A workflow of Microsoft Teams that takes an Adaptive Card.
    Teams,
    /// Anything that takes JSON.
    Generic,
}

/// The platform's own images: built by its repository, released under its version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnImages {
    /// The registry and path that all of them lie under, as in `ghcr.io/acme/platform`.
    #[schemars(example = &"ghcr.io/acme/platform")]
    pub registry: String,
    /// Each image.
    pub names: Vec<OwnImage>,
    /// Minutes that a release waits for images that are not there yet, own ones and others; `--wait-for-images` says otherwise for one
    /// run. Without it a release does not wait.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minutes_to_wait: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(minutes: &u32) -> bool {
    *minutes == 0
}

/// One own image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnImage {
    /// Its name under the registry's path.
    #[schemars(example = &"api")]
    pub name: String,
    /// The folder it is built from.
    #[schemars(example = &"services/api")]
    pub context: String,
    /// Its Dockerfile, from the root of the repository. Without it, the `Dockerfile` in the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"docker/api.Dockerfile")]
    pub dockerfile: Option<String>,
    /// Files and folders outside the folder that go into the build too, from the root of the repository. A change of one builds the
    /// image anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The own images it is built on, by name. It is built anew when one of them is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

impl OwnImage {
    /// Where its Dockerfile lies, from the root of the repository.
    #[must_use]
    pub fn dockerfile(&self) -> String {
        match (&self.dockerfile, self.context.as_str()) {
            (Some(path), _) => path.clone(),
            (None, ".") => DOCKERFILE.to_owned(),
            (None, context) => format!("{context}/{DOCKERFILE}"),
        }
    }
}

/// What a Dockerfile is called where nobody says otherwise.
const DOCKERFILE: &str = "Dockerfile";

/// One file that carries the version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The file, from the root of the repository.
    #[schemars(example = &"package.json")]
    pub path: String,
    /// How the version is found in it.
    pub kind: StampKind,
    /// Which value carries the version, for `json`, `toml` and `yaml`: keys joined by dots, as in `project.version`.
    pub key: Option<String>,
}

/// The public keys of minisign that releases are signed with. The secret ones never lie in a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SigningConfig {
    /// The keys that sign releases and prove them: the current one, and after it the next one ahead of a change.
    pub release_keys: Vec<PublicKey>,
    /// Keys that releases were signed with. They still prove those, and sign no more.
    #[serde(default)]
    pub retired_keys: Vec<PublicKey>,
    /// The keys that sign the pointers of channels and prove them; without one they are not signed. None of them is a release key: they lie in other hands.
    #[serde(default)]
    pub channel_keys: Vec<PublicKey>,
    /// Keys that were taken back: whatever they signed proves nothing any more.
    #[serde(default)]
    pub revoked: Vec<PublicKey>,
}

impl SigningConfig {
    /// Every key whose signature proves a release: the current one, the next and the retired ones.
    #[must_use]
    pub fn proving(&self) -> Vec<PublicKey> {
        [self.release_keys.as_slice(), &self.retired_keys].concat()
    }
}

/// How the version is found in a stamped file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StampKind {
    /// The `Cargo.toml` of a workspace: `workspace.package.version`, and `Cargo.lock` beside it for the workspace's own crates.
    CargoWorkspace,
    /// A value of a JSON file.
    Json,
    /// A value of a TOML file.
    Toml,
    /// A value of a YAML file.
    Yaml,
    /// The tags of own images in a Compose file.
    ImageTags,
}
