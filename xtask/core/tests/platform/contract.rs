//! What operators set: the environment contract against the Compose files, and against what installations have in their `.env`.

use std::collections::{BTreeMap, BTreeSet};

use bundle_format::contract::Kind;

use crate::checkout::{BASE, GPU, compose, contract, environment, fresh_env, references, said, services};
use crate::parts::VARIABLES;

#[test]
fn the_environment_contract_breaks_no_rule() {
    assert_eq!(contract().violations(), Vec::new());
}

#[test]
fn every_variable_of_existing_installations_is_declared_also_those_with_digits() {
    let contract = contract();
    let declared: BTreeSet<_> = contract.variables.iter().map(|variable| variable.name.as_str()).collect();
    let known: BTreeSet<_> = VARIABLES.iter().copied().collect();
    assert_eq!(known.len(), 150);
    assert_eq!(known.difference(&declared).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(declared.difference(&known).collect::<Vec<_>>(), [&"VOLUME_ROOT"]);
    let digits = known.iter().filter(|name| name.contains(|letter: char| letter.is_ascii_digit()));
    assert_eq!(digits.count(), 13);
}

#[test]
fn every_reference_is_declared_and_says_what_the_contract_says() {
    let contract = contract();
    for reference in [BASE, GPU].map(services).iter().flat_map(BTreeMap::values).flat_map(references) {
        let name = &reference.name;
        let variable =
            contract.variable(name).unwrap_or_else(|| panic!("`{name}` is not in config/env.yaml"));
        let expected = match &variable.kind {
            _ if variable.required => ":?run ./setup-env.sh".to_owned(),
            Kind::Default { value } => format!(":-{value}"),
            _ => ":-".to_owned(),
        };
        assert_eq!(reference.form, expected, "`{name}`");
    }
}

#[test]
fn the_consumers_of_a_variable_are_those_that_read_it() {
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (service, definition) in [BASE, GPU].map(services).iter().flatten() {
        for reference in references(definition) {
            read.entry(reference.name).or_default().insert(service.clone());
        }
    }
    for variable in contract().variables {
        let declared: BTreeSet<_> = variable.consumers.into_iter().collect();
        let nobody = BTreeSet::new();
        assert_eq!(read.get(&variable.name).unwrap_or(&nobody), &declared, "`{}`", variable.name);
        assert!(
            !declared.is_empty() || variable.deprecated.is_some(),
            "`{}` is used by nobody",
            variable.name
        );
    }
}

#[test]
fn the_version_is_written_in_the_file_and_an_old_env_that_has_one_changes_nothing() {
    let version = format!("v{}", include_str!("../../../../VERSION").trim());
    let own = "ghcr.io/bbvch-ai/aihub-core/";
    for (name, service) in services(GPU) {
        let image = service["image"].as_str().expect("an image");
        let told = environment(&service).remove("AIHUB_VERSION");
        if image.starts_with(own) {
            assert!(image.ends_with(&format!(":{version}")), "{name}: {image}");
            assert_eq!(told.as_deref(), Some(version.as_str()), "{name}");
        } else {
            assert_eq!(told, None, "{name}");
        }
        assert!(references(&service).iter().all(|it| it.name != "AIHUB_VERSION"), "{name}");
    }
    let contract = contract();
    assert!(contract.variable("AIHUB_VERSION").is_some_and(|variable| variable.deprecated.is_some()));

    let folder = tempfile::tempdir().expect("a scratch folder");
    let env = fresh_env(folder.path());
    let fresh = std::fs::read_to_string(&env).expect("an .env");
    assert!(!fresh.contains("AIHUB_VERSION"), "a new .env has none");
    let config = || {
        let output = compose(BASE, &["--env-file", &env.to_string_lossy()], &["config"]);
        assert!(output.status.success(), "{}", said(&output));
        output.stdout
    };
    let without = config();
    std::fs::write(&env, format!("{fresh}AIHUB_VERSION=v0.0.1\n")).expect("written");
    assert!(config() == without, "an old version in .env changes the deployment");
}

#[test]
fn compose_accepts_a_fresh_env_and_refuses_an_empty_one() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let env = fresh_env(folder.path());
    let empty = folder.path().join("empty.env");
    std::fs::write(&empty, "").expect("written");
    for files in [BASE, GPU] {
        let accepted = compose(files, &["--env-file", &env.to_string_lossy()], &["config", "--quiet"]);
        assert!(accepted.status.success() && accepted.stderr.is_empty(), "{}", said(&accepted));
        let refused = compose(files, &["--env-file", &empty.to_string_lossy()], &["config", "--quiet"]);
        let says = said(&refused);
        assert!(!refused.status.success() && says.contains("run ./setup-env.sh"), "{says}");
        let named = contract().variables.iter().any(|it| it.required && says.contains(&it.name));
        assert!(named, "it names a variable: {says}");
    }
}

#[test]
fn row_2_5_each_required_variable_is_named_by_compose_when_it_alone_is_missing() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let env = std::fs::read_to_string(fresh_env(folder.path())).expect("an .env");
    let lacking = folder.path().join("lacking.env");
    for variable in contract().variables.iter().filter(|variable| variable.required) {
        let assigns = |line: &&str| !line.starts_with(&format!("{}=", variable.name));
        std::fs::write(&lacking, env.lines().filter(assigns).collect::<Vec<_>>().join("\n"))
            .expect("written");
        let refused = compose(GPU, &["--env-file", &lacking.to_string_lossy()], &["config", "--quiet"]);
        let says = said(&refused);
        assert!(
            !refused.status.success() && says.contains(&format!("variable {} ", variable.name)),
            "{}: {says}",
            variable.name
        );
    }
}
