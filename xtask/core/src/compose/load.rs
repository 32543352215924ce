//! Owns the way from texts to one Compose file: read, check, apply tags, merge, check again. It must never read a file itself.

use super::ComposeFile;
use super::check::{self, Stage};
use super::consistency;
use super::error::{Errors, Findings, Problem};
use super::merge;
use super::tags;
use crate::yaml::{self, Map, Place, Value};

/// Reads Compose files, given as path and text, and merges each into those before it.
///
/// Anchors, aliases and merge keys are expanded, `!reset` and `!override` applied. Top-level `x-` keys are dropped, because their
/// anchors are resolved, and so is the obsolete `version`; other extension fields stay. Variables stay as they are written.
///
/// # Errors
/// Everything that is wrong with any of the files; or, when each is right by itself, with merging them.
pub fn load(sources: &[(&str, &str)]) -> Result<ComposeFile, Errors> {
    let mut findings = Findings::new(sources);
    let files = read_all(sources, &mut findings);
    if !findings.is_empty() {
        return findings.finish(ComposeFile { root: Map::new(), files: Vec::new() });
    }
    let mut root = Map::new();
    for (index, mut file) in files.into_iter().enumerate() {
        tags::apply(&mut root, &mut file, index.saturating_sub(1), &mut findings);
        merge::merge(&mut root, file, &mut findings);
        check::check(&root, Stage::Merged, &mut findings);
    }
    if findings.is_empty() {
        consistency::check(&root, &mut findings);
    }
    root.retain(|key, _| !key.as_str().starts_with("x-") && key.as_str() != "version");
    let files = sources.iter().map(|(path, _)| (*path).to_owned()).collect();
    findings.finish(ComposeFile { root, files })
}

fn read_all(sources: &[(&str, &str)], findings: &mut Findings<'_>) -> Vec<Map> {
    if sources.is_empty() {
        findings.add(Place::default(), "", Problem::Empty);
    }
    let mut files = Vec::with_capacity(sources.len());
    for (index, (_, text)) in sources.iter().enumerate() {
        let source = u16::try_from(index).unwrap_or(u16::MAX);
        match yaml::parse(text, source) {
            Err(error) => {
                let place = Place { source, line: error.line, column: error.column };
                findings.add(place, "", Problem::Yaml(error.problem));
            }
            Ok(node) => match (node.value, node.tag) {
                (Value::Map(map), None) => {
                    check::check(&map, Stage::Source, findings);
                    files.push(map);
                }
                (_, Some(tag)) => findings.add(node.place, "", Problem::Tag(tag.into())),
                (_, None) => findings.add(node.place, "", Problem::Empty),
            },
        }
    }
    files
}
