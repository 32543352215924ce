//! Prism, a proxy that compares requests and answers with a description of an interface and says what differs in a header. Must
//! never run longer than its owner.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A running Prism; dropping it ends it.
pub(crate) struct Prism {
    child: Child,
    /// Its address, as `127.0.0.1:port`.
    pub(crate) address: String,
}

impl Prism {
    /// Starts it on a free port in front of `upstream`.
    pub(crate) fn before(upstream: &str) -> Self {
        let program = crate::node::modules().join("@stoplight/prism-cli/dist/index.js");
        let description = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/openapi.json");
        assert!(program.is_file(), "`{}` is missing: run `cargo xtask test`", program.display());
        let mut child = Command::new("node")
            .arg(program)
            .arg("proxy")
            .arg(description)
            .arg(upstream)
            .args(["--host", "127.0.0.1", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("`node` does not start ({error}): run `cargo xtask test`"));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (found, address) = mpsc::channel();
        // Reads to the end, so that Prism never waits for somebody to take its log.
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("Prism is listening on http://") {
                    let _ = found.send(address.trim().to_owned());
                }
            }
        });
        let mut prism = Self { child, address: String::new() };
        prism.address = address
            .recv_timeout(Duration::from_secs(60))
            .unwrap_or_else(|error| panic!("Prism does not say where it listens: {error}"));
        prism
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
