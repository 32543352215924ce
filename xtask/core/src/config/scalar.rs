//! What a plain YAML scalar is: the core schema of YAML 1.2 (section 10.3.2). Never knows what a value is for.

use serde_json::{Number, Value as Json};

use crate::yaml::located::{Node, Style, Value};

/// A node as JSON, as far as it is a scalar; `None` for lists and mappings.
pub(crate) fn scalar(node: &Node) -> Option<Json> {
    let Value::Scalar { text, style } = &node.value else { return None };
    Some(if *style == Style::Plain { plain(text) } else { Json::String(text.clone()) })
}

/// What a text without quotes is.
pub(crate) fn plain(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ => number(text).map_or_else(|| Json::String(text.to_owned()), Json::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(Number::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(Number::from);
    }
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let whole =
            digits.parse::<u64>().map(Number::from).or_else(|_| digits.parse::<i64>().map(Number::from));
        return whole.ok().or_else(|| Number::from_f64(digits.parse().ok()?));
    }
    let only_digits =
        unsigned.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if !only_digits {
        return None;
    }
    Number::from_f64(text.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_scalars_are_what_the_core_schema_says() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("true", json!(true)),
            ("FALSE", json!(false)),
            ("yes", json!("yes")),
            ("12", json!(12)),
            ("-3", json!(-3)),
            ("+3", json!(3)),
            ("007", json!(7)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("1.0", json!(1.0)),
            ("1e3", json!(1000.0)),
            ("1.2.3", json!("1.2.3")),
            ("12:30", json!("12:30")),
            ("-", json!("-")),
            (".", json!(".")),
            ("infinity", json!("infinity")),
            ("v1", json!("v1")),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
    }
}
