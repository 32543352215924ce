//! Owns how text becomes a tree: anchors and aliases are expanded, merge keys (`<<`) applied, duplicate keys refused. It must
//! never recurse over its input without a limit.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

use super::scalar;
use super::{Error, Key, MAX_BYTES, MAX_DEPTH, MAX_NODES, Map, Node, Place, Problem, Value, count};

/// Reads one document. `source` is kept in each place, for callers that read several.
///
/// An empty document is null. `!reset` and other local tags are kept; the tags of YAML itself are refused but for `!!str`.
///
/// # Errors
/// When the text is no YAML, or exceeds a limit; with line and column.
pub fn parse(text: &str, source: u16) -> Result<Node, Error> {
    let start = Place { source, line: 1, column: 1 };
    if text.len() > MAX_BYTES {
        return Err(at(start, Problem::TooLarge(text.len())));
    }
    let mut reader = Reader { parser: Parser::new_from_str(text), source, anchors: HashMap::new(), nodes: 0 };
    let mut document = None;
    loop {
        let (event, place) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            _ if document.is_some() => return Err(at(place, Problem::SecondDocument)),
            other => document = Some(reader.node(other, place, 0)?.0),
        }
    }
    Ok(document.unwrap_or_else(|| Node::new(Value::Null, start)))
}

struct Reader<'input> {
    parser: Parser<'input, StrInput<'input>>,
    source: u16,
    /// Each finished anchored value, with how many nodes it has.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

/// A key as it was read, before merge keys are applied.
enum Entry {
    Plain(Key, Node),
    Merge(Vec<Node>),
}

impl<'input> Reader<'input> {
    fn next(&mut self) -> Result<(Event<'input>, Place), Error> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.place(span))),
            Some(Err(error)) => {
                let place = Place {
                    source: self.source,
                    line: count(error.marker().line()),
                    column: count(error.marker().col() + 1),
                };
                Err(at(place, Problem::Syntax(error.info().to_owned())))
            }
            None => Ok((Event::StreamEnd, Place { source: self.source, line: 1, column: 1 })),
        }
    }

    fn place(&self, span: Span) -> Place {
        Place { source: self.source, line: count(span.start.line()), column: count(span.start.col() + 1) }
    }

    /// Reads the value that an event begins. Also says how many nodes it has.
    fn node(&mut self, event: Event<'input>, place: Place, depth: usize) -> Result<(Node, usize), Error> {
        if depth >= MAX_DEPTH {
            return Err(at(place, Problem::TooDeep));
        }
        let before = self.nodes;
        self.spend(1, place)?;
        let (value, tag, anchor) = match event {
            Event::Alias(id) => return self.alias(id, place),
            Event::Scalar(text, style, anchor, tag) => {
                let (value, tag) =
                    scalar_value(&text, style, tag.as_deref()).map_err(|problem| at(place, problem))?;
                (value, tag, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                let tag = local_tag(tag.as_deref(), "seq").map_err(|problem| at(place, problem))?;
                (Value::List(self.list(depth)?), tag, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                let tag = local_tag(tag.as_deref(), "map").map_err(|problem| at(place, problem))?;
                (Value::Map(self.map(depth)?), tag, anchor)
            }
            _ => return Err(at(place, Problem::Syntax("a value is missing".to_owned()))),
        };
        let node = Node { value, tag, place };
        let size = self.nodes - before;
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok((node, size))
    }

    fn alias(&mut self, id: usize, place: Place) -> Result<(Node, usize), Error> {
        let Some((node, size)) = self.anchors.get(&id) else {
            return Err(at(place, Problem::AliasCycle));
        };
        let size = *size;
        if self.nodes + size > MAX_NODES {
            return Err(at(place, Problem::TooMany));
        }
        let node = node.clone();
        self.nodes += size;
        Ok((node, size))
    }

    fn spend(&mut self, nodes: usize, place: Place) -> Result<(), Error> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES { Err(at(place, Problem::TooMany)) } else { Ok(()) }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Error> {
        let mut items = Vec::new();
        loop {
            let (event, place) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(items);
            }
            items.push(self.node(event, place, depth + 1)?.0);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Map, Error> {
        let mut entries = Vec::new();
        loop {
            let (event, place) = self.next()?;
            if event == Event::MappingEnd {
                return merge_entries(entries);
            }
            let merges = is_merge_key(&event);
            let key = self.node(event, place, depth + 1)?.0;
            let (event, value_place) = self.next()?;
            let value = self.node(event, value_place, depth + 1)?.0;
            entries.push(if merges {
                Entry::Merge(merged(value)?)
            } else {
                Entry::Plain(text_key(key, place)?, value)
            });
        }
    }
}

fn is_merge_key(event: &Event<'_>) -> bool {
    matches!(event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<")
}

fn text_key(node: Node, place: Place) -> Result<Key, Error> {
    match (node.value, node.tag) {
        (Value::Text(name), None) => Ok(Key::new(name, place)),
        (_, Some(tag)) => Err(at(place, Problem::Tag(tag.into()))),
        (Value::Null, _) => Err(at(place, Problem::KeyNotText("`null`".to_owned()))),
        (Value::Bool(value), _) => Err(at(place, Problem::KeyNotText(format!("`{value}`")))),
        (Value::Int(value), _) => Err(at(place, Problem::KeyNotText(format!("`{value}`")))),
        (Value::Float(value), _) => Err(at(place, Problem::KeyNotText(format!("`{value}`")))),
        _ => Err(at(place, Problem::KeyNotText("of a mapping".to_owned()))),
    }
}

fn merged(value: Node) -> Result<Vec<Node>, Error> {
    let place = value.place;
    let nodes = match value.value {
        Value::List(items) => items,
        _ => vec![value],
    };
    let all_maps = nodes.iter().all(|node| node.as_map().is_some() && node.tag.is_none());
    if all_maps { Ok(nodes) } else { Err(at(place, Problem::MergeKey)) }
}

/// Explicit keys win over merged ones, earlier merged mappings over later ones (YAML's merge key type).
fn merge_entries(entries: Vec<Entry>) -> Result<Map, Error> {
    let mut map = Map::with_capacity(entries.len());
    let mut merged_keys: std::collections::HashSet<String> = std::collections::HashSet::new();
    let mut merge_key_seen = false;
    for entry in entries {
        match entry {
            Entry::Plain(key, node) => {
                let was_merged = merged_keys.remove(key.as_str());
                if !was_merged && map.contains_key(key.as_str()) {
                    return Err(at(key.place, Problem::DuplicateKey(key.as_str().to_owned())));
                }
                // Keeps the position of the merged key, takes the explicit value.
                if let Some(old) = map.get_mut(key.as_str()) {
                    *old = node;
                } else {
                    map.insert(key, node);
                }
            }
            Entry::Merge(nodes) => {
                let place = nodes.first().map(|node| node.place).unwrap_or_default();
                if std::mem::replace(&mut merge_key_seen, true) {
                    return Err(at(place, Problem::DuplicateKey("<<".to_owned())));
                }
                for (key, node) in nodes.into_iter().filter_map(into_map).flatten() {
                    if !map.contains_key(key.as_str()) {
                        merged_keys.insert(key.as_str().to_owned());
                        map.insert(key, node);
                    }
                }
            }
        }
    }
    Ok(map)
}

fn into_map(node: Node) -> Option<Map> {
    match node.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

fn scalar_value(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<(Value, Option<Box<str>>), Problem> {
    let local = local_tag(tag, "str")?;
    let is_text = style != ScalarStyle::Plain || (tag.is_some() && local.is_none());
    let value = if is_text { Value::Text(text.to_owned()) } else { scalar::resolve(text)? };
    Ok((value, local))
}

/// A local tag is kept. `core` is the one tag of YAML itself that adds nothing here.
fn local_tag(tag: Option<&Tag>, core: &str) -> Result<Option<Box<str>>, Problem> {
    match tag {
        None => Ok(None),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == core => Ok(None),
        Some(tag) if tag.handle == "!" && !tag.suffix.is_empty() => {
            Ok(Some(format!("!{}", tag.suffix).into_boxed_str()))
        }
        Some(tag) => Err(Problem::Tag(tag.to_string())),
    }
}

fn at(place: Place, problem: Problem) -> Error {
    Error { line: place.line, column: place.column, problem }
}
