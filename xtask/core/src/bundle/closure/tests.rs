//! Each rule with the sources that break it, and with those that look alike and do not.

use std::collections::BTreeSet;

use semver::Version;

use super::*;
use crate::bundle::render::{Material, bundles};
use crate::config::{Configuration, ImageLocks, paths};
use crate::facts::{Content, Facts, SourceFile};
use crate::samples;

fn version() -> Version {
    Version::new(1, 3, 0)
}

/// What the rules say about the sample with a service `search` of this text.
fn with_service(text: &str) -> Vec<Finding> {
    found(&with_base(text))
}

fn with_base(text: &str) -> Facts {
    let mut facts = samples::facts();
    let base = format!(
        "services:\n  # Takes every file.\n\n  api: {{ image: ghcr.io/acme/widgets/api:v0.0.0, environment: {{ DOMAIN: \"${{DOMAIN:?run}}\" }}, volumes: [\"./configs:/configs\"] }}\n  search:\n    image: docker.io/acme/search:1.2.3\n{text}"
    );
    facts.tree.insert("compose/base.yaml".to_owned(), samples::file(&base));
    facts
}

/// As `check` asks: no registry.
fn found(facts: &Facts) -> Vec<Finding> {
    let material = Material { images: None, ..Material::of(facts) };
    bundles(&material, &version()).map_or_else(|all| all, |rendered| rendered.notes)
}

#[track_caller]
fn assert_one(findings: &[Finding], cause: Cause, message: &str, place: &str) {
    assert_eq!(samples::messages(findings), [message]);
    assert_eq!((findings[0].cause, findings[0].place.as_deref()), (cause, Some(place)));
}

#[test]
fn the_sample_breaks_no_rule() {
    assert_eq!(found(&samples::facts()), []);
    assert_eq!(with_service(""), []);
}

#[test]
fn a_variable_that_is_not_declared_is_named_with_its_key_and_place_once_for_both_variants() {
    for (expression, name) in [
        ("${SEARCH_TOKEN:?run ./setup-env.sh}", "SEARCH_TOKEN"),
        ("$SEARCH_TOKEN", "SEARCH_TOKEN"),
        ("${SEARCH_TOKEN:-none}", "SEARCH_TOKEN"),
        ("${DOMAIN:-${SEARCH_TOKEN}}", "SEARCH_TOKEN"),
        ("${COMPOSE_PROJECT_NAM}", "COMPOSE_PROJECT_NAM"),
    ] {
        let findings = with_service(&format!("    environment:\n      TOKEN: \"{expression}\"\n"));
        let message = format!(
            "`services.search.environment.TOKEN` refers to `{name}`, which `config/env.yaml` does not declare"
        );
        assert_one(&findings, Cause::VariableUndeclared, &message, "compose/base.yaml:8:14");
        assert_eq!(findings[0].severity, Severity::Stop);
    }
    for expression in ["${COMPOSE_PROJECT_NAME}", "${DOMAIN}", "$${SEARCH_TOKEN}"] {
        assert_eq!(
            with_service(&format!("    environment: {{ TOKEN: \"{expression}\" }}\n")),
            [],
            "{expression}"
        );
    }
}

#[test]
fn a_variable_that_is_handed_over_by_its_name_alone_is_used() {
    for text in ["    environment: [SEARCH_TOKEN]\n", "    environment: { SEARCH_TOKEN: }\n"] {
        let findings = with_service(text);
        assert_eq!(samples::causes(&findings), [Cause::VariableUndeclared], "{text}: {findings:?}");
    }
    assert_eq!(with_service("    environment: [DOMAIN, TOKEN=x]\n"), []);
    let secret = "    secrets: [key]\nsecrets:\n  key: { environment: SEARCH_KEY }\n";
    assert_eq!(samples::causes(&with_service(secret)), [Cause::VariableUndeclared]);
}

#[test]
fn a_value_of_an_anchor_is_one_mistake_whoever_uses_it() {
    let findings = with_service(
        "    environment: &shared\n      TOKEN: ${TOKEN}\n  other:\n    image: docker.io/acme/other:1.0.0\n    environment: *shared\n",
    );
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn what_was_meant_is_suggested() {
    let findings = with_service("    environment: { A: \"${DOMIAN}\" }\n");
    assert!(findings[0].hint.contains("did you mean `DOMAIN`?"), "{}", findings[0].hint);
    let mut facts = with_base("    environment: { A: \"${HOST_NAME}\" }\n");
    facts.configuration.environment.variables[0].renamed_from = vec!["HOST_NAME".to_owned()];
    assert!(found(&facts)[0].hint.contains("called `DOMAIN` now"));
}

#[test]
fn configuration_files_are_looked_into_and_programs_are_not() {
    let text = "# set\nurl = ${SEARCH_URL:-x} $${NOT_THIS} ${lower} ${DOMAIN} ${GIVEN}\n";
    let service = "    environment: { GIVEN: \"1\" }\n";
    for (path, severity) in
        [("config/services/search.conf", Severity::Note), ("config/services/search.conf.j2", Severity::Stop)]
    {
        let mut facts = with_base(service);
        facts.tree.insert(path.to_owned(), samples::file(text));
        let findings = found(&facts);
        let message = format!(
            "`{path}` refers to `SEARCH_URL`, which `config/env.yaml` does not declare and no service sets in its `environment`"
        );
        assert_one(&findings, Cause::VariableUndeclared, &message, &format!("{path}:2"));
        assert_eq!(findings[0].severity, severity);
    }
    let mut facts = with_base(service);
    facts.tree.insert("config/services/a.sh".to_owned(), samples::file(text));
    facts.tree.insert("config/services/b".to_owned(), SourceFile { executable: true, ..samples::file(text) });
    facts.tree.insert("config/services/c".to_owned(), samples::file(&format!("#!/bin/sh\n{text}")));
    assert_eq!(found(&facts), []);
}

#[test]
fn a_mount_of_a_file_that_does_not_travel_is_named_with_its_service_and_path() {
    let findings = with_service("    volumes:\n      - ./configs/search/search.conf:/etc/search.conf:ro\n");
    let message =
        "`services.search.volumes[0]` takes `./configs/search/search.conf`, which is not in the bundle";
    assert_one(&findings, Cause::FileMissing, message, "compose/base.yaml:8:9");
    assert!(findings[0].hint.contains("`config/services/search/search.conf`"), "{}", findings[0].hint);
    for (volumes, wrong) in [
        ("[\"./search.conf:/etc/search.conf\"]", true),
        ("[\"../config/services/api:/etc/api\"]", true),
        ("[\"./configs/ap:/etc/api\"]", true),
        ("[{type: bind, source: ./configs/none, target: /x}]", true),
        ("[\"./configs/api/api.conf:/etc/api.conf\"]", false),
        ("[\"./configs/api:/etc/api\", \"configs:/named\"]", false),
        ("[\"./configs/../configs/api:/etc/api\"]", false),
        ("[\"./.docker-volumes/search:/data\"]", false),
        ("[\"./.env:/env:ro\"]", false),
        ("[\"/var/run/docker.sock:/var/run/docker.sock\", \"~/x:/x\"]", false),
        ("[\"${DOMAIN:?x}/search:/data\"]", false),
        ("[{type: bind, source: ./data, target: /data, bind: {create_host_path: true}}]", false),
    ] {
        let volumes = format!("    volumes: {volumes}\nvolumes: {{ configs: }}\n");
        let causes = samples::causes(&with_service(&volumes));
        let expected: &[Cause] = if wrong { &[Cause::FileMissing] } else { &[] };
        assert_eq!(causes, expected, "{volumes}");
    }
}

#[test]
fn a_mount_beside_everything_that_travels_may_be_data_and_is_a_note() {
    for (volume, severity) in [
        ("./data:/data", Severity::Note),
        ("./search.conf:/etc/search.conf", Severity::Note),
        ("./configs/data:/data", Severity::Stop),
    ] {
        let findings = with_service(&format!("    volumes: [\"{volume}\"]\n"));
        assert_eq!(samples::causes(&findings), [Cause::FileMissing], "{volume}");
        assert_eq!(findings[0].severity, severity, "{volume}");
    }
}

#[test]
fn files_of_configs_secrets_and_environments_have_to_travel_too() {
    for text in [
        "    env_file: search.env\n",
        "    configs: [c]\nconfigs:\n  c: { file: ./c.conf }\n",
        "    secrets: [s]\nsecrets:\n  s: { file: ./s.txt }\n",
    ] {
        assert_eq!(samples::causes(&with_service(text)), [Cause::FileMissing], "{text}");
    }
    for text in ["    env_file: .env\n", "    env_file: [{ path: own.env, required: false }]\n"] {
        assert_eq!(with_service(text), [], "{text}");
    }
}

#[test]
fn what_only_one_variant_lacks_names_that_variant() {
    let mut facts = with_base("    volumes: [\"./configs/api/api.conf:/x\"]\n");
    facts.configuration.bundles.files[0].variants = vec!["cpu".to_owned()];
    let findings = found(&facts);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings[1].message.ends_with("is not in the bundle (variant `gpu`)"), "{}", findings[0].message);
}

#[test]
fn an_image_under_the_own_registry_that_is_not_declared_is_told_once_also_where_no_registry_has_it() {
    let facts = with_base("  other:\n    image: ghcr.io/acme/widgets/aip:v0.0.0\n");
    let message = "the image `ghcr.io/acme/widgets/aip:v0.0.0` of the service `other` lies under the registry of the own images and is none of them";
    let findings = found(&facts);
    assert_one(&findings, Cause::ImageUndeclared, message, "compose/base.yaml:8:12");
    assert!(findings[0].hint.contains("did you mean `api`?"), "{}", findings[0].hint);
    let mut facts = facts;
    for image in ["docker.io/acme/search:1.2.3", "quay.io/models/server:2.4.0"] {
        facts.images.insert(image.to_owned(), samples::image(image));
    }
    let asked = bundles(&Material::of(&facts), &version()).unwrap_err();
    assert_eq!(samples::causes(&asked), [Cause::ImageUndeclared]);
}

#[test]
fn a_service_that_is_built_is_told_once_with_and_without_an_image() {
    for other in ["", "    image: docker.io/acme/other:1.0.0\n"] {
        let findings = with_service(&format!("  other:\n    build: ./other\n{other}"));
        let message = "the service `other` has `build`, and an operator has no sources";
        assert_one(&findings, Cause::Compose, message, "compose/base.yaml:8:12");
    }
}

#[test]
fn tags_that_move_are_refused_unless_a_digest_pins_the_image() {
    let digest = "0".repeat(64);
    for (image, wrong) in [
        ("docker.io/acme/other".to_owned(), true),
        ("docker.io/acme/other:latest".to_owned(), true),
        ("docker.io/acme/other:latest-cuda-12.6".to_owned(), true),
        ("docker.io/acme/other:nightly".to_owned(), true),
        (format!("docker.io/acme/other:latest@sha256:{digest}"), false),
        (format!("docker.io/acme/other@sha256:{digest}"), false),
        ("docker.io/acme/other:v1.83.10-stable".to_owned(), false),
        ("ghcr.io/acme/widgets/api".to_owned(), false),
    ] {
        let findings = with_service(&format!("  other:\n    image: {image}\n"));
        let expected: &[Cause] = if wrong { &[Cause::ImageFloating] } else { &[] };
        assert_eq!(samples::causes(&findings), expected, "{image}: {findings:?}");
        assert!(findings.iter().all(|found| found.message.contains("`other`") && found.place.is_some()));
    }
}

const CONTRACT: &str = "format: 1\nsections:\n  - { id: a, title: A }\nvariables:\n  - name: DOMAIN\n    section: a\n    description: x\n    kind: { type: default, value: x }\n    consumers: [api, serch]\n  - name: SPARE\n    section: a\n    description: x\n    kind: { type: default, value: x }\n";

/// The sample with another contract.
fn with_contract(base: &str) -> Facts {
    let mut facts = with_base(base);
    let files = [
        (paths::RELEASE, samples::RELEASE),
        (paths::BUNDLES, samples::BUNDLES),
        (paths::ENVIRONMENT, CONTRACT),
    ];
    facts.tree.extend(files.map(|(path, text)| (path.to_owned(), samples::file(text))));
    facts.configuration = Configuration::of_files(&facts.tree).unwrap();
    facts
}

#[test]
fn a_variable_that_nobody_uses_and_a_consumer_that_is_no_service_are_notes_at_their_places() {
    let findings = found(&with_contract(""));
    assert!(findings.iter().all(|finding| finding.severity == Severity::Note), "{findings:?}");
    let told: Vec<_> = findings.iter().map(|found| (found.cause, found.place.as_deref().unwrap())).collect();
    assert_eq!(
        told,
        [(Cause::VariableUnused, "config/env.yaml:10:11"), (Cause::ConsumerUnknown, "config/env.yaml:9:22")]
    );
    assert_eq!(findings[1].message, "`DOMAIN` names the consumer `serch`, which is no service");
    assert_eq!(findings[1].hint, "did you mean `search`?");
    let used = found(&with_contract("    environment: { A: \"${SPARE:-x}\" }\n"));
    assert_eq!(samples::causes(&used), [Cause::ConsumerUnknown]);

    let mut leaving = with_contract("");
    let text = format!("{CONTRACT}    deprecated: {{ since: 1.0.0, instead: Delete it. }}\n");
    leaving.tree.insert(paths::ENVIRONMENT.to_owned(), samples::file(&text));
    leaving.configuration = Configuration::of_files(&leaving.tree).unwrap();
    assert_eq!(samples::causes(&found(&leaving)), [Cause::ConsumerUnknown]);
}

#[test]
fn notes_travel_with_the_plan_and_stop_nothing() {
    let mut facts = samples::facts();
    let changed = with_contract("");
    facts.tree = changed.tree;
    facts.configuration = changed.configuration;
    samples::resolve(&mut facts);
    match crate::plan::make(&facts) {
        Ok(crate::plan::Decision::Release(_, findings)) => {
            assert_eq!(samples::causes(&findings), [Cause::VariableUnused, Cause::ConsumerUnknown]);
        }
        other => panic!("no release: {other:?}"),
    }
}

#[test]
fn a_template_of_the_repository_that_is_no_text_is_not_passed_over() {
    use base64::Engine as _;
    let mut facts = samples::facts();
    let content = Content::Base64(base64::engine::general_purpose::STANDARD.encode(b"a\nb\xff"));
    facts.tree.insert("bundle-templates/README.md.j2".to_owned(), SourceFile { content, executable: false });
    let message = "`bundle-templates/README.md.j2` is not UTF-8 text: byte 3 on line 2 begins no character";
    assert_one(&found(&facts), Cause::Template, message, "bundle-templates/README.md.j2:2");
}

#[test]
fn every_rule_has_a_text_and_a_cause_of_its_own() {
    let causes: BTreeSet<_> = RULES.iter().map(|rule| rule.cause).collect();
    assert_eq!(causes.len(), RULES.len());
    assert!(RULES.iter().all(|rule| rule.text.ends_with('.')));
}

#[test]
fn an_image_of_several_services_and_variants_is_told_once_with_all_of_them() {
    let mut facts = with_base("  other:\n    image: docker.io/acme/other:3\n");
    let gpu = "services:\n  model: { image: quay.io/models/server:2.4.0 }\n  other: { environment: { A: b } }\n  more: { image: acme/other:3 }\n  much: { image: acme/much:3 }\n";
    facts.tree.insert("compose/gpu.yaml".to_owned(), samples::file(gpu));
    let gpu = &mut facts.configuration.bundles.variants[1];
    gpu.adds_services = ["model", "more", "much"].map(str::to_owned).into();
    gpu.changes_services = vec!["other".to_owned()];
    let findings = found(&facts);
    assert_eq!(
        samples::messages(&findings),
        [
            "the image `acme/much:3` of the service `much` has the tag `3`, which is moved to each release of that major version (variant `gpu`)",
            "the image `docker.io/acme/other:3` of the services `more`, `other` has the tag `3`, which is moved to each release of that major version",
        ]
    );
    let asked = bundles(&Material::of(&facts), &version()).unwrap_err();
    let missing: Vec<_> = asked.into_iter().filter(|found| found.cause == Cause::ImageMissing).collect();
    assert_eq!(
        samples::messages(&missing),
        [
            "the image `docker.io/acme/much:3` of the service `much` is not in its registry (variant `gpu`)",
            "the image `docker.io/acme/other:3` of the services `more`, `other` is not in its registry",
            "the image `docker.io/acme/search:1.2.3` of the service `search` is not in its registry",
        ]
    );
    assert!(missing.iter().all(|finding| finding.place.is_some()));
}

/// The sample with exceptions, and a service `other` of an image.
fn with_exceptions(image: &str, exceptions: &str) -> Vec<Finding> {
    let mut facts = with_base(&format!("  other:\n    image: {image}\n"));
    let text = format!("{}pins: {{ exceptions: {exceptions} }}\n", samples::BUNDLES);
    facts.configuration = samples::configured(samples::RELEASE, &text);
    facts.tree.insert(paths::BUNDLES.to_owned(), samples::file(&text));
    found(&facts)
}

#[test]
fn an_exception_excuses_its_image_and_one_that_excuses_nothing_is_a_finding_at_its_place() {
    let (unused, floating) = (Cause::PinExceptionUnused, Cause::ImageFloating);
    let by_numbers = "[{ image: acme/other, numbers: 2, reason: x }]";
    let by_tag = "[{ image: \"acme/other:nightly\", reason: x }]";
    let cases: &[(&str, &str, &[Cause])] = &[
        ("docker.io/acme/other:4.01", by_numbers, &[]),
        ("acme/other:4.01-alpine", by_numbers, &[]),
        ("acme/other:4.0.1", by_numbers, &[unused]),
        ("acme/another:4.01", by_numbers, &[floating, unused]),
        // It is about this image, and does not go far enough: one mistake.
        ("acme/other:4", by_numbers, &[floating]),
        ("acme/other", by_numbers, &[floating]),
        ("acme/other:nightly", by_tag, &[]),
        ("acme/other:latest", by_tag, &[floating, unused]),
        ("ghcr.io/acme/widgets/api:v0.0.0", by_tag, &[unused]),
    ];
    for (image, exceptions, expected) in cases {
        let findings = with_exceptions(image, exceptions);
        assert_eq!(samples::causes(&findings), *expected, "{image} {exceptions}: {findings:?}");
        for finding in findings.iter().filter(|finding| finding.cause == unused) {
            assert_eq!(finding.place.as_deref(), Some("config/bundles.yaml:12:31"), "{finding:?}");
            assert_eq!(finding.severity, Severity::Stop);
        }
    }
}

#[test]
fn an_exception_is_not_called_needless_where_a_variant_could_not_be_read() {
    let mut facts = with_base("");
    let text = format!(
        "{}pins: {{ exceptions: [{{ image: quay.io/models/server, numbers: 2, reason: x }}] }}\n",
        samples::BUNDLES
    );
    facts.configuration = samples::configured(samples::RELEASE, &text);
    facts.tree.insert("compose/gpu.yaml".to_owned(), samples::file("services: 1\n"));
    assert_eq!(samples::causes(&found(&facts)), [Cause::Compose]);
}

#[test]
fn a_file_that_no_service_of_any_variant_takes_is_a_note_and_told_once() {
    let mut facts = with_base("");
    let base = "services: { api: { image: ghcr.io/acme/widgets/api:v0.0.0, volumes: [\"./configs/api:/etc/api\"] } }\n";
    facts.tree.insert("compose/base.yaml".to_owned(), samples::file(base));
    facts.tree.insert("config/services/search/search.conf".to_owned(), samples::file("a\n"));
    let message = "`config/services/search/search.conf` travels as `configs/search/search.conf`, and no service takes it";
    let place = "config/services/search/search.conf";
    let told = |facts: &Facts| {
        let findings = found(facts).into_iter().filter(|found| found.place.as_deref() == Some(place));
        findings.collect::<Vec<_>>()
    };
    assert_one(&told(&facts), Cause::FileUnreferenced, message, place);
    assert_eq!(told(&facts)[0].severity, Severity::Note);
    let gpu = "services: { model: { image: quay.io/models/server:2.4.0, volumes: [\"./configs/search/search.conf:/x\"] } }\n";
    facts.tree.insert("compose/gpu.yaml".to_owned(), samples::file(gpu));
    assert_eq!(told(&facts), [], "one variant needs it");
    let gpu = gpu.replace("search.conf", "serch.conf");
    facts.tree.insert("compose/gpu.yaml".to_owned(), samples::file(&gpu));
    assert_eq!(told(&facts), [], "a path that is written wrong is told once");
}

#[test]
fn nothing_of_a_stage_travels() {
    for (text, key) in [
        ("    environment: { URL: \"http://api.hub.local:8080/x\" }", "environment"),
        ("    environment: [\"URL=https://hub.test\"]", "environment"),
        ("    environment: { HOST: \"${DOMAIN:-hub.localhost}\" }", "environment"),
        ("    environment: { URL: \"postgres://u:p@host.docker.internal:5432/d\" }", "environment"),
        ("    environment: { ORIGINS: \"http://localhost:3000\" }", "environment"),
        ("    labels: { \"router.rule\": \"hub.example\" }", "labels"),
        ("    labels: { \"router.rule\": \"Host(`auth.hub.local`)\" }", "labels"),
        (
            "    environment: { URL: \"http://${DOMAIN:-localhost}\", API: \"http://localhost\" }",
            "environment",
        ),
        ("    environment: { NODE_ENV: development }", "environment"),
        ("    environment: { ENV: \"${DOMAIN:-dev}\" }", "environment"),
        ("    profiles: [debug]", "profiles"),
        ("    pull_policy: never", "pull_policy"),
    ] {
        let findings = with_service(&format!("{text}\n"));
        assert_eq!(samples::causes(&findings), [Cause::StageSpecific], "{text}: {findings:?}");
        assert!(findings[0].message.contains(&format!("`services.search.{key}` has")), "{findings:?}");
        assert_eq!((findings[0].severity, findings[0].place.is_some()), (Severity::Stop, true));
    }
    for text in [
        "    environment: { URL: \"http://api:8080\", HOST: \"${DOMAIN}\", FILE: settings.local.yaml }",
        "    environment: { A: localhost, B: \"127.0.0.1:80\", LOCAL: \"thelocal\", ENV: \"${DOMAIN:-production}\" }",
        "    labels: { rule: \"Host(`auth.${DOMAIN}`) && PathPrefix(`/x.local`)\" }",
        "    environment: { NAME: development, MAIL: \"x@example.org\" }",
        "    network_mode: \"service:api\"\n    environment: { URL: \"http://localhost:8000\" }",
        "    healthcheck: { test: [CMD, wget, \"http://localhost:8080\"] }",
        "    pull_policy: missing",
    ] {
        assert_eq!(with_service(&format!("{text}\n")), [], "{text}");
    }
}

#[test]
fn a_profile_that_the_contract_lets_operators_turn_on_is_no_trace_of_a_stage() {
    let mut facts = with_base("    profiles: [debug]\n");
    facts.configuration.environment.variables[0].name = "COMPOSE_PROFILES".to_owned();
    let causes = samples::causes(&found(&facts));
    assert!(!causes.contains(&Cause::StageSpecific), "{causes:?}");
}

/// The sample with a lock file of these images.
fn with_locks(images: &[&str]) -> Facts {
    let mut facts = with_base("");
    let images = images.iter().map(|name| ((*name).to_owned(), samples::image(name)));
    let locks = ImageLocks::of(&images.collect());
    facts.tree.insert(paths::LOCKS.to_owned(), samples::file(&locks.to_yaml()));
    facts.configuration.locks = Some(locks);
    facts
}

#[test]
fn the_lock_file_has_the_third_party_images_of_the_bundles_and_no_others() {
    let all = ["docker.io/acme/search:1.2.3", "quay.io/models/server:2.4.0"];
    assert_eq!(found(&with_locks(&all)), []);
    let missing = found(&with_locks(&all[..1]));
    let message = "the image `quay.io/models/server:2.4.0` of the service `model` is not in `config/images.lock.yaml`, so its registry is asked (variant `gpu`)";
    assert_one(&missing, Cause::LockMissing, message, "compose/gpu.yaml:6:12");
    assert_eq!(missing[0].severity, Severity::Note);
    let old = "docker.io/acme/search:1.2.2";
    let stale = found(&with_locks(&[old, all[0], all[1]]));
    let message = format!("`{old}` is locked and is named by no Compose file");
    assert_one(&stale, Cause::LockStale, &message, "config/images.lock.yaml:4:12");
    assert_eq!(stale[0].severity, Severity::Stop);
    let own = found(&with_locks(&[all[0], "ghcr.io/acme/widgets/api:v1.3.0", all[1]]));
    assert_eq!(samples::causes(&own), [Cause::LockStale], "{own:?}");
    let mut unread = with_locks(&all);
    unread.tree.insert("compose/gpu.yaml".to_owned(), samples::file("services: 1\n"));
    assert_eq!(samples::causes(&found(&unread)), [Cause::Compose]);
}
