//! The client of buckets, with a server that is not ours: what it keeps to, what it refuses, and how that is said.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the functions beside the tests may fail a test too"
)]

mod storing;

use release_core::config::BucketConfig;
use release_core::finding::Cause;
use release_edge::bucket::{Bucket, Keys, S3, Written};
use release_edge::proxy::Proxies;
use release_edge::secret::Secret;
use storing::{BUCKET, Storing, without_conditions};

const KEY: &str = "platform/latest/latest.json";

/// How the bucket of a server is configured.
fn place(address: &str) -> BucketConfig {
    BucketConfig {
        endpoint: format!("http://{address}"),
        region: "us-east-1".to_owned(),
        bucket: BUCKET.to_owned(),
        prefix: Some("platform".to_owned()),
    }
}

fn keys(server: &Storing) -> Keys {
    let secret = |text: &str| Secret::new(text).unwrap();
    Keys { id: secret(&server.id), secret: secret(&server.secret), session: None }
}

fn open(place: &BucketConfig, keys: Keys) -> S3 {
    S3::new(place, keys, &Proxies::default()).unwrap()
}

#[test]
fn an_object_is_written_only_over_what_was_read() {
    let server = Storing::start();
    let (one, other) =
        (open(&place(&server.address), keys(&server)), open(&place(&server.address), keys(&server)));
    assert_eq!(one.read(KEY).unwrap(), None);
    assert_eq!(one.write(KEY, b"1", None).unwrap(), Written::Done);
    assert_eq!(other.write(KEY, b"2", None).unwrap(), Written::Overtaken, "both saw nothing");
    let seen = other.read(KEY).unwrap().unwrap();
    assert_eq!(seen.content, b"1");
    assert_eq!(one.write(KEY, b"2", Some(&seen)).unwrap(), Written::Done);
    assert_eq!(other.write(KEY, b"3", Some(&seen)).unwrap(), Written::Overtaken, "a mark of before");
    assert_eq!(other.read(KEY).unwrap().unwrap().content, b"2");
    let elsewhere = "platform/rc/latest.json";
    assert_eq!(other.write(elsewhere, b"1", Some(&seen)).unwrap(), Written::Overtaken, "it is gone");
    assert_eq!(other.read(elsewhere).unwrap(), None);
}

#[test]
fn what_the_server_refuses_is_said_with_a_remedy_and_without_the_key() {
    let server = Storing::start();
    let nobody = Secret::new("AKIANOBODYATALL").unwrap();
    let wrong = Secret::new("a-wrong-key").unwrap();
    let cases = [
        (
            Keys { id: nobody, ..keys(&server) },
            place(&server.address),
            "InvalidAccessKeyId",
            "AWS_ACCESS_KEY_ID",
        ),
        (
            Keys { secret: wrong, ..keys(&server) },
            place(&server.address),
            "SignatureDoesNotMatch",
            "AWS_SECRET_ACCESS_KEY",
        ),
        (
            keys(&server),
            BucketConfig { bucket: "nowhere".to_owned(), ..place(&server.address) },
            "there is no bucket `nowhere`",
            "`pointers.s3`",
        ),
    ];
    for (keys, place, message, hint) in cases {
        let bucket = open(&place, keys);
        for failure in [bucket.read(KEY).unwrap_err(), bucket.write(KEY, b"1", None).unwrap_err()] {
            assert_eq!(failure.cause, Cause::BucketRefused, "{failure:?}");
            assert!(failure.message.contains(message) && failure.hint.contains(hint), "{failure:?}");
            let said = format!("{failure:?} {bucket:?}");
            assert!(!said.contains(&server.secret) && !said.contains("a-wrong-key"), "{said}");
        }
    }
}

#[test]
fn a_server_that_ignores_conditions_is_found_out_before_anything_is_lost() {
    let server = Storing::open_to_all();
    server.set(KEY, "there");
    let place = place(&without_conditions(&server.address));
    let bucket = open(&place, keys(&server));
    let seen = bucket.read(KEY).unwrap();
    for over in [None, seen.as_ref()] {
        let failure = bucket.write(KEY, b"mine", over).unwrap_err();
        assert_eq!(failure.cause, Cause::BucketUnguarded, "{failure:?}");
        assert!(failure.hint.contains("`If-None-Match`"), "{failure:?}");
    }
    assert_eq!(server.content(KEY).as_deref(), Some("there"));
}
