//! Variables and arguments, as JSON.
//!
//! Owns turning literals into values. Must never judge a value.

use async_graphql_parser::Positioned;
use async_graphql_parser::types::{Directive, Field, OperationDefinition};
use async_graphql_value::Value as Literal;
use serde_json::{Map, Value, json};

/// The variables of an operation: what was given, else its defaults. The error names one that is needed.
pub(super) fn variables(
    operation: &OperationDefinition,
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    let mut all = Map::new();
    for definition in &operation.variable_definitions {
        let name = definition.node.name.node.as_str();
        let needed = !definition.node.var_type.node.nullable;
        let default = definition.node.default_value.as_ref();
        let value = match (given.get(name), default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => default.node.clone().into_json().unwrap_or(Value::Null),
            (None, None) => Value::Null,
        };
        if needed && value.is_null() {
            return Err(name.to_owned());
        }
        all.insert(name.to_owned(), value);
    }
    Ok(all)
}

/// The arguments of a field; `null` counts as not given.
pub(super) fn arguments(field: &Field, variables: &Map<String, Value>) -> Map<String, Value> {
    field
        .arguments
        .iter()
        .map(|(name, value)| (name.node.to_string(), literal(&value.node, variables)))
        .filter(|(_, value)| !value.is_null())
        .collect()
}

/// Whether `@skip` and `@include` leave something in.
pub(super) fn wanted(directives: &[Positioned<Directive>], variables: &Map<String, Value>) -> bool {
    directives.iter().all(|directive| {
        let condition = directive.node.get_argument("if").map(|value| literal(&value.node, variables));
        let condition = condition.and_then(|value| value.as_bool()).unwrap_or(true);
        match directive.node.name.node.as_str() {
            "skip" => !condition,
            "include" => condition,
            _ => true,
        }
    })
}

fn literal(value: &Literal, variables: &Map<String, Value>) -> Value {
    match value {
        Literal::Variable(name) => variables.get(name.as_str()).cloned().unwrap_or(Value::Null),
        Literal::Null | Literal::Binary(_) => Value::Null,
        Literal::Number(number) => Value::Number(number.clone()),
        Literal::String(text) => json!(text),
        Literal::Boolean(flag) => json!(flag),
        Literal::Enum(name) => json!(name.as_str()),
        Literal::List(items) => items.iter().map(|item| literal(item, variables)).collect(),
        Literal::Object(fields) => Value::Object(
            fields.iter().map(|(name, value)| (name.to_string(), literal(value, variables))).collect(),
        ),
    }
}
