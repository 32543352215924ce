//! `verify` from outside: of a release on the forge and of files here. What is released on a stage is a rehearsal's, which no release is:
//! that is the only finding where everything else is right.

use std::fs;
use std::path::{Path, PathBuf};

use crate::git::git;
use crate::run::Run;
use crate::stage::{PUBLIC_KEY, RELEASE, Setting, Stage};

const ARCHIVE: &str = "aihummer-v1.0.0.tar.gz";

/// A stage with a release, and the folder of its files.
fn released() -> (Stage, PathBuf) {
    let stage = Setting::new().set();
    let run = stage.run(&stage.fresh_clone(), RELEASE).ends_with(0);
    (stage, run.clone.join("dist/v1.0.0"))
}

/// The messages of what is wrong, but for the rehearsal.
#[track_caller]
fn wrong(run: &Run) -> Vec<String> {
    let findings = run.findings();
    let rehearsed = findings.iter().filter(|(cause, _)| cause == "E-REHEARSED").count();
    assert!(rehearsed <= 2, "{findings:?}");
    findings.into_iter().filter(|(cause, _)| cause != "E-REHEARSED").map(|(_, words)| words).collect()
}

fn verify(stage: &Stage, clone: &Path, more: &[&str]) -> Run {
    stage.run(clone, &[&["verify", "--json"], more].concat()).ends_with(1)
}

#[test]
fn a_release_on_the_forge_is_downloaded_and_verified_as_a_whole() {
    let (stage, _) = released();
    let clone = stage.fresh_clone();
    let before = (stage.rehearsal.snapshot(), stage.references());
    let run = verify(&stage, &clone, &["v1.0.0"]);
    assert_eq!(wrong(&run), Vec::<String>::new());
    assert_eq!(run.findings().len(), 2, "both archives are a rehearsal's");
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
    assert_eq!(git(&clone, &["status", "--porcelain"]), "", "the clone is as it was");
    let absent = stage.run(&clone, &["verify", "v9.9.9", "--json"]).ends_with(5);
    assert!(absent.findings()[0].1.contains("no published release of v9.9.9"), "{:?}", absent.findings());
}

#[test]
fn row_1_11_a_release_that_was_withdrawn_is_verified_with_a_note_that_says_why() {
    let (stage, _) = released();
    stage.run(&stage.fresh_clone(), &["yank", "v1.0.0", "--reason", "loses mail", "--yes"]).ends_with(0);
    let run = verify(&stage, &stage.fresh_clone(), &["v1.0.0"]);
    assert_eq!(wrong(&run).len(), 1, "{:?}", run.findings());
    assert!(wrong(&run)[0].contains("v1.0.0 was withdrawn: loses mail"), "{:?}", run.findings());
    let findings = run.json()["findings"].clone();
    let notes = findings.as_array().expect("findings").iter().filter(|it| it["severity"] == "note");
    assert_eq!(notes.map(|it| &it["cause"]).collect::<Vec<_>>(), ["E-WITHDRAWN"]);
}

#[test]
fn whoever_changes_files_and_checksums_cannot_sign_them() {
    let (stage, folder) = released();
    let clone = stage.fresh_clone();
    let checksums = folder.join("SHA256SUMS").display().to_string();
    assert_eq!(wrong(&verify(&stage, &clone, &[&checksums])), Vec::<String>::new());
    let bill = folder.join("aihummer-v1.0.0.cdx.json");
    let right = fs::read_to_string(&bill).expect("a bill");
    fs::write(&bill, right.replace("aihummer", "otherone")).expect("a file");
    let run = verify(&stage, &clone, &[&checksums]);
    assert!(wrong(&run).iter().any(|words| words.contains("has not the checksum that is listed")), "{run:?}");
    fs::write(&bill, right).expect("a file");
    let text = fs::read_to_string(&checksums).expect("checksums");
    fs::write(&checksums, text.replacen('a', "b", 1)).expect("a file");
    let run = verify(&stage, &clone, &[&checksums]);
    assert!(wrong(&run).iter().any(|words| words.contains("`SHA256SUMS.minisig` proves nothing")), "{run:?}");
}

#[test]
fn a_signature_has_to_be_there_and_of_a_key_that_counts() {
    let (stage, folder) = released();
    let clone = stage.fresh_clone();
    let checksums = folder.join("SHA256SUMS").display().to_string();
    let archive = folder.join(ARCHIVE).display().to_string();
    let other = "RWRWD16+lescfLgBZqqyBZ7gcdIE8OnT282jIsUiPKPGs3btW7ON3Vry";
    for target in [&checksums, &archive] {
        assert_eq!(wrong(&verify(&stage, &clone, &[target, "--key", PUBLIC_KEY])), Vec::<String>::new());
        let run = verify(&stage, &clone, &[target, "--key", other]);
        assert!(wrong(&run)[0].contains("it was made with another key"), "{run:?}");
    }
    let file = stage.path("release.pub");
    fs::write(&file, format!("untrusted comment: a key\n{PUBLIC_KEY}\n")).expect("a file");
    let file = file.display().to_string();
    assert_eq!(wrong(&verify(&stage, &clone, &[&checksums, "--key", &file])), Vec::<String>::new());
    // A key that the configuration takes back proves nothing, whoever names it.
    let path = clone.join("config/release.yaml");
    let text = fs::read_to_string(&path).expect("a configuration");
    let revoked = text.replace("signing:\n", &format!("signing:\n  revoked:\n    - {PUBLIC_KEY}\n"));
    let revoked = revoked.replacen(&format!("  release_keys:\n    - {PUBLIC_KEY}\n"), "  release_keys:\n", 1);
    fs::write(&path, revoked).expect("a file");
    git(&clone, &["commit", "--quiet", "--all", "--message", "Take a key back"]);
    for more in [&[][..], &["--key", PUBLIC_KEY]] {
        let run = verify(&stage, &clone, &[&[checksums.as_str()], more].concat());
        assert!(wrong(&run)[0].contains("which was revoked"), "{run:?}");
    }
    fs::remove_file(folder.join("SHA256SUMS.minisig")).expect("a signature");
    let clone = stage.fresh_clone();
    let run = verify(&stage, &clone, &[&checksums]);
    assert!(run.findings().iter().any(|(cause, _)| cause == "E-UNSIGNED"), "{run:?}");
    assert_eq!(wrong(&verify(&stage, &clone, &[&checksums, "--unsigned"])), Vec::<String>::new());
}

#[test]
fn what_is_swapped_among_the_files_is_seen() {
    for (name, content) in
        [(ARCHIVE, &b"other"[..]), ("SHA256SUMS", b""), ("aihummer-v1.0.0.provenance.json", b"{}")]
    {
        let (stage, folder) = released();
        fs::write(folder.join(name), content).expect("a file");
        let run = verify(&stage, &stage.fresh_clone(), &[&folder.join("SHA256SUMS").display().to_string()]);
        assert!(!wrong(&run).is_empty(), "{name}: {run:?}");
    }
}

#[test]
fn a_rebuild_from_the_tag_gives_the_same_bytes_and_names_the_first_difference() {
    let (stage, folder) = released();
    // Main has moved on: what counts is the commit that was released.
    stage.merge_file("Answer otherwise", &["minor"], "config/services/server.conf", "changed = 1\n");
    let clone = stage.fresh_clone();
    let checksums = folder.join("SHA256SUMS").display().to_string();
    stage.rehearsal.forget_requests();
    let run = verify(&stage, &clone, &[&checksums, "--rebuild"]);
    assert_eq!(wrong(&run), Vec::<String>::new());
    assert!(stage.rehearsal.requests().is_empty(), "nobody was asked");
    assert_eq!(wrong(&verify(&stage, &clone, &["v1.0.0", "--rebuild"])), Vec::<String>::new());
    // The other variant under this one's name.
    fs::copy(folder.join("aihummer-v1.0.0-gpu.tar.gz"), folder.join(ARCHIVE)).expect("a copy");
    let run = verify(&stage, &clone, &[&checksums, "--rebuild"]);
    let differs = wrong(&run).into_iter().find(|words| words.contains("is not what v1.0.0 builds"));
    let differs = differs.unwrap_or_else(|| panic!("{run:?}"));
    assert!(differs.contains(ARCHIVE) && differs.contains("differs first"), "{differs}");
    git(&clone, &["tag", "--delete", "v1.0.0"]);
    let untagged = stage.run(&clone, &["verify", "--json", &checksums, "--rebuild"]).ends_with(4);
    assert!(untagged.findings()[0].1.contains("git fetch --tags"), "{untagged:?}");
}

#[test]
fn a_release_without_checksums_is_said_to_have_none() {
    let (stage, _) = released();
    let released = stage.rehearsal.snapshot().releases.remove(0);
    let checksums = released.assets.iter().find(|asset| asset.name == "SHA256SUMS").expect("checksums").id;
    let api = format!("{}/repos/example/aihummer/releases/assets/{checksums}", stage.rehearsal.api_url());
    let token = format!("Bearer {}", crate::stage::MAINTAINER);
    ureq::delete(&api).header("authorization", &token).call().expect("deleted");
    let run = verify(&stage, &stage.fresh_clone(), &["v1.0.0"]);
    let said = wrong(&run);
    assert!(said.len() == 1 && said[0].starts_with("the release of v1.0.0 has no `SHA256SUMS`"), "{run:?}");
}

#[test]
fn bundles_of_another_platform_than_the_checkout_releases_are_refused() {
    let (stage, folder) = released();
    let clone = stage.fresh_clone();
    let path = clone.join("config/release.yaml");
    let text = fs::read_to_string(&path).expect("a configuration");
    fs::write(&path, text.replace("product: aihummer", "product: otherone")).expect("a file");
    git(&clone, &["commit", "--quiet", "--all", "--message", "Release something else"]);
    let wanted = format!("`{ARCHIVE}` is of `aihummer`, not of `otherone`");
    for name in ["SHA256SUMS", ARCHIVE] {
        let run = verify(&stage, &clone, &[&folder.join(name).display().to_string()]);
        assert!(wrong(&run).iter().any(|words| words.starts_with(&wanted)), "{name}: {run:?}");
    }
    let run = verify(&stage, &clone, &["v1.0.0"]);
    assert!(wrong(&run).iter().any(|words| words.starts_with(&wanted)), "{run:?}");
}
