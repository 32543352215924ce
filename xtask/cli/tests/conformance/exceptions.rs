//! What Prism finds and is none of our faults, each with its reason. An entry that nothing needs any more fails its test.

use serde_json::Value;

use crate::recorder::Exchange;

/// Something that Prism finds and that has to be so.
pub(crate) struct Exception {
    pub(crate) id: &'static str,
    /// Why it has to be so.
    pub(crate) reason: &'static str,
    /// The operations: method and end of the path without query; `*` stands for a number.
    operations: &'static [(&'static str, &'static str)],
    /// What Prism calls it; it has no name for a status that is not described.
    code: Option<&'static str>,
    /// How the place in question ends.
    place: &'static [&'static str],
}

/// An upload that broke off leaves an asset in a state that GitHub's description does not know.
pub(crate) const STARTER: Exception = Exception {
    id: "starter",
    reason: "an upload that broke off leaves an asset in state `starter`; the description's enum has `uploaded` and `open` only",
    operations: &[("GET", "/releases"), ("GET", "/releases/*"), ("GET", "/releases/*/assets")],
    code: Some("enum"),
    place: &["state"],
};

/// A release that is not there is answered with a status that GitHub's description does not name.
pub(crate) const GONE: Exception = Exception {
    id: "gone",
    reason: "GitHub answers 404 for a release that is not there; the description of reading one names 200 and 401 only",
    operations: &[("GET", "/releases/*")],
    code: None,
    place: &["response"],
};

impl Exception {
    /// Whether it covers this finding of an exchange.
    pub(crate) fn covers(&self, exchange: &Exchange, violation: &Value) -> bool {
        let path = exchange.target.split('?').next().unwrap_or_default();
        let parts: Vec<String> =
            path.split('/').map(|part| if is_number(part) { "*".into() } else { part.into() }).collect();
        let path = parts.join("/");
        let place: Vec<&str> = violation
            .get("location")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        self.operations.iter().any(|(method, end)| exchange.method == *method && path.ends_with(end))
            && violation.get("code").and_then(Value::as_str) == self.code
            && place.ends_with(self.place)
    }
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Everything that Prism found and no exception covers, for people to read.
pub(crate) fn faults(exchanges: &[Exchange], exceptions: &[Exception]) -> Vec<String> {
    let mut faults = Vec::new();
    for exchange in exchanges {
        let what = format!("{} {} → {}", exchange.method, exchange.target, exchange.status);
        if exchange.by_prism {
            faults.push(format!("{what}: Prism answered itself"));
        }
        let unexplained =
            |violation: &&Value| !exceptions.iter().any(|entry| entry.covers(exchange, violation));
        faults.extend(exchange.violations.iter().filter(unexplained).map(|found| format!("{what}: {found}")));
    }
    faults
}

/// Fails where Prism found anything that no exception covers, and where an exception covers nothing.
pub(crate) fn assert_conforming(exchanges: &[Exchange], exceptions: &[Exception]) {
    assert!(!exchanges.is_empty(), "nothing went through Prism");
    let faults = faults(exchanges, exceptions);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for exception in exceptions {
        let needed = exchanges.iter().any(|exchange| {
            exchange.violations.iter().any(|violation| exception.covers(exchange, violation))
        });
        assert!(needed, "the exception `{}` covers nothing; was: {}", exception.id, exception.reason);
    }
}
