//! The arguments of what makes releases, and of looking at what would be released. Holds no behaviour.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use release_core::identity::{LineNumber, Tag};

use super::OutputArgs;

/// `release`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask release --rehearse            the whole release against a clone and loopback servers\n  cargo xtask release --rehearse --pulls pulls.yaml\n  cargo xtask release --dry-run             the plan, and nothing else\n  cargo xtask release --channel rc          a release candidate\n  cargo xtask release --on-merge            what CI runs after each merge\n  cargo xtask plan --json > plan.json && cargo xtask release --plan plan.json\n\nRun it again after any crash: it continues where it stopped."
)]
pub struct ReleaseArgs {
    /// Releases for real, but to a clone and loopback servers: no token, no network
    #[arg(long, conflicts_with = "plan")]
    pub rehearse: bool,
    /// Pull requests for the rehearsal, as YAML or JSON, instead of those made up from the commits
    #[arg(long, value_name = "FILE", requires = "rehearse")]
    pub pulls: Option<PathBuf>,
    /// Prints the plan and stops
    #[arg(long)]
    pub dry_run: bool,
    /// The channel to release on; the first of stable versions where none is named
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,
    /// Releases on every channel that says `on_merge`: what CI runs after a merge
    #[arg(long, conflicts_with_all = ["channel", "plan", "dry_run"])]
    pub on_merge: bool,
    /// Executes this plan, made by `plan --json`, instead of a new one
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Waits so long at most for images that are not there yet, as in `45m` or `1h 30m`; without it, as long as
    /// `images.minutes_to_wait` says
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait_for_images: Option<Duration>,
    /// Does not ask before acting
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `promote`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask promote v1.4.0-rc.2 --dry-run   the plan, and nothing else\n  cargo xtask promote v1.4.0-rc.2             releases its bits as v1.4.0\n\nWhat is checked out does not matter: source, images and entries are the candidate's. Run it again after any crash."
)]
pub struct PromoteArgs {
    /// The candidate
    #[arg(value_name = "vX.Y.Z-rc.N")]
    pub tag: Tag,
    /// Prints the plan and stops
    #[arg(long)]
    pub dry_run: bool,
    /// The channel to release on; the first of stable versions where none is named
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,
    /// Does not ask before acting
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl PromoteArgs {
    /// The same as arguments of a release.
    #[must_use]
    pub fn release(&self) -> ReleaseArgs {
        ReleaseArgs {
            rehearse: false,
            pulls: None,
            dry_run: self.dry_run,
            channel: self.channel.clone(),
            on_merge: false,
            plan: None,
            wait_for_images: None,
            yes: self.yes,
            output: self.output,
        }
    }
}

/// `cut`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask cut                              the line of what would be released next, from what is checked out\n  cargo xtask cut 1.4 --from v1.4.0-nightly.7  from what a nightly was made of\n  cargo xtask cut 1.3                          for fixes, from the newest release of 1.3\n\nMain goes on with the next minor. Running it again changes nothing."
)]
pub struct CutArgs {
    /// The number of the line; that of what would be released next where none is named
    #[arg(value_name = "X.Y")]
    pub number: Option<LineNumber>,
    /// Where it begins: a tag, a branch or a commit
    #[arg(long, value_name = "REVISION")]
    pub from: Option<String>,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hotfix`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask hotfix 1.3                       makes release/1.3 from the newest 1.3.x, for pull requests into it\n  cargo xtask hotfix 1.3 --pick 0123456789ab   the same, and brings a commit of main over\n\nReleasing from the line gives the next patch and leaves `latest` alone. What is there already is not brought over twice."
)]
pub struct HotfixArgs {
    /// The number of the line
    #[arg(value_name = "X.Y")]
    pub number: LineNumber,
    /// A commit to bring over, as `git cherry-pick -x` does; may be given more than once, in the order in which they go
    #[arg(long, value_name = "COMMIT")]
    pub pick: Vec<String>,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask plan\n  cargo xtask plan --json > plan.json\n\nWhat would stop a release is said on standard error; the exit code is 1 then, and the plan is shown all the same where it is certain."
)]
pub struct PlanArgs {
    /// The channel to release on; the first of stable versions where none is named
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `changelog`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask changelog             what is not released yet\n  cargo xtask changelog v1.3.0      the section of a release, as CHANGELOG.md has it\n  cargo xtask changelog --all       every release of the history, as a CHANGELOG.md\n\nReleases that this tool made stand in the whole changelog as they were released; those before\nare written from their commits and pull requests."
)]
pub struct ChangelogArgs {
    /// The release whose section to print
    #[arg(value_name = "vX.Y.Z", conflicts_with = "all")]
    pub version: Option<Tag>,
    /// Prints a whole changelog: what is not released yet, and every release of the history that is checked out
    #[arg(long)]
    pub all: bool,
}

/// `abandon`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cargo xtask abandon v1.3.0    deletes its tag and drafts, and takes the stamp back from the branch\n\nWithout a terminal to ask on, in CI or elsewhere, it needs --yes."
)]
pub struct AbandonArgs {
    /// The release to give up
    #[arg(value_name = "vX.Y.Z")]
    pub tag: Tag,
    /// Does not ask before acting
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The longest time that a run waits for images.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 24 * 60 * 60);

/// A duration as people write it.
fn duration(text: &str) -> Result<Duration, String> {
    let read =
        text.parse::<jiff::SignedDuration>().map_err(|_| "write it as in `45m` or `1h 30m`".to_owned())?;
    let read = Duration::try_from(read).map_err(|_| "it is less than nothing".to_owned())?;
    if read > LONGEST_WAIT { Err("it is more than five days".to_owned()) } else { Ok(read) }
}
