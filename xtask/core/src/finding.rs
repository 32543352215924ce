//! What a check found, as data. Never prints and never stops anything: the command line does both.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Said, and the release goes on.
    Note,
    /// The release does not start.
    Stop,
}

/// One thing that is wrong or worth saying.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The stable id of its cause, `E-…`; documented with remedy.
    #[schemars(with = "String")]
    pub cause: Cause,
    /// Whether the release may go on.
    pub severity: Severity,
    /// What is wrong, with the names involved. May hold untrusted text, already made safe for a terminal.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// Where to look: a file and line, or a link.
    pub place: Option<String>,
}

impl Finding {
    /// The file of its place, without line and column.
    fn file(&self) -> Option<&str> {
        self.place.as_ref()?.split(':').next()
    }
}

/// Every finding once, in order. A file that is no Compose file is not blamed for its stamps as well: those who look for them read
/// the same text.
#[must_use]
pub fn once(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort();
    findings.dedup();
    let refused: Vec<String> = findings
        .iter()
        .filter(|finding| finding.cause == Cause::Compose)
        .filter_map(|finding| finding.file().map(str::to_owned))
        .collect();
    findings.retain(|finding| {
        finding.cause != Cause::StampUnreadable || !refused.iter().any(|file| finding.file() == Some(file))
    });
    findings
}

/// Causes with stable ids. Each belongs to one documented exit code.
macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal, $code:literal;)+) => {
        /// Why a command did not do what was asked; each has a stable id and an exit code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Cause { $($(#[doc = $doc])+ #[serde(rename = $id)] $name,)+ }

        impl Cause {
            /// Every cause, in the order of the reference page.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable id, `E-…`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// The exit code it leads to: 1 findings, 2 usage, 3 conflict for a person, 4 configuration or precondition, 5 git, forge or
            /// registry failed, 70 internal, 75 try again later.
            #[must_use]
            pub const fn exit_code(self) -> u8 {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it means and what to do, for the reference page.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+),)+ }
            }

            /// What to do about it, as a hint where nothing more is known: what its explanation says after what it means.
            #[must_use]
            pub fn remedy(self) -> String {
                let explanation = self.explanation().trim();
                let remedy = explanation.split_once(". ").map_or(explanation, |(_, remedy)| remedy);
                let mut letters = remedy.trim_end_matches('.').chars();
                letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
            }
        }
    };
}

causes! {
    /// A merged pull request has no version label. Add `major`, `minor`, `patch` or `none` to it and run again.
    LabelMissing = "E-LABEL-MISSING", 1;
    /// A pull request has version labels that contradict each other. Leave exactly one.
    LabelConflict = "E-LABEL-CONFLICT", 1;
    /// A pull request has a label that the configuration does not know. Remove it or declare it under `labels` in `config/release.yaml`.
    LabelUnknown = "E-LABEL-UNKNOWN", 1;
    /// An open pull request asks for a section that the changelog does not have. Name one of those it has; once it is merged, the labels choose.
    SectionUnknown = "E-SECTION-UNKNOWN", 1;
    /// A commit reached the release branch without a pull request. Release it by Conventional Commits or let it ride along: `version.direct_commits`.
    CommitWithoutPullRequest = "E-COMMIT-WITHOUT-PR", 1;
    /// A commit subject is no Conventional Commit although they decide the version.
    CommitUnconventional = "E-COMMIT-UNCONVENTIONAL", 1;
    /// The stamped versions do not agree with `VERSION`.
    VersionDiffers = "E-VERSION-DIFFERS", 1;
    /// What was built has the name of a version that is neither a release nor one that can come next. This is said and stops nothing.
    VersionUnknown = "E-VERSION-UNKNOWN", 1;
    /// Nothing proves who made a release: it has no signature. Of a plan this is said and stops nothing: name the keys under `signing` in `config/release.yaml`.
    Unsigned = "E-UNSIGNED", 1;
    /// A variant holds something that its declaration does not allow.
    VariantDiffers = "E-VARIANT-DIFFERS", 1;
    /// An archive, a manifest or a checksum does not verify.
    VerificationFailed = "E-VERIFICATION", 1;
    /// A bundle was built without a registry and is no release: its images have no digests. Build it without `--offline`.
    OfflineBundle = "E-OFFLINE", 1;
    /// A bundle was made by a rehearsal and is no release.
    RehearsedBundle = "E-REHEARSED", 1;
    /// The lock file has an image that is not a third-party image of a Compose file. Run `cargo xtask bundle --update-locks`.
    LockStale = "E-LOCK-STALE", 1;
    /// The lock file lacks an image, so its registry is asked. This is said and stops nothing. Run `cargo xtask bundle --update-locks`.
    LockMissing = "E-LOCK-MISSING", 1;
    /// A Compose or configuration file refers to a variable the environment contract does not declare. Declare it in `config/env.yaml`.
    VariableUndeclared = "E-VARIABLE-UNDECLARED", 1;
    /// A variable of the environment contract is referred to nowhere and has no consumers. This is said and stops nothing.
    VariableUnused = "E-VARIABLE-UNUSED", 1;
    /// The environment contract names a consumer that is no service. This is said and stops nothing.
    ConsumerUnknown = "E-CONSUMER-UNKNOWN", 1;
    /// An image lies under the registry of the own images and is not declared. Declare it under `images.names`, or correct its name.
    ImageUndeclared = "E-IMAGE-UNDECLARED", 1;
    /// A third-party image has no tag, or one that is moved to other images. Name the tag of one version to the patch level, or add the digest.
    ImageFloating = "E-IMAGE-FLOATING", 1;
    /// An exception under `pins.exceptions` excuses no image. Remove it, or correct the image that it names.
    PinExceptionUnused = "E-PIN-EXCEPTION-UNUSED", 1;
    /// A configuration file travels in bundles and no service takes it. This is said and stops nothing.
    FileUnreferenced = "E-FILE-UNREFERENCED", 1;
    /// A service has something that only a developer's machine or a test installation has. The message says what would be right.
    StageSpecific = "E-STAGE-SPECIFIC", 1;
    /// A file that a bundle needs is not in the repository.
    FileMissing = "E-FILE-MISSING", 1;
    /// A commit of a release line never reached the main branch, so the next minor lacks it. This is said and stops nothing.
    NotForwarded = "E-NOT-FORWARDED", 1;
    /// What would be released is not what the candidate was, but for the version. Make another candidate and promote that one.
    PromotionDiffers = "E-PROMOTION-DIFFERS", 1;
    /// Changes on a release line ask for more than one of its versions. Release them from the main branch, or correct their labels.
    LineTooNarrow = "E-LINE-NARROW", 1;
    /// The changelog cannot take the new section. The message says where and why.
    ChangelogConflict = "E-CHANGELOG", 1;
    /// The plan is too large to be read back from its tag. Carry less in the bundles: the message names the largest files.
    PlanTooLarge = "E-PLAN-TOO-LARGE", 1;
    /// A generated file is not what its source generates. Run `cargo xtask generate`.
    GeneratedStale = "E-GENERATED-STALE", 1;
    /// Something that names the release of a channel does not name the right one. Bring all of it to agree with `cargo xtask channels --repair`.
    ChannelDrift = "E-CHANNEL-DRIFT", 1;
    /// `.env` lacks values without which the platform does not start. Each is named: write it, or run the command on a terminal.
    EnvIncomplete = "E-ENV-INCOMPLETE", 1;
    /// What was asked of `.env` makes no sense. `--help` shows the options.
    EnvUsage = "E-ENV-USAGE", 2;
    /// Data is bound to a value of `.env` that was to change. Keep the value, or change the data by hand and name it with `--rekey-by-hand`.
    EnvImmutable = "E-ENV-IMMUTABLE", 3;
    /// The candidate that is to be promoted was withdrawn. Promote another one.
    CandidateWithdrawn = "E-CANDIDATE-WITHDRAWN", 3;
    /// The release that is verified, or the one before the next, was withdrawn. Whatever its files prove, install another one.
    Withdrawn = "E-WITHDRAWN", 1;
    /// A release line of this number cannot begin there. The message says where it can, or which number is free.
    LineElsewhere = "E-LINE-ELSEWHERE", 3;
    /// A commit does not fit onto a release line by itself. Bring it over by hand with `git cherry-pick -x`, in a pull request into the line.
    PickConflict = "E-PICK-CONFLICT", 3;
    /// The tag exists with another target. Tags never move: find out who made it, then delete it or release the next version.
    TagElsewhere = "E-TAG-ELSEWHERE", 3;
    /// An own image has a tag that it was to get already, with another digest. Find out who pushed it and delete that tag.
    ImageTagElsewhere = "E-IMAGE-TAG-ELSEWHERE", 3;
    /// A release of this tag exists and was not made by this plan. Delete it or release the next version.
    ReleaseForeign = "E-RELEASE-FOREIGN", 3;
    /// The tag name belonged to an immutable release and can never be used again. Release the next patch.
    VersionBurned = "E-VERSION-BURNED", 3;
    /// A published asset is not what the plan says. Nothing was changed; compare the release with `cargo xtask verify`.
    PublishedDiffers = "E-PUBLISHED-DIFFERS", 3;
    /// The pointer of a channel is signed, and its signature proves nothing. Look into the history of the branch `channels`: restore the file, or sign what is right anew with `cargo xtask channels --repair`.
    PointerUnproven = "E-POINTER-UNPROVEN", 3;
    /// What lies in the bucket in the place of a pointer is not what was copied there, or is ahead of the branch. Find out who put it there, then run `cargo xtask channels --repair`; of what is ahead, restore the branch from its history.
    CopyForeign = "E-COPY-FOREIGN", 3;
    /// A release is tagged but unfinished and something other than finishing it was asked. Run `cargo xtask release`, or `cargo xtask abandon`.
    ReleaseUnfinished = "E-RELEASE-UNFINISHED", 3;
    /// A plan cannot be read: another version of this tool made it, or it is damaged. Finish the release with that version, or run `cargo xtask abandon`.
    PlanUnreadable = "E-PLAN-UNREADABLE", 3;
    /// The plan that was given no longer fits the world: something changed since it was made. Plan again.
    PlanStale = "E-PLAN-STALE", 3;
    /// A configuration file is wrong.
    Configuration = "E-CONFIG", 4;
    /// What `config/compatibility.yaml` says does not fit the release: no version is low enough to update from, a version to stop at is not there, or something is declared of a version above the release. The message says which.
    UpdatesUnfit = "E-UPDATES-UNFIT", 4;
    /// A file that carries the version cannot be read as what `stamps` calls it.
    StampUnreadable = "E-STAMP-UNREADABLE", 4;
    /// A Compose file is wrong or uses what is not supported.
    Compose = "E-COMPOSE", 4;
    /// A template does not render.
    Template = "E-TEMPLATE", 4;
    /// The working tree has changes. Commit or stash them.
    TreeDirty = "E-TREE-DIRTY", 4;
    /// The checked-out branch is not the one releases are cut from.
    BranchWrong = "E-BRANCH-WRONG", 4;
    /// A branch has another name than `branches.topics` agrees on. Rename it, or add its beginning there.
    BranchName = "E-BRANCH-NAME", 4;
    /// Stable releases exist, but none of them lies on the history of this commit. Release from their line, or bring the line of the tags into this history.
    LineUnknown = "E-LINE-UNKNOWN", 4;
    /// The branch has commits that its remote has not. Push them, or bring both together, until they agree.
    BranchDiffers = "E-BRANCH-DIFFERS", 4;
    /// Git does not know who you are. Set `user.name` and `user.email`.
    IdentityMissing = "E-IDENTITY-MISSING", 4;
    /// The repository belongs to another user and Git refuses it. Add exactly this path to `safe.directory`.
    RepositoryForeign = "E-REPOSITORY-FOREIGN", 4;
    /// The clone is shallow: its history is cut off. Run `git fetch --unshallow --tags`, or set `fetch-depth: 0` in CI.
    RepositoryShallow = "E-REPOSITORY-SHALLOW", 4;
    /// The clone is partial: objects are missing. Clone again without `--filter`.
    RepositoryPartial = "E-REPOSITORY-PARTIAL", 4;
    /// There is no Git repository here, or it cannot be opened.
    RepositoryUnreadable = "E-REPOSITORY", 4;
    /// The repository has no remote of the configured name. Add it with `git remote add`.
    RemoteMissing = "E-REMOTE-MISSING", 4;
    /// No token was given. Set `GITHUB_TOKEN`, sign in with `gh auth login`, or rehearse with `--rehearse`.
    TokenMissing = "E-TOKEN-MISSING", 4;
    /// The token may not do what the release needs. The message names the right.
    TokenRights = "E-TOKEN-RIGHTS", 4;
    /// The release is to be signed, and there is no key that can be used. Set `SLIPWAY_RELEASE_KEY`, and `SLIPWAY_RELEASE_KEY_PASSWORD` where it has a password.
    ReleaseKeyMissing = "E-RELEASE-KEY-MISSING", 4;
    /// The key that was given is none of those that prove the release. Give the one that `signing.release_keys` names, or add its public half there first.
    ReleaseKeyUnpinned = "E-RELEASE-KEY-UNPINNED", 4;
    /// What was to be withdrawn is not published. Name a published version; a release that has only begun is given up with `cargo xtask abandon`.
    NotPublished = "E-NOT-PUBLISHED", 4;
    /// The pointer of a channel is to be signed, and there is no key that can be used. Set `SLIPWAY_CHANNEL_KEY`, and `SLIPWAY_CHANNEL_KEY_PASSWORD` where it has a password.
    ChannelKeyMissing = "E-CHANNEL-KEY-MISSING", 4;
    /// The key that was given is none of those that prove pointers. Give the one that `signing.channel_keys` names, or add its public half there first.
    ChannelKeyUnpinned = "E-CHANNEL-KEY-UNPINNED", 4;
    /// Pointers are copied to a bucket, and no credentials for it were given. Set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, and `AWS_SESSION_TOKEN` where they last for a session.
    BucketKeyMissing = "E-BUCKET-KEY-MISSING", 4;
    /// The server of the bucket refuses what is asked of it. Correct `pointers.s3` in `config/release.yaml`, the credentials, or what they may do: the message has the server's words.
    BucketRefused = "E-BUCKET-REFUSED", 4;
    /// The server of the bucket takes a write whose condition does not hold, so that two runs could overwrite each other. Use a server that keeps to `If-Match` and `If-None-Match`.
    BucketUnguarded = "E-BUCKET-UNGUARDED", 4;
    /// Something the tests need is not installed.
    TestPrerequisite = "E-TEST-PREREQUISITE", 4;
    /// `.env` or its folder is not as needed: a link, no file, or not to be read. The message says which.
    EnvFile = "E-ENV-FILE", 4;
    /// `.env` belongs to another user. Run the command as that user or as root.
    EnvOwner = "E-ENV-OWNER", 4;
    /// `.env` holds what Compose does not read, or reads differently from how it looks. Correct the line that the message names.
    EnvUnreadable = "E-ENV-UNREADABLE", 4;
    /// The operating system gives no random bytes. Check that `/dev/urandom` is there and works.
    EnvRandom = "E-ENV-RANDOM", 4;
    /// `.env` could not be written; the old one is there as it was. Make room on the disk, or run as the user who owns the folder.
    EnvWrite = "E-ENV-WRITE", 4;
    /// Git failed. Mend what the message says, then run again: a release continues where it stopped.
    Git = "E-GIT", 5;
    /// The remote refused the push. The message has its answer.
    PushRefused = "E-PUSH-REFUSED", 5;
    /// The forge failed or could not be reached. Run again: a release continues where it stopped.
    Forge = "E-FORGE", 5;
    /// The registry failed or could not be reached. Run again.
    Registry = "E-REGISTRY", 5;
    /// The server of the bucket failed or could not be reached. Run again: a release continues where it stopped.
    Bucket = "E-BUCKET", 5;
    /// An image of the bundle does not exist in its registry. Wait for its build, or correct its tag.
    ImageMissing = "E-IMAGE-MISSING", 5;
    /// Somebody was not told of a release. It is published all the same; check the address of the webhook, and tell them.
    Announcement = "E-ANNOUNCEMENT", 5;
    /// A bundle's `setup-env.sh` failed or left `.env` incomplete.
    SetupFailed = "E-SETUP-FAILED", 5;
    /// A file could not be read or written. Make sure that it is there, that you may, and that its disk has room, then run again.
    FileSystem = "E-FILE", 5;
    /// A fault in this tool. Please report it with the message.
    Internal = "E-INTERNAL", 70;
    /// Something newer came first: a commit on the branch, or another release run. Run `git pull --tags` and run again; in CI the run of the newer commit does that.
    Overtaken = "E-OVERTAKEN", 75;
    /// Images were not there when the time was over that the release waited for them. Look whether their build goes on, then run again.
    ImagesPending = "E-IMAGES-PENDING", 75;
    /// Another run is writing this `.env`. Run again when it has ended.
    EnvBusy = "E-ENV-BUSY", 75;
    /// The forge asks to wait longer than a run may. Run again later.
    RateLimited = "E-RATE-LIMITED", 75;
}

impl std::fmt::Display for Cause {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_an_id_of_its_own_and_a_documented_exit_code() {
        let ids: std::collections::BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.id()).collect();
        assert_eq!(ids.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            assert!(cause.id().starts_with("E-"), "{cause}");
            assert!([1, 2, 3, 4, 5, 70, 75].contains(&cause.exit_code()), "{cause}");
        }
    }

    #[test]
    fn a_hint_says_what_to_do_and_does_not_repeat_the_cause() {
        assert_eq!(Cause::Forge.remedy(), "run again: a release continues where it stopped");
        let hinted = [
            Cause::Git,
            Cause::FileSystem,
            Cause::Forge,
            Cause::Registry,
            Cause::ImageMissing,
            Cause::IdentityMissing,
            Cause::TokenMissing,
            Cause::ReleaseUnfinished,
            Cause::PublishedDiffers,
            Cause::Internal,
        ];
        for cause in hinted {
            let (means, remedy) = (cause.explanation().trim(), cause.remedy());
            assert!(
                means.len() > remedy.len() + 2 && remedy.starts_with(char::is_lowercase),
                "{cause}: {remedy}"
            );
        }
    }
}
