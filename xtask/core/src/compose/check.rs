//! Owns whether a document fits the table: known keys, kinds of values, tags, expressions, short syntax. It must never look at two
//! places at once; `consistency` does.

use super::error::{Findings, Problem, Trail};
use super::interpolation::{self, is_open};
use super::rules::{BOOL, DISTINCT, FLOAT, INT, Identity, Kinds, LIST, MAP, Merge, NULL, Rule, Rules, TEXT};
use super::short_syntax;
use crate::yaml::{Key, Map, Node, Value};

/// What a document is when it is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// A file as it was read: tags may stand in it, and what an overlay leaves out may be missing.
    Source,
    /// The document after a file was merged.
    Merged,
}

/// Checks a document.
pub(super) fn check(map: &Map, stage: Stage, findings: &mut Findings<'_>) {
    let rules = Rules::table();
    let mut checker = Checker { rules, stage, findings, trail: Trail::default(), in_override: false };
    if let Some(root) = rules.root() {
        checker.map(map, root);
    }
}

struct Checker<'a, 'f> {
    rules: &'static Rules,
    stage: Stage,
    findings: &'a mut Findings<'f>,
    trail: Trail,
    in_override: bool,
}

impl Checker<'_, '_> {
    fn map(&mut self, map: &Map, rule: &'static Rule) {
        for (key, node) in map {
            let length = self.trail.push(key.as_str());
            match self.rules.child(rule, key.as_str()) {
                _ if key.as_str().starts_with("x-") && !rule.is_open() => self.extension(node),
                Some(child) => {
                    self.name(key, rule, child);
                    self.node(key, node, child);
                }
                None => {
                    let advice = advice(key.as_str(), rule);
                    self.findings.add(key.place, self.trail.as_str(), Problem::UnknownKey(advice));
                }
            }
            self.trail.pop(length);
        }
    }

    /// Names of services, networks, volumes and so on; keys of free mappings (labels, options) may be anything.
    fn name(&mut self, key: &Key, rule: &Rule, child: &Rule) {
        let name = key.as_str();
        let is_right = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
            && !name.is_empty()
            && !name.starts_with("x-");
        if rule.is_open() && child.kinds & MAP != 0 && !is_right {
            self.findings.add(key.place, self.trail.as_str(), Problem::Name(name.to_owned()));
        }
    }

    fn node(&mut self, key: &Key, node: &Node, rule: &'static Rule) {
        if let Some(advice) = rule.advice {
            return self.findings.add(key.place, self.trail.as_str(), Problem::Unsupported(advice));
        }
        match node.tag.as_deref() {
            None => self.value(node, rule),
            Some(tag) if self.in_override => self.tag(node, Problem::TagInOverride(tag.to_owned())),
            Some("!reset") => {}
            Some("!override") => {
                self.in_override = true;
                self.value(node, rule);
                self.in_override = false;
            }
            Some(tag) => self.tag(node, Problem::Tag(tag.to_owned())),
        }
    }

    fn tag(&mut self, node: &Node, problem: Problem) {
        self.findings.add(node.place, self.trail.as_str(), problem);
    }

    fn value(&mut self, node: &Node, rule: &'static Rule) {
        let kind = kind_of(&node.value);
        let null_is_left_out = kind == NULL && self.stage == Stage::Source;
        if rule.kinds & kind == 0 && !null_is_left_out {
            let problem = Problem::Kind { expected: expected(rule.kinds), found: node.kind() };
            return self.findings.add(node.place, self.trail.as_str(), problem);
        }
        match &node.value {
            Value::Text(text) => self.text(node, text, rule),
            Value::List(items) => self.list(items, rule),
            Value::Map(map) => {
                self.map(map, rule);
                if self.stage == Stage::Merged {
                    self.required(node, map, rule);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, node: &Node, text: &str, rule: &Rule) {
        self.expressions(node, text);
        if !is_open(text) && !rule.choices.is_empty() && !rule.choices.contains(&text) {
            let problem = Problem::Choice { allowed: rule.choices.join(", "), found: text.to_owned() };
            self.findings.add(node.place, self.trail.as_str(), problem);
        }
        if let Some(format) = rule.format.filter(|format| !is_open(text) && !format.reads(text)) {
            let (what, advice) = format.advice();
            let problem = Problem::Short { text: text.to_owned(), what, advice };
            self.findings.add(node.place, self.trail.as_str(), problem);
        }
    }

    fn expressions(&mut self, node: &Node, text: &str) {
        if let Err(malformed) = interpolation::expressions(text) {
            self.findings.add(node.place, self.trail.as_str(), Problem::Expression(malformed.0));
        }
    }

    fn list(&mut self, items: &[Node], rule: &'static Rule) {
        let Some(item_rule) = self.rules.items(rule) else { return };
        for (index, item) in items.iter().enumerate() {
            let length = self.trail.push_index(index);
            match item.tag.as_deref() {
                Some(tag @ ("!reset" | "!override")) => self.tag(item, Problem::TagInList(tag.to_owned())),
                Some(tag) => self.tag(item, Problem::Tag(tag.to_owned())),
                None => self.value(item, item_rule),
            }
            self.short(item, rule);
            if self.stage == Stage::Merged && refuses_equal_items(rule) {
                self.distinct(items, index, item);
            }
            self.trail.pop(length);
        }
    }

    fn short(&mut self, item: &Node, rule: &Rule) {
        let Some(text) = item.as_text() else { return };
        let (is_right, what, advice) = match rule.merge {
            Merge::Unique(Identity::Volume) => {
                (short_syntax::volume(text).is_some(), "mount", "write `SOURCE:TARGET` or `SOURCE:TARGET:ro`")
            }
            Merge::Unique(Identity::Port) => (
                short_syntax::port(text).is_some(),
                "port",
                "write `PUBLISHED:TARGET`, with an address before and `/udp` behind if need be",
            ),
            _ => return,
        };
        if !is_right {
            let problem = Problem::Short { text: text.to_owned(), what, advice };
            self.findings.add(item.place, self.trail.as_str(), problem);
        }
    }

    fn distinct(&mut self, items: &[Node], index: usize, item: &Node) {
        if items.iter().take(index).any(|earlier| earlier == item) {
            let text = item.as_text().unwrap_or_default().to_owned();
            self.findings.add(item.place, self.trail.as_str(), Problem::Twice(text));
        }
    }

    fn required(&mut self, node: &Node, map: &Map, rule: &Rule) {
        for key in rule.required {
            if !map.contains_key(*key) {
                self.findings.add(node.place, self.trail.as_str(), Problem::Missing(key));
            }
        }
    }

    /// Anything may stand in an extension, but Compose replaces variables there too.
    fn extension(&mut self, node: &Node) {
        match &node.value {
            Value::Text(text) => self.expressions(node, text),
            Value::List(items) => items.iter().for_each(|item| self.extension(item)),
            Value::Map(map) => map.values().for_each(|value| self.extension(value)),
            _ => {}
        }
        match node.tag.as_deref() {
            None | Some("!reset" | "!override") => {}
            Some(tag) => self.tag(node, Problem::Tag(tag.to_owned())),
        }
    }
}

/// Compose itself unites the items of the other lists before it looks for equal ones.
fn refuses_equal_items(rule: &Rule) -> bool {
    let united = matches!(rule.merge, Merge::Unique(_) | Merge::Texts(Some(_)) | Merge::Pairs);
    rule.kinds & DISTINCT != 0 && !united
}

fn kind_of(value: &Value) -> Kinds {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => BOOL,
        Value::Int(_) => INT,
        Value::Float(_) => FLOAT,
        Value::Text(_) => TEXT,
        Value::List(_) => LIST,
        Value::Map(_) => MAP,
    }
}

fn expected(kinds: Kinds) -> String {
    let number = if kinds & FLOAT != 0 { "a number" } else { "a whole number" };
    let names = [
        (TEXT, "text"),
        (INT, number),
        (BOOL, "a boolean"),
        (NULL, "null"),
        (LIST, "a list"),
        (MAP, "a mapping"),
    ];
    let kinds: Vec<_> = names.iter().filter(|(kind, _)| kinds & kind != 0).map(|(_, name)| *name).collect();
    kinds.join(" or ")
}

/// The known key that is nearest to a mistyped one, or all of them.
fn advice(key: &str, rule: &Rule) -> String {
    let known = rule.known_keys();
    let near = known.iter().filter(|known| rule.advice.is_none() && distance(key, known) <= 2);
    match near.min_by_key(|known| distance(key, known)) {
        Some(near) => format!("did you mean `{near}`? A key of your own begins with `x-`"),
        None => "remove it; a key of your own begins with `x-`".to_owned(),
    }
}

/// How many letters have to be added, removed or changed.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(right.bytes()) {
            let cost = (diagonal + usize::from(a != b)).min(before + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, cost);
            before = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
