//! Reads the facts: Git, the forge, the registries, the clock. Writes nothing anywhere, not even a remote-tracking reference.

mod affected;
mod backports;
mod candidate;
mod commits;
mod images;
mod past;
mod sections;
mod unfinished;

pub use affected::{Since, Survey, survey};
pub use images::resolved;
pub use past::past;
pub use unfinished::{ABANDONED, plan_of};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use release_core::affected::deployable;
use release_core::channels::BRANCH;
use release_core::config::release::ChannelConfig;
use release_core::config::{ConfigError, Configuration, ReleaseConfig, paths};
use release_core::facts::{
    BucketFacts, FORMAT, Facts, KeyFacts, Promoted, RepositoryFacts, SourceFile, TagFacts,
};
use release_core::finding::{Cause, Finding};
use release_core::identity::{ObjectId, Tag};
use release_core::line::{is_stable, newest_of};
use release_core::sources::{self, CHANGELOG};
use release_core::version::is_prerelease;

use crate::bucket::Bucket;
use crate::channels::{self, Board, Copies, Trust};
use crate::execute::release_facts;
use crate::failure::Failure;
use crate::forge::Forge;
use crate::registry::Registry;
use crate::repository::{RemoteAccess, RemoteRefs, Repository};

/// Where facts are read.
pub struct Sources<'a> {
    /// The local clone.
    pub repository: &'a Repository,
    /// How its remote is reached.
    pub remote: &'a RemoteAccess,
    /// The forge.
    pub forge: &'a dyn Forge,
    /// The registries.
    pub registry: &'a dyn Registry,
    /// The bucket that pointers are copied to; none where no credentials for one were given.
    pub bucket: Option<&'a dyn Bucket>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The channel to release on.
    pub channel: String,
    /// The time that counts as now.
    pub now: Timestamp,
    /// Whether forge and registry are a rehearsal's.
    pub rehearsed: bool,
    /// The key to sign releases with.
    pub release_key: KeyFacts,
    /// The key to sign pointers with.
    pub channel_key: KeyFacts,
    /// The candidate to promote, whatever is checked out; none to release what is.
    pub promoted: Option<Tag>,
}

/// Why facts could not be read.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// The configuration is wrong; every fault of it.
    #[error("{} faults in the configuration", .0.len())]
    Configuration(Vec<Finding>),
    /// A look-up failed or was cut off.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Reads all facts of a release.
///
/// # Errors
///
/// Where anything cannot be read whole: a missing fact could lower the version or lose an entry.
pub fn gather(from: &Sources<'_>, request: &Request) -> Result<Facts, GatherError> {
    let candidate = request.promoted.as_ref().map(|tag| candidate::find(from.repository, tag)).transpose()?;
    let source = match &candidate {
        Some((tag, _)) => tag.source.clone(),
        None => from.repository.source()?.id,
    };
    let (configuration, tree) = configured(from.repository, &source)?;
    let release = &configuration.release;
    let mut repository = match &candidate {
        Some((tag, _)) => from.repository.facts_of_candidate(tag, from.remote, &release.branches)?,
        None => from.repository.facts(from.remote, &release.branches)?,
    };
    let on_forge = from.forge.repository()?;
    let (commits, pull_requests) = match &candidate {
        Some(_) => (Vec::new(), Vec::new()),
        None => commits::since_last_release(from, &repository, release)?,
    };
    let branch = release.branches.of(repository.line);
    let sections = sections::missing(from.repository, &repository, &branch, tree.get(CHANGELOG))?;
    let releases = from.forge.releases()?;
    // After the releases: the tag of each that a run of ours made is among these then.
    let references = from.repository.remote_refs(from.remote)?;
    repository.remote_tags = references.version_tags();
    repository.overtaken_by = overtaken_by(from, &repository)?;
    forwarded(from, &mut repository, &references, release)?;
    let built = from.repository.built(&repository.source.id, release)?;
    let superseded = match &candidate {
        Some((tag, _)) => candidate::promoted_before(tag, &repository),
        None => from.repository.superseding(&repository.tags, repository.line, &repository.source.id)?,
    };
    let mut facts = Facts {
        format: FORMAT,
        now: request.now,
        rehearsed: request.rehearsed,
        channel: request.channel.clone(),
        configuration,
        repository_url: on_forge.url,
        visibility: on_forge.visibility,
        push: on_forge.push,
        release_key: request.release_key.clone(),
        channel_key: request.channel_key.clone(),
        promoted: candidate.map(|(tag, plan)| Promoted { tag: tag.tag, plan: Box::new(plan) }),
        repository,
        commits,
        sections,
        pull_requests,
        releases: releases.iter().map(release_facts).collect(),
        pointers: BTreeMap::new(),
        withdrawn: Vec::new(),
        bucket: BucketFacts::Unused,
        built,
        deployable: true,
        superseded,
        own_tags: BTreeMap::new(),
        images: BTreeMap::new(),
        tree,
        unfinished: None,
        requests: from.forge.requests(),
    };
    if facts.configuration.release.channel(&facts.channel).is_some_and(ChannelConfig::follows_merges) {
        facts.deployable = brings_something(from, &facts)?;
    }
    let channels = channels(from, &facts)?;
    // Before the branch, which moves first: a copy that is ahead of it then really is.
    facts.bucket = bucket(from, &channels, &facts)?;
    let board = board(from, &references, &channels, &facts)?;
    (facts.pointers, facts.withdrawn) = (board.pointers, board.withdrawn);
    facts.unfinished = unfinished::find(from.repository, &facts, &references)?;
    if facts.unfinished.is_none() && facts.repository.overtaken_by.is_none() {
        facts.images = match &facts.promoted {
            Some(promoted) => promoted.plan.images.clone(),
            None => images::resolve(from.registry, &facts)?,
        };
        facts.own_tags = images::own_tags(from.registry, &facts)?;
    }
    facts.requests = from.forge.requests();
    facts.requests.registry = from.registry.requests();
    Ok(facts)
}

/// The configuration at a commit, and every file of it that a release reads.
///
/// # Errors
///
/// Every fault of the configuration at once, or a file that cannot be read.
pub fn configured(
    repository: &Repository,
    commit: &ObjectId,
) -> Result<(Configuration, BTreeMap<String, SourceFile>), GatherError> {
    let configuration = configuration(&repository.files(commit, &[paths::FOLDER.to_owned()])?)?;
    let tree = repository.release_files(commit, &sources::paths(&configuration), &configuration.release)?;
    Ok((configuration, tree))
}

/// The same of the working tree, as somebody left it: what was just edited counts, and new files that Git does not ignore.
///
/// # Errors
///
/// As [`configured`].
pub fn configured_here(
    repository: &Repository,
) -> Result<(Configuration, BTreeMap<String, SourceFile>), GatherError> {
    let configuration = configuration_here(repository)?;
    let tree = repository.working_files(&sources::paths(&configuration), Some(&configuration.release))?;
    Ok((configuration, tree))
}

/// A working tree whose images are to be locked.
#[derive(Debug)]
pub struct Lockable {
    /// Its configuration, as if there was no lock file.
    pub configuration: Configuration,
    /// Every file of it that a release reads.
    pub tree: BTreeMap<String, SourceFile>,
    /// The lock file that is there, right or wrong.
    pub before: Option<String>,
}

/// Reads a working tree whose images are to be locked. A lock file that is wrong is no hindrance: it is written anew.
///
/// # Errors
///
/// As [`configured`].
pub fn to_lock(repository: &Repository) -> Result<Lockable, GatherError> {
    let mut files = repository.working_files(&[paths::FOLDER.to_owned()], None)?;
    let before = files.remove(paths::LOCKS);
    let configuration = configuration(&files)?;
    let tree = repository.working_files(&sources::paths(&configuration), Some(&configuration.release))?;
    let before = before.and_then(|file| file.content.as_text().map(str::to_owned));
    Ok(Lockable { configuration, tree, before })
}

/// The configuration of the working tree alone.
///
/// # Errors
///
/// As [`configured`].
pub fn configuration_here(repository: &Repository) -> Result<Configuration, GatherError> {
    configuration(&repository.working_files(&[paths::FOLDER.to_owned()], None)?)
}

fn configuration(files: &BTreeMap<String, SourceFile>) -> Result<Configuration, GatherError> {
    Configuration::of_files(files).map_err(|errors| {
        GatherError::Configuration(errors.into_iter().map(ConfigError::into_finding).collect())
    })
}

/// The highest version tag that the clone lacks, where another run of this tool made it. One whose plan is no file is nobody's: it stops
/// the release as a tag that somebody else put there. A look-up that fails says nothing about the tag, so it stops the run.
fn overtaken_by(from: &Sources<'_>, repository: &RepositoryFacts) -> Result<Option<Tag>, Failure> {
    let known = |tag: &Tag| repository.tags.iter().any(|local| local.tag == *tag);
    let Some(highest) = repository.remote_tags.keys().filter(|tag| !known(tag)).max() else {
        return Ok(None);
    };
    match from.repository.remote_plan(from.remote, highest) {
        Ok(plan) => Ok(plan.map(|_| highest.clone())),
        Err(failure) if failure.cause == Cause::FileSystem => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Whether there is something to deploy that neither the newest stable release nor the newest of the channel has. What other channels
/// released counts for nothing: a candidate is made of a commit that was a nightly, too.
fn brings_something(from: &Sources<'_>, facts: &Facts) -> Result<bool, GatherError> {
    let channel = facts.configuration.release.channel(&facts.channel);
    let identifier = channel.and_then(|channel| channel.prerelease.as_deref()).unwrap_or_default();
    let counts = |tag: &&TagFacts| is_stable(tag) || is_prerelease(&tag.tag, identifier);
    let Some(newest) = newest_of(facts.repository.tags.iter().filter(counts)) else { return Ok(true) };
    Ok(deployable(&survey(from.repository, Some(newest.source.as_str()))?.affected))
}

/// What of the release lines never reached the main branch: of all lines for a release from there, of its own for one from a line.
fn forwarded(
    from: &Sources<'_>,
    facts: &mut RepositoryFacts,
    references: &RemoteRefs,
    release: &ReleaseConfig,
) -> Result<(), Failure> {
    let own = facts.line;
    for line in facts.lines.iter_mut().filter(|line| own.is_none_or(|own| own == line.number)) {
        line.unforwarded = from.repository.unforwarded(line.number, from.remote, references, release)?;
    }
    Ok(())
}

/// The configured channels, and the one that the last release moved, which may have gone from the configuration.
fn channels(from: &Sources<'_>, facts: &Facts) -> Result<BTreeSet<String>, Failure> {
    let configured = facts.configuration.release.channels.iter().map(|channel| channel.name.clone());
    Ok(configured.chain(unfinished::channels(from.repository, facts)?).collect())
}

/// What lies in the bucket in the place of their pointers.
fn bucket(from: &Sources<'_>, channels: &BTreeSet<String>, facts: &Facts) -> Result<BucketFacts, Failure> {
    let Some(place) = facts.copied_to() else { return Ok(BucketFacts::Unused) };
    let Some(bucket) = from.bucket else { return Ok(BucketFacts::Closed) };
    let (product, trust) = (facts.configuration.release.product.as_str(), trust(facts));
    let copies = Copies { bucket, place, product, trust: &trust };
    let mut found = BTreeMap::new();
    for channel in channels {
        if let Some(copy) = copies.look(channel)? {
            found.insert(channel.clone(), copy);
        }
    }
    Ok(BucketFacts::Open(found))
}

/// Their pointers on the branch, and what was withdrawn.
fn board(
    from: &Sources<'_>,
    references: &RemoteRefs,
    channels: &BTreeSet<String>,
    facts: &Facts,
) -> Result<Board, Failure> {
    // A bucket was read after the references: where it has a copy, so has the branch by now.
    if references.get(BRANCH).is_none() && from.bucket.is_none() {
        return Ok(Board::default());
    }
    let channels = channels.iter().map(String::as_str);
    channels::read(from.repository, from.remote, channels, &trust(facts))
}

/// Which signatures of pointers count.
fn trust(facts: &Facts) -> Trust {
    Trust { keys: facts.channel_keys(), revoked: facts.configuration.release.revoked().to_vec() }
}
