//! The rule about the bucket that pointers are copied to. Never reaches it.

use super::super::ReleaseConfig;
use super::super::bucket::{is_bucket, is_endpoint, is_prefix};
use super::Rule;
use crate::untrusted::quoted;

pub(super) const PLACE: Rule<ReleaseConfig> = Rule {
    id: "pointers-s3",
    text: "pointers are copied over an encrypted connection, or on this machine, to names that need no escape in an address",
    reads: &["pointers"],
    check: |config, found| {
        let Some(bucket) = &config.pointers.s3 else { return };
        let is_region = |text: &str| {
            let right = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
            !text.is_empty() && text.bytes().all(right)
        };
        let prefix = bucket.prefix.as_deref();
        let parts = [
            ("endpoint", Some(bucket.endpoint.as_str()), is_endpoint as fn(&str) -> bool, ENDPOINT),
            (
                "region",
                Some(bucket.region.as_str()),
                is_region,
                "write it as your server names it, as in `eu-central-1`",
            ),
            (
                "bucket",
                Some(bucket.bucket.as_str()),
                is_bucket,
                "use 3 to 63 lower-case letters, digits, hyphens and dots",
            ),
            (
                "prefix",
                prefix,
                is_prefix,
                "use letters, digits, `-`, `_`, `.` and `/`, without `/` at either end",
            ),
        ];
        for (key, text, is_right, right) in parts {
            if let Some(text) = text.filter(|text| !is_right(text)) {
                found.add(format!("pointers.s3.{key}"), format!("{} is no {key}", quoted(text)), right);
            }
        }
    },
};

const ENDPOINT: &str = "write `https://` and the server, as in `https://s3.eu-central-1.amazonaws.com`; `http://` only on this machine";
