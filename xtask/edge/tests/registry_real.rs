//! The registry client against the reference implementation of the protocol (`docker-registry`), on loopback.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

mod running;

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use release_core::config::release::OwnImages;
use release_core::finding::Cause;
use release_core::identity::ObjectId;
use release_edge::registry::{OciRegistry, Registry as _, RegistryAccess};
use release_edge::retag::{Retag, RetagError, Retagged, retag};
use running::{IMAGE, INDEX, Running};

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

const OWN: &str = "ghcr.io/acme/platform";

fn id(digit: char) -> ObjectId {
    digit.to_string().repeat(40).parse().unwrap()
}

/// Pushes an image of two platforms with a layer each and an attestation, as `docker buildx` makes them; the text of its index.
fn push(running: &Running, name: &str, tag: &str) -> String {
    let repository = format!("{OWN}/{name}");
    let manifest = |what: &str| {
        let config = format!(r#"{{"architecture":"{what}","os":"linux"}}"#);
        let (config_digest, layer) =
            (running.push_blob(&repository, config.as_bytes()), format!("layer of {name} for {what}"));
        let layer_digest = running.push_blob(&repository, layer.as_bytes());
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"{IMAGE}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config_digest}","size":{}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{layer_digest}","size":{}}}]}}"#,
            config.len(),
            layer.len()
        );
        let digest =
            running.push_manifest(&repository, &Sha256Hex::of(text.as_bytes()).prefixed(), IMAGE, &text);
        format!(
            r#"{{"mediaType":"{IMAGE}","digest":"{}","size":{},"platform":{{"os":"linux","architecture":"{what}"}}}}"#,
            digest.prefixed(),
            text.len()
        )
    };
    let attestation = manifest("unknown").replace("\"linux\"", "\"unknown\"");
    let index = format!(
        "{{\n  \"schemaVersion\": 2, \"mediaType\":\"{INDEX}\",\n \"manifests\":[{}, {},{attestation}]}}\n",
        manifest("amd64"),
        manifest("arm64")
    );
    running.push_manifest(&repository, tag, INDEX, &index);
    index
}

fn client(running: &Running) -> OciRegistry {
    let access = RegistryAccess { mirror: Some(running.address.clone()), ..RegistryAccess::default() };
    OciRegistry::new(access).unwrap()
}

/// Gives the images of the commit 1 the tag of the commit 2; with it, what was told.
fn retagged(registry: &OciRegistry, names: &[String]) -> (Result<Retagged, RetagError>, Vec<(usize, usize)>) {
    let own = OwnImages { registry: OWN.to_owned(), ..OwnImages::default() };
    let wanted = Retag { own: &own, names, from: &id('1'), to: &id('2') };
    let mut told = Vec::new();
    let result = retag(registry, wanted, &mut |_, done, of| told.push((done, of)));
    (result, told)
}

#[test]
fn untouched_images_get_the_tag_of_a_commit_byte_for_byte_and_no_blob_is_touched() {
    let storage = tempfile::tempdir().unwrap();
    let running = Running::start(storage.path(), "");
    let names: Vec<String> = (1..=19).map(|number| format!("own-{number}")).collect();
    let (from, to) = (format!("sha-{}", id('1')), format!("sha-{}", id('2')));
    let indexes: Vec<String> = names.iter().map(|name| push(&running, name, &from)).collect();
    let before = running.accesses().len();
    let registry = client(&running);

    // A run that broke off has tagged some.
    let first: Vec<_> = indexes.iter().take(5).map(|index| Sha256Hex::of(index.as_bytes())).collect();
    for (name, digest) in names.iter().zip(&first) {
        registry.tag(&format!("{OWN}/{name}"), digest, &to).unwrap();
    }
    let (result, told) = retagged(&registry, &names);
    let result = result.unwrap();
    assert_eq!((result.there.len(), result.given.len(), result.missing.len()), (5, 14, 0));
    assert_eq!(told, (1..=14).map(|done| (done, 14)).collect::<Vec<_>>());

    let accesses = running.accesses().split_off(before);
    assert!(accesses.iter().all(|line| !line.contains("/blobs/")), "{accesses:?}");
    assert_eq!(accesses.iter().filter(|line| line.starts_with("PUT ")).count(), 19, "{accesses:?}");
    for (name, index) in names.iter().zip(&indexes) {
        let path = format!("/v2/{OWN}/{name}/manifests/{to}");
        let (status, answer) = running.send("GET", &path, "text/plain", b"");
        assert_eq!(status, 200, "{answer}");
        assert!(answer.ends_with(index.as_str()), "{name}: the bytes are the same: {answer}");
        assert!(answer.contains(&format!("Content-Type: {INDEX}")), "{answer}");
    }

    let before = running.accesses().len();
    let (again, told) = retagged(&registry, &names);
    assert_eq!((again.unwrap().there.len(), told.len()), (19, 0));
    let mut accesses = running.accesses().split_off(before);
    accesses.retain(|line| line != "GET /v2/");
    assert!(accesses.iter().all(|line| line.starts_with("HEAD ")), "{accesses:?}");
}

#[test]
fn an_image_without_an_earlier_one_has_to_be_built_and_another_digest_stops_before_anything_is_tagged() {
    let storage = tempfile::tempdir().unwrap();
    let running = Running::start(storage.path(), "");
    let names: Vec<String> = ["old", "new", "built", "other", "wrong"].map(str::to_owned).into();
    let (from, to) = (format!("sha-{}", id('1')), format!("sha-{}", id('2')));
    push(&running, "old", &from);
    push(&running, "built", &to);
    let registry = client(&running);
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();

    // Each of these has another image under the new tag.
    for name in ["other", "wrong"] {
        push(&running, name, &from);
        running.push_image(&format!("{OWN}/{name}"), &to);
    }
    let before = running.accesses().len();
    let (result, told) = retagged(&registry, &names);
    let Err(RetagError::Elsewhere(findings)) = result else { panic!("{result:?}") };
    assert!(findings.iter().all(|finding| finding.cause == Cause::ImageTagElsewhere), "{findings:?}");
    assert_eq!(findings.iter().map(|finding| finding.cause.exit_code()).collect::<Vec<_>>(), [3, 3]);
    for (finding, name) in findings.iter().zip(["other", "wrong"]) {
        assert!(finding.message.contains(&format!("{OWN}/{name}:{to}")), "{}", finding.message);
    }
    assert!(told.is_empty());
    assert!(running.accesses().iter().skip(before).all(|line| !line.starts_with("PUT ")));

    let (result, _) = retagged(&registry, &own(&["old", "new", "built"]));
    let result = result.unwrap();
    let named =
        |found: &[(String, Sha256Hex)]| found.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!((named(&result.given), named(&result.there)), (own(&["old"]), own(&["built"])));
    assert_eq!(result.missing, own(&["new"]));
}
