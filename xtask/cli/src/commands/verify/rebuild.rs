//! `--rebuild`: the archives built again, from the files of the commit that the tag's plan released and from the digests in that plan.
//! What lies in the plan of the bundles themselves is not used, so it is proven as well. Asks nobody but the clone.

use release_core::bundle::assets::assets;
use release_core::bundle::difference;
use release_core::bundle::provenance::Origin;
use release_core::bundle::render::{Material, bundles};
use release_core::finding::{Cause, Finding};
use release_core::identity::Tag;
use release_core::untrusted::terminal_line;
use release_edge::failure::Failure;
use release_edge::gather::{configured, plan_of};
use release_edge::repository::Repository;

use crate::context::root;
use crate::exit::Stop;

use super::wrong;

/// How archives differ from what the tag builds, byte for byte.
pub(super) fn differences(tag: &Tag, archives: &[(String, Vec<u8>)]) -> Result<Vec<Finding>, Stop> {
    let repository = Repository::open(&root()?)?;
    let tags = repository.tags(&repository.source()?.id)?;
    let ours = tags.iter().find(|known| known.tag == *tag && known.plan.is_some()).ok_or_else(|| {
        Failure::new(
            Cause::Configuration,
            format!("this clone has no tag {tag} that this tool made, so there is nothing to rebuild from"),
            "run `git fetch --tags`, in a clone of the repository that released it",
        )
    })?;
    let plan = plan_of(&repository, ours)?;
    let (configuration, tree) = configured(&repository, &plan.source)?;
    let built = repository.built(&plan.source, &configuration.release)?;
    let material = Material {
        configuration: &configuration,
        tree: &tree,
        images: Some(&plan.images),
        source: &plan.source,
        built: &built,
        source_date: plan.source_date,
        rehearsed: plan.rehearsed,
    };
    let rendered = bundles(&material, &plan.version).map_err(Stop::Findings)?;
    let rebuilt = assets(&rendered.bundles, &Origin::from(&plan))
        .map_err(|error| Stop::Findings(vec![error.into_finding()]))?;
    let findings = archives
        .iter()
        .filter_map(|(name, bytes)| match rebuilt.iter().find(|part| part.asset.name == *name) {
            None => Some(wrong(format!("{tag} builds no `{}`", terminal_line(name)))),
            Some(part) => difference::first(&part.content, bytes).map(|difference| {
                let hint = "do not use it; where another version of this tool released it, rebuild with that version";
                let message = format!("`{}` is not what {tag} builds: {difference}", terminal_line(name));
                Failure::new(Cause::VerificationFailed, message, hint).into_finding()
            }),
        })
        .collect();
    Ok(findings)
}
