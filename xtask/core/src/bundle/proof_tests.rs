//! Everything beside the archives that can be other than it should.

use super::*;
use crate::bundle::assets::assets;
use crate::plan::Plan;
use crate::samples::{self, SIGNATURE};

type Files = BTreeMap<String, Vec<u8>>;

fn files(plan: &Plan) -> Files {
    let built = assets(&plan.bundles, &plan.into()).unwrap();
    built.into_iter().map(|part| (part.asset.name, part.content)).collect()
}

/// The same with checksums that fit what is there.
fn listed_anew(mut files: Files) -> Files {
    files.remove(CHECKSUMS);
    let line = |(name, bytes): (&String, &Vec<u8>)| format!("{}  {name}\n", Sha256Hex::of(bytes));
    let checksums: String = files.iter().map(line).collect();
    files.insert(CHECKSUMS.to_owned(), checksums.into_bytes());
    files
}

fn verified(files: &Files) -> Result<Verified, Vec<Finding>> {
    verified_by(files, &Trust::default())
}

fn verified_by(files: &Files, trust: &Trust) -> Result<Verified, Vec<Finding>> {
    verify_listed(&files[CHECKSUMS], trust, &Expected::default(), |name| files.get(name).cloned())
}

#[track_caller]
fn assert_only(findings: &[Finding], message: &str) {
    assert_eq!(samples::messages(findings), [message]);
    assert_eq!(findings[0].cause, Cause::VerificationFailed);
}

#[test]
fn a_release_verifies_as_a_whole() {
    let there = files(&samples::plan());
    let all = verified(&there).unwrap();
    assert_eq!(all.manifests.len(), samples::plan().bundles.len(), "one manifest for each archive");
    assert!(all.signed.is_none());
    assert!(verified(&listed_anew(there)).is_ok());
}

#[test]
fn whatever_the_checksums_list_has_to_be_there_and_the_same() {
    let there = files(&samples::plan());
    for gone in there.keys().filter(|name| *name != CHECKSUMS) {
        let mut without = there.clone();
        without.remove(gone);
        let findings = verified(&without).unwrap_err();
        let message = format!("`{gone}` is in the checksums and not beside them");
        assert!(samples::messages(&findings).contains(&message.as_str()), "{findings:?}");
        let mut other = there.clone();
        other.insert(gone.clone(), b"x".to_vec());
        let findings = verified(&other).unwrap_err();
        assert!(findings.iter().any(|finding| finding.message.contains(gone.as_str())), "{findings:?}");
    }
}

#[test]
fn every_changed_byte_of_every_other_asset_is_noticed() {
    let plan = samples::plan();
    let mut there = files(&plan);
    let trust = Trust { keys: vec![samples::release_key()], ..Trust::default() };
    for name in there.keys().filter(|name| !name.ends_with(ARCHIVE)).cloned().collect::<Vec<_>>() {
        // The archives are read each time, so not every byte of the longer ones; theirs are changed in the tests of archives.
        let length = there[&name].len();
        for at in (0..length).step_by((length / 40).max(1)) {
            let byte = |files: &mut Files| files.get_mut(&name).unwrap()[at] ^= 1 << (at % 7);
            byte(&mut there);
            assert!(verified(&there).is_err(), "byte {at} of {name}");
            byte(&mut there);
        }
    }
    there.insert(signature_name(), SIGNATURE.as_bytes().to_vec());
    let findings = verified_by(&there, &trust).unwrap_err();
    let wanted = "`SHA256SUMS.minisig` proves nothing: it is over something else, or was changed";
    assert_only(&findings, wanted);
}

#[test]
fn checksums_lead_nowhere_else_and_have_no_line_that_is_none() {
    let nothing = verify_listed(b"", &Trust::default(), &Expected::default(), |_| None).unwrap_err();
    assert_only(&nothing, "the checksums list no archive");
    let sum = "0".repeat(64);
    for line in [
        format!("{sum}  ../x.tar.gz"),
        format!("{sum}  a/b"),
        format!("{sum}  .."),
        format!("{sum}  "),
        format!("{sum} a"),
        "00  a".to_owned(),
        format!("sha256:{sum}  a"),
        "# a comment".to_owned(),
        format!("{sum}  a\u{202e}b"),
        format!("{sum}  a\u{200b}"),
        format!("{sum}  a\u{1b}[2J"),
        String::new(),
        format!("{sum}  a\n{sum}  a"),
    ] {
        let checksums = format!("{line}\n");
        let only_the_signature = |name: &str| {
            assert_eq!(name, signature_name());
            None
        };
        let findings =
            verify_listed(checksums.as_bytes(), &Trust::default(), &Expected::default(), only_the_signature)
                .unwrap_err();
        let said = samples::messages(&findings);
        assert!(said.iter().any(|message| message.contains("which no release has")), "{line}: {said:?}");
        assert!(said.iter().all(|message| is_plain(message)), "{line}: {said:?}");
    }
}

/// The sample with one file changed and checksums that fit, as who can change all files leaves it.
fn forged(name: &str, from: &str, to: &str) -> Vec<Finding> {
    let mut there = files(&samples::plan());
    let text = String::from_utf8(there[name].clone()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    there.insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
    // The provenance has the digests as well.
    let mut there = listed_anew(there);
    let provenance = "widgets-v1.3.0.provenance.json";
    if name != provenance {
        let mut statement: Statement = serde_json::from_slice(&there[provenance]).unwrap();
        for subject in &mut statement.subject {
            subject.digest.sha256 = Sha256Hex::of(&there[&subject.name]);
        }
        there.insert(provenance.to_owned(), serde_json::to_vec(&statement).unwrap());
        there = listed_anew(there);
    }
    verified(&there).unwrap_err()
}

#[test]
fn manifest_bill_and_provenance_have_to_say_the_same_as_the_archive() {
    let manifest = "widgets-v1.3.0.bundle.json";
    let bill = "widgets-v1.3.0.cdx.json";
    let provenance = "widgets-v1.3.0.provenance.json";
    let not_the_manifest = format!("`{manifest}` is not the manifest in `widgets-v1.3.0.tar.gz`");
    let not_the_bill = format!("`{bill}` does not list what `widgets-v1.3.0.tar.gz` consists of");
    let not_about_them = format!("`{provenance}` is not about the files beside it");
    for (name, from, to, message) in [
        (manifest, "redis:8.2.1", "redis:8.2.2", &not_the_manifest),
        (manifest, "\"0644\"", "\"0755\"", &not_the_manifest),
        (bill, "@sha256%3A", "@sha256%3Af", &not_the_bill),
        (bill, "\"file:README.md\"", "\"file:readme.md\"", &not_the_bill),
        (bill, "\"1.3.0\"", "\"1.3.1\"", &not_the_bill),
        (provenance, "widgets-v1.3.0-gpu.tar.gz", "widgets-v1.3.0-cpu.tar.gz", &not_about_them),
        (provenance, "\"1.3.0\"", "\"1.3.1\"", &not_about_them),
        (provenance, "pkg:oci/redis@", "pkg:oci/valkey@", &not_about_them),
        (provenance, "slsa.dev/provenance/v1", "slsa.dev/provenance/v2", &not_about_them),
        (provenance, "urn:slipway:build:bundle:1", "urn:slipway:build:bundle:2", &not_about_them),
    ] {
        assert_only(&forged(name, from, to), message);
    }
    let source = samples::plan().source.to_string();
    let other = format!("{}f", &source[..39]);
    let text = format!("\"sourceCommit\": \"{source}\"");
    let forged = forged(provenance, &text, &text.replace(&source, &other));
    assert_only(&forged, &not_about_them);
}

#[test]
fn what_describes_an_archive_cannot_be_left_out() {
    for (name, message) in [
        (
            "widgets-v1.3.0.bundle.json",
            "the checksums list no `widgets-v1.3.0.bundle.json` beside `widgets-v1.3.0.tar.gz`",
        ),
        (
            "widgets-v1.3.0.cdx.json",
            "the checksums list no `widgets-v1.3.0.cdx.json` beside `widgets-v1.3.0.tar.gz`",
        ),
        ("widgets-v1.3.0.provenance.json", "the checksums do not list one provenance"),
    ] {
        let mut there = files(&samples::plan());
        there.remove(name);
        let findings = verified(&listed_anew(there)).unwrap_err();
        assert!(samples::messages(&findings).contains(&message), "{findings:?}");
    }
}

#[test]
fn archives_of_two_releases_are_no_release() {
    let mut facts = samples::facts();
    let one = files(&samples::planned(&facts));
    facts.repository.tags[0].tag = "v1.3.0".parse().unwrap();
    facts.repository.remote_tags = [(facts.repository.tags[0].tag.clone(), samples::id(1))].into();
    let two = files(&samples::planned(&facts));
    let mixed =
        one.into_iter().filter(|(name, _)| name != "widgets-v1.3.0.provenance.json").chain(two).collect();
    let findings = verified(&listed_anew(mixed)).unwrap_err();
    assert!(samples::messages(&findings).contains(&"the archives are of different releases"), "{findings:?}");
}

#[test]
fn a_signature_has_to_be_there_where_a_key_is_known() {
    let there = files(&samples::plan());
    let mut trust = Trust { keys: vec![samples::release_key()], ..Trust::default() };
    let findings = verified_by(&there, &trust).unwrap_err();
    assert_eq!(samples::causes(&findings), [Cause::Unsigned]);
    trust.unsigned = Unsigned::Accepted;
    assert!(verified_by(&there, &trust).is_ok(), "built here");
}

#[test]
fn where_no_key_is_known_that_is_said_with_a_signature_and_without_one() {
    let mut there = files(&samples::plan());
    let verified = verified(&there).unwrap();
    assert_eq!(
        samples::messages(&verified.notes),
        ["there is no `SHA256SUMS.minisig` beside the checksums, so nothing proves who made them"]
    );
    let noted = |notes: &[Finding]| {
        notes.len() == 1 && notes[0].cause == Cause::Unsigned && notes[0].severity == Severity::Note
    };
    assert!(noted(&verified.notes), "{:?}", verified.notes);
    let accepted = Trust { unsigned: Unsigned::Accepted, ..Trust::default() };
    assert!(verified_by(&there, &accepted).unwrap().notes.is_empty(), "whoever said so knows it");
    there.insert(signature_name(), SIGNATURE.as_bytes().to_vec());
    let verified = verified_by(&there, &Trust::default()).unwrap();
    assert!(noted(&verified.notes) && verified.notes[0].message.contains("was not looked at"));
    assert!(verified.signed.is_none());
}

#[test]
fn a_signature_of_another_or_a_revoked_key_proves_nothing() {
    let signed_bytes = format!("{}  a.tar.gz\n", "0".repeat(64)).into_bytes();
    let by = |keys: &[PublicKey], revoked: &[PublicKey]| {
        let trust = Trust { keys: keys.to_vec(), revoked: revoked.to_vec(), ..Trust::default() };
        signed(&signed_bytes, Some(SIGNATURE.as_bytes()), &trust)
    };
    let (own, other) = (samples::release_key(), samples::other_key());
    let (comment, notes) = by(std::slice::from_ref(&own), &[]).unwrap();
    assert_eq!((comment.as_deref(), notes.len()), (Some("product:widgets\tversion:1.3.0"), 0));
    let message =
        |result: Result<_, Finding>| result.map(|_: (Option<String>, Vec<Finding>)| ()).unwrap_err().message;
    let start = "`SHA256SUMS.minisig` proves nothing: it was made with";
    assert_eq!(message(by(std::slice::from_ref(&other), &[])), format!("{start} another key"));
    assert_eq!(
        message(by(&[other], std::slice::from_ref(&own))),
        format!("{start} the key `{own}`, which was revoked")
    );
}

#[test]
fn a_signature_of_another_product_version_or_plan_is_not_of_these_archives() {
    let manifests: Vec<(String, Manifest)> = {
        let there = files(&samples::plan());
        verified(&there).unwrap().manifests.into_iter().map(|it| (String::new(), it)).collect()
    };
    assert!(agree(&manifests, Some("product:widgets\tversion:1.3.0\tplan:x")).is_empty());
    let mut hostile = manifests.clone();
    hostile[0].1.product = "x\u{1b}[2J".to_owned();
    assert!(is_plain(&agree(&hostile[..1], Some("product:widgets\tversion:1.3.0"))[0].message));
    for comment in
        ["product:gadgets\tversion:1.3.0", "product:widgets\tversion:1.2.0", "version:1.3.0", "hello"]
    {
        assert_eq!(agree(&manifests, Some(comment)).len(), 1, "{comment}");
    }
}
