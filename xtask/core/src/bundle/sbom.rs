//! The bill of materials of a bundle, from its manifest and nothing else: whoever has the manifest can make it again and compare.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use bundle_format::manifest::{Image, Manifest};
use bundle_format::sbom::{Component, Dependency, Hash, Kind, Metadata, Property, SPEC_VERSION, Sbom};

use crate::compose::image::ImageReference;

/// The bill of materials of a bundle.
#[must_use]
pub fn sbom(manifest: &Manifest) -> Sbom {
    let files = manifest.files.iter().map(|(path, file)| Component {
        kind: Kind::File,
        reference: format!("file:{path}"),
        name: path.clone(),
        version: None,
        hashes: vec![Hash::sha256(file.sha256.clone())],
        purl: None,
        properties: Vec::new(),
    });
    let components: Vec<Component> = images(manifest).into_iter().chain(files).collect();
    let component = Component {
        kind: Kind::Application,
        reference: format!("bundle:{}:{}", manifest.product, manifest.variant),
        name: manifest.product.clone(),
        version: Some(manifest.version.to_string()),
        hashes: Vec::new(),
        purl: None,
        properties: vec![
            property("bundle:variant", &manifest.variant),
            property("bundle:source-commit", &manifest.source_commit),
        ],
    };
    let parts = Dependency {
        reference: component.reference.clone(),
        depends_on: components.iter().map(|component| component.reference.clone()).collect(),
    };
    let mut sbom = Sbom {
        schema: format!("http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json"),
        bom_format: "CycloneDX".to_owned(),
        spec_version: SPEC_VERSION.to_owned(),
        serial_number: None,
        version: 1,
        metadata: Metadata { timestamp: manifest.source_date.clone(), component },
        components,
        dependencies: vec![parts],
    };
    sbom.serial_number = Some(serial_number(&sbom));
    sbom
}

/// The bill as it lies in its file: pretty JSON with a final newline.
#[must_use]
pub fn text(sbom: &Sbom) -> String {
    // It has no maps, so this cannot fail.
    serde_json::to_string_pretty(sbom).unwrap_or_default() + "\n"
}

/// The package URL of an image (purl, type `oci`): the last part of its path at its digest, and where it lies. None without a digest,
/// which is the version that the type asks for.
#[must_use]
pub fn package_url(image: &Image) -> Option<String> {
    let digest = image.digest.as_ref()?;
    let reference: ImageReference = image.reference.parse().ok()?;
    let name = reference.name();
    let last = name.rsplit('/').next().unwrap_or_default();
    // `/` and `:` may stand in a qualifier as they are; nothing else that needs escaping can be in a reference.
    let tag = reference.tag().map(|tag| format!("&tag={tag}")).unwrap_or_default();
    Some(format!("pkg:oci/{last}@sha256%3A{digest}?repository_url={name}{tag}"))
}

/// Each image once, with the services that use it.
fn images(manifest: &Manifest) -> Vec<Component> {
    let mut components: BTreeMap<String, Component> = BTreeMap::new();
    for (service, image) in &manifest.images {
        let full = image.digest.as_ref().map_or_else(
            || image.reference.clone(),
            |digest| format!("{}@{}", image.reference, digest.prefixed()),
        );
        let component = components.entry(full).or_insert_with_key(|full| container(full, image));
        component.properties.push(property("bundle:service", service));
    }
    components.into_values().collect()
}

fn container(full: &str, image: &Image) -> Component {
    let parsed: Option<ImageReference> = image.reference.parse().ok();
    let platforms = image
        .platforms
        .iter()
        .map(|(platform, digest)| property(&format!("bundle:platform:{platform}"), &digest.prefixed()));
    Component {
        kind: Kind::Container,
        reference: format!("image:{full}"),
        name: parsed.as_ref().map_or_else(|| image.reference.clone(), ImageReference::name),
        version: parsed.as_ref().and_then(ImageReference::tag).map(str::to_owned),
        hashes: image.digest.iter().cloned().map(Hash::sha256).collect(),
        purl: package_url(image),
        properties: platforms.collect(),
    }
}

fn property(name: &str, value: &str) -> Property {
    Property { name: name.to_owned(), value: value.to_owned() }
}

/// A UUID made of the content (RFC 9562, section 5.8): the same bill has the same, and no other has it.
fn serial_number(sbom: &Sbom) -> String {
    let digest = Sha256Hex::of(text(sbom).as_bytes());
    let digits = |from: usize, to: usize| digest.as_str().get(from..to).unwrap_or_default();
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        digits(0, 8),
        digits(8, 12),
        digits(12, 15),
        digits(15, 18),
        digits(18, 30)
    )
}

#[cfg(test)]
#[path = "sbom_tests.rs"]
mod tests;
