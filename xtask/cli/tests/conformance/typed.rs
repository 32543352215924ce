//! Compares an answer of a GraphQL interface with what was selected and with the types of the schema. Must never send a query.

use apollo_compiler::ast::Type;
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::Value;

/// Where an answer is not what was selected: a field that is missing, null where it must not be, or no value of its type, and a field
/// that nobody asked for.
pub(crate) fn misfits(schema: &Valid<Schema>, query: &ExecutableDocument, answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match query.operations.get(None) {
        Ok(operation) => fits((schema, query), &operation.selection_set, answer, "data", &mut found),
        Err(_) => found.push("more than one query".to_owned()),
    }
    found
}

/// What says how an answer has to be: the schema, and the query with its fragments.
type Asked<'a> = (&'a Valid<Schema>, &'a ExecutableDocument);

fn fits(asked_for: Asked<'_>, selected: &SelectionSet, answer: &Value, place: &str, found: &mut Vec<String>) {
    let Some(object) = answer.as_object() else {
        return found.push(format!("{place}: {answer} is no object"));
    };
    let mut asked = Vec::new();
    let mut open = vec![selected];
    while let Some(set) = open.pop() {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let key = field.response_key().to_string();
                    let place = format!("{place}.{key}");
                    match object.get(&key) {
                        Some(value) => {
                            fits_type(asked_for, field.ty(), &field.selection_set, value, &place, found)
                        }
                        None => found.push(format!("{place}: missing")),
                    }
                    asked.push(key);
                }
                // The queries narrow an object down to the one kind that it is.
                Selection::InlineFragment(fragment) => open.push(&fragment.selection_set),
                Selection::FragmentSpread(spread) => match spread.fragment_def(asked_for.1) {
                    Some(fragment) => open.push(&fragment.selection_set),
                    None => found.push(format!("{place}: `{}` is no fragment", spread.fragment_name)),
                },
            }
        }
    }
    found.extend(
        object.keys().filter(|key| !asked.contains(key)).map(|key| format!("{place}.{key}: not asked for")),
    );
}

fn fits_type(
    asked_for: Asked<'_>,
    kind: &Type,
    selected: &SelectionSet,
    value: &Value,
    place: &str,
    found: &mut Vec<String>,
) {
    if value.is_null() {
        if kind.is_non_null() {
            found.push(format!("{place}: null where `{kind}` has to be"));
        }
        return;
    }
    if kind.is_list() {
        let Some(items) = value.as_array() else {
            return found.push(format!("{place}: {value} is no list"));
        };
        return items
            .iter()
            .for_each(|item| fits_type(asked_for, kind.item_type(), selected, item, place, found));
    }
    let name = kind.inner_named_type().as_str();
    let good = match (name, asked_for.0.types.get(name)) {
        (_, Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_))) => {
            return fits(asked_for, selected, value, place, found);
        }
        ("Int", _) => value.is_i64() || value.is_u64(),
        ("Boolean", _) => value.is_boolean(),
        ("DateTime", _) => value.as_str().is_some_and(crate::shape::is_time),
        ("GitObjectID", _) => value.as_str().is_some_and(|text| text.len() == 40),
        ("String" | "ID" | "URI", _) => value.is_string(),
        _ => false,
    };
    if !good {
        found.push(format!("{place}: {value} is no `{name}`"));
    }
}
