//! The steps of a release and the order they must keep. Never does a step: `release-edge` does, one file an action.

use serde::{Deserialize, Serialize};

use bundle_format::digest::Sha256Hex;

/// One step: at most one change of the world, which is looked for first and verified after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, unique in the plan.
    pub id: String,
    /// What it does, for people.
    pub title: String,
    /// What it does.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Asks the registry once more for every image of the plan.
    ProveImages,
    /// Writes the archives, manifests and checksums into the plan's folder.
    WriteAssets,
    /// Unpacks a bundle into a scratch folder, runs its `setup-env.sh`, and requires a complete `.env`.
    TrySetup {
        /// The variant.
        variant: String,
    },
    /// Opens, or brings up to date, the pull request that carries the stamp.
    OpenReleasePr,
    /// Makes the release commit and the annotated tag and pushes them in one atomic push.
    PushTag,
    /// Creates the draft release, or finds the one of this plan.
    Draft,
    /// Uploads one asset to the draft and reads it back.
    Upload {
        /// The asset's name.
        asset: String,
    },
    /// Requires the draft's assets to be exactly the plan's.
    VerifyDraft,
    /// Gives an own image the release's tag, by digest.
    TagImage {
        /// The image without tag and digest.
        image: String,
        /// What gets the tag.
        digest: Sha256Hex,
        /// The tag.
        tag: String,
    },
    /// Publishes the draft: the one commit point.
    Publish {
        /// Whether it becomes the release that the forge calls latest.
        latest: bool,
    },
    /// Downloads every asset as those who may see the release do and compares it.
    VerifyPublished,
    /// Deletes old pre-releases with their tags.
    Prune {
        /// The channel, whose pointer names one that stays.
        channel: String,
        /// The pre-release identifier of its versions.
        identifier: String,
        /// How many of the newest stay.
        keep: u32,
    },
    /// Lets the Git tag of a channel's name follow to this release.
    MoveTag {
        /// The channel.
        channel: String,
    },
    /// Lets the tag of a channel's name of an own image follow to this release, by digest.
    MoveImage {
        /// The channel.
        channel: String,
        /// The image without tag and digest.
        image: String,
        /// What gets the tag.
        digest: Sha256Hex,
    },
    /// Moves the pointer of a channel to this release.
    MovePointer {
        /// The channel.
        channel: String,
    },
    /// Copies the pointer of a channel from the branch to the bucket.
    CopyPointer {
        /// The channel.
        channel: String,
    },
}

/// The stages of a release in their order: local before remote, publishing as the one commit point, pointers last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Every image exists.
    Images,
    /// Bundles, checksums, trials: on this machine only.
    Local,
    /// The release commit and the tag.
    Tag,
    /// The draft.
    Draft,
    /// The uploads.
    Uploads,
    /// The tags of own images.
    ImageTags,
    /// The commit point.
    Publish,
    /// The channels' pointers, and before them the tags that follow.
    Pointers,
}

impl Action {
    /// The stage it belongs to.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::ProveImages => Stage::Images,
            Self::WriteAssets | Self::TrySetup { .. } => Stage::Local,
            Self::OpenReleasePr | Self::PushTag => Stage::Tag,
            Self::Draft => Stage::Draft,
            Self::Upload { .. } | Self::VerifyDraft => Stage::Uploads,
            Self::TagImage { .. } => Stage::ImageTags,
            Self::Publish { .. } | Self::VerifyPublished => Stage::Publish,
            Self::Prune { .. }
            | Self::MoveTag { .. }
            | Self::MoveImage { .. }
            | Self::MovePointer { .. }
            | Self::CopyPointer { .. } => Stage::Pointers,
        }
    }

    /// Whether it changes anything outside the plan's own scratch folders.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        match self {
            Self::OpenReleasePr
            | Self::PushTag
            | Self::Draft
            | Self::Upload { .. }
            | Self::TagImage { .. }
            | Self::Publish { .. }
            | Self::Prune { .. }
            | Self::MoveTag { .. }
            | Self::MoveImage { .. }
            | Self::MovePointer { .. }
            | Self::CopyPointer { .. } => true,
            Self::ProveImages
            | Self::WriteAssets
            | Self::TrySetup { .. }
            | Self::VerifyDraft
            | Self::VerifyPublished => false,
        }
    }
}
