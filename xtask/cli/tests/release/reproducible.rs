//! The same source, version and digests give the same bytes, wherever, by whomever, under whatever settings and whenever they are built.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::stage::{Setting, Stage};

/// A user whom every system knows by this number.
const NOBODY: &str = "65534";
/// Makes a program somebody else's, at another time.
const ELSEWHERE: &[&str] =
    &["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "faketime", "2031-05-06 07:08:09"];

#[test]
#[ignore = "becomes another user and changes the time that a program sees: `cargo xtask test` has what that needs"]
fn row_2_1_a_bundle_has_the_same_bytes_wherever_by_whomever_and_whenever_it_is_built() {
    let seen = Command::new("setpriv").args(&ELSEWHERE[1..]).args(["sh", "-c", "id -u; date +%Y"]).output();
    assert_eq!(String::from_utf8_lossy(&seen.expect("it starts").stdout), "65534\n2031\n", "it is elsewhere");
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    for version in ["v1.0.0", "v1.1.0"] {
        let ours = built(&stage, version, &[], &[("TZ", "UTC"), ("LANG", "C")], "022");
        let theirs = built(
            &stage,
            version,
            ELSEWHERE,
            &[
                ("TZ", "Pacific/Kiritimati"),
                ("LANG", "de_CH.UTF-8"),
                ("LC_ALL", "tr_TR.UTF-8"),
                ("USER", "nobody"),
            ],
            "077",
        );
        assert!(ours.len() >= 5, "two archives, their manifests and the checksums: {:?}", ours.keys());
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (name, bytes) in &ours {
            assert!(theirs[name] == *bytes, "{name} of {version} differs");
        }
    }
}

/// Builds the bundles of a version in a folder of their own, and reads what came of it.
fn built(
    stage: &Stage,
    version: &str,
    through: &[&str],
    variables: &[(&str, &str)],
    umask: &str,
) -> BTreeMap<String, Vec<u8>> {
    let clone = stage.fresh_clone();
    let bare = stage.bare();
    let program = clone.with_extension("program");
    fs::copy(env!("CARGO_BIN_EXE_xtask"), &program).expect("a copy");
    let reached = bare.parent().expect("a folder");
    fs::set_permissions(reached, fs::Permissions::from_mode(0o755)).expect("a mode");
    let out = clone.with_extension("out");
    fs::create_dir(&out).expect("a folder");
    if !through.is_empty() {
        for path in [&clone, &out] {
            succeeds(Command::new("chown").args(["-R", NOBODY]).arg(path));
        }
    }
    let like = stage.command(&clone, &[], variables);
    let mut command = Command::new(through.first().copied().unwrap_or("sh"));
    command.args(through.iter().skip(1)).args((!through.is_empty()).then_some("sh"));
    command.args(["-c", &format!("umask {umask} && exec \"$@\""), "sh"]).arg(&program);
    command.args(["bundle", "--version", version, "--out"]).arg(&out).current_dir(&clone).env_clear();
    for (name, value) in like.get_envs() {
        command.envs(value.map(|value| (name, value)));
    }
    // The remote belongs to whoever made it.
    command
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*");
    succeeds(command.env("HOME", &out));
    let entries = fs::read_dir(&out).expect("a folder").map(|entry| entry.expect("an entry"));
    entries.map(|entry| (name_of(&entry.path()), fs::read(entry.path()).expect("a file"))).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

#[track_caller]
fn succeeds(command: &mut Command) {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
