//! Faults: which request they hit, and what they do.
//!
//! Owns the counting. Must never act on a connection itself: the servers ask and obey.

use serde::{Deserialize, Serialize};

use crate::call::{Access, Server};
use crate::journal::RequestRecord;

/// A fault that waits for its request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests count.
    #[serde(rename = "where", default)]
    pub target: Target,
    /// The first counted request that is hit, from 1.
    #[serde(default = "one")]
    pub nth: u32,
    /// How many counted requests in a row are hit.
    #[serde(default = "one")]
    pub times: u32,
    /// What happens to them.
    pub kind: FaultKind,
}

impl Fault {
    /// A fault that hits the first matching request.
    #[must_use]
    pub fn first(target: Target, kind: FaultKind) -> Self {
        Self { target, nth: 1, times: 1, kind }
    }
}

/// Which requests a fault counts; every part that is given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// The server.
    pub server: Option<Server>,
    /// The operation's name, as the log of requests shows it.
    pub operation: Option<String>,
    /// The HTTP method.
    pub method: Option<String>,
    /// How the path begins.
    pub path: Option<String>,
    /// Reads or writes only.
    pub access: Option<Access>,
}

impl Target {
    /// The requests of one operation.
    #[must_use]
    pub fn operation(name: impl Into<String>) -> Self {
        Self { operation: Some(name.into()), ..Self::default() }
    }

    /// Every request that can change something.
    #[must_use]
    pub fn writes() -> Self {
        Self { access: Some(Access::Write), ..Self::default() }
    }

    fn matches(&self, request: &RequestRecord) -> bool {
        fn fits<T: PartialEq>(wanted: Option<&T>, found: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == found)
        }
        fits(self.server.as_ref(), &request.server)
            && fits(self.operation.as_ref(), &request.operation)
            && self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && self.path.as_ref().is_none_or(|path| request.path.starts_with(path.as_str()))
            && fits(self.access.as_ref(), &request.access)
    }
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection is reset before anything happens.
    ResetBefore,
    /// It happens, then the connection is reset: the answer is lost.
    ResetAfter,
    /// Waits so many seconds before anything happens; a client that hangs up meanwhile prevents it.
    Hold(f64),
    /// It happens, then the answer waits so many seconds.
    HoldAfter(f64),
    /// Answers with this status instead of doing it; 502 on an upload leaves an empty asset in state `starter`.
    Status(u16),
    /// It happens, but the answer is this status.
    StatusAfter(u16),
    /// The secondary rate limit: this status and, if given, so many seconds in `retry-after`.
    Limited {
        /// 403 or 429.
        status: u16,
        /// Seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// The body takes so many seconds to arrive.
    SlowBody(f64),
    /// Right status, wrong bytes: an upload stores others, a download hands out others, an answer in JSON becomes a web page.
    WrongContent,
    /// The JSON ends in the middle, though the connection says that all of it came.
    TruncatedJson,
    /// The connection is reset in the middle of the body.
    CutBody,
    /// A list leaves out its newest element.
    StaleList,
}

/// The faults that are waiting.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    seen: u32,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.armed.push(Armed { fault, seen: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.armed.iter().map(|armed| armed.fault.clone()).collect()
    }

    /// Counts the request for every fault it matches, and returns the first fault whose turn it is.
    pub(crate) fn take(&mut self, request: &RequestRecord) -> Option<FaultKind> {
        let mut hit = None;
        for armed in &mut self.armed {
            if !armed.fault.target.matches(request) {
                continue;
            }
            armed.seen = armed.seen.saturating_add(1);
            let turn = armed.seen >= armed.fault.nth
                && armed.seen < armed.fault.nth.saturating_add(armed.fault.times);
            if turn && hit.is_none() {
                hit = Some(armed.fault.kind.clone());
            }
        }
        hit
    }
}

const fn one() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(operation: &str) -> RequestRecord {
        RequestRecord {
            number: 1,
            server: Server::Api,
            method: "POST".to_owned(),
            path: "/repos/acme/widgets/releases".to_owned(),
            operation: operation.to_owned(),
            access: Access::Write,
            status: None,
            fault: None,
        }
    }

    #[test]
    fn a_fault_hits_the_nth_matching_request_only() {
        let mut faults = Faults::default();
        faults.add(Fault { target: Target::operation("b"), nth: 2, times: 1, kind: FaultKind::ResetBefore });
        let hits: Vec<_> = ["b", "a", "b", "b"].map(|name| faults.take(&request(name)).is_some()).into();
        assert_eq!(hits, [false, false, true, false]);
    }

    #[test]
    fn kinds_read_as_the_control_server_documents_them() {
        let fault: Fault = serde_json::from_str(
            r#"{"where":{"method":"POST","path":"/repos"},"nth":3,"kind":{"limited":{"status":429,"retry_after":7}}}"#,
        )
        .unwrap();
        assert_eq!(fault.kind, FaultKind::Limited { status: 429, retry_after: Some(7) });
        let fault: Fault = serde_json::from_str(r#"{"kind":"stale_list"}"#).unwrap();
        assert_eq!((fault.nth, fault.times, fault.kind), (1, 1, FaultKind::StaleList));
    }
}
