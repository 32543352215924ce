//! An OCI registry that is not ours, empty at the start, on a free loopback port.
//!
//! Must never listen on another interface.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use super::process_group::ProcessGroup;
use super::{ServerError, folder_for};
use crate::commands::test::workplace::Workplace;

const NAME: &str = "registry";
const PATIENCE: Duration = Duration::from_secs(30);
const REQUEST_PATIENCE: Duration = Duration::from_secs(2);
/// A port that was free a moment ago may be taken by somebody else.
const TRIES: usize = 3;

/// A registry that answers. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Registry {
    address: String,
    _server: ProcessGroup,
}

impl Registry {
    /// Starts a registry that keeps everything in `folder`.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub(super) fn start(workplace: &Workplace, folder: &Path) -> Result<Self, ServerError> {
        folder_for(NAME, &folder.to_path_buf())?;
        let mut started = Self::start_once(workplace, folder);
        for _ in 1..TRIES {
            if started.is_ok() {
                break;
            }
            started = Self::start_once(workplace, folder);
        }
        started
    }

    /// Host and port.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    fn start_once(workplace: &Workplace, folder: &Path) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Folder { name: NAME, source };
        let address = free_address().map_err(|source| ServerError::Start { name: NAME, source })?;
        let configuration = folder.join("config.yml");
        fs::write(&configuration, configuration_for(&address, &folder.join("storage"))).map_err(failed)?;
        let words = ["docker-registry", "serve", &configuration.to_string_lossy()];
        let mut server = ProcessGroup::start(workplace, NAME, &words, &folder.join("log"))?;
        server.wait_for(PATIENCE, || speaks_the_protocol(&address).then_some(()))?;
        Ok(Self { address, _server: server })
    }
}

fn free_address() -> std::io::Result<String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr().map(|address| address.to_string())
}

/// The registry's configuration; a JSON text is a YAML text too, and needs no care about quotes.
fn configuration_for(address: &str, storage: &Path) -> String {
    serde_json::json!({
        "version": 0.1,
        "log": { "level": "warn" },
        "storage": { "filesystem": { "rootdirectory": storage }, "delete": { "enabled": true } },
        "http": { "addr": address },
    })
    .to_string()
}

/// Asks for the API's root, which every registry answers with 200 (OCI distribution specification, end-1).
fn speaks_the_protocol(address: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(REQUEST_PATIENCE))?;
        stream.write_all(format!("GET /v2/ HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.lines().next().is_some_and(|status| status.contains(" 200")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_listens_on_loopback_only() {
        assert!(free_address().unwrap().starts_with("127.0.0.1:"));
    }

    #[test]
    fn a_server_of_another_kind_does_not_pass_for_a_registry() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"HTTP/1.0 404 Not Found\r\n\r\n").unwrap();
        });
        assert!(!speaks_the_protocol(&address));
        server.join().unwrap();
    }
}
