//! An enterprise around a stage: a GitHub Enterprise server and registries with certificates of the company's own authority, in a network
//! that only a proxy with a password leads into. Names resolve nowhere but there.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::stage::Stage;

/// The server of the enterprise, and what its proxy wants to hear.
pub(crate) const SERVER: &str = "https://ghe.example";
pub(crate) const PASSWORD: &str = "way@out";
const HOSTS: &[&str] = &["ghe.example", "registry.example", "index.docker.io"];

/// An enterprise for as long as the process lives.
pub(crate) struct Enterprise {
    /// The certificate of its authority.
    pub(crate) authority: PathBuf,
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Enterprise {
    /// Builds one around a stage.
    pub(crate) fn around(stage: &Stage) -> Self {
        let authority = stage.path("authority.pem");
        let (certificate, tls) = certificates();
        std::fs::write(&authority, certificate).expect("a file");
        let inside = Arc::new(Inside {
            tls: Arc::new(tls),
            api: stage.rehearsal.api_url().to_owned(),
            uploads: stage.rehearsal.uploads_url().to_owned(),
            web: stage.rehearsal.web_url().to_owned(),
            registry: format!("http://{}", stage.rehearsal.registry_address()),
            remote: stage.bare(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (inside, log) = (Arc::clone(&inside), Arc::clone(&log));
                // A client that hangs up midway is its own business.
                std::thread::spawn(move || {
                    connection.and_then(|connection| connect(connection, &inside, &log))
                });
            }
        });
        Self { authority, address, seen }
    }

    /// The proxy as the environment names it, for somebody who knows this password.
    pub(crate) fn proxy(&self, password: &str) -> String {
        format!("http://slipway:{}@{}", password.replace('@', "%40"), self.address)
    }

    /// What the proxy was asked to connect to, sorted, each once.
    pub(crate) fn seen(&self) -> Vec<String> {
        let mut seen = self.seen.lock().expect("a log").clone();
        seen.sort();
        seen.dedup();
        seen
    }
}

/// What lies inside.
struct Inside {
    tls: Arc<ServerConfig>,
    api: String,
    uploads: String,
    web: String,
    registry: String,
    remote: PathBuf,
}

/// The certificate of an authority, and a server's configuration with one that it signed.
fn certificates() -> (String, ServerConfig) {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "The company's own authority");
    let key = KeyPair::generate().expect("a key");
    let authority = params.self_signed(&key).expect("a certificate");
    let issuer = Issuer::new(params, key);
    let names: Vec<String> = HOSTS.iter().map(|host| (*host).to_owned()).collect();
    let key = KeyPair::generate().expect("a key");
    let certificate =
        CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a certificate with its key");
    (authority.pem(), tls)
}

/// The proxy: knows its people, and leads to the hosts inside.
fn connect(mut client: TcpStream, inside: &Inside, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let words = format!("Basic {}", STANDARD.encode(format!("slipway:{PASSWORD}")));
    let mut head = head_of(&mut BufReader::new(&client))?;
    // Git asks without a word first.
    while value(&head, "proxy-authorization") != Some(words.as_str()) {
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"way\"\r\ncontent-length: 0\r\n\r\n")?;
        head = head_of(&mut BufReader::new(&client))?;
    }
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    seen.lock().expect("a log").push(target.clone());
    let host = target.trim_end_matches(":443");
    if !HOSTS.contains(&host) || !head.starts_with("CONNECT ") {
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let session = ServerConnection::new(Arc::clone(&inside.tls)).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(session, client);
    let (head, body) = message(&mut BufReader::new(&mut stream))?;
    let answer = inside.answer(host, &head, &body)?;
    stream.write_all(&answer)?;
    stream.conn.send_close_notify();
    stream.flush()
}

impl Inside {
    /// The answer of a host inside, as the last one of its connection.
    fn answer(&self, host: &str, head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let line = head.lines().next().unwrap_or_default();
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if let Some(path) = target.strip_prefix("/example/aihummer.git/") {
            return self.git(method, path, head, body);
        }
        let (upstream, path) = self.place(host, target);
        let mut server = TcpStream::connect(upstream.trim_start_matches("http://"))?;
        let kept: String = head
            .lines()
            .skip(1)
            .filter(|line| !line.is_empty() && !names(line, "connection"))
            .map(|line| format!("{line}\r\n"))
            .collect();
        write!(server, "{method} {path} HTTP/1.1\r\n{kept}connection: close\r\n\r\n")?;
        server.write_all(body)?;
        let (head, mut body) = if method == "HEAD" {
            (head_of(&mut BufReader::new(server))?, Vec::new())
        } else {
            message(&mut BufReader::new(server))?
        };
        if value(&head, "content-type").is_some_and(|kind| kind.contains("json")) && host == "ghe.example" {
            body = self.renamed(&String::from_utf8_lossy(&body)).into_bytes();
        }
        let head = self.renamed(&head);
        let mut answer = String::new();
        for line in head.lines().filter(|line| !line.is_empty()) {
            if !names(line, "connection") && (method == "HEAD" || !names(line, "content-length")) {
                answer.push_str(&format!("{line}\r\n"));
            }
        }
        if method != "HEAD" && !head.contains(" 204 ") {
            answer.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        Ok([format!("{answer}connection: close\r\n\r\n").as_bytes(), &body].concat())
    }

    /// Which server of the stage a host and a target mean.
    fn place(&self, host: &str, target: &str) -> (&str, String) {
        if host != "ghe.example" {
            let registry = if host == "index.docker.io" { "docker.io" } else { host };
            let path = target.strip_prefix("/v2/").filter(|rest| !rest.is_empty());
            let path = path.map_or_else(|| target.to_owned(), |rest| format!("/v2/{registry}/{rest}"));
            return (&self.registry, path);
        }
        for (prefix, server, instead) in [
            ("/api/v3/", &self.api, "/"),
            ("/api/graphql", &self.api, "/graphql"),
            ("/api/uploads/", &self.uploads, "/"),
        ] {
            if let Some(rest) = target.strip_prefix(prefix) {
                return (server, format!("{instead}{rest}"));
            }
        }
        (&self.web, target.to_owned())
    }

    /// A text with the enterprise's addresses instead of the stage's.
    fn renamed(&self, text: &str) -> String {
        text.replace(&self.api, &format!("{SERVER}/api/v3"))
            .replace(&self.uploads, &format!("{SERVER}/api/uploads"))
            .replace(&self.web, SERVER)
    }

    /// Git over https, by the program that Git has for it.
    fn git(&self, method: &str, target: &str, head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut backend = Command::new("git");
        backend
            .args(["-c", "http.receivepack=true", "http-backend"])
            .env("GIT_PROJECT_ROOT", &self.remote)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", format!("/{path}"))
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", method)
            .env("CONTENT_LENGTH", body.len().to_string())
            .env("REMOTE_USER", "maintainer")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        for (variable, header) in [
            ("CONTENT_TYPE", "content-type"),
            ("HTTP_CONTENT_ENCODING", "content-encoding"),
            ("GIT_PROTOCOL", "git-protocol"),
        ] {
            if let Some(value) = value(head, header) {
                backend.env(variable, value);
            }
        }
        let mut backend = backend.spawn()?;
        if let Some(mut input) = backend.stdin.take() {
            input.write_all(body)?;
        }
        let said = backend.wait_with_output()?.stdout;
        let mut reader = BufReader::new(said.as_slice());
        let head = head_of(&mut reader)?;
        let mut body = Vec::new();
        reader.read_to_end(&mut body)?;
        let status = value(&head, "status").unwrap_or("200 OK");
        let kept: String = head
            .lines()
            .filter(|line| !line.is_empty() && !names(line, "status"))
            .map(|line| format!("{line}\r\n"))
            .collect();
        let head =
            format!("HTTP/1.1 {status}\r\n{kept}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        Ok([head.as_bytes(), &body].concat())
    }
}

fn names(line: &str, header: &str) -> bool {
    line.split(':').next().is_some_and(|name| name.eq_ignore_ascii_case(header))
}

fn value<'a>(head: &'a str, header: &str) -> Option<&'a str> {
    head.lines().find(|line| names(line, header)).and_then(|line| Some(line.split_once(':')?.1.trim()))
}

fn head_of(reader: &mut impl std::io::BufRead) -> std::io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

/// The head and the body of what comes in, whose length is said, or which comes in pieces.
fn message(reader: &mut BufReader<impl Read>) -> std::io::Result<(String, Vec<u8>)> {
    let head = head_of(reader)?;
    if value(&head, "transfer-encoding") == Some("chunked") {
        let mut body = Vec::new();
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).map_err(std::io::Error::other)?;
            let mut piece = vec![0; size + 2];
            reader.read_exact(&mut piece)?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(piece.get(..size).unwrap_or_default());
        }
        let kept: String = head
            .lines()
            .filter(|line| !line.is_empty() && !names(line, "transfer-encoding"))
            .map(|line| format!("{line}\r\n"))
            .collect();
        return Ok((format!("{kept}content-length: {}\r\n\r\n", body.len()), body));
    }
    let length = value(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}
