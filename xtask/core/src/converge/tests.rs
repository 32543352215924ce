//! What is left to do of a release, whatever is there.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;

use super::*;
use crate::facts::{BucketFacts, CopyFacts, Facts, PointerFacts, Proof, ReleaseFacts, TagFacts};
use crate::plan::{Plan, PlanId};
use crate::samples;

/// A release of the plan's tag.
fn ours(id: u64, draft: bool, plan: &Plan) -> ReleaseFacts {
    ReleaseFacts { draft, plan: Some(plan.id.clone()), ..samples::release(id, "v1.3.0") }
}

fn other_plan() -> PlanId {
    PlanId(Sha256Hex::of(b"another plan"))
}

fn written(plan: &Plan) -> PointerFacts {
    samples::pointer_facts(plan, Proof::Unsigned)
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
    use bundle_format::pointer::{Pointer, Yanked};
    use bundle_format::updating::Rollback;

    use super::*;

    const NONE: &[Yanked] = &[];

    fn yanked(version: &str) -> Yanked {
        let since = samples::day(9);
        Yanked { version: version.parse().unwrap(), reason: "loses mail".to_owned(), since }
    }

    fn decided(current: Option<&PointerFacts>, yanked: &[Yanked]) -> PointerMove {
        pointer(current, &samples::plan(), "latest", &samples::terms(yanked))
    }

    fn moved(decision: PointerMove) -> Pointer {
        match decision {
            PointerMove::Write(pointer) => *pointer,
            other => panic!("{other:?}"),
        }
    }

    fn there(change: impl FnOnce(&mut Pointer)) -> PointerFacts {
        let mut found = written(&samples::plan());
        change(&mut found.pointer);
        found
    }

    #[test]
    fn the_first_one_names_every_bundle_with_digests_and_sizes() {
        let plan = samples::plan();
        let pointer = moved(decided(None, NONE));
        assert_eq!((pointer.sequence, pointer.channel.as_str()), (1, "latest"));
        assert_eq!((pointer.product.as_str(), pointer.version.to_string()), ("widgets", "1.3.0".to_owned()));
        assert_eq!((pointer.released_at, pointer.expires_at), (plan.date, samples::day(40)));
        assert_eq!((pointer.rollback, pointer.rollout_percentage), (Rollback::Free, 100));
        let variants: Vec<_> = pointer.bundles.keys().map(String::as_str).collect();
        assert_eq!(variants, ["cpu", "gpu"]);
        let asset = |name: &str| plan.assets.iter().find(|asset| asset.name == name).unwrap();
        let gpu = &pointer.bundles["gpu"];
        for (file, name) in
            [(&gpu.archive, "widgets-v1.3.0-gpu.tar.gz"), (&gpu.manifest, "widgets-v1.3.0-gpu.bundle.json")]
        {
            assert_eq!(file.name, name);
            assert_eq!((&file.sha256, file.size), (&asset(name).sha256, asset(name).size));
        }
    }

    #[test]
    fn an_older_version_makes_way_with_the_next_sequence() {
        let old = there(|pointer| {
            pointer.sequence = 41;
            pointer.version = "1.2.9".parse().unwrap();
        });
        assert_eq!(moved(decided(Some(&old), NONE)).sequence, 42);
    }

    #[test]
    fn the_same_release_is_kept_with_its_sequence_and_its_expiry() {
        let kept = there(|pointer| {
            pointer.sequence = 7;
            pointer.expires_at = samples::day(11);
        });
        assert_eq!(decided(Some(&kept), NONE), PointerMove::Keep);
    }

    #[test]
    fn the_same_content_is_written_again_where_its_signature_proves_nothing() {
        let keys = [samples::channel_key()];
        let terms = Terms { keys: &keys, ..samples::terms(NONE) };
        let with = |proof| {
            let current = PointerFacts { proof, ..there(|_| ()) };
            pointer(Some(&current), &samples::plan(), "latest", &terms)
        };
        assert_eq!(with(Proof::Proven), PointerMove::Keep);
        assert_eq!(moved(with(Proof::Unsigned)).sequence, 2);
        assert_eq!(moved(with(Proof::Wrong("torn".to_owned()))).sequence, 2);
    }

    #[test]
    fn the_same_version_with_anything_else_is_written_anew_with_the_next_sequence() {
        let digest = there(|pointer| {
            pointer.bundles.get_mut("gpu").unwrap().archive.sha256 = Sha256Hex::of(b"other");
        });
        let fewer = there(|pointer| drop(pointer.bundles.remove("gpu")));
        let date = there(|pointer| pointer.released_at = samples::day(1));
        let listed = there(|pointer| pointer.yanked.push(yanked("1.2.0")));
        for different in [digest, fewer, date, listed] {
            let expected = Pointer { sequence: 2, ..there(|_| ()).pointer };
            assert_eq!(moved(decided(Some(&different), NONE)), expected);
        }
    }

    #[test]
    fn a_newer_version_is_never_moved_back() {
        let at = |version: &str| there(|pointer| pointer.version = version.parse().unwrap());
        for newer in ["1.3.1", "2.0.0", "1.3.1-rc.1"] {
            assert_eq!(decided(Some(&at(newer)), NONE), PointerMove::Newer(newer.to_owned()));
        }
        assert!(matches!(decided(Some(&at("1.3.0-rc.9")), NONE), PointerMove::Write(_)));
    }

    #[test]
    fn nothing_ever_points_at_a_withdrawn_version_again() {
        let withdrawn = [yanked("1.3.0")];
        assert_eq!(decided(None, &withdrawn), PointerMove::Withdrawn);
        let fallen = there(|pointer| pointer.version = "1.2.0".parse().unwrap());
        assert_eq!(decided(Some(&fallen), &withdrawn), PointerMove::Withdrawn);
        // A newer one that was withdrawn does not stand in the way, and stays listed.
        let newer = there(|pointer| pointer.version = "1.4.0".parse().unwrap());
        let pointer = moved(decided(Some(&newer), &[yanked("1.4.0")]));
        assert_eq!((pointer.sequence, pointer.version.to_string()), (2, "1.3.0".to_owned()));
        assert_eq!(pointer.yanked, [yanked("1.4.0")]);
    }

    #[test]
    fn without_a_good_release_the_pointer_stays_and_says_so_once() {
        let current = there(|_| ());
        let all = [yanked("1.3.0")];
        let pointer = moved(stranded(&current, &samples::terms(&all)));
        assert!(pointer.is_withdrawn() && pointer.sequence == 2, "{pointer:?}");
        let after = PointerFacts { pointer, proof: Proof::Unsigned };
        assert_eq!(stranded(&after, &samples::terms(&all)), PointerMove::Keep);
    }

    #[test]
    fn it_is_signed_again_only_when_few_days_are_left() {
        let left = |days: i64| {
            let current = there(|pointer| pointer.expires_at = samples::day(10 + days));
            renewed(&current, &samples::terms(NONE))
        };
        assert_eq!(left(11), None);
        assert_eq!(left(10), None, "exactly ten days are enough");
        for few in [9, 0, -5] {
            let pointer = left(few).unwrap();
            let expected = Pointer { sequence: 2, ..there(|_| ()).pointer };
            assert_eq!(pointer, expected, "the same for thirty days more");
            let after = PointerFacts { pointer, proof: Proof::Unsigned };
            assert_eq!(renewed(&after, &samples::terms(NONE)), None, "twice changes nothing");
        }
    }
}

mod completeness {
    use super::*;

    /// The world after the steps up to publishing, and after the pointer moved.
    fn world(published: bool, pointed: bool, plan: &Plan) -> Facts {
        let mut facts = samples::facts();
        facts.releases.push(ours(9, !published, plan));
        if pointed {
            facts.pointers.insert("latest".to_owned(), written(plan));
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
    fn a_release_is_not_complete_as_long_as_a_draft_of_it_is_left() {
        let plan = samples::plan();
        let mut facts = world(true, true, &plan);
        let published = facts.releases.last().cloned().expect("a release");
        facts.releases.push(ReleaseFacts { id: published.id + 1, draft: true, ..published });
        assert!(is_unfinished(&facts, &plan), "two runs at a time made one each");
        facts.releases.iter_mut().filter(|release| release.draft).for_each(|draft| draft.plan = None);
        assert!(!is_unfinished(&facts, &plan), "a draft of somebody else is theirs");
    }

    #[test]
    fn a_pointer_at_a_newer_release_is_as_good() {
        let plan = samples::plan();
        let mut facts = world(true, true, &plan);
        facts.pointers.values_mut().for_each(|found| found.pointer.version = "1.4.0".parse().unwrap());
        assert!(!is_unfinished(&facts, &plan));
    }

    #[test]
    fn a_withdrawn_release_has_no_pointer_to_wait_for() {
        let plan = samples::plan();
        let mut facts = world(true, true, &plan);
        facts.pointers.values_mut().for_each(|found| found.pointer.version = "1.2.0".parse().unwrap());
        assert!(is_unfinished(&facts, &plan));
        let reason = "loses mail".to_owned();
        let since = samples::day(9);
        facts.withdrawn =
            vec![bundle_format::pointer::Yanked { version: plan.version.clone(), reason, since }];
        assert!(!is_unfinished(&facts, &plan));
        facts.releases.clear();
        assert!(is_unfinished(&facts, &plan), "what is not published is not withdrawn but begun");
    }

    #[test]
    fn where_pointers_are_copied_the_bucket_has_to_reach_the_release() {
        let mut plan = samples::plan();
        let mut facts = world(true, true, &plan);
        let copy = |version: &str| {
            let mut found = Box::new(written(&plan));
            found.pointer.version = version.parse().unwrap();
            let copy = CopyFacts::Pointer { found, digest: Sha256Hex::of(version.as_bytes()) };
            BucketFacts::Open([("latest".to_owned(), copy)].into())
        };
        let foreign = [("latest".to_owned(), CopyFacts::Foreign("no pointer".to_owned()))];
        let cases = [
            (copy("1.2.0"), true),
            (copy("1.3.0"), false),
            (copy("1.4.0"), false),
            (BucketFacts::Open(foreign.into()), true),
            (BucketFacts::Open(BTreeMap::new()), true),
            (BucketFacts::Closed, false),
            (BucketFacts::Unused, false),
        ];
        for (bucket, unfinished) in cases {
            facts.bucket = bucket;
            plan.copied_to = Some("https://s3.example/releases/latest/latest.json".to_owned());
            assert_eq!(is_unfinished(&facts, &plan), unfinished, "{:?}", facts.bucket);
            plan.copied_to = None;
            assert!(!is_unfinished(&facts, &plan), "its plan says nothing of a bucket");
        }
    }

    #[test]
    fn only_the_plans_own_channel_and_release_count() {
        let plan = samples::plan();
        let mut other_channel = world(true, false, &plan);
        other_channel.pointers = BTreeMap::from([("rc".to_owned(), written(&plan))]);
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
