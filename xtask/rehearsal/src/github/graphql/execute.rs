//! Executes a validated query.
//!
//! Owns collecting fields, aliases and fragments. Must never know what a field means: `resolve` does.

use async_graphql_parser::Positioned;
use async_graphql_parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Quirk;
use crate::github::graphql::Price;
use crate::github::graphql::arguments::{arguments, wanted};
use crate::github::graphql::nodes::{FieldError, Node, Resolved};
use crate::github::graphql::schema;
use crate::github::limits::Standing;
use crate::github::state::State;
use crate::world::World;

/// What execution needs.
pub(super) struct Executor<'a> {
    pub(super) world: &'a World,
    pub(super) state: &'a mut State,
    pub(super) price: Price,
    pub(super) standing: &'a Standing,
    pub(super) viewer: String,
    pub(super) quirk: Quirk,
    pub(super) visible: bool,
    document: &'a ExecutableDocument,
    errors: Vec<Value>,
}

/// The fields that share a key in the answer, and the key.
type Grouped<'a> = Vec<(String, Vec<&'a Positioned<Field>>)>;

impl<'a> Executor<'a> {
    pub(super) fn new(
        world: &'a World,
        state: &'a mut State,
        document: &'a ExecutableDocument,
        price: Price,
        standing: &'a Standing,
        viewer: String,
        quirk: Quirk,
    ) -> Self {
        Self { world, state, price, standing, viewer, quirk, visible: false, document, errors: Vec::new() }
    }

    /// Answers the operation; a repository that the caller may not see is not found.
    pub(super) fn run(mut self, operation: &'a OperationDefinition, visible: bool) -> Answer {
        self.visible = visible;
        let data = self.object(&Node::Query, &[&operation.selection_set.node], &[]);
        let mut body = json!({ "data": data });
        if let Some(fields) = body.as_object_mut().filter(|_| !self.errors.is_empty()) {
            fields.insert("errors".to_owned(), Value::Array(self.errors));
        }
        Answer::json(200, &body)
    }

    fn object(&mut self, node: &Node, sets: &[&'a SelectionSet], path: &[Value]) -> Value {
        let type_name = node.type_name(&self.world.options.owner);
        let mut grouped = Vec::new();
        for set in sets {
            self.collect(set, type_name, &mut grouped);
        }
        let mut object = Map::new();
        for (key, fields) in grouped {
            let path: Vec<Value> = path.iter().cloned().chain([json!(key)]).collect();
            let value = self.field(node, type_name, &fields, &path);
            object.insert(key, value);
        }
        Value::Object(object)
    }

    fn collect(&self, set: &'a SelectionSet, type_name: &str, grouped: &mut Grouped<'a>) {
        for item in &set.items {
            if !wanted(item.node.directives(), &self.price.variables) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.to_string();
                    match grouped.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, fields)) => fields.push(field),
                        None => grouped.push((key, vec![field])),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    if on.is_none_or(|on| schema::is_a(type_name, on)) {
                        self.collect(&fragment.node.selection_set.node, type_name, grouped);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(found) = self.document.fragments.get(&spread.node.fragment_name.node)
                        && schema::is_a(type_name, found.node.type_condition.node.on.node.as_str())
                    {
                        self.collect(&found.node.selection_set.node, type_name, grouped);
                    }
                }
            }
        }
    }

    fn field(
        &mut self,
        node: &Node,
        type_name: &'static str,
        fields: &[&'a Positioned<Field>],
        path: &[Value],
    ) -> Value {
        let Some(first) = fields.first() else { return Value::Null };
        let name = first.node.name.node.as_str();
        if name == "__typename" {
            return json!(type_name);
        }
        let arguments = arguments(&first.node, &self.price.variables);
        let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.node.selection_set.node).collect();
        match self.resolve(node, name, &arguments) {
            Ok(Resolved::Null) => Value::Null,
            Ok(Resolved::Scalar(value)) => value,
            Ok(Resolved::One(inner)) => self.object(&inner, &sets, path),
            Ok(Resolved::Many(inner)) => inner
                .iter()
                .enumerate()
                .map(|(index, node)| {
                    let path: Vec<Value> = path.iter().cloned().chain([json!(index)]).collect();
                    self.object(node, &sets, &path)
                })
                .collect(),
            Err(FieldError { kind, message }) => {
                self.errors.push(json!({
                    "type": kind,
                    "path": path,
                    "locations": [{ "line": first.pos.line, "column": first.pos.column }],
                    "message": message,
                }));
                Value::Null
            }
        }
    }
}
