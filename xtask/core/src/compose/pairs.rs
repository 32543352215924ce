//! Owns the two ways to write pairs: `KEY=value` lists and mappings. It turns one into the other where an overlay uses the other
//! way. It must never change what a pair says.

use super::interpolation::is_open;
use crate::yaml::{Key, Map, Node, Value};

/// The list as a mapping. None when a variable stands in a name, which a mapping could not express.
pub(super) fn to_map(items: &[Node]) -> Option<Map> {
    let mut map = Map::with_capacity(items.len());
    for item in items {
        let text = item.as_text()?;
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Value::Text(value.to_owned())),
            None => (text, Value::Null),
        };
        if is_open(name) {
            return None;
        }
        map.insert(Key::new(name, item.place), Node::new(value, item.place));
    }
    Some(map)
}

/// The mapping as a list. Compose replaces variables in list items but not in keys, hence the doubled dollar signs.
pub(super) fn to_list(map: Map) -> Vec<Node> {
    let mut items = Vec::with_capacity(map.len());
    for (key, node) in map {
        let name = key.as_str().replace('$', "$$");
        let place = node.place;
        match node.value {
            Value::Null => items.push(Node::text(name, place)),
            Value::List(values) => {
                let pairs = values.iter().filter_map(text_of);
                items.extend(pairs.map(|value| Node::text(format!("{name}={value}"), place)));
            }
            _ => items.extend(text_of(&node).map(|value| Node::text(format!("{name}={value}"), place))),
        }
    }
    items
}

/// A scalar as Compose writes it into a pair.
fn text_of(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Float(value) => Some(float(*value)),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// The shortest digits, with an exponent from a million on and below a ten thousandth, as Go prints floating-point numbers.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_compose_writes_them() {
        let cases = [
            (1.5, "1.5"),
            (1e6, "1e+06"),
            (1_234_567.5, "1.2345675e+06"),
            (123_456.5, "123456.5"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (8.0, "8"),
            (-2.25, "-2.25"),
            (1e100, "1e+100"),
        ];
        for (value, text) in cases {
            assert_eq!(float(value), text);
        }
    }
}
