//! Owns merging an overlay into what is there, by the table's rules. Source: the Compose specification's page on merging, and what
//! `docker compose config` gives. It must never know a place of a Compose file by name; the table does.

use super::error::{Findings, Problem, Trail};
use super::identity;
use super::interpolation::is_open;
use super::pairs;
use super::rules::{Identity, Merge, Rule, Rules};
use crate::yaml::{Key, Map, Node, Value};

/// Merges an overlay, without tags, into a document.
pub(super) fn merge(base: &mut Map, over: Map, findings: &mut Findings<'_>) {
    let rules = Rules::table();
    let mut merger = Merger { rules, findings, trail: Trail::default() };
    merger.maps(base, over, rules.root());
}

struct Merger<'a, 'f> {
    rules: &'static Rules,
    findings: &'a mut Findings<'f>,
    trail: Trail,
}

impl Merger<'_, '_> {
    fn maps(&mut self, base: &mut Map, over: Map, rule: Option<&'static Rule>) {
        for (key, node) in over {
            let is_extension = key.as_str().starts_with("x-");
            match base.get_mut(key.as_str()) {
                Some(there) if !is_extension => {
                    let length = self.trail.push(key.as_str());
                    let child = rule.and_then(|rule| self.rules.child(rule, key.as_str()));
                    self.node(there, node, child);
                    self.trail.pop(length);
                }
                _ => {
                    base.insert(key, node);
                }
            }
        }
    }

    fn node(&mut self, base: &mut Node, over: Node, rule: Option<&'static Rule>) {
        match rule.map_or(Merge::Deep, |rule| rule.merge) {
            Merge::Deep => self.deep(base, over, rule),
            Merge::Replace => *base = over,
            Merge::Pairs => self.pairs(base, over),
            Merge::PairsOnce => self.pairs_once(base, over),
            Merge::Hosts => self.hosts(base, over),
            Merge::Unique(identity) => self.list(base, over, Some(identity)),
            Merge::Texts(identity) => {
                let over = into_list(over);
                let there = std::mem::replace(base, Node::new(Value::Null, over.place));
                *base = into_list(there);
                self.list(base, over, identity);
            }
            Merge::Depends => self.names(base, over, rule, started),
            Merge::Networks => self.names(base, over, rule, || Value::Null),
            Merge::Logging => self.logging(base, over, rule),
            Merge::Build => {
                let over = into_build(over);
                let there = std::mem::replace(base, Node::new(Value::Null, over.place));
                *base = into_build(there);
                self.deep(base, over, rule);
            }
            Merge::Pools => self.pools(base, over, rule),
            Merge::Once => self.once(base, over),
        }
    }

    fn deep(&mut self, base: &mut Node, over: Node, rule: Option<&'static Rule>) {
        match (&mut base.value, over.value) {
            (_, Value::Null) => {}
            (Value::Map(there), Value::Map(map)) => self.maps(there, map, rule),
            (Value::List(there), Value::List(items)) => there.extend(items),
            (Value::Map(_) | Value::List(_), value) => {
                self.mismatch(base, &Node::new(value, over.place));
            }
            (_, value) => *base = Node::new(value, over.place),
        }
    }

    fn list(&mut self, base: &mut Node, over: Node, identity: Option<Identity>) {
        match (&mut base.value, over.value) {
            (_, Value::Null) => {}
            (Value::List(there), Value::List(items)) => {
                there.extend(items);
                if let Some(identity) = identity {
                    *there = identity::unite(std::mem::take(there), identity);
                }
            }
            (Value::Null, value) => *base = Node::new(value, over.place),
            (_, value) => self.mismatch(base, &Node::new(value, over.place)),
        }
    }

    fn pairs(&mut self, base: &mut Node, over: Node) {
        let place = over.place;
        match (&mut base.value, over.value) {
            (_, Value::Null) => {}
            (Value::Map(there), Value::Map(map)) => there.extend(map),
            (Value::List(_), value @ Value::List(_)) => {
                self.list(base, Node::new(value, place), Some(Identity::Name));
            }
            (Value::Map(there), Value::List(items)) => match pairs::to_map(&items) {
                Some(map) => there.extend(map),
                None => {
                    let mut list = pairs::to_list(std::mem::take(there));
                    list.extend(items);
                    base.value = Value::List(list);
                }
            },
            (Value::List(items), Value::Map(map)) => match pairs::to_map(items) {
                Some(mut there) => {
                    there.extend(map);
                    base.value = Value::Map(there);
                }
                None => items.extend(pairs::to_list(map)),
            },
            (_, value) => self.mismatch(base, &Node::new(value, place)),
        }
    }

    fn pairs_once(&mut self, base: &mut Node, over: Node) {
        let labels = |node: &Node| match &node.value {
            Value::Map(map) => pairs::to_list(map.clone()),
            Value::List(items) => items.clone(),
            _ => Vec::new(),
        };
        let there = labels(base);
        if labels(&over).iter().any(|label| there.contains(label)) {
            let problem =
                Problem::CannotMerge("Compose refuses a label that is there already with this value");
            return self.findings.add(over.place, self.trail.as_str(), problem);
        }
        self.pairs(base, over);
    }

    /// A host of the overlay that is there already is left out; the same name with another address is one more address.
    fn hosts(&mut self, base: &mut Node, over: Node) {
        let place = over.place;
        let mut there = host_list(std::mem::replace(&mut base.value, Value::Null));
        for host in host_list(over.value) {
            let undecided = there.iter().any(|known| could_be_the_same(known, &host));
            if undecided {
                let problem = Problem::CannotMerge("a variable decides whether this host is there already");
                self.findings.add(host.place, self.trail.as_str(), problem);
            }
            if !there.contains(&host) {
                there.push(host);
            }
        }
        *base = Node::new(Value::List(there), place);
    }

    fn names(&mut self, base: &mut Node, over: Node, rule: Option<&'static Rule>, default: fn() -> Value) {
        let place = over.place;
        match (&mut base.value, over.value) {
            (_, Value::Null) => {}
            (Value::List(there), Value::List(items)) => {
                for item in items {
                    if !there.contains(&item) {
                        there.push(item);
                    }
                }
            }
            (Value::List(_) | Value::Map(_), value @ (Value::List(_) | Value::Map(_))) => {
                let over = names_to_map(value, default);
                let mut there = names_to_map(std::mem::replace(&mut base.value, Value::Null), default);
                self.maps(&mut there, over, rule);
                base.value = Value::Map(there);
            }
            (_, value) => self.mismatch(base, &Node::new(value, place)),
        }
    }

    fn logging(&mut self, base: &mut Node, over: Node, rule: Option<&'static Rule>) {
        let driver = |node: &Node| node.get("driver").cloned();
        let (Value::Map(there), Some(map)) = (&base.value, over.as_map()) else {
            return self.mismatch(base, &over);
        };
        let (Some(old), Some(new)) = (there.get("driver").cloned(), map.get("driver").cloned()) else {
            return self.deep(base, over, rule);
        };
        let open = [&old, &new].iter().any(|node| node.as_text().is_some_and(is_open));
        if old == new {
            self.deep(base, over, rule);
        } else if open {
            let place = driver(&over).map_or(over.place, |node| node.place);
            let problem = Problem::CannotMerge("a variable decides whether the logging driver changes");
            self.findings.add(place, self.trail.as_str(), problem);
        } else {
            *base = over;
        }
    }

    /// One pool with one subnet on both sides is merged. Of several, Compose drops some, and versions differ in which.
    fn pools(&mut self, base: &mut Node, over: Node, rule: Option<&'static Rule>) {
        let item_rule = rule.and_then(|rule| self.rules.items(rule));
        let place = over.place;
        if let (Value::List(there), Value::List(items)) = (&mut base.value, over.value)
            && let ([pool], [new]) = (there.as_mut_slice(), items.as_slice())
            && pool.get("subnet") == new.get("subnet")
        {
            return self.deep(pool, new.clone(), item_rule);
        }
        let problem = Problem::CannotMerge("address pools merge only one to one, with the same subnet");
        self.findings.add(place, self.trail.as_str(), problem);
    }

    fn once(&mut self, base: &Node, over: Node) {
        if base.value != Value::Null && over.value != Value::Null {
            let problem = Problem::CannotMerge("Compose does not merge this in one meaning");
            self.findings.add(over.place, self.trail.as_str(), problem);
        }
    }

    fn mismatch(&mut self, base: &Node, over: &Node) {
        let problem = Problem::Mismatch { base: base.kind(), over: over.kind() };
        self.findings.add(over.place, self.trail.as_str(), problem);
    }
}

fn into_list(node: Node) -> Node {
    match node.value {
        Value::Text(_) => Node::new(Value::List(vec![Node::new(node.value, node.place)]), node.place),
        _ => node,
    }
}

fn into_build(node: Node) -> Node {
    match node.value {
        Value::Text(_) => {
            let place = node.place;
            let context = Map::from_iter([(Key::new("context", place), node)]);
            Node::new(Value::Map(context), place)
        }
        _ => node,
    }
}

/// A list of names as a mapping, with a value for each.
pub(super) fn names_to_map(value: Value, default: fn() -> Value) -> Map {
    match value {
        Value::Map(map) => map,
        Value::List(items) => {
            let entry = |item: Node| {
                let place = item.place;
                item.as_text().map(|name| (Key::new(name, place), Node::new(default(), place)))
            };
            items.into_iter().filter_map(entry).collect()
        }
        _ => Map::new(),
    }
}

/// What the name of a service in a list of dependencies stands for.
pub(super) fn started() -> Value {
    let key = |name: &str| Key::new(name, Default::default());
    Value::Map(Map::from_iter([
        (key("condition"), Node::text("service_started", Default::default())),
        (key("required"), Node::new(Value::Bool(true), Default::default())),
    ]))
}

fn host_list(value: Value) -> Vec<Node> {
    match value {
        Value::Map(map) => pairs::to_list(map),
        Value::List(items) => items,
        _ => Vec::new(),
    }
}

/// Two hosts that are written differently and of which one holds a variable, with names that do not tell them apart.
fn could_be_the_same(left: &Node, right: &Node) -> bool {
    let (Some(left), Some(right)) = (left.as_text(), right.as_text()) else { return false };
    let name = |text: &str| text.split([':', '=']).next().unwrap_or_default().to_owned();
    let (left_name, right_name) = (name(left), name(right));
    let names_differ = left_name != right_name && !is_open(&left_name) && !is_open(&right_name);
    left != right && (is_open(left) || is_open(right)) && !names_differ
}
