//! Owns `!reset` and `!override`: before an overlay is merged, what it resets is removed from the document and what it overrides
//! is put in its place. Source: the Compose specification's page on merging. It must never merge.

use super::error::{Findings, Problem, Trail};
use super::merge::{names_to_map, started};
use super::rules::{Merge, Rule, Rules};
use crate::yaml::{Map, Node, Value};

/// Applies the tags of an overlay and removes them from it. `merges` counts the merges that the document has seen.
pub(super) fn apply(base: &mut Map, over: &mut Map, merges: usize, findings: &mut Findings<'_>) {
    let rules = Rules::table();
    let mut tagger = Tagger { rules, merges, findings, trail: Trail::default() };
    tagger.map(Some(base), over, rules.root());
}

struct Tagger<'a, 'f> {
    rules: &'static Rules,
    merges: usize,
    findings: &'a mut Findings<'f>,
    trail: Trail,
}

impl Tagger<'_, '_> {
    fn map(&mut self, mut base: Option<&mut Map>, over: &mut Map, rule: Option<&'static Rule>) {
        let mut gone = Vec::new();
        for (key, node) in over.iter_mut() {
            let name = key.as_str();
            match node.tag.take().as_deref() {
                Some("!reset") => {
                    if let Some(base) = base.as_deref_mut() {
                        base.shift_remove(name);
                    }
                    gone.push(name.to_owned());
                }
                Some(_) => {
                    // An override keeps the place of what it replaces; where nothing is, merging puts it.
                    if let Some(there) = base.as_deref_mut().and_then(|base| base.get_mut(name)) {
                        *there = std::mem::replace(node, Node::new(Value::Null, node.place));
                        gone.push(name.to_owned());
                    }
                }
                None => {
                    let length = self.trail.push(name);
                    let child = rule.and_then(|rule| self.rules.child(rule, name));
                    let there = base.as_deref_mut().and_then(|base| base.get_mut(name));
                    self.below(there, node, child);
                    self.trail.pop(length);
                }
            }
        }
        if !gone.is_empty() {
            over.retain(|key, _| !gone.iter().any(|name| name == key.as_str()));
        }
    }

    fn below(&mut self, base: Option<&mut Node>, over: &mut Node, rule: Option<&'static Rule>) {
        let place = over.place;
        let Value::Map(map) = &mut over.value else { return };
        if let Some(there) = &base
            && has_tags(map)
            && self.is_list_for_compose(there, rule)
        {
            self.findings.add(place, self.trail.as_str(), Problem::TagBelowList);
        }
        let base = base.and_then(|there| {
            if has_tags(map) {
                name_list_to_map(there, rule);
            }
            match &mut there.value {
                Value::Map(map) => Some(map),
                _ => None,
            }
        });
        self.map(base, map, rule);
    }

    /// Compose turns pairs and hosts into lists when it merges them, and finds no key in a list.
    fn is_list_for_compose(&self, base: &Node, rule: Option<&Rule>) -> bool {
        match rule.map(|rule| rule.merge) {
            Some(Merge::Pairs | Merge::PairsOnce | Merge::Hosts) => {
                self.merges > 0 || matches!(base.value, Value::List(_))
            }
            _ => false,
        }
    }
}

/// Compose turns lists of services and networks into mappings before it resets.
fn name_list_to_map(node: &mut Node, rule: Option<&Rule>) {
    let default: fn() -> Value = match rule.map(|rule| rule.merge) {
        Some(Merge::Depends) => started,
        Some(Merge::Networks) => || Value::Null,
        _ => return,
    };
    let value = std::mem::replace(&mut node.value, Value::Null);
    node.value = Value::Map(names_to_map(value, default));
}

fn has_tags(map: &Map) -> bool {
    map.values().any(|node| node.tag.is_some() || node.as_map().is_some_and(has_tags))
}
