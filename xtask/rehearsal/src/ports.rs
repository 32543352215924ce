//! The ports that the servers listen on.
//!
//! Owns binding them, on loopback and nowhere else. Must never answer on one.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::server::{Error, failed};
use crate::urls::Urls;

/// The listeners, bound before the thread starts so that their addresses are known.
pub(crate) struct Ports {
    pub(crate) api: TcpListener,
    pub(crate) uploads: TcpListener,
    pub(crate) web: TcpListener,
    pub(crate) registry: TcpListener,
    pub(crate) control: TcpListener,
}

impl Ports {
    pub(crate) fn bind(runtime: &Runtime) -> Result<Self, Error> {
        // Entered, not blocked on: a caller may be inside a runtime of its own.
        let _entered = runtime.enter();
        Ok(Self {
            api: free_port()?,
            uploads: free_port()?,
            web: free_port()?,
            registry: free_port()?,
            control: free_port()?,
        })
    }

    pub(crate) fn urls(&self) -> Result<Urls, Error> {
        let url = |listener: &TcpListener| address(listener).map(|address| format!("http://{address}"));
        Ok(Urls {
            api: url(&self.api)?,
            uploads: url(&self.uploads)?,
            web: url(&self.web)?,
            registry: address(&self.registry)?,
            control: url(&self.control)?,
        })
    }
}

fn free_port() -> Result<TcpListener, Error> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed("bind a port"))?;
    listener.set_nonblocking(true).map_err(failed("prepare a port"))?;
    TcpListener::from_std(listener).map_err(failed("watch a port"))
}

fn address(listener: &TcpListener) -> Result<SocketAddr, Error> {
    listener.local_addr().map_err(failed("read the address of a port"))
}
