//! Says in words what a value is, what was wanted instead and what was probably meant. Never decides whether it is wrong.

use serde_json::Value as Json;

use crate::config::example::kinds;
use crate::config::nearest::nearest;
use crate::config::{format, scalar};
use crate::untrusted::{listed, quoted};
use crate::yaml::located::{Node, Value};

/// The text of a scalar as it is written; nothing for lists and mappings.
pub(super) fn text_of(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, .. } => text.clone(),
        Value::List(_) | Value::Map(_) => String::new(),
    }
}

/// What a value is.
pub(super) fn described(node: &Node) -> String {
    match (&node.value, scalar::scalar(node)) {
        (Value::List(_), _) => "a list".to_owned(),
        (Value::Map(_), _) => "a mapping".to_owned(),
        (_, None | Some(Json::Null)) => "nothing".to_owned(),
        (_, Some(Json::String(text))) => format!("the text {}", quoted(&text)),
        (_, Some(Json::Bool(_))) => format!("the truth value {}", quoted(&text_of(node))),
        (_, Some(_)) => format!("the number {}", quoted(&text_of(node))),
    }
}

/// What is wrong and right where a value is of another kind than its schema wants.
pub(super) fn mismatch(node: &Node, schema: &Json, sample: &str) -> (String, String) {
    let wanted = kinds(schema).next().unwrap_or("string");
    let right = match (wanted, format::of_text(schema)) {
        ("string", Some(right)) => right.to_owned(),
        ("string", None) => match scalar::scalar(node) {
            Some(value) if !value.is_null() => format!("put it in quotes: `\"{}\"`", text_of(node)),
            _ => format!("write text, as in `{sample}`"),
        },
        ("integer", _) => format!("write a whole number, as in `{sample}`"),
        ("number", _) => format!("write a number, as in `{sample}`"),
        ("boolean", _) => "write `true` or `false`".to_owned(),
        ("array", _) => "write a list: each item in a line of its own, after `- `".to_owned(),
        _ => format!("write a mapping, as in `{sample}`"),
    };
    let name = match wanted {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "a truth value",
        "array" => "a list",
        _ => "a mapping",
    };
    (format!("is {} where {name} belongs", described(node)), right)
}

/// The known names, and the one that was probably meant.
pub(super) fn suggestion(text: &str, known: &[&str], what: &str) -> String {
    let list = format!("the {what} are {}", listed(known.iter().copied()));
    match nearest(text, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`? {list}"),
        None => list,
    }
}
