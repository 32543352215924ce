//! What a command works with: the repository here, the forge and the registries that configuration and environment name. The
//! environment is read here and nowhere else.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use release_core::channels::bucket;
use release_core::config::ReleaseConfig;
use release_core::facts::KeyFacts;
use release_core::finding::Cause;
use release_core::identity::Tag;
use release_edge::bucket::{Bucket, Keys, S3};
use release_edge::clock::SystemClock;
use release_edge::failure::Failure;
use release_edge::forge::github::{API, Connection, GitHub, Hosts};
use release_edge::forge::login::token_of_program;
use release_edge::gather::{Request, Sources};
use release_edge::proxy::Proxies;
use release_edge::registry::{Credentials, OciRegistry, RegistryAccess};
use release_edge::repository::{RemoteAccess, Repository};
use release_edge::secret::Secret;
use release_edge::signing::{KeyError, SigningKey};

use crate::terminal::{self, WaitLines};

/// Variables that lead a run elsewhere: those that GitHub Actions sets, a rehearsal's, the Docker client's, and those of whoever runs the
/// network.
pub mod variables {
    pub use release_edge::secret::variables::{
        BUCKET_ID, BUCKET_KEY, BUCKET_SESSION, CHANNEL_KEY, CHANNEL_KEY_PASSWORD, RELEASE_KEY,
        RELEASE_KEY_PASSWORD, TOKENS,
    };

    /// The base of the REST interface.
    pub const API: &str = "GITHUB_API_URL";
    /// The GraphQL interface.
    pub const GRAPHQL: &str = "GITHUB_GRAPHQL_URL";
    /// The server that Git talks to.
    pub const SERVER: &str = "GITHUB_SERVER_URL";
    /// The address of a rehearsal's registry: every image is asked for there, and the run counts as a rehearsal.
    pub const REHEARSAL_REGISTRY: &str = "SLIPWAY_REHEARSAL_REGISTRY";
    /// The address at which a rehearsal takes faults.
    pub const REHEARSAL_CONTROL: &str = "SLIPWAY_REHEARSAL_CONTROL";
    /// The folder of the Docker client's settings, whose logins open registries.
    pub const DOCKER_CONFIG: &str = "DOCKER_CONFIG";
    /// The proxy; the first that is set, as Git takes them.
    pub const PROXY: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    /// Who is asked without it.
    pub const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];
    /// The certificates that are trusted instead of the machine's own. The clients of forge and registries read it by themselves.
    pub const CERTIFICATES: &str = "SSL_CERT_FILE";
    /// The same for Git alone, which reads it by itself.
    pub const GIT_CERTIFICATES: &str = "GIT_SSL_CAINFO";
}

/// The registry that a token of the public forge opens, and the user name it goes with; any name does.
const FORGE_REGISTRY: (&str, &str) = ("ghcr.io", "x-access-token");

/// A key that was given, or why it cannot be used.
type Given = Result<SigningKey, KeyError>;

/// Addresses and secrets of a run.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The forge.
    pub hosts: Hosts,
    /// The token, if one was given.
    pub token: Option<Secret>,
    /// The key that signs releases, if one was given.
    pub release_key: Option<Secret>,
    /// Its password.
    pub release_key_password: Option<Secret>,
    /// The key that signs the pointers of channels, if one was given.
    pub channel_key: Option<Secret>,
    /// Its password.
    pub channel_key_password: Option<Secret>,
    /// What opens the bucket that pointers are copied to, if it was given.
    pub bucket_keys: Option<Keys>,
    /// The rehearsal's registry, in a rehearsal.
    pub rehearsal_registry: Option<String>,
    /// Where the Docker client keeps its logins, whether it has any or not.
    pub docker: Option<PathBuf>,
    /// The proxy.
    pub proxies: Proxies,
    /// A file with the certificates that Git is to trust as the other clients do; none where it knows by itself.
    pub certificates: Option<PathBuf>,
}

impl Surroundings {
    /// Reads them from the environment.
    #[must_use]
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let secret = |name: &str| variable(name).and_then(|value| Secret::new(&value));
        let first = |names: &[&str]| names.iter().find_map(|name| variable(name));
        let certificates = variable(variables::CERTIFICATES).map(PathBuf::from);
        Self {
            hosts: Hosts::of(
                variable(variables::API),
                variable(variables::GRAPHQL),
                variable(variables::SERVER),
            ),
            token: first(&variables::TOKENS).and_then(|token| Secret::new(&token)),
            release_key: secret(variables::RELEASE_KEY),
            release_key_password: secret(variables::RELEASE_KEY_PASSWORD),
            channel_key: secret(variables::CHANNEL_KEY),
            channel_key_password: secret(variables::CHANNEL_KEY_PASSWORD),
            bucket_keys: secret(variables::BUCKET_ID)
                .zip(secret(variables::BUCKET_KEY))
                .map(|(id, key)| Keys { id, secret: key, session: secret(variables::BUCKET_SESSION) }),
            rehearsal_registry: variable(variables::REHEARSAL_REGISTRY),
            docker: variable(variables::DOCKER_CONFIG)
                .map(PathBuf::from)
                .or_else(|| Some(std::env::home_dir()?.join(".docker")))
                .map(|folder| folder.join("config.json")),
            proxies: Proxies::new(
                first(&variables::PROXY).as_deref(),
                first(&variables::NO_PROXY).as_deref(),
            ),
            certificates: certificates.filter(|_| variable(variables::GIT_CERTIFICATES).is_none()),
        }
    }

    /// The token: the one that was given, else that of somebody who signed in with GitHub's own program. A rehearsal has its own.
    fn token(&self) -> Option<Secret> {
        let ask = |host| (self.rehearsal_registry.is_none()).then(|| token_of_program(host))?;
        self.token.clone().or_else(|| self.hosts.host().and_then(ask))
    }

    /// The key that signs releases, where one was given; opened once, because that takes a while on purpose.
    fn release_key(&self) -> Option<Given> {
        let password = self.release_key_password.as_ref();
        self.release_key.as_ref().map(|key| SigningKey::read(key, password))
    }

    /// The key that signs pointers, where one was given.
    fn channel_key(&self) -> Option<Given> {
        let password = self.channel_key_password.as_ref();
        self.channel_key.as_ref().map(|key| SigningKey::read(key, password))
    }

    /// A rehearsal's registry makes digests up: with it, nothing may be written anywhere but on this machine.
    fn require_loopback(&self) -> Result<(), Failure> {
        let local = |address: &str| {
            let host = address.split_once("://").map_or(address, |(_, rest)| rest);
            ["127.0.0.1:", "localhost:", "[::1]:"].iter().any(|loopback| host.starts_with(loopback))
        };
        if local(&self.hosts.api) && local(&self.hosts.graphql) {
            return Ok(());
        }
        Err(Failure::new(
            Cause::Configuration,
            format!("`{}` is set, but the forge is not on this machine", variables::REHEARSAL_REGISTRY),
            "unset it for a real release; for a rehearsal, set all variables that `cargo xtask rehearsal` prints",
        ))
    }

    /// How registries are reached: in a rehearsal all of them by its own, else with the logins of the Docker client, and with the forge's
    /// token where nobody logged in and it opens one. That of somebody who signed in with GitHub's program need not open it.
    #[must_use]
    pub fn registry_access(&self) -> RegistryAccess {
        let mut access = RegistryAccess {
            mirror: self.rehearsal_registry.clone(),
            docker: self.docker.clone(),
            proxies: self.proxies.clone(),
            ..RegistryAccess::default()
        };
        if let Some(token) = &self.token
            && self.hosts.api == API
        {
            let (registry, user) = FORGE_REGISTRY;
            let credentials = Credentials::Password { user: user.to_owned(), password: token.clone() };
            access.credentials.insert(registry.to_owned(), credentials);
        }
        access
    }
}

/// A repository with everything around it.
pub struct Context {
    /// The local clone.
    pub repository: Repository,
    /// How its remote is reached.
    pub remote: RemoteAccess,
    /// The forge.
    pub forge: GitHub,
    /// The registries.
    pub registry: OciRegistry,
    /// The bucket that pointers are copied to, where they are and it can be opened.
    bucket: Option<S3>,
    /// Time.
    pub clock: SystemClock,
    /// Whether forge and registry are a rehearsal's.
    pub rehearsed: bool,
    /// The key that signs releases, where they are signed and one was given.
    release_key: Option<Given>,
    /// The key that signs pointers, where they are signed and one was given.
    channel_key: Option<Given>,
    /// The channel that is meant where none is named.
    channel: String,
    /// The proxy.
    pub proxies: Proxies,
}

impl Context {
    /// Opens a repository and connects to what its configuration names.
    pub fn open(path: &Path, config: &ReleaseConfig, surroundings: &Surroundings) -> Result<Self, Failure> {
        let repository = Repository::open(path)?;
        let mut remote = RemoteAccess::new(&config.repository.remote);
        let token = surroundings.token();
        if let Some(token) = &token {
            remote = remote.with_token(&surroundings.hosts.server, token.clone())?;
        }
        if let Some(file) = &surroundings.certificates
            && !repository.has_setting("http.sslCAInfo")?
        {
            remote = remote.trusting(file);
        }
        let rehearsed = surroundings.rehearsal_registry.is_some();
        if rehearsed {
            surroundings.require_loopback()?;
        }
        let pace = if rehearsed { 0 } else { config.milliseconds_between_writes };
        let forge = GitHub::connect(Connection {
            api: surroundings.hosts.api.clone(),
            graphql: surroundings.hosts.graphql.clone(),
            token,
            proxies: surroundings.proxies.clone(),
            pace: Duration::from_millis(pace.into()),
            ..Connection::new(&config.repository.owner, &config.repository.name)
        })?
        .observed_by(Arc::new(WaitLines));
        let registry = OciRegistry::new(surroundings.registry_access())?.observed_by(Arc::new(WaitLines));
        let bucket = bucket(config, rehearsed).zip(surroundings.bucket_keys.clone());
        let open = |(place, keys)| S3::new(place, keys, &surroundings.proxies);
        let bucket = bucket.map(open).transpose()?.map(|bucket| bucket.observed_by(Arc::new(WaitLines)));
        let channel = config.default_channel().to_owned();
        let release_key = config.signing.as_ref().and_then(|_| surroundings.release_key());
        let signs = !config.channel_keys().is_empty();
        let channel_key = signs.then(|| surroundings.channel_key()).flatten();
        Ok(Self {
            repository,
            remote,
            forge,
            registry,
            bucket,
            clock: SystemClock,
            rehearsed,
            release_key,
            channel_key,
            channel,
            proxies: surroundings.proxies.clone(),
        })
    }

    /// The key that signs pointers, where one can be used.
    #[must_use]
    pub fn channel_key(&self) -> Option<&SigningKey> {
        self.channel_key.as_ref()?.as_ref().ok()
    }

    /// The key that signs releases, where one can be used.
    #[must_use]
    pub fn release_key(&self) -> Option<&SigningKey> {
        self.release_key.as_ref()?.as_ref().ok()
    }

    /// The bucket that pointers are copied to, where they are and it can be opened.
    #[must_use]
    pub fn bucket(&self) -> Option<&dyn Bucket> {
        self.bucket.as_ref().map(|bucket| bucket as &dyn Bucket)
    }

    /// The address of a webhook, where this variable holds one.
    #[must_use]
    pub fn webhook(&self, variable: &str) -> Option<Secret> {
        Secret::new(&std::env::var(variable).ok()?)
    }

    /// Where facts are read.
    #[must_use]
    pub fn sources(&self) -> Sources<'_> {
        Sources {
            repository: &self.repository,
            remote: &self.remote,
            forge: &self.forge,
            registry: &self.registry,
            bucket: self.bucket(),
        }
    }

    /// What to gather for a channel, or for the configured one where none is named, now: of what is checked out, or of a candidate that is
    /// promoted.
    #[must_use]
    pub fn request(&self, channel: Option<&str>, promoted: Option<&Tag>) -> Request {
        use release_edge::clock::Clock as _;
        let channel = channel.unwrap_or(&self.channel).to_owned();
        let (release_key, channel_key) = (described(self.release_key.as_ref()), self.channel_key_facts());
        Request {
            channel,
            now: self.clock.now(),
            rehearsed: self.rehearsed,
            release_key,
            channel_key,
            promoted: promoted.cloned(),
        }
    }

    /// What is known of the key that signs pointers.
    #[must_use]
    pub fn channel_key_facts(&self) -> KeyFacts {
        described(self.channel_key.as_ref())
    }
}

fn described(given: Option<&Given>) -> KeyFacts {
    match given {
        None => KeyFacts::Missing,
        Some(Ok(key)) => KeyFacts::Usable(key.public().clone()),
        Some(Err(error)) => KeyFacts::Unusable(error.to_string()),
    }
}

/// The root of the repository this process runs in.
pub fn root() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().map_err(|error| {
        Failure::of(Cause::FileSystem, format!("the current folder cannot be read: {error}"))
    })?;
    Ok(Repository::open(&here)?.folder().to_path_buf())
}

/// How many files of the working tree differ from the commit that is checked out; none where it is clean.
pub fn uncommitted(repository: &Repository) -> Result<Option<String>, Failure> {
    Ok(match repository.dirty()?.len() {
        0 => None,
        1 => Some("1 file".to_owned()),
        count => Some(format!("{count} files")),
    })
}

/// Says of a working tree with changes that the commit is taken, as a release does.
pub fn tell_uncommitted(repository: &Repository, what: &str) -> Result<(), Failure> {
    if let Some(files) = uncommitted(repository)? {
        let commit = repository.source()?.id;
        terminal::note(&format!(
            "note: {what} the commit {}; the working tree has changes that are not committed ({files})",
            commit.short()
        ));
    }
    Ok(())
}
