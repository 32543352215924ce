//! GitHub's GraphQL interface, as far as a release tool reads it.
//!
//! Owns the order: token, parse, validate, charge, execute. Must never write. What is not in the schema is refused with the
//! error GitHub gives, so that a query with a typing error cannot pass a rehearsal.

mod arguments;
mod connections;
mod execute;
mod nodes;
mod pulls;
mod resolve;
mod schema;
mod validate;

use async_graphql_parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::github::auth::Caller;
use crate::github::errors::Refusal;
use crate::github::graphql::execute::Executor;
use crate::github::graphql::validate::Validator;
use crate::github::state::State;
use crate::github::{exceeded, with_standing};
use crate::options::RepositoryRights;
use crate::world::World;

/// Answers a request to `/graphql`; errors of a query come with status 200.
pub(super) fn answer(world: &World, state: &mut State, caller: &Caller, call: &Call) -> Answer {
    if caller.login().is_none() {
        return Refusal::new(401, "This endpoint requires you to be authenticated.").into_answer();
    }
    let Some(Value::Object(request)) = call.json() else {
        return Refusal::new(400, "Problems parsing JSON").into_answer();
    };
    let Some(query) = request.get("query").and_then(Value::as_str) else {
        return failed(vec![
            json!({ "message": "A query attribute must be specified and must be a string." }),
        ]);
    };
    let document = match async_graphql_parser::parse_query(query) {
        Ok(document) => document,
        Err(error) => return failed(vec![syntax_error(&error)]),
    };
    let name = request.get("operationName").and_then(Value::as_str);
    let Some(operation) = operation(&document, name) else {
        return failed(vec![json!({ "message": "An operation name is required" })]);
    };
    if operation.ty != OperationType::Query {
        return failed(vec![json!({ "message": "The rehearsal offers queries only" })]);
    }
    let empty = Map::new();
    let given = request.get("variables").and_then(Value::as_object).unwrap_or(&empty);
    let price = match Validator::check(&document, operation, given) {
        Ok(price) => price,
        Err(errors) => return failed(errors),
    };
    let standing = match state.limits.charge(&caller.key("graphql"), caller.allowance(), price.points) {
        Ok(standing) => standing,
        Err(standing) => {
            let message = exceeded(caller).message().to_owned();
            let error = json!({ "type": "RATE_LIMITED", "message": message });
            return with_standing(failed(vec![error]), &standing);
        }
    };
    let visible = caller.rights() >= RepositoryRights::Pull;
    let viewer = caller.author();
    let executor = Executor::new(world, state, &document, price, &standing, viewer, call.quirk);
    let answer = executor.run(operation, visible);
    with_standing(answer, &standing)
}

/// What a query costs, by GitHub's rules for nodes and points.
#[derive(Clone, Debug)]
struct Price {
    points: u32,
    nodes: u64,
    variables: Map<String, Value>,
}

fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(only), _) => Some(&only.node),
        (DocumentOperations::Multiple(many), Some(name)) => many.get(name).map(|found| &found.node),
        (DocumentOperations::Multiple(many), None) if many.len() == 1 => {
            many.values().next().map(|only| &only.node)
        }
        (DocumentOperations::Multiple(_), None) => None,
    }
}

fn failed(errors: Vec<Value>) -> Answer {
    Answer::json(200, &json!({ "errors": errors }))
}

fn syntax_error(error: &async_graphql_parser::Error) -> Value {
    let locations: Vec<Value> =
        error.positions().map(|pos| json!({ "line": pos.line, "column": pos.column })).collect();
    json!({ "message": format!("Parse error: {error}"), "locations": locations })
}
