//! Owns how YAML text becomes the tree of what was written: limits, aliases, keys that are there twice.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::{Key, MAX_BYTES, MAX_DEPTH, MAX_NODES, Node, Place, Problem, Style, Value, item_path, key_path};

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
        Ok(None) => {
            Err(vec![whole("the file is empty".to_owned(), "write the keys that it needs".to_owned())])
        }
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
