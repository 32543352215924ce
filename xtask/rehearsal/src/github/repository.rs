//! The repository itself, its branches, the caller, the limits.
//!
//! Owns the small reads that a preflight makes. Must never write.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::limits::Standing;
use crate::github::shapes;
use crate::options::RepositoryRights;

pub(crate) fn get(exchange: &mut Exchange<'_>) -> Outcome {
    // To an installation, a workflow run's token among them, GitHub says that it has no permission, whatever it may do.
    let installation = exchange.caller.login().is_some_and(is_installation);
    let rights = if installation { RepositoryRights::None } else { exchange.caller.rights() };
    Ok(Answer::json(200, &shapes::whole_repository(exchange.world, rights)))
}

pub(crate) fn branch(exchange: &mut Exchange<'_>) -> Outcome {
    let name = exchange.param("branch").to_owned();
    let store = &exchange.world.store;
    let missing = || Refusal::new(404, "Branch not found");
    let (sha, _) = store.reference(&format!("refs/heads/{name}"))?.ok_or_else(missing)?;
    let commit = store.commit(&sha)?.ok_or_else(missing)?;
    let url = format!("{}/branches/{name}", shapes::repository_url(exchange.world));
    let body = json!({
        "name": name,
        "commit": shapes::commit(exchange.world, &commit),
        "_links": { "self": url, "html": format!("{}/tree/{name}", shapes::repository_page(exchange.world)) },
        "protected": false,
        "protection": { "enabled": false },
        "protection_url": format!("{url}/protection"),
    });
    Ok(Answer::json(200, &body))
}

pub(crate) fn user(exchange: &mut Exchange<'_>) -> Outcome {
    match exchange.caller.login() {
        None => Err(Refusal::new(401, "Requires authentication")),
        Some(login) if is_installation(login) => {
            Err(Refusal::new(403, "Resource not accessible by integration"))
        }
        Some(login) => Ok(Answer::json(200, &shapes::public_user(exchange.world, login))),
    }
}

fn is_installation(login: &str) -> bool {
    login.ends_with("[bot]")
}

pub(crate) fn rate_limit(exchange: &mut Exchange<'_>) -> Outcome {
    let allowance = exchange.caller.allowance();
    let mut standing = |resource| exchange.state.limits.standing(&exchange.caller.key(resource), allowance);
    let (core, search, graphql) = (standing("core"), standing("search"), standing("graphql"));
    let body = json!({
        "resources": { "core": shape(&core), "search": shape(&search), "graphql": shape(&graphql) },
        "rate": shape(&core),
    });
    Ok(Answer::json(200, &body))
}

fn shape(standing: &Standing) -> Value {
    json!({
        "limit": standing.limit,
        "used": standing.used,
        "remaining": standing.remaining,
        "reset": standing.reset.as_second(),
    })
}
