//! Finds the version of a Cargo workspace: in its manifest and in its lock file. Never runs Cargo and never stamps foreign packages.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use toml_edit::{Item, TableLike};

use super::carrier::{At, Carrier, StampError};
use super::{Tree, text_of, toml};

/// The lock file of the workspace that a manifest belongs to.
pub(super) fn lock_beside(manifest: &str) -> String {
    format!("{}Cargo.lock", folder_of(manifest))
}

/// `workspace.package.version`, and the version of each path dependency that the workspace declares with one.
pub(super) fn manifest(path: &str, text: &str, version: &Version) -> Result<Vec<Carrier>, StampError> {
    let mut carriers = vec![toml::carrier(path, text, "workspace.package.version", version)?];
    let root = toml::read(path, text)?;
    let dependencies = root.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    for (name, dependency) in dependencies.and_then(Item::as_table_like).into_iter().flat_map(TableLike::iter)
    {
        let Some(requirement) = dependency.get("version").filter(|_| dependency.get("path").is_some()) else {
            continue;
        };
        let key = format!("workspace.dependencies.{name}.version");
        let at = At { path, text, key: &key };
        let wrong = || at.not_a_version(toml::start(requirement));
        let (span, found) = toml::string(requirement, text).ok_or_else(wrong)?;
        let number = found.trim_start_matches(['=', '^', '~', ' ']);
        let one_number =
            number.starts_with(|first: char| first.is_ascii_digit()) && !number.contains([',', '*']);
        if !one_number {
            return Err(wrong());
        }
        let operator = found.get(..found.len() - number.len()).unwrap_or_default();
        let wanted = format!("{operator}{version}");
        carriers.push(Carrier { key: key.clone(), span, found, wanted });
    }
    Ok(carriers)
}

/// The packages below a workspace that say their own version instead of taking the workspace's, with that version, as far as the tree
/// has their manifests. A manifest that lies below without belonging to the workspace does no harm, unless it has the very name and
/// version of a package of the workspace: that one would be left as it is, and `cargo --locked` would say so.
pub(super) fn with_own_versions(tree: &Tree, manifest: &str) -> BTreeSet<(String, String)> {
    let folder = folder_of(manifest);
    let members = tree.keys().filter(|path| {
        path.starts_with(folder) && path.ends_with("/Cargo.toml") && path.as_str() != manifest
    });
    members
        .filter_map(|path| {
            let root = toml::read(path, text_of(tree, path).ok()?).ok()?;
            let package = root.get("package")?;
            Some((package.get("name")?.as_str()?.to_owned(), package.get("version")?.as_str()?.to_owned()))
        })
        .collect()
}

/// The versions of the workspace's own packages, which a lock file lists without a source, and where others name them with it.
pub(super) fn lock(
    path: &str,
    text: &str,
    own_versions: &BTreeSet<(String, String)>,
    version: &Version,
) -> Result<Vec<Carrier>, StampError> {
    let root = toml::read(path, text)?;
    let packages: Vec<&dyn TableLike> = root
        .get("package")
        .and_then(Item::as_array_of_tables)
        .into_iter()
        .flatten()
        .map(|table| table as &dyn TableLike)
        .collect();
    let mut carriers = Vec::new();
    let mut members = BTreeMap::new();
    for package in packages.iter().filter(|package| package.get("source").is_none()) {
        let (Some(name), Some(item)) = (package.get("name").and_then(Item::as_str), package.get("version"))
        else {
            continue;
        };
        let at = At { path, text, key: name };
        let (span, found) = toml::string(item, text).ok_or_else(|| at.not_a_version(toml::start(item)))?;
        if own_versions.contains(&(name.to_owned(), found.clone())) {
            continue;
        }
        members.insert(name, found.clone());
        carriers.push(Carrier::value(&at, span, &found, version)?);
    }
    for package in packages {
        carriers.extend(named_with_version(package, text, &members, version));
    }
    Ok(carriers)
}

/// Dependencies as `name 1.2.0`: how a lock file writes a package of ours that shares its name with another one.
fn named_with_version(
    package: &dyn TableLike,
    text: &str,
    members: &BTreeMap<&str, String>,
    version: &Version,
) -> Vec<Carrier> {
    let dependencies = package.get("dependencies").and_then(Item::as_array).into_iter().flatten();
    dependencies
        .filter_map(|dependency| {
            let (name, found) = dependency.as_str()?.split_once(' ')?;
            members.get(name).filter(|current| *current == found)?;
            let (span, _) = toml::within_quotes(dependency.span()?, dependency.as_str()?, text)?;
            let span = span.end - found.len()..span.end;
            let wanted = version.to_string();
            Some(Carrier { key: name.to_owned(), span, found: found.to_owned(), wanted })
        })
        .collect()
}

fn folder_of(manifest: &str) -> &str {
    manifest.strip_suffix("Cargo.toml").unwrap_or_default()
}
