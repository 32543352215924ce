//! One contract for each rule that breaks it and nothing else, and the proof that the table is complete.

use std::collections::BTreeSet;

use semver::Version;

use super::*;
use crate::contract::{Deprecation, Section};

fn valid() -> EnvironmentContract {
    let variable = |name: &str, kind| Variable {
        name: name.to_owned(),
        section: "general".to_owned(),
        description: "What it is for.".to_owned(),
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
    };
    EnvironmentContract {
        format: FORMAT,
        sections: vec![Section { id: "general".to_owned(), title: "General".to_owned() }],
        variables: vec![
            variable("LEVEL", Kind::Default { value: "info".to_owned() }),
            variable("DOMAIN", Kind::Manual { example: Some("hub.example.org".to_owned()) }),
            variable("KEY", Kind::Secret { generate: Generator::Base64url { bytes: 32 } }),
            variable("DATA", Kind::Derived { template: "{folder}/data".to_owned() }),
            variable("LINE", hash_of("PASS")),
            variable("GRANT", Kind::Jwt { key: "PASS".to_owned(), claims: role() }),
            variable("PASS", Kind::Secret { generate: Generator::Fernet {} }),
        ],
    }
}

fn role() -> String {
    r#"{"role":"reader"}"#.to_owned()
}

fn hash_of(name: &str) -> Kind {
    Kind::Htpasswd { password: name.to_owned(), user: Some("admin".to_owned()) }
}

fn derive(template: &str) -> Kind {
    Kind::Derived { template: template.to_owned() }
}

type Break = fn(&mut EnvironmentContract);

/// The variables of [`valid`] by place: 0 default, 1 manual, 2 secret, 3 derived, 4 htpasswd, 5 jwt.
const BROKEN: &[(&str, Break)] = &[
    ("env-format", |it| it.format = 2),
    ("env-sections", |it| it.sections[0].title = "two\nlines".to_owned()),
    ("env-sections", |it| it.sections.push(it.sections[0].clone())),
    ("env-name", |it| it.variables[0].name = "level".to_owned()),
    ("env-name", |it| it.variables[0].name = "1LEVEL".to_owned()),
    ("env-name", |it| it.variables[0].renamed_from = vec!["OLD-LEVEL".to_owned()]),
    ("env-name-unique", |it| it.variables[0].name = "DOMAIN".to_owned()),
    ("env-name-unique", |it| it.variables[0].renamed_from = vec!["DOMAIN".to_owned()]),
    ("env-section-known", |it| it.variables[0].section = "nowhere".to_owned()),
    ("env-description", |it| it.variables[0].description = " ".to_owned()),
    ("env-description", |it| it.variables[0].description = "a\u{1b}[31m".to_owned()),
    ("env-secret-published", |it| it.variables[0].sensitive = true),
    ("env-secret-published", |it| it.variables[1].sensitive = true),
    ("env-secret-weak", |it| it.variables[2].kind = Kind::Secret { generate: Generator::Hex { bytes: 8 } }),
    ("env-secret-weak", |it| it.variables[2].kind = Kind::Secret { generate: Generator::Hex { bytes: 257 } }),
    ("env-secret-prefix", |it| {
        let of = Box::new(Generator::Hex { bytes: 32 });
        it.variables[2].kind =
            Kind::Secret { generate: Generator::Prefixed { prefix: "a b".to_owned(), of } };
    }),
    ("env-required", |it| it.variables[0].kind = Kind::Empty {}),
    ("env-required", |it| it.variables[0].kind = Kind::Default { value: String::new() }),
    ("env-required", |it| {
        it.variables[0].deprecated =
            Some(Deprecation { since: Version::new(1, 0, 0), instead: "DOMAIN".to_owned() });
    }),
    ("env-value", |it| it.variables[0].kind = Kind::Default { value: "a\0b".to_owned() }),
    ("env-example", |it| it.variables[1].kind = Kind::Manual { example: Some("a b".to_owned()) }),
    ("env-secret-cookie", |it| {
        it.variables[2].kind = Kind::Secret { generate: Generator::Cookie { length: 20 } }
    }),
    ("env-secret-cookie", |it| {
        let of = Box::new(Generator::Cookie { length: 31 });
        it.variables[2].kind = Kind::Secret { generate: Generator::Prefixed { prefix: "a-".to_owned(), of } };
    }),
    ("env-template", |it| it.variables[3].kind = derive("{home}/data")),
    ("env-template", |it| it.variables[3].kind = derive("")),
    ("env-template", |it| it.variables[3].kind = derive("a}")),
    ("env-template", |it| {
        it.variables[4].kind = Kind::Htpasswd { password: "KEY".to_owned(), user: Some("{".to_owned()) }
    }),
    ("env-derived-known", |it| it.variables[3].kind = derive("{HOME}/data")),
    ("env-derived-known", |it| it.variables[5].kind = Kind::Jwt { key: "NONE".to_owned(), claims: role() }),
    ("env-derived-cycle", |it| it.variables[3].kind = derive("{DATA}")),
    ("env-derived-cycle", |it| {
        it.variables[0].kind = derive("{DATA}");
        it.variables[3].kind = derive("{LEVEL}");
    }),
    ("env-derived-secret", |it| it.variables[3].kind = derive("{KEY}")),
    ("env-derived-secret", |it| {
        it.variables[4].kind = Kind::Htpasswd { password: "LEVEL".to_owned(), user: None }
    }),
    ("env-derived-secret", |it| {
        it.variables[5].kind = Kind::Jwt { key: "DOMAIN".to_owned(), claims: role() }
    }),
    ("env-derived-required", |it| {
        it.variables[0].required = false;
        it.variables[3].kind = derive("{LEVEL}");
    }),
    ("env-htpasswd-user", |it| {
        it.variables[4].kind = Kind::Htpasswd { password: "KEY".to_owned(), user: Some("a:b".to_owned()) }
    }),
    ("env-jwt-claims", |it| {
        it.variables[5].kind = Kind::Jwt { key: "PASS".to_owned(), claims: "{}".to_owned() }
    }),
    ("env-absolute-path", |it| it.variables[0].absolute_path = true),
    ("env-absolute-path", |it| it.variables[1].absolute_path = true),
    ("env-absolute-path", |it| it.variables[2].absolute_path = true),
    ("env-absolute-path", |it| {
        it.variables[3].absolute_path = true;
        it.variables[3].kind = derive("./{folder}");
    }),
    ("env-absolute-path", |it| {
        it.variables[3].absolute_path = true;
        it.variables[3].kind = derive("{LEVEL}/data");
    }),
    ("env-rekey", |it| it.variables[2].rekey = Some("Do it.".to_owned())),
    ("env-rekey", |it| (it.variables[2].immutable, it.variables[2].rekey) = (true, Some("\u{7}".to_owned()))),
    ("env-rotation-group", |it| it.variables[2].rotation_group = Some("KEY".to_owned())),
];

#[test]
fn a_valid_contract_breaks_no_rule() {
    assert_eq!(valid().violations(), Vec::new());
}

#[test]
fn an_absolute_path_may_follow_from_the_folder_and_from_another_one() {
    let mut contract = valid();
    contract.variables[3].absolute_path = true;
    contract.variables[0].absolute_path = true;
    contract.variables[0].kind = derive("{DATA}/level");
    contract.variables[1].absolute_path = true;
    contract.variables[1].kind = Kind::Manual { example: Some("/srv".to_owned()) };
    assert_eq!(contract.violations(), Vec::new());
}

#[test]
fn each_broken_contract_breaks_its_rule_and_no_other() {
    for (id, break_it) in BROKEN {
        let mut contract = valid();
        break_it(&mut contract);
        let broken: BTreeSet<_> = contract.violations().into_iter().map(|violation| violation.rule).collect();
        assert_eq!(broken, BTreeSet::from([*id]), "{contract:#?}");
    }
}

#[test]
fn a_name_that_is_there_twice_is_told_once_at_the_later_place() {
    let mut contract = valid();
    contract.variables[2].name = "LEVEL".to_owned();
    contract.variables[3].renamed_from = vec!["DOMAIN".to_owned()];
    let told: Vec<_> = contract.violations().into_iter().map(|found| (found.key, found.wrong)).collect();
    let expected = [
        ("variables[2].name", "`LEVEL` repeats `variables[0].name`"),
        ("variables[3].renamed_from[0]", "`DOMAIN` repeats `variables[1].name`"),
    ];
    assert_eq!(told, expected.map(|(key, wrong)| (key.to_owned(), wrong.to_owned())));
}

#[test]
fn a_wrong_name_is_shown_as_it_would_be_right() {
    let mut contract = valid();
    for (wrong, right) in [("search-token", "as in `SEARCH_TOKEN`"), ("1A", "as in `LOG_LEVEL`")] {
        contract.variables[1].name = wrong.to_owned();
        let [found] = contract.violations().try_into().unwrap();
        assert_eq!(found.key, "variables[1].name");
        assert!(found.right.ends_with(right), "{}", found.right);
    }
}

#[test]
fn a_cycle_is_told_once_with_its_way() {
    let mut contract = valid();
    contract.variables[0].kind = derive("{DATA}");
    contract.variables[3].kind = derive("{LEVEL}/x");
    let [found] = contract.violations().try_into().unwrap();
    assert_eq!(
        (found.key.as_str(), found.wrong.as_str()),
        ("variables[0].kind", "follows from itself: `LEVEL` → `DATA` → `LEVEL`")
    );
}

#[test]
fn a_secret_may_be_derived_from_a_secret_and_each_comes_after_what_it_follows_from() {
    let mut contract = valid();
    contract.variables[0].kind = derive("{DATA}/{KEY}");
    contract.variables[0].sensitive = true;
    assert_eq!(contract.violations(), Vec::new());
    let order: Vec<_> = contract.derived().into_iter().map(|it| it.name.as_str()).collect();
    assert_eq!(order, ["DATA", "LEVEL", "LINE", "GRANT"]);
}

#[test]
fn a_wrong_template_says_what_it_refers_to() {
    let mut contract = valid();
    contract.variables[3].kind = derive("{home}/data");
    let [found] = contract.violations().try_into().unwrap();
    assert_eq!(found.key, "variables[3].kind.template");
    assert_eq!(found.wrong, "refers to `{home}`, which is neither `{folder}` nor a variable");
}

#[test]
fn every_rule_has_an_id_of_its_own_a_text_and_a_broken_contract() {
    let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    let proven: BTreeSet<_> = BROKEN.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.len(), RULES.len());
    assert_eq!(ids, proven);
    assert!(RULES.iter().all(|rule| rule.id.starts_with("env-") && rule.text.ends_with('.')));
}

#[test]
fn an_unknown_key_is_refused_at_every_level() {
    let text = serde_json::to_string(&valid()).unwrap();
    assert_eq!(serde_json::from_str::<EnvironmentContract>(&text).unwrap(), valid());
    for (from, to) in [
        (r#""format":"#, r#""typo":1,"format":"#),
        (r#""id":"#, r#""typo":1,"id":"#),
        (r#""name":"#, r#""typo":1,"name":"#),
        (r#""value":"#, r#""typo":1,"value":"#),
        (r#""bytes":"#, r#""typo":1,"bytes":"#),
    ] {
        let wrong = text.replacen(from, to, 1);
        assert!(serde_json::from_str::<EnvironmentContract>(&wrong).is_err(), "{wrong}");
    }
    let kind = serde_json::from_str::<Kind>(r#"{"type":"empty","value":"x"}"#);
    assert!(kind.is_err(), "a kind without fields takes none");
}
