//! The GraphQL that gathering uses.
//!
//! Owns the tests of queries and of what GitHub refuses in them. Must never test what no query of ours asks.

use std::time::Duration;

use release_rehearsal::{Options, SeedPullRequest};
use serde_json::{Value, json};

use crate::support::{Fixture, Git, pull};

const FIELDS: &str = "
    fragment pulls on Commit {
      oid
      associatedPullRequests(first: 5) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes {
          number title body url state merged mergedAt baseRefName isCrossRepository
          author { login __typename }
          labels(first: 20) { pageInfo { hasNextPage } nodes { name } }
          mergeCommit { oid }
          commits(last: 1) { totalCount nodes { commit { oid messageHeadline authoredDate } } }
        }
      }
    }";

fn merged(number: u64, sha: &str) -> SeedPullRequest {
    pull(json!({
        "number": number, "title": format!("change {number}"), "author": "dependabot[bot]",
        "labels": ["patch", "dependencies"], "head_repository": "fork/widgets",
        "merged_at": "2026-01-02T03:04:05Z", "merge_commit": sha,
        "commits": [
            { "sha": "1".repeat(40), "headline": "one", "authored_at": "2026-01-01T00:00:00Z" },
            { "sha": "2".repeat(40), "headline": "two", "authored_at": "2026-01-01T01:00:00Z" },
        ],
    }))
}

fn with_one_pull(change: impl FnOnce(&mut Options)) -> (Fixture, String) {
    let git = Git::new();
    let sha = git.commit("main", "change 7", &[("a", "a")], 1_000_000_100);
    let github = Fixture::on(git, |options| {
        options.seed.pull_requests.push(merged(7, &sha));
        change(options);
    });
    (github, sha)
}

fn data(github: &Fixture, query: &str, variables: &Value) -> Value {
    let reply = github.graphql(query, variables);
    let body = reply.json();
    assert_eq!((reply.status, body.get("errors")), (200, None), "{body}");
    body["data"].clone()
}

fn refusal(query: &str) -> Value {
    let reply = Fixture::new().graphql(query, &json!({}));
    assert_eq!(reply.status, 200);
    let body = reply.json();
    assert_eq!(body.get("data"), None, "{body}");
    body["errors"][0].clone()
}

#[test]
fn pull_requests_of_many_commits_come_in_one_answer() {
    let (github, sha) = with_one_pull(|_| {});
    let first = github.git.open().revparse_single("main~1").unwrap().id().to_string();
    let query = format!(
        "query($owner: String!, $name: String!, $a: GitObjectID!, $b: GitObjectID!) {{
           repository(owner: $owner, name: $name) {{
             c0: object(oid: $a) {{ ...pulls }}
             c1: object(oid: $b) {{ __typename ... on Commit {{ ...pulls }} }}
             c2: object(oid: \"{}\") {{ oid }}
           }}
           rateLimit {{ cost limit remaining resetAt }}
         }} {FIELDS}",
        "9".repeat(40)
    );
    let data = data(&github, &query, &json!({ "owner": "acme", "name": "widgets", "a": sha, "b": first }));
    let found = &data["repository"]["c0"]["associatedPullRequests"];
    assert_eq!(found["totalCount"], 1);
    let pull = &found["nodes"][0];
    assert_eq!(pull["number"], 7);
    assert_eq!(pull["author"], json!({ "login": "dependabot", "__typename": "Bot" }));
    assert_eq!(pull["labels"]["nodes"], json!([{ "name": "patch" }, { "name": "dependencies" }]));
    assert_eq!(
        (&pull["merged"], &pull["state"], &pull["isCrossRepository"]),
        (&json!(true), &json!("MERGED"), &json!(true))
    );
    assert_eq!(
        (&pull["mergedAt"], &pull["mergeCommit"]["oid"]),
        (&json!("2026-01-02T03:04:05Z"), &json!(sha))
    );
    assert_eq!(pull["commits"]["totalCount"], 2);
    assert_eq!(pull["commits"]["nodes"][0]["commit"]["messageHeadline"], "two");
    assert_eq!(data["repository"]["c1"]["associatedPullRequests"]["nodes"], json!([]));
    assert_eq!(data["repository"]["c1"]["__typename"], "Commit");
    assert_eq!(data["repository"]["c2"], Value::Null, "an unknown commit is null and no error");
    assert_eq!(data["rateLimit"]["limit"], 5000);
}

#[test]
fn the_list_knows_what_the_association_index_does_not() {
    let (github, sha) = with_one_pull(|options| options.seed.pull_requests[0].unindexed = true);
    let query = format!(
        "{{ repository(owner: \"acme\", name: \"widgets\") {{
             object(oid: \"{sha}\") {{ ...pulls }}
             pullRequests(states: MERGED, baseRefName: \"main\", orderBy: {{field: UPDATED_AT, direction: DESC}}, first: 10) {{
               nodes {{ number mergeCommit {{ oid }} }}
             }}
           }} }} {FIELDS}"
    );
    let data = data(&github, &query, &json!({}));
    assert_eq!(data["repository"]["object"]["associatedPullRequests"]["totalCount"], 0);
    assert_eq!(
        data["repository"]["pullRequests"]["nodes"],
        json!([{ "number": 7, "mergeCommit": { "oid": sha } }])
    );
}

#[test]
fn lists_are_filtered_and_paged() {
    let git = Git::new();
    let sha = git.tip("refs/heads/main").unwrap();
    let github = Fixture::on(git, |options| {
        options.seed.pull_requests = (1..=25).map(|number| merged(number, &sha)).collect();
        options.seed.pull_requests.push(pull(json!({ "number": 26, "title": "x", "state": "open" })));
        options
            .seed
            .pull_requests
            .push(SeedPullRequest { base: Some("other".to_owned()), ..merged(27, &sha) });
    });
    let query = "query($after: String) { repository(owner: \"acme\", name: \"widgets\") {
        pullRequests(states: [MERGED], baseRefName: \"main\", first: 10, after: $after) {
          totalCount pageInfo { hasNextPage endCursor } nodes { number } } } }";
    let (mut after, mut numbers) = (Value::Null, Vec::new());
    loop {
        let data = data(&github, query, &json!({ "after": after }));
        let page = &data["repository"]["pullRequests"];
        assert_eq!(page["totalCount"], 25);
        numbers.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_u64().unwrap()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(numbers, (1..=25).collect::<Vec<u64>>());
}

#[test]
fn more_than_ten_labels_need_a_second_page() {
    let labels: Vec<String> = (0..13).map(|number| format!("label-{number}")).collect();
    let (github, _) = with_one_pull(|options| options.seed.pull_requests[0].labels.extend(labels));
    let query = "{ repository(owner: \"acme\", name: \"widgets\") { pullRequest(number: 7) {
        labels(first: 10) { totalCount pageInfo { hasNextPage } nodes { name } } } } }";
    let data = data(&github, query, &json!({}));
    let labels = &data["repository"]["pullRequest"]["labels"];
    assert_eq!((&labels["totalCount"], &labels["pageInfo"]["hasNextPage"]), (&json!(15), &json!(true)));
}

#[test]
fn what_cannot_be_found_is_null_with_an_error_of_its_own() {
    let github = Fixture::new();
    let reply = github
        .graphql("{ repository(owner: \"acme\", name: \"other\") { id } viewer { login } }", &json!({}));
    let body = reply.json();
    assert_eq!(reply.status, 200);
    assert_eq!(body["data"]["repository"], Value::Null);
    assert_eq!(body["data"]["viewer"]["login"], "maintainer");
    assert_eq!(body["errors"][0]["type"], "NOT_FOUND");
    assert_eq!(body["errors"][0]["path"], json!(["repository"]));
}

#[test]
fn unknown_fields_and_arguments_are_refused() {
    let error = refusal("{ repository(owner: \"acme\", name: \"widgets\") { stars } }");
    assert_eq!(error["message"], "Field 'stars' doesn't exist on type 'Repository'");
    assert_eq!(
        error["extensions"],
        json!({ "code": "undefinedField", "typeName": "Repository", "fieldName": "stars" })
    );
    assert_eq!(error["path"], json!(["query", "repository", "stars"]));
    assert_eq!(error["locations"], json!([{ "line": 1, "column": 48 }]));

    let error = refusal("{ repository(owner: \"acme\") { id } }");
    assert_eq!(error["extensions"]["code"], "missingRequiredArguments");
    let error = refusal("{ repository(owner: \"acme\", name: \"widgets\", fast: true) { id } }");
    assert_eq!(error["extensions"]["code"], "argumentNotAccepted");
    let error = refusal("query($x: Int) { viewer { login } }");
    assert_eq!(error["extensions"]["code"], "variableNotUsed");
    assert!(refusal("{ viewer { login ").get("message").is_some());
    assert_eq!(refusal("{ viewer }")["extensions"]["code"], "selectionMismatch");
    assert_eq!(
        refusal("{ ...a } fragment a on Query { ...a }")["message"],
        "Fragment spreads lead into a circle"
    );
}

#[test]
fn pages_have_a_size_of_at_most_100() {
    let list = |arguments: &str| {
        refusal(&format!(
            "{{ repository(owner: \"acme\", name: \"widgets\") {{ pullRequests{arguments} {{ totalCount }} }} }}"
        ))
    };
    assert_eq!(list("")["type"], "MISSING_PAGINATION_BOUNDARIES");
    assert_eq!(list("(first: 101)")["type"], "EXCESSIVE_PAGINATION");
    assert_eq!(list("(first: 1, last: 1)")["type"], "INVALID_PAGINATION");
}

#[test]
fn a_query_may_lead_to_500_000_nodes_at_most() {
    let query = |size: u32| {
        format!(
            "{{ repository(owner: \"acme\", name: \"widgets\") {{ pullRequests(first: 100) {{ nodes {{
                 labels(first: {size}) {{ totalCount }}
                 commits(first: 100) {{ nodes {{ commit {{ associatedPullRequests(first: {size}) {{ totalCount }} }} }} }} }} }} }} }}"
        )
    };
    assert_eq!(refusal(&query(100))["type"], "MAX_NODE_LIMIT_EXCEEDED");
    data(&Fixture::new(), &query(40), &json!({}));
}

#[test]
fn without_a_token_there_is_no_graphql() {
    let github = Fixture::new().with_token(None);
    assert_eq!(github.graphql("{ viewer { login } }", &json!({})).status, 401);
}

#[test]
fn aliases_directives_and_merged_selections_work() {
    let (github, _) = with_one_pull(|_| {});
    let query = "query($yes: Boolean = true) { repository(owner: \"acme\", name: \"widgets\") {
        one: pullRequest(number: 7) { number @skip(if: $yes) title }
        one: pullRequest(number: 7) { state }
        ref(qualifiedName: \"refs/heads/main\") { name prefix target { oid ... on Commit { messageHeadline } } }
        defaultBranchRef { name } } }";
    let data = data(&github, query, &json!({}));
    assert_eq!(data["repository"]["one"], json!({ "title": "change 7", "state": "MERGED" }));
    assert_eq!(data["repository"]["ref"]["target"]["messageHeadline"], "change 7");
    assert_eq!(data["repository"]["defaultBranchRef"]["name"], "main");
}

#[test]
fn queries_are_charged_by_points() {
    let github = Fixture::new();
    github.rehearsal.set_rate_limit(10, Duration::from_secs(60));
    let reply = github.graphql("{ rateLimit { cost remaining } }", &json!({}));
    assert_eq!(reply.header("x-ratelimit-resource"), Some("graphql"));
    assert_eq!(reply.json()["data"]["rateLimit"], json!({ "cost": 1, "remaining": 9 }));
}
