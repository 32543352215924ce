//! The JSON of GitHub's answers.
//!
//! Owns field names and addresses; every property that GitHub's description requires is there. Must never decide what is
//! shown, only how.

mod commit;
mod pull;
mod release;
mod repository;
mod user;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::github::state::Label;
use crate::world::World;

pub(crate) use commit::{changed_file, commit, git_ref, git_tag};
pub(crate) use pull::{full_pull, head_sha, simple_pull};
pub(crate) use release::{asset, release};
pub(crate) use repository::{repository, whole_repository};
pub(crate) use user::{optional_user, public_user, user};

/// The repository's id, of which there is one.
pub(crate) const REPOSITORY_ID: u64 = 4242;

/// A moment the way GitHub writes it: whole seconds, UTC.
pub(crate) fn instant(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The repository's address in the API.
pub(crate) fn repository_url(world: &World) -> String {
    format!("{}/repos/{}/{}", world.urls.api, world.options.owner, world.options.name)
}

/// The repository's address on the website.
pub(crate) fn repository_page(world: &World) -> String {
    format!("{}/{}/{}", world.urls.web, world.options.owner, world.options.name)
}

/// An opaque id, as GraphQL uses it.
pub(crate) fn node_id(kind: &str, id: impl std::fmt::Display) -> String {
    format!("{kind}_rehearsal{id}")
}

/// A label.
pub(crate) fn label(world: &World, label: &Label) -> Value {
    json!({
        "id": label.id,
        "node_id": node_id("LA", label.id),
        "url": format!("{}/labels/{}", repository_url(world), crate::call::encode(&label.name)),
        "name": label.name,
        "description": label.description,
        "color": label.color,
        "default": false,
    })
}
