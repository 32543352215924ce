//! What is decided, by example. The suite that the script shares has the rest.

use serde_json::json;

use super::*;
use crate::contract::EnvironmentContract;

fn contract() -> EnvironmentContract {
    let contract: EnvironmentContract = serde_json::from_value(json!({
        "format": 1,
        "sections": [{"id": "all", "title": "All"}],
        "variables": [
            {"name": "LINK", "section": "all", "description": "d", "kind": {"type": "derived", "template": "https://{DOMAIN}"}},
            {"name": "DOMAIN", "section": "all", "description": "d", "kind": {"type": "manual", "example": "hub.example.org"}},
            {"name": "KEY", "section": "all", "description": "d", "rotation_group": "keys", "kind": {"type": "secret", "generate": {"type": "hex", "bytes": 32}}},
            {"name": "BOUND", "section": "all", "description": "d", "rotation_group": "keys", "immutable": true, "rekey": "Do it.",
             "kind": {"type": "secret", "generate": {"type": "hex", "bytes": 32}}},
            {"name": "LINE", "section": "all", "description": "d", "kind": {"type": "htpasswd", "password": "KEY"}},
        ]
    }))
    .unwrap();
    assert_eq!(contract.violations(), Vec::new());
    contract
}

fn run(current: &str, ask: impl Fn(&mut Request<'_>)) -> Result<Decision, Refusal> {
    let contract = contract();
    let current = Hidden::new(current);
    let situation =
        Situation { contract: &contract, product: "Hub", folder: "/hub", current: Some(&current) };
    let mut request = Request::new(&contract, "Hub");
    ask(&mut request);
    let bytes = (0..Randomness::needed(&contract)).map(|at| u8::try_from(at % 251).unwrap()).collect();
    decide(&situation, &request, &Answers::new(), Randomness::new(bytes))
}

fn text(decision: &Decision) -> &str {
    decision.text.as_ref().map_or("", Hidden::reveal)
}

const ALL: &str = "LINK=https://a.org\nDOMAIN=a.org # mine\r\nexport KEY='old'\t\nBOUND=x\nLINE=by hand";

#[test]
fn what_follows_is_recomputed_where_it_was_derived_and_kept_where_it_was_not() {
    let decision = run(ALL, |it| it.set("DOMAIN=b.org").unwrap()).unwrap();
    assert_eq!(
        text(&decision),
        ALL.replace("https://a.org", "\"https://b.org\"").replace("a.org #", "\"b.org\" #")
    );
    assert_eq!(decision.changed, ["DOMAIN", "LINK"]);
    let by_hand = ALL.replace("https://a.org", "https://elsewhere");
    assert_eq!(run(&by_hand, |it| it.set("DOMAIN=b.org").unwrap()).unwrap().kept, ["LINK"]);
}

#[test]
fn a_group_with_a_bound_secret_is_refused_with_what_must_be_done() {
    let refusal = run(ALL, |it| it.rotate("keys").unwrap()).unwrap_err();
    let Refusal::Immutable(bound) = &refusal else { unreachable!("{refusal}") };
    assert_eq!(bound[0].told(), "  `BOUND`: Do it.");
    assert_eq!(refusal.to_string(), "data depends on `BOUND`");
    assert!(refusal.hint("x").contains("--rekey-by-hand BOUND"));

    let decision = run(ALL, |it| {
        it.rotate("keys").unwrap();
        it.rekey("BOUND").unwrap();
    })
    .unwrap();
    assert_eq!(decision.changed, ["KEY", "BOUND"]);
    assert_eq!((decision.rekeyed.len(), decision.kept.as_slice()), (1, &["LINE".to_owned()][..]));
    assert!(text(&decision).contains("\nexport KEY=\"") && text(&decision).contains("\"\t\nBOUND=\""));
}

#[test]
fn a_value_that_only_compose_knows_is_followed_by_nothing() {
    let decision = run("DOMAIN=$HOST\nKEY=x\nBOUND=x\nLINE=x\n", |_| {}).unwrap();
    assert!(text(&decision).ends_with("\nLINK=\n"), "{}", text(&decision));
}

#[test]
fn an_unknown_name_is_not_repeated_unless_it_could_be_one() {
    let mut refused = Vec::new();
    let contract = contract();
    let mut request = Request::new(&contract, "Hub");
    for ask in ["NONE", "a secret"] {
        refused.push(request.rotate(ask).unwrap_err().to_string());
    }
    assert_eq!(
        refused,
        ["`NONE` is no variable of Hub", "what was named is neither a variable nor a rotation group"]
    );
}

#[test]
fn no_debug_form_shows_a_value() {
    let decision = run(ALL, |it| it.set("DOMAIN=canary").unwrap()).unwrap();
    assert!(!format!("{decision:?}").contains("canary") && format!("{decision:?}").contains("DOMAIN"));
}
