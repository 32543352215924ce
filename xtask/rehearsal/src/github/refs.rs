//! Refs over REST.
//!
//! Owns the rules for their names. Must never write a ref that Git itself would refuse.

use crate::answer::Answer;
use crate::git::Created;
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::{publishing, shapes};

pub(crate) fn get(exchange: &mut Exchange<'_>) -> Outcome {
    let name = format!("refs/{}", exchange.param("ref"));
    answer(exchange, &name, 200)
}

pub(crate) fn create(exchange: &mut Exchange<'_>) -> Outcome {
    let body = exchange.body()?;
    let name = body.required("Reference", "ref")?;
    let sha = body.required("Reference", "sha")?;
    if !name.starts_with("refs/") || name.matches('/').count() < 2 {
        return Err(Refusal::new(
            422,
            "Reference name must start with 'refs/' and contain at least two slashes.",
        ));
    }
    if !git2::Reference::is_valid_name(&name) {
        return Err(Refusal::new(422, "Reference name is not valid."));
    }
    let store = &exchange.world.store;
    if store.object_kind(&sha)?.is_none() {
        return Err(Refusal::new(422, "Object does not exist"));
    }
    if store.reference(&name)?.is_none() {
        publishing::refuse_burned(exchange, &name)?;
    }
    match store.create_reference(&name, &sha)? {
        Created::Before => Err(Refusal::new(422, "Reference already exists")),
        Created::Now => {
            let url = format!("{}/git/{name}", shapes::repository_url(exchange.world));
            answer(exchange, &name, 201).map(|answer| answer.with("location", url))
        }
    }
}

pub(crate) fn update(exchange: &mut Exchange<'_>) -> Outcome {
    let name = format!("refs/{}", exchange.param("ref"));
    let body = exchange.body()?;
    let sha = body.required("Reference", "sha")?;
    let store = &exchange.world.store;
    let (old, _) = store.reference(&name)?.ok_or_else(gone)?;
    publishing::refuse_burned(exchange, &name)?;
    if store.object_kind(&sha)?.is_none() {
        return Err(Refusal::new(422, "Object does not exist"));
    }
    let forward = store.compare(&old, &sha).ok().flatten().is_some_and(|compared| compared.behind == 0);
    if !forward && body.flag("force")? != Some(true) {
        return Err(Refusal::new(422, "Update is not a fast forward"));
    }
    store.move_reference(&name, &old, &sha)?;
    answer(exchange, &name, 200)
}

pub(crate) fn delete(exchange: &mut Exchange<'_>) -> Outcome {
    let name = format!("refs/{}", exchange.param("ref"));
    exchange.world.store.reference(&name)?.ok_or_else(gone)?;
    publishing::refuse_burned(exchange, &name)?;
    exchange.world.store.delete_reference(&name)?;
    Ok(Answer::empty(204))
}

fn gone() -> Refusal {
    Refusal::new(422, "Reference does not exist")
}

fn answer(exchange: &Exchange<'_>, name: &str, status: u16) -> Outcome {
    let found = exchange.world.store.reference(name)?;
    let (sha, kind) = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(status, &shapes::git_ref(exchange.world, name, &sha, kind)))
}
