//! `bundle --update-locks`: what third-party images resolve to now, written to the lock file. Builds nothing, and writes nothing where an
//! image is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use release_core::bundle::images::third_party;
use release_core::bundle::render::Material;
use release_core::config::locks::LockChange;
use release_core::config::{ImageLocks, paths};
use release_core::facts::ImageFacts;
use release_core::finding::{Cause, Finding};
use release_edge::failure::Failure;
use release_edge::gather::{Lockable, to_lock};
use release_edge::output::replace;
use release_edge::registry::{OciRegistry, Registry as _};
use release_edge::repository::Repository;
use serde::Serialize;

use crate::args::BundleArgs;
use crate::context::{Surroundings, root, variables};
use crate::exit::Stop;
use crate::terminal::{self, WaitLines};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// The file, from the root of the repository.
    file: &'static str,
    /// Whether it was written; it is not where nothing differs.
    written: bool,
    /// What differs.
    changes: &'a [LockChange],
    /// How many images are locked now.
    locked: usize,
}

/// Runs the command.
pub fn update_locks(args: &BundleArgs) -> Result<(), Stop> {
    let surroundings = Surroundings::from_environment();
    if surroundings.rehearsal_registry.is_some() {
        return Err(Stop::from(Failure::new(
            Cause::Configuration,
            format!("`{}` is set, and the digests of a rehearsal are made up", variables::REHEARSAL_REGISTRY),
            "unset it: a lock file holds what the real registries say",
        )));
    }
    let repository = Repository::open(&root()?)?;
    let source = repository.source()?;
    let Lockable { configuration, tree, before } = to_lock(&repository)?;
    let material = Material::of_commit(&source, &configuration, &tree);
    let wanted = third_party(&material, &configuration.release.version.first).map_err(Stop::Findings)?;
    let registry = OciRegistry::new(surroundings.registry_access())?.observed_by(Arc::new(WaitLines));
    let locks = ImageLocks::of(&all_of(wanted, &registry)?);
    let text = locks.to_yaml();
    let written = before.as_deref() != Some(text.as_str());
    if written {
        replace(&repository.folder().join(paths::LOCKS), text.as_bytes())?;
    }
    report(
        args,
        &Report {
            file: paths::LOCKS,
            written,
            changes: &locks.changes(before.as_deref()),
            locked: locks.images.len(),
        },
    );
    Ok(())
}

/// What every one of them resolves to.
fn all_of(wanted: Vec<String>, registry: &OciRegistry) -> Result<BTreeMap<String, ImageFacts>, Stop> {
    let found = registry.resolve(&wanted)?;
    let (mut images, mut missing) = (BTreeMap::new(), Vec::new());
    for (reference, image) in wanted.into_iter().zip(found) {
        match image {
            Some(image) => drop(images.insert(reference, image)),
            None => {
                let message = format!("the image `{reference}` is not in its registry");
                missing.push(Failure::new(Cause::ImageMissing, message, "correct its tag").into_finding());
            }
        }
    }
    let missing: Vec<Finding> = missing;
    if missing.is_empty() { Ok(images) } else { Err(Stop::Findings(missing)) }
}

fn report(args: &BundleArgs, report: &Report<'_>) {
    if args.output.json {
        terminal::json(report);
        return;
    }
    for change in report.changes {
        terminal::out(&change.to_string());
        if matches!(change, LockChange::Moved { .. }) {
            terminal::note(
                "note: that tag leads to another image than when it was locked; find out why before you commit this",
            );
        }
    }
    let images = if report.locked == 1 { "image" } else { "images" };
    let what = if report.written { "written to" } else { "unchanged in" };
    terminal::out(&format!("{} {images} locked, {what} {}", report.locked, report.file));
}
