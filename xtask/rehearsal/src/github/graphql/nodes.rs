//! What a field can lead to.
//!
//! Owns the kinds of node. Must never look anything up: `resolve` does.

use jiff::Timestamp;
use serde_json::Value;

use crate::git::{CommitView, TagView};
use crate::seed::SeedCommit;

/// A place in the answer from which fields lead on.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Query,
    Repository,
    RateLimit,
    Ref { name: String, sha: String },
    Commit(CommitNode),
    Tag(TagView),
    Pull(u64),
    PullCommit { pull: u64, commit: CommitNode },
    Label(String),
    Actor(String),
    Connection(Connection),
    Edge { kind: &'static str, cursor: String, node: Box<Self> },
    PageInfo(Window),
}

/// A commit of the repository, or one that only a pull request remembers.
#[derive(Clone, Debug)]
pub(super) struct CommitNode {
    pub(super) sha: String,
    pub(super) message: String,
    pub(super) authored: Timestamp,
    pub(super) committed: Timestamp,
    pub(super) parents: Vec<String>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) kind: &'static str,
    pub(super) items: Vec<(String, Node)>,
    pub(super) window: Window,
}

/// Which part of a list a page is.
#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) total: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a field is worth.
pub(super) enum Resolved {
    Null,
    Scalar(Value),
    One(Node),
    Many(Vec<Node>),
}

/// A field that fails by itself: it becomes `null`, and the error is listed.
pub(super) struct FieldError {
    pub(super) kind: &'static str,
    pub(super) message: String,
}

impl FieldError {
    pub(super) fn not_found(what: impl Into<String>) -> Self {
        Self { kind: "NOT_FOUND", message: format!("Could not resolve to a {}.", what.into()) }
    }
}

impl From<git2::Error> for FieldError {
    fn from(error: git2::Error) -> Self {
        Self {
            kind: "INTERNAL",
            message: format!("rehearsal: failed to use the bare repository: {}", error.message()),
        }
    }
}

impl From<CommitView> for CommitNode {
    fn from(commit: CommitView) -> Self {
        Self {
            sha: commit.sha,
            message: commit.message,
            authored: commit.author.date,
            committed: commit.committer.date,
            parents: commit.parents,
        }
    }
}

impl From<&SeedCommit> for CommitNode {
    fn from(commit: &SeedCommit) -> Self {
        Self {
            sha: commit.sha.clone(),
            message: commit.headline.clone(),
            authored: commit.authored_at,
            committed: commit.authored_at,
            parents: Vec::new(),
        }
    }
}

impl Node {
    /// The name of the node's type.
    pub(super) fn type_name(&self, owner: &str) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Repository => "Repository",
            Self::RateLimit => "RateLimit",
            Self::Ref { .. } => "Ref",
            Self::Commit(_) => "Commit",
            Self::Tag(_) => "Tag",
            Self::Pull(_) => "PullRequest",
            Self::PullCommit { .. } => "PullRequestCommit",
            Self::Label(_) => "Label",
            Self::Actor(login) if login.ends_with("[bot]") => "Bot",
            Self::Actor(login) if login == owner => "Organization",
            Self::Actor(_) => "User",
            Self::Connection(connection) => connection.kind,
            Self::Edge { kind, .. } => kind,
            Self::PageInfo(_) => "PageInfo",
        }
    }
}
