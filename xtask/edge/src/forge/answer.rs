//! What came back from one request, apart from any decision about it. Never sends, waits or judges.

use std::time::Duration;

use jiff::Timestamp;
use release_core::untrusted::terminal_line;
use serde_json::Value;

use crate::barred::Barrier;

/// What came of sending one request.
#[derive(Clone, Debug)]
pub enum Attempt {
    /// The other side answered.
    Answered(Answer),
    /// No connection was made, so nothing was sent.
    NotSent(String),
    /// No connection was made, and none will be however often it is tried.
    Barred(String, Barrier),
    /// The request may have arrived, but no answer came back that can be read.
    Lost(String),
}

impl Attempt {
    /// What happened, in a few words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Answered(answer) => answer.describe(),
            Self::NotSent(why) | Self::Barred(why, _) => format!("no connection: {why}"),
            Self::Lost(why) => format!("no usable answer: {why}"),
        }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// What the body complains about, if it does.
    pub complaint: Option<Complaint>,
}

/// A complaint in the body of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// Its words, as they came.
    pub message: String,
    /// The codes of REST's `errors`, or the types of GraphQL's.
    pub codes: Vec<String>,
}

impl Answer {
    /// An answer of the REST API, whose complaints come with a status of 400 and above.
    #[must_use]
    pub fn of_rest(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let complaint = (status >= 400).then(|| Complaint::read(&body));
        Self { status, headers, body, complaint }
    }

    /// An answer of the GraphQL API, which complains with status 200 as well.
    #[must_use]
    pub fn of_graphql(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let complains = status >= 400
            || serde_json::from_slice::<Value>(&body)
                .is_ok_and(|value| value.get("errors").is_some_and(|errors| !errors.is_null()));
        let complaint = complains.then(|| Complaint::read(&body));
        Self { status, headers, body, complaint }
    }

    /// The first header of this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The words of the complaint; empty where there is none.
    #[must_use]
    pub fn message(&self) -> &str {
        self.complaint.as_ref().map_or("", |complaint| complaint.message.as_str())
    }

    /// Whether the complaint carries this code.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.complaint.as_ref().is_some_and(|complaint| complaint.codes.iter().any(|one| one == code))
    }

    /// Whether the answer asks to slow down: the primary limit, the secondary one, or GraphQL's.
    ///
    /// Source: <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        let words = self.message().to_ascii_lowercase();
        let says_so = words.contains("secondary rate limit") || words.contains("abuse detection");
        match self.status {
            429 => true,
            403 => self.header("retry-after").is_some() || self.is_used_up() || says_so,
            200..=299 => {
                self.has_code("RATE_LIMITED")
                    || self.has_code("RATE_LIMIT")
                    || (self.complaint.is_some() && says_so)
            }
            _ => false,
        }
    }

    /// How long the answer asks to wait: `Retry-After`, else until the limit is reset. None where it does not say.
    #[must_use]
    pub fn asks_to_wait(&self, now: Timestamp) -> Option<Duration> {
        if let Some(seconds) = self.header("retry-after").and_then(|value| value.trim().parse().ok()) {
            return Some(Duration::from_secs(seconds));
        }
        if !self.is_used_up() {
            return None;
        }
        let reset: i64 = self.header("x-ratelimit-reset")?.trim().parse().ok()?;
        // The reset is given in whole seconds: one more, so that it has really passed.
        let seconds = reset.saturating_sub(now.as_second()).saturating_add(1);
        Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    }

    fn is_used_up(&self) -> bool {
        self.header("x-ratelimit-remaining").is_some_and(|value| value.trim() == "0")
    }

    fn describe(&self) -> String {
        match self.message() {
            "" => format!("the other side answered {}", self.status),
            words => {
                format!("the other side answered {}: {}", self.status, terminal_line(words))
            }
        }
    }
}

impl Complaint {
    /// Reads a complaint from any body: GitHub's JSON in its several forms, or whatever a proxy in between wrote.
    fn read(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            let text: String = String::from_utf8_lossy(body).chars().take(400).collect();
            return Self { message: text.trim().to_owned(), codes: Vec::new() };
        };
        let mut words: Vec<&str> = value.get("message").and_then(Value::as_str).into_iter().collect();
        let mut codes = Vec::new();
        for error in errors(&value) {
            words.extend(error.as_str());
            words.extend(error.get("message").and_then(Value::as_str));
            for key in ["code", "type"] {
                codes.extend(error.get(key).and_then(Value::as_str).map(ToOwned::to_owned));
            }
            if error.get("message").is_none() {
                words
                    .extend(["resource", "field", "code"].iter().filter_map(|key| error.get(*key)?.as_str()));
            }
        }
        Self { message: words.join("; "), codes }
    }
}

/// The entries of `errors`, which is a list, a single value or missing.
fn errors(value: &Value) -> Vec<&Value> {
    match value.get("errors") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(single) => vec![single],
    }
}
