//! What a variant may and may not have of its own.

use super::*;
use crate::compose::load;
use crate::finding::Severity;
use crate::samples;

const BASE: &str = "services: {api: {image: a/api:1.0, environment: {X: y}}, database: {image: a/db:1.0}}";

/// The findings about a variant with this overlay, declared to add `model` and to change `api`.
fn compared(overlay: &str) -> Vec<Finding> {
    let configuration = samples::configuration();
    let variants = &configuration.bundles.variants;
    let base = load(&[("base.yaml", BASE)]).unwrap();
    let other = load(&[("base.yaml", BASE), ("gpu.yaml", overlay)]).unwrap();
    super::variants(&[(&variants[0], &base), (&variants[1], &other)])
}

#[track_caller]
fn assert_only(overlay: &str, message: &str, hint: &str) {
    let findings = compared(overlay);
    assert_eq!(samples::messages(&findings), [message]);
    assert_eq!((findings[0].cause, findings[0].severity), (Cause::VariantDiffers, Severity::Stop));
    assert!(findings[0].hint.contains(hint), "{}", findings[0].hint);
}

#[test]
fn exactly_the_declared_difference_is_right() {
    assert_eq!(compared("services: {model: {image: m/m:1.0}, api: {environment: {Z: w}}}"), []);
}

#[test]
fn a_change_that_is_allowed_need_not_be_made() {
    assert_eq!(compared("services: {model: {image: m/m:1.0}}"), []);
}

#[test]
fn a_service_that_is_added_without_being_declared_is_named() {
    assert_only(
        "services: {model: {image: m/m:1.0}, extra: {image: e/e:1.0}}",
        "the variant `gpu` adds the service `extra`, which is not declared",
        "`adds_services`",
    );
}

#[test]
fn a_service_that_is_declared_and_not_added_is_named() {
    assert_only(
        "services: {api: {environment: {Z: w}}}",
        "the variant `gpu` declares the service `model` as its own, but does not add it",
        "take it out of `adds_services`",
    );
}

#[test]
fn a_service_that_is_taken_away_is_named() {
    assert_only(
        "services: {model: {image: m/m:1.0}, database: !reset null}",
        "the variant `gpu` lacks the service `database` of `cpu`",
        "`!reset`",
    );
}

#[test]
fn a_service_that_is_changed_without_being_declared_is_named_whatever_changed() {
    for change in ["{image: a/db:2.0}", "{environment: {A: b}}", "{ports: ['80:80']}", "{restart: always}"] {
        assert_only(
            &format!("services: {{model: {{image: m/m:1.0}}, database: {change}}}"),
            "the variant `gpu` changes the service `database`, which is not declared",
            "`changes_services`",
        );
    }
}

#[test]
fn all_differences_are_said_at_once() {
    let findings = compared("services: {extra: {image: e/e:1.0}, database: {image: a/db:2.0}}");
    assert_eq!(findings.len(), 3, "{findings:?}");
}

#[test]
fn one_variant_alone_is_compared_with_nothing() {
    let configuration = samples::configuration();
    let base = load(&[("base.yaml", BASE)]).unwrap();
    assert_eq!(super::variants(&[(&configuration.bundles.variants[0], &base)]), []);
    assert_eq!(super::variants(&[]), []);
}
