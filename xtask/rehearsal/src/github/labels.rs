//! Labels of the repository and of pull requests.
//!
//! Owns listing, making and adding. Must never read a meaning into a name.

use jiff::Timestamp;
use serde_json::Value;

use crate::answer::Answer;
use crate::call::encode;
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::{paging, shapes};
use crate::seed::{SeedLabel, grey};

pub(crate) fn list(exchange: &mut Exchange<'_>) -> Outcome {
    let entries =
        exchange.state.labels.iter().map(|label| (label.id, shapes::label(exchange.world, label))).collect();
    Ok(paging::answer(exchange, entries))
}

pub(crate) fn create(exchange: &mut Exchange<'_>) -> Outcome {
    let body = exchange.body()?;
    let name = body.required("Label", "name")?;
    if exchange.state.label(&name).is_some() {
        return Err(Refusal::invalid("Label", "already_exists", "name"));
    }
    let color = body.text("color")?.unwrap_or_else(grey);
    if color.len() != 6 || !color.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(Refusal::invalid("Label", "invalid", "color"));
    }
    exchange.state.add_label(SeedLabel { name: name.clone(), description: body.text("description")?, color });
    let made = exchange.state.label(&name).ok_or_else(Refusal::not_found)?;
    let url = format!("{}/labels/{}", shapes::repository_url(exchange.world), encode(&made.name));
    Ok(Answer::json(201, &shapes::label(exchange.world, made)).with("location", url))
}

/// Adds labels to a pull request; labels that the repository does not know are made.
pub(crate) fn add(exchange: &mut Exchange<'_>) -> Outcome {
    let number = exchange.id("number")?;
    let names = match exchange.call.json() {
        Some(Value::Array(names)) => {
            names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        }
        _ => exchange.body()?.texts("labels")?.unwrap_or_default(),
    };
    if !exchange.state.pulls.contains_key(&number) {
        return Err(Refusal::not_found());
    }
    for name in names {
        exchange.state.add_label(SeedLabel { name: name.clone(), description: None, color: grey() });
        let known = exchange.state.label(&name).map_or(name, |label| label.name.clone());
        if let Some(pull) = exchange.state.pulls.get_mut(&number)
            && !pull.labels.contains(&known)
        {
            pull.updated_at = Timestamp::now();
            pull.labels.push(known);
        }
    }
    let state = &exchange.state;
    let pull = state.pulls.get(&number).ok_or_else(Refusal::not_found)?;
    let labels: Vec<Value> = pull
        .labels
        .iter()
        .filter_map(|name| state.label(name))
        .map(|label| shapes::label(exchange.world, label))
        .collect();
    Ok(Answer::json(200, &Value::Array(labels)))
}
