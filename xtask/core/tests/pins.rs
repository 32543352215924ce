//! The pin check on the images of a real platform: `pins/images.tsv` says of each service what its image is and whether the tag has to be
//! refused. Exactly those are reported, and nothing else is.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read samples and run programs; what they test does not"
)]
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use release_core::bundle::render::{Material, bundles};
use release_core::config::{Configuration, paths};
use release_core::facts::{Content, SourceFile};
use release_core::finding::{Cause, Finding};
use release_core::identity::ObjectId;

const RELEASE: &str = "format: 1\nproduct: platform\nrepository: { owner: acme, name: platform }\nversion: { first: 1.0.0, source: conventional-commits }\nchannels: [{ name: latest }]\n";
const ENVIRONMENT: &str = "format: 1\nsections: []\nvariables: []\n";
const BUNDLES: &str = "format: 1\nvariants: [{ id: cpu, compose: [compose/base.yaml] }]\n";
const EXCEPTION: &str = "pins: { exceptions: [{ image: chrislusf/seaweedfs, numbers: 2, reason: its releases are called 4.01 }] }\n";

/// One line of the table.
struct Line {
    service: String,
    image: String,
    refused: bool,
}

fn table() -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pins/images.tsv");
    let text = fs::read_to_string(path).expect("the table");
    let lines = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [service, image, verdict] = cells.as_slice() else { panic!("three cells: {line}") };
        assert!(matches!(*verdict, "refused" | "exact"), "{line}");
        Line { service: (*service).to_owned(), image: (*image).to_owned(), refused: *verdict == "refused" }
    });
    lines.collect()
}

/// What the rules say of a platform that has all of them.
fn findings(table: &[Line], exceptions: &str) -> Vec<Finding> {
    let mut compose = "services:\n".to_owned();
    for Line { service, image, .. } in table {
        let source = if image == "build" { "build: ./configs".to_owned() } else { format!("image: {image}") };
        let _ = writeln!(compose, "  {service}:\n    {source}");
    }
    let bundles_text = format!("{BUNDLES}{exceptions}");
    let files = [
        (paths::RELEASE, RELEASE),
        (paths::BUNDLES, &bundles_text),
        (paths::ENVIRONMENT, ENVIRONMENT),
        ("compose/base.yaml", &compose),
        ("VERSION", "1.0.0\n"),
    ];
    let file = |text: &str| SourceFile { content: Content::Text(text.to_owned()), executable: false };
    let tree: BTreeMap<_, _> = files.map(|(path, text)| (path.to_owned(), file(text))).into();
    let configuration = Configuration::of_files(&tree).unwrap_or_else(|errors| panic!("{errors:?}"));
    let source: ObjectId = "0".repeat(40).parse().expect("a name");
    let material = Material {
        configuration: &configuration,
        tree: &tree,
        images: None,
        source: &source,
        built: &source,
        source_date: jiff::Timestamp::UNIX_EPOCH,
        rehearsed: false,
    };
    bundles(&material, &semver::Version::new(1, 0, 0)).map_or_else(|found| found, |rendered| rendered.notes)
}

/// The services that a finding names.
fn named<'a>(finding: &'a Finding, table: &'a [Line]) -> impl Iterator<Item = &'a str> {
    let services = table.iter().map(|line| line.service.as_str());
    services.filter(|service| finding.message.contains(&format!("`{service}`")))
}

#[test]
fn exactly_the_tags_that_move_and_the_service_that_is_built_are_reported() {
    let table = table();
    let findings = findings(&table, EXCEPTION);
    let reported: BTreeSet<&str> = findings.iter().flat_map(|finding| named(finding, &table)).collect();
    let refused: BTreeSet<&str> =
        table.iter().filter(|line| line.refused).map(|line| line.service.as_str()).collect();
    assert_eq!(reported, refused);
    assert!(
        findings.iter().all(|finding| matches!(finding.cause, Cause::ImageFloating | Cause::Compose)),
        "{findings:?}"
    );
}

#[test]
fn each_finding_names_an_image_once_with_all_of_its_services_and_says_what_would_be_right() {
    let table = table();
    let findings = findings(&table, EXCEPTION);
    let floating: Vec<_> = findings.iter().filter(|found| found.cause == Cause::ImageFloating).collect();
    let images: BTreeSet<&str> = table
        .iter()
        .filter(|line| line.refused && line.image != "build")
        .map(|line| line.image.as_str())
        .collect();
    assert_eq!(floating.len(), images.len(), "{findings:?}");
    for finding in floating {
        assert_eq!(images.iter().filter(|image| finding.message.contains(**image)).count(), 1);
        assert!(finding.hint.starts_with("name ") && finding.place.is_some(), "{finding:?}");
    }
    let of_four = findings.iter().find(|finding| finding.message.contains("oauth2-proxy")).expect("one");
    assert_eq!(named(of_four, &table).count(), 4, "{of_four:?}");
}

#[test]
fn without_the_exception_its_image_is_reported_and_one_for_another_is_unneeded() {
    let table = table();
    let seaweedfs = |finding: &Finding| finding.message.contains("seaweedfs:4.01");
    assert_eq!(findings(&table, "").iter().filter(|finding| seaweedfs(finding)).count(), 1);
    let other = EXCEPTION.replace("chrislusf/seaweedfs", "milvusdb/milvus");
    let found = findings(&table, &other);
    let unused: Vec<_> = found.iter().filter(|found| found.cause == Cause::PinExceptionUnused).collect();
    assert_eq!(unused.len(), 1, "{found:?}");
    let place = unused.first().and_then(|finding| finding.place.as_deref());
    assert!(place.is_some_and(|place| place.starts_with("config/bundles.yaml:3:")));
    assert!(found.iter().any(seaweedfs));
}
