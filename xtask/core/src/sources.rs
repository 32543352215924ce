//! Which files of the source commit a release reads. Never reads one.

use crate::config::Configuration;
use crate::stamp;

/// Where the changelog lies.
pub const CHANGELOG: &str = "CHANGELOG.md";
/// A repository's own templates; each wins over the built-in one of its name.
pub const TEMPLATES: &str = "bundle-templates";

/// Every file, and every folder with all its files, that a release of this configuration reads. What is not there is left out of the
/// facts; whoever needs it says so.
#[must_use]
pub fn paths(configuration: &Configuration) -> Vec<String> {
    let mut paths = vec![CHANGELOG.to_owned(), TEMPLATES.to_owned(), "config".to_owned()];
    paths.extend(stamp::paths(&configuration.release));
    paths.extend(configuration.bundles.variants.iter().flat_map(|variant| variant.compose.clone()));
    paths.extend(configuration.bundles.files.iter().map(|rule| rule.from.clone()));
    paths.sort();
    paths.dedup();
    paths
}
