//! The receipts of a release: of what was done, of what was done before, of what there was not to do, and of a run that could not begin.
//! Owns what they say; never does anything that they could tell of.

use std::path::Path;

use bundle_format::digest::Sha256Hex;
use release_core::facts::{Facts, Requests, TagFacts};
use release_core::finding::{Cause, Finding, Severity};
use release_core::identity::Tag;
use release_core::line;
use release_core::plan::Plan;
use release_core::receipt::{AssetReceipt, FORMAT, Outcome, Receipt, ReceiptOutcome};
use release_core::version::is_prerelease;
use release_edge::execute::Execution;

use crate::args::ReleaseArgs;
use crate::context::Surroundings;
use crate::exit::{Stop, deciding};
use crate::terminal;

use super::run::Run;

/// How a run ends whose receipt says why it stopped.
pub(super) fn reported(receipt: &Receipt) -> Stop {
    Stop::Reported(deciding(&receipt.findings).unwrap_or(Cause::Internal))
}

/// The receipt of a run that stopped before it could ask anybody anything.
pub(super) fn unbegun(args: &ReleaseArgs, findings: Vec<Finding>) -> Receipt {
    Receipt {
        format: FORMAT,
        rehearsed: args.rehearse || Surroundings::from_environment().rehearsal_registry.is_some(),
        outcome: ReceiptOutcome::Stopped,
        version: None,
        tag: None,
        channel: args.channel.clone().unwrap_or_default(),
        plan: None,
        release_url: None,
        assets: Vec::new(),
        folder: None,
        steps: Vec::new(),
        finished: Vec::new(),
        requests: Requests::default(),
        findings,
    }
}

impl Run<'_> {
    /// The receipt for a plan file that says that there is nothing to release.
    pub(super) fn nothing_planned(&self) -> Receipt {
        let receipt = self.receipt(ReceiptOutcome::NothingToRelease, None, None, Vec::new());
        self.report(&receipt, None);
        receipt
    }

    /// The receipt where there is nothing to do, with what was released last.
    pub(super) fn nothing(&self, facts: &Facts, findings: Vec<Finding>) -> Receipt {
        let tags = &facts.repository.tags;
        // A commit older than the newest release is in that one, whatever its own line had before.
        let holding = facts.superseded.as_ref().and_then(|tag| tags.iter().find(|known| known.tag == *tag));
        let newest = holding.or_else(|| newest_of_channel(facts)).or(line::newest(tags));
        let is_newest =
            |tag: &TagFacts| holding.is_some() || facts.commits.is_empty() || tag.source == facts.built;
        let outcome = match newest {
            Some(tag) if is_newest(tag) => ReceiptOutcome::AlreadyReleased,
            _ => ReceiptOutcome::NothingToRelease,
        };
        terminal::report_findings(&findings);
        let mut receipt = self.receipt(outcome, None, None, findings);
        receipt.version = newest.map(|tag| tag.tag.version().clone());
        receipt.tag = newest.map(|tag| tag.tag.to_string());
        receipt.plan = newest.and_then(|tag| tag.plan.clone());
        receipt.release_url = newest.and_then(|tag| page_of(&tag.tag, facts));
        self.report(&receipt, None);
        receipt
    }

    /// The receipt of a plan that was carried out before this run; nobody knows where its files are.
    pub(super) fn already_released(&self, facts: &Facts, plan: &Plan) -> Receipt {
        let receipt = self.receipt(ReceiptOutcome::AlreadyReleased, Some(plan), None, Vec::new());
        let release_url = page_of(&plan.tag(), facts);
        let receipt = Receipt { folder: None, assets: Vec::new(), release_url, ..receipt };
        self.report(&receipt, None);
        receipt
    }

    pub(super) fn receipt(
        &self,
        outcome: ReceiptOutcome,
        plan: Option<&Plan>,
        execution: Option<&Execution>,
        findings: Vec<Finding>,
    ) -> Receipt {
        use release_edge::forge::Forge as _;
        use release_edge::registry::Registry as _;
        let folder = plan.map(|plan| self.output.join(plan.tag().to_string()));
        let mut requests = self.context.forge.requests();
        requests.registry = self.context.registry.requests();
        Receipt {
            format: FORMAT,
            rehearsed: self.context.rehearsed,
            outcome,
            version: plan.map(|plan| plan.version.clone()),
            tag: plan.map(|plan| plan.tag().to_string()),
            channel: plan.map_or_else(
                || self.context.request(self.channel, None).channel,
                |plan| plan.channel.clone(),
            ),
            plan: plan.map(|plan| plan.id.clone()),
            release_url: execution
                .and_then(|execution| execution.release_url.clone().or(execution.waiting.clone())),
            assets: folder.as_deref().map(|folder| assets(plan, folder)).unwrap_or_default(),
            folder: folder.map(|folder| folder.display().to_string()),
            steps: execution.map(|execution| execution.steps.clone()).unwrap_or_default(),
            requests,
            findings,
            finished: Vec::new(),
        }
    }
}

/// The newest release that the channel has or stable versions have: what other channels released is not what was asked for.
fn newest_of_channel(facts: &Facts) -> Option<&TagFacts> {
    let channel = facts.configuration.release.channel(&facts.channel)?;
    let of_kind = |tag: &&TagFacts| {
        let identifier = channel.prerelease.as_deref();
        line::is_stable(tag) || identifier.is_some_and(|identifier| is_prerelease(&tag.tag, identifier))
    };
    line::newest_of(facts.repository.tags.iter().filter(of_kind))
}

/// The page of the published release of a tag.
fn page_of(tag: &Tag, facts: &Facts) -> Option<String> {
    let name = tag.to_string();
    let published = facts.releases.iter().find(|release| !release.draft && release.tag == name);
    published.map(|release| release.url.clone())
}

/// Whether a release ended whole, so that the next can follow.
pub(super) fn is_done(outcome: ReceiptOutcome) -> bool {
    matches!(outcome, ReceiptOutcome::Released | ReceiptOutcome::AlreadyReleased)
}

/// The findings that stop a release.
pub(super) fn stopping(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Stop)
}

/// How a release ended whose steps were carried out.
pub(super) fn outcome(execution: &Execution, failed: bool) -> ReceiptOutcome {
    let nothing_new = || {
        execution.steps.iter().all(|step| {
            // The looks of a release are done each time; only its writes say whether anything was left to do.
            matches!(step.outcome, Outcome::AlreadyDone(_)) || !step.writes
        })
    };
    match (failed, &execution.waiting) {
        (true, _) => ReceiptOutcome::Stopped,
        (false, Some(_)) => ReceiptOutcome::WaitingForMerge,
        (false, None) if nothing_new() => ReceiptOutcome::AlreadyReleased,
        (false, None) => ReceiptOutcome::Released,
    }
}

fn assets(plan: Option<&Plan>, folder: &Path) -> Vec<AssetReceipt> {
    let receipt = |name: &str, size: u64, sha256: Sha256Hex| AssetReceipt {
        name: name.to_owned(),
        path: folder.join(name).display().to_string(),
        size,
        sha256,
    };
    let assets = plan.map(|plan| plan.assets.as_slice()).unwrap_or_default();
    let planned = assets.iter().map(|asset| receipt(&asset.name, asset.size, asset.sha256.clone()));
    // What a signature came out as nobody knows before it is made.
    let signature = plan.and_then(|plan| plan.signature.as_ref()).and_then(|signature| {
        let made = std::fs::read(folder.join(&signature.name)).ok()?;
        Some(receipt(&signature.name, made.len() as u64, Sha256Hex::of(&made)))
    });
    planned.chain(signature).collect()
}
