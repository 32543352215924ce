//! What each field of the schema is worth.
//!
//! Owns the look-ups. Must never shape the answer: `execute` does.

use serde_json::{Map, Value, json};

use crate::call::Quirk;
use crate::github::association;
use crate::github::graphql::connections::{of_connection, of_window, page};
use crate::github::graphql::execute::Executor;
use crate::github::graphql::nodes::{CommitNode, FieldError, Node, Resolved};
use crate::github::shapes::{REPOSITORY_ID, head_sha, instant, node_id, repository_page};
use crate::github::state::Pull;
use crate::options::Visibility;
use crate::seed::PullState;

type Arguments = Map<String, Value>;
type Outcome = Result<Resolved, FieldError>;

fn scalar(value: impl Into<Value>) -> Outcome {
    Ok(Resolved::Scalar(value.into()))
}

fn maybe(node: Option<Node>) -> Outcome {
    Ok(node.map_or(Resolved::Null, Resolved::One))
}

fn text<'a>(arguments: &'a Arguments, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str)
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

impl Executor<'_> {
    /// The worth of a field that validation has found to exist.
    pub(super) fn resolve(&mut self, node: &Node, field: &str, arguments: &Arguments) -> Outcome {
        match node {
            Node::Query => self.of_query(field, arguments),
            Node::Repository => self.of_repository(field, arguments),
            Node::RateLimit => self.of_rate_limit(field),
            Node::Ref { name, sha } => self.of_ref(name, sha, field),
            Node::Commit(commit) => self.of_commit(commit, field, arguments),
            Node::Tag(tag) => match field {
                "id" => scalar(node_id("TA", &tag.sha)),
                "oid" => scalar(tag.sha.clone()),
                "abbreviatedOid" => scalar(short(&tag.sha)),
                "name" => scalar(tag.name.clone()),
                "message" => scalar(tag.message.clone()),
                _ => self.git_object(&tag.target),
            },
            Node::Pull(number) => match self.state.pulls.get(number).cloned() {
                Some(pull) => self.of_pull(&pull, field, arguments),
                None => Ok(Resolved::Null),
            },
            Node::PullCommit { pull, commit } => match field {
                "id" => scalar(node_id("PRC", format!("{pull}_{}", commit.sha))),
                "url" => {
                    scalar(format!("{}/pull/{pull}/commits/{}", repository_page(self.world), commit.sha))
                }
                _ => Ok(Resolved::One(Node::Commit(commit.clone()))),
            },
            Node::Label(name) => self.of_label(name, field),
            Node::Actor(login) => self.of_actor(login, field),
            Node::Connection(connection) => Ok(of_connection(connection, field)),
            Node::Edge { cursor, node, .. } => match field {
                "cursor" => scalar(cursor.clone()),
                _ => Ok(Resolved::One((**node).clone())),
            },
            Node::PageInfo(window) => Ok(of_window(window, field)),
        }
    }

    fn of_query(&mut self, field: &str, arguments: &Arguments) -> Outcome {
        match field {
            "viewer" => Ok(Resolved::One(Node::Actor(self.viewer.clone()))),
            "rateLimit" => Ok(Resolved::One(Node::RateLimit)),
            _ => {
                let (owner, name) = (text(arguments, "owner"), text(arguments, "name"));
                let (owner, name) = (owner.unwrap_or_default(), name.unwrap_or_default());
                let options = &self.world.options;
                let ours =
                    owner.eq_ignore_ascii_case(&options.owner) && name.eq_ignore_ascii_case(&options.name);
                if ours && self.visible {
                    Ok(Resolved::One(Node::Repository))
                } else {
                    Err(FieldError::not_found(format!("Repository with the name '{owner}/{name}'")))
                }
            }
        }
    }

    fn of_repository(&mut self, field: &str, arguments: &Arguments) -> Outcome {
        let options = &self.world.options;
        match field {
            "id" => scalar(node_id("R", REPOSITORY_ID)),
            "name" => scalar(options.name.clone()),
            "nameWithOwner" => scalar(format!("{}/{}", options.owner, options.name)),
            "url" => scalar(repository_page(self.world)),
            "isPrivate" => scalar(options.visibility == Visibility::Private),
            "viewerPermission" => scalar("WRITE"),
            "defaultBranchRef" => self.reference(&format!("refs/heads/{}", options.default_branch)),
            "ref" => {
                let name = text(arguments, "qualifiedName").unwrap_or_default();
                let name =
                    if name.starts_with("refs/") { name.to_owned() } else { format!("refs/heads/{name}") };
                self.reference(&name)
            }
            "object" => match (text(arguments, "oid"), text(arguments, "expression")) {
                (Some(oid), _) => self.git_object(oid),
                (None, Some(expression)) => match self.world.store.resolve(expression)? {
                    Some(sha) => self.git_object(&sha),
                    None => Ok(Resolved::Null),
                },
                (None, None) => Ok(Resolved::Null),
            },
            "pullRequest" => {
                let number = arguments.get("number").and_then(Value::as_u64).unwrap_or_default();
                match self.state.pulls.contains_key(&number) {
                    true => Ok(Resolved::One(Node::Pull(number))),
                    false => Err(FieldError::not_found(format!("PullRequest with the number of {number}"))),
                }
            }
            "labels" => {
                let labels = self.state.labels.iter().map(|label| Node::Label(label.name.clone())).collect();
                page("LabelConnection", labels, arguments)
            }
            _ => self.pull_requests(arguments),
        }
    }

    fn pull_requests(&mut self, arguments: &Arguments) -> Outcome {
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
            found.sort_by_key(|pull| (updated(pull), pull.number));
        } else {
            found.sort_by_key(|pull| (pull.created_at, pull.number));
        }
        if ordered("direction") == Some("DESC") {
            found.reverse();
        }
        let found = found.into_iter().map(|pull| Node::Pull(pull.number)).collect();
        page("PullRequestConnection", found, arguments)
    }

    fn of_rate_limit(&self, field: &str) -> Outcome {
        let standing = self.standing;
        match field {
            "limit" => scalar(standing.limit),
            "cost" => scalar(self.price.points),
            "remaining" => scalar(standing.remaining),
            "used" => scalar(standing.used),
            "resetAt" => scalar(instant(standing.reset)),
            _ => scalar(self.price.nodes),
        }
    }

    fn of_ref(&self, name: &str, sha: &str, field: &str) -> Outcome {
        let cut = ["refs/heads/", "refs/tags/"]
            .into_iter()
            .find(|prefix| name.starts_with(prefix))
            .unwrap_or("refs/");
        match field {
            "id" => scalar(node_id("REF", name)),
            "name" => scalar(name.strip_prefix(cut).unwrap_or(name)),
            "prefix" => scalar(cut),
            _ => self.git_object(sha),
        }
    }

    fn of_commit(&mut self, commit: &CommitNode, field: &str, arguments: &Arguments) -> Outcome {
        let (headline, body) = commit.message.split_once('\n').unwrap_or((commit.message.as_str(), ""));
        match field {
            "id" => scalar(node_id("C", &commit.sha)),
            "oid" => scalar(commit.sha.clone()),
            "abbreviatedOid" => scalar(short(&commit.sha)),
            "message" => scalar(commit.message.clone()),
            "messageHeadline" => scalar(headline),
            "messageBody" => scalar(body.trim()),
            "authoredDate" => scalar(instant(commit.authored)),
            "committedDate" => scalar(instant(commit.committed)),
            "url" => scalar(format!("{}/commit/{}", repository_page(self.world), commit.sha)),
            "parents" => {
                let parents = commit.parents.iter().map(|sha| self.world.store.commit(sha));
                let parents = parents.collect::<Result<Vec<_>, _>>()?;
                let parents =
                    parents.into_iter().flatten().map(|parent| Node::Commit(parent.into())).collect();
                page("CommitConnection", parents, arguments)
            }
            _ => {
                let numbers = association::of_commit(self.world, self.state, &commit.sha)?;
                page("PullRequestConnection", numbers.into_iter().map(Node::Pull).collect(), arguments)
            }
        }
    }

    fn of_pull(&mut self, pull: &Pull, field: &str, arguments: &Arguments) -> Outcome {
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
            "updatedAt" => scalar(instant(updated(pull))),
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

    fn of_label(&self, name: &str, field: &str) -> Outcome {
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
    fn of_actor(&self, login: &str, field: &str) -> Outcome {
        let name = login.trim_end_matches("[bot]");
        match field {
            "login" => scalar(name),
            "resourcePath" => scalar(format!("/{name}")),
            "avatarUrl" => scalar(format!("{}/avatars/{name}", self.world.urls.web)),
            _ => scalar(format!("{}/{name}", self.world.urls.web)),
        }
    }

    fn reference(&self, name: &str) -> Outcome {
        let found = self.world.store.reference(name)?;
        maybe(found.map(|(sha, _)| Node::Ref { name: name.to_owned(), sha }))
    }

    /// The object of that id; an id that names nothing is `null` and no error.
    fn git_object(&self, sha: &str) -> Outcome {
        if let Some(tag) = self.world.store.tag(sha)? {
            return Ok(Resolved::One(Node::Tag(tag)));
        }
        maybe(self.world.store.commit(sha)?.map(|commit| Node::Commit(commit.into())))
    }
}

fn state_name(pull: &Pull) -> &'static str {
    match pull.state {
        PullState::Open => "OPEN",
        PullState::Closed => "CLOSED",
        PullState::Merged => "MERGED",
    }
}

fn updated(pull: &Pull) -> jiff::Timestamp {
    pull.merged_at.unwrap_or(pull.created_at)
}

fn short(sha: &str) -> Value {
    json!(sha.get(..7))
}
