//! `bundle`: the bundles of a version on this machine. Touches neither git nor the forge.
//!
//! A release is built from its tag: one of ours from the plan there, which gives the bytes that were released, any other from the
//! commit it names. A version without a tag is built from what is checked out, and it is said where that can be no release's name.

use std::path::Path;
use std::sync::Arc;

use release_core::bundle::assets::{AssetBytes, assets};
use release_core::bundle::images::wanted;
use release_core::bundle::render::{Material, bundles};
use release_core::facts::{CommitFacts, Requests};
use release_core::finding::Finding;
use release_core::identity::Tag;
use release_core::plan::PlanId;
use release_core::receipt::{AssetReceipt, FORMAT, Receipt, ReceiptOutcome};
use release_core::version::unexpected;
use release_edge::execute::build_assets;
use release_edge::gather::{configured, plan_of, resolved};
use release_edge::output::{create_ignored, write_assets};
use release_edge::registry::OciRegistry;
use release_edge::registry::Registry as _;
use release_edge::repository::Repository;

use super::offline::write_images;
use crate::args::{BundleArgs, OUTPUT};
use crate::context::{Surroundings, root, tell_uncommitted};
use crate::exit::Stop;
use crate::terminal::{self, Palette, WaitLines};

use super::locks::update_locks;

/// Runs the command.
pub fn run(args: &BundleArgs) -> Result<(), Stop> {
    // Without a version clap has seen to it that locks are asked for.
    let Some(tag) = &args.version else { return update_locks(args) };
    let built = build(tag, args)?;
    if args.out == Path::new(OUTPUT) {
        create_ignored(&args.out)?;
    }
    let folder = write_assets(&built.assets, &args.out)?;
    let mut files: Vec<AssetReceipt> = built
        .assets
        .iter()
        .map(|part| AssetReceipt {
            name: part.asset.name.clone(),
            path: folder.join(&part.asset.name).display().to_string(),
            size: part.asset.size,
            sha256: part.asset.sha256.clone(),
        })
        .collect();
    let mut requests = built.requests;
    if args.images.with_images {
        let registry = registry(&Surroundings::from_environment())?;
        files.extend(write_images(&built.assets, &folder, &registry, &args.images)?);
        requests.registry += registry.requests();
    }
    let receipt = Receipt {
        format: FORMAT,
        rehearsed: built.rehearsed,
        outcome: ReceiptOutcome::Built,
        version: Some(tag.version().clone()),
        tag: Some(tag.to_string()),
        channel: String::new(),
        plan: built.plan,
        release_url: None,
        folder: Some(folder.display().to_string()),
        assets: files,
        steps: Vec::new(),
        requests,
        findings: built.findings,
        finished: Vec::new(),
    };
    terminal::report_findings(&receipt.findings);
    if args.output.json {
        terminal::json(&receipt);
    } else {
        terminal::print_receipt(&receipt, None, Palette::of_stdout());
    }
    Ok(())
}

fn registry(surroundings: &Surroundings) -> Result<OciRegistry, Stop> {
    Ok(OciRegistry::new(surroundings.registry_access())?.observed_by(Arc::new(WaitLines)))
}

/// What was built.
struct Built {
    assets: Vec<AssetBytes>,
    /// The plan that it was built from, for a release of ours.
    plan: Option<PlanId>,
    rehearsed: bool,
    requests: Requests,
    findings: Vec<Finding>,
}

/// Builds a version from where its name leads.
fn build(tag: &Tag, args: &BundleArgs) -> Result<Built, Stop> {
    let repository = Repository::open(&root()?)?;
    let source = repository.source()?;
    let tags = repository.tags(&source.id)?;
    match tags.iter().find(|known| known.tag == *tag) {
        Some(ours) if ours.plan.is_some() => {
            let plan = plan_of(&repository, ours)?;
            let assets = build_assets(&plan)?;
            let requests = Requests::default();
            let findings = Vec::new();
            Ok(Built { assets, plan: Some(plan.id), rehearsed: plan.rehearsed, requests, findings })
        }
        Some(other) => from_commit(&repository, &repository.commit(&other.commit)?, tag, args),
        None => {
            tell_uncommitted(&repository, "built from")?;
            let rules = configured(&repository, &source.id)?.0.release.version;
            let mut built = from_commit(&repository, &source, tag, args)?;
            built.findings.extend(unexpected(tag.version(), &tags, &rules));
            Ok(built)
        }
    }
}

/// Builds a version from the files of a commit.
fn from_commit(
    repository: &Repository,
    source: &CommitFacts,
    tag: &Tag,
    args: &BundleArgs,
) -> Result<Built, Stop> {
    let surroundings = Surroundings::from_environment();
    let (configuration, tree) = configured(repository, &source.id)?;
    let built = repository.built(&source.id, &configuration.release)?;
    let rehearsed = surroundings.rehearsal_registry.is_some();
    let mut material =
        Material { built: &built, rehearsed, ..Material::of_commit(source, &configuration, &tree) };
    let mut requests = Requests::default();
    let images;
    if !args.offline {
        let registry = registry(&surroundings)?;
        images = resolved(&registry, wanted(&material, tag.version()).map_err(Stop::Findings)?)?;
        requests.registry = registry.requests();
        material.images = Some(&images);
    }
    let rendered = bundles(&material, tag.version()).map_err(Stop::Findings)?;
    let assets = assets(&rendered.bundles, &material.origin(tag.version(), None))
        .map_err(|error| Stop::Findings(vec![error.into_finding()]))?;
    Ok(Built { assets, plan: None, rehearsed, requests, findings: rendered.notes })
}
