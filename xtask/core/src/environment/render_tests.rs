//! What the rendered files must and must not hold.

use bundle_format::contract::{Generator, Kind, Section, Variable};
use bundle_format::dotenv::{EnvFile, complete};

use super::*;

fn variable(name: &str, kind: Kind) -> Variable {
    Variable {
        name: name.to_owned(),
        section: "all".to_owned(),
        description: "What it is for.\nIt's $(id) `id` | <b>.".to_owned(),
        kind,
        required: true,
        sensitive: false,
        immutable: false,
        absolute_path: false,
        rekey: None,
        since: None,
        renamed_from: Vec::new(),
        deprecated: None,
        rotation_group: None,
        consumers: Vec::new(),
    }
}

fn contract() -> EnvironmentContract {
    EnvironmentContract {
        format: 1,
        sections: vec![
            Section { id: "all".to_owned(), title: "All of 'them'".to_owned() },
            Section { id: "none".to_owned(), title: "Nothing here".to_owned() },
        ],
        variables: vec![
            variable("LEVEL", Kind::Default { value: "a $b's \"c\"".to_owned() }),
            variable("DOMAIN", Kind::Manual { example: Some("hub.example.org".to_owned()) }),
            variable("KEY", Kind::Secret { generate: Generator::Hex { bytes: 32 } }),
            variable("DATA", Kind::Derived { template: "{folder}/data".to_owned() }),
            Variable { required: false, ..variable("EXTRA2", Kind::Empty {}) },
        ],
    }
}

fn facts(version: &Version) -> BundleFacts<'_> {
    BundleFacts {
        product: "Example\nHub",
        version,
        variant: "cpu",
        archive: "hub-v1.2.3.tar.gz",
        release_keys: &[],
    }
}

#[test]
fn row_2_5_the_template_holds_every_variable_and_starts_nothing() {
    let version = Version::new(1, 2, 3);
    let text = env_template(&contract(), &facts(&version), &EnvironmentTemplates::default()).unwrap();
    let file = EnvFile::parse(&text).unwrap();
    let names: Vec<_> = file.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["LEVEL", "DOMAIN", "KEY", "DATA", "EXTRA2"]);
    assert_eq!(file.get("LEVEL").unwrap().text, "a $b's \"c\"");
    let lacking: Vec<_> =
        complete(&contract(), &file).iter().map(|problem| problem.variable().to_owned()).collect();
    assert_eq!(lacking, ["DOMAIN", "KEY", "DATA"]);
    assert!(text.contains("# It's $(id)") && !text.contains("Nothing here"), "{text}");
    assert!(text.ends_with("EXTRA2=\n") && !text.contains("\n\n\n"), "{text}");
}

#[test]
fn what_follows_from_other_values_is_explained_and_has_no_value_in_the_template() {
    let mut contract = contract();
    let line = Kind::Htpasswd { password: "KEY".to_owned(), user: Some("admin".to_owned()) };
    let grant = Kind::Jwt { key: "KEY".to_owned(), claims: r#"{"role":"reader"}"#.to_owned() };
    let link = Kind::Derived { template: "https://auth.{DOMAIN}".to_owned() };
    contract.variables.extend([variable("LINE", line), variable("GRANT", grant), variable("LINK", link)]);
    let version = Version::new(1, 2, 3);
    let text = env_template(&contract, &facts(&version), &EnvironmentTemplates::default()).unwrap();
    for told in [
        "sets it to a hash of KEY.\nLINE=\n",
        "sets it to a token signed with KEY.\nGRANT=\n",
        "sets it to https://auth.{DOMAIN}.\nLINK=\n",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn a_script_has_the_code_of_hashes_only_where_its_contract_needs_them() {
    let version = Version::new(1, 2, 3);
    let render = |contract: &EnvironmentContract| {
        setup_env_script(contract, &facts(&version), &EnvironmentTemplates::default()).unwrap()
    };
    let mut contract = contract();
    let plain = render(&contract);
    assert!(!plain.contains("md5") && !plain.contains("sha256"));
    contract.variables.push(variable("HASH", Kind::Htpasswd { password: "KEY".to_owned(), user: None }));
    let hashing = render(&contract);
    assert!(hashing.contains("md5_crypt()") && !hashing.contains("sha256"));
}

#[test]
fn the_template_is_the_same_for_every_version_so_that_a_diff_shows_variables_only() {
    let (one, two) = (Version::new(1, 2, 3), Version::new(1, 3, 0));
    let render =
        |version| env_template(&contract(), &facts(version), &EnvironmentTemplates::default()).unwrap();
    assert_eq!(render(&one), render(&two));
}

#[test]
fn row_2_3_the_readme_quotes_the_update_word_by_word() {
    let version = Version::new(1, 2, 3);
    let text = bundle_readme(&contract(), &facts(&version), &EnvironmentTemplates::default()).unwrap();
    for line in [
        "# Example Hub v1.2.3 (cpu)",
        "tar -xz -C DIR < hub-v1.2.3.tar.gz",
        "cp .env DIR/.env",
        "diff <(grep -oP '^[A-Z_]+=' .env.template) <(grep -oP '^[A-Z_]+=' DIR/.env.template)",
        "cp -r DIR/* .",
        "docker compose pull && docker compose up -d",
        r"| `DOMAIN` | What it is for. It's $(id) `id` \| \<b\>. |",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
}

#[test]
fn a_template_of_the_repository_wins_and_may_not_refer_to_nothing() {
    let version = Version::new(1, 2, 3);
    let own = |text: &str| EnvironmentTemplates {
        env_template: text.to_owned(),
        ..EnvironmentTemplates::default()
    };
    let render = |text| env_template(&contract(), &facts(&version), &own(text));
    assert_eq!(render("{{ sections[0].title }}").unwrap(), "All of 'them'");
    let error = render("a\n{{ nothing }}").unwrap_err().to_string();
    assert!(error.contains(".env.template") && error.contains(":2"), "{error}");
}

#[test]
fn the_readme_says_how_to_check_a_signed_release_and_nothing_of_it_where_none_is() {
    let version = Version::new(1, 2, 3);
    let keys = [crate::samples::release_key(), crate::samples::other_key()];
    let readme = |release_keys| {
        let facts = BundleFacts { release_keys, ..facts(&version) };
        bundle_readme(&contract(), &facts, &EnvironmentTemplates::default()).unwrap()
    };
    let unsigned = readme(&[]);
    assert!(!unsigned.contains("minisign") && !unsigned.contains("\n\n\n"), "{unsigned}");
    for (count, keys) in [(1, &keys[..1]), (2, &keys[..])] {
        let text = readme(keys);
        assert_eq!(text.matches("minisign -Vm SHA256SUMS -P ").count(), count, "{text}");
        assert!(
            keys.iter().all(|key| text.contains(&format!("\nminisign -Vm SHA256SUMS -P {key}\n"))),
            "{text}"
        );
        assert!(!text.contains("\n\n\n"), "{text}");
    }
}
