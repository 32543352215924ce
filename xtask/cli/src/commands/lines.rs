//! `cut` and `hotfix`: release lines and what is brought onto them. Both only move the branch of a line; releasing from it is `release`'s
//! work, there as on main.

use release_core::config::ReleaseConfig;
use release_core::cut::{newest_of_line, number_of, refusal};
use release_core::facts::{CommitFacts, TagFacts};
use release_core::finding::Cause;
use release_core::identity::{LineNumber, ObjectId, Tag};
use release_core::line::is_stable;
use release_core::plan::version_of;
use release_edge::clock::Clock as _;
use release_edge::failure::Failure;
use release_edge::gather::gather;
use release_edge::repository::{Authorship, RefUpdate};
use serde::Serialize;

use crate::args::{CutArgs, HotfixArgs};
use crate::context::{Context, Surroundings, root};
use crate::exit::Stop;
use crate::terminal;

use super::release::configuration;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    branch: String,
    /// The newest commit of the line now.
    commit: ObjectId,
    /// Whether this run made or moved the branch.
    changed: bool,
}

/// Makes the branch of a line.
pub fn cut(args: &CutArgs) -> Result<(), Stop> {
    let root = root()?;
    let config = configuration(&root)?.release;
    let context = Context::open(&root, &config, &Surroundings::from_environment())?;
    let (number, commit) = beginning(args.number, args.from.as_deref(), &context)?;
    let (commit, changed) = make(number, &commit, &context, &config)?;
    report(args.output.json, Report { branch: branch(number, &config)?, commit, changed });
    Ok(())
}

/// Brings commits onto a line, which is made where there is none.
pub fn hotfix(args: &HotfixArgs) -> Result<(), Stop> {
    let root = root()?;
    let config = configuration(&root)?.release;
    let context = Context::open(&root, &config, &Surroundings::from_environment())?;
    let repository = &context.repository;
    let picks = args.pick.iter().map(|name| repository.commit_named(name));
    let picks = picks.collect::<Result<Vec<_>, _>>()?;
    let (number, commit) = beginning(Some(args.number), None, &context)?;
    let branch = branch(number, &config)?;
    let (head, made) = make(number, &commit, &context, &config)?;
    let identity = repository
        .identity()?
        .ok_or_else(|| Failure::of(Cause::IdentityMissing, "git does not know who commits"))?;
    let by = Authorship { identity, time: context.clock.now() };
    let new = repository.picked(&head, &picks, &by)?;
    let moved = new != head;
    if moved {
        let reference = format!("refs/heads/{branch}");
        repository
            .push(&context.remote, &[RefUpdate { reference, expected: Some(head), new: new.clone() }])?;
    }
    report(args.output.json, Report { branch, commit: new, changed: made || moved });
    Ok(())
}

/// The number of a line, and the commit that it begins at: what was asked for, else the newest release of its number, else what is
/// checked out.
fn beginning(
    number: Option<LineNumber>,
    from: Option<&str>,
    context: &Context,
) -> Result<(LineNumber, ObjectId), Stop> {
    let repository = &context.repository;
    let source = repository.source()?;
    let tags = repository.tags(&source.id)?;
    if let Some(name) = from {
        let tagged = Tag::parse(name).and_then(|tag| tags.iter().find(|known| known.tag == tag));
        let commit = match tagged {
            Some(tag) => commit_of(tag),
            None => repository.commit_named(name)?,
        };
        let named = number.or_else(|| tagged.map(|tag| LineNumber::of(tag.tag.version())));
        let number = named.ok_or_else(|| {
            Failure::new(
                Cause::Configuration,
                format!("it is not known which line `{name}` begins"),
                format!("say its number, as in `cargo xtask cut 1.4 --from {name}`"),
            )
        })?;
        return Ok((number, commit));
    }
    match number {
        Some(number) => {
            let commit = newest_of_line(number, &tags).map_or(source.id, commit_of);
            Ok((number, commit))
        }
        None => Ok((next(context, &source)?, source.id)),
    }
}

/// Where a line goes on from a release: at its release commit, which has its stamps and its changelog. What is no stable release has them for
/// nobody but itself.
fn commit_of(tag: &TagFacts) -> ObjectId {
    if is_stable(tag) { tag.commit.clone() } else { tag.source.clone() }
}

/// The line of what would be released next.
fn next(context: &Context, source: &CommitFacts) -> Result<LineNumber, Stop> {
    let facts = gather(&context.sources(), &context.request(None, None))?;
    let version = version_of(&facts).ok_or_else(|| {
        Failure::new(
            Cause::Configuration,
            format!("nothing asks for a release at {}", source.id.short()),
            "say the number of the line, as in `cargo xtask cut 1.4`",
        )
    })?;
    Ok(number_of(&version))
}

/// Makes the branch where it does not exist, and returns its newest commit and whether it was made now.
fn make(
    number: LineNumber,
    commit: &ObjectId,
    context: &Context,
    config: &ReleaseConfig,
) -> Result<(ObjectId, bool), Stop> {
    let repository = &context.repository;
    let branch = branch(number, config)?;
    let references = repository.remote_refs(&context.remote)?;
    if let Some(head) = references.branch(&branch) {
        if repository.commit(head).is_err() {
            return Err(Failure::new(
                Cause::Overtaken,
                format!("the remote has `{branch}` at {}, and this clone has not", head.short()),
                "run `git fetch --tags`, then run again",
            )
            .into());
        }
        if repository.descends(head, commit)? {
            return Ok((head.clone(), false));
        }
        return Err(Failure::new(
            Cause::LineElsewhere,
            format!("`{branch}` exists and does not begin at {}", commit.short()),
            "take another number, or go on from the branch as it is",
        )
        .into());
    }
    if let Some(finding) = refusal(number, commit, &repository.tags(commit)?) {
        return Err(Stop::Findings(vec![finding]));
    }
    let main = &config.branches.main;
    let pushed = match references.branch(main) {
        Some(head) => repository.unpushed(commit, head, &context.remote, main)?.is_empty(),
        None => false,
    };
    let tagged = || references.version_tags();
    let released = || -> Result<bool, Failure> {
        let tags = repository.tags(commit)?;
        Ok(tags.iter().any(|tag| tag.commit == *commit && tagged().get(&tag.tag) == Some(&tag.object)))
    };
    if !pushed && !released()? {
        return Err(Failure::new(
            Cause::BranchDiffers,
            format!("{} is neither on `{main}` of the remote nor a release", commit.short()),
            format!("push it to `{main}` first: a line begins with what was reviewed there"),
        )
        .into());
    }
    let reference = format!("refs/heads/{branch}");
    let update = RefUpdate { reference, expected: None, new: commit.clone() };
    repository.push(&context.remote, &[update])?;
    Ok((commit.clone(), true))
}

fn branch(number: LineNumber, config: &ReleaseConfig) -> Result<String, Failure> {
    if config.branches.lines.is_none() {
        return Err(Failure::new(
            Cause::Configuration,
            "this repository has no release lines",
            "say what their names begin with under `branches.lines` in `config/release.yaml`, as in `release/`",
        ));
    }
    Ok(config.branches.of(Some(number)))
}

fn report(json: bool, report: Report) {
    if json {
        terminal::json(&report);
        return;
    }
    let Report { branch, commit, changed } = report;
    let done = if changed { "is now" } else { "was already" };
    terminal::out(&format!("`{branch}` {done} at {}.", commit.short()));
    terminal::out(&format!(
        "Release from it with `git fetch && git switch {branch}` and `cargo xtask release`, or by CI on a push to it."
    ));
}
