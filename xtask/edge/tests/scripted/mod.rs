//! An HTTP server that answers from a script and remembers every request, and a clock that tests turn.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use release_edge::clock::Clock;
use release_edge::forge::github::{Connection, GitHub};
use release_edge::forge::retry::Jitter;
use release_edge::secret::Secret;
use serde_json::Value;

pub(crate) const TOKEN: &str = "canary-token-1234567890";

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What is done with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Status, headers, body; the length is added.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// Exactly these bytes, then the connection is closed.
    Raw(Vec<u8>),
    /// The connection is closed without a word.
    Hangup,
    /// An answer after which the connection is closed although it promised to stay.
    AnswerThenClose(u16, Vec<u8>),
    /// Nothing for this long, then the connection is closed.
    Silence(Duration),
}

pub(crate) fn json(status: u16, body: impl ToString) -> Reply {
    with(status, &[], body)
}

pub(crate) fn with(status: u16, headers: &[(&str, &str)], body: impl ToString) -> Reply {
    let mut all = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    all.extend(headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    Reply::Answer(status, all, body.to_string().into_bytes())
}

pub(crate) fn plain(status: u16, content_type: &str, body: &[u8]) -> Reply {
    Reply::Answer(status, vec![("content-type".to_owned(), content_type.to_owned())], body.to_vec())
}

type Handler = dyn Fn(&Seen) -> Reply + Send + Sync;

pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    closed: Arc<AtomicUsize>,
}

impl Server {
    /// Answers in order; the last answer is repeated.
    pub(crate) fn script(replies: Vec<Reply>) -> Self {
        let queue = Mutex::new(VecDeque::from(replies));
        Self::with(move |_| {
            let mut queue = queue.lock().unwrap();
            if queue.len() > 1 { queue.pop_front().unwrap() } else { queue.front().unwrap().clone() }
        })
    }

    pub(crate) fn with(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, handler): (_, Arc<Handler>) = (Arc::clone(&seen), Arc::new(handler));
        let closed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&closed);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, handler, count) = (Arc::clone(&log), Arc::clone(&handler), Arc::clone(&count));
                thread::spawn(move || {
                    serve(stream.unwrap(), &log, &*handler);
                    count.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { url, seen, closed }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until the server has closed this many connections.
    pub(crate) fn wait_until_closed(&self, connections: usize) {
        while self.closed.load(Ordering::SeqCst) < connections {
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(|one| format!("{} {}", one.method, one.target)).collect()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Seen>>, handler: &Handler) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(seen) = read(&mut reader) {
        log.lock().unwrap().push(seen.clone());
        let head = seen.method == "HEAD";
        match handler(&seen) {
            Reply::Answer(status, headers, body) => {
                if stream.write_all(&message(status, &headers, &body, head)).is_err() {
                    return;
                }
            }
            Reply::AnswerThenClose(status, body) => {
                let headers = [("content-type".to_owned(), "application/json".to_owned())];
                let _ = stream.write_all(&message(status, &headers, &body, head));
                // After the client has put the connection aside.
                thread::sleep(Duration::from_millis(30));
                return;
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes);
                return;
            }
            Reply::Hangup => return,
            Reply::Silence(time) => {
                thread::sleep(time);
                return;
            }
        }
    }
}

fn message(status: u16, headers: &[(String, String)], body: &[u8], head: bool) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Scripted\r\n");
    for (key, value) in headers {
        text.push_str(&format!("{key}: {value}\r\n"));
    }
    if status != 204 {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    if !head && status != 204 {
        bytes.extend_from_slice(body);
    }
    bytes
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((key, value)) = line.trim_end().split_once(':') else { break };
        headers.push((key.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(key, _)| key == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { method, target, headers, body })
}

/// A clock that stands still but for sleeping, and remembers how long each sleep was.
#[derive(Default)]
pub(crate) struct TurnedClock(Mutex<(Duration, Vec<Duration>)>);

impl TurnedClock {
    pub(crate) fn sleeps(&self) -> Vec<u64> {
        self.0.lock().unwrap().1.iter().map(Duration::as_secs).collect()
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap() + self.0.lock().unwrap().0
    }

    fn sleep(&self, duration: Duration) {
        let mut state = self.0.lock().unwrap();
        state.0 += duration;
        state.1.push(duration);
    }
}

/// Always the longest pause.
pub(crate) struct Longest;

impl Jitter for Longest {
    fn up_to(&self, most: Duration) -> Duration {
        most
    }
}

/// A forge on a scripted server, with a token, and its clock.
pub(crate) fn forge(server: &Server) -> (GitHub, Arc<TurnedClock>) {
    forge_with(server, |connection| connection)
}

pub(crate) fn forge_with(
    server: &Server,
    change: impl FnOnce(Connection) -> Connection,
) -> (GitHub, Arc<TurnedClock>) {
    let clock = Arc::new(TurnedClock::default());
    let connection = Connection {
        api: server.url.clone(),
        graphql: format!("{}/graphql", server.url),
        token: Secret::new(TOKEN),
        pace: Duration::ZERO,
        ..Connection::new("acme", "app")
    };
    let forge = GitHub::connect_with(change(connection), Arc::clone(&clock) as _, Arc::new(Longest)).unwrap();
    (forge, clock)
}
