//! The command line as clap sees it: every command here, the arguments of each in a file with those of its kind. Holds no behaviour: each
//! command's room is in `commands/`.

mod bundles;
mod channels;
mod checkout;
mod releasing;

use clap::{Args, Parser, Subcommand};

pub use bundles::{BundleArgs, ImagesArgs, ImagesOfBundleArgs, KeysAction, KeysArgs, VerifyArgs};
pub use channels::{ChannelsAction, ChannelsArgs, YankArgs};
pub use checkout::{
    AffectedArgs, CheckArgs, CompletionFormat, CompletionsArgs, GenerateArgs, RehearsalArgs, SetupEnvArgs,
};
pub use releasing::{AbandonArgs, ChangelogArgs, CutArgs, HotfixArgs, PlanArgs, PromoteArgs, ReleaseArgs};

/// Where a release leaves its files, and `bundle` without `--out`, from the root of the repository.
pub const OUTPUT: &str = "dist";

/// Release engineering for platforms that people host themselves with Docker Compose.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 110)]
#[command(
    after_help = "Examples:\n  cargo xtask release --rehearse   try the whole release, with no token and no network\n  cargo xtask plan                 what would be released, and why\n  cargo xtask release              release it\n\nExit codes: 0 done or already done, 1 findings, 2 usage, 3 a conflict for a person, 4 configuration or precondition, 5 git, forge or registry failed, 70 internal, 75 try again later."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Cuts a release: version, changelog, bundles, commit, tag, release page, channel
    Release(ReleaseArgs),
    /// Makes the branch of a release line, for candidates or fixes
    Cut(CutArgs),
    /// Brings fixes onto a release line, which is made where there is none
    Hotfix(HotfixArgs),
    /// Releases what a candidate was, bit by bit, under its stable version
    Promote(PromoteArgs),
    /// Shows what would be released, and why
    Plan(PlanArgs),
    /// Builds the bundles of a version, touching neither git nor the forge
    Bundle(BundleArgs),
    /// Checks everything a release needs, or one pull request
    Check(CheckArgs),
    /// Prints the changelog: of what is not released yet, of a release, or of the whole history
    Changelog(ChangelogArgs),
    /// Lists the own images of the checked-out commit, for CI to build
    Images(ImagesArgs),
    /// Lists the own images that a change reaches, for CI to build, and tags the others
    Affected(AffectedArgs),
    /// Gives up a release that is tagged but not published
    Abandon(AbandonArgs),
    /// Withdraws a published release: everything falls back to the newest good one, and nothing is deleted
    Yank(YankArgs),
    /// Shows whether everything that names the release of a channel agrees, and repairs it
    Channels(ChannelsArgs),
    /// Starts the rehearsal's forge and registry by themselves, for trying out runs and faults
    Rehearsal(RehearsalArgs),
    /// Checks a release or a bundle: signature, checksums, contents, what lies beside
    Verify(VerifyArgs),
    /// Makes, changes and takes back the keys that prove releases
    Keys(KeysArgs),
    /// Writes the `.env` of a checkout from the environment contract, as a bundle's `setup-env.sh` does
    SetupEnv(SetupEnvArgs),
    /// Writes everything generated in the repository: schemas and reference pages
    Generate(GenerateArgs),
    /// Prints shell completions
    Completions(CompletionsArgs),
    /// Installs what the tests need and runs all of them
    Test(crate::commands::test::TestArgs),
}

impl Command {
    /// Whether the result is asked for as JSON.
    #[must_use]
    pub fn prints_json(&self) -> bool {
        let output = match self {
            Self::Release(args) => &args.output,
            Self::Promote(args) => &args.output,
            Self::Cut(args) => &args.output,
            Self::Hotfix(args) => &args.output,
            Self::Plan(args) => &args.output,
            Self::Bundle(args) => &args.output,
            Self::Check(args) => &args.output,
            Self::Images(args) => &args.output,
            Self::Affected(args) => &args.output,
            Self::Abandon(args) => &args.output,
            Self::Yank(args) => &args.output,
            Self::Channels(args) => args.output(),
            Self::Rehearsal(args) => &args.output,
            Self::Verify(args) => &args.output,
            Self::SetupEnv(args) => &args.output,
            Self::Changelog(_) | Self::Keys(_) | Self::Generate(_) | Self::Completions(_) | Self::Test(_) => {
                return false;
            }
        };
        output.json
    }
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Args)]
pub struct OutputArgs {
    /// Prints one JSON object on standard output instead of text
    #[arg(long)]
    pub json: bool,
}
