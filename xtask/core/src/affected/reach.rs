//! What a changed path or a changed base image reaches. Never counts what a release itself writes.

use super::dockerfile::{Base, bases};
use super::{Comparison, Reason};
use crate::compose::image::ImageReference;
use crate::config::locks::LockChange;
use crate::config::release::OwnImage;
use crate::config::{ImageLocks, paths};
use crate::plan::PATH;
use crate::sources::{self, CHANGELOG};
use crate::stamp::{self, VERSION};

/// What a release writes and nothing is built from.
const WRITTEN: &[&str] = &[VERSION, CHANGELOG, PATH];

/// What changed, without what a release stamps.
pub(super) struct Changes<'a> {
    comparison: &'a Comparison<'a>,
    paths: Vec<&'a str>,
    /// The images for which the lock file has something else.
    locks: Vec<String>,
}

impl<'a> Changes<'a> {
    pub(super) fn of(comparison: &'a Comparison<'a>) -> Self {
        let release = &comparison.configuration.release;
        let before = stamp::levelled(release, &comparison.before);
        let after = stamp::levelled(release, &comparison.after);
        let only_stamped = |path: &str| before.get(path).is_some_and(|file| after.get(path) == Some(file));
        let mut changed: Vec<&str> = comparison
            .changed
            .iter()
            .map(String::as_str)
            .filter(|path| !WRITTEN.contains(path) && !only_stamped(path))
            .collect();
        changed.sort_unstable();
        changed.dedup();
        Self { comparison, paths: changed, locks: locks(comparison) }
    }

    /// Why an own image has to be built, but for what it is built on.
    pub(super) fn of_image(&self, image: &OwnImage) -> Vec<Reason> {
        let own = &self.comparison.configuration.release.images;
        let same = self.comparison.declared_before.as_ref().is_some_and(|before| {
            before.registry == own.registry && before.names.iter().any(|known| known == image)
        });
        let mut reasons = if same { Vec::new() } else { vec![Reason::Declaration] };
        let dockerfile = image.dockerfile();
        // Docker prefers what is ignored for one Dockerfile to what is ignored in its folder.
        let ignored = format!("{dockerfile}.dockerignore");
        let parts = [&image.context, &dockerfile, &ignored].into_iter().chain(&image.paths);
        reasons.extend(self.below(parts.map(String::as_str).collect()));
        reasons.extend(self.bases(&dockerfile));
        reasons
    }

    /// Why a bundle would differ.
    pub(super) fn of_bundle(&self) -> Vec<Reason> {
        let read = sources::paths(self.comparison.configuration);
        self.below(read.iter().map(String::as_str).collect())
    }

    fn below(&self, parts: Vec<&str>) -> Vec<Reason> {
        let reached = self.paths.iter().filter(|path| parts.iter().any(|part| reaches(path, part)));
        reached.map(|path| Reason::Path { path: (*path).to_owned() }).collect()
    }

    fn bases(&self, dockerfile: &str) -> Vec<Reason> {
        if self.locks.is_empty() {
            return Vec::new();
        }
        let file = self.comparison.after.get(dockerfile);
        // Without a text, as behind a link, nobody knows what it is built on.
        let bases = match file.and_then(|file| file.content.as_text()) {
            Some(text) => bases(text),
            None => vec![Base::Unknown],
        };
        let is_base = |image: &String| {
            let locked = image.parse::<ImageReference>().ok();
            bases.iter().any(|base| match base {
                Base::Unknown => true,
                Base::Image(base) => Some(base) == locked.as_ref(),
            })
        };
        let bases = self.locks.iter().filter(|image| is_base(image));
        bases.map(|image| Reason::BaseImage { image: image.clone() }).collect()
    }
}

/// Whether a path that changed belongs to a file or folder: it is that, lies below it, or was or became what lies above it, such as a
/// submodule or a link.
fn reaches(path: &str, part: &str) -> bool {
    let below =
        |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    part == "." || path == part || below(path, part) || below(part, path)
}

fn locks(comparison: &Comparison<'_>) -> Vec<String> {
    let before = comparison.before.get(paths::LOCKS).and_then(|file| file.content.as_text());
    let none = ImageLocks::of(&std::collections::BTreeMap::new());
    let now = comparison.configuration.locks.as_ref().unwrap_or(&none);
    let changes = now.changes(before).into_iter().map(|change| match change {
        LockChange::Added { image } | LockChange::Moved { image, .. } | LockChange::Removed { image } => {
            image
        }
    });
    changes.collect()
}
