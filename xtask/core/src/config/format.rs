//! What JSON Schema says about a scalar beyond its kind: bounds of numbers and formats of text. Never looks at lists or mappings.

use bundle_format::signature::PublicKey;
use semver::Version;
use serde_json::Value as Json;

/// The name of a format, whether a text has it, and what would be right.
type TextFormat = (&'static str, fn(&str) -> bool, &'static str);

/// The formats of text that are understood.
const TEXTS: &[TextFormat] = &[
    (
        "semver",
        |text| Version::parse(text).is_ok(),
        "write a semantic version of three numbers, as in `1.3.0` or `1.3.0-rc.1`",
    ),
    (
        "minisign-public-key",
        |text| PublicKey::try_from(text.to_owned()).is_ok_and(|key| key.as_str() == text),
        "write the second line of a public key file of minisign, 56 characters that begin with `RW`",
    ),
];

/// The formats of whole numbers, with their bounds.
const NUMBERS: &[(&str, i128, i128)] = &[
    ("uint8", 0, u8::MAX as i128),
    ("uint16", 0, u16::MAX as i128),
    ("uint32", 0, u32::MAX as i128),
    ("uint64", 0, u64::MAX as i128),
    ("uint", 0, u64::MAX as i128),
    ("int32", i32::MIN as i128, i32::MAX as i128),
    ("int64", i64::MIN as i128, i64::MAX as i128),
];

/// What would be right, where a scalar of the right kind is none that its schema allows.
pub(crate) fn mistake(value: &Json, schema: &Json) -> Option<String> {
    let format = schema.get("format").and_then(Json::as_str).unwrap_or_default();
    if let Some(text) = value.as_str() {
        let (_, fits, right) = TEXTS.iter().find(|(name, ..)| *name == format)?;
        return (!fits(text)).then(|| (*right).to_owned());
    }
    let bounds = NUMBERS.iter().find(|(name, ..)| *name == format);
    let (low, high) = bounds.map_or((i128::MIN, i128::MAX), |(_, low, high)| (*low, *high));
    let bound = |key: &str| schema.get(key).and_then(Json::as_i64).map(i128::from);
    let low = bound("minimum").unwrap_or(low).max(low);
    let high = bound("maximum").unwrap_or(high).min(high);
    let number = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))?;
    (number < low || number > high).then(|| format!("write a whole number from {low} to {high}"))
}

/// What would be right for a text of the schema's format, where it has one.
pub(crate) fn of_text(schema: &Json) -> Option<&'static str> {
    let format = schema.get("format")?.as_str()?;
    TEXTS.iter().find(|(name, ..)| *name == format).map(|(_, _, right)| *right)
}

/// Whether a format is understood.
#[cfg(test)]
pub(crate) fn is_known(format: &str) -> bool {
    TEXTS.iter().any(|(name, ..)| *name == format) || NUMBERS.iter().any(|(name, ..)| *name == format)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_keep_their_bounds_and_texts_their_formats() {
        let byte = json!({ "format": "uint8", "minimum": 1, "maximum": 9 });
        for (value, schema, fits) in [
            (json!(1), &byte, true),
            (json!(0), &byte, false),
            (json!(10), &byte, false),
            (json!(4_294_967_296_u64), &json!({ "format": "uint32" }), false),
            (json!(u64::MAX), &json!({ "format": "uint64" }), true),
            (json!(-1), &json!({}), true),
            (json!("1.3.0-rc.1"), &json!({ "format": "semver" }), true),
            (json!("v1.3.0"), &json!({ "format": "semver" }), false),
            (json!("1.3"), &json!({ "format": "semver" }), false),
            (json!("anything"), &json!({}), true),
            (
                json!("RWTHw07izleL1hQzOIJnuWpTWuVCFP4nHEgC6DKzo5+2AFOiY0iPevPl"),
                &json!({ "format": "minisign-public-key" }),
                true,
            ),
            (json!("RWTHw07izleL1hQzOIJnuW"), &json!({ "format": "minisign-public-key" }), false),
        ] {
            assert_eq!(mistake(&value, schema).is_none(), fits, "{value} {schema}");
        }
    }
}
