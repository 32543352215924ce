//! Repositories: ours, and the forks that pull requests come from.
//!
//! Owns the JSON of a repository. Must never say more of a fork than that it is one.

use serde_json::{Map, Value, json};

use crate::github::shapes::{REPOSITORY_ID, node_id, user};
use crate::options::{RepositoryRights, Visibility};
use crate::world::World;

/// Addresses that are the repository's own with something behind it.
const LINKS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// Counters that nobody in a rehearsal moves.
const COUNTS: &[&str] = &[
    "forks",
    "forks_count",
    "open_issues",
    "open_issues_count",
    "size",
    "stargazers_count",
    "watchers",
    "watchers_count",
];

/// How the repository merges.
const SETTINGS: &[(&str, bool)] = &[
    ("allow_squash_merge", true),
    ("allow_merge_commit", true),
    ("allow_rebase_merge", false),
    ("allow_auto_merge", false),
    ("delete_branch_on_merge", false),
    ("allow_update_branch", false),
    ("use_squash_pr_title_as_default", false),
];

/// The repository itself, or the fork of that full name.
pub(crate) fn repository(world: &World, fork: Option<&str>, rights: RepositoryRights) -> Value {
    let options = &world.options;
    let full_name = fork.map_or_else(|| format!("{}/{}", options.owner, options.name), str::to_owned);
    let (owner, name) = full_name.split_once('/').unwrap_or((full_name.as_str(), options.name.as_str()));
    let url = format!("{}/repos/{full_name}", world.urls.api);
    let page = format!("{}/{full_name}", world.urls.web);
    let id = if fork.is_some() { REPOSITORY_ID + 1 } else { REPOSITORY_ID };
    let private = options.visibility == Visibility::Private;
    let mut fields = Map::new();
    let base = json!({
        "id": id,
        "node_id": node_id("R", id),
        "name": name,
        "full_name": full_name,
        "private": private,
        "owner": user(world, owner),
        "html_url": page,
        "description": "A rehearsal, not the real repository",
        "fork": fork.is_some(),
        "url": url,
        "clone_url": format!("file://{}", options.git_dir.display()),
        "git_url": format!("file://{}", options.git_dir.display()),
        "ssh_url": format!("file://{}", options.git_dir.display()),
        "svn_url": page,
        "mirror_url": null,
        "homepage": null,
        "language": null,
        "license": null,
        "has_issues": true,
        "has_projects": false,
        "has_downloads": true,
        "has_wiki": false,
        "has_pages": false,
        "has_discussions": false,
        "archived": false,
        "disabled": false,
        "allow_forking": true,
        "is_template": false,
        "web_commit_signoff_required": false,
        "topics": [],
        "visibility": if private { "private" } else { "public" },
        "default_branch": options.default_branch,
        "pushed_at": "2020-01-01T00:00:00Z",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "permissions": {
            "admin": false,
            "maintain": false,
            "push": rights >= RepositoryRights::Push,
            "triage": rights >= RepositoryRights::Push,
            "pull": rights >= RepositoryRights::Pull,
        },
    });
    if let Value::Object(base) = base {
        fields.extend(base);
    }
    fields.extend(LINKS.iter().map(|(key, rest)| ((*key).to_owned(), json!(format!("{url}{rest}")))));
    fields.extend(COUNTS.iter().map(|key| ((*key).to_owned(), json!(0))));
    Value::Object(fields)
}

/// The repository as it is shown when it is asked for by itself: with its organisation and, to those who may push, the ways in which it
/// merges.
pub(crate) fn whole_repository(world: &World, rights: RepositoryRights) -> Value {
    let mut shown = repository(world, None, rights);
    let Value::Object(fields) = &mut shown else { return shown };
    fields.insert("organization".to_owned(), user(world, &world.options.owner));
    fields.extend(["network_count", "subscribers_count"].map(|key| (key.to_owned(), json!(0))));
    if rights >= RepositoryRights::Push {
        fields.insert("temp_clone_token".to_owned(), json!(""));
        fields.extend(SETTINGS.iter().map(|(key, value)| ((*key).to_owned(), json!(value))));
    }
    shown
}
