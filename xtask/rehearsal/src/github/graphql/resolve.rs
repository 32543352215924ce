//! What each field of the schema is worth.
//!
//! Owns the look-ups. Must never shape the answer: `execute` does.

use serde_json::{Map, Value, json};

use crate::git::Object;
use crate::github::association;
use crate::github::graphql::connections::{of_connection, of_window, page};
use crate::github::graphql::execute::Executor;
use crate::github::graphql::nodes::{CommitNode, FieldError, Node, Resolved};
use crate::github::shapes::{REPOSITORY_ID, instant, node_id, repository_page};
use crate::options::Visibility;

pub(super) type Arguments = Map<String, Value>;
pub(super) type Outcome = Result<Resolved, FieldError>;

pub(super) fn scalar(value: impl Into<Value>) -> Outcome {
    Ok(Resolved::Scalar(value.into()))
}

pub(super) fn maybe(node: Option<Node>) -> Outcome {
    Ok(node.map_or(Resolved::Null, Resolved::One))
}

pub(super) fn text<'a>(arguments: &'a Arguments, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str)
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

    fn reference(&self, name: &str) -> Outcome {
        let found = self.world.store.reference(name)?;
        maybe(found.map(|(sha, _)| Node::Ref { name: name.to_owned(), sha }))
    }

    /// The object of that id; an id that names nothing is `null` and no error.
    pub(super) fn git_object(&self, sha: &str) -> Outcome {
        maybe(self.world.store.object(sha)?.map(|found| match found {
            Object::Commit(commit) => Node::Commit(commit.into()),
            Object::Tag(tag) => Node::Tag(tag),
        }))
    }
}

fn short(sha: &str) -> Value {
    json!(sha.get(..7))
}
