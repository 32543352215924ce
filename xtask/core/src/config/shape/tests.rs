//! Comparing documents with schemas.

use super::*;
use crate::yaml::located;
use serde_json::json;

fn errors(text: &str, schema: &Json) -> Vec<String> {
    let root = located::read(text).expect("is YAML");
    compare("f.yaml", &root, schema).errors.iter().map(ToString::to_string).collect()
}

fn kinds_of_value() -> Json {
    json!({ "type": "object", "additionalProperties": false, "required": ["kind"], "properties": {
        "kind": { "oneOf": [{ "const": "a", "type": "string" }, { "const": "b", "type": "string" }] },
        "text": { "type": ["string", "null"] },
        "count": { "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 },
        "flag": { "type": "boolean" },
        "list": { "type": "array", "items": { "type": "string" } },
        "open": { "type": "object", "additionalProperties": { "type": "integer" } },
    }})
}

#[test]
fn every_mistake_of_a_document_is_named_in_its_order() {
    let text = "knd: a\ntext: 1\ncount: 300\nflag: yes\nlist: x\nopen:\n  any: 1\n  other: x\n";
    let found = errors(text, &kinds_of_value());
    assert_eq!(
        found,
        [
            "f.yaml:1:1: kind: is missing; add it, as in `kind: a`",
            "f.yaml:1:1: knd: is no known key; did you mean `kind`? the keys are `kind`, `text`, `count`, `flag`, `list`, `open`",
            "f.yaml:2:7: text: is the number `1` where text belongs; put it in quotes: `\"1\"`",
            "f.yaml:3:8: count: `300` is not allowed; write a whole number from 0 to 255",
            "f.yaml:4:7: flag: is the text `yes` where a truth value belongs; write `true` or `false`",
            "f.yaml:5:7: list: is the text `x` where a list belongs; write a list: each item in a line of its own, after `- `",
            "f.yaml:8:10: open.other: is the text `x` where a whole number belongs; write a whole number, as in `0`",
        ]
    );
}

#[test]
fn a_right_document_has_no_mistakes_and_stays_as_it_is() {
    let root = located::read("kind: b\ntext: ~\nlist: [x]\nopen: {z: 3}\n").expect("is YAML");
    let shape = compare("f.yaml", &root, &kinds_of_value());
    assert_eq!(shape.errors, []);
    assert_eq!(shape.repaired, json!({ "kind": "b", "text": null, "list": ["x"], "open": { "z": 3 } }));
}

#[test]
fn what_is_wrong_is_replaced_so_that_the_rest_can_be_judged() {
    let root = located::read("kind: c\ncount: x\nlist: [a, [b]]\n").expect("is YAML");
    let shape = compare("f.yaml", &root, &kinds_of_value());
    assert_eq!(shape.repaired, json!({ "kind": "a", "count": 0, "list": ["a", "text"] }));
    assert_eq!(shape.broken.iter().collect::<Vec<_>>(), ["count", "kind", "list"]);
}

#[test]
fn a_mapping_is_told_apart_by_its_word() {
    let one = |word: &str, key: &str| {
        json!({ "type": "object", "additionalProperties": false, "required": ["kind", key], "properties": {
            "kind": { "const": word, "type": "string" }, key: { "type": "string" },
        }})
    };
    let schema = json!({ "oneOf": [one("file", "path"), one("link", "url")] });
    assert!(errors("{kind: link, url: x}", &schema).is_empty());
    assert_eq!(
        errors("{kind: link, path: x}", &schema),
        [
            "f.yaml:1:1: url: is missing; add it, as in `url: text`",
            "f.yaml:1:14: path: is no known key; the keys are `kind`, `url`",
        ]
    );
    assert_eq!(
        errors("{kind: lnk}", &schema),
        [
            "f.yaml:1:8: kind: `lnk` is not a value of `kind`; did you mean `link`? the values are `file`, `link`"
        ]
    );
    assert_eq!(
        errors("{url: x}", &schema),
        ["f.yaml:1:1: kind: is missing; add it; the values are `file`, `link`"]
    );
}

#[test]
fn a_mapping_is_told_apart_by_its_only_key() {
    let schema = json!({ "oneOf": [
        { "const": "none", "type": "string" },
        { "type": "object", "additionalProperties": false, "required": ["literal"], "properties": {
            "literal": { "type": "string" },
        }},
    ]});
    assert!(errors("none", &schema).is_empty());
    assert!(errors("literal: x", &schema).is_empty());
    assert_eq!(errors("literl: x", &schema).len(), 1);
    assert_eq!(errors("nome", &schema).len(), 1);
}

#[test]
fn a_tag_is_refused() {
    let found = errors("text: !secret x\nkind: a\n", &kinds_of_value());
    assert_eq!(found, ["f.yaml:1:7: text: the tag `!secret` is not understood; remove it"]);
}
