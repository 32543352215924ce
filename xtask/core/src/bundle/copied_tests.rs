//! What becomes of service configuration files on their way into a bundle.

use super::*;
use crate::bundle::render;
use crate::facts::Facts;
use crate::finding::Cause;
use crate::samples;

fn with(path: &str, text: &str) -> Facts {
    let mut facts = samples::facts();
    facts.tree.insert(path.to_owned(), samples::file(text));
    facts
}

/// Path and text of the copied files in the bundle of a variant of version 1.3.0.
fn copied(facts: &Facts, variant: usize) -> Result<Vec<(String, String)>, Vec<Finding>> {
    let material = Material::of(facts);
    let files = files(&material, &Version::new(1, 3, 0), &facts.configuration.bundles.variants[variant])?;
    let text = |file: &BundleFile| file.content.as_text().unwrap().to_owned();
    Ok(files.iter().map(|file| (file.path.clone(), text(file))).collect())
}

#[test]
fn a_folder_travels_with_all_that_is_below_it_and_keeps_what_may_be_executed() {
    let facts = samples::facts();
    let material = Material::of(&facts);
    let files = files(&material, &Version::new(1, 3, 0), &facts.configuration.bundles.variants[0]).unwrap();
    let found: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.executable)).collect();
    assert_eq!(found, [("configs/api/api.conf", false), ("configs/database/init.sh", true)]);
}

#[test]
fn a_folder_of_a_longer_name_does_not_travel_with_it() {
    let facts = with("config/services-old/x.conf", "x");
    assert_eq!(copied(&facts, 0).unwrap().len(), 2);
}

#[test]
fn a_file_of_one_variant_travels_in_that_one_only() {
    let mut facts = samples::facts();
    facts.configuration.bundles.files[0].variants = vec!["gpu".to_owned()];
    assert_eq!(copied(&facts, 0).unwrap(), []);
    assert_eq!(copied(&facts, 1).unwrap().len(), 2);
}

#[test]
fn what_is_not_there_is_named() {
    let mut facts = samples::facts();
    facts.configuration.bundles.files[0].from = "config/nothing".to_owned();
    let findings = copied(&facts, 0).unwrap_err();
    assert_eq!(samples::causes(&findings), [Cause::FileMissing]);
    assert_eq!(findings[0].message, "`config/nothing` is not in the repository");
}

#[test]
fn a_template_is_rendered_for_its_variant_and_loses_its_ending() {
    let facts = with(
        "config/services/about.txt.j2",
        "{{ product }} {{ version }} {{ variant.upper() }}{% if variant == 'gpu' %} with a card{% endif %}\n",
    );
    let about =
        |variant| copied(&facts, variant).unwrap().into_iter().find(|(path, _)| path.contains("about"));
    let file = |text: &str| Some(("configs/about.txt".to_owned(), text.to_owned()));
    assert_eq!(about(0), file("widgets 1.3.0 CPU\n"));
    assert_eq!(about(1), file("widgets 1.3.0 GPU with a card\n"));
}

#[test]
fn a_rule_for_one_template_may_name_the_place_with_or_without_the_ending() {
    for to in ["about.txt", "about.txt.j2"] {
        let mut facts = with("docs/about.txt.j2", "{{ product }}");
        facts.configuration.bundles.files =
            vec![FileRule { from: "docs/about.txt.j2".to_owned(), to: to.to_owned(), variants: Vec::new() }];
        assert_eq!(copied(&facts, 0).unwrap(), [("about.txt".to_owned(), "widgets".to_owned())]);
    }
}

#[test]
fn what_only_looks_like_a_template_is_copied_byte_by_byte() {
    let text = "{{ nobody }} {% nothing\r\n";
    let facts = with("config/services/x.conf", text);
    assert!(copied(&facts, 0).unwrap().contains(&("configs/x.conf".to_owned(), text.to_owned())));
}

#[test]
fn every_template_that_does_not_render_is_named_with_its_line() {
    let mut facts = with("config/services/a.j2", "one\n{{ versoin }}\n");
    facts.tree.insert("config/services/b.j2".to_owned(), samples::file("{% if %}"));
    let findings = copied(&facts, 0).unwrap_err();
    assert_eq!(samples::causes(&findings), [Cause::Template, Cause::Template]);
    let places: Vec<_> = findings.iter().filter_map(|finding| finding.place.as_deref()).collect();
    assert_eq!(places, ["config/services/a.j2:2", "config/services/b.j2:1"]);
    assert!(findings[0].message.contains("undefined"), "{}", findings[0].message);
}

#[test]
fn a_template_has_to_be_text() {
    let mut facts = samples::facts();
    let binary = SourceFile { content: Content::Base64("/w==".to_owned()), executable: false };
    facts.tree.insert("config/services/x.j2".to_owned(), binary.clone());
    assert_eq!(samples::causes(&copied(&facts, 0).unwrap_err()), [Cause::Template]);
    facts.tree.remove("config/services/x.j2");
    facts.tree.insert("config/services/x.bin".to_owned(), binary);
    assert!(render::bundles(&Material::of(&facts), &Version::new(1, 3, 0)).is_ok());
}
