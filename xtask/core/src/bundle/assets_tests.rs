//! The assets of a release, in their order and with their sums.

use super::*;
use crate::plan::Plan;
use crate::samples;

fn built(plan: &Plan) -> Vec<AssetBytes> {
    assets(&plan.bundles, &plan.into()).unwrap()
}

#[test]
fn each_archive_with_what_describes_it_is_followed_by_the_provenance_and_the_checksums_of_all() {
    let plan = samples::plan();
    let built = built(&plan);
    let names: Vec<_> =
        built.iter().map(|part| (part.asset.name.as_str(), part.asset.content_type.as_str())).collect();
    assert_eq!(
        names,
        [
            ("widgets-v1.3.0.tar.gz", "application/gzip"),
            ("widgets-v1.3.0.bundle.json", "application/json"),
            ("widgets-v1.3.0.cdx.json", "application/vnd.cyclonedx+json"),
            ("widgets-v1.3.0-gpu.tar.gz", "application/gzip"),
            ("widgets-v1.3.0-gpu.bundle.json", "application/json"),
            ("widgets-v1.3.0-gpu.cdx.json", "application/vnd.cyclonedx+json"),
            ("widgets-v1.3.0.provenance.json", "application/vnd.in-toto+json"),
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
    let later = Origin { source_date: samples::day(99), ..Origin::from(&plan) };
    let later = assets(&plan.bundles, &later).unwrap();
    assert_ne!(built(&plan)[0], later[0]);
}

#[test]
fn a_bundle_without_a_manifest_and_a_file_that_is_not_base64_are_refused() {
    let mut plan = samples::plan();
    plan.bundles[0].files.retain(|file| file.path != manifest::FILE_NAME);
    let error = assets(&plan.bundles, &Origin::from(&plan)).unwrap_err();
    assert!(matches!(error, AssetsError::NoManifest(ref archive) if archive == "widgets-v1.3.0.tar.gz"));
    assert_eq!(error.into_finding().cause, Cause::Internal);
    plan.bundles[0].files[0].content = Content::Base64("?".to_owned());
    assert!(matches!(assets(&plan.bundles, &Origin::from(&plan)), Err(AssetsError::Encoding(_))));
}

#[test]
fn two_files_for_one_place_are_a_matter_of_the_configuration() {
    let mut plan = samples::plan();
    let twin = plan.bundles[0].files[0].clone();
    plan.bundles[0].files.push(twin);
    let finding = assets(&plan.bundles, &Origin::from(&plan)).unwrap_err().into_finding();
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

#[test]
fn what_lies_beside_an_archive_is_named_after_it() {
    let bundle = &samples::plan().bundles[1];
    assert_eq!(manifest_beside(&bundle.archive), bundle.manifest);
    assert_eq!(bill_beside(&bundle.archive), "widgets-v1.3.0-gpu.cdx.json");
}

/// The statement among the sample's assets.
fn statement(plan: &Plan) -> bundle_format::provenance::Statement {
    let built = built(plan);
    let part = built.iter().find(|part| part.asset.name.ends_with(".provenance.json")).unwrap();
    serde_json::from_slice(&part.content).unwrap()
}

#[test]
fn the_provenance_names_every_file_before_it_and_all_that_they_were_built_from() {
    let plan = samples::plan();
    let statement = statement(&plan);
    let subjects: Vec<_> = statement.subject.iter().map(|it| (it.name.as_str(), &it.digest.sha256)).collect();
    let files: Vec<_> = plan.assets.iter().map(|it| (it.name.as_str(), &it.sha256)).collect();
    assert_eq!(subjects, files[..6]);
    let built = &statement.predicate.build_definition;
    let given = &built.external_parameters;
    assert_eq!((given.product.as_str(), given.repository.as_str()), ("widgets", "acme/widgets"));
    assert_eq!((given.source_commit.clone(), &given.version), (plan.source.to_string(), &plan.version));
    assert_eq!(given.plan.as_ref(), Some(&plan.id.0));
    let fetched: Vec<_> = built.resolved_dependencies.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(fetched.len(), 4, "the source and three images, each once: {fetched:?}");
    assert_eq!(built.resolved_dependencies[0].digest["gitCommit"], plan.source.to_string());
    for image in &built.resolved_dependencies[1..] {
        assert!(image.name.contains(&image.digest["sha256"]), "{image:?}");
    }
}

#[test]
fn the_provenance_does_not_know_when_it_was_made() {
    let mut facts = samples::facts();
    let before = statement(&samples::planned(&facts));
    facts.now = samples::day(200);
    let mut after = statement(&samples::planned(&facts));
    let plan = &mut after.predicate.build_definition.external_parameters.plan;
    assert_ne!(*plan, before.predicate.build_definition.external_parameters.plan, "a plan of its own");
    plan.clone_from(&before.predicate.build_definition.external_parameters.plan);
    assert_eq!(after, before);
}
