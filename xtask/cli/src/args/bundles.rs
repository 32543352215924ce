//! The arguments of what builds bundles and proves them, with their images and keys. Holds no behaviour.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use release_core::identity::Tag;

use super::{OUTPUT, OutputArgs};

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
