//! People and bots.
//!
//! Owns the JSON of an account. Must never invent one: a deleted account is `null`.

use serde_json::{Value, json};

use crate::github::shapes::node_id;
use crate::world::World;

/// An account that may be gone.
pub(crate) fn optional_user(world: &World, login: Option<&str>) -> Value {
    login.map_or(Value::Null, |login| user(world, login))
}

/// An account.
pub(crate) fn user(world: &World, login: &str) -> Value {
    let id = account_id(login);
    let encoded = crate::call::encode(login);
    let url = format!("{}/users/{encoded}", world.urls.api);
    let kind = if login.ends_with("[bot]") {
        "Bot"
    } else if login == world.options.owner {
        "Organization"
    } else {
        "User"
    };
    json!({
        "login": login,
        "id": id,
        "node_id": node_id("U", id),
        "avatar_url": format!("{}/avatars/{id}", world.urls.web),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("{}/{encoded}", world.urls.web),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": kind,
        "site_admin": false,
    })
}

/// An account as it is shown when it is asked for by itself; nobody in a rehearsal has said anything about themselves.
pub(crate) fn public_user(world: &World, login: &str) -> Value {
    let mut shown = user(world, login);
    let Value::Object(fields) = &mut shown else { return shown };
    let unsaid = ["bio", "company", "email", "hireable", "location", "name"];
    fields.extend(unsaid.map(|key| (key.to_owned(), Value::Null)));
    fields.extend(
        ["followers", "following", "public_gists", "public_repos"].map(|key| (key.to_owned(), json!(0))),
    );
    fields.insert("blog".to_owned(), json!(""));
    fields.extend(["created_at", "updated_at"].map(|key| (key.to_owned(), json!("2020-01-01T00:00:00Z"))));
    shown
}

/// An id that is the same whenever the login is.
fn account_id(login: &str) -> u32 {
    login.bytes().fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619)) >> 1
}
