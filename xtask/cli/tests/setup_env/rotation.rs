//! New values for old ones: what changes with them, what does not, and what is refused.

use super::DOMAIN;
use super::scene::{Scene, each_shell};

/// The values by name before and after.
fn differing(before: &str, after: &str) -> Vec<String> {
    let read = |text: &str| bundle_format::dotenv::EnvFile::parse(text).unwrap();
    let (before, after) = (read(before), read(after));
    let names = after.entries.iter().map(|entry| entry.name.clone());
    names.filter(|name| before.get(name) != after.get(name)).collect()
}

#[test]
fn a_rotated_secret_changes_with_what_follows_from_it_and_nothing_else_does() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.run(&DOMAIN);
        let before = scene.text();
        let run = scene.run(&["--non-interactive", "--rotate", "KEY_UUID"]);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert_eq!(differing(&before, &scene.text()), ["KEY_UUID", "DATABASE_URL"], "{}", shell.name);
        assert!(run.out.contains("Changed in .env: KEY_UUID DATABASE_URL\n"), "{}", run.said());
        let expected = format!("postgres://hub:{}@db/admin", scene.env().get("KEY_UUID").unwrap().text);
        assert_eq!(scene.env().get("DATABASE_URL").unwrap().text, expected);

        let before = scene.text();
        assert_eq!(scene.run(&["--rotate=keys", "--non-interactive"]).code, 0);
        assert_eq!(
            differing(&before, &scene.text()),
            ["KEY_BASE64URL", "KEY_HEX", "GRANT"],
            "{}",
            shell.name
        );
    });
}

#[test]
fn every_other_byte_of_the_file_stays() {
    let old = "\u{feff}  export KEY_HEX = 'a\\'b'   # why\r\nKEY_HEX=first\r\n# KEY_HEX=no\nexport\tKEY_HEX: \"two\nlines\"\t# last\r\n";
    let rest =
        "KEY_UUID=$x \r\nKEY_ALNUM=plain # c\r\nDOMAIN=hub.test\nown=\"KEY_HEX=in\nside\"\nKEY_BASE64URL=x";
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.write(&format!("{old}{rest}"));
        // Whatever is missing is added first, so that the file then ends as it likes.
        scene.run(&["--non-interactive"]);
        let whole = scene.text();
        scene.write(whole.trim_end_matches('\n'));
        let run = scene.run(&["--rotate", "KEY_HEX", "--rotate", "KEY_ALNUM", "--rotate", "KEY_UUID"]);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        let (file, text) = (scene.env(), scene.text());
        let written = |name: &str| format!("\"{}\"", file.get(name).unwrap().text);
        let expected = whole
            .replace("\"two\nlines\"", &written("KEY_HEX"))
            .replace("KEY_UUID=$x \r\n", &format!("KEY_UUID={} \r\n", written("KEY_UUID")))
            .replace("plain #", &format!("{} #", written("KEY_ALNUM")));
        let url = |text: &str| text.lines().find(|line| line.starts_with("DATABASE_URL=")).map(str::to_owned);
        let expected = expected.replace(&url(&expected).unwrap(), &url(&text).unwrap());
        assert_eq!(text, expected.trim_end_matches('\n'), "{}", shell.name);
    });
}

#[test]
fn data_is_asked_about_by_name_and_the_old_file_is_kept() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.run(&DOMAIN);
        let before = scene.text();
        let run = scene.run(&["--rotate", "bound"]);
        assert_eq!((run.code, run.cause()), (3, Some("ENV-IMMUTABLE")), "{}: {}", shell.name, run.said());
        for line in [
            "  KEY_BOUND: Run rekey\n    with both values.\n",
            "  KEY_LOST: nothing is known that could be done in the data; without that it is lost\n",
            "run this again with --rekey-by-hand KEY_BOUND --rekey-by-hand KEY_LOST; or",
        ] {
            assert!(run.err.contains(line), "{}: {}", shell.name, run.said());
        }
        assert_eq!(scene.text(), before);

        let told = ["--rotate", "bound", "--rekey-by-hand", "KEY_BOUND", "--rekey-by-hand=KEY_LOST"];
        let run = scene.run(&told);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert_eq!(differing(&before, &scene.text()), ["KEY_BOUND", "KEY_LOST"]);
        assert!(
            run.out.contains("To do in the data") && run.out.contains("  KEY_BOUND: Run rekey\n    with")
        );
        assert_eq!(scene.files(), [".env", ".env.old", "setup-env.sh"]);
        let old = scene.folder().join(".env.old");
        assert_eq!(std::fs::read_to_string(&old).unwrap(), before);
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&old).unwrap().permissions());
        assert_eq!(mode & 0o7777, 0o600, "{}", shell.name);

        let after = scene.text();
        let run = scene.run(&told);
        assert_eq!((run.code, run.cause()), (4, Some("ENV-FILE")), "{}: {}", shell.name, run.said());
        assert_eq!(scene.text(), after, "{}", shell.name);
    });
}

#[test]
fn a_secret_without_a_value_is_made_whether_data_could_be_bound_to_it_or_not() {
    each_shell(|shell| {
        let scene = Scene::new(shell);
        scene.write("DOMAIN=hub.test\nKEY_BOUND=\n");
        let run = scene.run(&["--rotate", "bound"]);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert_eq!(scene.env().get("KEY_BOUND").unwrap().text.len(), 64);
        assert_eq!(scene.files().len(), 2, "no old value, no old file");
    });
}
