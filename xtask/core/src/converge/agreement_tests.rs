//! What agrees, what does not, and where it goes then.

use super::*;
use crate::facts::Proof;
use crate::samples::{self, id};

fn yanked(version: &str) -> Yanked {
    let since = samples::day(9);
    Yanked { version: version.parse().unwrap(), reason: "loses mail".to_owned(), since }
}

fn page(id: u64, tag: &str) -> Page {
    let (tag, title) = (tag.parse().unwrap(), format!("widgets {tag}"));
    Page { id, tag, title, text: "Fixed\n".to_owned(), prerelease: false }
}

fn moving() -> ChannelConfig {
    ChannelConfig { moving_tags: true, ..ChannelConfig::stable("latest") }
}

fn goal() -> Goal {
    Goal { plan: samples::plan(), commit: id(77) }
}

/// Everything that names the goal, as it should be.
fn agreed() -> Names {
    let plan = samples::plan();
    let images = plan.own_images().map(|(image, digest)| (image.to_owned(), digest.clone())).collect();
    let pointer = Some(samples::pointer_facts(&plan, Proof::Unsigned));
    Names { pointer, tag: Some(id(77)), images }
}

fn messages(names: &Names, goal: Option<&Goal>, withdrawn: &[Yanked]) -> Vec<String> {
    let pointer = pointer_drift(&moving(), names, goal, &samples::terms(withdrawn));
    pointer.into_iter().chain(tag_drift(&moving(), names, goal)).map(|drift| drift.message).collect()
}

#[test]
fn what_agrees_is_no_drift() {
    assert_eq!(messages(&agreed(), Some(&goal()), &[]), [""; 0]);
    assert_eq!(messages(&Names::default(), None, &[]), [""; 0], "nothing was released yet");
}

#[test]
fn each_name_of_a_channel_is_held_to_the_goal() {
    let goal = goal();
    let with = |change: fn(&mut Names)| {
        let mut names = agreed();
        change(&mut names);
        messages(&names, Some(&goal), &[])
    };
    let missing = ["`latest/latest.json` is missing, and the newest good release is 1.3.0"];
    assert_eq!(with(|names| names.pointer = None), missing);
    let old = with(|names| {
        names.pointer.as_mut().unwrap().pointer.version = "1.2.0".parse().unwrap();
    });
    assert_eq!(old, ["`latest/latest.json` says 1.2.0, and the newest good release is 1.3.0"]);
    let changed = with(|names| names.pointer.as_mut().unwrap().pointer.bundles.clear());
    assert_eq!(changed, ["`latest/latest.json` does not say of 1.3.0 what its plan says"]);
    let expired = with(|names| names.pointer.as_mut().unwrap().pointer.expires_at = samples::day(10));
    assert!(expired[0].contains("expired at"), "{expired:?}");
    assert_eq!(with(|names| names.tag = None).len(), 1);
    let tag = with(|names| names.tag = Some(id(5)));
    assert_eq!(tag, ["the tag `latest` is at 000000000000, and v1.3.0 is at 000000000000"]);
    let image = with(|names| names.images.clear());
    assert_eq!(image, ["the image tag `ghcr.io/acme/widgets/api:latest` is not v1.3.0"]);
    let still = ChannelConfig::stable("latest");
    assert_eq!(tag_drift(&still, &Names::default(), Some(&goal)), [], "its tags do not move");
}

#[test]
fn a_pointer_falls_back_to_the_newest_good_release_with_a_higher_sequence() {
    let mut names = agreed();
    let current = &mut names.pointer.as_mut().unwrap().pointer;
    (current.version, current.sequence) = ("1.4.0".parse().unwrap(), 8);
    let withdrawn = [yanked("1.4.0")];
    let drift = pointer_drift(&moving(), &names, Some(&goal()), &samples::terms(&withdrawn)).unwrap();
    let Remedy::Pointer { pointer, .. } = drift.remedy else { panic!("{drift:?}") };
    assert_eq!((pointer.version.to_string(), pointer.sequence), ("1.3.0".to_owned(), 9));
    assert_eq!(pointer.yanked, withdrawn);
    // Without one it stays, and says that it was withdrawn.
    let drift = pointer_drift(&moving(), &names, None, &samples::terms(&withdrawn)).unwrap();
    let Remedy::Pointer { pointer, .. } = drift.remedy else { panic!("{drift:?}") };
    assert!(pointer.is_withdrawn() && pointer.sequence == 9);
}

#[test]
fn only_published_versions_of_its_kind_that_were_not_withdrawn_come_into_question() {
    let pages = [page(1, "v1.2.0"), page(2, "v1.10.0"), page(3, "v1.9.0"), page(4, "v1.11.0-rc.1")];
    let names = |channel: &ChannelConfig, withdrawn: &[Yanked]| -> Vec<String> {
        candidates(channel, &pages, withdrawn).iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(&moving(), &[]), ["v1.10.0", "v1.9.0", "v1.2.0"]);
    assert_eq!(names(&moving(), &[yanked("1.10.0")]), ["v1.9.0", "v1.2.0"]);
    let rc = ChannelConfig { prerelease: Some("rc".to_owned()), ..ChannelConfig::stable("rc") };
    assert_eq!(names(&rc, &[]), ["v1.11.0-rc.1"]);
}

#[test]
fn the_latest_release_is_the_highest_stable_one_that_was_not_withdrawn() {
    let pages = [page(1, "v1.2.0"), page(2, "v1.3.0"), page(3, "v1.4.0-rc.1")];
    let wanted = |latest, withdrawn: &[Yanked]| {
        latest_drift(latest, &pages, withdrawn).map(|drift| match drift.remedy {
            Remedy::Latest { id } => id,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(wanted(Some(2), &[]), None);
    assert_eq!(wanted(Some(1), &[]), Some(2));
    assert_eq!(wanted(None, &[]), Some(2));
    assert_eq!(wanted(Some(2), &[yanked("1.3.0")]), Some(1));
    assert_eq!(wanted(None, &[yanked("1.3.0"), yanked("1.2.0")]), None, "there is no good one");
    let held_back = Page { prerelease: true, ..page(2, "v1.3.0") };
    let pages = [page(1, "v1.2.0"), held_back];
    assert_eq!(latest_drift(Some(1), &pages, &[]), None, "the forge would refuse it");
    assert_eq!(super::held_back(&pages, &[]).map(ToString::to_string).as_deref(), Some("v1.3.0"));
    assert_eq!(super::held_back(&pages, &[yanked("1.3.0")]), None);
}

#[test]
fn the_page_of_a_withdrawn_release_says_so_once() {
    let pages = [page(1, "v1.2.0"), page(2, "v1.3.0")];
    let drift = page_drift(&pages, &[yanked("1.3.0")]);
    let [Drift { remedy: Remedy::Page { id: 2, title, text }, .. }] = drift.as_slice() else {
        panic!("{drift:?}")
    };
    assert_eq!(title, "widgets v1.3.0 (withdrawn)");
    assert!(text.contains("loses mail") && text.ends_with("Fixed\n"), "{text}");
    let said = Page { title: title.clone(), text: text.clone(), ..page(2, "v1.3.0") };
    assert_eq!(page_drift(&[said], &[yanked("1.3.0")]), []);
}
