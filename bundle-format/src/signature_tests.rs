//! Signatures that the program `minisign` made, and what is none of them.

use super::*;

const CURRENT: &str = "RWTHw07izleL1hQzOIJnuWpTWuVCFP4nHEgC6DKzo5+2AFOiY0iPevPl";
const NEXT: &str = "RWRWD16+lescfLgBZqqyBZ7gcdIE8OnT282jIsUiPKPGs3btW7ON3Vry";
const OTHER: &str = "RWRZUPBV3+RUkNDMLpEfelRUS2KcDATDEHquHU0/g5yeDYFniwgORcrI";

/// What was signed.
fn signed() -> Vec<u8> {
    format!("{}  a.tar.gz\n", "0".repeat(64)).into_bytes()
}

const BY_CURRENT: &str = concat!(
    "untrusted comment: signature over the checksums of a release\n",
    "RUTHw07izleL1u3F1FZcMxTF74D0qa2wMy+xrZMdlj3Pu+SrSa0un4Y3C07U7mp1Vn1Bjd6o7dJ9HQlkPhv6bI65XoQwnrxc7w4=\n",
    "trusted comment: product:widgets\tversion:1.3.0\n",
    "V56J9+oZLv6kTPnfnH5bWfg/qAIT6BLn+ZAWKKoPCJyLk3kTQosUuG7HZzR0XF9wOnjJn0pkRCLeJ1qKb0sDDw==\n"
);
/// As old versions of the program made them: over the bytes instead of their digest.
const LEGACY: &str = concat!(
    "untrusted comment: signature over the checksums of a release\n",
    "RWTHw07izleL1seEY+rLIsN+GEtoeEVUvqhD6HHQE1BLxsAIY9XOEz/tzmz7jJNnBTSBLR2EEU9Cq0rCji00vc7ML7M3dzHC/gk=\n",
    "trusted comment: x\n",
    "He2Kl+ei44colsZAoLUa/eYlPXMARWCZ05TgOrSI6AIIdsRVPfWEUPvrrJEsfTX5jsITkIUPyG0VD8c/rQzsBg==\n"
);
const BY_OTHER: &str = concat!(
    "untrusted comment: signature over the checksums of a release\n",
    "RURZUPBV3+RUkJH4xagtevJSyYn7ngdqJw1o7l7+Ep/aLSeuMa772x7rY5Jq1KY6doUzS82P872GxlBu1bMz3sl0jdrjaDLbfwk=\n",
    "trusted comment: x\n",
    "41wwGf9JzDI/UVM/cGn8Y4TJsA3qljlOPmekKJVbpQDYyws/hdmwznGSPknyXXuTbz2v05BbwW0dy62pho7YDQ==\n"
);

fn key(text: &str) -> PublicKey {
    PublicKey::try_from(text.to_owned()).unwrap()
}

fn verified(signature: &str) -> Result<String, SignatureError> {
    verify(Subject::Checksums, &signed(), signature, &[key(CURRENT), key(NEXT)], &[])
}

#[test]
fn a_signature_of_any_of_the_keys_is_taken_and_its_comment_told() {
    let comment = "product:widgets\tversion:1.3.0";
    assert_eq!(verified(BY_CURRENT).as_deref(), Ok(comment));
    assert_eq!(
        verify(Subject::Checksums, &signed(), BY_CURRENT, &[key(NEXT), key(CURRENT)], &[]).as_deref(),
        Ok(comment)
    );
}

#[test]
fn a_signature_of_another_key_or_in_the_old_way_is_not() {
    assert_eq!(verified(BY_OTHER), Err(SignatureError::OtherKey));
    assert_eq!(verify(Subject::Checksums, &signed(), BY_CURRENT, &[], &[]), Err(SignatureError::OtherKey));
    assert_eq!(verified(LEGACY), Err(SignatureError::Wrong));
}

#[test]
fn a_key_that_was_revoked_proves_nothing_even_where_it_is_listed_as_well() {
    let keys = [key(CURRENT)];
    assert_eq!(
        verify(Subject::Checksums, &signed(), BY_CURRENT, &keys, &keys),
        Err(SignatureError::Revoked(key(CURRENT)))
    );
}

#[test]
fn every_changed_byte_of_what_is_signed_and_of_the_signature_is_noticed() {
    for at in 0..signed().len() {
        let mut other = signed();
        other[at] ^= 1;
        assert_eq!(
            verify(Subject::Checksums, &other, BY_CURRENT, &[key(CURRENT)], &[]),
            Err(SignatureError::Wrong),
            "byte {at}"
        );
    }
    for at in 0..BY_CURRENT.len() {
        for bit in 0..7 {
            let mut other = BY_CURRENT.as_bytes().to_vec();
            other[at] ^= 1 << bit;
            let other = String::from_utf8(other).unwrap();
            assert!(verified(&other).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn a_signature_is_four_lines_and_nothing_else() {
    for other in [
        String::new(),
        "\n\n\n\n".to_owned(),
        BY_CURRENT.trim_end().to_owned(),
        format!("{BY_CURRENT}more\n"),
        format!("{BY_CURRENT}\n"),
        BY_CURRENT.replace('\n', "\r\n"),
        BY_CURRENT.replacen("untrusted comment: ", "untrusted comment: x", 1),
        "x".repeat(LARGEST + 1),
    ] {
        assert_eq!(verified(&other), Err(SignatureError::Form), "{other:?}");
    }
}

#[test]
fn a_key_is_read_from_its_line_or_its_file_and_has_the_number_that_minisign_prints() {
    let file = format!("untrusted comment: minisign public key D68B57CEE24EC3C7\n{CURRENT}\n");
    assert_eq!(key(&file), key(CURRENT));
    assert_eq!(key(CURRENT).id(), "D68B57CEE24EC3C7");
    assert_eq!(key(OTHER).id(), "9054E4DF55F05059");
    for text in
        ["", "RW", "hello", &CURRENT[..54], &format!("{CURRENT}AA=="), &CURRENT.replacen("RW", "XX", 1)]
    {
        assert_eq!(PublicKey::try_from(text.to_owned()), Err(NotAKey), "{text}");
    }
}
