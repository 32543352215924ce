//! A `docker-registry` of its own for a test, on loopback, with what the test put into it by hand.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bundle_format::digest::Sha256Hex;

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

/// A registry of its own, which ends with the test.
pub(crate) struct Running {
    pub(crate) address: String,
    child: Child,
    log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts one that keeps what it holds in a folder, and asks who comes as this part of its configuration says.
    pub(crate) fn start(storage: &Path, auth: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let configuration = storage.join("registry.yml");
        let text = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n{auth}",
            storage.join("data").display()
        );
        std::fs::write(&configuration, text).unwrap();
        let log = storage.join("access.log");
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&configuration)
            .stdout(File::create(&log).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("`docker-registry` has to be installed: {error}"));
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "`docker-registry` does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { address, child, log }
    }

    /// The lines of its access log so far: method and path of each request.
    pub(crate) fn accesses(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap();
        let requests = text.lines().filter_map(|line| line.split('"').nth(1)?.strip_suffix(" HTTP/1.1"));
        requests.map(str::to_owned).collect()
    }

    /// Sends one request by hand; the status and what came after it.
    pub(crate) fn send(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\naccept: {INDEX}, {IMAGE}\r\ncontent-type: {content_type}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    pub(crate) fn push_blob(&self, repository: &str, body: &[u8]) -> String {
        let digest = Sha256Hex::of(body).prefixed();
        let (status, answer) =
            self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), "text/plain", b"");
        assert_eq!(status, 202, "{answer}");
        let location = answer
            .lines()
            .find_map(|line| line.strip_prefix("Location: "))
            .and_then(|line| line.trim().split_once(&self.address).map(|(_, path)| path.to_owned()))
            .unwrap();
        let (status, answer) =
            self.send("PUT", &format!("{location}&digest={digest}"), "application/octet-stream", body);
        assert_eq!(status, 201, "{answer}");
        digest
    }

    pub(crate) fn push_manifest(
        &self,
        repository: &str,
        name: &str,
        media_type: &str,
        body: &str,
    ) -> Sha256Hex {
        let path = format!("/v2/{repository}/manifests/{name}");
        let (status, answer) = self.send("PUT", &path, media_type, body.as_bytes());
        assert_eq!(status, 201, "{answer}");
        Sha256Hex::of(body.as_bytes())
    }

    /// Pushes an image for one platform, in an index of its own; both digests.
    pub(crate) fn push_image(&self, repository: &str, tag: &str) -> (Sha256Hex, Sha256Hex) {
        let (index, image, _) = self.push_index(repository, tag);
        (index, image)
    }

    /// The same, with the very text of the index.
    pub(crate) fn push_index(&self, repository: &str, tag: &str) -> (Sha256Hex, Sha256Hex, String) {
        let configuration =
        br#"{"architecture":"arm64","variant":"v8","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
        let blob = self.push_blob(repository, configuration);
        let image = format!(
            "{{ \"schemaVersion\": 2, \"mediaType\": \"{IMAGE}\",\n\"config\": {{\"mediaType\": \
         \"application/vnd.oci.image.config.v1+json\", \"digest\": \"{blob}\", \"size\": {}}}, \"layers\": [] }}",
            configuration.len()
        );
        let image_digest = self.push_manifest(repository, "one", IMAGE, &image);
        let index = format!(
            "{{\"schemaVersion\":2,  \"mediaType\":\"{INDEX}\",\"manifests\":[{{\"mediaType\":\"{IMAGE}\",\"digest\":\"{}\",\
         \"size\":{},\"platform\":{{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"}}}}]}}",
            image_digest.prefixed(),
            image.len()
        );
        let index_digest = self.push_manifest(repository, tag, INDEX, &index);
        (index_digest, image_digest, index)
    }
}
