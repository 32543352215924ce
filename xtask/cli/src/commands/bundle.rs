//! `bundle`: the bundles of a version on this machine. Touches neither git nor the forge.

use release_core::bundle::assets::assets;
use release_core::bundle::render::{Material, bundles, references};
use release_core::finding::Cause;
use release_core::identity::Tag;
use release_core::receipt::{AssetReceipt, FORMAT, Receipt, ReceiptOutcome};
use release_edge::failure::Failure;
use release_edge::gather::configured;
use release_edge::registry::OciRegistry;
use release_edge::registry::Registry as _;
use release_edge::repository::Repository;

use crate::args::BundleArgs;
use crate::context::{Surroundings, root};
use crate::exit::Stop;
use crate::terminal::{self, Palette};

/// Runs the command.
pub fn run(args: &BundleArgs) -> Result<(), Stop> {
    let tag: Tag = args.version.parse().map_err(|error: release_core::identity::NotATag| {
        Failure::new(Cause::Configuration, error.to_string(), "write the version as in `--version v1.3.0`")
    })?;
    let surroundings = Surroundings::from_environment();
    let repository = Repository::open(&root()?)?;
    let source = repository.source()?;
    let (configuration, tree) = configured(&repository, &source.id)?;
    let built = repository.built(&source.id, &configuration.release)?;
    let mut material = Material {
        configuration: &configuration,
        tree: &tree,
        images: None,
        source: &source.id,
        built: &built,
        source_date: source.committed,
        rehearsed: surroundings.rehearsal_registry.is_some(),
    };
    let mut requests = release_core::facts::Requests::default();
    let mut images = std::collections::BTreeMap::new();
    if !args.offline {
        let registry = OciRegistry::new(surroundings.registry_access())?;
        let wanted = references(&material, tag.version()).map_err(Stop::Findings)?;
        let resolved = registry.resolve(&wanted)?;
        images.extend(wanted.into_iter().zip(resolved).filter_map(|(name, image)| Some((name, image?))));
        requests.registry = registry.requests();
        material.images = Some(&images);
    }
    let bundles = bundles(&material, tag.version()).map_err(Stop::Findings)?;
    let built =
        assets(&bundles, source.committed).map_err(|error| Stop::Findings(vec![error.into_finding()]))?;
    let folder = release_edge::output::write_assets(&built, &args.out)?;
    let receipt = Receipt {
        format: FORMAT,
        rehearsed: material.rehearsed,
        outcome: ReceiptOutcome::Built,
        version: Some(tag.version().clone()),
        tag: Some(tag.to_string()),
        channel: String::new(),
        plan: None,
        release_url: None,
        folder: Some(folder.display().to_string()),
        assets: built
            .iter()
            .map(|part| AssetReceipt {
                name: part.asset.name.clone(),
                path: folder.join(&part.asset.name).display().to_string(),
                size: part.asset.size,
                sha256: part.asset.sha256.clone(),
            })
            .collect(),
        steps: Vec::new(),
        requests,
        findings: Vec::new(),
        finished: Vec::new(),
    };
    if args.output.json {
        terminal::json(&receipt);
    } else {
        terminal::print_receipt(&receipt, None, Palette::of_stdout());
    }
    Ok(())
}
