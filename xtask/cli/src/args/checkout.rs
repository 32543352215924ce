//! The arguments of what looks at a checkout, or writes into it. Holds no behaviour.

use std::path::PathBuf;

use clap::Args;

use super::OutputArgs;

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
