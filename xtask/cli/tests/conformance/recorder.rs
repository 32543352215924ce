//! What stands before Prism: it remembers each exchange and what Prism found in it, which the tool does not look at. GraphQL goes past
//! Prism, whose description has none of it. Must never change what either side says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::prism::Prism;

/// One exchange.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) status: u16,
    /// What Prism found, each with where, what and how bad.
    pub(crate) violations: Vec<Value>,
    /// Whether Prism answered itself, because it could not match or reach anything.
    pub(crate) by_prism: bool,
}

/// A running recorder with the Prism behind it.
pub(crate) struct Recorder {
    /// The base address to give to the tool.
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Exchange>>>,
    _prism: Prism,
}

impl Recorder {
    /// Starts both in front of the interface at `api`, an address without a path.
    pub(crate) fn before(api: &str) -> Self {
        let prism = Prism::before(api);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let described = prism.address.clone();
        let plain = api.trim_start_matches("http://").to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, described, plain) = (Arc::clone(&log), described.clone(), plain.clone());
                // One request on each connection: whoever wants to send another opens a new one.
                thread::spawn(move || pass_on(stream, &described, &plain, &log));
            }
        });
        Self { url, seen, _prism: prism }
    }

    /// Every exchange so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.seen.lock().unwrap().clone()
    }
}

/// Hands one request on and its answer back. A connection that breaks is the business of those at its ends.
fn pass_on(client: TcpStream, described: &str, plain: &str, log: &Mutex<Vec<Exchange>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (head, length) = head(&mut reader)?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;

    let graphql = target == "/graphql";
    let upstream = if graphql { plain } else { described };
    let mut server = TcpStream::connect(upstream).ok()?;
    server.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let request =
        format!("{method} {target} HTTP/1.1\r\nhost: {upstream}\r\nconnection: close\r\n{head}\r\n");
    server.write_all(request.as_bytes()).ok()?;
    server.write_all(&body).ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok()?;
    if !graphql {
        log.lock().unwrap().push(exchange(method, target, &answer));
    }
    let mut client = client;
    client.write_all(&answer).ok()?;
    client.shutdown(Shutdown::Write).ok()
}

/// The header lines that are handed on, and the length of the body.
fn head(reader: &mut BufReader<TcpStream>) -> Option<(String, usize)> {
    let (mut kept, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { return Some((kept, length)) };
        let name = name.to_ascii_lowercase();
        if name == "content-length" {
            length = value.trim().parse().ok()?;
        }
        if name != "host" && name != "connection" {
            kept.push_str(&format!("{name}:{value}\r\n"));
        }
    }
}

fn exchange(method: String, target: String, answer: &[u8]) -> Exchange {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
    let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).into_owned();
    let header = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let violations = header("sl-violations").map_or_else(Vec::new, |text| {
        match serde_json::from_str(&text) {
            Ok(Value::Array(found)) => found,
            // Whatever it is, it is not nothing.
            other => vec![other.unwrap_or(Value::String(text))],
        }
    });
    let by_prism = header("content-type").is_some_and(|kind| kind.starts_with("application/problem+json"));
    Exchange { method, target, status, violations, by_prism }
}
