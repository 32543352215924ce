//! `setup-env.sh`, run by the shells that operators have: dash, bash, and busybox with nothing but its own tools; and
//! `cargo xtask setup-env`, which has to do the same.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

mod following;
mod merging;
mod randomness;
mod rotation;
mod safety;
mod scene;
mod terminal;

use bundle_format::contract::Kind;
use bundle_format::dotenv::{EnvFile, complete, encode_assignment};

use scene::{CONTRACT, HASHES, Scene, contract, each_script, each_shell, program, shellcheck};

/// Arguments of a first run.
const DOMAIN: [&str; 3] = ["--non-interactive", "--set", "DOMAIN=hub.test"];

#[test]
fn shellcheck_has_nothing_to_say() {
    for contract in [CONTRACT, HASHES] {
        let (clean, said) = shellcheck(contract);
        assert!(clean, "{said}");
    }
}

#[test]
fn row_2_2_a_first_run_writes_a_complete_file() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        let run = scene.run(&DOMAIN);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        let file = scene.env();
        assert_eq!(complete(&contract(), &file), Vec::new());
        let expected: Vec<_> = contract()
            .variables
            .iter()
            .filter(|it| it.deprecated.is_none())
            .map(|it| it.name.clone())
            .collect();
        let written: Vec<_> = file.entries.iter().map(|entry| entry.name.clone()).collect();
        assert_eq!(written, expected, "{}", shell.name);
        assert_eq!(scene.mode(), 0o600);
        assert_eq!(scene.files(), [".env", "setup-env.sh"]);
    });
}

#[test]
fn values_are_what_the_contract_says() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.run(&DOMAIN);
        let file = scene.env();
        for variable in contract().variables.iter().filter(|it| it.deprecated.is_none()) {
            let value = &file.get(&variable.name).unwrap().text;
            match &variable.kind {
                Kind::Secret { generate } => {
                    assert!(generate.made(value), "{}: {}", shell.name, variable.name)
                }
                Kind::Default { value: expected } => assert_eq!(value, expected, "{}", shell.name),
                Kind::Derived { template } if template == "{folder}/.data" => {
                    assert_eq!(*value, format!("{}/.data", scene.folder().display()))
                }
                Kind::Derived { .. } => {}
                Kind::Empty {} => assert_eq!(value, ""),
                Kind::Manual { .. } | Kind::Htpasswd { .. } | Kind::Jwt { .. } => {}
            }
        }
    });
}

#[test]
fn row_2_2_secrets_differ_between_runs_and_from_each_other() {
    each_shell(|shell| {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..5 {
            let scene = Scene::new(shell);
            scene.run(&DOMAIN);
            for value in scene.secrets() {
                assert!(seen.insert(value), "{}: a secret was made twice", shell.name);
            }
        }
    });
}

#[test]
fn a_second_run_changes_no_byte() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.run(&DOMAIN);
        let before = scene.text();
        for arguments in [&DOMAIN[..], &["--non-interactive"]] {
            let run = scene.run(arguments);
            assert_eq!((run.code, scene.text() == before), (0, true), "{}: {}", shell.name, run.said());
            assert!(run.out.contains("needs no change"), "{}", run.said());
        }
    });
}

#[test]
fn whatever_an_operator_wrote_is_kept_byte_for_byte() {
    let written = "# mine\r\n\n  export KEY_HEX = 'it\\'s $HOME'   # why\nDOMAIN=\"a\\\"b\nLEVEL=inside\n#\\\\\"\nown=`id`\nOWN2: x\nALONE\n\
                   LEVEL=\nKEY_UUID=first\nKEY_UUID=\"se$cond\"\nLAST=no newline";
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.write(written);
        let run = scene.run(&["--non-interactive"]);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert!(scene.text().starts_with(&format!("{written}\n")), "{}: {}", shell.name, scene.text());
        let file = scene.env();
        assert_eq!(file.get("DOMAIN").unwrap().text, "a\"b\nLEVEL=inside\n#\\");
        assert_eq!(file.get("KEY_UUID").unwrap().text, "se$cond");
        assert_eq!(file.get("LEVEL").unwrap().text, "", "an optional default that was emptied stays empty");
        assert_eq!(complete(&contract(), &file), Vec::new());
        let after = scene.text();
        assert_eq!((scene.run(&["--non-interactive"]).code, scene.text()), (0, after), "{}", shell.name);
    });
}

#[test]
fn what_is_empty_is_filled_in_its_place() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.write("A=1\nKEY_HEX=\nDOMAIN=\"\"\nB=2\n");
        let run = scene.run(&DOMAIN);
        let text = scene.text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            (run.code, lines[0], lines[2], lines[3]),
            (0, "A=1", "DOMAIN=\"hub.test\"", "B=2"),
            "{}: {text}",
            shell.name
        );
        assert!(lines[1].starts_with("KEY_HEX=\"") && lines[1].len() > 60, "{}", shell.name);
    });
}

#[test]
fn row_2_5_a_renamed_variable_takes_its_value_along() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.write("OLD_KEY=\"two\n#lines\"\nDOMAIN=hub.test\n");
        assert_eq!(scene.run(&["--non-interactive"]).code, 0);
        let file = scene.env();
        assert_eq!(file.get("KEY_BASE64URL").unwrap().text, "two\n#lines", "{}", shell.name);
        assert_eq!(file.get("OLD_KEY").unwrap().text, "two\n#lines");
    });
}

#[test]
fn hostile_values_arrive_as_they_were_given() {
    let values = [
        "$HOME",
        "$(touch canary)",
        "`touch canary`",
        "a b  c ",
        "#no",
        "it's",
        "\"x\"",
        "back\\slash\\",
        "two\nlines\nLEVEL=x",
        "\r\n",
        "a=b",
        "*",
        "~",
        "%s%n",
        "-n",
        "\\n",
        "grüezi 🏔",
        "\\\"$'",
        "{folder}",
        "!x",
        "a\tb",
        ";&|<>",
    ];
    each_shell(|shell| {
        let scene = Scene::new(shell);
        for value in values {
            let run = scene.run(&[
                "--non-interactive",
                "--set",
                &format!("DOMAIN={value}"),
                &format!("--set=NOTE={value}"),
            ]);
            assert_eq!(run.code, 0, "{}: {value:?}: {}", shell.name, run.said());
            let file = scene.env();
            assert_eq!(
                (&*file.get("DOMAIN").unwrap().text, &*file.get("NOTE").unwrap().text),
                (value, value),
                "{}",
                shell.name
            );
            assert!(!file.get("DOMAIN").unwrap().interpolates);
            assert!(
                scene.text().contains(&encode_assignment("DOMAIN", value).unwrap()),
                "one encoder: {value:?}"
            );
        }
        assert!(!scene.folder().join("canary").exists());
    });
}

#[test]
fn a_folder_with_a_hostile_name_is_written_as_it_is() {
    each_shell(|shell| {
        let scene = Scene::inside(shell, "a $(id) \"b\" it's \\ #c\n");
        let run = scene.run(&DOMAIN);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert_eq!(scene.env().get("DATA").unwrap().text, format!("{}/.data", scene.folder().display()));
    });
}

#[test]
fn check_says_what_is_missing_and_changes_nothing() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        let run = scene.run(&["--check"]);
        assert!(run.code == 1 && run.err.contains("E-ENV-INCOMPLETE"), "{}: {}", shell.name, run.said());
        assert_eq!(scene.files(), ["setup-env.sh"]);

        scene.write("DOMAIN=hub.example.org\nKEY_HEX=ChangeMe\nKEY_UUID=\nDATA=./data\n");
        let run = scene.run(&["--check"]);
        let lacking = complete(&contract(), &scene.env());
        assert!(lacking.len() > 4);
        for problem in lacking {
            let line = format!("  {}", problem.to_string().replace('`', ""));
            assert!(run.err.lines().any(|other| other == line), "{}: {line}: {}", shell.name, run.said());
        }
        assert_eq!((run.code, scene.text().lines().count()), (1, 4));

        scene.write("DATA=$HOME/data\n");
        scene.run(&["--non-interactive", "--set", "DOMAIN=a.test", "--set", "KEY_HEX=0a"]);
        assert_eq!(scene.run(&["--check"]).code, 0, "{}", shell.name);
    });
}

#[test]
fn help_documents_every_option_and_exit_code() {
    each_script(|shell| {
        let run = Scene::new(shell).run(&["--help"]);
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        for word in [
            "--check",
            "--set NAME=VALUE",
            "--rotate NAME|GROUP",
            "--rekey-by-hand NAME",
            "--non-interactive",
            "\n  0 ",
            "\n  1 ",
            "\n  2 ",
            "\n  3 ",
            "\n  4 ",
            "\n  75 ",
        ] {
            assert!(run.out.contains(word), "{}: {word}", shell.name);
        }
    });
}

#[test]
fn on_a_terminal_manual_values_are_asked_for_and_secret_ones_not_echoed() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        let shown = scene.run_on_terminal(&[
            ("DOMAIN: ", "\n"),
            ("DOMAIN: ", "hub.example.org\n"),
            ("DOMAIN: ", "hub.test\n"),
            ("API_KEY (Enter leaves it empty): ", "secret-answer\n"),
            ("MAIL (Enter leaves it empty): ", "\n"),
        ]);
        let file = EnvFile::parse(&scene.text()).unwrap();
        assert_eq!(file.get("DOMAIN").unwrap().text, "hub.test", "{}: {shown}", shell.name);
        assert_eq!(file.get("API_KEY").unwrap().text, "secret-answer", "{}: {shown}", shell.name);
        assert!(
            shown.contains("# Where people find it.") && shown.contains("does not start without it"),
            "{shown}"
        );
        assert!(shown.contains("placeholder") && !shown.contains("secret-answer"), "{shown}");
    });
}

#[test]
fn the_program_reports_names_and_no_value_as_json() {
    let program = program();
    let scene = Scene::new(&program);
    scene.write("DOMAIN=hub.test\nTOKEN=canary\nKEY_HEX=\n");
    let run = scene.run(&["--json", "--set=LEVEL=canary"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).expect("one object");
    assert_eq!((run.code, &report["filled"]), (0, &serde_json::json!(["KEY_HEX"])));
    assert!(report["added"].as_array().expect("a list").contains(&"KEY_UUID".into()), "{report}");
    assert!(!run.said().contains("canary"), "{}", run.said());

    scene.write("DOMAIN=\n");
    let run = scene.run(&["--json", "--check"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).expect("one object");
    assert_eq!((run.code, &report["findings"][0]["cause"]), (1, &"E-ENV-INCOMPLETE".into()));
    assert_eq!(report["problems"][0], "AUTH_HOST is missing");
}

#[test]
fn whoever_interrupts_a_hidden_question_can_see_again_what_he_types() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        let shown =
            scene.interrupt_on_terminal(&[("DOMAIN: ", "hub.test\n")], "API_KEY (Enter leaves it empty): ");
        let set: Vec<_> = shown.split_whitespace().collect();
        assert!(set.contains(&"echo") && !set.contains(&"-echo"), "{}: {shown}", shell.name);
        assert_eq!(scene.files(), ["setup-env.sh"], "{}: {shown}", shell.name);
    });
}
