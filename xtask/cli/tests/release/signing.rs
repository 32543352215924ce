//! The signature of a release: who may make it, how it survives whatever happens, and that nobody ever sees the key.

use std::fs;
use std::path::Path;

use crate::converged::{converged, signed};
use crate::git::git;
use crate::stage::{PUBLIC_KEY, RELEASE, RELEASE_KEY, Setting, Stage};

/// A key that proves nothing here, made for this test.
pub(crate) const STRANGER: &str = "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA7LK7fLq0SNh2ED7oYP89MHTBUuKtZfS55063ySyD5NqqPXnOgYLXyptl+RaBB8v24CQ+fWjQtZ/cB6f5ifSXZ+jcEFfs5nEDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

#[test]
fn a_release_is_signed_and_minisign_takes_the_signature() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
    let plan = crate::converged::plan_of(&stage, "v1.0.0");
    assert_eq!(plan["signature"]["name"], "SHA256SUMS.minisig");
    signed(&stage, "v1.0.0", &plan);
}

/// What was refused before anything was done.
#[track_caller]
fn refused(stage: &Stage, variables: &[(&str, &str)], cause: &str) {
    let before = (stage.rehearsal.snapshot(), stage.references());
    let run = stage.run_with(&stage.fresh_clone(), RELEASE, variables).ends_with(4);
    let causes: Vec<String> = run.findings().into_iter().map(|(cause, _)| cause).collect();
    assert!(causes.iter().any(|found| found == cause), "{causes:?}");
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "nothing happened");
}

#[test]
fn without_a_key_or_with_one_that_cannot_be_used_nothing_begins() {
    let stage = Setting::new().set();
    refused(&stage, &[("SLIPWAY_RELEASE_KEY", "")], "E-RELEASE-KEY-MISSING");
    refused(&stage, &[("SLIPWAY_RELEASE_KEY", "nonsense")], "E-RELEASE-KEY-MISSING");
    let locked = LOCKED;
    refused(&stage, &[("SLIPWAY_RELEASE_KEY", locked)], "E-RELEASE-KEY-MISSING");
    let wrong = [("SLIPWAY_RELEASE_KEY", locked), ("SLIPWAY_RELEASE_KEY_PASSWORD", "wrong")];
    refused(&stage, &wrong, "E-RELEASE-KEY-MISSING");
    stage.run_with(&stage.fresh_clone(), &["plan"], &[("SLIPWAY_RELEASE_KEY", "")]).ends_with(0);
}

#[test]
fn a_key_with_a_password_signs_as_well() {
    let stage = Setting::new().set();
    let variables = [("SLIPWAY_RELEASE_KEY", LOCKED), ("SLIPWAY_RELEASE_KEY_PASSWORD", "correct horse")];
    stage.run_with(&stage.fresh_clone(), RELEASE, &variables).ends_with(0);
    let plan = crate::converged::plan_of(&stage, "v1.0.0");
    let keys = plan["signature"]["keys"].as_array().expect("keys");
    assert_eq!(keys.len(), 1, "a rehearsal is proven by the key it has");
    assert_ne!(keys[0], PUBLIC_KEY);
}

/// A release key with the password `correct horse`, made for this test.
const LOCKED: &str = "RWRTY0Iy1/E1N7kc8CIvXloLJnMHi7ABrZUQx/zFex6/VmmZekYAABAAAAAAAAAAAAIAAAAAMcREnoPN7wwhw2JvP+L3XjHnA/zvatNItiitX8+RcQ1zbYbUayl0td7hatQsybC8r6HnQu4gbnOcVtbVIaD+/H2jl00hEQpP4/mFaLgCPoOq8SuW65E+d8IqOrzfKkBfZofmuvi6WB0=";

#[test]
fn a_release_that_has_begun_is_signed_by_no_other_key_than_its_plan_names() {
    let draft = Setting::new().set().step("draft");
    let stage = Setting::new().set();
    stage.release_killed(&format!("after:{draft}")).was_killed();
    refused(&stage, &[("SLIPWAY_RELEASE_KEY", STRANGER)], "E-RELEASE-KEY-UNPINNED");
    refused(&stage, &[("SLIPWAY_RELEASE_KEY", "")], "E-RELEASE-KEY-MISSING");
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

/// Takes the key of the platform back on main, in favour of the next one.
fn revoke(stage: &Stage) {
    let clone = stage.fresh_clone();
    stage.run(&clone, &["keys", "revoke", PUBLIC_KEY]).ends_with(0);
    git(&clone, &["commit", "--quiet", "--all", "--message", "Take a key back"]);
    git(&clone, &["push", "--quiet", "origin", "HEAD:main"]);
}

#[test]
fn a_release_that_has_begun_is_not_finished_with_a_key_that_was_revoked_since() {
    for step in ["push-tag", "upload:SHA256SUMS.minisig"] {
        let number = Setting::new().set().step(step);
        let stage = Setting::new().set();
        let killed = stage.release_killed(&format!("after:{number}")).was_killed();
        revoke(&stage);
        let before = (stage.rehearsal.snapshot(), stage.references());
        // In a fresh clone, and where the files of the first run still lie.
        git(&killed.clone, &["pull", "--quiet", "--rebase"]);
        for clone in [stage.fresh_clone(), killed.clone] {
            for key in [RELEASE_KEY, STRANGER, ""] {
                let run = stage.run_with(&clone, RELEASE, &[("SLIPWAY_RELEASE_KEY", key)]).ends_with(4);
                let (cause, words) = run.findings().remove(0);
                assert_eq!(cause, "E-RELEASE-KEY-UNPINNED", "{step}: {words}");
                assert!(words.contains("every key that proves it was revoked since"), "{step}: {words}");
                assert!(words.contains("give it up with `cargo xtask abandon v1.0.0`"), "{step}: {words}");
                assert!(!words.contains("give the key"), "{step}: {words}");
            }
        }
        assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "{step}: nothing happened");
        // The way that is named leads out.
        stage.run(&stage.fresh_clone(), &["abandon", "v1.0.0", "--yes"]).ends_with(0);
        assert!(stage.rehearsal.snapshot().releases.is_empty(), "{step}");
        stage.run_with(&stage.fresh_clone(), RELEASE, &[("SLIPWAY_RELEASE_KEY", STRANGER)]).ends_with(0);
    }
}

#[test]
fn a_key_that_was_retired_finishes_what_began_with_it_and_proves_it() {
    let number = Setting::new().set().step("draft");
    let stage = Setting::new().set();
    stage.release_killed(&format!("after:{number}")).was_killed();
    let clone = stage.fresh_clone();
    stage.run(&clone, &["keys", "rotate", "--out", &stage.path("told").display().to_string()]).ends_with(0);
    let path = "config/release.yaml";
    let changed = fs::read_to_string(clone.join(path)).expect("a configuration");
    stage.merge_file("Change the key", &["patch"], path, &changed);
    stage.release().ends_with(0);
    let clone = stage.fresh_clone();
    // Of a rehearsal's release nothing but that it is one is held against it.
    let verified = stage.run(&clone, &["verify", "v1.0.0"]).ends_with(1);
    assert!(!verified.stderr.contains("proves nothing"), "{}", verified.stderr);
    assert_eq!(
        verified.stderr.matches("error[").count(),
        verified.stderr.matches("error[E-REHEARSED]").count(),
        "{}",
        verified.stderr
    );
    // Without the list of retired keys nothing proves it any more.
    let forgotten = changed.replace(&format!("  retired_keys:\n    - {PUBLIC_KEY}\n"), "");
    assert_ne!(forgotten, changed);
    fs::write(clone.join(path), forgotten).expect("a file");
    git(&clone, &["commit", "--quiet", "--all", "--message", "Forget a key"]);
    let refused = stage.run(&clone, &["verify", "v1.0.0"]).ends_with(1);
    assert!(refused.stderr.contains("made with another key"), "{}", refused.stderr);
}

#[test]
fn no_program_that_a_release_starts_gets_the_key_or_the_token() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Setting::new().set();
    let folder = stage.path("recording");
    fs::create_dir(&folder).expect("a folder");
    let path = std::env::var("PATH").expect("a search path");
    let found = |name: &str| std::env::split_paths(&path).map(|at| at.join(name)).find(|at| at.exists());
    let seen = folder.join("seen");
    let (seen_path, real) = (seen.display(), found("git").expect("git"));
    let script = format!("#!/bin/sh\nenv >> {seen_path}\nexec {} \"$@\"\n", real.display());
    fs::write(folder.join("git"), script).expect("a script");
    fs::set_permissions(folder.join("git"), fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = format!("{}:{path}", folder.display());
    let token = crate::stage::MAINTAINER;
    let variables = [
        ("PATH", path.as_str()),
        ("SLIPWAY_RELEASE_KEY", LOCKED),
        ("SLIPWAY_RELEASE_KEY_PASSWORD", "correct horse"),
        ("GH_TOKEN", token),
    ];
    stage.run_with(&stage.fresh_clone(), RELEASE, &variables).ends_with(0);
    let seen = fs::read_to_string(seen).expect("git was started");
    assert!(seen.contains("GIT_TERMINAL_PROMPT=0"), "{seen}");
    for secret in ["SLIPWAY_RELEASE_KEY", LOCKED, "correct horse", "GITHUB_TOKEN", "GH_TOKEN", token] {
        assert!(!seen.contains(secret), "{secret}");
    }
}

/// The number and the digest of the uploaded signature.
fn uploaded(stage: &Stage) -> (u64, String) {
    let releases = stage.rehearsal.snapshot().releases;
    let assets = releases.iter().flat_map(|release| &release.assets);
    let found: Vec<_> = assets.filter(|asset| asset.name == "SHA256SUMS.minisig").collect();
    let [asset] = found.as_slice() else { panic!("one signature: {found:?}") };
    (asset.id, asset.sha256.clone())
}

#[test]
fn a_signature_that_is_there_and_verifies_is_kept_although_the_next_run_would_make_another() {
    let upload = Setting::new().set().step("upload:SHA256SUMS.minisig");
    let stage = Setting::new().set();
    stage.release_killed(&format!("after:{upload}")).was_killed();
    let before = uploaded(&stage);
    let again = stage.release().ends_with(0);
    assert_eq!(uploaded(&stage), before, "the very asset");
    converged(&stage, &["v1.0.0"]);
    crate::converged::files_are_the_assets(&stage, "v1.0.0", &again.clone.join("dist/v1.0.0"));
}

#[test]
fn a_signature_that_is_there_and_proves_nothing_is_replaced_by_its_number() {
    let upload = Setting::new().set().step("upload:SHA256SUMS.minisig");
    let stage = Setting::new().set();
    stage.release_killed(&format!("after:{upload}")).was_killed();
    let (first, _) = uploaded(&stage);
    let draft = stage.rehearsal.snapshot().releases.remove(0).id;
    let token = format!("Bearer {}", crate::stage::MAINTAINER);
    let api = format!("{}/repos/example/aihummer/releases/assets/{first}", stage.rehearsal.api_url());
    ureq::delete(&api).header("authorization", &token).call().expect("deleted");
    let uploads = stage.rehearsal.uploads_url();
    let place = format!("{uploads}/repos/example/aihummer/releases/{draft}/assets?name=SHA256SUMS.minisig");
    let own = stage.rehearsal.asset("v1.0.0", "SHA256SUMS").expect("the checksums");
    let request = ureq::post(&place).header("authorization", &token).header("content-type", "text/plain");
    request.send(&own[..]).expect("something else under its name");
    let (swapped, _) = uploaded(&stage);
    stage.release().ends_with(0);
    let (last, _) = uploaded(&stage);
    assert!(last != swapped && last != first, "a new asset");
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn a_rehearsal_signs_with_a_key_of_its_own_and_needs_no_other() {
    let stage = Setting::new().set();
    let none = [("SLIPWAY_RELEASE_KEY", ""), ("SLIPWAY_REHEARSAL_REGISTRY", "")];
    let clone = stage.fresh_clone();
    let receipt = stage.run_with(&clone, &["release", "--rehearse", "--json"], &none).ends_with(0).json();
    let folder = Path::new(receipt["folder"].as_str().expect("a folder")).to_owned();
    let plan: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("plan.json")).expect("a plan")).expect("JSON");
    let key = plan["signature"]["keys"][0].as_str().expect("a key");
    assert_ne!(key, PUBLIC_KEY);
    let mut minisign = std::process::Command::new("minisign");
    let output = minisign.current_dir(&folder).args(["-Vm", "SHA256SUMS", "-P", key]).output();
    assert!(output.expect("`minisign` starts").status.success(), "{receipt}");
}

#[test]
fn nobody_sees_the_key() {
    let stage = Setting::new().set();
    let run = stage.run(&stage.fresh_clone(), &["release"]).ends_with(0);
    let mut seen = vec![run.stdout.clone(), run.stderr.clone()];
    for variables in [
        vec![("SLIPWAY_RELEASE_KEY", STRANGER)],
        vec![("SLIPWAY_RELEASE_KEY", LOCKED), ("SLIPWAY_RELEASE_KEY_PASSWORD", "canary-password")],
    ] {
        stage.merge("Serve one more page", &["minor"]);
        let run = stage.run_with(&stage.fresh_clone(), &["release", "--json"], &variables);
        seen.extend([run.stdout, run.stderr]);
    }
    for text in seen {
        for secret in [RELEASE_KEY, STRANGER, LOCKED, "canary-password"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    for folder in [run.clone, stage.bare(), stage.path("temporary"), stage.path("home")] {
        search(&folder);
    }
}

/// Requires no file below a folder to hold the key.
fn search(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_dir() {
            search(&entry.path());
        } else if let Ok(bytes) = fs::read(entry.path()) {
            let found = bytes.windows(RELEASE_KEY.len()).any(|window| window == RELEASE_KEY.as_bytes());
            assert!(!found, "{}", entry.path().display());
        }
    }
}
