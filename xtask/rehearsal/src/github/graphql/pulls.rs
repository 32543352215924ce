//! What the fields of pull requests, their labels and their people are worth.
//!
//! Owns the list of pull requests and its filters. Must never shape the answer: `execute` does.

use serde_json::Value;

use crate::call::Quirk;
use crate::github::graphql::connections::page;
use crate::github::graphql::execute::Executor;
use crate::github::graphql::nodes::{CommitNode, Node, Resolved};
use crate::github::graphql::resolve::{Arguments, Outcome, maybe, scalar, text};
use crate::github::shapes::{head_sha, instant, node_id, repository_page};
use crate::github::state::Pull;
use crate::seed::PullState;

impl Executor<'_> {
    pub(super) fn pull_requests(&mut self, arguments: &Arguments) -> Outcome {
        let states = texts(arguments, "states");
        let labels = texts(arguments, "labels");
        let fits = |wanted: Option<&str>, found: &str| wanted.is_none_or(|wanted| wanted == found);
        let mut found: Vec<&Pull> = self
            .state
            .pulls
            .values()
            .filter(|pull| {
                states.as_ref().is_none_or(|states| states.iter().any(|one| one == state_name(pull)))
            })
            .filter(|pull| fits(text(arguments, "baseRefName"), &pull.base))
            .filter(|pull| fits(text(arguments, "headRefName"), &pull.head))
            .filter(|pull| {
                labels.as_ref().is_none_or(|labels| labels.iter().any(|one| pull.labels.contains(one)))
            })
            .collect();
        if self.quirk == Quirk::StaleList {
            let newest = found.iter().map(|pull| pull.number).max();
            found.retain(|pull| Some(pull.number) != newest);
        }
        let order = arguments.get("orderBy");
        let ordered = |key: &str| order.and_then(|order| order.get(key)).and_then(Value::as_str);
        if ordered("field") == Some("UPDATED_AT") {
            found.sort_by_key(|pull| (pull.updated_at, pull.number));
        } else {
            found.sort_by_key(|pull| (pull.created_at, pull.number));
        }
        if ordered("direction") == Some("DESC") {
            found.reverse();
        }
        let found = found.into_iter().map(|pull| Node::Pull(pull.number)).collect();
        page("PullRequestConnection", found, arguments)
    }

    pub(super) fn of_pull(&mut self, pull: &Pull, field: &str, arguments: &Arguments) -> Outcome {
        match field {
            "id" => scalar(node_id("PR", pull.number)),
            "fullDatabaseId" => scalar(pull.id.to_string()),
            "number" => scalar(pull.number),
            "title" => scalar(pull.title.clone()),
            "body" => scalar(pull.body.clone().unwrap_or_default()),
            "url" | "permalink" => scalar(format!("{}/pull/{}", repository_page(self.world), pull.number)),
            "state" => scalar(state_name(pull)),
            "closed" => scalar(pull.state != PullState::Open),
            "merged" => scalar(pull.state == PullState::Merged),
            "isDraft" => scalar(false),
            "isCrossRepository" => scalar(pull.fork.is_some()),
            "createdAt" => scalar(instant(pull.created_at)),
            "updatedAt" => scalar(instant(pull.updated_at)),
            "closedAt" => scalar(pull.closed_at.map(instant)),
            "mergedAt" => scalar(pull.merged_at.map(instant)),
            "baseRefName" => scalar(pull.base.clone()),
            "headRefName" => scalar(pull.head.clone()),
            "headRefOid" => scalar(head_sha(self.world, pull)),
            "author" => maybe(pull.author.clone().map(Node::Actor)),
            "mergedBy" => maybe(pull.merged_by.clone().map(Node::Actor)),
            "mergeCommit" => match &pull.merge_commit {
                Some(sha) => self.git_object(sha),
                None => Ok(Resolved::Null),
            },
            "labels" => {
                page("LabelConnection", pull.labels.iter().cloned().map(Node::Label).collect(), arguments)
            }
            _ => {
                let node = |commit| Node::PullCommit { pull: pull.number, commit: CommitNode::from(commit) };
                page("PullRequestCommitConnection", pull.commits.iter().map(node).collect(), arguments)
            }
        }
    }

    pub(super) fn of_label(&self, name: &str, field: &str) -> Outcome {
        let Some(label) = self.state.label(name) else { return Ok(Resolved::Null) };
        match field {
            "id" => scalar(node_id("LA", label.id)),
            "name" => scalar(label.name.clone()),
            "color" => scalar(label.color.clone()),
            "description" => scalar(label.description.clone()),
            "isDefault" => scalar(false),
            _ => {
                scalar(format!("{}/labels/{}", repository_page(self.world), crate::call::encode(&label.name)))
            }
        }
    }

    /// GraphQL gives a bot's login without the `[bot]` that REST adds.
    pub(super) fn of_actor(&self, login: &str, field: &str) -> Outcome {
        let name = login.trim_end_matches("[bot]");
        match field {
            "login" => scalar(name),
            "resourcePath" => scalar(format!("/{name}")),
            "avatarUrl" => scalar(format!("{}/avatars/{name}", self.world.urls.web)),
            _ => scalar(format!("{}/{name}", self.world.urls.web)),
        }
    }
}

/// A list of names, which GraphQL also lets one write without the brackets.
fn texts(arguments: &Arguments, name: &str) -> Option<Vec<String>> {
    match arguments.get(name)? {
        Value::Array(items) => {
            Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
        }
        Value::String(one) => Some(vec![one.clone()]),
        _ => None,
    }
}

fn state_name(pull: &Pull) -> &'static str {
    match pull.state {
        PullState::Open => "OPEN",
        PullState::Closed => "CLOSED",
        PullState::Merged => "MERGED",
    }
}
