//! The stage of a rehearsal: a scratch folder with a bare remote, a clone, and the loopback forge and registry. What runs on it is the
//! production code; only the addresses and the pace differ. Never touches anything outside the scratch folder.

mod history;
mod pointers;
mod remote;

use std::path::{Path, PathBuf};

use release_core::compose::image::ImageReference;
use release_core::config::{Configuration, ImageLocks};
use release_core::finding::Cause;
use release_edge::failure::Failure;
use release_edge::forge::github::Hosts;
use release_edge::proxy::Proxies;
use release_edge::registry::mirrored;
use release_edge::repository::Repository;
use release_edge::secret::Secret;
use release_edge::signing::generate;
use release_rehearsal::{Options, PullsFile, Rehearsal};

use crate::context::Surroundings;

/// The token that the rehearsal's forge knows. It opens nothing else.
pub const TOKEN: &str = "rehearsal-token";

/// The page about `--pulls` files.
const FORM_OF_PULLS: &str = "docs/how-to/pulls.md";

/// A stage that stands; the servers stop when it goes.
pub struct Stage {
    /// The scratch folder.
    pub folder: PathBuf,
    /// The clone that is released from.
    pub clone: PathBuf,
    /// Where the release leaves its files.
    pub output: PathBuf,
    /// The addresses to use.
    pub surroundings: Surroundings,
    /// The servers.
    pub servers: Rehearsal,
}

impl Stage {
    /// Stops the servers. The folder stays for people to look at, unless nothing was built in it.
    pub fn leave(self) {
        let Self { folder, output, servers, .. } = self;
        drop(servers);
        if !output.exists() {
            // What cannot be removed is left to the system, which clears its folder for temporary files by itself.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Sets the stage for the commit that is checked out in `root`.
pub fn prepare(
    root: &Path,
    configuration: &Configuration,
    pulls: Option<&Path>,
    folder: Option<&Path>,
) -> Result<Stage, Failure> {
    let config = &configuration.release;
    let described = pulls.map(read_pulls).transpose()?;
    let source = Repository::open(root)?;
    let folder = scratch(folder)?;
    let bare = folder.join("remote.git");
    let clone = folder.join("clone");
    let released = config.branches.of(source.branch()?.and_then(|branch| config.branches.line(&branch)));
    remote::publish(root, &bare, config, &released)?;
    remote::clone(&bare, &clone, &config.repository.remote)?;
    let seed = history::seed(&source, &clone, config, described)?;
    if let Some(path) = pulls {
        seed.check().map_err(|error| wrong_pulls(path, &error))?;
    }
    remote::push(&clone, &config.repository.remote, &released)?;
    let signs = !config.channel_keys().is_empty();
    let channel_key = signs.then(throwaway_key).transpose()?;
    pointers::seed(&source, &bare, config, channel_key.as_ref())?;
    let mut options = Options::new(&config.repository.owner, &config.repository.name, &bare);
    options.default_branch.clone_from(&config.branches.main);
    options.seed = seed;
    // Release tags are what the release itself makes; everything else that a bundle asks for is there.
    let own = &config.images;
    options.registry.absent =
        own.names.iter().map(|image| format!("{}/{}:v*", own.registry, image.name)).collect();
    options.registry.locked = configuration.locks.as_ref().map(locked).unwrap_or_default();
    let servers = Rehearsal::start(options).map_err(|error| {
        Failure::new(
            Cause::Internal,
            format!("the rehearsal's servers did not start: {error}"),
            "check that this machine lets a program listen on 127.0.0.1",
        )
    })?;
    let surroundings = Surroundings {
        hosts: Hosts {
            api: servers.api_url().to_owned(),
            graphql: servers.graphql_url(),
            server: servers.web_url().to_owned(),
        },
        token: Secret::new(TOKEN),
        release_key: config.signing.as_ref().map(|_| throwaway_key()).transpose()?,
        release_key_password: None,
        channel_key,
        channel_key_password: None,
        bucket_keys: None,
        rehearsal_registry: Some(servers.registry_address()),
        docker: None,
        proxies: Proxies::default(),
        certificates: None,
    };
    Ok(Stage { output: folder.join("dist"), folder, clone, surroundings, servers })
}

/// A key for this rehearsal alone, as one line. Nobody keeps it, so what it signs can never pass for a release.
fn throwaway_key() -> Result<Secret, Failure> {
    let made = generate(None).map_err(|error| Failure::of(Cause::Internal, error.to_string()))?;
    let line = made.secret.reveal().lines().last().and_then(Secret::new);
    line.ok_or_else(|| Failure::of(Cause::Internal, "the key of the rehearsal is empty".to_owned()))
}

/// The locked images as the rehearsal's registry has them: by their real digests, of which it knows nothing more.
fn locked(locks: &ImageLocks) -> Vec<String> {
    let named = locks.images.iter().filter_map(|locked| {
        let image: ImageReference = locked.image.parse().ok()?;
        Some(format!("{}@{}", mirrored(image.registry(), image.path()), locked.digest.prefixed()))
    });
    named.collect()
}

/// A new folder that stays after the rehearsal, so that its files can be looked at.
fn scratch(folder: Option<&Path>) -> Result<PathBuf, Failure> {
    let failed = |path: &Path, error: &std::io::Error| {
        Failure::of(
            Cause::FileSystem,
            format!("could not make a scratch folder in `{}`: {error}", path.display()),
        )
    };
    match folder {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
            let empty = std::fs::read_dir(folder).map_err(|error| failed(folder, &error))?.next().is_none();
            if !empty {
                return Err(Failure::new(
                    Cause::FileSystem,
                    format!("the folder `{}` is not empty", folder.display()),
                    "name a new or empty folder",
                ));
            }
            folder.canonicalize().map_err(|error| failed(folder, &error))
        }
        None => {
            let made = tempfile::Builder::new().prefix("slipway-rehearsal-").tempdir();
            Ok(made.map_err(|error| failed(&std::env::temp_dir(), &error))?.keep())
        }
    }
}

fn read_pulls(path: &Path) -> Result<PullsFile, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::of(Cause::FileSystem, format!("could not read `{}`: {error}", path.display()))
    })?;
    let pulls: PullsFile = release_core::yaml::from_str(&text).map_err(|error| wrong_pulls(path, &error))?;
    pulls.check().map_err(|error| wrong_pulls(path, &error))?;
    Ok(pulls)
}

fn wrong_pulls(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        Cause::Configuration,
        format!("`{}`: {error}", path.display()),
        format!("`{FORM_OF_PULLS}` in the documentation shows the form of this file"),
    )
}
