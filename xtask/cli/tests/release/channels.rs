//! Channels: what their pointers prove, what follows them, how they are kept in agreement and signed again.

use std::fs;
use std::process::Command;

use bundle_format::pointer::{Expected, PointerError, accept};
use bundle_format::signature::PublicKey;
use serde_json::Value;

use crate::converged::converged;
use crate::git::git;
use crate::signing::STRANGER;
use crate::stage::{PUBLIC_CHANNEL_KEY, RELEASE, RELEASE_KEY, Setting, Stage};

/// The pointer of the stable channel as a reader accepts it that knows this product and key.
fn accepted(stage: &Stage, now: &str) -> Result<Value, PointerError> {
    let keys = [PublicKey::try_from(PUBLIC_CHANNEL_KEY.to_owned()).expect("a key")];
    let (product, channel, known) = ("aihummer", "stable", Some(0));
    let now = now.parse().expect("a time");
    let expected = Expected { product, channel, keys: &keys, revoked: &[], known, now };
    let bytes = stage.file("channels", "stable/latest.json");
    accept(bytes.as_bytes(), &expected).map(|pointer| serde_json::to_value(pointer).expect("a pointer"))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[test]
fn row_1_8_a_pointer_is_one_signed_file_that_readers_and_minisign_take() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let pointer = stage.pointer("stable");
    let released = text(&pointer["released_at"]).to_owned();
    assert_eq!(accepted(&stage, &released), Ok(pointer.clone()));
    assert!(matches!(accepted(&stage, "2100-01-01T00:00:00Z"), Err(PointerError::Expired(_))));
    assert_eq!((&pointer["schema"], &pointer["rollback"]), (&1.into(), &"free".into()));
    assert_eq!(
        (&pointer["yanked"], &pointer["mandatory_stops"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );

    // What an operator can do with two programs that everybody has.
    let folder = tempfile::tempdir().expect("a folder");
    let envelope: Value = serde_json::from_str(&stage.file("channels", "stable/latest.json")).expect("JSON");
    let signed = Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", "printf %s \"$1\" | base64 -d > pointer.json", "sh", text(&envelope["signed"])])
        .status();
    assert!(signed.expect("sh runs").success());
    fs::write(folder.path().join("pointer.json.minisig"), text(&envelope["signature"])).expect("a file");
    let output = Command::new("minisign")
        .current_dir(folder.path())
        .args(["-Vm", "pointer.json", "-P", PUBLIC_CHANNEL_KEY])
        .output()
        .unwrap_or_else(|error| panic!("`minisign` does not start ({error}): run `cargo xtask test`"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("product:aihummer\tchannel:stable\tseq:1\tversion:1.0.0"), "{said}");
}

#[test]
fn row_1_8_without_the_key_of_the_channel_nothing_begins() {
    let stage = Setting::new().set();
    let before = (stage.rehearsal.snapshot(), stage.references());
    for (key, cause) in [
        ("", "E-CHANNEL-KEY-MISSING"),
        ("nonsense", "E-CHANNEL-KEY-MISSING"),
        (RELEASE_KEY, "E-CHANNEL-KEY-UNPINNED"),
    ] {
        let run = stage.run_with(&stage.fresh_clone(), RELEASE, &[("SLIPWAY_CHANNEL_KEY", key)]).ends_with(4);
        let causes: Vec<String> = run.findings().into_iter().map(|(cause, _)| cause).collect();
        assert_eq!(causes, [cause]);
        assert!(key.is_empty() || !run.stderr.contains(key), "{}", run.stderr);
    }
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "nothing happened");
    stage.run_with(&stage.fresh_clone(), &["plan"], &[("SLIPWAY_CHANNEL_KEY", "")]).ends_with(0);
}

#[test]
fn row_1_8_a_platform_without_keys_of_channels_has_unsigned_pointers_and_is_told_so() {
    let stage = Setting::of(&crate::platform::AISOC).pulls(&[("Serve a page", &["minor"])]).set();
    let run = stage.run(&stage.fresh_clone(), &["plan"]).ends_with(0);
    assert!(run.stderr.contains("the pointer of its channel will be signed"), "{}", run.stderr);
    let released = stage.release().ends_with(0).json();
    let envelope: Value = serde_json::from_str(&stage.file("channels", "latest/latest.json")).expect("JSON");
    assert!(envelope.get("signature").is_none(), "{envelope}");
    assert_eq!(stage.pointer("latest")["version"], released["version"]);
}

#[test]
fn row_1_8_a_pointer_that_somebody_else_signed_stops_the_next_release_before_it_begins() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let mut forged: Value =
        serde_json::from_str(&stage.file("channels", "stable/latest.json")).expect("JSON");
    forged["signature"] = "by somebody else".into();
    put(&stage, "stable/latest.json", &forged.to_string());
    stage.merge("Serve the third page", &["minor"]);
    let before = (stage.rehearsal.snapshot(), stage.references());
    let run = stage.run(&stage.fresh_clone(), RELEASE).ends_with(3);
    assert_eq!(run.findings().remove(0).0, "E-POINTER-UNPROVEN");
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "nothing happened");
}

/// Writes a file of the branch `channels` as somebody who may push.
pub(crate) fn put(stage: &Stage, path: &str, content: &str) {
    let clone = stage.fresh_clone();
    git(&clone, &["checkout", "--quiet", "channels"]);
    fs::write(clone.join(path), content).expect("a file");
    git(&clone, &["commit", "--quiet", "--all", "-m", "By hand"]);
    git(&clone, &["push", "--quiet", "origin", "HEAD:channels"]);
}

#[test]
fn row_1_8_a_rehearsal_signs_with_a_key_of_its_own() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let variables = [("SLIPWAY_CHANNEL_KEY", STRANGER), ("SLIPWAY_REHEARSAL_REGISTRY", "")];
    let run = stage.run_with(&clone, &["release", "--rehearse"], &variables).ends_with(0);
    assert!(!run.stderr.contains("E-CHANNEL"), "{}", run.stderr);
    assert!(stage.rehearsal.snapshot().releases.is_empty());
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

/// The stage with a stable channel whose tags follow.
pub(crate) fn moving() -> Setting {
    Setting::new().configured("  - { name: stable }\n", "  - { name: stable, moving_tags: true }\n")
}

/// What everything that names the stable channel's release is at: the pointer, the Git tag, the image tags, the forge's latest.
#[track_caller]
pub(crate) fn at(stage: &Stage, tag: &str) {
    let snapshot = stage.rehearsal.snapshot();
    assert_eq!(stage.pointer("stable")["version"], tag.trim_start_matches('v'));
    let commit = |name: &str| git(&stage.bare(), &["rev-parse", &format!("refs/tags/{name}^{{commit}}")]);
    assert_eq!(commit("stable"), commit(tag), "the tag of Git");
    for image in stage.platform.images {
        let digest = |name: &str| {
            let name = format!("registry.example/{}/{image}:{name}", stage.platform.name);
            snapshot.images.get(&name).unwrap_or_else(|| panic!("no {name}: {:?}", snapshot.images)).clone()
        };
        assert_eq!(digest("stable"), digest(tag), "the tag of {image}");
    }
    let latest: Vec<&str> =
        snapshot.releases.iter().filter(|release| release.latest).map(|release| &*release.tag_name).collect();
    assert_eq!(latest, [tag], "what the forge calls latest");
}

/// Everything of the world that a command could change.
pub(crate) fn world(stage: &Stage) -> (release_rehearsal::Snapshot, String) {
    (stage.rehearsal.snapshot(), stage.references())
}

#[test]
fn row_1_8_the_tags_of_a_channels_name_follow_each_release_before_its_pointer() {
    let stage = moving().set();
    let steps = stage.steps();
    let place =
        |id: &str| steps.iter().position(|step| step == id).unwrap_or_else(|| panic!("{id}: {steps:?}"));
    let following = ["verify-published", "move-tag:stable", "move-image:server", "move-image:worker"];
    assert!(following.map(place).is_sorted() && place("move-pointer:stable") == steps.len() - 1, "{steps:?}");
    stage.release().ends_with(0);
    at(&stage, "v1.0.0");
    stage.merge("Serve the third page", &["minor"]);
    stage.release().ends_with(0);
    at(&stage, "v1.1.0");
    let before = world(&stage);
    assert_eq!(stage.release().ends_with(0).json()["outcome"], "already-released");
    stage.run(&stage.fresh_clone(), &["channels"]).ends_with(0);
    assert_eq!(world(&stage), before);
}

#[test]
fn row_1_8_a_run_killed_while_the_tags_follow_is_finished_by_the_next() {
    let first = moving().set().step("move-tag:stable");
    let points: Vec<String> =
        (first..first + 4).flat_map(|step| [format!("before:{step}"), format!("after:{step}")]).collect();
    crate::killed::for_each(&points, |point| {
        let stage = moving().set();
        stage.release_killed(point).was_killed();
        stage.release().ends_with(0);
        at(&stage, "v1.0.0");
    });
}

#[test]
fn row_1_8_channels_shows_what_drifted_and_repairs_it_once() {
    let stage = moving().set();
    stage.release().ends_with(0);
    let old = git(&stage.bare(), &["rev-parse", "channels"]);
    stage.merge("Serve the third page", &["minor"]);
    stage.release().ends_with(0);
    // The branch goes back, the tag is moved by hand, and somebody makes an old release the latest.
    git(&stage.bare(), &["update-ref", "refs/heads/channels", &old]);
    git(&stage.bare(), &["update-ref", "refs/tags/stable", "refs/heads/main"]);
    let first =
        stage.rehearsal.snapshot().releases.iter().find(|one| one.tag_name == "v1.0.0").expect("one").id;
    make_latest(&stage, first);

    let run = stage.run(&stage.fresh_clone(), &["channels", "--json"]).ends_with(1);
    let said: Vec<String> =
        run.findings().into_iter().map(|(cause, words)| format!("{cause} {words}")).collect();
    assert_eq!(said.len(), 2, "main is the commit of the release: {said:?}");
    assert!(said[0].contains("`stable/latest.json` says 1.0.0") && said[0].starts_with("E-CHANNEL-DRIFT"));
    assert!(said[1].contains("calls v1.0.0 the latest release, and that is v1.1.0"), "{said:?}");
    let shown = run.json();
    assert_eq!(shown["channels"][0]["agrees"], false);
    git(&stage.bare(), &["update-ref", "refs/tags/stable", &old]);
    assert_eq!(stage.run(&stage.fresh_clone(), &["channels", "--json"]).ends_with(1).findings().len(), 3);

    let repaired = stage.run(&stage.fresh_clone(), &["channels", "--repair"]).ends_with(0);
    assert!(repaired.stdout.contains("pointed stable at 1.1.0 (sequence 2)"), "{}", repaired.stdout);
    at(&stage, "v1.1.0");
    let before = world(&stage);
    let again = stage.run(&stage.fresh_clone(), &["channels", "--repair"]).ends_with(0);
    assert!(again.stdout.contains("nothing was changed"), "{}", again.stdout);
    assert_eq!(world(&stage), before);
}

/// Makes a release the latest as a person does on its page.
pub(crate) fn make_latest(stage: &Stage, release: u64) {
    let url = format!("{}/repos/example/aihummer/releases/{release}", stage.rehearsal.api_url());
    let authorization = format!("authorization: Bearer {}", crate::stage::MAINTAINER);
    let arguments = ["-sSf", "-X", "PATCH", "-H", &authorization, "-d", "{\"make_latest\":\"true\"}", &url];
    let output = Command::new("curl").args(arguments).output().expect("curl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn row_1_8_a_forged_pointer_is_replaced_by_a_repair_and_never_signed_again_by_a_renewal() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let good = stage.pointer("stable");
    let mut forged: Value =
        serde_json::from_str(&stage.file("channels", "stable/latest.json")).expect("JSON");
    forged["signature"] = "by somebody else".into();
    put(&stage, "stable/latest.json", &forged.to_string());
    let before = world(&stage);
    let renewed = stage.run(&stage.fresh_clone(), &["channels", "renew", "--json"]).ends_with(3);
    assert_eq!(renewed.findings()[0].0, "E-POINTER-UNPROVEN");
    assert_eq!(world(&stage), before);
    stage.run(&stage.fresh_clone(), &["channels", "--repair"]).ends_with(0);
    let repaired = stage.pointer("stable");
    assert_eq!((&repaired["version"], &repaired["sequence"]), (&good["version"], &2.into()));
}

#[test]
fn row_1_8_nothing_points_at_a_release_that_is_not_whole() {
    let stage = Setting::new().set();
    let pointer = stage.step("move-pointer:stable");
    stage.release_killed(&format!("before:{pointer}")).was_killed();
    let snapshot = stage.rehearsal.snapshot();
    let asset =
        snapshot.releases[0].assets.iter().find(|asset| asset.name.ends_with(".tar.gz")).expect("one").id;
    let url = format!("{}/repos/example/aihummer/releases/assets/{asset}", stage.rehearsal.api_url());
    let authorization = format!("authorization: Bearer {}", crate::stage::MAINTAINER);
    let gone = Command::new("curl").args(["-sSf", "-X", "DELETE", "-H", &authorization, &url]).status();
    assert!(gone.expect("curl runs").success());
    let run = stage.run(&stage.fresh_clone(), &["channels", "--repair", "--json"]).ends_with(3);
    assert_eq!(run.findings()[0].0, "E-PUBLISHED-DIFFERS");
    assert!(!stage.references().contains("refs/heads/channels"), "{}", stage.references());
}

#[test]
fn row_1_8_a_pointer_that_expires_soon_is_signed_again_once() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let first = stage.pointer("stable");
    let renew = || stage.run(&stage.fresh_clone(), &["channels", "renew"]).ends_with(0);
    let before = world(&stage);
    assert!(renew().stdout.contains("nothing was changed"));
    assert_eq!(world(&stage), before, "thirty days are enough");

    let config = stage.file("main", "config/release.yaml");
    let config = format!("{config}\npointers: {{ valid_days: 300, renew_before_days: 200 }}\n");
    stage.merge_file("Renew earlier", &["none"], "config/release.yaml", &config);
    assert!(renew().stdout.contains("(sequence 2)"));
    let second = stage.pointer("stable");
    assert_eq!(second["sequence"], 2);
    assert!(text(&second["expires_at"]) > text(&first["expires_at"]));
    let same = |pointer: &Value| {
        let mut pointer = pointer.clone();
        for key in ["sequence", "expires_at"] {
            pointer.as_object_mut().expect("an object").remove(key);
        }
        pointer
    };
    assert_eq!(same(&first), same(&second));
    let before = world(&stage);
    renew();
    assert_eq!(world(&stage), before, "twice changes nothing");
    let run = stage.run_with(&stage.fresh_clone(), &["channels", "--json"], &[("SLIPWAY_CHANNEL_KEY", "")]);
    assert_eq!(run.ends_with(0).json()["channels"][0]["pointer"]["sequence"], 2, "looking needs no key");
}
