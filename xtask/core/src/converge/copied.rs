//! Whether a bucket follows the branch `channels`, which alone says where a channel points. A copy never goes back to a lower sequence,
//! and never over what this channel did not put there.

use bundle_format::digest::Sha256Hex;
use bundle_format::signature::PublicKey;

use crate::facts::{CopyFacts, PointerFacts, Proof};

/// What has to happen to the copy of a channel's pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyMove {
    /// It is what the branch has, byte for byte.
    Keep,
    /// What the branch has is to be written.
    Write,
    /// It is ahead of the branch, with this sequence.
    Ahead(u64),
    /// Something else lies in its place; says what.
    Foreign(String),
}

/// Decides what happens to the copy of what the branch has. `keys` are those that prove pointers.
#[must_use]
pub fn copied(
    there: Option<&CopyFacts>,
    branch: &PointerFacts,
    digest: &Sha256Hex,
    keys: &[PublicKey],
) -> CopyMove {
    match there {
        None => CopyMove::Write,
        Some(CopyFacts::Foreign(what)) => CopyMove::Foreign(what.clone()),
        Some(CopyFacts::Pointer { digest: there, .. }) if there == digest => CopyMove::Keep,
        Some(CopyFacts::Pointer { found, .. }) => match ahead(found, branch.pointer.sequence, keys) {
            Some(ahead) => ahead,
            None => CopyMove::Write,
        },
    }
}

/// Why no copy can be made of what the branch will have, whose sequence is `sequence` at least; none where one can.
#[must_use]
pub fn hindrance(there: &CopyFacts, sequence: u64, keys: &[PublicKey]) -> Option<CopyMove> {
    match there {
        CopyFacts::Foreign(what) => Some(CopyMove::Foreign(what.clone())),
        CopyFacts::Pointer { found, .. } => ahead(found, sequence, keys),
    }
}

/// A copy with a higher sequence; one that nothing proves is none of ours.
fn ahead(found: &PointerFacts, sequence: u64, keys: &[PublicKey]) -> Option<CopyMove> {
    let there = found.pointer.sequence;
    if there <= sequence {
        return None;
    }
    Some(match &found.proof {
        Proof::Proven => CopyMove::Ahead(there),
        _ if keys.is_empty() => CopyMove::Ahead(there),
        Proof::Unsigned => CopyMove::Foreign("a pointer ahead of the branch that is not signed".to_owned()),
        Proof::Wrong(why) => {
            CopyMove::Foreign(format!("a pointer ahead of the branch that nothing proves: {why}"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn copy(sequence: u64, proof: Proof, content: &str) -> CopyFacts {
        let mut found = samples::pointer_facts(&samples::plan(), proof);
        found.pointer.sequence = sequence;
        CopyFacts::Pointer { found: Box::new(found), digest: Sha256Hex::of(content.as_bytes()) }
    }

    #[test]
    fn a_copy_follows_the_branch_and_never_goes_back() {
        let mut branch = samples::pointer_facts(&samples::plan(), Proof::Proven);
        branch.pointer.sequence = 3;
        let keys = [samples::channel_key()];
        let decided = |there: Option<&CopyFacts>| copied(there, &branch, &Sha256Hex::of(b"three"), &keys);
        let wrong = || Proof::Wrong("another key".to_owned());
        assert_eq!(decided(None), CopyMove::Write);
        assert_eq!(decided(Some(&copy(3, Proof::Proven, "three"))), CopyMove::Keep);
        assert_eq!(decided(Some(&copy(2, Proof::Proven, "two"))), CopyMove::Write);
        assert_eq!(decided(Some(&copy(3, wrong(), "edited"))), CopyMove::Write);
        assert_eq!(decided(Some(&copy(2, wrong(), "of a revoked key"))), CopyMove::Write);
        assert_eq!(decided(Some(&copy(4, Proof::Proven, "four"))), CopyMove::Ahead(4));
        for unproven in [wrong(), Proof::Unsigned] {
            let forged = copy(4, unproven, "four");
            assert!(matches!(decided(Some(&forged)), CopyMove::Foreign(_)), "{forged:?}");
            let unsigned = copied(Some(&forged), &branch, &Sha256Hex::of(b"three"), &[]);
            assert_eq!(unsigned, CopyMove::Ahead(4), "nobody asks for a signature");
        }
        let foreign = CopyFacts::Foreign("no JSON".to_owned());
        assert_eq!(decided(Some(&foreign)), CopyMove::Foreign("no JSON".to_owned()));
        assert_eq!(hindrance(&copy(4, Proof::Proven, "four"), 4, &keys), None);
        assert_eq!(hindrance(&copy(4, Proof::Proven, "four"), 0, &keys), Some(CopyMove::Ahead(4)));
        assert!(hindrance(&foreign, 9, &keys).is_some());
    }
}
