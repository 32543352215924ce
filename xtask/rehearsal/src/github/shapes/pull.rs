//! Pull requests.
//!
//! Owns the JSON of one. Must never decide which are shown.

use serde_json::{Map, Value, json};

use crate::github::shapes::{
    instant, label, node_id, optional_user, repository, repository_page, repository_url, user,
};
use crate::github::state::{Label, Pull, State};
use crate::options::RepositoryRights;
use crate::seed::PullState;
use crate::world::World;

/// A pull request as lists show it.
pub(crate) fn simple_pull(world: &World, state: &State, pull: &Pull) -> Value {
    Value::Object(fields(world, state, pull))
}

/// A pull request by itself: with what lists leave out.
pub(crate) fn full_pull(world: &World, state: &State, pull: &Pull) -> Value {
    let mut all = fields(world, state, pull);
    let more = json!({
        "merged": pull.state == PullState::Merged,
        "mergeable": if pull.state == PullState::Open { json!(true) } else { Value::Null },
        "rebaseable": null,
        "mergeable_state": "unknown",
        "merged_by": optional_user(world, pull.merged_by.as_deref()),
        "comments": 0,
        "review_comments": 0,
        "maintainer_can_modify": false,
        "commits": pull.commits.len(),
        "additions": 0,
        "deletions": 0,
        "changed_files": 0,
    });
    if let Value::Object(more) = more {
        all.extend(more);
    }
    Value::Object(all)
}

/// The newest commit of a pull request's branch: the branch itself while it is there, else its last known commit.
pub(crate) fn head_sha(world: &World, pull: &Pull) -> String {
    let live = match (&pull.fork, pull.state) {
        (None, PullState::Open) => world.store.reference(&format!("refs/heads/{}", pull.head)).ok().flatten(),
        _ => None,
    };
    live.map(|(sha, _)| sha)
        .or_else(|| pull.commits.last().map(|commit| commit.sha.clone()))
        .or_else(|| pull.merge_commit.clone())
        .unwrap_or_else(|| "0".repeat(40))
}

fn fields(world: &World, state: &State, pull: &Pull) -> Map<String, Value> {
    let (api, page, number) = (repository_url(world), repository_page(world), pull.number);
    let url = format!("{api}/pulls/{number}");
    let issue = format!("{api}/issues/{number}");
    let html = format!("{page}/pull/{number}");
    let labels: Vec<Value> = pull
        .labels
        .iter()
        .filter_map(|name| state.label(name))
        .map(|found| worn_label(world, found))
        .collect();
    let head = head_sha(world, pull);
    let merged_or_head = pull.merge_commit.clone().unwrap_or_else(|| head.clone());
    let value = json!({
        "url": url,
        "id": pull.id,
        "node_id": node_id("PR", number),
        "html_url": html,
        "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"),
        "issue_url": issue,
        "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": format!("{api}/pulls/comments{{/number}}"),
        "comments_url": format!("{issue}/comments"),
        "statuses_url": format!("{api}/statuses/{head}"),
        "number": number,
        "state": if pull.state == PullState::Open { "open" } else { "closed" },
        "locked": false,
        "title": pull.title,
        "user": optional_user(world, pull.author.as_deref()),
        "body": pull.body,
        "labels": labels,
        "milestone": null,
        "active_lock_reason": null,
        "created_at": instant(pull.created_at),
        "updated_at": instant(pull.updated_at),
        "closed_at": pull.closed_at.map(instant),
        "merged_at": pull.merged_at.map(instant),
        "merge_commit_sha": pull.merge_commit,
        "assignee": null,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": side(world, &pull.head, &head, pull.fork.as_deref()),
        "base": side(world, &pull.base, &merged_or_head, None),
        "_links": links(&url, &issue, &html, &api, &head),
        "author_association": if pull.fork.is_some() { "CONTRIBUTOR" } else { "MEMBER" },
        "auto_merge": null,
        "draft": false,
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// A label on a pull request: its description is a text there, by GitHub's description of the answer, even where it has none.
fn worn_label(world: &World, found: &Label) -> Value {
    let described =
        Label { description: Some(found.description.clone().unwrap_or_default()), ..found.clone() };
    label(world, &described)
}

fn side(world: &World, branch: &str, sha: &str, fork: Option<&str>) -> Value {
    let owner = fork.and_then(|name| name.split('/').next()).unwrap_or(&world.options.owner);
    json!({
        "label": format!("{owner}:{branch}"),
        "ref": branch,
        "sha": sha,
        "user": user(world, owner),
        "repo": repository(world, fork, RepositoryRights::Pull),
    })
}

fn links(url: &str, issue: &str, html: &str, api: &str, head: &str) -> Value {
    json!({
        "self": { "href": url },
        "html": { "href": html },
        "issue": { "href": issue },
        "comments": { "href": format!("{issue}/comments") },
        "review_comments": { "href": format!("{url}/comments") },
        "review_comment": { "href": format!("{api}/pulls/comments{{/number}}") },
        "commits": { "href": format!("{url}/commits") },
        "statuses": { "href": format!("{api}/statuses/{head}") },
    })
}
