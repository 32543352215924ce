//! The arguments of what moves or withdraws what channels point at. Holds no behaviour.

use clap::{Args, Subcommand};
use release_core::identity::Tag;
use release_core::untrusted::shows_itself;

use super::OutputArgs;

/// `yank`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cargo xtask yank v1.3.0 --reason 'loses mail that has no subject'\n\nThe version is listed as withdrawn in `yanked.json` and in the pointers of its channel, its page says so, and pointers, moving tags\nand the latest release go back to the newest good one. Run it again after any crash: it goes on.\nWithout a terminal to ask on, in CI or elsewhere, it needs --yes."
)]
pub struct YankArgs {
    /// The release to withdraw
    #[arg(value_name = "vX.Y.Z")]
    pub tag: Tag,
    /// Why, in one line for everybody to read
    #[arg(long, value_name = "TEXT", value_parser = one_line)]
    pub reason: String,
    /// Does not ask before acting
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The most characters of a reason: pointers carry it, and they are small.
const LONGEST_REASON: usize = 300;

/// A reason as one line of characters that show themselves.
fn one_line(text: &str) -> Result<String, String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() {
        0 => Err("say why".to_owned()),
        1..=LONGEST_REASON if line.chars().all(shows_itself) => Ok(line),
        1..=LONGEST_REASON => Err("leave out what does not show".to_owned()),
        count => Err(format!("{count} characters are more than {LONGEST_REASON}")),
    }
}

/// `channels`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  cargo xtask channels            what each channel is at, and what does not agree; 1 where something does not\n  cargo xtask channels --repair   brings all of it to agree\n  cargo xtask channels renew      signs the pointers again that expire soon\n  cargo xtask channels rollout v1.3.0 50   lets half of the installations take it by themselves\n\nThe key that signs pointers comes from the environment: SLIPWAY_CHANNEL_KEY, SLIPWAY_CHANNEL_KEY_PASSWORD. Looking needs none.\nWhere pointers are copied to a bucket, so does its key, and looking needs it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN."
)]
pub struct ChannelsArgs {
    /// What else to do.
    #[command(subcommand)]
    pub action: Option<ChannelsAction>,
    /// Brings pointers, moving tags, the latest release and the pages of withdrawn releases to agree
    #[arg(long)]
    pub repair: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl ChannelsArgs {
    /// How the result is printed.
    #[must_use]
    pub const fn output(&self) -> &OutputArgs {
        match &self.action {
            Some(ChannelsAction::Renew { output } | ChannelsAction::Rollout { output, .. }) => output,
            None => &self.output,
        }
    }
}

/// What `channels` does beside looking.
#[derive(Debug, Subcommand)]
pub enum ChannelsAction {
    /// Signs every pointer again that expires soon, as `pointers` in `config/release.yaml` says
    Renew {
        /// How the result is printed.
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Lets more, or fewer, of a hundred installations take a release by themselves, on every channel that points at it
    Rollout {
        /// The release, as in `v1.3.0`
        tag: Tag,
        /// How many of a hundred
        #[arg(value_name = "PERCENTAGE", value_parser = clap::value_parser!(u8).range(0..=100))]
        percentage: u8,
        /// How the result is printed.
        #[command(flatten)]
        output: OutputArgs,
    },
}
