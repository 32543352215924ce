//! Random files, merged: whatever stands in them stays, a second merge changes nothing, no output shows a value, and script and
//! program write the same.

use bundle_format::contract::Kind;
use bundle_format::dotenv::EnvFile;
use bundle_format::setup::{Answers, Decision, Hidden, Randomness, Refusal, Request, Situation, decide};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::scene::{PRODUCT, Scene, Shell, busybox, contract, host_shell, program};

/// A file: comments, empty lines and assignments of known and unknown names in every form.
fn files() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "DOMAIN",
        "LEVEL",
        "NOTE",
        "PORT2",
        "KEY_HEX",
        "KEY_BASE64URL_31",
        "OLD_KEY",
        "OLD_TOKEN",
        "TOKEN",
        "AUTH_HOST",
        "LINK",
        "DATA",
        "ADMIN",
        "X1",
        "own.key",
        "lower-case",
        "KEY_HEX2",
        "ALONE[0]",
    ]);
    let value = prop_oneof![
        2 => Just(String::new()),
        4 => "[a-zA-Z0-9$#=\\\\`*~-][ -~]{0,12}",
        3 => "canary[a-z\"'#$ =]{0,8}",
        3 => "[ !#-&(-\\[\\]-~é\n]{0,12}".prop_map(|text| format!("'{text}'")),
        3 => r#"([ !#%-\[\]-~\n]|\\[abfnrtv\\$"qx]|\\0[0-7]{0,3}|\$\$|\$A|\$\{A\}){0,8}"#.prop_map(|text| format!("\"{text}\"")),
        1 => Just("\"canary".to_owned()),
    ];
    let before = prop::sample::select(vec!["", "", "export ", "  ", "\texport\t"]);
    let sign = prop::sample::select(vec!["=", "=", "=", " = ", ": "]);
    let after = prop::sample::select(vec!["", "", " # canary", " ", "\t"]);
    let assignment = (before, name, sign, value, after)
        .prop_map(|(before, name, sign, value, after)| format!("{before}{name}{sign}{value}{after}"));
    let line = prop_oneof![
        6 => assignment,
        1 => "#[ -~]{0,20}",
        1 => Just(String::new()),
        1 => Just("ALONE".to_owned()),
    ];
    let end = prop::sample::select(vec!["\n", "\n", "\r\n"]);
    let start = prop::sample::select(vec!["", "", "", "\u{feff}"]);
    let cut = any::<bool>();
    (start, prop::collection::vec((line, end), 0..9), cut).prop_map(|(start, lines, cut)| {
        let text: String = lines.into_iter().map(|(line, end)| format!("{line}{end}")).collect();
        format!("{start}{}", if cut { text.trim_end_matches(['\r', '\n']) } else { &text })
    })
}

fn merged(text: &str, folder: &str) -> Result<Decision, Refusal> {
    let contract = contract();
    let current = Hidden::new(text);
    let situation = Situation { contract: &contract, product: PRODUCT, folder, current: Some(&current) };
    let bytes = (0..Randomness::needed(&contract)).map(|at| u8::try_from(at % 241).unwrap()).collect();
    decide(&situation, &Request::new(&contract, PRODUCT), &Answers::new(), Randomness::new(bytes))
}

/// The text with each of these values taken out.
fn without(text: &str, names: &[String]) -> String {
    let file = EnvFile::parse(text).unwrap();
    let mut places: Vec<_> = names.iter().filter_map(|name| Some(file.entry(name)?.place.clone())).collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.start));
    let mut rest = text.to_owned();
    places.into_iter().for_each(|place| rest.replace_range(place, ""));
    rest
}

/// The text without what is random, or follows from it.
fn comparable(text: &str, written: &[String]) -> String {
    let random = |name: &String| {
        let kind = contract().variable(name).map(|it| it.kind.clone());
        matches!(kind, Some(Kind::Secret { .. })) || matches!(name.as_str(), "GRANT" | "DATABASE_URL")
    };
    without(text, &written.iter().filter(|name| random(name)).cloned().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(Config { cases: 2000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn existing_bytes_are_kept_and_a_second_merge_changes_nothing(text in files()) {
        match merged(&text, "/hub") {
            Err(refusal) => prop_assert!(EnvFile::parse(&text).is_err(), "{refusal}"),
            Ok(decision) => {
                let shown = format!("{decision:?}");
                prop_assert!(!shown.contains("canary"));
                prop_assert_eq!(decision.changed.len(), 0);
                if let Some(new) = &decision.text {
                    let kept = without(&text, &decision.filled);
                    prop_assert!(without(new.reveal(), &decision.filled).starts_with(&kept));
                    let again = merged(new.reveal(), "/hub").unwrap();
                    prop_assert_eq!(again.text, None);
                }
            }
        }
    }
}

/// The same with a shell or the program, and that it writes what the decision says.
fn agrees(shell: &Shell, cases: u32) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 30, ..Config::default() };
    let outcome = TestRunner::new(config).run(&files(), |text| {
        let scene = Scene::new(shell);
        scene.write(&text);
        let run = scene.run(&["--non-interactive"]);
        prop_assert!(!run.said().contains("canary"), "{}", run.said());
        match merged(&text, &scene.folder().display().to_string()) {
            Err(refusal) => {
                prop_assert_eq!(run.code, 4, "{}: {}", refusal, run.said());
                prop_assert_eq!(scene.text(), text);
            }
            Ok(decision) => {
                let written = [&decision.added[..], &decision.filled, &decision.changed].concat();
                let expected = decision.text.as_ref().map_or(text.as_str(), Hidden::reveal);
                prop_assert_eq!(comparable(&scene.text(), &written), comparable(expected, &written));
                prop_assert_eq!(run.code, i32::from(!decision.problems.is_empty()), "{}", run.said());
                let kept = decision.kept.join(" ");
                prop_assert!(
                    kept.is_empty() || run.out.contains(&format!("values: {kept}\n")),
                    "{}",
                    run.said()
                );
                let after = scene.text();
                scene.run(&["--non-interactive"]);
                prop_assert_eq!(scene.text(), after);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{}: {failure}", shell.name));
}

#[test]
fn the_program_writes_what_is_decided() {
    agrees(&program(), 40);
}

#[test]
fn the_script_writes_what_the_program_writes() {
    for (shell, cases) in [(host_shell("dash"), 60), (host_shell("bash"), 25), (busybox(), 25)] {
        agrees(&shell, cases);
    }
}
