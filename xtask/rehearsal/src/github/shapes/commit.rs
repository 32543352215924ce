//! Commits, refs and tags.
//!
//! Owns the JSON of what Git holds. Must never look into the repository: it is given what it shows.

use serde_json::{Value, json};

use crate::git::{CommitView, FileChange, Person, TagView};
use crate::github::shapes::{instant, node_id, repository_page, repository_url};
use crate::world::World;

/// A commit. Accounts are not derived from e-mail addresses: `author` and `committer` are `null`.
pub(crate) fn commit(world: &World, commit: &CommitView) -> Value {
    let sha = &commit.sha;
    let (api, page) = (repository_url(world), repository_page(world));
    let url = format!("{api}/commits/{sha}");
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|parent| {
            json!({
                "sha": parent,
                "url": format!("{api}/commits/{parent}"),
                "html_url": format!("{page}/commit/{parent}"),
            })
        })
        .collect();
    json!({
        "sha": sha,
        "node_id": node_id("C", sha),
        "commit": {
            "author": person(&commit.author),
            "committer": person(&commit.committer),
            "message": commit.message,
            "tree": { "sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree) },
            "url": format!("{api}/git/commits/{sha}"),
            "comment_count": 0,
            "verification": unsigned(),
        },
        "url": url,
        "html_url": format!("{page}/commit/{sha}"),
        "comments_url": format!("{url}/comments"),
        "author": null,
        "committer": null,
        "parents": parents,
    })
}

/// A file that differs.
pub(crate) fn changed_file(world: &World, head: &str, file: &FileChange) -> Value {
    let (api, page) = (repository_url(world), repository_page(world));
    let path = file.path.split('/').map(crate::call::encode).collect::<Vec<_>>().join("/");
    json!({
        "sha": file.blob,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": format!("{page}/blob/{head}/{path}"),
        "raw_url": format!("{page}/raw/{head}/{path}"),
        "contents_url": format!("{api}/contents/{path}?ref={head}"),
    })
}

/// A ref and the object it names.
pub(crate) fn git_ref(world: &World, name: &str, sha: &str, kind: &str) -> Value {
    let api = repository_url(world);
    json!({
        "ref": name,
        "node_id": node_id("REF", name.replace('/', "_")),
        "url": format!("{api}/git/{name}"),
        "object": { "sha": sha, "type": kind, "url": object_url(&api, kind, sha) },
    })
}

/// A tag object.
pub(crate) fn git_tag(world: &World, tag: &TagView) -> Value {
    let api = repository_url(world);
    let kind = tag.target_kind;
    json!({
        "node_id": node_id("TA", &tag.sha),
        "tag": tag.name,
        "sha": tag.sha,
        "url": format!("{api}/git/tags/{}", tag.sha),
        "message": tag.message,
        "tagger": tag.tagger.as_ref().map_or(Value::Null, person),
        "object": { "sha": tag.target, "type": kind, "url": object_url(&api, kind, &tag.target) },
        "verification": unsigned(),
    })
}

fn object_url(api: &str, kind: &str, sha: &str) -> String {
    format!("{api}/git/{kind}s/{sha}")
}

fn person(person: &Person) -> Value {
    json!({ "name": person.name, "email": person.email, "date": instant(person.date) })
}

fn unsigned() -> Value {
    json!({ "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null })
}
