//! The assets of a release, in their order and with their sums.

use super::*;
use crate::plan::Plan;
use crate::samples;

fn built(plan: &Plan) -> Vec<AssetBytes> {
    assets(&plan.bundles, plan.source_date).unwrap()
}

#[test]
fn each_archive_and_its_manifest_are_followed_by_the_checksums_of_all() {
    let plan = samples::plan();
    let built = built(&plan);
    let names: Vec<_> =
        built.iter().map(|part| (part.asset.name.as_str(), part.asset.content_type.as_str())).collect();
    assert_eq!(
        names,
        [
            ("widgets-v1.3.0.tar.gz", "application/gzip"),
            ("widgets-v1.3.0.bundle.json", "application/json"),
            ("widgets-v1.3.0-gpu.tar.gz", "application/gzip"),
            ("widgets-v1.3.0-gpu.bundle.json", "application/json"),
            ("SHA256SUMS", "text/plain"),
        ]
    );
    let described: Vec<_> = built.into_iter().map(|part| part.asset).collect();
    assert_eq!(described, plan.assets, "the plan says what comes out");
}

#[test]
fn sizes_and_digests_are_those_of_the_bytes() {
    for part in built(&samples::plan()) {
        assert_eq!(part.asset.size, part.content.len() as u64, "{}", part.asset.name);
        assert_eq!(part.asset.sha256, Sha256Hex::of(&part.content), "{}", part.asset.name);
    }
}

#[test]
fn checksums_have_a_line_for_every_other_asset_sorted_by_name() {
    let built = built(&samples::plan());
    let (sums, others) = built.split_last().unwrap();
    let text = std::str::from_utf8(&sums.content).unwrap();
    let lines: Vec<_> = text.lines().map(|line| line.split_once("  ").unwrap()).collect();
    let names: Vec<_> = lines.iter().map(|(_, name)| *name).collect();
    assert!(names.is_sorted() && text.ends_with('\n'), "{text}");
    assert_eq!(lines.len(), others.len());
    for part in others {
        assert!(lines.contains(&(part.asset.sha256.as_str(), part.asset.name.as_str())), "{text}");
    }
}

#[test]
fn the_manifest_beside_the_archive_is_the_one_within() {
    let plan = samples::plan();
    let built = built(&plan);
    let within = plan.bundles[0].files.iter().find(|file| file.path == manifest::FILE_NAME).unwrap();
    assert_eq!(built[1].content, within.content.as_text().unwrap().as_bytes());
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_another_source_date_gives_others() {
    let plan = samples::plan();
    assert_eq!(built(&plan), built(&plan));
    let later = assets(&plan.bundles, samples::day(99)).unwrap();
    assert_ne!(built(&plan)[0], later[0]);
}

#[test]
fn a_bundle_without_a_manifest_and_a_file_that_is_not_base64_are_refused() {
    let mut plan = samples::plan();
    plan.bundles[0].files.retain(|file| file.path != manifest::FILE_NAME);
    let error = assets(&plan.bundles, plan.source_date).unwrap_err();
    assert!(matches!(error, AssetsError::NoManifest(ref archive) if archive == "widgets-v1.3.0.tar.gz"));
    assert_eq!(error.into_finding().cause, Cause::Internal);
    plan.bundles[0].files[0].content = Content::Base64("?".to_owned());
    assert!(matches!(assets(&plan.bundles, plan.source_date), Err(AssetsError::Encoding(_))));
}

#[test]
fn two_files_for_one_place_are_a_matter_of_the_configuration() {
    let mut plan = samples::plan();
    let twin = plan.bundles[0].files[0].clone();
    plan.bundles[0].files.push(twin);
    let finding = assets(&plan.bundles, plan.source_date).unwrap_err().into_finding();
    assert_eq!(finding.cause, Cause::Configuration);
    assert!(
        finding.message.contains("widgets-v1.3.0.tar.gz") && finding.hint.contains("config/bundles.yaml")
    );
}

#[test]
fn bytes_are_the_text_or_what_base64_stands_for() {
    assert_eq!(bytes_of("a", &Content::Text("é".to_owned())).unwrap(), "é".as_bytes());
    assert_eq!(bytes_of("a", &Content::Base64("/wA=".to_owned())).unwrap(), [0xff, 0]);
}
