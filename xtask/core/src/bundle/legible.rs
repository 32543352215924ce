//! What a manifest may say of itself at all: a format that is known, and names of which people see every character. Compares nothing
//! with the files, and changes nothing: a name that hides something is refused, not cleaned.

use bundle_format::manifest::{FORMAT, Manifest};

use crate::check::stop;
use crate::finding::{Cause, Finding};
use crate::identity::ObjectId;
use crate::untrusted::{is_plain, terminal_line};

use super::verify::wrong;

/// What is wrong with a manifest of another format: its words may mean something else. `archive` is safe for a terminal.
pub(super) fn unknown_format(archive: &str, manifest: &Manifest) -> Option<Finding> {
    let format = manifest.format;
    (format != FORMAT).then(|| {
        stop(
            Cause::VerificationFailed,
            format!("`{archive}` has a manifest of the format {format}, which this tool does not know"),
            "verify it with the version of this tool that released it",
        )
    })
}

/// What is wrong with the names in a manifest. `archive` is safe for a terminal.
pub(super) fn illegible(archive: &str, manifest: &Manifest) -> Vec<Finding> {
    let mut findings = Vec::new();
    if manifest.source_commit.parse::<ObjectId>().is_err() {
        let shown = terminal_line(&manifest.source_commit);
        findings.push(wrong(format!("`{archive}` says it comes from `{shown}`, which is no commit")));
    }
    for (what, name) in names(manifest).into_iter().filter(|(_, name)| !is_plain(name)) {
        let shown = terminal_line(name);
        findings.push(wrong(format!("`{archive}` has the {what} `{shown}`, which hides characters")));
    }
    findings
}

/// Every name in a manifest that people are shown, with what it names.
fn names(manifest: &Manifest) -> Vec<(&'static str, &str)> {
    let mut names = vec![("product", manifest.product.as_str()), ("variant", &manifest.variant)];
    names.push(("source date", &manifest.source_date));
    for (service, image) in &manifest.images {
        names.extend([("service", service.as_str()), ("image", &image.reference)]);
        names.extend(image.platforms.keys().map(|platform| ("platform", platform.as_str())));
    }
    for (path, file) in &manifest.files {
        names.extend([("path", path.as_str()), ("mode", &file.mode)]);
    }
    names
}
