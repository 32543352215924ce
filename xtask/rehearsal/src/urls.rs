//! The addresses of the servers, and what is built from them.
//!
//! Owns base URLs. Must never decide what lies behind one.

use std::net::{Ipv4Addr, SocketAddr};

/// Where the servers listen.
#[derive(Clone, Debug)]
pub(crate) struct Urls {
    pub(crate) api: String,
    pub(crate) uploads: String,
    pub(crate) web: String,
    pub(crate) registry: SocketAddr,
    pub(crate) control: String,
}

impl Urls {
    /// Addresses that differ from one another and that nobody listens on: ports below 1024 are not given to ordinary programs.
    pub(crate) fn leading_nowhere() -> Self {
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        Self {
            api: url(1),
            uploads: url(2),
            web: url(3),
            registry: SocketAddr::from((Ipv4Addr::LOCALHOST, 4)),
            control: url(5),
        }
    }
}
