//! The control server: faults in, log and state out.
//!
//! Owns the HTTP face of [`crate::Rehearsal`]'s methods, for programs that run outside this process. Must never answer as
//! GitHub or the registry, and is neither logged nor hit by faults.
//!
//! | request | does |
//! |---|---|
//! | `GET /` | the addresses of all servers |
//! | `POST /faults` | lets one fault, or a list of them, wait: `{"where": {"operation": …}, "nth": 1, "times": 1, "kind": …}` |
//! | `GET /faults`, `DELETE /faults` | shows or forgets all faults |
//! | `GET /requests`, `DELETE /requests` | shows or empties the log of requests |
//! | `GET /state` | releases, refs, pull requests and pushed images, as [`Snapshot`] |
//! | `POST /pull-requests` | adds one pull request, or a list, as in a `--pulls` file |
//! | `POST /rate-limit` | `{"remaining": 0, "reset_in": 2.5}`: what every token has left, and for how many seconds |

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::seed::SeedPullRequest;
use crate::snapshot::Snapshot;
use crate::world::World;

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(addresses))
        .route("/faults", get(list_faults).post(add_faults).delete(clear_faults))
        .route("/requests", get(list_requests).delete(clear_requests))
        .route("/state", get(state))
        .route("/pull-requests", post(add_pull_request))
        .route("/rate-limit", post(set_rate_limit))
        .with_state(world)
}

async fn addresses(State(world): State<Arc<World>>) -> Json<Value> {
    let urls = &world.urls;
    Json(json!({
        "rehearsal": true,
        "api": urls.api,
        "graphql": format!("{}/graphql", urls.api),
        "uploads": urls.uploads,
        "web": urls.web,
        "registry": urls.registry.to_string(),
        "control": urls.control,
    }))
}

async fn list_faults(State(world): State<Arc<World>>) -> Json<Vec<Fault>> {
    Json(world.faults().list())
}

async fn add_faults(State(world): State<Arc<World>>, body: Bytes) -> Response {
    match one_or_many::<Fault>(&body) {
        Ok(faults) => {
            let mut waiting = world.faults();
            faults.into_iter().for_each(|fault| waiting.add(fault));
            (StatusCode::CREATED, Json(json!(waiting.list()))).into_response()
        }
        Err(message) => refused(message),
    }
}

async fn clear_faults(State(world): State<Arc<World>>) -> StatusCode {
    world.faults().clear();
    StatusCode::NO_CONTENT
}

async fn list_requests(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!(*world.journal()))
}

async fn clear_requests(State(world): State<Arc<World>>) -> StatusCode {
    world.journal().clear();
    StatusCode::NO_CONTENT
}

async fn state(State(world): State<Arc<World>>) -> Json<Snapshot> {
    Json(Snapshot::take(&world))
}

async fn add_pull_request(State(world): State<Arc<World>>, body: Bytes) -> Response {
    let pulls = match one_or_many::<SeedPullRequest>(&body) {
        Ok(pulls) => pulls,
        Err(message) => return refused(message),
    };
    for pull in pulls {
        let added = world.state().add_pull(&world, pull);
        if let Err(error) = added {
            return refused(error.to_string());
        }
    }
    StatusCode::CREATED.into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateLimitWish {
    remaining: u32,
    reset_in: f64,
}

async fn set_rate_limit(State(world): State<Arc<World>>, body: Bytes) -> Response {
    match serde_json::from_slice::<RateLimitWish>(&body) {
        Ok(wish) => {
            let reset_in = Duration::try_from_secs_f64(wish.reset_in).unwrap_or_default();
            world.state().limits.set_remaining(wish.remaining, reset_in);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => refused(error.to_string()),
    }
}

fn one_or_many<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let many = if value.is_array() { value } else { Value::Array(vec![value]) };
    serde_json::from_value(many).map_err(|error| error.to_string())
}

fn refused(message: String) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "message": message }))).into_response()
}
