//! The tool's GraphQL queries against GitHub's schema. Must never send one.

use std::fs;

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use release_edge::forge::github;

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

#[test]
fn a_query_that_does_not_fit_is_found() {
    let schema = schema();
    for (name, query) in github::queries() {
        for (right, wrong) in [
            ("nodes { number", "nodes { numeral"),
            ("first: 100", "first: \"100\""),
            ("$owner: String!, ", ""),
            ("headRefName", "headRefName { name }"),
        ] {
            assert!(query.contains(right), "`{name}` has no `{right}`");
            assert!(!faults(&schema, &query.replacen(right, wrong, 1)).is_empty(), "`{name}`: {wrong}");
        }
    }
}
