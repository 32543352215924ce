//! A small platform for tests, ready to be released: one own image, one of somebody else, two variants. A test changes what it is
//! about. Never used outside tests.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use bundle_format::pointer::Yanked;
use bundle_format::signature::PublicKey;
use jiff::Timestamp;
use semver::Version;

use crate::bundle::images::references;
use crate::bundle::render::Material;
use crate::config::release::PointersConfig;
use crate::config::{Configuration, paths};
use crate::converge::{PointerMove, Terms, pointer};
use crate::facts::{
    BucketFacts, CommitFacts, Content, Divergence, FORMAT, Facts, Identity, ImageFacts, KeyFacts,
    PointerFacts, Proof, PullRequestFacts, PushRight, ReleaseFacts, RepositoryFacts, Requests, SourceFile,
    TagFacts, Visibility,
};
use crate::finding::{Cause, Finding};
use crate::identity::ObjectId;
use crate::plan::{Decision, Plan, make};

pub(crate) const RELEASE: &str = r#"
format: 1
product: widgets
repository: { owner: acme, name: widgets }
version: { first: 1.0.0 }
labels:
  - { name: major, bump: major }
  - { name: minor, bump: minor }
  - { name: patch, bump: patch }
  - { name: hotfix, bump: patch }
  - { name: none, bump: none }
  - { name: security, section: security }
  - { name: area/* }
channels:
  - { name: latest }
  - { name: rc, prerelease: rc }
images:
  registry: ghcr.io/acme/widgets
  names:
    - { name: api, context: services/api }
signing:
  release_keys: [RWTHw07izleL1hQzOIJnuWpTWuVCFP4nHEgC6DKzo5+2AFOiY0iPevPl]
  channel_keys: [RWRWD16+lescfLgBZqqyBZ7gcdIE8OnT282jIsUiPKPGs3btW7ON3Vry]
"#;

/// The key that the sample's releases are signed with.
pub(crate) fn release_key() -> PublicKey {
    PublicKey::try_from("RWTHw07izleL1hQzOIJnuWpTWuVCFP4nHEgC6DKzo5+2AFOiY0iPevPl".to_owned()).unwrap()
}

/// The key that the sample's pointers are signed with.
pub(crate) fn channel_key() -> PublicKey {
    PublicKey::try_from("RWRWD16+lescfLgBZqqyBZ7gcdIE8OnT282jIsUiPKPGs3btW7ON3Vry".to_owned()).unwrap()
}

/// What `minisign` signed with it, and the comment that is signed with it: other bytes than the sample's checksums.
pub(crate) const SIGNATURE: &str = concat!(
    "untrusted comment: signature over the checksums of a release\n",
    "RUTHw07izleL1u3F1FZcMxTF74D0qa2wMy+xrZMdlj3Pu+SrSa0un4Y3C07U7mp1Vn1Bjd6o7dJ9HQlkPhv6bI65XoQwnrxc7w4=\n",
    "trusted comment: product:widgets\tversion:1.3.0\n",
    "V56J9+oZLv6kTPnfnH5bWfg/qAIT6BLn+ZAWKKoPCJyLk3kTQosUuG7HZzR0XF9wOnjJn0pkRCLeJ1qKb0sDDw==\n",
);

/// A key that signs nothing.
pub(crate) fn other_key() -> PublicKey {
    PublicKey::try_from("RWRZUPBV3+RUkNDMLpEfelRUS2KcDATDEHquHU0/g5yeDYFniwgORcrI".to_owned()).unwrap()
}

pub(crate) const BUNDLES: &str = r"
format: 1
variants:
  - { id: cpu, compose: [compose/base.yaml] }
  - id: gpu
    suffix: -gpu
    compose: [compose/base.yaml, compose/gpu.yaml]
    adds_services: [model]
    changes_services: [api]
files:
  - { from: config/services, to: configs }
";

const ENVIRONMENT: &str = r"
format: 1
sections:
  - { id: general, title: General }
variables:
  - name: DOMAIN
    section: general
    description: Where people find it.
    kind: { type: manual, example: widgets.example.org }
    required: true
    consumers: [api]
";

const BASE: &str = r#"
services:
  api:
    image: ghcr.io/acme/widgets/api:v0.0.0
    environment: { DOMAIN: "${DOMAIN:?run ./setup-env.sh}" }
    volumes: [./configs/api:/etc/api]
  database:
    image: docker.io/library/redis:8.2.1
    volumes: [./configs/database/init.sh:/init.sh]
"#;

const GPU: &str = r"
services:
  api:
    environment: { MODEL_URL: http://model:8000 }
  model:
    image: quay.io/models/server:2.4.0
";

/// A commit's name made of a number.
pub(crate) fn id(number: u64) -> ObjectId {
    format!("{number:040x}").parse().unwrap()
}

/// A day of the sample's history.
pub(crate) fn day(number: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + number * 86_400).unwrap()
}

pub(crate) fn person() -> Identity {
    Identity { name: "Alice Example".to_owned(), email: "alice@example.org".to_owned() }
}

pub(crate) fn commit(number: u64, subject: &str) -> CommitFacts {
    let time = day(i64::try_from(number).unwrap());
    CommitFacts {
        id: id(number),
        parents: vec![id(number - 1)],
        subject: subject.to_owned(),
        body: String::new(),
        author: person(),
        authored: time,
        committed: time,
    }
}

/// A merged pull request that brought in the commit of its own number.
pub(crate) fn pull_request(number: u64, labels: &[&str]) -> PullRequestFacts {
    PullRequestFacts {
        number,
        title: format!("Change {number}"),
        body: String::new(),
        author: Some("alice".to_owned()),
        bot: false,
        url: format!("https://github.com/acme/widgets/pull/{number}"),
        base: "main".to_owned(),
        head: format!("topic-{number}"),
        fork: false,
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        merged: Some(day(i64::try_from(number).unwrap())),
        commits: vec![id(number)],
    }
}

/// A version tag on the line of the source commit.
pub(crate) fn tag(name: &str, number: u64) -> TagFacts {
    TagFacts {
        tag: name.parse().unwrap(),
        object: id(number),
        commit: id(number),
        source: id(number),
        plan: None,
        on_this_line: true,
    }
}

pub(crate) fn release(number: u64, tag: &str) -> ReleaseFacts {
    let url = format!("https://forge.example/acme/widgets/releases/tag/{tag}");
    ReleaseFacts { id: number, tag: tag.to_owned(), draft: false, prerelease: false, plan: None, url }
}

pub(crate) fn file(text: &str) -> SourceFile {
    SourceFile { content: Content::Text(text.to_owned()), executable: false }
}

pub(crate) fn configuration() -> Configuration {
    configured(RELEASE, BUNDLES)
}

pub(crate) fn configured(release: &str, bundles: &str) -> Configuration {
    let texts = [(paths::RELEASE, release), (paths::BUNDLES, bundles), (paths::ENVIRONMENT, ENVIRONMENT)];
    let sources = texts.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    Configuration::parse(&sources).unwrap()
}

/// What the sample's registries hold: each reference has digests of its own.
pub(crate) fn image(reference: &str) -> ImageFacts {
    let digest = |part: &str| Sha256Hex::of(format!("{reference} {part}").as_bytes());
    let platforms = ["linux/amd64", "linux/arm64"].map(|platform| (platform.to_owned(), digest(platform)));
    ImageFacts { digest: digest("index"), platforms: platforms.into() }
}

/// A release can be made of these: v1.2.0 came before, and #7 with the label `minor` since.
pub(crate) fn facts() -> Facts {
    let source = commit(7, "Change 7 (#7)");
    let before = tag("v1.2.0", 1);
    let executable = SourceFile { executable: true, ..file("#!/bin/sh\n") };
    let mut facts = Facts {
        format: FORMAT,
        now: day(10),
        rehearsed: false,
        channel: "latest".to_owned(),
        configuration: configuration(),
        repository_url: "https://github.com/acme/widgets".to_owned(),
        visibility: Visibility::Public,
        push: PushRight::Granted,
        release_key: KeyFacts::Usable(release_key()),
        channel_key: KeyFacts::Usable(channel_key()),
        promoted: None,
        built: source.id.clone(),
        deployable: true,
        superseded: None,
        own_tags: BTreeMap::new(),
        repository: RepositoryFacts {
            source: source.clone(),
            branch: Some("main".to_owned()),
            line: None,
            lines: Vec::new(),
            remote_branch: Some(source.id.clone()),
            divergence: Some(Divergence { ahead: 0, behind: Some(0) }),
            dirty: Vec::new(),
            identity: Some(person()),
            remote_tags: [(before.tag.clone(), before.object.clone())].into(),
            overtaken_by: None,
            tags: vec![before],
        },
        commits: vec![source],
        sections: Vec::new(),
        pull_requests: vec![pull_request(7, &["minor"])],
        releases: vec![release(1, "v1.2.0")],
        pointers: BTreeMap::new(),
        withdrawn: Vec::new(),
        bucket: BucketFacts::Unused,
        images: BTreeMap::new(),
        tree: [
            ("compose/base.yaml", file(BASE)),
            ("compose/gpu.yaml", file(GPU)),
            ("config/services/api/api.conf", file("workers = 4\n")),
            ("config/services/database/init.sh", executable),
        ]
        .map(|(path, file)| (path.to_owned(), file))
        .into(),
        unfinished: None,
        requests: Requests::default(),
    };
    resolve(&mut facts);
    facts
}

/// Asks the sample's registries for every image of the bundles.
pub(crate) fn resolve(facts: &mut Facts) {
    let references = references(&Material::of(facts), &Version::new(1, 3, 0)).unwrap();
    facts.images = references.into_iter().map(|name| (name.clone(), image(&name))).collect();
}

/// The plan that the facts lead to.
pub(crate) fn planned(facts: &Facts) -> Plan {
    match make(facts) {
        Ok(Decision::Release(plan, _)) => *plan,
        other => panic!("no release: {other:?}"),
    }
}

/// What the pointer of the channel `latest` depends on, on the sample's day.
pub(crate) fn terms(yanked: &[Yanked]) -> Terms<'_> {
    Terms { now: day(10), lasting: &PointersConfig::DEFAULT, rollout_percentage: 100, yanked, keys: &[] }
}

/// A pointer of the channel `latest` at a release, with a signature of this worth.
pub(crate) fn pointer_facts(plan: &Plan, proof: Proof) -> PointerFacts {
    match pointer(None, plan, "latest", &terms(&[])) {
        PointerMove::Write(pointer) => PointerFacts { pointer: *pointer, proof },
        other => panic!("{other:?}"),
    }
}

pub(crate) fn plan() -> Plan {
    planned(&facts())
}

pub(crate) fn causes(findings: &[Finding]) -> Vec<Cause> {
    findings.iter().map(|finding| finding.cause).collect()
}

pub(crate) fn messages(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.message.as_str()).collect()
}
