//! Values that follow from others: when they are computed again, and when they stay.

use super::DOMAIN;
use super::scene::{CONTRACT, HASHES, Scene, each_script, each_shell, program};

#[test]
fn what_was_derived_changes_with_what_it_follows_from() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.run(&DOMAIN);
        assert_eq!(scene.env().get("LINK").unwrap().text, "https://auth.hub.test/login", "{}", shell.name);
        let run = scene.run(&["--set", "DOMAIN=new.test", "--set", "NOTE=it's\n\"$5\" \\ "]);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        let file = scene.env();
        assert_eq!(file.get("LINK").unwrap().text, "https://auth.new.test/login", "{}", shell.name);
        assert_eq!(file.get("ECHO").unwrap().text, "<it's\n\"$5\" \\ > $x", "{}", shell.name);
        assert!(!run.out.contains("Kept"), "{}", run.said());
    });
}

#[test]
fn what_was_set_by_hand_stays_and_is_named() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.run(&DOMAIN);
        let by_hand = scene.text().replace("\"auth.hub.test\"", "login.elsewhere.test # mine");
        scene.write(&by_hand);
        let run = scene.run(&["--set", "DOMAIN=new.test"]);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert!(
            run.out.contains("Kept although they do not follow from the other values: AUTH_HOST LINK\n"),
            "{}",
            run.said()
        );
        assert!(scene.text().contains("AUTH_HOST=login.elsewhere.test # mine\n"), "{}", shell.name);

        let run = scene.run(&["--rotate", "AUTH_HOST", "--rotate", "LINK"]);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert!(scene.text().contains("AUTH_HOST=\"auth.new.test\" # mine\n"), "{}", shell.name);
        assert_eq!(scene.env().get("LINK").unwrap().text, "https://auth.new.test/login");
    });
}

#[test]
fn nothing_follows_from_a_placeholder_or_from_what_only_compose_knows() {
    each_shell(|shell| {
        for domain in ["hub.example.org", "$HOST", "\"${HOST}\"", ""] {
            let scene = Scene::new(shell);
            scene.write(&format!("DOMAIN={domain}\n"));
            let run = scene.run(&["--non-interactive"]);
            assert_eq!(run.code, 1, "{}: {domain}: {}", shell.name, run.said());
            assert_eq!(scene.env().get("LINK").unwrap().text, "", "{}: {domain}", shell.name);
            scene.run(&["--non-interactive", "--set", "DOMAIN=hub.test"]);
            assert_eq!(scene.env().get("LINK").unwrap().text, "https://auth.hub.test/login", "{domain}");
        }
    });
}

#[test]
fn script_and_program_compute_the_same_hashes_and_tokens() {
    let program = program();
    each_script(|shell| {
        let scene = Scene::of(shell, "hub", HASHES);
        assert_eq!(scene.run(&["--non-interactive"]).code, 0);
        let line = scene.env().get("LINE").unwrap().text.clone();
        assert!(line.starts_with("admin:$apr1$") && line.len() == 43, "{}: a line of `htpasswd`", shell.name);
        assert_eq!(scene.env().get("GRANT").unwrap().text.split('.').count(), 3);

        // Who knows a value as derived computes it again; who does not keeps it.
        let run = scene.run_by(&program, &["--set", "PASSWORD=grüezi $wohl", "--set", "SIGNING_KEY=x'y"]);
        assert!(run.out.contains("Changed in .env: PASSWORD SIGNING_KEY LINE GRANT\n"), "{}", run.said());
        assert!(!run.out.contains("Kept"), "{}: {}", shell.name, run.said());
        let long = "SIGNING_KEY=0123456789012345678901234567890123456789012345678901234567890123456789";
        let run = scene.run(&["--set", "PASSWORD=p", "--set", long]);
        assert!(run.out.contains("Changed in .env: PASSWORD SIGNING_KEY LINE GRANT\n"), "{}", run.said());
        let run = scene.run_by(&program, &["--set", "ADMIN=root2"]);
        assert!(run.out.contains("Changed in .env: ADMIN LINE\n"), "{}: {}", shell.name, run.said());
    });
}

#[test]
fn a_hash_that_was_set_by_hand_stays() {
    each_shell(|shell| {
        let scene = Scene::of(shell, "hub", HASHES);
        scene.write("LINE='me:$2y$05$abc'\nPASSWORD=first-password\n");
        let run = scene.run(&["--non-interactive", "--set", "PASSWORD=second-password"]);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert!(scene.text().starts_with("LINE='me:$2y$05$abc'\nPASSWORD=\"second-password\"\n"));
        assert!(run.out.contains("the other values: LINE\n"), "{}: {}", shell.name, run.said());
    });
}

#[test]
fn docker_compose_reads_every_value_as_it_was_written() {
    each_shell(|shell| {
        for (contract, set) in [(CONTRACT, "DOMAIN=hub.test"), (HASHES, "ADMIN=it's $1 # \"x\"")] {
            let scene = Scene::of(shell, "hub", contract);
            let run = scene.run(&["--non-interactive", "--set", set]);
            assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
            // A file that was edited, with what an editor of Windows leaves behind.
            scene.write(&scene.text().replace("\"\n", "\" # mine\r\n"));
            scene.run(&[
                "--non-interactive",
                "--rotate",
                if contract == HASHES { "PASSWORD" } else { "KEY_UUID" },
            ]);
            let file = scene.env();
            for (name, value) in scene.read_by_compose() {
                assert_eq!(
                    file.get(&name).map(|value| value.text.clone()),
                    Some(value),
                    "{}: {name}",
                    shell.name
                );
            }
        }
    });
}
