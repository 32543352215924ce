//! One request to GitHub with everything its handler needs.
//!
//! Owns the access to parameters and body. Must never decide.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::call::Call;
use crate::github::auth::Caller;
use crate::github::errors::Refusal;
use crate::github::state::State;
use crate::world::World;

/// What a handler gives back.
pub(crate) type Outcome = Result<Answer, Refusal>;

/// What a handler works with.
pub(crate) struct Exchange<'a> {
    pub(crate) world: &'a World,
    pub(crate) state: &'a mut State,
    pub(crate) caller: &'a Caller,
    pub(crate) call: &'a Call,
    pub(crate) params: BTreeMap<&'static str, String>,
}

impl Exchange<'_> {
    /// A parameter of the path, decoded.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// A parameter of the path that is a number; anything else names nothing.
    pub(crate) fn id(&self, name: &str) -> Result<u64, Refusal> {
        self.param(name).parse().map_err(|_| Refusal::not_found())
    }

    /// The body, which must be a JSON object.
    pub(crate) fn body(&self) -> Result<Body, Refusal> {
        match self.call.json() {
            Some(Value::Object(fields)) => Ok(Body(fields)),
            _ => Err(Refusal::new(400, "Problems parsing JSON")),
        }
    }
}

/// A request's JSON object.
pub(crate) struct Body(Map<String, Value>);

impl Body {
    /// A text; `null` counts as absent.
    pub(crate) fn text(&self, key: &str) -> Result<Option<String>, Refusal> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(wrong_type(key, other, "a string")),
        }
    }

    /// A text that must be there.
    pub(crate) fn required(&self, resource: &str, key: &str) -> Result<String, Refusal> {
        match self.text(key)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(Refusal::invalid(resource, "missing_field", key)),
        }
    }

    /// A truth value; `null` counts as absent.
    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>, Refusal> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(wrong_type(key, other, "a boolean")),
        }
    }

    /// A list of texts; `null` counts as absent.
    pub(crate) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, Refusal> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| wrong_type(key, item, "a string")))
                .collect::<Result<Vec<_>, _>>()
                .map(Some),
            Some(other) => Err(wrong_type(key, other, "an array")),
        }
    }

    /// An object inside the body.
    pub(crate) fn object(&self, key: &str) -> Result<Option<Self>, Refusal> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Self(fields.clone()))),
            Some(other) => Err(wrong_type(key, other, "an object")),
        }
    }
}

fn wrong_type(key: &str, found: &Value, wanted: &str) -> Refusal {
    Refusal::new(422, format!("Invalid request.\n\nFor 'properties/{key}', {found} is not {wanted}."))
}
