//! Reads YAML into a tree that knows where everything stands, within limits. The only place of the configuration and of stamping
//! that names a YAML parser. Never knows what a document means.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::error::quoted;

/// The largest document that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// How deep lists and mappings may lie in each other.
pub const MAX_DEPTH: usize = 100;
/// How many values a document may have once its aliases are expanded.
pub const MAX_NODES: usize = 100_000;

/// A place in a file. Line and column count from 1, columns in characters; 0 means the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Where each key of a document has its value, by key path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locations(BTreeMap<String, Place>);

impl Locations {
    /// The place of a value, as in `labels[3].bump`; of what it would lie in where the document does not have it.
    #[must_use]
    pub fn of(&self, key: &str) -> Place {
        let mut path = key;
        loop {
            if let Some(place) = self.0.get(path) {
                return *place;
            }
            let Some(end) = path.rfind(['.', '[']) else {
                return self.0.get("").copied().unwrap_or(Place { line: 1, column: 1 });
            };
            path = path.get(..end).unwrap_or_default();
        }
    }

    pub(crate) fn in_tree(root: &Node) -> Self {
        let mut locations = Self::default();
        locations.collect(root, String::new());
        locations
    }

    fn collect(&mut self, node: &Node, path: String) {
        match &node.value {
            Value::Scalar { .. } => {}
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.collect(item, item_path(&path, index));
                }
            }
            Value::Map(entries) => {
                for (key, value) in entries {
                    self.collect(value, key_path(&path, &key.name));
                }
            }
        }
        self.0.insert(path, node.place);
    }
}

/// The path of a key of the mapping at a path.
pub(crate) fn key_path(path: &str, key: &str) -> String {
    let plain = !key.is_empty()
        && key.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '/'));
    match (plain, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[{}]", quoted(key)),
    }
}

/// The path of an item of the list at a path.
pub(crate) fn item_path(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it begins.
    pub(crate) place: Place,
    /// Its bytes, with anchor and tag before it and possibly space behind it.
    pub(crate) span: Range<usize>,
    /// Its tag, where it has one.
    pub(crate) tag: Option<String>,
    /// What it is.
    pub(crate) value: Value,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A text as it is written, quotes and escapes resolved.
    Scalar {
        /// The text.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping in source order, its keys unique.
    Map(Vec<(Key, Node)>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block, `|` or `>`.
    Block,
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// Its text.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) place: Place,
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where.
    pub(crate) place: Place,
    /// At which key.
    pub(crate) key: String,
    /// What is wrong.
    pub(crate) wrong: String,
    /// What would be right.
    pub(crate) right: String,
}

/// Reads one document.
///
/// # Errors
/// Every mistake that leaves the rest readable (keys that are there twice), or the first that does not.
pub(crate) fn read(text: &str) -> Result<Node, Vec<Problem>> {
    if text.len() > MAX_BYTES {
        let wrong = format!("the file has {} bytes", text.len());
        return Err(vec![whole(wrong, format!("at most {MAX_BYTES} bytes are read"))]);
    }
    let offsets = (!text.is_ascii())
        .then(|| text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect::<Vec<_>>());
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        offsets,
        anchors: HashMap::new(),
        nodes: 0,
        problems: Vec::new(),
    };
    match reader.document() {
        Ok(Some(root)) if reader.problems.is_empty() => Ok(root),
        Ok(Some(_)) => Err(reader.problems),
        Ok(None) => Err(vec![whole("the file is empty".to_owned(), "write the keys that it needs".to_owned())]),
        Err(problem) => {
            reader.problems.push(*problem);
            Err(reader.problems)
        }
    }
}

fn whole(wrong: String, right: String) -> Problem {
    Problem { place: Place::default(), key: String::new(), wrong, right }
}

type Step<T> = Result<T, Box<Problem>>;

struct Reader<'input> {
    parser: Parser<'input, StrInput<'input>>,
    /// The byte of each character, where they differ.
    offsets: Option<Vec<usize>>,
    /// Each finished anchored value, with how many values it holds.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    problems: Vec<Problem>,
}

impl<'input> Reader<'input> {
    fn document(&mut self) -> Step<Option<Node>> {
        let mut document = None;
        loop {
            let (event, span) = self.next("")?;
            match event {
                Event::StreamEnd => return Ok(document),
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                _ if document.is_some() => {
                    let right = "write one document per file, without `---` between";
                    return Err(at(span, "", "a second document begins here".to_owned(), right));
                }
                other => document = Some(self.node(other, span, "", 0)?),
            }
        }
    }

    fn next(&mut self, path: &str) -> Step<(Event<'input>, Span)> {
        match self.parser.next_event() {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => Err(Box::new(unreadable(&error, path))),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'input>, span: Span, path: &str, depth: usize) -> Step<Node> {
        self.count(1, span, path)?;
        if depth > MAX_DEPTH {
            let wrong = format!("the file nests deeper than {MAX_DEPTH} levels");
            return Err(at(span, "", wrong, "write it flatter"));
        }
        let before = self.nodes;
        let (anchor, tag, value) = match event {
            Event::Alias(anchor) => return self.alias(anchor, span, path),
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, tag, Value::Scalar { text: text.into_owned(), style: style.into() })
            }
            Event::SequenceStart(anchor, tag) => (anchor, tag, self.list(path, depth)?),
            Event::MappingStart(anchor, tag) => (anchor, tag, self.map(path, depth)?),
            _ => return Err(at(span, path, "a value is missing".to_owned(), "write one")),
        };
        let tag = tag.map(|tag| tag.to_string());
        let span_in_bytes = self.byte(span.start.index())..self.byte(span.end.index());
        let node = Node { place: place(span), span: span_in_bytes, tag, value };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), 1 + self.nodes - before));
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, span: Span, path: &str) -> Step<Node> {
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            let wrong = "an alias refers to a value that it is part of".to_owned();
            return Err(at(span, path, wrong, "write the value out"));
        };
        self.count(size, span, path)?;
        Ok(node)
    }

    fn list(&mut self, path: &str, depth: usize) -> Step<Value> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next(path)?;
            if event == Event::SequenceEnd {
                return Ok(Value::List(items));
            }
            let here = item_path(path, items.len());
            items.push(self.node(event, span, &here, depth + 1)?);
        }
    }

    fn map(&mut self, path: &str, depth: usize) -> Step<Value> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut lines: HashMap<String, u32> = HashMap::new();
        loop {
            let (event, span) = self.next(path)?;
            let name = match event {
                Event::MappingEnd => return Ok(Value::Map(entries)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(at(span, path, "a key is not text".to_owned(), "write keys as text")),
            };
            let here = key_path(path, &name);
            let (event, value_span) = self.next(&here)?;
            let value = self.node(event, value_span, &here, depth + 1)?;
            if let Some(line) = lines.get(&name) {
                let wrong = format!("the key is there twice, first in line {line}");
                self.problems.push(*at(span, &here, wrong, "keep one of them"));
                continue;
            }
            lines.insert(name.clone(), place(span).line);
            entries.push((Key { name, place: place(span) }, value));
        }
    }

    fn count(&mut self, nodes: usize, span: Span, path: &str) -> Step<()> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let wrong = format!("the file has more than {MAX_NODES} values when its aliases are expanded");
        Err(at(span, path, wrong, "write it shorter"))
    }

    fn byte(&self, index: usize) -> usize {
        let Some(offsets) = &self.offsets else { return index };
        offsets.get(index).or(offsets.last()).copied().unwrap_or(index)
    }
}

fn at(span: Span, key: &str, wrong: String, right: &str) -> Box<Problem> {
    Box::new(Problem { place: place(span), key: key.to_owned(), wrong, right: right.to_owned() })
}

fn unreadable(error: &ScanError, path: &str) -> Problem {
    let marker = *error.marker();
    Problem {
        place: place(Span::empty(marker)),
        key: path.to_owned(),
        wrong: format!("the text is not YAML: {}", error.info()),
        right: "look at the indentation, quotes and colons of this line and the one before".to_owned(),
    }
}

fn place(span: Span) -> Place {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Place { line: number(span.start.line()), column: number(span.start.col() + 1) }
}

impl From<ScalarStyle> for Style {
    fn from(style: ScalarStyle) -> Self {
        match style {
            ScalarStyle::Plain => Self::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Self::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Self::Block,
        }
    }
}

#[cfg(test)]
mod tests;
