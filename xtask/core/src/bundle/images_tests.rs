//! What the lock file spares the registries, and what of it a bundle holds.

use super::super::render::{COMPOSE, bundles};
use super::*;
use crate::config::ImageLocks;
use crate::facts::Facts;
use crate::samples;

const DATABASE: &str = "docker.io/library/redis:8.2.1";
const MODEL: &str = "quay.io/models/server:2.4.0";

fn version() -> Version {
    Version::new(1, 3, 0)
}

fn own() -> String {
    format!("ghcr.io/acme/widgets/api:sha-{}", samples::id(7))
}

/// The sample whose lock file has other digests than its registries.
fn with_locks(images: &[&str]) -> Facts {
    let mut facts = samples::facts();
    let locked = |name: &&str| ((*name).to_owned(), samples::image(&format!("{name} locked")));
    facts.configuration.locks = Some(ImageLocks::of(&images.iter().map(locked).collect()));
    facts
}

#[test]
fn what_is_locked_is_asked_of_no_registry() {
    for (locked, open) in [
        (&[][..], vec![DATABASE.to_owned(), own(), MODEL.to_owned()]),
        (&[MODEL], vec![DATABASE.to_owned(), own()]),
        (&[DATABASE, MODEL], vec![own()]),
    ] {
        let facts = with_locks(locked);
        let wanted = wanted(&Material::of(&facts), &version()).unwrap();
        assert_eq!(wanted.open, open);
        let found: Vec<&str> = wanted.locked.keys().map(String::as_str).collect();
        assert_eq!(found, locked);
        let right =
            wanted.locked.iter().all(|(name, facts)| *facts == samples::image(&format!("{name} locked")));
        assert!(right);
    }
}

#[test]
fn an_own_image_is_asked_for_whatever_the_lock_file_says() {
    let own = own();
    let facts = with_locks(&[&own]);
    let wanted = wanted(&Material::of(&facts), &version()).unwrap();
    assert!(wanted.open.contains(&own) && wanted.locked.is_empty(), "{wanted:?}");
    assert_eq!(third_party(&Material::of(&facts), &version()).unwrap(), [DATABASE, MODEL]);
}

#[test]
fn a_bundle_made_without_registries_has_the_digests_of_the_lock_file() {
    let facts = with_locks(&[DATABASE, MODEL]);
    let offline = Material { images: None, ..Material::of(&facts) };
    for bundle in bundles(&offline, &version()).unwrap().bundles {
        let text = |path: &str| {
            let file = bundle.files.iter().find(|file| file.path == path);
            file.and_then(|file| file.content.as_text()).unwrap()
        };
        let digest = samples::image(&format!("{DATABASE} locked")).digest;
        assert!(text(COMPOSE).contains(&format!("image: redis:8.2.1@{}", digest.prefixed())));
        let manifest: manifest::Manifest = serde_json::from_str(text(manifest::FILE_NAME)).unwrap();
        assert_eq!(manifest.images["database"].digest, Some(digest));
        assert!(manifest.images["database"].platforms.contains_key("linux/arm64"));
        assert_eq!(manifest.images["api"].digest, None, "an own image needs its registry");
    }
}

#[test]
fn what_a_release_still_lacks_is_told_by_reference() {
    let mut facts = samples::facts();
    let of = facts.images.len();
    assert_eq!(pending(&facts), Pending { missing: Vec::new(), of });
    let (gone, _) = facts.images.pop_first().unwrap();
    assert_eq!(pending(&facts), Pending { missing: vec![gone], of });
    facts.pull_requests[0].labels = vec!["none".to_owned()];
    assert_eq!(pending(&facts), Pending { missing: Vec::new(), of: 0 }, "nothing asks for a release");
}
