//! The tool's GraphQL queries, and what the rehearsal GitHub answers to them, against GitHub's schema.

use std::fs;

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use release_edge::forge::github;
use serde_json::{Value, json};

use crate::client;
use crate::scene::Scene;
use crate::typed::misfits;

/// GitHub's schema names two fields twice, which a schema must not; beside these it has to be read whole.
const KNOWN_FAULTS: usize = 2;

fn schema() -> Valid<Schema> {
    let file = crate::node::modules().join("@octokit/graphql-schema/schema.graphql");
    let text = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("`{}`: {error}: run `cargo xtask test`", file.display()));
    match Schema::parse(text, "schema.graphql") {
        Ok(schema) => Valid::assume_valid(schema),
        Err(faulty) => {
            let faults: Vec<String> = faulty.errors.iter().map(|fault| fault.error.to_string()).collect();
            let known =
                faults.len() == KNOWN_FAULTS && faults.iter().all(|fault| fault.contains("duplicate"));
            assert!(known, "{faults:#?}");
            Valid::assume_valid(faulty.partial)
        }
    }
}

fn faults(schema: &Valid<Schema>, query: &str) -> Vec<String> {
    match ExecutableDocument::parse_and_validate(schema, query, "query.graphql") {
        Ok(_) => Vec::new(),
        Err(faulty) => faulty.errors.iter().map(|fault| fault.error.to_string()).collect(),
    }
}

#[test]
fn every_query_of_the_forge_fits_the_schema() {
    let schema = schema();
    let queries = github::queries();
    assert!(!queries.is_empty());
    for (name, query) in queries {
        assert_eq!(faults(&schema, &query), Vec::<String>::new(), "`{name}`: {query}");
    }
}

/// A change that makes a query fit no more, as what is replaced and by what.
const MISTAKES: &[(&str, &str)] = &[
    ("nodes { number", "nodes { numeral"),
    ("first: 100", "first: \"100\""),
    ("$owner: String!, ", ""),
    ("headRefName", "headRefName { name }"),
];

/// Each query with each mistake.
fn mistaken() -> impl Iterator<Item = String> {
    github::queries().into_iter().flat_map(|(name, query)| {
        MISTAKES.iter().map(move |(right, wrong)| {
            assert!(query.contains(right), "`{name}` has no `{right}`");
            query.replacen(right, wrong, 1)
        })
    })
}

#[test]
fn a_query_that_does_not_fit_is_found() {
    let schema = schema();
    for query in mistaken() {
        assert!(!faults(&schema, &query).is_empty(), "{query}");
    }
}

fn ask(scene: &Scene, query: &str) -> Value {
    let variables = json!({ "owner": "acme", "name": "lighthouse", "base": "main" });
    let body = json!({ "query": query, "variables": variables });
    client::send_json("POST", &scene.rehearsal.graphql_url(), &body).json()
}

#[test]
fn the_rehearsal_refuses_a_query_that_does_not_fit() {
    let scene = Scene::in_mode("push");
    for query in mistaken() {
        let answer = ask(&scene, &query);
        assert!(answer["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{query}: {answer}");
    }
}

#[test]
fn the_rehearsal_answers_every_query_as_the_schema_says() {
    let (schema, scene) = (schema(), Scene::in_mode("push"));
    let merged = scene.git(&["rev-parse", "HEAD"]);
    for (name, query) in github::queries() {
        let query = query.replace(&"0".repeat(40), &merged);
        let document =
            ExecutableDocument::parse_and_validate(&schema, query.as_str(), "query.graphql").unwrap();
        let answer = ask(&scene, &query);
        assert_eq!(answer.get("errors"), None, "`{name}`");
        assert!(answer.to_string().contains("Light the lamp"), "`{name}` shows the pull request: {answer}");
        assert_eq!(misfits(&schema, &document, &answer["data"]), Vec::<String>::new(), "`{name}`: {answer}");
    }
}

#[test]
fn an_answer_that_is_not_as_the_schema_says_is_found() {
    let schema = schema();
    let query = "{ repository(owner: \"a\", name: \"b\") { name isFork: isPrivate labels(first: 1) { totalCount } } }";
    let document = ExecutableDocument::parse_and_validate(&schema, query, "query.graphql").unwrap();
    let of = |repository: Value| misfits(&schema, &document, &json!({ "repository": repository })).len();
    let labels = json!({ "totalCount": 1 });
    assert_eq!(of(json!({ "name": "b", "isFork": false, "labels": labels })), 0);
    assert_eq!(of(json!({ "name": "b", "isFork": false, "labels": null })), 0, "may be null");
    for wrong in [
        json!({ "name": null, "isFork": false, "labels": labels }),
        json!({ "name": "b", "isFork": "no", "labels": labels }),
        json!({ "name": "b", "isFork": false, "labels": { "totalCount": "1" } }),
        json!({ "name": "b", "isFork": false, "labels": [labels] }),
        json!({ "name": "b", "isFork": false }),
        json!({ "name": "b", "isFork": false, "labels": labels, "more": 1 }),
    ] {
        assert_eq!(of(wrong.clone()), 1, "{wrong}");
    }
}
