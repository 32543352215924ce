//! Each rule is broken by a sample and kept by the valid ones.

use std::collections::BTreeSet;

use super::*;
use serde_json::{Value as Json, json};

const CURRENT: &str = "RWTHw07izleL1hQzOIJnuWpTWuVCFP4nHEgC6DKzo5+2AFOiY0iPevPl";
const NEXT: &str = "RWRWD16+lescfLgBZqqyBZ7gcdIE8OnT282jIsUiPKPGs3btW7ON3Vry";
const CHANNEL: &str = "RWRZUPBV3+RUkNDMLpEfelRUS2KcDATDEHquHU0/g5yeDYFniwgORcrI";
const RETIRED: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const REVOKED: &str = "RWTssrt8urRI2Jtl+RaBB8v24CQ+fWjQtZ/cB6f5ifSXZ+jcEFfs5nED";

fn release() -> Json {
    json!({
        "format": 1,
        "product": "platform",
        "repository": { "owner": "acme", "name": "platform" },
        "version": { "first": "1.0.0" },
        "labels": [
            { "name": "major", "bump": "major" },
            { "name": "minor", "bump": "minor" },
            { "name": "patch", "bump": "patch" },
            { "name": "none", "bump": "none" },
            { "name": "area/*" },
        ],
        "channels": [{ "name": "latest" }, { "name": "rc", "prerelease": "rc" }],
        "images": { "registry": "ghcr.io/acme/platform", "names": [
            { "name": "api", "context": "services/api" },
            { "name": "web", "context": "." },
        ]},
        "signing": { "release_keys": [CURRENT, NEXT], "retired_keys": [RETIRED], "channel_keys": [CHANNEL], "revoked": [REVOKED] },
        "announcements": [
            { "name": "team", "kind": "slack", "url_from": "SLIPWAY_WEBHOOK_TEAM" },
            { "name": "all", "kind": "generic", "url_from": "SLIPWAY_WEBHOOK_2", "template": "a.j2" },
        ],
        "stamps": [
            { "path": "Cargo.toml", "kind": "cargo-workspace" },
            { "path": "a.json", "kind": "json", "key": "version" },
            { "path": "a.json", "kind": "json", "key": "packages..version" },
        ],
    })
}

fn bundles() -> Json {
    json!({
        "format": 1,
        "variants": [
            { "id": "cpu", "compose": ["compose/base.yaml"] },
            { "id": "gpu", "suffix": "-gpu", "compose": ["compose/base.yaml", "compose/gpu.yaml"], "adds_services": ["llm"] },
            { "id": "arm", "suffix": "-arm", "compose": ["compose/base.yaml"] },
        ],
        "files": [
            { "from": "config/a", "to": "configs/a" },
            { "from": "config/b-cpu", "to": "configs/b", "variants": ["cpu"] },
            { "from": "config/b-gpu", "to": "configs/b", "variants": ["gpu"] },
        ],
    })
}

/// A rule, where to change the valid sample, to what, and the key that is named.
type Case = (&'static str, &'static str, Json, &'static str);

fn release_cases() -> Vec<Case> {
    vec![
        ("release-format", "/format", json!(2), "format"),
        ("product-name", "/product", json!("My Platform"), "product"),
        ("repository-name", "/repository/owner", json!("a/b"), "repository.owner"),
        ("repository-name", "/repository/name", json!("a.git"), "repository.name"),
        ("repository-name", "/repository/remote", json!("-x"), "repository.remote"),
        ("branch-name", "/branches", json!({ "main": "refs heads" }), "branches.main"),
        ("line-names", "/branches", json!({ "main": "main", "lines": "" }), "branches.lines"),
        ("line-names", "/branches", json!({ "main": "main", "lines": "line " }), "branches.lines"),
        ("line-names", "/branches", json!({ "main": "release/1.0" }), "branches.lines"),
        ("announcement-name", "/announcements/0/name", json!("A"), "announcements[0].name"),
        ("announcement-name", "/announcements/1/name", json!("team"), "announcements[1].name"),
        ("announcement-url", "/announcements/0/url_from", json!("GITHUB_TOKEN"), "announcements[0].url_from"),
        (
            "announcement-url",
            "/announcements/0/url_from",
            json!("SLIPWAY_WEBHOOK_"),
            "announcements[0].url_from",
        ),
        (
            "announcement-channels",
            "/announcements/1/channels",
            json!(["rc", "beta"]),
            "announcements[1].channels[1]",
        ),
        ("announcement-template", "/announcements/1/template", json!("../x"), "announcements[1].template"),
        ("develop-name", "/branches", json!({ "main": "main", "develop": "dev elop" }), "branches.develop"),
        ("develop-name", "/branches", json!({ "main": "main", "develop": "main" }), "branches.develop"),
        (
            "develop-name",
            "/branches",
            json!({ "main": "main", "develop": "release/1.0" }),
            "branches.develop",
        ),
        ("topic-names", "/branches", json!({ "main": "main", "topics": [""] }), "branches.topics[0]"),
        (
            "topic-names",
            "/branches",
            json!({ "main": "main", "topics": ["a/", "release/"] }),
            "branches.topics[1]",
        ),
        ("topic-names", "/branches", json!({ "main": "main", "topics": ["a/", "a/"] }), "branches.topics[1]"),
        (
            "channel-moving-tags",
            "/channels/1",
            json!({ "name": "sha-x", "prerelease": "rc", "moving_tags": true }),
            "channels[1].name",
        ),
        ("pointers-lasting", "/pointers", json!({ "valid_days": 0 }), "pointers.valid_days"),
        (
            "pointers-lasting",
            "/pointers",
            json!({ "valid_days": 9, "renew_before_days": 9 }),
            "pointers.renew_before_days",
        ),
        (
            "pointers-s3",
            "/pointers",
            json!({ "s3": { "endpoint": "http://s3.example", "bucket": "releases" } }),
            "pointers.s3.endpoint",
        ),
        (
            "pointers-s3",
            "/pointers",
            json!({ "s3": { "endpoint": "https://s3.example", "bucket": "releases", "region": "" } }),
            "pointers.s3.region",
        ),
        (
            "pointers-s3",
            "/pointers",
            json!({ "s3": { "endpoint": "https://s3.example", "bucket": "R" } }),
            "pointers.s3.bucket",
        ),
        (
            "pointers-s3",
            "/pointers",
            json!({ "s3": { "endpoint": "https://s3.example", "bucket": "releases", "prefix": "/a" } }),
            "pointers.s3.prefix",
        ),
        ("channel-keep", "/channels/0", json!({ "name": "latest", "keep": 3 }), "channels[0].keep"),
        (
            "channel-keep",
            "/channels/0",
            json!({ "name": "nightly", "prerelease": "nightly", "keep": 1 }),
            "channels[0].keep",
        ),
        ("first-version", "/version/first", json!("1.0.0+build"), "version.first"),
        ("pace", "/milliseconds_between_writes", json!(60_001), "milliseconds_between_writes"),
        ("label-name", "/labels/4/name", json!("a*b"), "labels[4].name"),
        ("label-name", "/labels/4/name", json!(""), "labels[4].name"),
        ("label-name", "/labels/4/name", json!(" x"), "labels[4].name"),
        ("label-name", "/labels/4/name", json!("x".repeat(51)), "labels[4].name"),
        ("label-unique", "/labels/4", json!({ "name": "MAJOR" }), "labels[4].name"),
        ("label-agree", "/labels/4", json!({ "name": "m*", "bump": "patch" }), "labels[4].bump"),
        (
            "label-breaking",
            "/labels/4",
            json!({ "name": "x", "bump": "minor", "section": "breaking" }),
            "labels[4].bump",
        ),
        ("label-cover", "/labels/2", json!({ "name": "x" }), "labels"),
        ("channel-name", "/channels", json!([]), "channels"),
        ("channel-name", "/channels/0/name", json!("Latest"), "channels[0].name"),
        ("channel-name", "/channels/1/name", json!("latest"), "channels[1].name"),
        ("channel-prerelease", "/channels/1/prerelease", json!("rc.1"), "channels[1].prerelease"),
        ("channel-prerelease", "/channels/0/prerelease", json!("rc"), "channels[1].prerelease"),
        ("image-registry", "/images/registry", json!("https://ghcr.io/acme"), "images.registry"),
        ("image-registry", "/images/registry", json!(""), "images.registry"),
        ("image-name", "/images/names/0/name", json!("api:v1"), "images.names[0].name"),
        ("image-name", "/images/names/1/name", json!("api"), "images.names[1].name"),
        (
            "image-dockerfile",
            "/images/names/0/dockerfile",
            json!("/Dockerfile"),
            "images.names[0].dockerfile",
        ),
        ("image-paths", "/images/names/0/paths", json!(["lib", "lib/*"]), "images.names[0].paths[1]"),
        ("image-paths", "/images/names/0/paths", json!(["lib", "lib"]), "images.names[0].paths[1]"),
        ("image-depends-on", "/images/names/0/depends_on", json!(["we"]), "images.names[0].depends_on[0]"),
        (
            "image-depends-on",
            "/images/names/0/depends_on",
            json!(["web", "web"]),
            "images.names[0].depends_on[1]",
        ),
        ("image-circle", "/images/names/0/depends_on", json!(["api"]), "images.names[0].depends_on[0]"),
        ("image-wait", "/images/minutes_to_wait", json!(7201), "images.minutes_to_wait"),
        ("image-context", "/images/names/0/context", json!("../api"), "images.names[0].context"),
        ("signing-keys", "/signing/release_keys", json!([]), "signing.release_keys"),
        ("signing-keys", "/signing/release_keys/1", json!(CURRENT), "signing.release_keys[1]"),
        ("signing-keys", "/signing/retired_keys/0", json!(NEXT), "signing.retired_keys[0]"),
        ("signing-keys", "/signing/retired_keys", json!([RETIRED, RETIRED]), "signing.retired_keys[1]"),
        ("signing-keys", "/signing/channel_keys/0", json!(NEXT), "signing.channel_keys[0]"),
        ("signing-keys", "/signing/channel_keys/0", json!(RETIRED), "signing.channel_keys[0]"),
        ("signing-keys", "/signing/revoked/0", json!(RETIRED), "signing.revoked[0]"),
        ("signing-keys", "/signing/revoked/0", json!(NEXT), "signing.revoked[0]"),
        ("signing-keys", "/signing/revoked/0", json!(CHANNEL), "signing.revoked[0]"),
        ("stamp-path", "/stamps/1/path", json!("/a.json"), "stamps[1].path"),
        ("stamp-path", "/stamps/0/path", json!("Cargo.lock"), "stamps[0].path"),
        ("stamp-key", "/stamps/1/key", json!(null), "stamps[1].key"),
        ("stamp-key", "/stamps/0/key", json!("version"), "stamps[0].key"),
        ("stamp-unique", "/stamps/2/key", json!("version"), "stamps[2].path"),
    ]
}

fn bundles_cases() -> Vec<Case> {
    vec![
        ("bundles-format", "/format", json!(0), "format"),
        ("variant-id", "/variants", json!([]), "variants"),
        ("variant-id", "/variants/2/id", json!("ARM"), "variants[2].id"),
        ("variant-id", "/variants/2/id", json!("cpu"), "variants[2].id"),
        ("variant-suffix", "/variants/1/suffix", json!("gpu"), "variants[1].suffix"),
        ("variant-suffix", "/variants/1/suffix", json!(""), "variants[1].suffix"),
        ("variant-compose", "/variants/0/compose", json!([]), "variants[0].compose"),
        ("variant-compose", "/variants/1/compose/1", json!("../x.yaml"), "variants[1].compose[1]"),
        ("variant-compose", "/variants/1/compose/1", json!("compose/base.yaml"), "variants[1].compose[1]"),
        ("variant-first", "/variants/0/adds_services", json!(["x"]), "variants[0].adds_services"),
        ("variant-first", "/variants/0/changes_services", json!(["x"]), "variants[0].changes_services"),
        ("variant-services", "/variants/1/adds_services", json!(["x", "x"]), "variants[1].adds_services[1]"),
        (
            "variant-services",
            "/variants/1/changes_services",
            json!(["llm"]),
            "variants[1].changes_services[0]",
        ),
        ("file-path", "/files/0/to", json!("a/../b"), "files[0].to"),
        ("file-path", "/files/0/from", json!("/etc"), "files[0].from"),
        ("file-variants", "/files/1/variants", json!(["npu"]), "files[1].variants[0]"),
        ("file-variants", "/files/1/variants", json!(["cpu", "cpu"]), "files[1].variants[1]"),
        ("file-destination", "/files/0/to", json!("configs/b"), "files[1].to"),
        (
            "pin-exception",
            "/pins",
            json!({ "exceptions": [{ "image": "postgres", "reason": "x" }] }),
            "pins.exceptions[0].image",
        ),
    ]
}

fn locks_cases() -> Vec<Case> {
    let (image, other) = ("/images/0/image", format!("docker.io/a/b@sha256:{}", "1".repeat(64)));
    vec![
        ("locks-format", "/format", json!(2), "format"),
        ("locks-image", image, json!("a b"), "images[0].image"),
        ("locks-image", image, json!("redis:8.2.1"), "images[0].image"),
        ("locks-image", image, json!("docker.io/a/c:1.2.3"), "images[1].image"),
        ("locks-image", image, json!(other), "images[0].digest"),
    ]
}

#[test]
fn each_rule_of_the_lock_file_can_be_broken() {
    let lock = |image: &str| json!({ "image": image, "digest": format!("sha256:{}", "0".repeat(64)) });
    let valid = json!({ "format": 1, "images": [lock("docker.io/a/b:1.2.3"), lock("docker.io/a/c:1.2.3")] });
    prove(LOCKS, &valid, &locks_cases());
}

/// The ids of the rules that a sample breaks, with the keys that are named.
fn broken<T: serde::de::DeserializeOwned>(rules: &[Rule<T>], sample: &Json) -> Vec<(&'static str, String)> {
    let config: T = serde_json::from_value(sample.clone()).expect("has the right shape");
    let each =
        rules.iter().flat_map(|rule| rule.violations(&config).into_iter().map(|found| (rule.id, found.key)));
    each.collect()
}

fn changed(sample: &Json, pointer: &str, value: &Json) -> Json {
    let mut sample = sample.clone();
    let (parent, key) = pointer.rsplit_once('/').expect("is a pointer");
    match sample.pointer_mut(parent).expect("leads somewhere") {
        Json::Array(items) => items[key.parse::<usize>().expect("is a number")] = value.clone(),
        Json::Object(entries) => {
            entries.insert(key.to_owned(), value.clone());
        }
        _ => panic!("{pointer} leads nowhere"),
    }
    sample
}

fn prove<T: serde::de::DeserializeOwned>(rules: &[Rule<T>], valid: &Json, cases: &[Case]) {
    assert_eq!(broken(rules, valid), [], "the valid sample");
    for (id, pointer, value, key) in cases {
        let found = broken(rules, &changed(valid, pointer, value));
        assert!(found.contains(&(*id, (*key).to_owned())), "{id} at {pointer} with {value}: {found:?}");
        assert!(found.iter().all(|(other, _)| other == id), "{id} at {pointer} breaks others too: {found:?}");
    }
    let ids: BTreeSet<_> = rules.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), rules.len(), "each rule has an id of its own");
    assert_eq!(ids, cases.iter().map(|(id, ..)| *id).collect(), "each rule has a case");
}

#[test]
fn each_rule_of_the_release_configuration_can_be_broken() {
    prove(RELEASE, &release(), &release_cases());
}

#[test]
fn each_rule_of_the_bundles_can_be_broken() {
    prove(BUNDLES, &bundles(), &bundles_cases());
}

#[test]
fn each_rule_of_what_updates_have_to_heed_can_be_broken() {
    let valid = json!({ "format": 1, "updates": { "from": "1.2.0", "stops": ["1.4.0"] } });
    let cases: [Case; 3] = [
        ("compatibility-format", "/format", json!(2), "format"),
        ("compatibility-versions", "/updates/stops/0", json!("1.4.0-rc.1"), "updates.stops[0]"),
        ("compatibility-stops", "/updates/stops/0", json!("1.2.0"), "updates.stops[0]"),
    ];
    prove(COMPATIBILITY, &valid, &cases);
}

#[test]
fn each_rule_reads_only_keys_that_exist() {
    for (rules, sample) in [
        (
            RELEASE.iter().map(|rule| (rule.text, rule.reads)).collect::<Vec<_>>(),
            crate::config::schema::of::<ReleaseConfig>(),
        ),
        (
            BUNDLES.iter().map(|rule| (rule.text, rule.reads)).collect(),
            crate::config::schema::of::<BundlesConfig>(),
        ),
        (
            COMPATIBILITY.iter().map(|rule| (rule.text, rule.reads)).collect(),
            crate::config::schema::of::<CompatibilityConfig>(),
        ),
    ] {
        for (text, reads) in rules {
            assert!(!reads.is_empty() && !text.is_empty());
            for key in reads {
                assert!(sample.as_value()["properties"].get(key).is_some(), "{text}: {key}");
            }
        }
    }
}

#[test]
fn labels_need_not_cover_every_bump_where_commits_decide() {
    let sample = changed(&release(), "/labels", &json!([]));
    assert_eq!(broken(RELEASE, &sample).len(), 4);
    for source in ["conventional-commits", "labels-then-conventional-commits"] {
        assert_eq!(broken(RELEASE, &changed(&sample, "/version/source", &json!(source))), []);
    }
}

#[test]
fn patterns_that_agree_or_are_apart_may_stand_together() {
    for other in [
        json!({ "name": "mi*", "bump": "minor" }),
        json!({ "name": "mi*", "section": "added" }),
        json!({ "name": "x*", "bump": "patch" }),
        json!({ "name": "x", "bump": "patch" }),
    ] {
        assert_eq!(broken(RELEASE, &changed(&release(), "/labels/4", &other)), [], "{other}");
    }
}
