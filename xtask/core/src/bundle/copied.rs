//! The service configuration files of a bundle: copied as they are, and rendered first where they are templates. Never changes a
//! file that is none.

use semver::Version;

use crate::config::bundles::{FileRule, VariantConfig};
use crate::facts::{Content, SourceFile};
use crate::finding::Finding;
use crate::plan::BundleFile;

use super::render::{Material, missing};
use super::template::{self, Values};

/// The service configuration files of a variant.
pub(super) fn files(
    material: &Material<'_>,
    version: &Version,
    variant: &VariantConfig,
) -> Result<Vec<BundleFile>, Vec<Finding>> {
    let values = Values::of(material, version, variant);
    let (mut files, mut findings) = (Vec::new(), Vec::new());
    for rule in &material.configuration.bundles.files {
        if !rule.variants.is_empty() && !rule.variants.contains(&variant.id) {
            continue;
        }
        let mut found = false;
        for (path, file) in material.tree {
            let Some(place) = place(rule, path) else { continue };
            found = true;
            match copy(path, &place, file, &values) {
                Ok(file) => files.push(file),
                Err(finding) => findings.push(finding),
            }
        }
        if !found {
            findings.push(missing(&rule.from, "`files`"));
        }
    }
    if findings.is_empty() { Ok(files) } else { Err(findings) }
}

/// The file of the repository that lies at a place of the bundle; none for one that is generated.
pub(super) fn origin(material: &Material<'_>, variant: &VariantConfig, at: &str) -> Option<String> {
    let rules = material.configuration.bundles.files.iter();
    let mut rules = rules.filter(|rule| rule.variants.is_empty() || rule.variants.contains(&variant.id));
    rules.find_map(|rule| {
        let lies_there = |path: &&String| {
            place(rule, path).is_some_and(|place| {
                place == at || (template::is_template(path) && template::rendered_name(&place) == at)
            })
        };
        material.tree.keys().find(lies_there).cloned()
    })
}

/// Where a rule puts a file; none where it says nothing of it.
fn place(rule: &FileRule, path: &str) -> Option<String> {
    if path == rule.from {
        return Some(rule.to.clone());
    }
    let below = path.strip_prefix(rule.from.trim_end_matches('/'))?.strip_prefix('/')?;
    Some(format!("{}/{below}", rule.to.trim_end_matches('/')))
}

fn copy(path: &str, place: &str, file: &SourceFile, values: &Values<'_>) -> Result<BundleFile, Finding> {
    let (place, content) = if template::is_template(path) {
        (template::rendered_name(place), Content::Text(template::text(path, file, values)?.into_owned()))
    } else {
        (place, file.content.clone())
    };
    Ok(BundleFile { path: place.to_owned(), executable: file.executable, content })
}

#[cfg(test)]
#[path = "copied_tests.rs"]
mod tests;
