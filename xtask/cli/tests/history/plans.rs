//! Whatever is released, the plan keeps the one order in which a release can be broken off anywhere; and its id names exactly what was
//! decided.

use std::collections::BTreeSet;

use bundle_format::digest::Sha256Hex;
use jiff::SignedDuration;
use proptest::prelude::*;
use release_core::bundle::images::references;
use release_core::bundle::render::Material;
use release_core::config::bundles::VariantConfig;
use release_core::config::release::{Bump, Mode, OwnImage};
use release_core::facts::{Content, Facts, ImageFacts, SourceFile};
use release_core::plan::{Action, Decision, FORMAT, Plan, Stage as Step, make};

use crate::mixed::hold;
use crate::rules::{Change, Small};
use crate::stage::now;

/// What plans differ in.
#[derive(Clone, Debug)]
struct Shape {
    mode: Mode,
    candidate: bool,
    own_images: usize,
    variants: usize,
    bump: &'static str,
    rehearsed: bool,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let mode = prop::sample::select(&[Mode::Push, Mode::TagOnly, Mode::ReleasePr][..]);
    let bump = prop::sample::select(&["patch", "minor", "major"][..]);
    (mode, any::<bool>(), 0..5_usize, 1..5_usize, bump, any::<bool>()).prop_map(
        |(mode, candidate, own_images, variants, bump, rehearsed)| Shape {
            mode,
            candidate,
            own_images,
            variants,
            bump,
            rehearsed,
        },
    )
}

/// Facts as they are read, of one pull request after v1.2.3.
fn facts() -> Facts {
    let small = Small { tags: &["v1.2.3"], ..Small::default() };
    small.stage(&[Change::Pull("Add threads", &["minor"])]).gather("latest", now()).expect("facts")
}

fn shaped(facts: &Facts, shape: &Shape) -> Facts {
    let mut facts = facts.clone();
    facts.rehearsed = shape.rehearsed;
    facts.channel = if shape.candidate { "rc" } else { "latest" }.to_owned();
    facts.pull_requests[0].labels = vec![shape.bump.to_owned()];
    let release = &mut facts.configuration.release;
    release.mode = shape.mode;
    let own = |number| OwnImage {
        name: format!("own-{number}"),
        context: format!("services/{number}"),
        ..OwnImage::default()
    };
    release.images.names = (0..shape.own_images).map(own).collect();
    if shape.own_images == 0 {
        release.stamps.clear();
    }
    let variant = |number| VariantConfig {
        id: format!("variant-{number}"),
        suffix: if number == 0 { String::new() } else { format!("-{number}") },
        compose: vec!["compose/base.yaml".to_owned()],
        adds_services: Vec::new(),
        changes_services: Vec::new(),
    };
    facts.configuration.bundles.variants = (0..shape.variants).map(variant).collect();
    let mut compose = "services:\n  cache:\n    image: docker.io/valkey/valkey:8.1.1\n".to_owned();
    for number in 0..shape.own_images {
        compose += &format!("  s{number}:\n    image: ghcr.io/acme/widget/own-{number}:v0.0.0\n");
    }
    let file = SourceFile { content: Content::Text(compose), executable: false };
    facts.tree.insert("compose/base.yaml".to_owned(), file);
    resolved(facts)
}

/// With every image of the bundles found.
fn resolved(mut facts: Facts) -> Facts {
    let references =
        references(&Material::of(&facts), &semver::Version::new(1, 0, 0)).expect("Compose files");
    let found = references.into_iter().map(|reference| {
        let digest = Sha256Hex::of(reference.as_bytes());
        let platforms = [("linux/amd64".to_owned(), Sha256Hex::of(digest.as_str().as_bytes()))].into();
        (reference, ImageFacts { digest, platforms })
    });
    facts.images = found.collect();
    facts
}

fn planned(facts: &Facts) -> Plan {
    match make(facts) {
        Ok(Decision::Release(plan, _)) => *plan,
        other => panic!("no plan: {other:#?}"),
    }
}

#[test]
fn every_plan_keeps_the_order_of_a_release() {
    let facts = facts();
    hold(128, shapes(), |shape| {
        let plan = planned(&shaped(&facts, &shape));
        in_order(&plan);
        whole(&plan, &shape);
        local_before_remote(&plan);
    });
}

fn in_order(plan: &Plan) {
    let stages: Vec<Step> = plan.steps.iter().map(|step| step.action.stage()).collect();
    assert!(stages.is_sorted(), "{stages:?}");
    let ids: BTreeSet<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids.len(), plan.steps.len(), "{ids:?}");
    let place = |wanted: fn(&Action) -> bool| {
        let places: Vec<usize> = places(plan, wanted);
        assert_eq!(places.len(), 1, "{:#?}", plan.steps);
        places[0]
    };
    let proven = place(|action| matches!(action, Action::ProveImages));
    let written = place(|action| matches!(action, Action::WriteAssets));
    let tag = place(|action| matches!(action, Action::PushTag));
    let draft = place(|action| matches!(action, Action::Draft));
    let verified = place(|action| matches!(action, Action::VerifyDraft));
    let published = place(|action| matches!(action, Action::Publish { .. }));
    let looked = place(|action| matches!(action, Action::VerifyPublished));
    let pointed = place(|action| matches!(action, Action::MovePointer { .. }));
    let once = [proven, written, tag, draft, verified, published, looked, pointed];
    assert!(once.is_sorted(), "{once:?}");
    assert_eq!((proven, pointed), (0, plan.steps.len() - 1));
    let between = |places: Vec<usize>, after: usize, before: usize| {
        assert!(places.iter().all(|place| (after + 1..before).contains(place)), "{places:?}");
    };
    between(places(plan, |action| matches!(action, Action::TrySetup { .. })), written, tag);
    between(places(plan, |action| matches!(action, Action::OpenReleasePr)), written, tag);
    between(places(plan, |action| matches!(action, Action::Upload { .. })), draft, verified);
    between(places(plan, |action| matches!(action, Action::TagImage { .. })), verified, published);
}

fn places(plan: &Plan, wanted: impl Fn(&Action) -> bool) -> Vec<usize> {
    let steps = plan.steps.iter().enumerate();
    steps.filter(|(_, step)| wanted(&step.action)).map(|(place, _)| place).collect()
}

/// Nothing that the plan decided on is without its step.
fn whole(plan: &Plan, shape: &Shape) {
    let uploads = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Upload { asset } => Some(asset.as_str()),
        _ => None,
    });
    let assets: Vec<&str> = plan.assets.iter().map(|asset| asset.name.as_str()).collect();
    assert_eq!(uploads.collect::<Vec<_>>(), assets);
    // Archive, manifest and bill of materials of each, and of all together the provenance and the checksums.
    assert_eq!(assets.iter().collect::<BTreeSet<_>>().len(), shape.variants * 3 + 2, "{assets:?}");
    let count = |wanted: fn(&Action) -> bool| places(plan, wanted).len();
    assert_eq!(count(|action| matches!(action, Action::TrySetup { .. })), shape.variants);
    assert_eq!(count(|action| matches!(action, Action::TagImage { .. })), shape.own_images);
    // A candidate moves no branch.
    let opened = usize::from(shape.mode == Mode::ReleasePr && !shape.candidate);
    assert_eq!(count(|action| matches!(action, Action::OpenReleasePr)), opened);
    let latest = places(plan, |action| *action == Action::Publish { latest: true }).len();
    assert_eq!(latest, usize::from(!shape.candidate));
    let tag = plan.tag().to_string();
    for step in &plan.steps {
        if let Action::TagImage { tag: given, digest, .. } = &step.action {
            assert_eq!(*given, tag);
            assert!(plan.images.values().any(|image| image.digest == *digest));
        }
    }
}

/// Everything that can be tried on this machine is tried before anything is written elsewhere.
fn local_before_remote(plan: &Plan) {
    let first = places(plan, Action::is_write)[0];
    let expected = if plan.mode == Mode::ReleasePr { Action::OpenReleasePr } else { Action::PushTag };
    assert_eq!(plan.steps[first].action, expected);
    for place in places(plan, |action| action.stage() <= Step::Local) {
        assert!(place < first);
    }
}

#[test]
fn a_plan_is_the_same_after_it_was_written_and_read() {
    let facts = facts();
    hold(48, shapes(), |shape| {
        let facts = shaped(&facts, &shape);
        let plan = planned(&facts);
        let text = plan.to_json();
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["format"], FORMAT);
        assert!(serde_json::from_str::<Plan>(&text).expect("a plan") == plan);
        let text = serde_json::to_string(&facts).expect("JSON");
        let read: Facts = serde_json::from_str(&text).expect("facts");
        assert!(read == facts);
        assert!(planned(&read) == plan, "equal facts give equal plans");
    });
}

#[test]
fn a_plan_of_an_unknown_form_is_not_read() {
    let plan = planned(&facts());
    let mut value = serde_json::to_value(&plan).expect("JSON");
    value["later"] = "on".into();
    assert!(serde_json::from_value::<Plan>(value.clone()).is_err());
    value.as_object_mut().expect("an object").remove("later");
    value.as_object_mut().expect("an object").remove("format");
    assert!(serde_json::from_value::<Plan>(value).is_err());
}

/// A change of the facts that makes another plan of it.
type Difference = (&'static str, fn(&mut Facts));

const DIFFERENCES: &[Difference] = &[
    ("the source commit", |facts| {
        let other = "0123456789012345678901234567890123456789".parse().expect("a name");
        facts.repository.source.id = other;
        facts.repository.remote_branch = Some(facts.repository.source.id.clone());
        *facts = resolved(facts.clone());
    }),
    ("the version", |facts| facts.pull_requests[0].labels = vec!["major".to_owned()]),
    ("the channel's kind of version", |facts| facts.channel = "rc".to_owned()),
    ("the text of an entry", |facts| facts.pull_requests[0].title = "Add thread".to_owned()),
    ("the section of an entry", |facts| facts.pull_requests[0].labels.push("security".to_owned())),
    ("the author of an entry", |facts| facts.pull_requests[0].author = None),
    ("the number of an entry", |facts| facts.pull_requests[0].number += 1),
    ("the date", |facts| facts.now += SignedDuration::from_secs(1)),
    ("the digest of an image", |facts| {
        facts.images.values_mut().next().expect("an image").digest = Sha256Hex::of(b"other");
    }),
    ("the digest of an image's platform", |facts| {
        let image = facts.images.values_mut().next().expect("an image");
        *image.platforms.values_mut().next().expect("a platform") = Sha256Hex::of(b"other");
    }),
    ("a setting", |facts| facts.configuration.release.milliseconds_between_writes += 1),
    ("the mode", |facts| facts.configuration.release.mode = Mode::TagOnly),
    ("a variant", |facts| facts.configuration.bundles.variants[0].id = "other".to_owned()),
    ("the environment contract", |facts| {
        facts.configuration.environment.variables[0].description = "Something else.".to_owned();
    }),
];

#[test]
fn the_id_of_a_plan_names_its_source_version_entries_date_images_and_configuration() {
    let facts = facts();
    let plan = planned(&facts);
    let mut ids = BTreeSet::from([plan.id.clone()]);
    for (name, change) in DIFFERENCES {
        let mut other = facts.clone();
        change(&mut other);
        assert!(other != facts, "{name}");
        assert!(ids.insert(planned(&other).id), "the id is the same though {name} differs");
    }
}

/// A change of the facts that makes no other plan of it.
const INDIFFERENCES: &[Difference] = &[
    ("how many requests were sent", |facts| facts.requests.forge_reads += 7),
    ("whether the forge shows drafts of others", |facts| facts.releases.clear()),
    ("what a clone lacks", |facts| facts.repository.branch = None),
];

#[test]
fn the_id_of_a_plan_is_the_same_for_every_run_that_decides_the_same() {
    let facts = facts();
    let plan = planned(&facts);
    for (name, change) in INDIFFERENCES {
        let mut other = facts.clone();
        change(&mut other);
        assert!(planned(&other) == plan, "another plan though only {name} differs");
    }
    assert_eq!(plan.reason.bump, Bump::Minor);
}
