//! What is left to do of a release, whatever is there.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use bundle_format::pointer::Pointer;

use super::*;
use crate::facts::{Facts, ReleaseFacts, TagFacts};
use crate::plan::{Plan, PlanId};
use crate::samples;

/// A release of the plan's tag.
fn ours(id: u64, draft: bool, plan: &Plan) -> ReleaseFacts {
    ReleaseFacts { draft, plan: Some(plan.id.clone()), ..samples::release(id, "v1.3.0") }
}

fn other_plan() -> PlanId {
    PlanId(Sha256Hex::of(b"another plan"))
}

fn written(current: Option<&Pointer>, plan: &Plan) -> Pointer {
    match pointer(current, plan, "latest") {
        PointerMove::Write(pointer) => pointer,
        other => panic!("{other:?}"),
    }
}

mod drafts {
    use super::*;

    #[test]
    fn without_a_release_of_the_tag_one_is_created() {
        let plan = samples::plan();
        assert_eq!(draft(&[], &plan), DraftMove::Create);
        let others = [samples::release(1, "v1.2.0"), samples::release(2, "v1.3.0-rc.1")];
        assert_eq!(draft(&others, &plan), DraftMove::Create);
    }

    #[test]
    fn the_one_of_this_plan_is_adopted_draft_or_published() {
        let plan = samples::plan();
        for draft_or_not in [true, false] {
            let releases = [samples::release(1, "v1.2.0"), ours(5, draft_or_not, &plan)];
            assert_eq!(draft(&releases, &plan), DraftMove::Adopt { keep: 5, delete: vec![] });
        }
    }

    #[test]
    fn of_several_drafts_the_lowest_number_stays_in_whatever_order_they_are_listed() {
        let plan = samples::plan();
        for order in [[5, 7, 9], [9, 7, 5], [7, 5, 9]] {
            let releases = order.map(|id| ours(id, true, &plan));
            let DraftMove::Adopt { keep, mut delete } = draft(&releases, &plan) else { panic!("{order:?}") };
            delete.sort_unstable();
            assert_eq!((keep, delete), (5, vec![7, 9]), "{order:?}");
        }
    }

    #[test]
    fn the_published_one_stays_and_only_drafts_are_deleted() {
        let plan = samples::plan();
        for releases in [
            [ours(3, true, &plan), ours(8, false, &plan), ours(9, true, &plan)],
            [ours(9, true, &plan), ours(8, false, &plan), ours(3, true, &plan)],
        ] {
            let DraftMove::Adopt { keep, mut delete } = draft(&releases, &plan) else { panic!() };
            delete.sort_unstable();
            assert_eq!((keep, delete), (8, vec![3, 9]));
        }
        let both = [ours(8, false, &plan), ours(9, false, &plan)];
        assert_eq!(draft(&both, &plan), DraftMove::Adopt { keep: 8, delete: vec![] });
    }

    #[test]
    fn a_release_of_nobody_or_of_another_plan_is_foreign_even_beside_ours() {
        let plan = samples::plan();
        for foreign in [None, Some(other_plan())] {
            let foreign = ReleaseFacts { plan: foreign, ..ours(4, true, &plan) };
            assert_eq!(draft(std::slice::from_ref(&foreign), &plan), DraftMove::Foreign(4));
            assert_eq!(draft(&[ours(3, true, &plan), foreign], &plan), DraftMove::Foreign(4));
        }
    }

    #[test]
    fn the_plans_id_under_another_tag_is_not_ours() {
        let plan = samples::plan();
        let moved = ReleaseFacts { tag: "v9.9.9".to_owned(), ..ours(4, true, &plan) };
        assert_eq!(draft(&[moved], &plan), DraftMove::Create);
    }
}

mod pointers {
    use super::*;

    #[test]
    fn the_first_one_names_every_bundle_and_its_digests() {
        let plan = samples::plan();
        let pointer = written(None, &plan);
        assert_eq!((pointer.sequence, pointer.channel.as_str()), (1, "latest"));
        assert_eq!((pointer.product.as_str(), pointer.version.to_string()), ("widgets", "1.3.0".to_owned()));
        assert_eq!(pointer.released_at, plan.date.to_string());
        let variants: Vec<_> = pointer.bundles.keys().map(String::as_str).collect();
        assert_eq!(variants, ["cpu", "gpu"]);
        let gpu = &pointer.bundles["gpu"];
        let digest = |name: &str| plan.assets.iter().find(|asset| asset.name == name).unwrap().sha256.clone();
        assert_eq!(gpu.archive_sha256, digest("widgets-v1.3.0-gpu.tar.gz"));
        assert_eq!(gpu.manifest_sha256, digest("widgets-v1.3.0-gpu.bundle.json"));
    }

    #[test]
    fn an_older_version_makes_way_with_the_next_sequence() {
        let plan = samples::plan();
        let old = Pointer { sequence: 41, version: "1.2.9".parse().unwrap(), ..written(None, &plan) };
        assert_eq!(written(Some(&old), &plan).sequence, 42);
    }

    #[test]
    fn the_same_release_is_kept_and_its_sequence_with_it() {
        let plan = samples::plan();
        let there = Pointer { sequence: 7, ..written(None, &plan) };
        assert_eq!(pointer(Some(&there), &plan, "latest"), PointerMove::Keep);
    }

    #[test]
    fn the_same_version_with_anything_else_is_written_anew_with_the_next_sequence() {
        let plan = samples::plan();
        let there = written(None, &plan);
        let mut digest = there.clone();
        digest.bundles.get_mut("gpu").unwrap().archive_sha256 = Sha256Hex::of(b"other");
        let mut fewer = there.clone();
        fewer.bundles.remove("gpu");
        let date = Pointer { released_at: samples::day(1).to_string(), ..there.clone() };
        for different in [digest, fewer, date] {
            assert_eq!(written(Some(&different), &plan), Pointer { sequence: 2, ..there.clone() });
        }
    }

    #[test]
    fn a_newer_version_is_never_moved_back() {
        let plan = samples::plan();
        for newer in ["1.3.1", "2.0.0", "1.3.1-rc.1"] {
            let there = Pointer { version: newer.parse().unwrap(), ..written(None, &plan) };
            assert_eq!(pointer(Some(&there), &plan, "latest"), PointerMove::Newer(newer.to_owned()));
        }
        let candidate = Pointer { version: "1.3.0-rc.9".parse().unwrap(), ..written(None, &plan) };
        assert!(matches!(pointer(Some(&candidate), &plan, "latest"), PointerMove::Write(_)));
    }
}

mod completeness {
    use super::*;

    /// The world after the steps up to publishing, and after the pointer moved.
    fn world(published: bool, pointed: bool, plan: &Plan) -> Facts {
        let mut facts = samples::facts();
        facts.releases.push(ours(9, !published, plan));
        if pointed {
            facts.pointers.insert("latest".to_owned(), written(None, plan));
        }
        facts
    }

    #[test]
    fn a_release_is_complete_once_it_is_published_and_pointed_at() {
        let plan = samples::plan();
        for (published, pointed) in [(false, false), (true, false), (false, true), (true, true)] {
            let unfinished = is_unfinished(&world(published, pointed, &plan), &plan);
            assert_eq!(unfinished, !(published && pointed), "{published} {pointed}");
        }
    }

    #[test]
    fn a_pointer_at_a_newer_release_is_as_good() {
        let plan = samples::plan();
        let mut facts = world(true, true, &plan);
        facts.pointers.values_mut().for_each(|pointer| pointer.version = "1.4.0".parse().unwrap());
        assert!(!is_unfinished(&facts, &plan));
    }

    #[test]
    fn only_the_plans_own_channel_and_release_count() {
        let plan = samples::plan();
        let mut other_channel = world(true, false, &plan);
        other_channel.pointers = BTreeMap::from([("rc".to_owned(), written(None, &plan))]);
        assert!(is_unfinished(&other_channel, &plan));
        let mut other_release = world(true, true, &plan);
        other_release.releases.iter_mut().for_each(|release| release.plan = Some(other_plan()));
        assert!(is_unfinished(&other_release, &plan));
    }

    fn names(facts: &Facts) -> Vec<String> {
        begun(facts).into_iter().map(|tag| tag.tag.to_string()).collect()
    }

    #[test]
    fn of_each_kind_only_the_newest_tag_of_ours_that_the_remote_has_can_be_unfinished() {
        let plan = samples::plan();
        let mut facts = world(true, false, &plan);
        let mut begin = |name: &str, number: u64, plan: Option<PlanId>| {
            let tag = TagFacts { plan, ..samples::tag(name, number) };
            facts.repository.remote_tags.insert(tag.tag.clone(), tag.object.clone());
            facts.repository.tags.push(tag);
            names(&facts)
        };
        assert_eq!(begin("v1.3.0", 8, Some(plan.id.clone())), ["v1.3.0"]);
        assert_eq!(begin("v1.4.0", 9, Some(plan.id.clone())), ["v1.4.0"]);
        assert_eq!(begin("v1.5.0", 10, None), ["v1.4.0"], "made by somebody else");
        let of_both = ["v1.4.0", "v1.5.0-nightly.10", "v1.6.0-rc.1"];
        assert_eq!(begin("v1.5.0-nightly.9", 11, Some(plan.id.clone())).len(), 2);
        assert_eq!(begin("v1.5.0-nightly.10", 12, Some(plan.id.clone())).len(), 2);
        assert_eq!(begin("v1.6.0-rc.1", 13, Some(plan.id.clone())), of_both, "stable versions first");
        facts.repository.remote_tags.retain(|tag, _| tag.to_string() != "v1.4.0");
        assert_eq!(names(&facts).first().map(String::as_str), Some("v1.3.0"), "never pushed, or given up");
    }

    #[test]
    fn a_published_release_counts_although_its_text_lost_the_plans_id() {
        let plan = samples::plan();
        let mut facts = world(true, true, &plan);
        facts.releases.iter_mut().for_each(|release| release.plan = None);
        assert!(!is_unfinished(&facts, &plan));
    }
}
