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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn everything_that_the_configuration_names_is_read_each_once() {
        assert_eq!(
            paths(&samples::configuration()),
            [
                "CHANGELOG.md",
                "VERSION",
                "bundle-templates",
                "compose/base.yaml",
                "compose/gpu.yaml",
                "config",
                "config/services",
            ]
        );
    }

    #[test]
    fn stamped_files_are_read_and_the_lock_beside_a_workspace() {
        let stamps = "stamps: [{path: web/package.json, kind: json, key: version}, {path: core/Cargo.toml, kind: cargo-workspace}]\n";
        let paths = paths(&samples::configured(&format!("{}{stamps}", samples::RELEASE), samples::BUNDLES));
        for path in ["web/package.json", "core/Cargo.toml", "core/Cargo.lock"] {
            assert!(paths.iter().any(|read| read == path), "{path}: {paths:?}");
        }
    }
}
