//! What a reader of pointers takes, and everything that it refuses.

use minisign::KeyPair;

use super::*;

const NOW: &str = "2026-11-10T00:00:00Z";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn key() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

fn public(pair: &KeyPair) -> PublicKey {
    PublicKey::try_from(pair.pk.to_base64()).unwrap()
}

fn file(name: &str) -> PointedFile {
    PointedFile { name: name.to_owned(), sha256: Sha256Hex::of(name.as_bytes()), size: 7 }
}

fn pointer() -> Pointer {
    let bundle = PointedBundle { archive: file("acme.tar.gz"), manifest: file("acme.bundle.json") };
    Pointer {
        schema: SCHEMA,
        product: "acme".to_owned(),
        channel: "stable".to_owned(),
        sequence: 42,
        version: Version::new(1, 4, 0),
        released_at: time("2026-11-01T10:00:00Z"),
        expires_at: time("2026-12-01T00:00:00Z"),
        min_upgradable_from: None,
        mandatory_stops: Vec::new(),
        rollback: Rollback::Free,
        irreversible: Vec::new(),
        yanked: Vec::new(),
        rollout_percentage: 100,
        bundles: [("cpu".to_owned(), bundle)].into(),
    }
}

fn signed(pair: &KeyPair, text: &str, comment: &str) -> Envelope {
    let untrusted = Subject::Pointer.untrusted().strip_prefix("untrusted comment: ");
    let made = minisign::sign(None, &pair.sk, text.as_bytes(), Some(comment), untrusted).unwrap();
    Envelope::seal(text, Some(made.into_string()))
}

fn sealed(pair: &KeyPair, pointer: &Pointer) -> Vec<u8> {
    signed(pair, &pointer.to_json(), &pointer.comment()).to_json().into_bytes()
}

fn expected(keys: &[PublicKey]) -> Expected<'_> {
    Expected { product: "acme", channel: "stable", keys, revoked: &[], known: Some(41), now: time(NOW) }
}

#[test]
fn what_was_sealed_is_accepted_whole() {
    let pair = key();
    let keys = [public(&key()), public(&pair)];
    assert_eq!(accept(&sealed(&pair, &pointer()), &expected(&keys)), Ok(pointer()));
}

#[test]
fn the_text_has_the_words_that_readers_look_for() {
    let mut withdrawn = pointer();
    withdrawn.min_upgradable_from = Some(Version::new(1, 2, 0));
    withdrawn.yanked.push(Yanked {
        version: Version::new(1, 4, 0),
        reason: "loses mail".to_owned(),
        since: time(NOW),
    });
    assert!(withdrawn.is_withdrawn() && !pointer().is_withdrawn());
    let json: serde_json::Value = serde_json::from_str(&withdrawn.to_json()).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["released_at"], "2026-11-01T10:00:00Z");
    assert_eq!(json["expires_at"], "2026-12-01T00:00:00Z");
    assert_eq!(json["min_upgradable_from"], "1.2.0");
    assert_eq!(json["mandatory_stops"], serde_json::json!([]));
    assert_eq!(json["rollback"], "free");
    assert_eq!(json["rollout_percentage"], 100);
    assert_eq!(json["yanked"][0]["reason"], "loses mail");
    assert_eq!(json["bundles"]["cpu"]["archive"]["name"], "acme.tar.gz");
    assert_eq!(json["bundles"]["cpu"]["manifest"]["size"], 7);
    assert!(pointer().to_json().find("min_upgradable_from").is_none());
}

#[test]
fn a_pointer_of_something_else_is_refused_although_its_signature_is_right() {
    let pair = key();
    let keys = [public(&pair)];
    let refused = |pointer: &Pointer| accept(&sealed(&pair, pointer), &expected(&keys)).unwrap_err();
    let other = Pointer { product: "other".to_owned(), ..pointer() };
    assert_eq!(refused(&other), PointerError::OtherProduct("other".to_owned()));
    let beta = Pointer { channel: "beta".to_owned(), ..pointer() };
    assert_eq!(refused(&beta), PointerError::OtherChannel("beta".to_owned()));
    assert_eq!(refused(&Pointer { schema: 2, ..pointer() }), PointerError::Schema(2));
}

#[test]
fn sequences_never_fall_never_leap_and_may_stay() {
    let pair = key();
    let keys = [public(&pair)];
    let with = |sequence, known| {
        let bytes = sealed(&pair, &Pointer { sequence, ..pointer() });
        accept(&bytes, &Expected { known, ..expected(&keys) }).map(|pointer| pointer.sequence)
    };
    assert_eq!(with(41, Some(41)), Ok(41));
    assert_eq!(with(1041, Some(41)), Ok(1041));
    assert_eq!(with(40, Some(41)), Err(PointerError::Older { found: 40, known: 41 }));
    assert_eq!(with(1042, Some(41)), Err(PointerError::TooFar { found: 1042, known: 41 }));
    let last = u64::MAX;
    assert_eq!(with(last, Some(41)), Err(PointerError::TooFar { found: last, known: 41 }));
    assert_eq!(with(9_000, None), Ok(9_000), "nothing was seen before");
}

#[test]
fn an_expired_one_is_refused_and_handed_out_for_a_person() {
    let pair = key();
    let keys = [public(&pair)];
    let at = |now: &str| accept(&sealed(&pair, &pointer()), &Expected { now: time(now), ..expected(&keys) });
    assert!(at("2026-11-30T23:59:59Z").is_ok());
    assert_eq!(at("2026-12-01T00:00:00Z"), Err(PointerError::Expired(Box::new(pointer()))));
    let old = Expected { now: time("2030-01-01T00:00:00Z"), known: Some(99), ..expected(&keys) };
    let refused = accept(&sealed(&pair, &pointer()), &old);
    assert_eq!(refused, Err(PointerError::Older { found: 42, known: 99 }), "what is worse comes first");
}

#[test]
fn without_the_signature_of_a_pinned_key_nothing_counts() {
    let (pair, stranger) = (key(), key());
    let keys = [public(&pair)];
    let wanted = expected(&keys);
    let text = pointer().to_json();
    let unsigned = Envelope::seal(&text, None);
    assert!(!unsigned.is_signed() && unsigned.unproven() == Ok(pointer()));
    assert_eq!(accept(unsigned.to_json().as_bytes(), &wanted), Err(PointerError::Unsigned));
    assert_eq!(accept(unsigned.to_json().as_bytes(), &expected(&[])), Err(PointerError::Unsigned));
    let refused = |bytes: &[u8], wanted: &Expected<'_>| accept(bytes, wanted).unwrap_err();
    let other = PointerError::Signature(SignatureError::OtherKey);
    assert_eq!(refused(&sealed(&stranger, &pointer()), &wanted), other);
    assert_eq!(refused(&sealed(&pair, &pointer()), &expected(&[])), other);
    let revoked = Expected { revoked: &keys, ..wanted };
    let taken_back = PointerError::Signature(SignatureError::Revoked(keys[0].clone()));
    assert_eq!(refused(&sealed(&pair, &pointer()), &revoked), taken_back);
}

#[test]
fn a_signature_of_anything_else_proves_nothing() {
    let pair = key();
    let keys = [public(&pair)];
    let refused = |envelope: &Envelope| accept(envelope.to_json().as_bytes(), &expected(&keys)).unwrap_err();
    let text = pointer().to_json();
    let good = signed(&pair, &text, &pointer().comment());
    let newer = Pointer { version: Version::new(9, 0, 0), ..pointer() }.to_json();
    let swapped = Envelope::seal(&newer, good.signature.clone());
    assert_eq!(refused(&swapped), PointerError::Signature(SignatureError::Wrong));
    for comment in ["", "product:acme\tchannel:stable\tseq:43\tversion:1.4.0", "product:acme"] {
        assert_eq!(refused(&signed(&pair, &text, comment)), PointerError::Comment, "{comment}");
    }
    // Even by the right key: what says that it is over checksums is no signature of a pointer.
    let release = signature_over_checksums(&pair, &text);
    assert_eq!(refused(&release), PointerError::Signature(SignatureError::Form));
}

fn signature_over_checksums(pair: &KeyPair, text: &str) -> Envelope {
    let untrusted = Subject::Checksums.untrusted().strip_prefix("untrusted comment: ");
    let comment = pointer().comment();
    let made = minisign::sign(None, &pair.sk, text.as_bytes(), Some(&comment), untrusted).unwrap();
    Envelope::seal(text, Some(made.into_string()))
}

#[test]
fn what_has_another_form_is_no_pointer() {
    let pair = key();
    let keys = [public(&pair)];
    let refused = |bytes: &[u8]| accept(bytes, &expected(&keys)).unwrap_err();
    assert_eq!(refused(&vec![b' '; LARGEST + 1]), PointerError::TooLarge);
    let good = String::from_utf8(sealed(&pair, &pointer())).unwrap();
    let more = good.replacen('{', "{\"more\": 1,", 1);
    let twice = good.replacen('{', "{\"signed\": \"\",", 1);
    for wrong in ["", "[]", "{}", "{\"signed\": \"!\", \"signature\": \"\"}", &more, &twice, &good[..9]] {
        assert!(matches!(refused(wrong.as_bytes()), PointerError::Form(_)), "{wrong}");
    }
    let unknown = pointer().to_json().replacen('{', "{\"more\": 1,", 1);
    let envelope = signed(&pair, &unknown, &pointer().comment());
    assert!(matches!(refused(envelope.to_json().as_bytes()), PointerError::Form(_)));
}
