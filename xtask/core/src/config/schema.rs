//! The JSON Schemas of the configuration files, made from their types so that editors complete and check them, and of the
//! receipt and the pointers for those who read them. Never writes a file.

use bundle_format::contract::EnvironmentContract;
use bundle_format::pointer::{Envelope, Pointer};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::{BundlesConfig, CompatibilityConfig, ImageLocks, ReleaseConfig};
use crate::channels::Withdrawals;

/// The schema of a type: JSON Schema draft 2020-12.
pub(crate) fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}

/// Every schema: its path from the root of the repository, and its text, the same for the same types.
#[must_use]
pub fn schemas() -> Vec<(&'static str, String)> {
    vec![
        ("schemas/release.schema.json", text::<ReleaseConfig>("release")),
        ("schemas/bundles.schema.json", text::<BundlesConfig>("bundles")),
        ("schemas/env.schema.json", text::<EnvironmentContract>("env")),
        ("schemas/compatibility.schema.json", text::<CompatibilityConfig>("compatibility")),
        ("schemas/images.lock.schema.json", text::<ImageLocks>("images.lock")),
    ]
}

/// The schemas of what lies on the branch `channels`: the envelope of a pointer, the pointer inside, and the list of withdrawn versions.
#[must_use]
pub fn pointers() -> [(&'static str, String); 3] {
    [
        ("schemas/latest.schema.json", text::<Envelope>("latest")),
        ("schemas/pointer.schema.json", text::<Pointer>("pointer")),
        ("schemas/yanked.schema.json", text::<Withdrawals>("yanked")),
    ]
}

/// The schema of the receipt that `release --json` prints.
#[must_use]
pub fn receipt() -> (&'static str, String) {
    ("schemas/receipt.schema.json", text::<crate::receipt::Receipt>("receipt"))
}

fn text<T: JsonSchema>(name: &str) -> String {
    let mut schema = of::<T>();
    schema.insert("$id".to_owned(), format!("urn:slipway:schema:{name}:1").into());
    format!("{:#}\n", schema.as_value())
}

#[cfg(test)]
mod tests {
    use super::super::{format, shape};
    use super::*;
    use serde_json::Value as Json;

    #[test]
    fn the_schemas_in_the_repository_are_what_the_types_say() {
        let committed = [
            ("schemas/release.schema.json", include_str!("../../../../schemas/release.schema.json")),
            ("schemas/bundles.schema.json", include_str!("../../../../schemas/bundles.schema.json")),
            ("schemas/env.schema.json", include_str!("../../../../schemas/env.schema.json")),
            (
                "schemas/compatibility.schema.json",
                include_str!("../../../../schemas/compatibility.schema.json"),
            ),
            ("schemas/images.lock.schema.json", include_str!("../../../../schemas/images.lock.schema.json")),
        ];
        assert_eq!(
            committed.map(|(path, _)| path).to_vec(),
            schemas().iter().map(|(path, _)| *path).collect::<Vec<_>>()
        );
        for ((path, committed), (_, fresh)) in committed.iter().zip(schemas()) {
            assert!(*committed == fresh, "`{path}` is not what the types say; run `cargo xtask generate`");
        }
    }

    /// A word of JSON Schema that the comparison does not understand would be a check that silently does not happen.
    #[test]
    fn the_schemas_use_only_what_the_comparison_understands() {
        fn walk(schema: &Json, path: &str) {
            for (word, value) in schema.as_object().into_iter().flatten() {
                assert!(shape::KEYWORDS.contains(&word.as_str()), "`{word}` at {path} is not understood");
                let children = match word.as_str() {
                    "properties" | "$defs" => {
                        value.as_object().into_iter().flatten().map(|(_, child)| child).collect()
                    }
                    "oneOf" | "anyOf" => value.as_array().into_iter().flatten().collect(),
                    "items" | "additionalProperties" => vec![value],
                    "format" => {
                        assert!(format::is_known(value.as_str().unwrap_or_default()), "{value} at {path}");
                        vec![]
                    }
                    _ => vec![],
                };
                for child in children {
                    walk(child, &format!("{path}/{word}"));
                }
            }
        }
        for (path, text) in schemas() {
            walk(&serde_json::from_str(&text).expect("is JSON"), path);
        }
    }

    #[test]
    fn every_key_is_described_and_every_required_one_has_an_example() {
        fn walk(schema: &Json, path: &str) {
            let required: Vec<&Json> = schema["required"].as_array().into_iter().flatten().collect();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                assert!(property["description"].is_string(), "{path}.{name}");
                let made_of_others = property.get("$ref").is_some() || property["type"] == "array";
                if required.contains(&&Json::from(name.as_str())) && !made_of_others {
                    assert!(property["examples"][0] != Json::Null, "{path}.{name} has no example");
                }
            }
        }
        for (path, text) in schemas() {
            let schema: Json = serde_json::from_str(&text).expect("is JSON");
            walk(&schema, path);
            for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
                walk(definition, name);
            }
        }
    }
}
