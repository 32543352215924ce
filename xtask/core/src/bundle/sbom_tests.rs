//! What a bill of materials says of a bundle.

use super::*;
use crate::samples;

fn manifest() -> Manifest {
    let plan = samples::plan();
    let bundle = plan.bundles.iter().find(|bundle| bundle.variant == "gpu").unwrap();
    let file = bundle.files.iter().find(|file| file.path == bundle_format::manifest::FILE_NAME).unwrap();
    serde_json::from_str(file.content.as_text().unwrap()).unwrap()
}

#[test]
fn every_image_and_every_file_is_a_component_with_its_digest() {
    let manifest = manifest();
    let bill = sbom(&manifest);
    let of = |kind: Kind| bill.components.iter().filter(move |component| component.kind == kind);
    let files: Vec<_> = of(Kind::File).map(|it| (it.name.as_str(), &it.hashes[0].content)).collect();
    let wanted: Vec<_> = manifest.files.iter().map(|(path, file)| (path.as_str(), &file.sha256)).collect();
    assert_eq!(files, wanted);
    let images: Vec<_> = of(Kind::Container).map(|it| it.hashes[0].content.clone()).collect();
    assert_eq!(images.len(), 3);
    for image in manifest.images.values() {
        assert!(images.contains(image.digest.as_ref().unwrap()), "{image:?}");
    }
}

#[test]
fn an_image_has_the_package_url_of_its_type() {
    let image = |reference: &str| Image {
        reference: reference.to_owned(),
        digest: Some(Sha256Hex::of(b"")),
        platforms: BTreeMap::new(),
    };
    let digest = Sha256Hex::of(b"");
    for (reference, wanted) in [
        (
            "postgres:17.2",
            format!("pkg:oci/postgres@sha256%3A{digest}?repository_url=docker.io/library/postgres&tag=17.2"),
        ),
        (
            "ghcr.io/acme/widgets/api:v1.3.0",
            format!("pkg:oci/api@sha256%3A{digest}?repository_url=ghcr.io/acme/widgets/api&tag=v1.3.0"),
        ),
        ("host:5000/a", format!("pkg:oci/a@sha256%3A{digest}?repository_url=host:5000/a")),
    ] {
        assert_eq!(package_url(&image(reference)), Some(wanted));
    }
    assert_eq!(package_url(&Image { digest: None, ..image("postgres:17.2") }), None);
}

#[test]
fn an_image_of_two_services_stands_there_once_and_names_both() {
    let mut manifest = manifest();
    let twin = manifest.images["database"].clone();
    manifest.images.insert("replica".to_owned(), twin);
    let bill = sbom(&manifest);
    let found: Vec<_> = bill.components.iter().filter(|it| it.name.ends_with("redis")).collect();
    let [image] = found.as_slice() else { panic!("{found:?}") };
    let services = image.properties.iter().filter(|property| property.name == "bundle:service");
    assert_eq!(services.map(|property| property.value.as_str()).collect::<Vec<_>>(), ["database", "replica"]);
}

#[test]
fn every_reference_is_unique_and_the_bundle_depends_on_all_of_them() {
    let bill = sbom(&manifest());
    let references: std::collections::BTreeSet<_> = bill.components.iter().map(|it| &it.reference).collect();
    assert_eq!(references.len(), bill.components.len());
    let [parts] = bill.dependencies.as_slice() else { panic!("{:?}", bill.dependencies) };
    assert_eq!(parts.reference, bill.metadata.component.reference);
    assert_eq!(parts.depends_on.iter().collect::<std::collections::BTreeSet<_>>(), references);
}

#[test]
fn the_same_manifest_gives_the_same_bill_and_another_one_another_serial_number() {
    let mut manifest = manifest();
    let bill = sbom(&manifest);
    assert_eq!(bill, sbom(&manifest));
    assert_eq!(bill.metadata.timestamp, manifest.source_date, "no time but the source's");
    manifest.variant = "other".to_owned();
    assert_ne!(sbom(&manifest).serial_number, bill.serial_number);
    let read: Sbom = serde_json::from_str(&text(&bill)).unwrap();
    assert_eq!(read, bill);
}
