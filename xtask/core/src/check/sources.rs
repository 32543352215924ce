//! What the files of a commit or a working tree say by themselves. Never asks the forge or a registry.

use semver::Version;

use crate::bundle::render::{self, Material};
use crate::finding::{self, Finding};
use crate::stamp;

/// Everything that is wrong with the files, or worth saying: stamped versions, Compose files, and what the bundles need.
#[must_use]
pub fn sources(material: &Material<'_>, version: &Version) -> Vec<Finding> {
    let mut findings = stamp::differences(&material.configuration.release, material.tree);
    if let Err(more) = render::bundles(material, version) {
        findings.extend(more);
    }
    findings.extend(render::notes(material, version));
    finding::once(findings)
}
