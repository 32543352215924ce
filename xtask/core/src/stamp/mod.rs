//! Stamps the version: finds every place that carries it and replaces exactly its bytes. Never reformats a file, and never decides
//! the version.

mod cargo;
mod carrier;
mod edit;
mod images;
mod json;
mod toml;
mod yaml;

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use semver::Version;

use crate::config::ReleaseConfig;
use crate::config::release::{Stamp, StampKind};
use crate::facts::{Content, SourceFile};
use crate::finding::{Cause, Finding, Severity};
use crate::plan::{FileEdit, Splice};
use carrier::{Carrier, StampError};

pub use edit::{ApplyError, apply, edited};

/// The file that is the authority over the version.
pub const VERSION: &str = "VERSION";

/// The name of the manifest of a Cargo package or workspace.
pub const CARGO_MANIFEST: &str = "Cargo.toml";

/// The files of a source commit, by path.
pub type Tree = BTreeMap<String, SourceFile>;

/// The edits that bring `VERSION` and every stamped file to a version, by path. Files that have it already are not among them.
///
/// Of a Cargo workspace the tree needs `Cargo.toml`, `Cargo.lock` where there is one, and the `Cargo.toml` of each member that has
/// a version of its own.
///
/// # Errors
/// A finding for every place that cannot be stamped: a missing file, a missing key, a value that is no version.
pub fn stamp(release: &ReleaseConfig, tree: &Tree, version: &Version) -> Result<Vec<FileEdit>, Vec<Finding>> {
    let Places { carriers, mut problems } = places(release, tree, version);
    let mut edits = BTreeMap::new();
    if let Some(edit) = version_edit(tree, version) {
        edits.insert(VERSION.to_owned(), edit);
    }
    for (path, carriers) in carriers {
        let splices: Vec<Splice> = carriers
            .into_iter()
            .filter(|carrier| carrier.found != carrier.wanted)
            .map(|carrier| Splice {
                at: carrier.span.start,
                remove: carrier.span.len(),
                insert: carrier.wanted,
            })
            .collect();
        if splices.is_empty() {
            continue;
        }
        match edited(&path, text_of(tree, &path).ok().map(str::as_bytes), splices) {
            Ok(edit) => drop(edits.insert(path, edit)),
            Err(_) => problems.push(StampError::Overlap { path }.into_finding()),
        }
    }
    if problems.is_empty() { Ok(edits.into_values().collect()) } else { Err(problems) }
}

/// The files as a release of a version leaves them: what travels in a bundle carries the bundle's version.
///
/// # Errors
/// As [`stamp`].
pub fn stamped(release: &ReleaseConfig, tree: &Tree, version: &Version) -> Result<Tree, Vec<Finding>> {
    let mut after = tree.clone();
    for edit in stamp(release, tree, version)? {
        let before = tree.get(&edit.path).and_then(|file| file.content.as_text());
        let bytes = apply(&edit, before.map(str::as_bytes)).unwrap_or_default();
        let executable = tree.get(&edit.path).is_some_and(|file| file.executable);
        // Only text is stamped, at the borders of its values.
        let content = Content::Text(String::from_utf8_lossy(&bytes).into_owned());
        after.insert(edit.path, SourceFile { content, executable });
    }
    Ok(after)
}

/// Whether the files that a commit changed differ only as the stamp of a version makes them differ.
///
/// `changed` are the paths that differ between `before` and `after`, the plan and the changelog left out.
#[must_use]
pub fn is_stamp(
    release: &ReleaseConfig,
    before: &Tree,
    after: &Tree,
    changed: &[String],
    version: &Version,
) -> bool {
    let Ok(expected) = stamped(release, before, version) else { return false };
    changed.iter().all(|path| match (expected.get(path), after.get(path)) {
        (Some(expected), Some(found)) => expected == found,
        _ => false,
    })
}

/// The stamped files with one and the same version at every place that carries it: what still differs between two of them is more than
/// the version. A place that cannot be found stays as it is, and so does a file without any.
#[must_use]
pub fn levelled(release: &ReleaseConfig, tree: &Tree) -> Tree {
    let mut levelled = Tree::new();
    for (path, carriers) in places(release, tree, &Version::new(0, 0, 0)).carriers {
        let Some(file) = tree.get(&path) else { continue };
        let splices = carriers.into_iter().map(|carrier| Splice {
            at: carrier.span.start,
            remove: carrier.span.len(),
            insert: carrier.wanted,
        });
        let before = file.content.as_text().map(str::as_bytes);
        let bytes = edited(&path, before, splices.collect()).and_then(|edit| apply(&edit, before));
        // Only text is stamped, at the borders of its values.
        let content = bytes.map_or_else(
            |_| file.content.clone(),
            |bytes| Content::Text(String::from_utf8_lossy(&bytes).into_owned()),
        );
        levelled.insert(path, SourceFile { content, executable: file.executable });
    }
    levelled
}

/// The files that a stamp may change: `VERSION`, the configured ones, and the lock beside a Cargo workspace.
#[must_use]
pub fn paths(release: &ReleaseConfig) -> Vec<String> {
    let mut paths = vec![VERSION.to_owned()];
    for stamp in &release.stamps {
        paths.push(stamp.path.clone());
        if stamp.kind == StampKind::CargoWorkspace
            && let Some(start) = stamp.path.strip_suffix("toml")
        {
            paths.push(format!("{start}lock"));
        }
    }
    paths
}

/// The folders of the Cargo workspaces that are stamped, each with a slash at its end or empty for the root. Which of their packages
/// have a version of their own is told by the manifests below, named [`CARGO_MANIFEST`].
#[must_use]
pub fn workspaces(release: &ReleaseConfig) -> Vec<&str> {
    let workspaces = release.stamps.iter().filter(|stamp| stamp.kind == StampKind::CargoWorkspace);
    workspaces.filter_map(|stamp| stamp.path.strip_suffix(CARGO_MANIFEST)).collect()
}

/// Where the files of a commit do not carry the version that its `VERSION` says.
#[must_use]
pub fn differences(release: &ReleaseConfig, tree: &Tree) -> Vec<Finding> {
    let text = match text_of(tree, VERSION) {
        Ok(text) => text,
        Err(error) => return vec![error.into_finding()],
    };
    let Ok(version) = Version::parse(text.trim()) else {
        return vec![
            StampError::NotAVersion { path: VERSION.to_owned(), line: 1, key: VERSION.to_owned() }
                .into_finding(),
        ];
    };
    let Places { carriers, problems } = places(release, tree, &version);
    let differing = carriers.iter().flat_map(|(path, carriers)| {
        let text = text_of(tree, path).unwrap_or_default();
        let wrong = carriers.iter().filter(|carrier| carrier.found != carrier.wanted);
        wrong.map(|carrier| difference(path, text, carrier))
    });
    differing.chain(problems).collect()
}

fn difference(path: &str, text: &str, carrier: &Carrier) -> Finding {
    let Carrier { key, found, wanted, span } = carrier;
    let found = if found.is_empty() { "nothing".to_owned() } else { crate::untrusted::quoted(found) };
    Finding {
        cause: Cause::VersionDiffers,
        severity: Severity::Stop,
        message: format!("`{path}` carries {found} at `{key}`, and `{VERSION}` asks for `{wanted}`"),
        hint: format!("write `{wanted}` there; a release stamps it by itself"),
        place: Some(format!("{path}:{}", carrier::line(text, span.start))),
    }
}

/// Every place that carries the version, by file, and why some could not be found.
struct Places {
    carriers: BTreeMap<String, Vec<Carrier>>,
    problems: Vec<Finding>,
}

fn places(release: &ReleaseConfig, tree: &Tree, version: &Version) -> Places {
    let mut places = Places { carriers: BTreeMap::new(), problems: Vec::new() };
    for stamp in &release.stamps {
        for (path, found) in in_files_of(stamp, release, tree, version) {
            match found {
                Ok(carriers) => places.carriers.entry(path).or_default().extend(carriers),
                Err(error) => places.problems.push(error.into_finding()),
            }
        }
    }
    for carriers in places.carriers.values_mut() {
        carriers.sort_by_key(|carrier| (carrier.span.start, carrier.span.end));
        carriers.dedup_by(|one, other| one.span == other.span && one.wanted == other.wanted);
    }
    places
}

type InFile = (String, Result<Vec<Carrier>, StampError>);

fn in_files_of(stamp: &Stamp, release: &ReleaseConfig, tree: &Tree, version: &Version) -> Vec<InFile> {
    let path = &stamp.path;
    let text = match text_of(tree, path) {
        Ok(text) => text,
        Err(error) => return vec![(path.clone(), Err(error))],
    };
    let key = stamp.key.as_deref().unwrap_or_default();
    let one = |found: Result<Carrier, StampError>| vec![(path.clone(), found.map(|carrier| vec![carrier]))];
    match stamp.kind {
        StampKind::Json => one(json::carrier(path, text, key, version)),
        StampKind::Toml => one(toml::carrier(path, text, key, version)),
        StampKind::Yaml => one(yaml::carrier(path, text, key, version)),
        StampKind::ImageTags => vec![(path.clone(), images::carriers(path, text, &release.images, version))],
        StampKind::CargoWorkspace => {
            let mut found = vec![(path.clone(), cargo::manifest(path, text, version))];
            let lock = cargo::lock_beside(path);
            if tree.contains_key(&lock) {
                let text = text_of(tree, &lock);
                let own = cargo::with_own_versions(tree, path);
                found.push((lock.clone(), text.and_then(|text| cargo::lock(&lock, text, &own, version))));
            }
            found
        }
    }
}

/// `VERSION` holds the version and a line feed, whatever it held before.
fn version_edit(tree: &Tree, version: &Version) -> Option<FileEdit> {
    let wanted = format!("{version}\n");
    let before = tree.get(VERSION).map(|file| match &file.content {
        Content::Text(text) => text.as_bytes().to_vec(),
        Content::Base64(encoded) => edit::decoded(encoded),
    });
    if before.as_deref() == Some(wanted.as_bytes()) {
        return None;
    }
    let remove = before.as_ref().map_or(0, Vec::len);
    Some(FileEdit {
        path: VERSION.to_owned(),
        before: before.map(|bytes| Sha256Hex::of(&bytes)),
        after: Sha256Hex::of(wanted.as_bytes()),
        splices: vec![Splice { at: 0, remove, insert: wanted }],
    })
}

fn text_of<'a>(tree: &'a Tree, path: &str) -> Result<&'a str, StampError> {
    let missing = || StampError::FileMissing { path: path.to_owned() };
    let content = &tree.get(path).ok_or_else(missing)?.content;
    match content.first_wrong_byte() {
        Some(wrong) => Err(StampError::NotText { path: path.to_owned(), wrong }),
        None => content.as_text().ok_or_else(missing),
    }
}

#[cfg(test)]
mod tests;
