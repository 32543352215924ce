//! The rules about files that services take from beside their Compose file: all of them travel, and nothing else does. Never looks at
//! a disk.

use std::collections::BTreeMap;

use bundle_format::manifest;

use crate::check::stop;
use crate::compose::{FileSource, SourceKind};
use crate::config::paths;
use crate::finding::{Cause, Finding, Severity};
use crate::untrusted::quoted;

use super::super::copied;
use super::super::render::COMPOSE;
use super::{Drawn, at, note};

/// What lies in an installation's folder without travelling in a bundle.
const ON_THE_HOST: &[(&str, &str)] =
    &[(".docker-volumes", "where installations have their data"), (".env", "what `setup-env.sh` makes")];

pub(super) fn carried(drawn: &Drawn<'_>) -> Vec<Finding> {
    let Some(files) = &drawn.files else { return Vec::new() };
    let own = [COMPOSE, manifest::FILE_NAME];
    let there: Vec<&str> = files.iter().map(|file| file.path.as_str()).chain(own).collect();
    let sources = drawn.compose.file_sources();
    sources.iter().filter_map(|source| missing(drawn, source, &there)).collect()
}

/// What a service of any variant takes is in use: a file may travel in more variants than need it.
pub(super) fn referenced(all: &[Drawn<'_>]) -> Vec<Finding> {
    let stops = |drawn: &Drawn<'_>| carried(drawn).iter().any(|finding| finding.severity == Severity::Stop);
    if all.iter().any(stops) {
        // A path that is written wrong would be told twice.
        return Vec::new();
    }
    let taken: Vec<String> = all
        .iter()
        .flat_map(|drawn| drawn.compose.file_sources())
        .filter(|source| !is_of_the_host(&source.source))
        .filter_map(|source| below(&source.source))
        .collect();
    let is_taken = |path: &str| {
        taken.iter().any(|taken| {
            let rest = path.strip_prefix(taken.as_str());
            taken.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let mut findings = BTreeMap::new();
    for drawn in all {
        for file in drawn.files.iter().flatten().filter(|file| !is_taken(&file.path)) {
            let Some(from) = copied::origin(drawn.material, drawn.variant, &file.path) else { continue };
            let message =
                format!("{} travels as {}, and no service takes it", quoted(&from), quoted(&file.path));
            let hint = format!("mount it, or leave it out of `files` in `{}`", paths::BUNDLES);
            let finding = stop(Cause::FileUnreferenced, message, hint);
            findings.insert(from.clone(), note(Finding { place: Some(from), ..finding }));
        }
    }
    findings.into_values().collect()
}

fn missing(drawn: &Drawn<'_>, source: &FileSource, there: &[&str]) -> Option<Finding> {
    if matches!(source.kind, SourceKind::OptionalEnvFile | SourceKind::HostFolder)
        || is_of_the_host(&source.source)
    {
        return None;
    }
    let subject = format!("`{}` takes {}", source.path, quoted(&source.source));
    let Some(path) = below(&source.source) else {
        let hint =
            "write it from the folder of the bundle, as in `./configs/…`, or as an absolute path of the host"
                .to_owned();
        let message = format!("{subject}, which leads out of the bundle");
        return Some(at(drawn, source.place, Cause::FileMissing, message, hint));
    };
    let folder = format!("{path}/");
    let carried = path.is_empty() || there.iter().any(|file| *file == path || file.starts_with(&folder));
    let first = path.split('/').next().unwrap_or_default();
    if carried || ON_THE_HOST.iter().any(|(name, _)| *name == first) {
        return None;
    }
    let message = format!("{subject}, which is not in the bundle");
    let finding = at(drawn, source.place, Cause::FileMissing, message, hint(drawn, &path));
    // Beside a folder that travels, a mount may be an operator's data: Compose makes the folder where it is missing.
    let beside = format!("{first}/");
    let may_be_data =
        source.kind == SourceKind::BindMount && !there.iter().any(|file| file.starts_with(&beside));
    Some(if may_be_data { note(finding) } else { finding })
}

/// Absolute paths, home folders and whatever begins with a variable.
fn is_of_the_host(source: &str) -> bool {
    let drive = source.as_bytes().get(1) == Some(&b':');
    source.starts_with(['/', '~', '\\']) || source.contains('$') || drive
}

/// The path from the root of the bundle, without `.` and `..`; none where it leaves the bundle.
fn below(source: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in source.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

fn hint(drawn: &Drawn<'_>, path: &str) -> String {
    let rules = &drawn.material.configuration.bundles.files;
    let from = rules.iter().find_map(|rule| {
        let rest = path.strip_prefix(rule.to.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/'))
            .then(|| format!("{}{rest}", rule.from.trim_end_matches('/')))
    });
    match from {
        Some(from) => format!("add `{from}` to the repository, or correct the path"),
        None => format!(
            "let it travel by an entry of `files` in `{}`, or correct the path; data belongs below `.docker-volumes` or `VOLUME_ROOT`",
            paths::BUNDLES
        ),
    }
}
