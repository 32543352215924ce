//! Owns how a tree becomes text: two blanks of indentation, source order, block style, and quotes wherever a reader of YAML 1.1
//! or 1.2 could misread. The same tree always gives the same bytes. It must never change a value.

use std::fmt::Write as _;

use super::quote::{self, Style};
use super::{Key, Map, Node, Value};

/// The longest key that every reader accepts without the `?` indicator.
const LONGEST_PLAIN_KEY: usize = 200;

/// Writes a document.
pub fn emit(map: &Map) -> String {
    let mut out = String::new();
    if map.is_empty() {
        out.push_str("{}\n");
    } else {
        write_map(&mut out, map, 0, Line::Fresh);
    }
    out
}

/// Where the next character goes: on a new line, or after a dash that already stands on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Fresh,
    Begun,
}

fn write_map(out: &mut String, map: &Map, indent: usize, first: Line) {
    let mut line = first;
    for (key, node) in map {
        if line == Line::Fresh {
            pad(out, indent);
        }
        write_key(out, key, indent);
        write_after(out, node, indent, Parent::Map);
        line = Line::Fresh;
    }
}

fn write_key(out: &mut String, key: &Key, indent: usize) {
    let text = key.as_str();
    let long = text.len() > LONGEST_PLAIN_KEY;
    if long {
        out.push_str("? ");
    }
    quote::write_line(out, text, &quote::line_style(text));
    if long {
        out.push('\n');
        pad(out, indent);
    }
    out.push(':');
}

fn write_list(out: &mut String, items: &[Node], indent: usize, first: Line) {
    let mut line = first;
    for item in items {
        if line == Line::Fresh {
            pad(out, indent);
        }
        out.push('-');
        write_after(out, item, indent, Parent::List);
        line = Line::Fresh;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Parent {
    Map,
    List,
}

/// Writes a value after `key:` or `-`, and ends its line.
fn write_after(out: &mut String, node: &Node, indent: usize, parent: Parent) {
    if let Some(tag) = &node.tag {
        let _ = write!(out, " {tag}");
    }
    // A collection may begin behind a dash; behind a key or a tag it needs a line of its own.
    let compact = parent == Parent::List && node.tag.is_none();
    match &node.value {
        Value::Map(map) if map.is_empty() => out.push_str(" {}\n"),
        Value::List(items) if items.is_empty() => out.push_str(" []\n"),
        Value::Map(map) => {
            let line = begin(out, compact);
            write_map(out, map, indent + 2, line);
        }
        Value::List(items) => {
            let line = begin(out, compact);
            write_list(out, items, indent + 2, line);
        }
        Value::Text(text) => write_text(out, text, indent),
        Value::Null => out.push_str(" null\n"),
        Value::Bool(value) => {
            let _ = writeln!(out, " {value}");
        }
        Value::Int(value) => {
            let _ = writeln!(out, " {value}");
        }
        Value::Float(value) => {
            let _ = writeln!(out, " {}", float(*value));
        }
    }
}

fn begin(out: &mut String, compact: bool) -> Line {
    out.push(if compact { ' ' } else { '\n' });
    if compact { Line::Begun } else { Line::Fresh }
}

fn write_text(out: &mut String, text: &str, indent: usize) {
    let style = quote::style(text);
    let Style::Literal(ends_with_break) = style else {
        out.push(' ');
        quote::write_line(out, text, &style);
        out.push('\n');
        return;
    };
    out.push_str(if ends_with_break { " |\n" } else { " |-\n" });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            pad(out, indent + 2);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// YAML 1.1 knows a floating-point number by its point and by the sign of its exponent.
fn float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = format!("{value:?}");
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}
