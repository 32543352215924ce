//! A server that gives recorded answers, and remembers what it was asked. Must never make an answer up.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::replay::Recording;

/// A running server.
pub(crate) struct Scripted {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Gives these answers in order, with its own address in the place of GitHub's hosts, and then no more.
    pub(crate) fn with(recordings: &[Recording]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, own) = (Arc::clone(&asked), url.clone());
        let answers: Vec<Vec<u8>> = recordings.iter().map(|recording| answer(recording, &own)).collect();
        thread::spawn(move || {
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else { return };
                if let Some(line) = read(&stream) {
                    log.lock().unwrap().push(line);
                    let _ = stream.write_all(&answer);
                }
            }
        });
        Self { url, asked }
    }

    /// Method and path with query of each request.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(recording: &Recording, own: &str) -> Vec<u8> {
    let local =
        |text: &str| text.replace("https://api.github.com", own).replace("https://uploads.github.com", own);
    let body = match &recording.response {
        serde_json::Value::String(text) => text.clone(),
        json => local(&json.to_string()),
    };
    let mut text = format!("HTTP/1.1 {} Recorded\r\nconnection: close\r\n", recording.status);
    for name in ["content-type", "link", "etag", "location", "x-ratelimit-limit", "x-ratelimit-remaining"] {
        if let Some(value) = recording.header(name) {
            text.push_str(&format!("{name}: {}\r\n", local(&value)));
        }
    }
    if recording.status != 204 {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    format!("{text}\r\n{body}").into_bytes()
}

/// Reads a whole request, for its method and target.
fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let mut words = first.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?))
}
