//! What the files of a commit or a working tree say by themselves. Never asks the forge or a registry.

use semver::Version;

use crate::bundle::render::{self, Material};
use crate::finding::{self, Finding};
use crate::stamp;

/// Everything that is wrong with the files, or worth saying: stamped versions, Compose files, and what the bundles need.
#[must_use]
pub fn sources(material: &Material<'_>, version: &Version) -> Vec<Finding> {
    let mut findings = stamp::differences(&material.configuration.release, material.tree);
    findings.extend(render::bundles(material, version).map_or_else(|all| all, |rendered| rendered.notes));
    finding::once(findings)
}
