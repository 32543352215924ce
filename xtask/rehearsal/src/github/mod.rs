//! A GitHub with one repository.
//!
//! Owns the order in which a request is judged: user agent, token, limits, sight, right, handler, `ETag`. Must never hold
//! state of its own. Sources are GitHub's REST and GraphQL documentation and its published description.

mod assets;
mod association;
mod auth;
mod commits;
mod downloads;
mod errors;
mod exchange;
mod graphql;
mod labels;
mod limits;
mod merging;
mod paging;
mod publishing;
mod pulls;
mod refs;
mod releases;
mod repository;
mod routes;
pub(crate) mod seeding;
mod shapes;
pub(crate) mod state;
mod tags;
mod uploads;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::call::{Access, Call, Server};
use crate::github::auth::Caller;
use crate::github::errors::Refusal;
use crate::github::exchange::Exchange;
use crate::github::limits::Standing;
use crate::github::state::State;
use crate::serving::unknown;
use crate::world::World;

/// The operation that a broken upload concerns.
pub(crate) const UPLOAD: &str = "repos/upload-release-asset";

/// The name of a request's operation, and whether it writes.
pub(crate) fn operation(call: &Call) -> (&'static str, Access) {
    if is_graphql(call) {
        return ("graphql", Access::Read);
    }
    routes::find(call).map_or_else(|| unknown(&call.method), |(route, _)| (route.operation, route.access))
}

/// Answers a request to GitHub.
pub(crate) fn answer(world: &World, call: &Call) -> Answer {
    let mut state = world.state();
    match call.server {
        Server::Web => dispatch(world, &mut state, call, None).unwrap_or_else(Refusal::into_answer),
        Server::Uploads => greet(world, call)
            .and_then(|caller| dispatch(world, &mut state, call, Some(&caller)))
            .unwrap_or_else(Refusal::into_upload_answer),
        Server::Api | Server::Registry => api(world, &mut state, call).unwrap_or_else(Refusal::into_answer),
    }
}

/// What the secondary limit says; GraphQL says it with status 200.
pub(crate) fn secondary_limit(call: &Call, status: u16) -> Answer {
    let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    if is_graphql(call) {
        return Answer::json(200, &json!({ "errors": [{ "type": "RATE_LIMITED", "message": message }] }));
    }
    Refusal::new(status, message).into_answer()
}

fn is_graphql(call: &Call) -> bool {
    call.server == Server::Api && call.method == "POST" && call.path == "/graphql"
}

/// What comes before everything else.
fn greet(world: &World, call: &Call) -> Result<Caller, Refusal> {
    if call.header("user-agent").is_none_or(|agent| agent.trim().is_empty()) {
        return Err(Refusal::new(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
        ));
    }
    Caller::identify(world, call)
}

fn api(world: &World, state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let caller = greet(world, call)?;
    if is_graphql(call) {
        return Ok(graphql::answer(world, state, &caller, call));
    }
    let key = caller.key("core");
    let cost = u32::from(call.path != "/rate_limit");
    let mut standing = match state.limits.charge(&key, caller.allowance(), cost) {
        Ok(standing) => standing,
        Err(standing) => return Ok(with_standing(exceeded(&caller).into_answer(), &standing)),
    };
    let mut answer = dispatch(world, state, call, Some(&caller)).unwrap_or_else(Refusal::into_answer);
    if answer.status == 200 && matches!(call.method.as_str(), "GET" | "HEAD") {
        let tag = entity_tag(&answer);
        if call.header("if-none-match").is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
            answer = Answer::empty(304);
            standing = state.limits.refund(&key, caller.allowance(), cost);
        }
        answer = answer.with("etag", tag);
    }
    Ok(with_standing(answer, &standing))
}

fn dispatch(
    world: &World,
    state: &mut State,
    call: &Call,
    caller: Option<&Caller>,
) -> Result<Answer, Refusal> {
    let (route, params) = routes::find(call).ok_or_else(Refusal::not_found)?;
    let asked =
        |name: &str, ours: &str| params.get(name).is_none_or(|given| given.eq_ignore_ascii_case(ours));
    let ours = asked("owner", &world.options.owner)
        && asked("repo", &world.options.name)
        && asked("repository_id", &shapes::REPOSITORY_ID.to_string());
    if !ours {
        return Err(Refusal::not_found());
    }
    let anonymous;
    let caller = match caller {
        Some(caller) => caller,
        None => {
            anonymous = Caller::identify(world, &Call { headers: Default::default(), ..call.clone() })?;
            &anonymous
        }
    };
    let about_repository = params.contains_key("owner") || params.contains_key("repository_id");
    if about_repository {
        caller.require_sight()?;
    }
    if route.access == Access::Write {
        caller.require_push()?;
        if let Some(pace) = &world.options.limits.writes
            && let Err(seconds) = state.limits.write(pace)
        {
            return Ok(secondary_limit(call, 403).with("retry-after", seconds));
        }
    }
    (route.handler)(&mut Exchange { world, state, caller, call, params })
}

fn exceeded(caller: &Caller) -> Refusal {
    let whom = caller.login().map_or_else(|| "127.0.0.1".to_owned(), |login| format!("user {login}"));
    Refusal::new(403, format!("API rate limit exceeded for {whom}."))
}

fn with_standing(answer: Answer, standing: &Standing) -> Answer {
    answer
        .with("x-ratelimit-limit", standing.limit)
        .with("x-ratelimit-remaining", standing.remaining)
        .with("x-ratelimit-used", standing.used)
        .with("x-ratelimit-reset", standing.reset.as_second())
        .with("x-ratelimit-resource", standing.resource)
}

fn entity_tag(answer: &Answer) -> String {
    format!("W/\"{}\"", hex(&Sha256::digest(&answer.body)))
}

/// Lowercase hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
