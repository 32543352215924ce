//! Single pull requests through the REST API: read, find, open, change. Never lists what was merged (`associated` does).

use http::Method;
use jiff::Timestamp;
use release_core::facts::{PullRequestFacts, parts_of_message};
use release_core::finding::Cause;
use serde::Deserialize;
use serde_json::json;

use super::GitHub;
use super::address::encoded;
use crate::failure::Failure;
use crate::forge::operation::{Missing, Operation};
use crate::forge::{Message, NewPullRequest, Origin, PullRequest, Written};

/// The rights that reading and writing pull requests need.
pub(super) const READ: &str = "`pull-requests: read`";
const WRITE: &str = "`pull-requests: write`";

/// The workflow token may be kept from opening pull requests by a setting of the repository.
const SETTING: &str = "for the token of a workflow run, also switch on \"Allow GitHub Actions to create and approve pull requests\" in \
                       the settings of the repository";

/// A pull request, as far as it is used.
#[derive(Deserialize)]
struct Shape {
    number: u64,
    title: String,
    body: Option<String>,
    user: Option<User>,
    html_url: String,
    base: Branch,
    head: Branch,
    labels: Vec<Label>,
    merged_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(rename = "ref")]
    name: String,
    /// None where a fork was deleted.
    #[serde(default)]
    repo: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

/// A commit of a pull request, as far as it is used.
#[derive(Deserialize)]
struct Listed {
    commit: Text,
}

#[derive(Deserialize)]
struct Text {
    message: String,
}

impl From<Listed> for Message {
    fn from(listed: Listed) -> Self {
        let (subject, body) = parts_of_message(&listed.commit.message);
        Self { subject: subject.to_owned(), body: body.to_owned() }
    }
}

/// What a write answers, as far as it is used.
#[derive(Deserialize)]
struct Numbered {
    number: u64,
}

impl From<Shape> for PullRequestFacts {
    fn from(shape: Shape) -> Self {
        let bot = shape.user.as_ref().is_some_and(|user| user.kind == "Bot");
        Self {
            number: shape.number,
            title: shape.title,
            body: shape.body.unwrap_or_default(),
            author: shape.user.map(|user| user.login),
            bot,
            url: shape.html_url,
            base: shape.base.name,
            head: shape.head.name,
            // Who asks by address says so: see `read_pull_request`.
            fork: false,
            labels: shape.labels.into_iter().map(|label| label.name).collect(),
            merged: shape.merged_at,
            commits: Vec::new(),
        }
    }
}

impl GitHub {
    pub(super) fn read_pull_request(&self, number: u64) -> Result<PullRequest, Failure> {
        let operation =
            Operation::read(format!("read the pull request #{number}"), READ).missing(Missing::Answer);
        let shape: Option<Shape> = self.read_one(&operation, &format!("/pulls/{number}"))?;
        let shape = shape.ok_or_else(|| {
            Failure::new(
                Cause::TokenRights,
                format!("there is no pull request #{number} that this token may see"),
                format!(
                    "look whether the number is right; if it is, give the token {READ} for this repository"
                ),
            )
        })?;
        let origin = if self.is_own(&shape.head) { Origin::Own } else { Origin::Foreign };
        let facts = PullRequestFacts { fork: origin == Origin::Foreign, ..shape.into() };
        Ok(PullRequest { facts, origin })
    }

    pub(super) fn read_messages(&self, number: u64) -> Result<Vec<Message>, Failure> {
        let operation = Operation::read(format!("read the commits of the pull request #{number}"), READ);
        let listed: Option<Vec<Listed>> = self.read_all(&operation, &format!("/pulls/{number}/commits"))?;
        let listed = listed.ok_or_else(|| super::calls::unexpected(&operation))?;
        Ok(listed.into_iter().map(Message::from).collect())
    }

    /// Whether a branch lies in this repository.
    fn is_own(&self, branch: &Branch) -> bool {
        let repository = branch.repo.as_ref();
        repository.is_some_and(|it| it.full_name.eq_ignore_ascii_case(&self.address.repository()))
    }

    pub(super) fn find_open_pull_request(
        &self,
        head: &str,
        base: &str,
    ) -> Result<Option<PullRequestFacts>, Failure> {
        let operation = Operation::read(format!("look for a pull request from `{head}` into `{base}`"), READ);
        let from = encoded(&format!("{}:{head}", self.address.owner));
        let route = format!("/pulls?state=open&head={from}&base={}", encoded(base));
        let shapes: Option<Vec<Shape>> = self.read_all(&operation, &route)?;
        // The filters are loose, and a fork may have a branch of the same name.
        let own =
            |shape: &Shape| shape.head.name == head && shape.base.name == base && self.is_own(&shape.head);
        Ok(shapes.unwrap_or_default().into_iter().find(own).map(PullRequestFacts::from))
    }

    pub(super) fn open_new_pull_request(&self, request: &NewPullRequest) -> Result<Written<u64>, Failure> {
        let what = format!("open a pull request from `{}` into `{}`", request.head, request.base);
        let operation = Operation::create(what, WRITE).advice(SETTING);
        let body = json!({
            "title": request.title,
            "body": request.body,
            "head": request.head,
            "base": request.base,
        });
        Ok(match self.write::<Numbered>(&operation, &Method::POST, "/pulls", &body)? {
            Written::Yes(made) => Written::Yes(made.number),
            Written::Exists => Written::Exists,
            Written::Unknown(why) => Written::Unknown(why),
        })
    }

    pub(super) fn change_pull_request(
        &self,
        number: u64,
        request: &NewPullRequest,
    ) -> Result<Written<()>, Failure> {
        let operation = Operation::repeatable(format!("change the pull request #{number}"), WRITE);
        let body = json!({ "title": request.title, "body": request.body });
        Ok(match self.write::<Numbered>(&operation, &Method::PATCH, &format!("/pulls/{number}"), &body)? {
            Written::Yes(_) => Written::Yes(()),
            Written::Exists => Written::Exists,
            Written::Unknown(why) => Written::Unknown(why),
        })
    }
}
