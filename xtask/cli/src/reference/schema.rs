//! A JSON Schema as Markdown tables for people: one for each type. Understands what our own types generate, nothing more.

use std::fmt::Write as _;

use serde_json::Value;

use super::cell;

/// What a table says about keys that may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// People write the document: what holds without the key.
    Written,
    /// The tool prints the document: whether the value may be null.
    Printed,
}

/// A page's name for one schema, and how its tables read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    /// Keeps the headings of several schemas on one page apart.
    pub(super) name: &'a str,
    /// How its tables read.
    pub(super) side: Side,
}

/// Appends the section of a schema: its own keys first, then every type it refers to.
pub(super) fn section(text: &mut String, title: &str, page: Page<'_>, schema: &str) {
    // The text was made from a type a moment ago: it is JSON.
    let schema: Value = serde_json::from_str(schema).unwrap_or_default();
    let _ = write!(text, "\n## {title}\n\n{}\n", description(&schema));
    keys(text, page, &schema);
    for (definition, schema) in members(&schema, "$defs") {
        let _ = write!(text, "\n### {}\n\n{}\n", heading(page.name, definition), description(schema));
        body(text, page, schema);
    }
}

fn heading(name: &str, definition: &str) -> String {
    format!("{name}: {definition}")
}

fn body(text: &mut String, page: Page<'_>, schema: &Value) {
    let choices = choices(schema);
    if choices.is_empty() {
        return keys(text, page, schema);
    }
    let tag = |choice: &Value| choice.pointer("/properties/type/const").cloned();
    if choices.iter().all(|choice| tag(choice).is_none()) {
        text.push_str("\n| value | meaning |\n|---|---|\n");
        for choice in choices {
            let _ = writeln!(text, "| {} | {} |", value(choice), description(choice));
        }
        return;
    }
    for choice in choices {
        let tag = tag(choice).unwrap_or_default();
        let _ =
            write!(text, "\nWith `type: {}`: {}\n", tag.as_str().unwrap_or_default(), description(choice));
        keys(text, page, choice);
    }
}

fn keys(text: &mut String, page: Page<'_>, schema: &Value) {
    let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
    let listed: Vec<_> =
        members(schema, "properties").filter(|(_, property)| property.get("const").is_none()).collect();
    if listed.is_empty() {
        return;
    }
    let last = if page.side == Side::Written { "without it" } else { "always" };
    let _ = write!(text, "\n| key | kind | meaning | {last} |\n|---|---|---|---|\n");
    for (key, property) in listed {
        let needed = required.iter().any(|name| *name == key);
        let without = match (page.side, needed, property.get("default")) {
            (Side::Written, true, _) => "an error".to_owned(),
            (Side::Written, false, None | Some(Value::Null)) => "nothing".to_owned(),
            (Side::Written, false, Some(default)) => format!("`{default}`"),
            (Side::Printed, true, _) => "yes".to_owned(),
            (Side::Printed, false, _) if is_nullable(property) => "or null".to_owned(),
            (Side::Printed, false, _) => "may be missing".to_owned(),
        };
        let _ = writeln!(
            text,
            "| `{key}` | {} | {} | {} |",
            kind(page.name, property),
            description(property),
            cell(&without)
        );
    }
}

/// Whether nothing is a value of it.
fn is_nullable(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null" || kind["type"] == "null";
    let among = |key: &str| schema[key].as_array().is_some_and(|kinds| kinds.iter().any(is_null));
    among("type") || among("anyOf")
}

/// What a value is, in words, with links to the types of the page.
fn kind(name: &str, schema: &Value) -> String {
    // A type that holds more of its own kind, such as a receipt of several releases.
    if schema["$ref"] == "#" {
        return "objects of this kind".to_owned();
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let definition = reference.rsplit('/').next().unwrap_or_default();
        let anchor = heading(name, definition).to_lowercase().replace(' ', "-").replace([':', '.'], "");
        return format!("[{definition}](#{anchor})");
    }
    if let Some(of) = choices(schema).into_iter().find(|choice| choice["type"] != "null") {
        return kind(name, of);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let word = types.iter().find(|kind| **kind != "null").copied().unwrap_or("any");
    match word {
        "array" => format!("list of {}", kind(name, &schema["items"])),
        "boolean" => "true or false".to_owned(),
        "integer" | "number" => "number".to_owned(),
        "object" => match schema.get("additionalProperties") {
            Some(of @ Value::Object(_)) => format!("mapping to {}", kind(name, of)),
            _ => "mapping".to_owned(),
        },
        "string" => "text".to_owned(),
        other => other.to_owned(),
    }
}

/// One allowed value.
fn value(choice: &Value) -> String {
    if let Some(word) = choice["const"].as_str() {
        return format!("`{word}`");
    }
    if let Some(words) = choice["enum"].as_array() {
        let words: Vec<String> =
            words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        return words.join(", ");
    }
    let keys: Vec<String> = members(choice, "properties").map(|(key, _)| format!("`{key}: …`")).collect();
    keys.join(", ")
}

fn choices(schema: &Value) -> Vec<&Value> {
    ["oneOf", "anyOf"].iter().filter_map(|word| schema[*word].as_array()).flatten().collect()
}

fn members<'a>(schema: &'a Value, word: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    schema[word].as_object().into_iter().flatten()
}

/// The description, without examples in code and without the link brackets of the code's documentation.
fn description(schema: &Value) -> String {
    let description = schema["description"].as_str().unwrap_or_default();
    cell(description.split("```").next().unwrap_or_default()).replace("[`", "`").replace("`]", "`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_choices_become_tables_that_link_to_their_types() {
        let schema = r##"{"description": "What it is.", "properties": {
            "size": {"$ref": "#/$defs/Size", "description": "How [`LARGE`] | small.", "default": "small"},
            "names": {"type": "array", "items": {"type": "string"}, "description": "Names."}},
            "required": ["names"],
            "$defs": {"Size": {"description": "A size.", "oneOf": [
                {"type": "string", "const": "small", "description": "Not large."}]}}}"##;
        let mut text = String::new();
        section(&mut text, "config/x.yaml", Page { name: "x", side: Side::Written }, schema);
        assert!(
            text.contains("| `size` | [Size](#x-size) | How `LARGE` \\| small. | `\"small\"` |"),
            "{text}"
        );
        assert!(text.contains("| `names` | list of text | Names. | an error |"), "{text}");
        assert!(
            text.contains("### x: Size\n\nA size.\n") && text.contains("| `small` | Not large. |"),
            "{text}"
        );
    }
}
