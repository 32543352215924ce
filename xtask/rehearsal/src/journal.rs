//! The log of every request.
//!
//! Owns what was asked and what was answered. Must never hold a token: headers and bodies are not kept.

use serde::{Deserialize, Serialize};

use crate::call::{Access, Server};
use crate::faults::FaultKind;

/// One request, as it arrived.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Its place among all requests, from 1; emptying the log does not start anew.
    pub number: u64,
    /// The server that was asked.
    pub server: Server,
    /// HTTP method.
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// Name of the operation (`repos/create-release`), or `unknown`.
    pub operation: String,
    /// Whether it can change anything.
    pub access: Access,
    /// Status of the answer; `None` while there is none, or where the connection was cut instead.
    pub status: Option<u16>,
    /// The fault that hit it, if one did.
    pub fault: Option<FaultKind>,
}
