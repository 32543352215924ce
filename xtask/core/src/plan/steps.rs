//! Which steps a release takes, in which order: images proven, everything local, then the tag, the draft, the uploads, the image tags,
//! publishing, and the pointers last. Never leaves a step out because it was done before: each step looks for itself.

use semver::Version;

use crate::config::ReleaseConfig;
use crate::config::release::{ChannelConfig, Mode};
use crate::facts::{ImageFacts, TagFacts};

use super::{Action, Asset, Bundle, Signature, Step};

/// What the steps depend on.
pub(super) struct Input<'a> {
    pub(super) config: &'a ReleaseConfig,
    pub(super) mode: Mode,
    /// The branch that is released.
    pub(super) branch: &'a str,
    pub(super) version: &'a Version,
    pub(super) channel: &'a str,
    /// How that channel is configured.
    pub(super) kept: Option<&'a ChannelConfig>,
    pub(super) bundles: &'a [Bundle],
    pub(super) assets: &'a [Asset],
    /// How they are signed.
    pub(super) signature: Option<&'a Signature>,
    /// Own images of the bundles: name below the registry's path, and what their source commit's tag resolved to.
    pub(super) own_images: &'a [(String, ImageFacts)],
    /// Where the pointer is copied to.
    pub(super) copied_to: Option<&'a str>,
    /// Every version tag that was not withdrawn, of any line: the forge's "latest" is the highest stable version of all.
    pub(super) tags: &'a [TagFacts],
}

/// Every step of a release.
pub(super) fn steps(input: &Input<'_>) -> Vec<Step> {
    let tag = format!("v{}", input.version);
    let built = match input.signature {
        Some(_) => "build the bundles, manifests and checksums, and sign them",
        None => "build the bundles, manifests and checksums",
    };
    let mut steps = vec![
        step("prove-images", "prove that every image exists", Action::ProveImages),
        step("write-assets", built, Action::WriteAssets),
    ];
    for bundle in input.bundles {
        let variant = bundle.variant.clone();
        steps.push(step(
            &format!("try-setup:{variant}"),
            &format!("set the {variant} bundle up in a scratch folder"),
            Action::TrySetup { variant },
        ));
    }
    if input.mode == Mode::ReleasePr {
        steps.push(step("open-release-pr", "open the pull request with the stamp", Action::OpenReleasePr));
    }
    let pushed = match input.mode {
        Mode::Push => {
            format!("push the release commit to {} and the tag {tag}, together", input.branch)
        }
        Mode::TagOnly => format!("push the tag {tag}"),
        Mode::ReleasePr => format!("push the tag {tag} of the merged stamp"),
    };
    steps.push(step("push-tag", &pushed, Action::PushTag));
    steps.push(step("draft", "draft the release", Action::Draft));
    let signature = input.signature.map(|signature| &signature.name);
    for asset in input.assets.iter().map(|asset| &asset.name).chain(signature).cloned() {
        steps.push(step(&format!("upload:{asset}"), &format!("upload {asset}"), Action::Upload { asset }));
    }
    steps.push(step("verify-draft", "verify the draft's assets", Action::VerifyDraft));
    for (name, image) in input.own_images {
        let full = format!("{}/{name}", input.config.images.registry);
        let action = Action::TagImage { image: full, digest: image.digest.clone(), tag: tag.clone() };
        steps.push(step(&format!("tag-image:{name}"), &format!("tag the image {name} with {tag}"), action));
    }
    let stable = input.version.pre.is_empty();
    let latest = stable && input.tags.iter().all(|other| other.tag.version() <= input.version);
    steps.push(step("publish", "publish the release", Action::Publish { latest }));
    steps.push(step("verify-published", "download every asset and compare it", Action::VerifyPublished));
    steps.extend(following(input, &tag));
    let channel = input.channel.to_owned();
    // Before the pointer: it moves last, so that whoever finds it moved knows that all is done.
    if let Some(ChannelConfig { prerelease: Some(identifier), keep: Some(keep), .. }) = input.kept {
        steps.push(step(
            &format!("prune:{channel}"),
            &format!("delete the pre-releases `{identifier}` but for the newest {keep}"),
            Action::Prune { channel: channel.clone(), identifier: identifier.clone(), keep: *keep },
        ));
    }
    steps.push(step(
        &format!("move-pointer:{channel}"),
        &format!("point the channel {channel} at {tag}"),
        Action::MovePointer { channel: channel.clone() },
    ));
    // The branch says what is right, so the copy comes after it.
    if let Some(place) = input.copied_to {
        let title = format!("copy the pointer of {channel} to {place}");
        steps.push(step(&format!("copy-pointer:{channel}"), &title, Action::CopyPointer { channel }));
    }
    steps
}

/// The steps that let the tags of the channel's name follow, where its configuration says so.
fn following(input: &Input<'_>, tag: &str) -> Vec<Step> {
    let channel = input.channel;
    if !input.config.channels.iter().any(|known| known.name == channel && known.moving_tags) {
        return Vec::new();
    }
    let git = Action::MoveTag { channel: channel.to_owned() };
    let title = format!("let the tag {channel} follow to {tag}");
    let mut steps = vec![step(&format!("move-tag:{channel}"), &title, git)];
    for (name, image) in input.own_images {
        let full = format!("{}/{name}", input.config.images.registry);
        let digest = image.digest.clone();
        let action = Action::MoveImage { channel: channel.to_owned(), image: full, digest };
        let title = format!("let the tag {channel} of the image {name} follow to {tag}");
        steps.push(step(&format!("move-image:{name}"), &title, action));
    }
    steps
}

fn step(id: &str, title: &str, action: Action) -> Step {
    Step { id: id.to_owned(), title: title.to_owned(), action }
}
