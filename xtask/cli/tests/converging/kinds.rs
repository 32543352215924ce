//! Every kind of release there is, each with a scene in which it is due.

use crate::deed::Deed;
use crate::scene::Scene;
use crate::wire::Wire;

/// A kind of release and where it begins.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) scene: Scene,
    pub(crate) deed: Deed,
}

const MAIN: Deed = Deed::Release { branch: "main", channel: "latest" };
const CANDIDATE: Deed = Deed::Release { branch: "release/1.1", channel: "rc" };

/// All of them.
pub(crate) fn all() -> Vec<Kind> {
    let mut kinds = vec![
        Kind { name: "first", scene: Scene::set(&[]), deed: MAIN },
        release("tag-only", &[("mode: push", "mode: tag-only")]),
    ];
    kinds.extend(stamped_by_pull_request());
    kinds.push(nightly());
    kinds.extend(line());
    kinds.extend(channels());
    kinds
}

/// A second release, on top of one that is out.
fn release(name: &'static str, configured: &[(&str, &str)]) -> Kind {
    let scene = Scene::set(configured);
    done(&scene, &MAIN);
    scene.merge("main", "Serve another page", &["minor"]);
    Kind { name, scene, deed: MAIN }
}

/// The release that waits for its pull request, and the same once that was merged.
fn stamped_by_pull_request() -> [Kind; 2] {
    let scene = Scene::set(&[("mode: push", "mode: release-pr")]);
    let asked = Kind { name: "asked for", scene: scene.fork(), deed: MAIN };
    done(&scene, &MAIN);
    scene.merge_release_pull_request();
    [asked, Kind { name: "stamped by pull request", scene, deed: MAIN }]
}

/// The fourth nightly: the second one has to go.
fn nightly() -> Kind {
    let scene = Scene::set(&[]);
    let deed = Deed::OnMerge { branch: "main".to_owned() };
    done(&scene, &MAIN);
    for title in ["Serve a second page", "Serve a third page"] {
        scene.merge("main", title, &["patch"]);
        done(&scene, &deed);
    }
    scene.merge("main", "Serve a fourth page", &["minor"]);
    Kind { name: "nightly", scene, deed }
}

/// A candidate of a line, what it becomes, and a hotfix while main is ahead.
fn line() -> [Kind; 3] {
    let scene = Scene::set(&[]);
    done(&scene, &MAIN);
    scene.merge("main", "Serve a second page", &["minor"]);
    scene.cut("release/1.1");
    done(&scene, &CANDIDATE);
    scene.merge("release/1.1", "Mend the second page", &["patch"]);
    let candidate = Kind { name: "candidate", scene: scene.fork(), deed: CANDIDATE };
    done(&scene, &CANDIDATE);
    scene.merge("main", "Serve a third page", &["minor"]);
    let promoted = Deed::Promote { tag: "v1.1.0-rc.2".to_owned() };
    let promotion = Kind { name: "promotion", scene: scene.fork(), deed: promoted.clone() };
    done(&scene, &promoted);
    done(&scene, &MAIN);
    scene.merge("release/1.1", "Close a hole in the second page", &["patch"]);
    let deed = Deed::Release { branch: "release/1.1", channel: "latest" };
    [candidate, promotion, Kind { name: "hotfix", scene, deed }]
}

/// What is done to channels beside releases.
fn channels() -> [Kind; 3] {
    let scene = Scene::set(&[]);
    done(&scene, &MAIN);
    scene.merge("main", "Serve a second page", &["minor"]);
    done(&scene, &MAIN);
    let withdraw = Deed::Withdraw { tag: "v1.1.0".to_owned() };
    let old = scene.fork();
    old.let_pointers_age();
    let drifted = scene.fork();
    drifted.move_by_hand("refs/tags/latest", "refs/tags/v1.0.0");
    [
        Kind { name: "yank", scene, deed: withdraw },
        Kind { name: "renewal", scene: old, deed: Deed::Renew },
        Kind { name: "repair", scene: drifted, deed: Deed::Repair },
    ]
}

/// Does something that nothing disturbs.
pub(crate) fn done(scene: &Scene, deed: &Deed) {
    let wire = std::sync::Arc::new(Wire::new(scene.time.clone()));
    let ended = scene.perform(deed, &wire);
    assert!(ended.is_done(), "{deed:?}: {:?}", ended.stopped);
}
