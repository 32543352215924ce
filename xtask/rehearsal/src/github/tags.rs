//! Tag objects over REST.
//!
//! Owns making and reading them. Must never make a ref: GitHub makes none for a tag object.

use jiff::Timestamp;

use crate::answer::Answer;
use crate::git::Person;
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::shapes;

pub(crate) fn create(exchange: &mut Exchange<'_>) -> Outcome {
    let body = exchange.body()?;
    let tag = body.required("Tag", "tag")?;
    let message = body.required("Tag", "message")?;
    let object = body.required("Tag", "object")?;
    let kind = body.required("Tag", "type")?;
    let store = &exchange.world.store;
    if store.object_kind(&object)? != Some(kind.as_str()) {
        return Err(Refusal::new(422, "Object does not exist"));
    }
    let tagger = match body.object("tagger")? {
        None => None,
        Some(tagger) => Some(Person {
            name: tagger.required("Tag", "name")?,
            email: tagger.required("Tag", "email")?,
            date: match tagger.text("date")? {
                Some(date) => date.parse().map_err(|_| Refusal::invalid("Tag", "invalid", "tagger"))?,
                None => Timestamp::now(),
            },
        }),
    };
    let tagger = tagger.unwrap_or_else(|| person(&exchange.caller.author()));
    let sha = store.create_tag_object(&tag, &object, &message, &tagger)?;
    let url = format!("{}/git/tags/{sha}", shapes::repository_url(exchange.world));
    let made = store.tag(&sha)?.ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(201, &shapes::git_tag(exchange.world, &made)).with("location", url))
}

pub(crate) fn get(exchange: &mut Exchange<'_>) -> Outcome {
    let found = exchange.world.store.tag(exchange.param("sha"))?;
    let tag = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, &shapes::git_tag(exchange.world, &tag)))
}

/// An account as it appears in Git.
pub(crate) fn person(login: &str) -> Person {
    Person {
        name: login.to_owned(),
        email: format!("{login}@users.noreply.rehearsal.invalid"),
        date: Timestamp::now(),
    }
}
