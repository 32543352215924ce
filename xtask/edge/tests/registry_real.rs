//! The registry client against the reference implementation of the protocol (`docker-registry`), on loopback.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bundle_format::digest::Sha256Hex;
use release_edge::registry::{OciRegistry, Registry as _, RegistryAccess};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

/// A registry of its own, which ends with the test.
struct Running {
    address: String,
    child: Child,
    _storage: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start() -> Self {
        let storage = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let configuration = storage.path().join("registry.yml");
        let text = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n",
            storage.path().join("data").display()
        );
        std::fs::write(&configuration, text).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("`docker-registry` has to be installed: {error}"));
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "`docker-registry` does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { address, child, _storage: storage }
    }

    /// Sends one request by hand; the status and what came after it.
    fn send(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> (u16, String) {
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

    fn push_blob(&self, repository: &str, body: &[u8]) -> String {
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

    fn push_manifest(&self, repository: &str, name: &str, media_type: &str, body: &str) -> Sha256Hex {
        let path = format!("/v2/{repository}/manifests/{name}");
        let (status, answer) = self.send("PUT", &path, media_type, body.as_bytes());
        assert_eq!(status, 201, "{answer}");
        Sha256Hex::of(body.as_bytes())
    }
}

#[test]
fn an_image_is_resolved_and_tagged_byte_for_byte() {
    let running = Running::start();
    let repository = "ghcr.io/acme/app";
    let configuration =
        br#"{"architecture":"arm64","variant":"v8","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let blob = running.push_blob(repository, configuration);
    let image = format!(
        "{{ \"schemaVersion\": 2, \"mediaType\": \"{IMAGE}\",\n\"config\": {{\"mediaType\": \
         \"application/vnd.oci.image.config.v1+json\", \"digest\": \"{blob}\", \"size\": {}}}, \"layers\": [] }}",
        configuration.len()
    );
    let image_digest = running.push_manifest(repository, "one", IMAGE, &image);
    let index = format!(
        "{{\"schemaVersion\":2,  \"mediaType\":\"{INDEX}\",\"manifests\":[{{\"mediaType\":\"{IMAGE}\",\"digest\":\"{}\",\
         \"size\":{},\"platform\":{{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"}}}}]}}",
        image_digest.prefixed(),
        image.len()
    );
    let index_digest = running.push_manifest(repository, "sha-1", INDEX, &index);

    let access = RegistryAccess { mirror: Some(running.address.clone()), ..RegistryAccess::default() };
    let registry = OciRegistry::new(access).unwrap();
    let names = ["sha-1", "one", "none"].map(|tag| format!("ghcr.io/acme/app:{tag}"));
    let facts = registry.resolve(&names).unwrap();
    let digests: Vec<_> = facts.iter().map(|one| one.as_ref().map(|one| &one.digest)).collect();
    assert_eq!(digests, [Some(&index_digest), Some(&image_digest), None]);
    let platforms = BTreeMap::from([("linux/arm64".to_owned(), image_digest)]);
    assert!(facts.iter().flatten().all(|one| one.platforms == platforms));

    registry.tag("ghcr.io/acme/app", &index_digest, "1.2.0").unwrap();
    let (status, answer) =
        running.send("GET", &format!("/v2/{repository}/manifests/1.2.0"), "text/plain", b"");
    assert_eq!(status, 200, "{answer}");
    assert!(answer.ends_with(&index), "the bytes are the same: {answer}");
    assert!(answer.contains(&format!("Content-Type: {INDEX}")), "{answer}");
    registry.tag("ghcr.io/acme/app", &index_digest, "1.2.0").unwrap();
}
