//! The registry client against the reference implementation of the protocol (`docker-registry`), on loopback.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

mod running;

use std::collections::BTreeMap;

use release_edge::registry::{OciRegistry, Registry as _, RegistryAccess};
use running::{INDEX, Running};

#[test]
fn an_image_is_resolved_and_tagged_byte_for_byte() {
    let storage = tempfile::tempdir().unwrap();
    let running = Running::start(storage.path(), "");
    let repository = "ghcr.io/acme/app";
    let (index_digest, image_digest, index) = running.push_index(repository, "sha-1");

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
