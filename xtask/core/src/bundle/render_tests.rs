//! What a bundle holds, and what keeps it from being made.

use super::super::images::{own_images, references};
use super::*;
use crate::samples;

fn version() -> Version {
    Version::new(1, 3, 0)
}

fn rendered(facts: &Facts) -> Result<Vec<Bundle>, Vec<Finding>> {
    bundles(&Material::of(facts), &version()).map(|rendered| rendered.bundles)
}

fn content<'a>(bundle: &'a Bundle, path: &str) -> &'a str {
    bundle.files.iter().find(|file| file.path == path).and_then(|file| file.content.as_text()).unwrap()
}

fn manifest_of(bundle: &Bundle) -> Manifest {
    serde_json::from_str(content(bundle, manifest::FILE_NAME)).unwrap()
}

fn with_base(text: &str) -> Facts {
    let mut facts = samples::facts();
    facts.tree.insert("compose/base.yaml".to_owned(), samples::file(text));
    facts
}

#[test]
fn registries_are_asked_for_own_images_by_source_commit_and_for_others_by_their_own_tags() {
    let facts = samples::facts();
    let own = format!("ghcr.io/acme/widgets/api:sha-{}", samples::id(7));
    assert_eq!(
        references(&Material::of(&facts), &version()).unwrap(),
        ["docker.io/library/redis:8.2.1".to_owned(), own, "quay.io/models/server:2.4.0".to_owned()]
    );
}

#[test]
fn row_2_1_every_image_is_pinned_own_ones_under_the_version_others_under_their_tags() {
    let facts = samples::facts();
    let own = samples::image(&format!("ghcr.io/acme/widgets/api:sha-{}", samples::id(7)));
    let other = samples::image("docker.io/library/redis:8.2.1");
    for bundle in rendered(&facts).unwrap() {
        let compose = content(&bundle, COMPOSE);
        for line in [
            format!("image: ghcr.io/acme/widgets/api:v1.3.0@sha256:{}", own.digest),
            format!("image: redis:8.2.1@sha256:{}", other.digest),
        ] {
            assert!(compose.contains(&line), "{line} in {compose}");
        }
        let images = manifest_of(&bundle).images;
        assert_eq!(images["api"].reference, "ghcr.io/acme/widgets/api:v1.3.0");
        assert_eq!(images["api"].digest, Some(own.digest.clone()));
        assert_eq!(images["database"].platforms, other.platforms);
    }
}

#[test]
fn every_image_without_a_digest_is_refused_by_name() {
    let mut facts = samples::facts();
    facts.images.clear();
    let findings = rendered(&facts).unwrap_err();
    assert_eq!(samples::causes(&findings), [Cause::ImageMissing; 3]);
    assert!(findings.iter().any(|finding| finding.message
        == "the image `docker.io/library/redis:8.2.1` of the service `database` is not in its registry"));
}

#[test]
fn a_bundle_made_without_registries_says_so_for_each_image() {
    let facts = samples::facts();
    let offline = Material { images: None, ..Material::of(&facts) };
    for bundle in bundles(&offline, &version()).unwrap().bundles {
        assert!(!content(&bundle, COMPOSE).contains('@'));
        assert!(manifest_of(&bundle).images.values().all(|image| image.digest.is_none()));
    }
}

#[test]
fn a_rehearsed_bundle_says_so() {
    let mut facts = samples::facts();
    for rehearsed in [true, false] {
        facts.rehearsed = rehearsed;
        assert!(rendered(&facts).unwrap().iter().all(|bundle| manifest_of(bundle).rehearsed == rehearsed));
    }
}

#[test]
fn the_manifest_lists_every_other_file_with_digest_size_and_mode() {
    for bundle in rendered(&samples::facts()).unwrap() {
        let manifest = manifest_of(&bundle);
        let others = bundle.files.iter().filter(|file| file.path != manifest::FILE_NAME);
        assert_eq!(manifest.files.len(), others.clone().count());
        for file in others {
            let text = file.content.as_text().unwrap();
            let described = &manifest.files[&file.path];
            assert_eq!(described.sha256, Sha256Hex::of(text.as_bytes()), "{}", file.path);
            assert_eq!(described.size, text.len() as u64, "{}", file.path);
            assert_eq!(described.mode == "0755", file.executable, "{}", file.path);
        }
        assert_eq!(manifest.source_commit, samples::id(7).to_string());
        assert_eq!(manifest.source_date, samples::day(7).to_string());
    }
}

#[test]
fn row_1_7_assets_are_named_after_product_version_and_suffix() {
    let named: Vec<_> = rendered(&samples::facts())
        .unwrap()
        .into_iter()
        .map(|bundle| (bundle.archive, bundle.manifest))
        .collect();
    let pair = |stem: &str| (format!("{stem}.tar.gz"), format!("{stem}.bundle.json"));
    assert_eq!(named, [pair("widgets-v1.3.0"), pair("widgets-v1.3.0-gpu")]);
}

#[test]
fn the_first_line_of_the_compose_file_says_what_it_is_and_the_rest_reads_back() {
    for bundle in rendered(&samples::facts()).unwrap() {
        let compose = content(&bundle, COMPOSE);
        assert_eq!(compose.lines().next(), Some(format!("# widgets v1.3.0 ({})", bundle.variant).as_str()));
        assert!(load(&[(COMPOSE, compose)]).is_ok(), "{compose}");
    }
}

#[test]
fn row_2_4_variants_differ_in_what_is_declared_and_in_nothing_else() {
    let bundles = rendered(&samples::facts()).unwrap();
    let names = |bundle: &Bundle| bundle.files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&bundles[0]), names(&bundles[1]));
    let differing: Vec<_> = names(&bundles[0])
        .into_iter()
        .filter(|path| content(&bundles[0], path) != content(&bundles[1], path))
        .collect();
    assert_eq!(differing, ["README.md", "bundle.json", "docker-compose.yml"]);
    let services = |bundle: &Bundle| {
        let file = load(&[(COMPOSE, content(bundle, COMPOSE))]).unwrap();
        file.services().map(|service| service.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (services(&bundles[0]), services(&bundles[1])),
        (
            vec!["api".to_owned(), "database".to_owned()],
            vec!["api".to_owned(), "database".to_owned(), "model".to_owned()],
        )
    );
}

#[test]
fn row_2_4_a_difference_that_is_not_declared_is_a_finding() {
    let mut facts = samples::facts();
    facts.configuration.bundles.variants[1].changes_services.clear();
    assert_eq!(samples::causes(&rendered(&facts).unwrap_err()), [Cause::VariantDiffers]);
}

#[test]
fn images_that_cannot_be_pinned_are_named() {
    for (image, cause) in [
        ("build: .", Cause::Compose),
        ("image: '${REGISTRY}/api:1'", Cause::Compose),
        ("image: 'not an image'", Cause::Compose),
    ] {
        let mut facts = with_base(&format!("services: {{api: {{{image}}}, database: {{image: a/b:1.0.0}}}}"));
        facts.images.insert("docker.io/a/b:1.0.0".to_owned(), samples::image("a/b:1.0.0"));
        let mut findings = rendered(&facts).unwrap_err();
        findings.retain(|finding| finding.severity == Severity::Stop);
        assert_eq!(samples::causes(&findings), [cause], "{image}: {findings:?}");
    }
}

#[test]
fn compose_files_that_are_missing_or_wrong_are_all_named_with_their_lines() {
    let mut facts = with_base("services:\n  api:\n    imaeg: x\n");
    facts.tree.remove("compose/gpu.yaml");
    let findings = rendered(&facts).unwrap_err();
    assert_eq!(samples::causes(&findings), [Cause::FileMissing, Cause::Compose]);
    assert_eq!(findings[1].place.as_deref(), Some("compose/base.yaml:3:5"));
    assert!(references(&Material::of(&facts), &version()).is_err());
}

#[test]
fn a_compose_file_that_is_no_yaml_is_one_mistake_however_many_read_it() {
    let mut facts = with_base("services:\n  api:\n    image: \"ghcr.io/acme\n");
    let stamps = "stamps: [{path: compose/base.yaml, kind: image-tags}, {path: compose/base.yaml, kind: yaml, key: x-version}]\n";
    facts.configuration = samples::configured(&format!("{}{stamps}", samples::RELEASE), samples::BUNDLES);
    facts.tree.insert("VERSION".to_owned(), samples::file("1.2.0\n"));
    let checked = crate::check::sources(&Material::of(&facts), &version());
    let planned = crate::plan::make(&facts).unwrap_err().findings;
    for findings in [checked, planned] {
        assert_eq!(samples::causes(&findings), [Cause::Compose], "{findings:?}");
        let place = findings[0].place.as_deref().unwrap();
        assert!(place.starts_with("compose/base.yaml:") && place.split(':').count() == 3, "{place}");
        assert!(!findings[0].message.contains(place), "the place is told once: {}", findings[0].message);
    }
}

#[test]
fn a_compose_file_may_be_a_template() {
    let mut facts = samples::facts();
    let text = "services:\n  api:\n    image: ghcr.io/acme/widgets/api:v{{ version }}\n    environment: {MODEL: \"{{ product }}-{{ variant }}\"}\n  database: {image: docker.io/library/redis:8.2.1}\n";
    facts.tree.insert("compose/base.yaml.j2".to_owned(), samples::file(text));
    for variant in &mut facts.configuration.bundles.variants {
        variant.compose[0] = "compose/base.yaml.j2".to_owned();
    }
    samples::resolve(&mut facts);
    let bundles = rendered(&facts).unwrap();
    assert!(content(&bundles[0], COMPOSE).contains("MODEL: widgets-cpu"));
    assert!(content(&bundles[1], COMPOSE).contains("MODEL: widgets-gpu"));
    assert!(content(&bundles[0], COMPOSE).contains("widgets/api:v1.3.0@sha256:"));
}

#[test]
fn a_compose_template_that_refers_to_nothing_is_a_finding_with_its_line() {
    let mut facts = samples::facts();
    facts.tree.insert("compose/base.yaml.j2".to_owned(), samples::file("services:\n  {{ service }}: {}\n"));
    facts.configuration.bundles.variants.truncate(1);
    facts.configuration.bundles.variants[0].compose = vec!["compose/base.yaml.j2".to_owned()];
    let findings = rendered(&facts).unwrap_err();
    assert_eq!(samples::causes(&findings), [Cause::Template]);
    assert_eq!(findings[0].place.as_deref(), Some("compose/base.yaml.j2:2"));
}

#[test]
fn a_repository_has_its_own_readme_where_it_brings_a_template() {
    let mut facts = samples::facts();
    facts.tree.insert("bundle-templates/README.md.j2".to_owned(), samples::file("Ours: {{ variant }}\n"));
    assert_eq!(content(&rendered(&facts).unwrap()[1], "README.md"), "Ours: gpu\n");
}

#[test]
fn what_travels_in_a_bundle_carries_the_version_it_is_stamped_with() {
    let mut facts = samples::facts();
    let release = format!(
        "{}stamps: [{{path: config/services/api/version.yaml, kind: yaml, key: version}}]\n",
        samples::RELEASE
    );
    facts.configuration = samples::configured(&release, samples::BUNDLES);
    facts.tree.insert("config/services/api/version.yaml".to_owned(), samples::file("version: 1.2.0\n"));
    assert_eq!(content(&rendered(&facts).unwrap()[0], "configs/api/version.yaml"), "version: 1.3.0\n");
}

#[test]
fn own_images_are_those_that_were_resolved() {
    let mut facts = samples::facts();
    let own = samples::image(&format!("ghcr.io/acme/widgets/api:sha-{}", samples::id(7)));
    assert_eq!(own_images(&Material::of(&facts)), [("api".to_owned(), own)]);
    facts.images.clear();
    assert_eq!(own_images(&Material::of(&facts)), []);
}
