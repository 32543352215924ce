//! Compares a document with the JSON Schema of its type and names every mistake, not only the first. Understands exactly what
//! `schemars` writes for configuration types; never knows what a key means.

mod explain;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::error::ConfigError;
use super::example::{example, in_one_line, kinds, resolved};
use super::{format, scalar};
use crate::untrusted::{listed, quoted};
use crate::yaml::located::{Key, Node, Place, Value, item_path, key_path};
use explain::{described, mismatch, suggestion, text_of};

/// The words of JSON Schema that are understood. A schema with another one would not be checked as it says.
#[cfg(test)]
pub(crate) const KEYWORDS: &[&str] = &[
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "deprecated",
    "description",
    "enum",
    "examples",
    "format",
    "items",
    "maximum",
    "minimum",
    "oneOf",
    "properties",
    "required",
    "title",
    "type",
];

/// A document compared with its schema.
pub(crate) struct Shape {
    /// Every mistake, in the order of the file.
    pub(crate) errors: Vec<ConfigError>,
    /// The keys at the top of the file that have a mistake somewhere below.
    pub(crate) broken: BTreeSet<String>,
    /// The document with a stand-in for each value that is missing or wrong, so that the rest can be judged.
    pub(crate) repaired: Json,
}

/// Compares.
pub(crate) fn compare(file: &str, root: &Node, schema: &Json) -> Shape {
    let mut comparison = Comparison { file, root: schema, errors: Vec::new(), broken: BTreeSet::new() };
    let repaired = comparison.fit(root, schema, "");
    let Comparison { mut errors, broken, .. } = comparison;
    errors.sort();
    Shape { errors, broken, repaired }
}

struct Comparison<'a> {
    file: &'a str,
    root: &'a Json,
    errors: Vec<ConfigError>,
    broken: BTreeSet<String>,
}

impl<'a> Comparison<'a> {
    /// Compares a value with its schema and gives the value, or a stand-in for it.
    fn fit(&mut self, node: &Node, schema: &'a Json, path: &str) -> Json {
        let schema = resolved(schema, self.root);
        if let Some(tag) = &node.tag {
            let wrong = format!("the tag {} is not understood", quoted(tag));
            return self.wrong(node.place, path, schema, wrong, "remove it".to_owned());
        }
        if let Some(alternatives) = alternatives(schema) {
            return self.fit_one_of(node, schema, alternatives, path);
        }
        if schema.get("const").is_some() || schema.get("enum").is_some() {
            return self.fit_word(node, schema, &words(std::slice::from_ref(schema)), path);
        }
        match &node.value {
            Value::Map(entries) if kinds(schema).any(|kind| kind == "object") => {
                self.fit_map(node, entries, schema, path)
            }
            Value::List(items) if kinds(schema).any(|kind| kind == "array") => {
                let item_schema = schema.get("items").unwrap_or(&Json::Null);
                let fitted = items.iter().enumerate();
                Json::Array(
                    fitted.map(|(at, item)| self.fit(item, item_schema, &item_path(path, at))).collect(),
                )
            }
            _ => self.fit_scalar(node, schema, path),
        }
    }

    /// A choice: `null` or something, one of several words, or one of several mappings told apart by a word.
    fn fit_one_of(&mut self, node: &Node, schema: &'a Json, all: &'a [Json], path: &str) -> Json {
        let is_null = scalar::scalar(node).is_some_and(|value| value.is_null());
        let nullable = all.iter().any(|one| kinds(one).eq(["null"]));
        let rest: Vec<&Json> =
            all.iter().filter(|one| !kinds(one).eq(["null"])).map(|one| resolved(one, self.root)).collect();
        match rest.as_slice() {
            _ if nullable && is_null => Json::Null,
            [single] => self.fit(node, single, path),
            several => {
                if let Value::Map(entries) = &node.value {
                    return self.fit_tagged(node, entries, schema, several, path);
                }
                let mut allowed = words(several.iter().copied());
                allowed.extend(several.iter().filter_map(|one| sole_key(one)));
                self.fit_word(node, schema, &allowed, path)
            }
        }
    }

    /// A mapping that one of its keys, or its only key, tells apart from its siblings.
    fn fit_tagged(
        &mut self,
        node: &Node,
        entries: &[(Key, Node)],
        schema: &'a Json,
        several: &[&'a Json],
        path: &str,
    ) -> Json {
        let Some(key) = several.iter().find_map(|one| discriminator(one)) else {
            let known: Vec<&str> = several.iter().filter_map(|one| sole_key(one)).collect();
            let chosen = entries
                .first()
                .and_then(|(key, _)| several.iter().find(|one| sole_key(one) == Some(key.name.as_str())));
            if let Some(chosen) = chosen {
                return self.fit_map(node, entries, chosen, path);
            }
            let found = entries.first().map_or("", |(key, _)| key.name.as_str());
            let right = suggestion(found, &known, "keys");
            return self.wrong(node.place, path, schema, format!("{} is no key of it", quoted(found)), right);
        };
        let allowed: Vec<&str> = several.iter().filter_map(|one| word_of(one, key)).collect();
        let Some((_, value)) = entries.iter().find(|(found, _)| found.name == key) else {
            let right = format!("add it; the values are {}", listed(allowed.iter().copied()));
            let here = key_path(path, key);
            return self.wrong(node.place, &here, schema, "is missing".to_owned(), right);
        };
        let text = text_of(value);
        match several.iter().find(|one| word_of(one, key) == Some(text.as_str())) {
            Some(chosen) => self.fit_map(node, entries, chosen, path),
            None => {
                self.fit_word(value, schema, &allowed, &key_path(path, key));
                example(schema, self.root)
            }
        }
    }

    fn fit_map(&mut self, node: &Node, entries: &[(Key, Node)], schema: &'a Json, path: &str) -> Json {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Json::as_object);
        let names: Vec<&str> = properties.unwrap_or(&none).keys().map(String::as_str).collect();
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        let mut fitted = Map::new();
        for (key, value) in entries {
            let here = key_path(path, &key.name);
            match properties.and_then(|known| known.get(&key.name)).or(others) {
                Some(expected) => {
                    fitted.insert(key.name.clone(), self.fit(value, expected, &here));
                }
                None => {
                    let right = suggestion(&key.name, &names, "keys");
                    self.report(key.place, &here, "is no known key".to_owned(), right);
                }
            }
        }
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten();
        for name in required.filter_map(Json::as_str) {
            if fitted.contains_key(name) {
                continue;
            }
            let expected = properties.and_then(|known| known.get(name)).unwrap_or(&Json::Null);
            let stand_in = example(expected, self.root);
            let right = format!("add it, as in `{name}: {}`", in_one_line(&stand_in));
            self.report(node.place, &key_path(path, name), "is missing".to_owned(), right);
            fitted.insert(name.to_owned(), stand_in);
        }
        Json::Object(fitted)
    }

    /// A text that must be one of a few.
    fn fit_word(&mut self, node: &Node, schema: &'a Json, allowed: &[&str], path: &str) -> Json {
        let text = text_of(node);
        if matches!(node.value, Value::Scalar { .. }) && allowed.contains(&text.as_str()) {
            return Json::String(text);
        }
        let name = path.rsplit('.').next().unwrap_or(path);
        let wrong = match &node.value {
            Value::Scalar { .. } if !text.is_empty() => {
                format!("{} is not a value of `{name}`", quoted(&text))
            }
            _ => format!("{} is not a value of `{name}`", described(node)),
        };
        self.wrong(node.place, path, schema, wrong, suggestion(&text, allowed, "values"))
    }

    fn fit_scalar(&mut self, node: &Node, schema: &'a Json, path: &str) -> Json {
        let found = scalar::scalar(node);
        let fits = |value: &Json| kinds(schema).any(|kind| is_a(value, kind));
        let Some(value) = found.filter(fits) else {
            let (wrong, right) = mismatch(node, schema, &in_one_line(&example(schema, self.root)));
            return self.wrong(node.place, path, schema, wrong, right);
        };
        match format::mistake(&value, schema) {
            None => value,
            Some(right) => {
                let wrong = format!("{} is not allowed", quoted(&text_of(node)));
                self.wrong(node.place, path, schema, wrong, right)
            }
        }
    }

    fn wrong(&mut self, place: Place, path: &str, schema: &Json, wrong: String, right: String) -> Json {
        self.report(place, path, wrong, right);
        example(schema, self.root)
    }

    fn report(&mut self, place: Place, path: &str, wrong: String, right: String) {
        let top = path.split(['.', '[']).next().unwrap_or(path);
        self.broken.insert(top.to_owned());
        self.errors.push(ConfigError::at(self.file, place, path, wrong, right));
    }
}

fn alternatives(schema: &Json) -> Option<&[Json]> {
    let list = schema.get("oneOf").or_else(|| schema.get("anyOf"))?;
    list.as_array().map(Vec::as_slice)
}

/// The words that schemas with `const` or `enum` allow.
fn words<'s>(schemas: impl IntoIterator<Item = &'s Json>) -> Vec<&'s str> {
    let mut words = Vec::new();
    for schema in schemas {
        words.extend(schema.get("const").and_then(Json::as_str));
        words.extend(
            schema.get("enum").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str),
        );
    }
    words
}

/// The key that tells a mapping apart: the property with a `const`.
fn discriminator(schema: &Json) -> Option<&str> {
    let properties = schema.get("properties")?.as_object()?;
    properties.iter().find(|(_, expected)| expected.get("const").is_some()).map(|(key, _)| key.as_str())
}

fn word_of<'s>(schema: &'s Json, key: &str) -> Option<&'s str> {
    schema.get("properties")?.get(key)?.get("const")?.as_str()
}

/// The key of a mapping that must have exactly one.
fn sole_key(schema: &Json) -> Option<&str> {
    let properties = schema.get("properties")?.as_object()?;
    let only = properties.len() == 1 && schema.get("additionalProperties") == Some(&Json::Bool(false));
    properties.keys().next().filter(|_| only).map(String::as_str)
}

fn is_a(value: &Json, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
