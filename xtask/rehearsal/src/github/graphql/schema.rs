//! The part of GitHub's schema that is offered, as data.
//!
//! Owns types, fields and arguments; names and nesting are GitHub's. Must never contain a value.

/// A type: object or interface.
pub(super) struct TypeDef {
    pub(super) name: &'static str,
    /// The objects that an interface stands for; empty for an object.
    pub(super) possible: &'static [&'static str],
    pub(super) fields: &'static [FieldDef],
}

/// A field.
pub(super) struct FieldDef {
    pub(super) name: &'static str,
    /// The type it leads to, lists included; `None` is a scalar.
    pub(super) leads_to: Option<&'static str>,
    /// Names of its arguments; `!` marks one that must be given.
    pub(super) arguments: &'static [&'static str],
}

impl FieldDef {
    /// Whether the field is a list that is read in pages.
    pub(super) fn is_connection(&self) -> bool {
        self.leads_to.is_some_and(|name| name.ends_with("Connection"))
    }
}

const fn scalar(name: &'static str) -> FieldDef {
    FieldDef { name, leads_to: None, arguments: &[] }
}

const fn object(name: &'static str, of: &'static str, arguments: &'static [&'static str]) -> FieldDef {
    FieldDef { name, leads_to: Some(of), arguments }
}

const fn plain(name: &'static str, fields: &'static [FieldDef]) -> TypeDef {
    TypeDef { name, possible: &[], fields }
}

const PAGED: &[&str] = &["first", "last", "after", "before"];

macro_rules! connection {
    ($name:literal, $edge:literal, $of:literal) => {
        plain(
            $name,
            &[
                scalar("totalCount"),
                object("pageInfo", "PageInfo", &[]),
                object("nodes", $of, &[]),
                object("edges", $edge, &[]),
            ],
        )
    };
}

macro_rules! edge {
    ($name:literal, $of:literal) => {
        plain($name, &[scalar("cursor"), object("node", $of, &[])])
    };
}

const ACTOR: &[FieldDef] = &[scalar("login"), scalar("url"), scalar("avatarUrl"), scalar("resourcePath")];
const GIT_OBJECT: &[FieldDef] = &[scalar("id"), scalar("oid"), scalar("abbreviatedOid")];

const TYPES: &[TypeDef] = &[
    plain(
        "Query",
        &[
            object("repository", "Repository", &["owner!", "name!", "followRenames"]),
            object("rateLimit", "RateLimit", &["dryRun"]),
            object("viewer", "User", &[]),
        ],
    ),
    plain(
        "Repository",
        &[
            scalar("id"),
            scalar("name"),
            scalar("nameWithOwner"),
            scalar("url"),
            scalar("isPrivate"),
            scalar("viewerPermission"),
            object("defaultBranchRef", "Ref", &[]),
            object("ref", "Ref", &["qualifiedName!"]),
            object("object", "GitObject", &["oid", "expression"]),
            object("pullRequest", "PullRequest", &["number!"]),
            object(
                "pullRequests",
                "PullRequestConnection",
                &[
                    "states",
                    "baseRefName",
                    "headRefName",
                    "labels",
                    "orderBy",
                    "first",
                    "last",
                    "after",
                    "before",
                ],
            ),
            object("labels", "LabelConnection", &["first", "last", "after", "before", "query", "orderBy"]),
        ],
    ),
    plain("Ref", &[scalar("id"), scalar("name"), scalar("prefix"), object("target", "GitObject", &[])]),
    TypeDef { name: "GitObject", possible: &["Commit", "Tag"], fields: GIT_OBJECT },
    plain(
        "Commit",
        &[
            scalar("id"),
            scalar("oid"),
            scalar("abbreviatedOid"),
            scalar("message"),
            scalar("messageHeadline"),
            scalar("messageBody"),
            scalar("authoredDate"),
            scalar("committedDate"),
            scalar("url"),
            object("parents", "CommitConnection", PAGED),
            object(
                "associatedPullRequests",
                "PullRequestConnection",
                &["first", "last", "after", "before", "orderBy"],
            ),
        ],
    ),
    plain(
        "Tag",
        &[
            scalar("id"),
            scalar("oid"),
            scalar("abbreviatedOid"),
            scalar("name"),
            scalar("message"),
            object("target", "GitObject", &[]),
        ],
    ),
    plain(
        "PullRequest",
        &[
            scalar("id"),
            scalar("fullDatabaseId"),
            scalar("number"),
            scalar("title"),
            scalar("body"),
            scalar("url"),
            scalar("permalink"),
            scalar("state"),
            scalar("closed"),
            scalar("merged"),
            scalar("isDraft"),
            scalar("isCrossRepository"),
            scalar("createdAt"),
            scalar("updatedAt"),
            scalar("closedAt"),
            scalar("mergedAt"),
            scalar("baseRefName"),
            scalar("headRefName"),
            scalar("headRefOid"),
            object("author", "Actor", &[]),
            object("mergedBy", "Actor", &[]),
            object("mergeCommit", "Commit", &[]),
            object("labels", "LabelConnection", &["first", "last", "after", "before", "orderBy"]),
            object("commits", "PullRequestCommitConnection", PAGED),
        ],
    ),
    plain("PullRequestCommit", &[scalar("id"), scalar("url"), object("commit", "Commit", &[])]),
    plain(
        "Label",
        &[
            scalar("id"),
            scalar("name"),
            scalar("color"),
            scalar("description"),
            scalar("isDefault"),
            scalar("url"),
        ],
    ),
    TypeDef { name: "Actor", possible: &["User", "Bot", "Organization"], fields: ACTOR },
    plain("User", ACTOR),
    plain("Bot", ACTOR),
    plain("Organization", ACTOR),
    plain(
        "RateLimit",
        &[
            scalar("limit"),
            scalar("cost"),
            scalar("remaining"),
            scalar("used"),
            scalar("resetAt"),
            scalar("nodeCount"),
        ],
    ),
    plain(
        "PageInfo",
        &[scalar("hasNextPage"), scalar("endCursor"), scalar("hasPreviousPage"), scalar("startCursor")],
    ),
    connection!("PullRequestConnection", "PullRequestEdge", "PullRequest"),
    connection!("PullRequestCommitConnection", "PullRequestCommitEdge", "PullRequestCommit"),
    connection!("CommitConnection", "CommitEdge", "Commit"),
    connection!("LabelConnection", "LabelEdge", "Label"),
    edge!("PullRequestEdge", "PullRequest"),
    edge!("PullRequestCommitEdge", "PullRequestCommit"),
    edge!("CommitEdge", "Commit"),
    edge!("LabelEdge", "Label"),
];

/// A type by its name.
pub(super) fn type_named(name: &str) -> Option<&'static TypeDef> {
    TYPES.iter().find(|found| found.name == name)
}

/// A field of a type.
pub(super) fn field(type_name: &str, name: &str) -> Option<&'static FieldDef> {
    type_named(type_name)?.fields.iter().find(|field| field.name == name)
}

/// Whether an object of one type is also of another: the same, or an interface it implements.
pub(super) fn is_a(object: &str, wanted: &str) -> bool {
    object == wanted || type_named(wanted).is_some_and(|found| found.possible.contains(&object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_leads_to_a_type_that_is_there() {
        for found in TYPES {
            for field in found.fields {
                if let Some(name) = field.leads_to {
                    assert!(type_named(name).is_some(), "{}.{} leads to {name}", found.name, field.name);
                }
            }
        }
    }

    #[test]
    fn interfaces_offer_nothing_their_objects_lack() {
        for interface in TYPES {
            for object in interface.possible {
                for shared in interface.fields {
                    assert!(field(object, shared.name).is_some(), "{object} lacks {}", shared.name);
                }
            }
        }
    }
}
