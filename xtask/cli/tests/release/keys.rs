//! `keys` from outside: keys are made, changed and taken back. Never shows a secret half.

use std::fs;

use crate::stage::{PUBLIC_KEY, RELEASE, Setting};

#[test]
fn keys_are_made_for_their_owner_alone_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let path = stage.path("new.key");
    let generate = ["keys", "generate", "--out", &path.display().to_string()].map(str::to_owned);
    let generate: Vec<&str> = generate.iter().map(String::as_str).collect();
    stage.run(&clone, &generate).ends_with(4);
    assert!(!path.exists(), "no password, no key");
    let password = [("SLIPWAY_RELEASE_KEY_PASSWORD", "correct horse")];
    let run = stage.run_with(&clone, &generate, &password).ends_with(0);
    let secret = fs::read_to_string(&path).expect("a key");
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    let line = secret.lines().last().expect("a line");
    assert!(!run.stdout.contains(line) && !run.stderr.contains(line), "{}", run.stdout);
    stage.run_with(&clone, &generate, &password).ends_with(5);
    assert_eq!(fs::read_to_string(&path).expect("a key"), secret, "never written over");
    // What was made signs a release; in a rehearsal the key that is given proves it.
    let given = [("SLIPWAY_RELEASE_KEY", secret.as_str()), password[0]];
    stage.run_with(&clone, RELEASE, &given).ends_with(0);
    let plan = crate::converged::plan_of(&stage, "v1.0.0");
    let key = plan["signature"]["keys"][0].as_str().expect("a key");
    assert!(run.stdout.contains(key), "{}", run.stdout);
}

#[test]
fn a_making_that_is_interrupted_leaves_nothing_in_the_way_of_the_next() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let path = stage.path("new.key");
    let public = stage.path("new.key.pub");
    let shown = path.display().to_string();
    let generate = ["keys", "generate", "--no-password", "--out", shown.as_str()];
    // No byte may be written to any file: the system ends the run in the middle of the first.
    let mut words = vec!["-c", "ulimit -c 0; ulimit -f 0; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_xtask")];
    words.extend(generate);
    let mut limited = std::process::Command::new("sh");
    let output = limited.current_dir(&clone).args(words).output().expect("`sh` starts");
    assert!(!output.status.success(), "{output:?}");
    assert!(!path.exists() && !public.exists(), "{output:?}");
    let made = stage.run(&clone, &generate).ends_with(0);
    let secret = fs::read(&path).expect("a key");
    // As if it had ended between the two files.
    let half = fs::read(&public).expect("a public half");
    fs::remove_file(&public).expect("a file");
    let finished = stage.run(&clone, &generate).ends_with(0);
    assert!(finished.stderr.contains("no new key was made"), "{}", finished.stderr);
    assert_eq!(finished.stdout, made.stdout);
    assert_eq!((fs::read(&path).expect("a key"), fs::read(&public).expect("a half")), (secret, half));
}

#[test]
fn the_next_key_takes_over_with_a_statement_that_the_old_one_signs_and_a_key_is_taken_back() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let path = clone.join("config/release.yaml");
    let before = fs::read_to_string(&path).expect("a configuration");
    let next = "RWRWD16+lescfLgBZqqyBZ7gcdIE8OnT282jIsUiPKPGs3btW7ON3Vry";
    stage.run_with(&clone, &["keys", "rotate"], &[("SLIPWAY_RELEASE_KEY", "")]).ends_with(4);
    stage
        .run_with(&clone, &["keys", "rotate"], &[("SLIPWAY_RELEASE_KEY", crate::signing::STRANGER)])
        .ends_with(4);
    assert_eq!(fs::read_to_string(&path).expect("a configuration"), before, "nothing was changed");
    stage.run(&clone, &["keys", "rotate"]).ends_with(0);
    let after = fs::read_to_string(&path).expect("a configuration");
    let lists = format!("  release_keys:\n    - {next}\n  retired_keys:\n    - {PUBLIC_KEY}\n");
    assert!(after.contains(&lists), "{after}");
    // The new key is current now, and the retired one is no next one.
    let again = stage.run(&clone, &["keys", "rotate"]).ends_with(4);
    assert!(
        again.stderr.contains("no next key") && again.stderr.contains("keys generate"),
        "{}",
        again.stderr
    );
    assert_eq!(fs::read_to_string(&path).expect("a configuration"), after, "nothing was changed");
    let statement = clone.join("dist/release-key-rotation.txt");
    let told = fs::read_to_string(&statement).expect("a statement");
    assert!(told.contains(PUBLIC_KEY) && told.contains(next), "{told}");
    let mut minisign = std::process::Command::new("minisign");
    let output =
        minisign.arg("-Vm").arg(&statement).args(["-P", PUBLIC_KEY]).output().expect("`minisign` starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    stage.run(&clone, &["keys", "revoke", PUBLIC_KEY]).ends_with(0);
    let text = fs::read_to_string(&path).expect("a configuration");
    assert!(text.contains(&format!("  revoked:\n    - {PUBLIC_KEY}\n")), "{text}");
    let refused = stage.run(&clone, &["keys", "revoke", next]).ends_with(4);
    assert!(refused.stderr.contains("the only key that proves a release"), "{}", refused.stderr);
    stage.run(&clone, &["check"]).ends_with(0);
}
