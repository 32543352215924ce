//! `channels`: shows what names the release of each channel, brings it to agree, and signs pointers again. Decides nothing about them.

use release_core::channels::{bucket, proving};
use release_core::config::ReleaseConfig;
use release_core::config::release::EVERYBODY;
use release_core::converge::{Drift, held_back};
use release_core::facts::{Identity, KeyFacts};
use release_core::finding::{Cause, Finding, Severity};
use release_edge::channels::{ChannelView, Scene, Survey, Trust, renew, repair, rollout, survey};
use release_edge::failure::Failure;
use serde::Serialize;

use crate::args::{ChannelsAction, ChannelsArgs};
use crate::context::{Context, Surroundings, root, variables};
use crate::exit::Stop;
use crate::terminal;

use super::release::configuration;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    channels: Vec<ChannelReport>,
    /// What the forge calls latest.
    latest: Option<String>,
    /// What was done, one line each.
    done: Vec<String>,
    findings: Vec<Finding>,
}

/// One channel.
#[derive(Debug, Serialize)]
struct ChannelReport {
    channel: String,
    /// The version that it should be at; none where there is no good release.
    version: Option<String>,
    pointer: Option<PointerReport>,
    /// Whether everything that names it agrees.
    agrees: bool,
}

/// The pointer of a channel.
#[derive(Debug, Serialize)]
struct PointerReport {
    version: String,
    sequence: u64,
    expires_at: String,
    /// How many of a hundred may take it by themselves.
    rollout_percentage: u8,
}

/// Runs the command.
pub fn run(args: &ChannelsArgs) -> Result<(), Stop> {
    let root = root()?;
    let config = configuration(&root)?.release;
    let context = Context::open(&root, &config, &Surroundings::from_environment())?;
    let scene = scene(&context, &config)?;
    let json = args.output().json;
    let otherwise = match &args.action {
        Some(ChannelsAction::Renew { .. }) => "Every pointer counts long enough; nothing was changed.",
        Some(ChannelsAction::Rollout { .. }) => "It says so already; nothing was changed.",
        None if args.repair => "Everything agreed; nothing was changed.",
        None => return show(&survey(&scene, None)?, Vec::new(), json),
    };
    require_usable_key(&context)?;
    let mut deeds = Deeds::new(json);
    let told = &mut |deed| deeds.add(deed);
    let ended = match &args.action {
        Some(ChannelsAction::Renew { .. }) => renew(&scene, told),
        Some(ChannelsAction::Rollout { tag, percentage, .. }) => rollout(&scene, tag, *percentage, told),
        None => repair(&scene, None, told),
    };
    // Where a single thing was asked for, nothing else is looked at, but for programs that always got it.
    let looks = match &args.action {
        None => true,
        Some(ChannelsAction::Renew { .. }) => json,
        Some(ChannelsAction::Rollout { .. }) => false,
    };
    let ended = ended.and_then(|()| looks.then(|| survey(&scene, None)).transpose());
    let (found, done) = deeds.ended(ended, otherwise)?;
    match found {
        Some(found) => show(&found, done, json),
        None if json => {
            terminal::json(&serde_json::json!({ "done": done, "findings": [] }));
            Ok(())
        }
        None => Ok(()),
    }
}

/// What channels are looked at and changed with.
pub(super) fn scene<'a>(context: &'a Context, config: &'a ReleaseConfig) -> Result<Scene<'a>, Failure> {
    // Without one a commit fails before it is made; looking needs none.
    let nobody = || Identity { name: String::new(), email: String::new() };
    let identity = context.repository.identity()?.unwrap_or_else(nobody);
    if bucket(config, context.rehearsed).is_some() && context.bucket().is_none() {
        let message = "pointers are copied to a bucket, and no credentials for it were given";
        return Err(Failure::of(Cause::BucketKeyMissing, message));
    }
    let keys = proving(config, context.rehearsed, &context.channel_key_facts());
    Ok(Scene {
        repository: &context.repository,
        remote: &context.remote,
        forge: &context.forge,
        registry: &context.registry,
        clock: &context.clock,
        config,
        trust: Trust { keys, revoked: config.revoked().to_vec() },
        key: context.channel_key(),
        bucket: context.bucket(),
        identity,
    })
}

/// A key that was given and cannot be used is said to be so, and not to be missing.
pub(super) fn require_usable_key(context: &Context) -> Result<(), Failure> {
    let KeyFacts::Unusable(why) = context.channel_key_facts() else { return Ok(()) };
    let message = format!("the key in `{}` cannot be used: {why}", variables::CHANNEL_KEY);
    Err(Failure::of(Cause::ChannelKeyMissing, message))
}

/// What was done: people are told at once, programs in the end.
pub(super) struct Deeds {
    json: bool,
    done: Vec<String>,
}

impl Deeds {
    pub(super) const fn new(json: bool) -> Self {
        Self { json, done: Vec::new() }
    }

    pub(super) fn add(&mut self, deed: String) {
        if !self.json {
            terminal::out(&deed);
        }
        self.done.push(deed);
    }

    /// What was done, with `otherwise` for people where that was nothing. Programs are told of a failure here, together with what was done
    /// before it.
    pub(super) fn ended<T>(
        self,
        ended: Result<T, Failure>,
        otherwise: &str,
    ) -> Result<(T, Vec<String>), Stop> {
        match ended {
            Ok(found) => {
                if self.done.is_empty() && !self.json {
                    terminal::out(otherwise);
                }
                Ok((found, self.done))
            }
            Err(failure) if self.json => {
                let finding = failure.into_finding();
                terminal::report_findings(std::slice::from_ref(&finding));
                let cause = finding.cause;
                terminal::json(&serde_json::json!({ "done": self.done, "findings": [finding] }));
                Err(Stop::Reported(cause))
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

fn show(found: &Survey, done: Vec<String>, json: bool) -> Result<(), Stop> {
    if json {
        return report(found, done);
    }
    for view in &found.channels {
        terminal::out(&line(view));
    }
    let latest = found.latest.as_ref().map_or("none of ours".to_owned(), ToString::to_string);
    terminal::out(&format!("{:<12}  {latest}", "(latest)"));
    let findings = findings(found);
    if findings.is_empty() { Ok(()) } else { Err(Stop::Findings(findings)) }
}

fn report(found: &Survey, done: Vec<String>) -> Result<(), Stop> {
    let findings = findings(found);
    let ended = match findings.first() {
        Some(first) => Err(Stop::Reported(first.cause)),
        None => Ok(()),
    };
    let channels = found.channels.iter().map(|view| described(view, found.unseen.is_none())).collect();
    let latest = found.latest.as_ref().map(ToString::to_string);
    // People read the same findings on standard error.
    terminal::report_findings(&findings);
    terminal::json(&Report { channels, latest, done, findings });
    ended
}

fn described(view: &ChannelView, is_seen: bool) -> ChannelReport {
    let pointer = view.names.pointer.as_ref().map(|found| PointerReport {
        version: found.pointer.version.to_string(),
        sequence: found.pointer.sequence,
        expires_at: found.pointer.expires_at.to_string(),
        rollout_percentage: found.pointer.rollout_percentage,
    });
    ChannelReport {
        channel: view.channel.name.clone(),
        version: view.goal.as_ref().map(|goal| goal.plan.version.to_string()),
        pointer,
        agrees: is_seen && view.drift.is_empty(),
    }
}

fn line(view: &ChannelView) -> String {
    let pointer = match &view.names.pointer {
        None => "no pointer".to_owned(),
        Some(found) => {
            let pointer = &found.pointer;
            let until = pointer.expires_at.strftime("%Y-%m-%d");
            let few = match pointer.rollout_percentage {
                EVERYBODY => String::new(),
                few => format!("  {few} of a hundred"),
            };
            format!("{}  sequence {}  until {until}{few}", pointer.version, pointer.sequence)
        }
    };
    let tags = if view.channel.moving_tags { "  tags follow" } else { "" };
    format!("{:<12}  {pointer}{tags}", view.channel.name)
}

fn findings(found: &Survey) -> Vec<Finding> {
    let finding = |drift: &Drift| Finding {
        cause: Cause::ChannelDrift,
        severity: Severity::Stop,
        message: drift.message.clone(),
        hint: "run `cargo xtask channels --repair`".to_owned(),
        place: None,
    };
    let marked = held_back(&found.pages, &found.board.withdrawn).map(|tag| Finding {
        cause: Cause::ChannelDrift,
        severity: Severity::Stop,
        message: format!("the page of {tag} is marked as a pre-release, so the forge calls another release latest than channels do"),
        hint: "take the mark off on its page, or withdraw it with `cargo xtask yank`".to_owned(),
        place: None,
    });
    let unseen = found.unseen.clone().map(Failure::into_finding);
    found.all_drift().map(finding).chain(marked).chain(unseen).collect()
}
