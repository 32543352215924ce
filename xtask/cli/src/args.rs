//! The command line as clap sees it. Holds no behaviour: each command's room is in `commands/`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use release_core::identity::{LineNumber, Tag};
use release_core::untrusted::shows_itself;

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

/// The longest time that a run waits for images.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 24 * 60 * 60);

/// A duration as people write it.
fn duration(text: &str) -> Result<Duration, String> {
    let read =
        text.parse::<jiff::SignedDuration>().map_err(|_| "write it as in `45m` or `1h 30m`".to_owned())?;
    let read = Duration::try_from(read).map_err(|_| "it is less than nothing".to_owned())?;
    if read > LONGEST_WAIT { Err("it is more than five days".to_owned()) } else { Ok(read) }
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Args)]
pub struct OutputArgs {
    /// Prints one JSON object on standard output instead of text
    #[arg(long)]
    pub json: bool,
}

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

/// `bundle`.
#[derive(Debug, Args)]
#[command(
    override_usage = "cargo xtask bundle [OPTIONS] --version <vX.Y.Z>\n       cargo xtask bundle --update-locks [--json]",
    after_help = "Examples:\n  cargo xtask bundle --version v1.3.0 --out dist\n  cargo xtask bundle --version v1.4.0-dev --offline   without a registry; cannot be published\n  cargo xtask bundle --update-locks                   writes config/images.lock.yaml\n\nA release is built from its tag, with the very bytes that were released. A version without a tag is built from what is checked out."
)]
pub struct BundleArgs {
    /// The version to build
    #[arg(long, value_name = "vX.Y.Z", required_unless_present = "update_locks")]
    pub version: Option<Tag>,
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = OUTPUT)]
    pub out: PathBuf,
    /// Asks no registry: third-party images get the digests of the lock file, all others none, and the manifests say so; a release of
    /// ours has them in its tag
    #[arg(long)]
    pub offline: bool,
    /// Builds nothing: asks the registries for every third-party image of the working tree and writes `config/images.lock.yaml`
    #[arg(long, conflicts_with_all = ["version", "out", "offline", "with_images"])]
    pub update_locks: bool,
    /// The images beside the bundles.
    #[command(flatten)]
    pub images: ImagesOfBundleArgs,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What `bundle` writes of the images.
#[derive(Debug, Args)]
pub struct ImagesOfBundleArgs {
    /// Writes the images too, as archives that `docker load` reads on a host without a registry
    #[arg(long, conflicts_with = "offline")]
    pub with_images: bool,
    /// The platform of the hosts that load them
    #[arg(long, value_name = "OS/ARCHITECTURE", default_value = "linux/amd64", requires = "with_images")]
    pub platform: String,
    /// The most MiB that a part of an archive has
    #[arg(long, value_name = "MIB", default_value_t = 1900, requires = "with_images", value_parser = clap::value_parser!(u64).range(16..2048))]
    pub part_size: u64,
}

/// `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask check            configuration, Compose files, what bundles need, stamped versions of the working tree\n  cargo xtask check --pr 12    labels and words for the changelog of an open pull request"
)]
pub struct CheckArgs {
    /// Checks this pull request instead: its labels, and the sections that its description names
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub pr: Option<u64>,
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

/// `images`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask images           name, folder and reference of each\n  cargo xtask images --json    the same as an object with the list `images`\n\nIn GitHub Actions the list is the output `images` of the step, too."
)]
pub struct ImagesArgs {
    /// How the list is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `affected`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask affected                 against the newest release of this line\n  cargo xtask affected --since HEAD~1  against another commit\n  cargo xtask affected --retag         gives the images that did not change the tag of this commit\n\nIn GitHub Actions the step has the outputs `matrix`, `any` and `deployable`, too."
)]
pub struct AffectedArgs {
    /// The commit to compare with: a tag, a branch or a commit; the source of the newest release of this line where none is named
    #[arg(long, value_name = "REF")]
    pub since: Option<String>,
    /// Gives each image that is not reached the tag of this commit, by digest and without pulling it; where the registry has no image
    /// of the other commit, it has to be built
    #[arg(long)]
    pub retag: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
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
    after_help = "Examples:\n  cargo xtask channels            what each channel is at, and what does not agree; 1 where something does not\n  cargo xtask channels --repair   brings all of it to agree\n  cargo xtask channels renew      signs the pointers again that expire soon\n  cargo xtask channels rollout latest 50   lets half of the installations take its release by themselves\n\nThe key that signs pointers comes from the environment: SLIPWAY_CHANNEL_KEY, SLIPWAY_CHANNEL_KEY_PASSWORD. Looking needs none.\nWhere pointers are copied to a bucket, so does its key, and looking needs it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN."
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
    /// Lets more, or fewer, of a hundred installations take the release of a channel by themselves
    Rollout {
        /// The channel
        channel: String,
        /// How many of a hundred
        #[arg(value_name = "PERCENTAGE", value_parser = clap::value_parser!(u8).range(0..=100))]
        percentage: u8,
        /// How the result is printed.
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// `rehearsal`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cargo xtask rehearsal    prints the environment to use and serves until Ctrl-C\n\nInject a fault, then run `cargo xtask release` in the printed clone, kill it, run it again:\n  curl -d '{\"where\":{\"method\":\"POST\",\"path\":\"/repos\"},\"nth\":1,\"kind\":\"reset_after\"}' $SLIPWAY_REHEARSAL_CONTROL/faults"
)]
pub struct RehearsalArgs {
    /// Pull requests, as YAML or JSON, instead of those made up from the commits
    #[arg(long, value_name = "FILE")]
    pub pulls: Option<PathBuf>,
    /// The folder for the clone and the remote; a new temporary one by default
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// How the environment is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask verify v1.3.0                release as the forge has it\n  cargo xtask verify v1.3.0 --rebuild      the same, and its archives against what the tag builds\n  cargo xtask verify dist/SHA256SUMS       everything that is listed there\n  cargo xtask verify dist/platform-v1.3.0.tar.gz --key release.pub\n\nThe signature has to be of a key that `config/release.yaml` of this checkout pins, or of one given by --key."
)]
pub struct VerifyArgs {
    /// The tag of a release, an archive, or the `SHA256SUMS` of a release for all of its files
    #[arg(value_name = "FILE|TAG")]
    pub target: String,
    /// Takes this public key of minisign instead of those that the checkout pins; may be given more than once
    #[arg(long, value_name = "FILE|TEXT")]
    pub key: Vec<String>,
    /// Takes what has no signature, because it was built here
    #[arg(long)]
    pub unsigned: bool,
    /// Builds the archives again from the tag and compares them byte by byte
    #[arg(long)]
    pub rebuild: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `keys`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask keys generate --out release.key\n  cargo xtask keys rotate\n  cargo xtask keys revoke RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n\nSecret keys and passwords come from the environment: SLIPWAY_RELEASE_KEY, SLIPWAY_RELEASE_KEY_PASSWORD."
)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: KeysAction,
}

/// What `keys` does.
#[derive(Debug, Subcommand)]
pub enum KeysAction {
    /// Makes a new key: writes the secret half into a file for its owner only and the public half beside it, and prints that
    Generate {
        /// The new file for the secret half, outside the repository; the name of the public one is that and `.pub`
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Makes a key that opens without a password
        #[arg(long)]
        no_password: bool,
    },
    /// Makes the next key the current one in `config/release.yaml`, retires the old one, and signs a statement about it with that
    Rotate {
        /// The folder for the statement and its signature
        #[arg(long, value_name = "DIR", default_value = OUTPUT)]
        out: PathBuf,
    },
    /// Takes a key back in `config/release.yaml`: whatever it signed proves nothing any more
    Revoke {
        /// The public key
        #[arg(value_name = "KEY")]
        key: String,
    },
}

/// `setup-env`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask setup-env                             asks for what only you know, and makes every secret\n  cargo xtask setup-env --check                     what is missing, empty or still a placeholder\n  cargo xtask setup-env --non-interactive --set DOMAIN=hub.example.org\n  cargo xtask setup-env --rotate POSTGRES_PASSWORD  a new value, and what follows from it\n  cargo xtask setup-env --folder DIR                the settings of another folder\n\nValues that are set stay as they are, byte for byte; running it again changes nothing. What follows from a value, such as a link\nor the hash of a password, changes with it, unless you set it yourself."
)]
pub struct SetupEnvArgs {
    /// Changes nothing and says what is missing, empty or still a placeholder
    #[arg(long)]
    pub check: bool,
    /// Sets a variable; may be given more than once. The value is visible in the list of processes while this runs: leave secrets to
    /// the prompt
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<HiddenArgument>,
    /// Makes a new value for a secret, or for all secrets of a rotation group; derives a derived value again
    #[arg(long, value_name = "NAME|GROUP")]
    pub rotate: Vec<String>,
    /// Changes a value although data is bound to it: you change the data, as the refusal without this option says. The old file stays
    /// beside the new one as `.env.old`
    #[arg(long, value_name = "NAME")]
    pub rekey_by_hand: Vec<String>,
    /// Asks nothing
    #[arg(long)]
    pub non_interactive: bool,
    /// The folder that holds `.env`; the root of the checkout where none is named
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// How the result is printed.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// An argument that may be a secret: its debug form does not show it.
#[derive(Clone)]
pub struct HiddenArgument(pub String);

impl std::fmt::Debug for HiddenArgument {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[hidden]")
    }
}

impl From<String> for HiddenArgument {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// `generate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask generate           writes what differs\n  cargo xtask generate --check   fails where something differs"
)]
pub struct GenerateArgs {
    /// Writes nothing and fails where something differs
    #[arg(long)]
    pub check: bool,
}

/// `completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cargo xtask completions bash > ~/.local/share/bash-completion/completions/xtask\n  cargo xtask completions man --out man/\n\nThey complete a command called `xtask`. With `alias xtask='cargo xtask'` in the shell's start-up file it is there to be typed."
)]
pub struct CompletionsArgs {
    /// The shell, or `man` for manual pages
    #[arg(value_enum)]
    pub format: CompletionFormat,
    /// The folder for manual pages
    #[arg(long, value_name = "DIR", default_value = "man")]
    pub out: PathBuf,
}

/// What completions are printed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum CompletionFormat {
    /// Bash
    Bash,
    /// Elvish
    Elvish,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// Z shell
    Zsh,
    /// Manual pages
    Man,
}
