//! The addresses of the servers, and what is built from them.
//!
//! Owns base URLs. Must never decide what lies behind one.

use std::net::SocketAddr;

/// Where the servers listen.
#[derive(Clone, Debug)]
pub(crate) struct Urls {
    pub(crate) api: String,
    pub(crate) uploads: String,
    pub(crate) web: String,
    pub(crate) registry: SocketAddr,
    pub(crate) control: String,
}
