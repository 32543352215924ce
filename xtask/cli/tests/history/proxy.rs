//! Stands between the tool and the forge and changes the answers of its GraphQL interface. Never makes one up from nothing.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// Changes the answer with this number, from 0.
pub type Change = Box<dyn FnMut(usize, &mut Value) + Send>;

/// A proxy for as long as the process lives.
pub struct Proxy {
    pub url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    answers: usize,
    change: Change,
}

impl Proxy {
    /// Starts one before this address; it changes nothing yet.
    pub fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State { answers: 0, change: Box::new(|_, _| {}) }));
        let (shared, own) = (Arc::clone(&state), url.clone());
        let upstream = upstream.to_owned();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                // A client that hangs up midway is its own business.
                let _ = connection.and_then(|connection| pass(connection, &own, &upstream, &shared));
            }
        });
        Self { url, state }
    }

    /// Changes answers like this from now on, counting from 0.
    pub fn change(&self, change: impl FnMut(usize, &mut Value) + Send + 'static) {
        *self.state.lock().expect("a state") = State { answers: 0, change: Box::new(change) };
    }
}

fn pass(mut client: TcpStream, own: &str, upstream: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let (head, body) = message(&client)?;
    let mut server = TcpStream::connect(upstream.trim_start_matches("http://"))?;
    send(&mut server, &head, &body)?;
    let query = head.starts_with("POST /graphql ");
    let (head, mut body) = message(&server)?;
    if query {
        let mut value: Value = serde_json::from_slice(&body)?;
        let mut state = state.lock().expect("a state");
        let number = state.answers;
        state.answers += 1;
        (state.change)(number, &mut value);
        body = value.to_string().into_bytes();
    }
    // The addresses of further pages lead back here.
    send(&mut client, &head.replace(upstream, own), &body)
}

/// Sends a message on, as the last one of its connection.
fn send(to: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<()> {
    let kept = head
        .lines()
        .filter(|line| !line.is_empty() && !names(line, "content-length") && !names(line, "connection"));
    let kept: String = kept.map(|line| format!("{line}\r\n")).collect();
    write!(to, "{kept}content-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    to.write_all(body)
}

fn names(line: &str, header: &str) -> bool {
    line.split(':').next().is_some_and(|name| name.eq_ignore_ascii_case(header))
}

/// The head and the body of what comes in, whose length is said.
fn message(stream: &TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length = head.lines().find(|line| names(line, "content-length"));
    let length = length.and_then(|line| line.split(':').nth(1)?.trim().parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}
