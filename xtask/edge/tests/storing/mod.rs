//! A `moto_server` of its own for a test, on loopback: it speaks as Amazon S3 does, keeps to conditions, and knows who asks.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The bucket that there is from the start.
pub(crate) const BUCKET: &str = "releases";

/// A server that ends with the test.
pub(crate) struct Storing {
    pub(crate) address: String,
    /// The one key that it lets in.
    pub(crate) id: String,
    pub(crate) secret: String,
    /// Whether it asks for a key.
    asks: bool,
    child: Child,
}

impl Drop for Storing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Storing {
    /// Starts one with a bucket, that lets one key in and nobody else.
    pub(crate) fn start() -> Self {
        let mut server = Self::open_to_all();
        server.asks = true;
        server.unasked("0");
        server
    }

    /// The same for whoever asks.
    pub(crate) fn open_to_all() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = Command::new("moto_server")
            .args(["--host", "127.0.0.1", "--port", &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("`moto_server` does not start ({error}): run `cargo xtask test`"));
        let (id, secret) = (String::new(), String::new());
        let mut server = Self { address: address.to_string(), id, secret, asks: false, child };
        let begun = Instant::now();
        while TcpStream::connect(&server.address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "`moto_server` does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        server.manage("Action=CreateUser&UserName=releaser");
        let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
        server.manage(&format!(
            "Action=PutUserPolicy&UserName=releaser&PolicyName=all&PolicyDocument={policy}"
        ));
        let made = server.manage("Action=CreateAccessKey&UserName=releaser");
        let element = |name: &str| {
            let (_, rest) =
                made.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {made}"));
            rest.split_once('<').unwrap().0.to_owned()
        };
        (server.id, server.secret) = (element("AccessKeyId"), element("SecretAccessKey"));
        let bucket = server.send("PUT", &format!("/{BUCKET}"), "text/plain", "s3", "");
        assert!(bucket.starts_with("HTTP/1.1 200"), "{bucket}");
        server
    }

    /// The content of an object; none where there is none.
    pub(crate) fn content(&self, key: &str) -> Option<String> {
        let answer = self.by_hand("GET", key, "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        match head.split(' ').nth(1).unwrap() {
            "200" => Some(body.to_owned()),
            "404" => None,
            _ => panic!("{answer}"),
        }
    }

    /// Puts an object there, whatever is there.
    pub(crate) fn set(&self, key: &str, content: &str) {
        let answer = self.by_hand("PUT", key, content);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Takes an object away.
    pub(crate) fn remove(&self, key: &str) {
        let answer = self.by_hand("DELETE", key, "");
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }

    /// What the owner of the server does with an object, whom it asks for no key.
    fn by_hand(&self, method: &str, key: &str, content: &str) -> String {
        if self.asks {
            self.unasked("1");
        }
        self.send(method, &format!("/{BUCKET}/{key}"), "text/plain", "s3", content)
    }

    /// Lets so many requests in without a key, and then none.
    fn unasked(&self, requests: &str) {
        let answer = self.send("POST", "/moto-api/reset-auth", "text/plain", "x", requests);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    fn manage(&self, form: &str) -> String {
        let said = self.send(
            "POST",
            "/",
            "application/x-www-form-urlencoded",
            "iam",
            &format!("{form}&Version=2010-05-08"),
        );
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        said
    }

    /// Sends one request by hand to one of its services; the whole answer.
    fn send(&self, method: &str, path: &str, content_type: &str, service: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=any\r\nconnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

/// The address of a server before another one, which takes the conditions out of every request. It lives as long as the test.
pub(crate) fn without_conditions(behind: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, behind) = (listener.local_addr().unwrap().to_string(), behind.to_owned());
    std::thread::spawn(move || {
        for mut asking in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            let whole = |request: &[u8]| {
                let text = String::from_utf8_lossy(request).into_owned();
                let (head, body) = text.split_once("\r\n\r\n")?;
                let length = head
                    .lines()
                    .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                (body.len() >= length.unwrap_or(0)).then(|| (head.to_owned(), body.to_owned()))
            };
            let (head, body) = loop {
                if let Some(whole) = whole(&request) {
                    break whole;
                }
                let read = asking.read(&mut buffer).unwrap();
                request.extend_from_slice(&buffer[..read]);
            };
            let kept: Vec<&str> =
                head.lines().filter(|line| !line.to_lowercase().starts_with("if-")).collect();
            let mut server = TcpStream::connect(&behind).unwrap();
            write!(server, "{}\r\nconnection: close\r\n\r\n{body}", kept.join("\r\n")).unwrap();
            let mut answer = Vec::new();
            server.read_to_end(&mut answer).unwrap();
            let _ = asking.write_all(&answer);
        }
    });
    address
}
