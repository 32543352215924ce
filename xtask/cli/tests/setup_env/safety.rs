//! What must never happen: a secret seen, a file open to others, a half file, a refusal without reason.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use bundle_format::dotenv::complete;

use super::DOMAIN;
use super::scene::{Scene, Shell, contract, each_script, each_shell, host_shell, program};

#[test]
fn what_only_the_operator_knows_is_named_and_the_rest_is_written() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        let run = scene.run(&["--non-interactive"]);
        assert_eq!(run.code, 1, "{}", run.said());
        assert!(
            run.err.contains("  DOMAIN is required and has no value\n"),
            "{}: {}",
            shell.name,
            run.said()
        );
        let lacking: Vec<_> =
            complete(&contract(), &scene.env()).iter().map(|it| it.variable().to_owned()).collect();
        assert_eq!(lacking, ["AUTH_HOST", "DOMAIN"], "what follows from it waits for it");
        assert_eq!(scene.run(&DOMAIN).code, 0);
    });
}

#[test]
fn nothing_secret_is_shown_even_in_a_trace() {
    each_shell(|shell| {
        for flag in ["-x", "-u"] {
            let scene = Scene::new(shell);
            scene.write("TOKEN='canary-in-a-value'\n");
            let run = scene.run_with(&[flag], &DOMAIN);
            assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
            for secret in scene.secrets().into_iter().chain(["canary-in-a-value".to_owned()]) {
                assert!(!run.said().contains(&secret), "{}: {}", shell.name, run.said());
            }
        }
    });
}

#[test]
fn no_program_gets_a_secret_as_argument_or_in_its_environment() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.write("KEY_HEX=canary-in-a-value\n");
        let (run, log) = scene.run_watched(&DOMAIN);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        let watched = log.contains("/dd") && log.contains("PATH=");
        assert_eq!(watched, shell.runs_script(), "{}: the program starts no other: {log}", shell.name);
        for secret in scene.secrets() {
            assert!(!log.contains(&secret), "{}: {log}", shell.name);
        }
    });
}

#[test]
fn row_2_2_no_file_is_ever_open_to_others_whatever_the_umask() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.write("DOMAIN=hub.test\n");
        std::fs::set_permissions(scene.folder().join(".env"), std::fs::Permissions::from_mode(0o600))
            .unwrap();
        let widest = scene.widest_mode_during(&DOMAIN);
        assert_eq!((widest & 0o077, scene.mode()), (0, 0o600), "{}: {widest:o}", shell.name);
        std::fs::set_permissions(scene.folder().join(".env"), std::fs::Permissions::from_mode(0o644))
            .unwrap();
        assert_eq!((scene.run(&DOMAIN).code, scene.mode()), (0, 0o600), "a file that was open is closed");
    });
}

#[test]
fn a_run_that_is_killed_leaves_the_old_file_or_the_new_one() {
    each_shell(|shell| {
        let (mut old, mut new) = (0, 0);
        for step in 0..30 {
            let scene = Scene::new(shell);
            let before = "DOMAIN=hub.test\nKEY_HEX=keep-me\n";
            scene.write(before);
            scene.run_and_kill_after(Duration::from_millis(step * 3), &["--non-interactive"]);
            if scene.text() == before {
                old += 1;
            } else {
                new += 1;
                assert_eq!(complete(&contract(), &scene.env()), Vec::new(), "{}: a half file", shell.name);
            }
            assert_eq!(scene.run(&["--non-interactive"]).code, 0, "{}", shell.name);
            assert!(
                scene.text().starts_with(before) && scene.files().len() == 2,
                "{}: {:?}",
                shell.name,
                scene.files()
            );
        }
        assert!(old > 0, "{}: no run was killed in time ({old} old, {new} new)", shell.name);
    });
}

#[test]
fn each_refusal_has_its_code_its_cause_and_a_remedy() {
    let bound = "KEY_BOUND=x\nKEY_LOST=y\n";
    let cases: [(&str, &[&str], i32, &str); 25] = [
        ("", &["--rotate", "UNKNOWN"], 2, "E-ENV-USAGE"),
        ("", &["--rotate", "no-group"], 2, "E-ENV-USAGE"),
        ("", &["--rotate", "LEVEL"], 2, "E-ENV-USAGE"),
        ("", &["--rotate", "foreign"], 2, "E-ENV-USAGE"),
        ("", &["--rotate=KEY_HEX", "--set=KEY_HEX=x"], 2, "E-ENV-USAGE"),
        ("", &["--check", "--rotate", "KEY_HEX"], 2, "E-ENV-USAGE"),
        ("", &["--rekey-by-hand", "KEY_HEX"], 2, "E-ENV-USAGE"),
        ("", &["--set", "OLD_KEY=x"], 2, "E-ENV-USAGE"),
        (bound, &["--rotate", "KEY_BOUND"], 3, "E-ENV-IMMUTABLE"),
        (bound, &["--rotate", "bound", "--rekey-by-hand", "KEY_LOST"], 3, "E-ENV-IMMUTABLE"),
        (bound, &["--set", "KEY_BOUND=z"], 3, "E-ENV-IMMUTABLE"),
        ("", &["--set", "UNKNOWN=1"], 2, "E-ENV-USAGE"),
        ("", &["--set", "lower=1"], 2, "E-ENV-USAGE"),
        ("", &["--set"], 2, "E-ENV-USAGE"),
        ("", &["--force"], 2, "E-ENV-USAGE"),
        ("", &["--check", "--set", "DOMAIN=x"], 2, "E-ENV-USAGE"),
        ("", &["--set", "DATA=./data"], 2, "E-ENV-USAGE"),
        ("", &["--check=x"], 2, "E-ENV-USAGE"),
        ("", &["--set", "DOMAIN=x", "y"], 2, "E-ENV-USAGE"),
        ("", &["--", "y"], 2, "E-ENV-USAGE"),
        ("", &["-xy"], 2, "E-ENV-USAGE"),
        ("DATA=/old\n", &["--set", "DATA=/new"], 3, "E-ENV-IMMUTABLE"),
        ("DOMAIN=\"open\n", &[], 4, "E-ENV-UNREADABLE"),
        ("DOMAIN=\"x\" TOKEN=y\n", &[], 4, "E-ENV-UNREADABLE"),
        ("DOMAIN=a\0b\n", &[], 4, "E-ENV-UNREADABLE"),
    ];
    each_shell(|shell| {
        for (env, arguments, code, cause) in cases {
            let scene = Scene::new(shell);
            scene.write(env);
            let run = scene.run(arguments);
            assert_eq!(run.code, code, "{}: {arguments:?}: {}", shell.name, run.said());
            assert_eq!(run.cause(), cause.strip_prefix("E-"), "{}: {}", shell.name, run.said());
            assert!(run.err.contains("\n  to do: "), "{}: {}", shell.name, run.said());
            assert_eq!(
                (scene.text(), scene.files().len()),
                (env.to_owned(), 2),
                "{}: something was written",
                shell.name
            );
        }
    });
}

#[test]
fn script_and_program_refuse_in_the_same_words() {
    let cases: [(&str, &[&str]); 21] = [
        ("", &["--set", "UNKNOWN=1"]),
        ("", &["--set", "lower=1"]),
        ("", &["--rotate", "no group"]),
        ("", &["--rotate", "LEVEL"]),
        ("", &["--rotate", "foreign"]),
        ("", &["--rotate=KEY_HEX", "--set=KEY_HEX=x"]),
        ("", &["--check", "--rotate", "KEY_HEX"]),
        ("", &["--rekey-by-hand", "KEY_HEX"]),
        ("KEY_BOUND=x\nKEY_LOST=y\n", &["--rotate", "bound"]),
        ("", &["--set", "DATA=./data"]),
        ("", &["--force"]),
        ("", &["--force=x"]),
        ("", &["-f"]),
        ("", &["-force"]),
        ("", &["--Force"]),
        ("", &["x"]),
        ("", &["--check=x"]),
        ("", &["--non-interactive=x"]),
        ("", &["--set"]),
        ("", &["--rotate"]),
        ("", &["--rekey-by-hand"]),
    ];
    let (dash, program) = (host_shell("dash"), program());
    for (env, arguments) in cases {
        let said = |shell: &Shell, command: &str| {
            let scene = Scene::new(shell);
            scene.write(env);
            let run = scene.run(arguments);
            run.refusal().replace(command, "COMMAND").trim_end().to_owned()
        };
        let told = said(&dash, "./setup-env.sh");
        assert!(told.starts_with("E-ENV-"), "{told}");
        assert_eq!(told, said(&program, "cargo xtask setup-env"), "{arguments:?}");
    }
}

#[test]
fn what_stands_behind_a_value_without_quotes_is_not_repeated() {
    let cases: [&[&str]; 8] = [
        &["--set", "KEY_HEX=a", "canary"],
        &["--set=KEY_HEX=a", "canary", "more"],
        &["--set", "KEY_HEX=a", "-canary"],
        &["--set", "KEY_HEX=a", "--Canary"],
        &["--set", "KEY_HEX=a", "--canary1"],
        &["--set", "KEY_HEX=a", "--check=canary"],
        &["--set", "KEY_HEX=a", "--so=canary"],
        &["canary", "--set", "KEY_HEX=a"],
    ];
    each_shell(|shell| {
        for arguments in cases {
            let scene = Scene::new(shell);
            let run = scene.run(arguments);
            assert_eq!(run.code, 2, "{}: {arguments:?}: {}", shell.name, run.said());
            assert!(!run.said().to_lowercase().contains("canary"), "{}: {}", shell.name, run.said());
            assert_eq!(scene.files(), ["setup-env.sh"]);
        }
        let run = Scene::new(shell).run(&["--set", "KEY_HEX=a", "b"]);
        assert!(run.err.contains("a value with spaces needs quotes"), "{}: {}", shell.name, run.said());
    });
}

#[test]
fn what_is_not_utf_8_is_refused_because_compose_would_hand_it_on_damaged() {
    let broken: [&[u8]; 9] = [
        b"\xff",
        b"gr\xfcezi",
        b"\xc3",
        b"\xc3(",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xed\xa0\x80",
        b"\xf0\x80\x80\x80",
        b"\xf4\x90\x80\x80",
    ];
    let whole = "NOTE=\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}\n";
    each_shell(|shell| {
        for bytes in broken {
            assert!(std::str::from_utf8(bytes).is_err());
            let text = [b"DOMAIN=hub.test\nNOTE=", bytes, b"\n"].concat();
            let scene = Scene::new(shell);
            let file = scene.folder().join(".env");
            std::fs::write(&file, &text).unwrap();
            for arguments in [&["--check"][..], &["--non-interactive"]] {
                let run = scene.run(arguments);
                assert_eq!(run.code, 4, "{}: {bytes:x?}: {}", shell.name, run.said());
                assert!(
                    run.err.contains("E-ENV-UNREADABLE")
                        && run.err.contains(".env is not UTF-8\n  to do: write it in UTF-8")
                );
                assert_eq!(std::fs::read(&file).unwrap(), text);
                assert_eq!(scene.files(), [".env", "setup-env.sh"], "{}", shell.name);
            }
        }
        let scene = Scene::new(shell);
        scene.write(whole);
        let run = scene.run(&DOMAIN);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert!(scene.text().starts_with(whole));

        let scene = Scene::new(shell);
        let run = scene.run_with_bytes(b"--set=NOTE=gr\xfcezi");
        assert_eq!(run.code, 2, "{}: {}", shell.name, run.said());
        assert!(run.err.contains("E-ENV-USAGE: an argument is not UTF-8"), "{}: {}", shell.name, run.said());
    });
}

#[test]
fn a_run_of_another_user_is_waited_for() {
    each_script(|shell| {
        let scene = Scene::new(shell);
        // The first process of a host belongs to root.
        std::fs::write(scene.folder().join(".env.new.1"), "").unwrap();
        let run = scene.run_as_nobody(&DOMAIN);
        assert_eq!(run.code, 75, "{}: {}", shell.name, run.said());
        assert_eq!(scene.files(), [".env.new.1", "setup-env.sh"], "{}", shell.name);
    });
}

#[test]
fn what_a_run_that_is_gone_left_behind_goes_whatever_it_is_called() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        for name in [".env.new.4194305", ".env.new.x", ".env.new.0", ".env.new."] {
            std::fs::write(scene.folder().join(name), "").unwrap();
        }
        let run = scene.run(&DOMAIN);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert_eq!(scene.files(), [".env", "setup-env.sh"], "{}", shell.name);
    });
}

#[test]
fn a_file_that_another_run_put_in_the_place_of_ours_is_neither_used_nor_removed() {
    each_script(|shell| {
        for taken in ["rm $file", "rm $file; echo half >$file", "mv $file gone; ln -s gone $file"] {
            let scene = Scene::new(shell);
            scene.write("DOMAIN=hub.test\n");
            let run = scene.run_with_tool(
                "sync",
                &format!("file=$(echo .env.new.*)\n{taken}"),
                &["--non-interactive"],
            );
            assert_eq!(run.code, 4, "{}: {}", shell.name, run.said());
            assert!(
                run.err.contains("E-ENV-WRITE") && run.err.contains("is not the file that this run made")
            );
            assert_eq!(scene.text(), "DOMAIN=hub.test\n", "{}", shell.name);
            let left = scene.files().iter().any(|it| it.starts_with(".env.new."));
            assert_eq!(left, taken != "rm $file", "{}: what is not ours stays", shell.name);
        }
    });
}

#[test]
fn a_link_is_refused_and_a_run_at_work_is_waited_for() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        std::os::unix::fs::symlink("elsewhere", scene.folder().join(".env")).unwrap();
        let run = scene.run(&DOMAIN);
        assert!(run.code == 4 && run.err.contains("E-ENV-FILE"), "{}: {}", shell.name, run.said());

        let scene = Scene::new(shell);
        let busy = format!(".env.new.{}", std::process::id());
        std::fs::write(scene.folder().join(&busy), "").unwrap();
        let run = scene.run(&DOMAIN);
        assert!(run.code == 75 && run.err.contains("E-ENV-BUSY"), "{}: {}", shell.name, run.said());
        assert_eq!(scene.files(), [busy.as_str(), "setup-env.sh"]);
    });
}
