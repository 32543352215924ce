//! Makes a value that fits a schema, as an example for people and as a stand-in for what is missing or wrong. Never reads a file.

use serde_json::{Map, Value as Json};

use super::scalar;

/// What a `$ref` leads to; the schema itself where it has none.
pub(crate) fn resolved<'a>(mut schema: &'a Json, root: &'a Json) -> &'a Json {
    while let Some(target) = schema.get("$ref").and_then(Json::as_str) {
        let Some(found) = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) else { break };
        schema = found;
    }
    schema
}

/// A value that fits a schema: its example, its default, or the smallest of its kind.
pub(crate) fn example(schema: &Json, root: &Json) -> Json {
    let given = |schema: &Json| schema.pointer("/examples/0").or_else(|| schema.get("default")).cloned();
    if let Some(value) = given(schema) {
        return value;
    }
    let schema = resolved(schema, root);
    let first_of = |list: &str| schema.get(list).and_then(Json::as_array).and_then(|items| items.first());
    if let Some(value) = given(schema).or_else(|| schema.get("const").cloned()).or(first_of("enum").cloned())
    {
        return value;
    }
    if let Some(alternative) = first_of("oneOf").or(first_of("anyOf")) {
        return example(alternative, root);
    }
    match kinds(schema).next() {
        Some("object") => Json::Object(example_of_mapping(schema, root)),
        Some("array") => {
            Json::Array(schema.get("items").map(|items| example(items, root)).into_iter().collect())
        }
        Some("boolean") => Json::Bool(false),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| Json::from(0)),
        Some("null") => Json::Null,
        _ => Json::String("text".to_owned()),
    }
}

fn example_of_mapping(schema: &Json, root: &Json) -> Map<String, Json> {
    let required = schema.get("required").and_then(Json::as_array).into_iter().flatten();
    required
        .filter_map(Json::as_str)
        .filter_map(|name| Some((name.to_owned(), example(schema.get("properties")?.get(name)?, root))))
        .collect()
}

/// The kinds of value that a schema's `type` allows.
pub(crate) fn kinds(schema: &Json) -> impl Iterator<Item = &str> {
    let kind = schema.get("type");
    let one = kind.and_then(Json::as_str).into_iter();
    one.chain(kind.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str))
}

/// A value as YAML in one line.
pub(crate) fn in_one_line(value: &Json) -> String {
    match value {
        Json::String(text) if needs_no_quotes(text) => text.clone(),
        Json::Array(items) => {
            format!("[{}]", items.iter().map(in_one_line).collect::<Vec<_>>().join(", "))
        }
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}: {}", in_one_line(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        _ => value.to_string(),
    }
}

fn needs_no_quotes(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '/' | '-'))
        && scalar::plain(text).is_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_example_is_what_the_schema_offers_or_the_smallest_value() {
        let root = json!({ "$defs": {
            "Mode": { "oneOf": [{ "const": "push" }, { "const": "tag" }] },
            "Part": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string", "examples": ["api"] } } },
        }});
        for (schema, expected) in [
            (json!({ "type": "integer", "minimum": 3 }), json!(3)),
            (json!({ "type": "string", "default": "x" }), json!("x")),
            (json!({ "type": ["string", "null"] }), json!("text")),
            (json!({ "$ref": "#/$defs/Mode" }), json!("push")),
            (json!({ "anyOf": [{ "$ref": "#/$defs/Mode" }, { "type": "null" }] }), json!("push")),
            (json!({ "$ref": "#/$defs/Part" }), json!({ "name": "api" })),
            (json!({ "type": "array" }), json!([])),
            (json!({ "type": "array", "items": { "type": "boolean" } }), json!([false])),
            (json!({ "type": "boolean" }), json!(false)),
        ] {
            assert_eq!(example(&schema, &root), expected, "{schema}");
        }
    }

    #[test]
    fn a_value_in_one_line_reads_back_as_itself() {
        for (value, text) in [
            (json!({ "a": ["x", 1], "b": "1.0" }), "{a: [x, 1], b: \"1.0\"}"),
            (json!("1.3.0"), "1.3.0"),
            (json!("a: b"), "\"a: b\""),
            (json!("true"), "\"true\""),
            (json!(""), "\"\""),
        ] {
            assert_eq!(in_one_line(&value), text);
        }
    }
}
