//! Pages of lists.
//!
//! Owns cursors. Must never fetch: it cuts what it is given.

use serde_json::{Map, Value, json};

use crate::github::graphql::nodes::{Connection, FieldError, Node, Resolved, Window};

/// Cuts the page that the arguments ask for out of a list.
pub(super) fn page(
    kind: &'static str,
    all: Vec<Node>,
    arguments: &Map<String, Value>,
) -> Result<Resolved, FieldError> {
    let total = all.len();
    let mut start = place(arguments, "after")?.map_or(0, |index| index.saturating_add(1)).min(total);
    let mut end = place(arguments, "before")?.unwrap_or(total).clamp(start, total);
    if let Some(first) = size(arguments, "first") {
        end = end.min(start.saturating_add(first));
    } else if let Some(last) = size(arguments, "last") {
        start = start.max(end.saturating_sub(last));
    }
    let items = all
        .into_iter()
        .enumerate()
        .skip(start)
        .take(end.saturating_sub(start))
        .map(|(index, node)| (cursor(index), node))
        .collect();
    Ok(Resolved::One(Node::Connection(Connection { kind, items, window: Window { total, start, end } })))
}

/// A field of a page.
pub(super) fn of_connection(connection: &Connection, field: &str) -> Resolved {
    match field {
        "totalCount" => Resolved::Scalar(json!(connection.window.total)),
        "pageInfo" => Resolved::One(Node::PageInfo(connection.window.clone())),
        "nodes" => Resolved::Many(connection.items.iter().map(|(_, node)| node.clone()).collect()),
        _ => Resolved::Many(
            connection
                .items
                .iter()
                .map(|(cursor, node)| Node::Edge {
                    kind: edge(connection.kind),
                    cursor: cursor.clone(),
                    node: Box::new(node.clone()),
                })
                .collect(),
        ),
    }
}

/// A field of a page's place in its list.
pub(super) fn of_window(window: &Window, field: &str) -> Resolved {
    let empty = window.start >= window.end;
    Resolved::Scalar(match field {
        "hasNextPage" => json!(window.end < window.total),
        "hasPreviousPage" => json!(window.start > 0),
        "endCursor" if !empty => json!(cursor(window.end.saturating_sub(1))),
        "startCursor" if !empty => json!(cursor(window.start)),
        _ => Value::Null,
    })
}

fn edge(connection: &str) -> &'static str {
    match connection {
        "PullRequestConnection" => "PullRequestEdge",
        "PullRequestCommitConnection" => "PullRequestCommitEdge",
        "CommitConnection" => "CommitEdge",
        _ => "LabelEdge",
    }
}

const CURSOR: &str = "Y3Vyc29yOn";

fn cursor(index: usize) -> String {
    format!("{CURSOR}{index:x}")
}

fn place(arguments: &Map<String, Value>, side: &str) -> Result<Option<usize>, FieldError> {
    let Some(text) = arguments.get(side).and_then(Value::as_str) else { return Ok(None) };
    let index = text.strip_prefix(CURSOR).and_then(|digits| usize::from_str_radix(digits, 16).ok());
    index.map(Some).ok_or_else(|| FieldError {
        kind: "INVALID_CURSOR_ARGUMENTS",
        message: format!("`{text}` does not appear to be a valid cursor."),
    })
}

fn size(arguments: &Map<String, Value>, side: &str) -> Option<usize> {
    arguments.get(side).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok())
}
