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

/// A stable release of main.
pub(crate) fn main() -> Deed {
    Deed::release("main", "latest")
}

fn candidate() -> Deed {
    Deed::release("release/1.1", "rc")
}

/// All of them.
pub(crate) fn all() -> Vec<Kind> {
    let mut kinds = vec![
        Kind { name: "first", scene: Scene::set(&[]), deed: main() },
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
    done(&scene, &main());
    scene.merge("main", "Serve another page", &["minor"]);
    Kind { name, scene, deed: main() }
}

/// The release that waits for its pull request, and the same once that was merged.
fn stamped_by_pull_request() -> [Kind; 2] {
    let scene = Scene::set(&[("mode: push", "mode: release-pr")]);
    let asked = Kind { name: "asked for", scene: scene.fork(), deed: main() };
    done(&scene, &main());
    scene.merge_release_pull_request();
    [asked, Kind { name: "stamped by pull request", scene, deed: main() }]
}

/// The fourth nightly: the second one has to go.
fn nightly() -> Kind {
    let scene = Scene::set(&[]);
    let deed = Deed::on_merge("main");
    done(&scene, &main());
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
    done(&scene, &main());
    scene.merge("main", "Serve a second page", &["minor"]);
    scene.cut("release/1.1");
    done(&scene, &candidate());
    scene.merge("release/1.1", "Mend the second page", &["patch"]);
    let before = Kind { name: "candidate", scene: scene.fork(), deed: candidate() };
    done(&scene, &candidate());
    scene.merge("main", "Serve a third page", &["minor"]);
    let promoted = Deed::promote("v1.1.0-rc.2");
    let promotion = Kind { name: "promotion", scene: scene.fork(), deed: promoted.clone() };
    done(&scene, &promoted);
    done(&scene, &main());
    scene.merge("release/1.1", "Close a hole in the second page", &["patch"]);
    let deed = Deed::release("release/1.1", "latest");
    [before, promotion, Kind { name: "hotfix", scene, deed }]
}

/// What is done to channels beside releases.
fn channels() -> [Kind; 3] {
    let scene = Scene::set(&[]);
    done(&scene, &main());
    scene.merge("main", "Serve a second page", &["minor"]);
    done(&scene, &main());
    let withdraw = Deed::withdraw("v1.1.0");
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

/// Does something that nothing disturbs, and returns what it released.
pub(crate) fn done(scene: &Scene, deed: &Deed) -> Vec<String> {
    let wire = std::sync::Arc::new(Wire::new(scene.time.clone()));
    let ended = scene.perform(deed, &wire);
    assert!(ended.is_done(), "{deed:?}: {:?}", ended.stopped);
    ended.released
}
