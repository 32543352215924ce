//! From facts to a plan: the one place where everything a release needs comes together. Never proceeds past a finding that stops it,
//! and always reports all of them.

use std::collections::BTreeMap;

use semver::Version;

use crate::bundle::assets;
use crate::bundle::images;
use crate::bundle::render::{self, Material, Rendered};
use crate::check;
use crate::config::release::{Bump, ChannelConfig};
use crate::facts::{Facts, Identity, Promoted, Unfinished};
use crate::finding::{self, Cause, Finding, Severity};
use crate::identity::Tag;
use crate::line::{self, Line, OutOfLine};
use crate::stamp;
use crate::untrusted::terminal_line;
use crate::version::{self, Decided};

use super::{Bundle, FORMAT, Plan, Reason, Signature, naming, steps, writing};

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// A release of ours has begun: finish that one first. No new version is computed meanwhile.
    Finish(Box<Unfinished>),
    /// Release this.
    Release(Box<Plan>, Vec<Finding>),
    /// Nothing came in that asks for a release.
    Nothing(Vec<Finding>),
}

/// Why nothing may be released.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{} findings stop the release", .findings.len())]
pub struct PlanError {
    /// Every finding, those that stop the release among them.
    pub findings: Vec<Finding>,
    /// What would be released, where the findings leave that beyond doubt: to be shown, never to be carried out.
    pub plan: Option<Box<Plan>>,
}

/// Decides what a release is.
///
/// # Errors
///
/// Every finding, those that stop the release among them.
pub fn make(facts: &Facts) -> Result<Decision, PlanError> {
    if let Some(unfinished) = &facts.unfinished {
        return Ok(Decision::Finish(Box::new(unfinished.clone())));
    }
    if facts.repository.overtaken_by.is_some() {
        // Whatever else there is to say was judged by a clone that does not know the last release.
        let mut findings = check::preflight(facts, None);
        findings.retain(|finding| finding.cause == Cause::Overtaken);
        return Err(PlanError { findings, plan: None });
    }
    let mut decided = decided(facts);
    let follows_merges = |channel: &ChannelConfig| channel.follows_merges();
    if Line::from(&facts.repository).is_first()
        || facts.configuration.release.channel(&facts.channel).is_some_and(follows_merges)
    {
        // The first version is configured, and what is made of every merge asks nobody: a history without labels is no reason to stop.
        decided.findings.iter_mut().for_each(|finding| finding.severity = Severity::Note);
    }
    let mut findings = std::mem::take(&mut decided.findings);
    let version = match next_version(facts, &decided) {
        Ok(version) => version,
        Err(finding) => {
            findings.push(finding);
            None
        }
    };
    let preflight = check::preflight(facts, version.as_ref().map(Tag::of).as_ref());
    let stopped = |findings: &[Finding]| stopping(findings).next().is_some();
    let Some(version) = version else {
        // Where there is nothing to release, the state of the clone is nobody's business. What was asked for still has to make sense,
        // and tags that do not agree may be the very reason why nothing seems to be there.
        let counts = |finding: &Finding| matches!(finding.cause, Cause::Configuration | Cause::TagElsewhere);
        findings.extend(preflight.into_iter().filter(counts));
        return if stopped(&findings) {
            Err(PlanError { findings, plan: None })
        } else {
            Ok(Decision::Nothing(findings))
        };
    };
    findings.extend(preflight);
    let plan = assemble(facts, &decided, version, &mut findings);
    if let (Some(plan), Some(Promoted { plan: candidate, .. })) = (&plan, &facts.promoted) {
        findings.extend(check::promotion(candidate, plan));
    }
    findings.extend(plan.iter().flat_map(check::of_plan));
    let findings = finding::once(findings);
    match plan {
        Some(plan) if !stopped(&findings) => Ok(Decision::Release(Box::new(plan), findings)),
        plan => {
            let plan = plan.filter(|_| check::leaves_the_plan(&findings)).map(Box::new);
            Err(PlanError { findings, plan })
        }
    }
}

/// The version that the facts, as far as they are read without asking registries, may lead to. Without one, nobody needs to know what
/// the images resolve to.
#[must_use]
pub fn version_of(facts: &Facts) -> Option<Version> {
    next_version(facts, &decided(facts)).ok().flatten()
}

/// How far the version moves, and why. What was decided of a candidate holds for what it becomes.
fn decided(facts: &Facts) -> Decided {
    match &facts.promoted {
        Some(Promoted { plan, .. }) => Decided {
            bump: plan.reason.bump,
            because: plan.reason.because.clone(),
            pull_requests: BTreeMap::new(),
            direct: Vec::new(),
            findings: Vec::new(),
        },
        None => version::decide(&facts.commits, &facts.pull_requests, &facts.configuration.release),
    }
}

/// The version to release; `None` where nothing asks for one.
fn next_version(facts: &Facts, decided: &Decided) -> Result<Option<Version>, Finding> {
    let rules = &facts.configuration.release.version;
    let tags = &facts.repository.tags;
    if facts.superseded.is_some() {
        return Ok(None);
    }
    if let Some(Promoted { plan, .. }) = &facts.promoted {
        return Ok(Some(plan.tag().stable().version().clone()));
    }
    let channel = facts.configuration.release.channel(&facts.channel);
    let bump = match channel {
        Some(channel) if channel.follows_merges() && !facts.deployable => return Ok(None),
        Some(channel) if channel.follows_merges() && !facts.commits.is_empty() => {
            decided.bump.max(Bump::Patch)
        }
        _ => decided.bump,
    };
    let stable =
        Line::from(&facts.repository).next(bump, rules).map_err(|out| out_of_line(&out, facts, decided))?;
    let stable = stable.map(|version| version::not_skipped(version, &rules.skip));
    let (Some(stable), Some(identifier)) = (&stable, channel.and_then(|channel| channel.prerelease.as_ref()))
    else {
        return Ok(stable);
    };
    let candidate = line::newest_of(tags.iter().filter(|tag| version::is_prerelease(&tag.tag, identifier)));
    if candidate.is_some_and(|tag| tag.source == facts.built) {
        return Ok(None);
    }
    // A candidate that can never be released is counted like one that was.
    let used_up: Vec<Tag> = rules.skip.iter().map(Tag::of).collect();
    let taken = tags.iter().map(|tag| &tag.tag).chain(&used_up);
    version::next_prerelease(stable, identifier, taken).map(Some).map_err(|error| {
        check::stop(
            Cause::Configuration,
            format!("`{identifier}` cannot be a pre-release identifier: {error}"),
            "correct `prerelease` of the channel in `config/release.yaml`",
        )
    })
}

/// Everything but the version: `None` where a finding prevents it.
fn assemble(facts: &Facts, decided: &Decided, version: Version, findings: &mut Vec<Finding>) -> Option<Plan> {
    let config = &facts.configuration.release;
    let material = Material::of(facts);
    let date = facts.now;
    let writing = kept(writing::write(facts, decided, &version), findings);
    let stamps = kept(stamp::stamp(config, &facts.tree, &version), findings);
    let bundles = kept(pinned_or_not(&material, &version, findings), findings);
    let (writing, stamps, bundles) = (writing?, stamps?, bundles?);
    let configuration = naming::digest(&facts.configuration);
    let images = facts.images.clone();
    let id = naming::Decided {
        source: &facts.repository.source.id,
        version: &version,
        entries: &writing.release.entries,
        date,
        images: &images,
        configuration: &configuration,
    }
    .id();
    let built = assets::assets(&bundles, &material.origin(&version, Some(&id)));
    let built = kept(built.map_err(|error| vec![error.into_finding()]), findings)?;
    let assets: Vec<_> = built.into_iter().map(|part| part.asset).collect();
    let signature = Signature::of(facts, &version, &id);
    findings.extend(signature.is_none().then(unsigned));
    findings.extend(writing.release.previous.as_ref().and_then(|previous| withdrawn(facts, previous)));
    findings.extend((signature.is_some() && config.channel_keys().is_empty()).then(unsigned_pointer));
    let copied_to = facts.copied_to().map(|bucket| bucket.address(&bucket.key(&facts.channel)));
    let steps = steps::steps(&steps::Input {
        config,
        mode: facts.mode(),
        branch: &facts.branch(),
        version: &version,
        channel: &facts.channel,
        kept: facts.configuration.release.channel(&facts.channel),
        bundles: &bundles,
        assets: &assets,
        signature: signature.as_ref(),
        own_images: &images::own_images(&material),
        copied_to: copied_to.as_deref(),
        tags: &facts.good_tags(),
    });
    Some(Plan {
        format: FORMAT,
        notes: kept(writing.notes(&id), findings)?,
        id,
        rehearsed: facts.rehearsed,
        product: config.product.clone(),
        repository: config.repository.full_name(),
        remote: config.repository.remote.clone(),
        branch: facts.branch(),
        mode: facts.mode(),
        channel: facts.channel.clone(),
        copied_to,
        reason: Reason {
            previous: writing.release.previous,
            bump: decided.bump,
            because: decided.because.clone(),
        },
        date,
        source: facts.repository.source.id.clone(),
        source_date: facts.repository.source.committed,
        identity: facts.repository.identity.clone().unwrap_or_else(nobody),
        entries: writing.release.entries,
        contributors: writing.release.contributors,
        edits: stamps.into_iter().chain(writing.edit).collect(),
        updating: facts.configuration.updating(&version),
        images,
        bundles,
        assets,
        signature,
        configuration,
        milliseconds_between_writes: if facts.rehearsed { 0 } else { config.milliseconds_between_writes },
        steps,
        version,
    })
}

fn out_of_line(out: &OutOfLine, facts: &Facts, decided: &Decided) -> Finding {
    check::stop(
        Cause::LineTooNarrow,
        format!("{out}: {} asks for it", decided.because.join(", ")),
        format!(
            "take it back from `{}` and release it from `{}`, or correct its label",
            facts.branch(),
            facts.configuration.release.branches.main
        ),
    )
}

/// Says that the release before was withdrawn: people read what follows with that in mind.
fn withdrawn(facts: &Facts, previous: &Tag) -> Option<Finding> {
    let yanked = facts.withdrawn.iter().find(|yanked| yanked.version == *previous.version())?;
    let message = format!("{previous}, the release before, was withdrawn: {}", terminal_line(&yanked.reason));
    let hint = "make sure that this one mends it; its changes are counted from there all the same";
    Some(Finding { severity: Severity::Note, ..check::stop(Cause::Withdrawn, message, hint) })
}

fn unsigned() -> Finding {
    let message = "neither the release nor the pointer of its channel will be signed: nothing proves to an operator who made them";
    let hint =
        "make a key with `cargo xtask keys generate` and name it under `signing` in `config/release.yaml`";
    Finding { severity: Severity::Note, ..check::stop(Cause::Unsigned, message, hint) }
}

fn unsigned_pointer() -> Finding {
    let message =
        "the pointer of the channel will not be signed: nothing proves to an operator what is newest";
    let hint = "make another key with `cargo xtask keys generate` and name it under `signing.channel_keys` in `config/release.yaml`";
    Finding { severity: Severity::Note, ..check::stop(Cause::Unsigned, message, hint) }
}

/// Stands in a plan that is only shown: without an identity none is carried out.
fn nobody() -> Identity {
    Identity { name: String::new(), email: String::new() }
}

/// The bundles; where nothing but images is missing, as on a commit that CI has not built, without their digests: the finding keeps such
/// a plan from being carried out, and everything else of it can be shown.
fn pinned_or_not(
    material: &Material<'_>,
    version: &Version,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Bundle>, Vec<Finding>> {
    let missing = match render::bundles(material, version) {
        Err(found) if stopping(&found).all(|finding| finding.cause == Cause::ImageMissing) => found,
        other => return Ok(noted(other?, findings)),
    };
    findings.extend(missing);
    Ok(noted(render::bundles(&Material { images: None, ..*material }, version)?, findings))
}

/// The bundles, with their notes among the findings.
fn noted(rendered: Rendered, findings: &mut Vec<Finding>) -> Vec<Bundle> {
    findings.extend(rendered.notes);
    rendered.bundles
}

fn stopping(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Stop)
}

fn kept<T>(result: Result<T, Vec<Finding>>, findings: &mut Vec<Finding>) -> Option<T> {
    result.map_err(|more| findings.extend(more)).ok()
}

#[cfg(test)]
#[path = "make_tests.rs"]
mod tests;
