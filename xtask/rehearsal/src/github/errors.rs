//! GitHub's errors, in the shapes its description gives.
//!
//! Owns status, message and the `errors` list. Must never be used for success.

use serde_json::{Value, json};

use crate::answer::Answer;

/// A request that is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    message: String,
    errors: Option<Vec<Value>>,
}

const DOCUMENTATION: &str = "https://docs.github.com/rest";

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    /// 422 with one entry that names resource, code and field.
    pub(crate) fn invalid(resource: &str, code: &str, field: &str) -> Self {
        Self::invalid_because(json!({ "resource": resource, "code": code, "field": field }))
    }

    /// 422 with one entry of code `custom` that carries its own message.
    pub(crate) fn custom(resource: &str, field: &str, message: &str) -> Self {
        Self::invalid_because(
            json!({ "resource": resource, "code": "custom", "field": field, "message": message }),
        )
    }

    fn invalid_because(error: Value) -> Self {
        Self { status: 422, message: "Validation Failed".to_owned(), errors: Some(vec![error]) }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn into_answer(self) -> Answer {
        let more = ("status", self.status.to_string());
        self.shaped(more)
    }

    /// The same on the upload host, which names the request and not the status.
    pub(crate) fn into_upload_answer(self) -> Answer {
        self.shaped(("request_id", "REHEARSAL:0000:0000000:0000000:00000000".to_owned()))
    }

    fn shaped(self, (key, value): (&str, String)) -> Answer {
        let mut body = json!({ "message": self.message });
        if let Some(object) = body.as_object_mut() {
            if let Some(errors) = self.errors {
                object.insert("errors".to_owned(), Value::Array(errors));
            }
            object.insert("documentation_url".to_owned(), json!(DOCUMENTATION));
            object.insert(key.to_owned(), json!(value));
        }
        Answer::json(self.status, &body)
    }
}

impl From<git2::Error> for Refusal {
    /// The bare repository cannot be read: the rehearsal's own trouble, and said so.
    fn from(error: git2::Error) -> Self {
        Self::new(500, format!("rehearsal: failed to use the bare repository: {}", error.message()))
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = self.errors.iter().flatten().filter_map(|error| error.get("field")?.as_str());
        let fields: Vec<&str> = fields.collect();
        write!(formatter, "{} {} {}", self.status, self.message, fields.join(" "))
    }
}
