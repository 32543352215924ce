//! What GitHub refuses before it executes a query.
//!
//! Owns the rules: known fields and arguments, page sizes, the number of nodes. Must never look at data.
//! Source: GitHub's documentation "Rate limits and query limits for the GraphQL API".

use std::collections::BTreeSet;

use async_graphql_parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::Value as Literal;
use serde_json::{Map, Value, json};

use crate::github::graphql::Price;
use crate::github::graphql::arguments::{arguments, variables};
use crate::github::graphql::schema::{self, FieldDef};

/// Elements of one page.
const LARGEST_PAGE: u64 = 100;
/// Nodes that one query may lead to.
const MOST_NODES: u64 = 500_000;
/// Fragments inside fragments; a circle would never end.
const DEEPEST: usize = 60;

/// Walks a query and collects everything that is wrong.
pub(super) struct Validator<'a> {
    document: &'a ExecutableDocument,
    variables: Map<String, Value>,
    used: BTreeSet<String>,
    errors: Vec<Value>,
    nodes: u64,
    requests: u64,
}

impl<'a> Validator<'a> {
    /// Returns what the query costs, or all that is wrong with it.
    pub(super) fn check(
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        given: &Map<String, Value>,
    ) -> Result<Price, Vec<Value>> {
        let variables = variables(operation, given).map_err(|name| {
            let message = format!("Variable ${name} was provided invalid value");
            vec![json!({ "message": message, "extensions": { "problems": [{ "path": [], "explanation": "Expected value to not be null" }] } })]
        })?;
        let mut validator =
            Self { document, variables, used: BTreeSet::new(), errors: Vec::new(), nodes: 0, requests: 0 };
        validator.selections(&operation.selection_set.node, "Query", &["query".to_owned()], 1);
        for definition in &operation.variable_definitions {
            let name = definition.node.name.node.as_str();
            if !validator.used.contains(name) {
                let message = format!("Variable ${name} is declared by the query but not used");
                validator.refuse("variableNotUsed", message, definition.pos, &["query".to_owned()]);
            }
        }
        if validator.nodes > MOST_NODES {
            let message = format!(
                "This query requests up to {} possible nodes which exceeds the maximum limit of 500,000.",
                validator.nodes
            );
            validator.errors.push(json!({ "type": "MAX_NODE_LIMIT_EXCEEDED", "message": message }));
        }
        if !validator.errors.is_empty() {
            return Err(validator.errors);
        }
        let points = u32::try_from(validator.requests.div_ceil(100)).unwrap_or(u32::MAX).max(1);
        Ok(Price { points, nodes: validator.nodes, variables: validator.variables })
    }

    fn selections(&mut self, set: &'a SelectionSet, parent: &str, path: &[String], times: u64) {
        if path.len() > DEEPEST {
            self.errors.push(json!({ "message": "Fragment spreads lead into a circle", "path": [] }));
            return;
        }
        for item in &set.items {
            for directive in item.node.directives() {
                for (_, value) in &directive.node.arguments {
                    self.variables_in(&value.node, value.pos, path);
                }
            }
            match &item.node {
                Selection::Field(field) => self.field(field, parent, path, times),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.to_string());
                    let on = on.unwrap_or_else(|| parent.to_owned());
                    self.fragment(&fragment.node.selection_set.node, &on, item.pos, path, times);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    match self.document.fragments.get(name) {
                        Some(found) => {
                            let on = found.node.type_condition.node.on.node.to_string();
                            self.fragment(&found.node.selection_set.node, &on, item.pos, path, times);
                        }
                        None => {
                            let message = format!("Fragment {name} was used, but not defined");
                            self.refuse("useAndDefineFragment", message, item.pos, path);
                        }
                    }
                }
            }
        }
    }

    fn fragment(&mut self, set: &'a SelectionSet, on: &str, pos: Pos, path: &[String], times: u64) {
        if schema::type_named(on).is_none() {
            let message = format!("No such type {on}, so it can't be a fragment condition");
            self.refuse("undefinedType", message, pos, path);
            return;
        }
        let path: Vec<String> = path.iter().cloned().chain([format!("... on {on}")]).collect();
        self.selections(set, on, &path, times);
    }

    fn field(&mut self, field: &'a Positioned<Field>, parent: &str, path: &[String], times: u64) {
        let name = field.node.name.node.as_str();
        let path: Vec<String> =
            path.iter().cloned().chain([field.node.response_key().node.to_string()]).collect();
        if name == "__typename" {
            return;
        }
        let Some(known) = schema::field(parent, name) else {
            let message = format!("Field '{name}' doesn't exist on type '{parent}'");
            self.errors.push(json!({
                "path": path,
                "extensions": { "code": "undefinedField", "typeName": parent, "fieldName": name },
                "locations": [{ "line": field.pos.line, "column": field.pos.column }],
                "message": message,
            }));
            return;
        };
        self.arguments(field, known, parent, &path);
        let inner = &field.node.selection_set.node;
        let Some(of) = known.leads_to else {
            if !inner.items.is_empty() {
                let message =
                    format!("Selections can't be made on scalars (field '{name}' returns a scalar)");
                self.refuse("selectionMismatch", message, field.pos, &path);
            }
            return;
        };
        if inner.items.is_empty() {
            let message = format!(
                "Field must have selections (field '{name}' returns {of} but has no selections. Did you mean '{name} {{ ... }}'?)"
            );
            self.refuse("selectionMismatch", message, field.pos, &path);
            return;
        }
        let times = if known.is_connection() { self.page(field, &path, times) } else { times };
        self.selections(inner, of, &path, times);
    }

    fn arguments(&mut self, field: &Positioned<Field>, known: &FieldDef, parent: &str, path: &[String]) {
        let name = known.name;
        for (argument, value) in &field.node.arguments {
            let given = argument.node.as_str();
            if !known.arguments.iter().any(|one| one.trim_end_matches('!') == given) {
                let message = format!("Field '{name}' doesn't accept argument '{given}'");
                self.refuse("argumentNotAccepted", message, argument.pos, path);
            }
            self.variables_in(&value.node, value.pos, path);
        }
        for needed in known.arguments.iter().filter_map(|one| one.strip_suffix('!')) {
            if field.node.get_argument(needed).is_none() {
                let message = format!("Field '{name}' is missing required arguments: {needed}");
                self.refuse("missingRequiredArguments", message, field.pos, path);
            }
        }
        if parent == "Repository" && name == "object" && field.node.arguments.is_empty() {
            let message = "Field 'object' needs 'oid' or 'expression'".to_owned();
            self.refuse("missingRequiredArguments", message, field.pos, path);
        }
    }

    fn variables_in(&mut self, value: &Literal, pos: Pos, path: &[String]) {
        match value {
            Literal::Variable(name) => {
                if !self.variables.contains_key(name.as_str()) {
                    let message = format!("Variable ${name} is used but not declared");
                    self.refuse("variableNotDefined", message, pos, path);
                }
                self.used.insert(name.to_string());
            }
            Literal::List(items) => items.iter().for_each(|item| self.variables_in(item, pos, path)),
            Literal::Object(fields) => fields.values().for_each(|item| self.variables_in(item, pos, path)),
            _ => {}
        }
    }

    /// Checks a page's size and counts its nodes; returns how many times what is inside may be there.
    fn page(&mut self, field: &Positioned<Field>, path: &[String], times: u64) -> u64 {
        let name = field.node.name.node.as_str();
        let given = arguments(&field.node, &self.variables);
        let sizes: Vec<(&str, &Value)> = ["first", "last"]
            .into_iter()
            .filter_map(|side| given.get(side).map(|size| (side, size)))
            .collect();
        let (kind, message) = match sizes.as_slice() {
            [(side, size)] => match size.as_u64() {
                Some(size) if (1..=LARGEST_PAGE).contains(&size) => {
                    self.requests = self.requests.saturating_add(times);
                    let inside = times.saturating_mul(size);
                    self.nodes = self.nodes.saturating_add(inside);
                    return inside;
                }
                Some(size) => (
                    "EXCESSIVE_PAGINATION",
                    format!(
                        "Requesting {size} records on the `{name}` connection exceeds the `{side}` limit of 100 records."
                    ),
                ),
                None => {
                    ("INVALID_PAGINATION", format!("`{side}` on the `{name}` connection must be a number."))
                }
            },
            [] => (
                "MISSING_PAGINATION_BOUNDARIES",
                format!(
                    "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
                ),
            ),
            _ => (
                "INVALID_PAGINATION",
                format!(
                    "Passing both `first` and `last` to paginate the `{name}` connection is not supported."
                ),
            ),
        };
        self.errors.push(json!({
            "type": kind,
            "path": path.get(1..),
            "locations": [{ "line": field.pos.line, "column": field.pos.column }],
            "message": message,
        }));
        times
    }

    fn refuse(&mut self, code: &str, message: String, pos: Pos, path: &[String]) {
        self.errors.push(json!({
            "path": path,
            "extensions": { "code": code },
            "locations": [{ "line": pos.line, "column": pos.column }],
            "message": message,
        }));
    }
}
