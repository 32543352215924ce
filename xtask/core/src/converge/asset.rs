//! What has to happen to one asset of a draft. Never adopts an asset whose digest nobody has looked at: where the forge does not state
//! it, the content is compared.

use crate::plan::Asset;

/// An asset as the forge has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFacts {
    /// The forge's number of it.
    pub id: u64,
    /// Its name, as the forge wrote it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether its upload ended well.
    pub uploaded: bool,
    /// Its digest, `sha256:…`, as the forge states it or as this run found it; none where nobody knows it yet.
    pub digest: Option<String>,
}

/// What has to happen for an asset to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetMove {
    /// It is missing: send it.
    Send,
    /// It is there.
    Keep,
    /// The one with this number may be it, but the forge does not state its digest: look at its content.
    Compare(u64),
    /// A broken or different one has its name: delete that by its number, then send.
    Replace(u64),
}

/// Decides for one asset of the plan.
#[must_use]
pub fn asset(present: &[AssetFacts], wanted: &Asset) -> AssetMove {
    match present.iter().find(|asset| asset.name == wanted.name) {
        None => AssetMove::Send,
        Some(found) if is(found, wanted) => AssetMove::Keep,
        Some(found) if may_be(found, wanted) => AssetMove::Compare(found.id),
        Some(found) => AssetMove::Replace(found.id),
    }
}

/// The numbers of the assets whose content has to be looked at before anybody can say that they are the plan's.
#[must_use]
pub fn unproven(present: &[AssetFacts], wanted: &[Asset]) -> Vec<u64> {
    let open = |found: &&AssetFacts| wanted.iter().any(|asset| may_be(found, asset));
    present.iter().filter(open).map(|found| found.id).collect()
}

/// How the assets of a release differ from the plan's: names that are missing, broken, different or too many. Empty where they
/// are exactly the plan's.
#[must_use]
pub fn surplus(present: &[AssetFacts], wanted: &[Asset]) -> Vec<String> {
    let wrong = wanted.iter().filter(|asset| !present.iter().any(|found| is(found, asset)));
    let more = present.iter().filter(|found| !wanted.iter().any(|asset| asset.name == found.name));
    wrong.map(|asset| asset.name.clone()).chain(more.map(|found| found.name.clone())).collect()
}

fn is(found: &AssetFacts, wanted: &Asset) -> bool {
    found.name == wanted.name
        && found.uploaded
        && found.size == wanted.size
        && found.digest.as_deref() == Some(wanted.sha256.prefixed().as_str())
}

/// Whether nothing speaks against it and only the digest is missing.
fn may_be(found: &AssetFacts, wanted: &Asset) -> bool {
    found.name == wanted.name && found.uploaded && found.size == wanted.size && found.digest.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bundle_format::digest::Sha256Hex;

    fn wanted(name: &str) -> Asset {
        Asset {
            name: name.to_owned(),
            content_type: "text/plain".to_owned(),
            size: 3,
            sha256: Sha256Hex::of(b"abc"),
        }
    }

    fn found(id: u64, name: &str) -> AssetFacts {
        let digest = Some(Sha256Hex::of(b"abc").prefixed());
        AssetFacts { id, name: name.to_owned(), size: 3, uploaded: true, digest }
    }

    #[test]
    fn only_a_whole_asset_with_the_right_digest_is_kept() {
        let good = found(1, "a");
        assert_eq!(asset(std::slice::from_ref(&good), &wanted("a")), AssetMove::Keep);
        assert_eq!(asset(&[], &wanted("a")), AssetMove::Send);
        assert_eq!(asset(std::slice::from_ref(&good), &wanted("b")), AssetMove::Send);
        let starter = AssetFacts { uploaded: false, ..good.clone() };
        let other = AssetFacts { digest: Some("sha256:00".to_owned()), ..good.clone() };
        let cut = AssetFacts { size: 2, ..good };
        for broken in [starter, other, cut] {
            assert_eq!(
                asset(std::slice::from_ref(&broken), &wanted("a")),
                AssetMove::Replace(1),
                "{broken:?}"
            );
        }
    }

    #[test]
    fn an_asset_without_a_digest_is_compared_where_all_else_is_right_and_never_taken_as_it_is() {
        let silent = AssetFacts { digest: None, ..found(1, "a") };
        let move_of = |found: &AssetFacts| asset(std::slice::from_ref(found), &wanted("a"));
        assert_eq!(move_of(&silent), AssetMove::Compare(1));
        assert_eq!(move_of(&AssetFacts { size: 2, ..silent.clone() }), AssetMove::Replace(1));
        assert_eq!(move_of(&AssetFacts { uploaded: false, ..silent.clone() }), AssetMove::Replace(1));
        let plan = [wanted("a"), wanted("b")];
        let present = [silent.clone(), found(2, "b"), AssetFacts { id: 3, name: "c".to_owned(), ..silent }];
        assert_eq!(unproven(&present, &plan), [1]);
        assert_eq!(surplus(&present, &plan), ["a", "c"], "what nobody has looked at is not right");
    }

    #[test]
    fn the_set_must_be_exactly_the_plans() {
        let plan = [wanted("a"), wanted("b")];
        assert!(surplus(&[found(2, "b"), found(1, "a")], &plan).is_empty());
        assert_eq!(surplus(&[found(1, "a")], &plan), ["b"]);
        assert_eq!(surplus(&[found(1, "a"), found(2, "b"), found(3, "c")], &plan), ["c"]);
    }
}
