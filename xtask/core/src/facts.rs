//! Everything that was read from the world before a decision. Never holds a decision, a secret or anything that was not read.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bundle_format::digest::Sha256Hex;
use bundle_format::pointer::{Pointer, Yanked};
use bundle_format::signature::PublicKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::changelog::render::RenderedSection;
use crate::channels::is_withdrawn;
use crate::config::Configuration;
use crate::config::release::Mode;
use crate::identity::{LineNumber, ObjectId, Tag};
use crate::plan::{Plan, PlanId};

/// The newest format of [`Facts`].
pub const FORMAT: u32 = 1;

/// What was read from the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The format number, [`FORMAT`].
    pub format: u32,
    /// When they were read.
    pub now: Timestamp,
    /// Whether the forge and the registry are a rehearsal's.
    pub rehearsed: bool,
    /// The channel the release is meant for.
    pub channel: String,
    /// The configuration at the source commit.
    pub configuration: Configuration,
    /// The page of the repository on the forge.
    pub repository_url: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether the token may push.
    pub push: PushRight,
    /// The key that this run would sign with.
    pub release_key: KeyFacts,
    /// The key that this run would sign pointers with.
    pub channel_key: KeyFacts,
    /// The candidate that is to be promoted; none for any other release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promoted: Option<Promoted>,
    /// The Git repository and its remote.
    pub repository: RepositoryFacts,
    /// The newest commit that changes more than a stamp does: the one that CI built the own images for.
    pub built: ObjectId,
    /// Whether what came in since the newest release of any kind changes an own image or the bundles. Looked into only where that
    /// decides, see [`ChannelConfig::follows_merges`](crate::config::release::ChannelConfig::follows_merges); true elsewhere.
    pub deployable: bool,
    /// A release whose source comes after the commit that is released now.
    pub superseded: Option<Tag>,
    /// What the tag of the next version names already, for each own image that has it.
    pub own_tags: BTreeMap<String, Sha256Hex>,
    /// The commits since the last release of this line, newest first; release commits of ours are not among them.
    pub commits: Vec<CommitFacts>,
    /// The changelog's sections of earlier releases of this line that no commit of its history holds, because their release commits
    /// lie beside it: only their tags have them.
    pub sections: Vec<RenderedSection>,
    /// The pull requests that brought those commits in, each once, by number.
    pub pull_requests: Vec<PullRequestFacts>,
    /// The forge's releases, newest first.
    pub releases: Vec<ReleaseFacts>,
    /// What the pointer of each channel says, where it exists.
    pub pointers: BTreeMap<String, PointerFacts>,
    /// The versions that were withdrawn.
    pub withdrawn: Vec<Yanked>,
    /// The bucket that pointers are copied to.
    #[serde(default, skip_serializing_if = "BucketFacts::is_unused")]
    pub bucket: BucketFacts,
    /// Every image the bundles refer to and what it resolved to.
    pub images: BTreeMap<String, ImageFacts>,
    /// The files of the source commit that a release reads, by path.
    pub tree: BTreeMap<String, SourceFile>,
    /// The plan of a release of ours that is tagged, or merged, but not finished.
    pub unfinished: Option<Unfinished>,
    /// How many requests reading all this took.
    pub requests: Requests,
}

/// A candidate that becomes a stable release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promoted {
    /// Its tag.
    pub tag: Tag,
    /// Its plan, as its release commit holds it.
    pub plan: Box<Plan>,
}

impl Facts {
    /// How the release commit reaches the forge. A pre-release never moves a branch: it has a tag of its own, and nobody builds on it.
    /// Nor does a promoted candidate, once its branch has gone on.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let release = &self.configuration.release;
        let prerelease = release.channel(&self.channel).is_some_and(|channel| channel.prerelease.is_some());
        let repository = &self.repository;
        let left_behind =
            self.promoted.is_some() && repository.remote_branch.as_ref() != Some(&repository.source.id);
        if prerelease || left_behind { Mode::TagOnly } else { release.mode }
    }

    /// The version tags whose releases were not withdrawn. What comes next is counted from all of them.
    #[must_use]
    pub fn good_tags(&self) -> Vec<TagFacts> {
        let good = |tag: &&TagFacts| !is_withdrawn(&self.withdrawn, tag.tag.version());
        self.repository.tags.iter().filter(good).cloned().collect()
    }

    /// The branch that is released.
    #[must_use]
    pub fn branch(&self) -> String {
        self.configuration.release.branches.of(self.repository.line)
    }
}

/// Who may see the repository on the forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Everybody, without a token.
    Public,
    /// Only who was given a right to it: to everybody else it does not exist.
    Private,
}

/// Whether a token may push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PushRight {
    /// It may.
    Granted,
    /// Its account may not.
    Missing,
    /// It is a classic token whose scopes, which are named, do not reach so far.
    OutOfScope(String),
    /// The forge does not say: it never does for the token of a workflow run or another installation.
    Unknown,
}

/// The key that a run was given to sign with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyFacts {
    /// None was given.
    Missing,
    /// What was given cannot be used; says why.
    Unusable(String),
    /// The public half of the one that was given.
    Usable(PublicKey),
}

/// The pointer of a channel as the branch has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointerFacts {
    /// What it says.
    pub pointer: Pointer,
    /// What its signature is worth.
    pub proof: Proof,
}

/// What the signature of a pointer is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// One of the keys that prove pointers made it.
    Proven,
    /// There is none, or no key proves pointers.
    Unsigned,
    /// It proves nothing; says why.
    Wrong(String),
}

/// The bucket that pointers are copied to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum BucketFacts {
    /// They are copied nowhere.
    #[default]
    Unused,
    /// It was not looked into: no credentials were given.
    Closed,
    /// What lies in it in the place of each channel's pointer, where anything does.
    Open(BTreeMap<String, CopyFacts>),
}

impl BucketFacts {
    /// Whether pointers are copied nowhere.
    #[must_use]
    pub const fn is_unused(&self) -> bool {
        matches!(self, Self::Unused)
    }
}

/// What lies in a bucket in the place of a channel's pointer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CopyFacts {
    /// A pointer of the channel.
    Pointer {
        /// What it says.
        found: Box<PointerFacts>,
        /// The digest of its envelope.
        digest: Sha256Hex,
    },
    /// Something else; says what.
    Foreign(String),
}

/// A release of ours that has begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfinished {
    /// Its plan, as the release commit holds it.
    pub plan: Plan,
    /// The release commit.
    pub commit: ObjectId,
}

/// The Git repository and its remote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositoryFacts {
    /// The commit that is released.
    pub source: CommitFacts,
    /// The branch that is checked out; none for a detached head.
    pub branch: Option<String>,
    /// The release line that is released; none for the main branch.
    pub line: Option<LineNumber>,
    /// Every release line that the remote has a branch of, by number.
    pub lines: Vec<LineFacts>,
    /// Where the branch that is released stands on the remote; none where it does not exist there.
    pub remote_branch: Option<ObjectId>,
    /// Whether the source commit and the remote branch have a common line: how many commits each has that the other has not.
    pub divergence: Option<Divergence>,
    /// Files that differ from the source commit, untracked ones included.
    pub dirty: Vec<String>,
    /// Who commits.
    pub identity: Option<Identity>,
    /// Every version tag of the local clone, those of plans that it pushed and has not named itself yet among them.
    pub tags: Vec<TagFacts>,
    /// Every version tag of the remote and the object it names.
    pub remote_tags: BTreeMap<Tag, ObjectId>,
    /// The highest version tag of the remote that the clone has not, where it is of a plan of ours: another run made it.
    pub overtaken_by: Option<Tag>,
}

/// A release line that the remote has a branch of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineFacts {
    /// Its number.
    pub number: LineNumber,
    /// The newest commit that it has in common with the commit that is released now; none where their histories have nothing to do
    /// with each other.
    pub fork: Option<ObjectId>,
    /// Its commits that the main branch has neither itself nor as a copy, the oldest first; looked for where it is released, or main.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unforwarded: Vec<CommitFacts>,
}

/// How far two branches are apart, in commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// Commits that only the source has.
    pub ahead: usize,
    /// Commits that only the remote branch has; none where they are not in the local clone and so cannot be counted.
    pub behind: Option<usize>,
}

/// A person or machine in a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
}

/// One version tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagFacts {
    /// Its name.
    pub tag: Tag,
    /// The object it names: the tag object of an annotated tag, the commit of a light one.
    pub object: ObjectId,
    /// The commit it leads to.
    pub commit: ObjectId,
    /// The commit that was released: the `Source:` line of a tag of ours, else the commit itself.
    pub source: ObjectId,
    /// The plan's id from the message of a tag of ours.
    pub plan: Option<PlanId>,
    /// Whether the source commit of the tag is an ancestor of the commit that is released now.
    pub on_this_line: bool,
}

/// Subject and body of a commit's message: its first line, and what follows the blank lines after that.
#[must_use]
pub fn parts_of_message(message: &str) -> (&str, &str) {
    let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
    (subject.trim_end_matches('\r'), body.trim_start_matches(['\r', '\n']))
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitFacts {
    /// Its name.
    pub id: ObjectId,
    /// Its parents, the first first.
    pub parents: Vec<ObjectId>,
    /// The first line of its message, as it is: untrusted.
    pub subject: String,
    /// The rest of its message, as it is: untrusted.
    pub body: String,
    /// Who wrote it: untrusted.
    pub author: Identity,
    /// When it was written.
    pub authored: Timestamp,
    /// When it was committed.
    pub committed: Timestamp,
}

/// One merged pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullRequestFacts {
    /// Its number.
    pub number: u64,
    /// Its title, as it is: untrusted.
    pub title: String,
    /// Its description, as it is: untrusted.
    pub body: String,
    /// Its author's login; none for a deleted account.
    pub author: Option<String>,
    /// Whether its author is a bot.
    pub bot: bool,
    /// Its page.
    pub url: String,
    /// The branch it was merged into.
    pub base: String,
    /// The branch it came from.
    pub head: String,
    /// Whether that branch is in another repository.
    pub fork: bool,
    /// Every label.
    pub labels: Vec<String>,
    /// When it was merged; none while it is open.
    pub merged: Option<Timestamp>,
    /// Which of the commits it brought in.
    pub commits: Vec<ObjectId>,
}

/// One release on the forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseFacts {
    /// The forge's number of it.
    pub id: u64,
    /// The name of its tag.
    pub tag: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// Whether it is marked as a pre-release.
    pub prerelease: bool,
    /// The plan's id from the comment in its text.
    pub plan: Option<PlanId>,
    /// Its page.
    pub url: String,
}

/// What an image reference resolved to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFacts {
    /// The digest of the index, or of the manifest for an image of one platform.
    pub digest: Sha256Hex,
    /// The digest of each platform's manifest, by `os/architecture`.
    pub platforms: BTreeMap<String, Sha256Hex>,
}

/// One file of the source commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Its content.
    pub content: Content,
    /// Whether it may be executed.
    pub executable: bool,
}

/// The content of a file, readable in JSON where it is text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Content {
    /// UTF-8 text.
    Text(String),
    /// Anything else, in base64 with padding.
    Base64(String),
}

impl Content {
    /// The text; none where it is not UTF-8.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Base64(_) => None,
        }
    }

    /// Where a file stops being UTF-8; none for text.
    #[must_use]
    pub fn first_wrong_byte(&self) -> Option<WrongByte> {
        let Self::Base64(encoded) = self else { return None };
        let bytes = STANDARD.decode(encoded).unwrap_or_default();
        let offset = std::str::from_utf8(&bytes).err().map_or(0, |error| error.valid_up_to());
        let lines = bytes.iter().take(offset).filter(|byte| **byte == b'\n').count();
        Some(WrongByte { offset, line: u32::try_from(lines + 1).unwrap_or(u32::MAX) })
    }
}

/// The first byte of a file that is no part of UTF-8 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongByte {
    /// How many bytes come before it.
    pub offset: usize,
    /// Its line, from 1.
    pub line: u32,
}

impl std::fmt::Display for WrongByte {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "not UTF-8 text: byte {} on line {} begins no character", self.offset, self.line)
    }
}

/// How many requests were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// Reads of the forge.
    pub forge_reads: u32,
    /// Writes to the forge.
    pub forge_writes: u32,
    /// Downloads of assets.
    pub downloads: u32,
    /// Requests to registries.
    pub registry: u32,
}
