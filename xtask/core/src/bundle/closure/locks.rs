//! The rules about the lock file: it has the images that bundles have, and no others. Never asks a registry.

use std::collections::BTreeSet;

use crate::check::stop;
use crate::config::paths;
use crate::finding::{Cause, Finding};
use crate::untrusted::quoted;

use super::super::images::is_under;
use super::used::used;
use super::{Drawn, note, place_in};

const UPDATE: &str = "run `cargo xtask bundle --update-locks`, and commit what it writes";

pub(super) fn in_use(all: &[Drawn<'_>]) -> Vec<Finding> {
    let Some(first) = all.first() else { return Vec::new() };
    let configuration = first.material.configuration;
    let Some(locks) = &configuration.locks else { return Vec::new() };
    if all.len() < configuration.bundles.variants.len() {
        // What the others name is not known.
        return Vec::new();
    }
    let own = &configuration.release.images;
    let used: BTreeSet<String> = used(all).into_iter().map(|used| used.image.to_string()).collect();
    let mut findings = Vec::new();
    for (index, locked) in locks.images.iter().enumerate() {
        let why = if is_under(own, &locked.image) {
            "is an own image, whose digest is the release's"
        } else if used.contains(&locked.image) {
            continue;
        } else {
            "is named by no Compose file"
        };
        let place = place_in(first, paths::LOCKS, &format!("images[{index}].image"));
        let message = format!("{} is locked and {why}", quoted(&locked.image));
        findings.push(Finding { place: Some(place), ..stop(Cause::LockStale, message, UPDATE) });
    }
    findings
}

pub(super) fn complete(all: &[Drawn<'_>]) -> Vec<Finding> {
    let Some(first) = all.first() else { return Vec::new() };
    let configuration = first.material.configuration;
    let Some(locks) = &configuration.locks else { return Vec::new() };
    let open = used(all).into_iter().filter(|used| {
        let reference = used.image.to_string();
        !is_under(&configuration.release.images, &reference) && locks.get(&reference).is_none()
    });
    let what = format!("is not in `{}`, so its registry is asked", paths::LOCKS);
    open.map(|used| note(used.wrong(all, Cause::LockMissing, &what, UPDATE.to_owned()))).collect()
}
