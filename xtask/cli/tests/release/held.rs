//! A release that is killed from outside while one of its writes is under way: the forge or the registry may or may not have done it,
//! and the program could tell nobody. The writes are those of a clean run, so that a new one is covered by itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Child;
use std::time::{Duration, Instant};

use release_rehearsal::{Access, Fault, FaultKind, Target};

use crate::converged::converged;
use crate::killed::for_each;
use crate::stage::{RELEASE, Setting, Stage};

/// Longer than the test takes.
pub(crate) const FOR_EVER: f64 = 600.0;

fn writes(stage: &Stage) -> Vec<String> {
    let requests = stage.rehearsal.requests().into_iter();
    requests.filter(|it| it.access == Access::Write).map(|it| it.operation).collect()
}

pub(crate) fn wait_until(what: &str, happened: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !happened() {
        assert!(Instant::now() < patience, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn row_1_10_a_release_killed_while_a_write_is_under_way_is_finished_by_the_next_run() {
    let clean = Setting::new().set();
    clean.release().ends_with(0);
    let writes = writes(&clean);
    for needed in [
        "repos/create-release",
        "repos/upload-release-asset",
        "repos/update-release",
        "registry/put-manifest",
    ] {
        assert!(writes.iter().any(|write| write == needed), "{needed} is not among {writes:?}");
    }
    let cases: Vec<(u32, FaultKind)> = (1..=writes.len())
        .map(|nth| u32::try_from(nth).expect("few writes"))
        .flat_map(|nth| [(nth, FaultKind::Hold(FOR_EVER)), (nth, FaultKind::HoldAfter(FOR_EVER))])
        .collect();
    for_each(&cases, |(nth, kind)| {
        let stage = Setting::new().set();
        stage.rehearsal.inject(Fault { target: Target::writes(), nth: *nth, times: 1, kind: kind.clone() });
        let mut running = stage.start(&stage.fresh_clone(), RELEASE);
        let struck = || stage.rehearsal.requests().iter().any(|request| request.fault.is_some());
        wait_until("the fault never struck", struck);
        running.kill().expect("a signal");
        assert_eq!(running.wait().expect("an end").code(), None, "{nth} {kind:?}");
        stage.rehearsal.clear_faults();
        let again = stage.release().ends_with(0).json();
        assert_eq!(
            (&again["outcome"], &again["version"]),
            (&"released".into(), &"1.0.0".into()),
            "{nth} {kind:?}"
        );
        converged(&stage, &["v1.0.0"]);
    });
}

/// A hook that holds a push until the test says how it ends, and lets every later one pass.
const HOOK: &str = "#!/bin/sh
if [ -e passing ]; then exit 0; fi
touch held passing
while :; do
    if [ -e accept ]; then exit 0; fi
    if [ -e refuse ]; then touch refused; exit 1; fi
    sleep 0.02
done
";

/// Starts a release and waits until its push is held.
pub(crate) fn held_at_its_push(stage: &Stage) -> Child {
    let bare = stage.bare();
    let hook = bare.join("hooks/pre-receive");
    fs::create_dir_all(bare.join("hooks")).expect("a folder");
    fs::write(&hook, HOOK).expect("a hook");
    fs::set_permissions(&hook, Permissions::from_mode(0o755)).expect("a mode");
    let running = stage.start(&stage.fresh_clone(), RELEASE);
    wait_until("the push never came", || bare.join("held").exists());
    running
}

#[test]
fn row_1_4_a_release_killed_during_its_push_is_finished_whether_or_not_the_push_arrives() {
    for_each(&["accept", "refuse"], |end| {
        let stage = Setting::new().set();
        let bare = stage.bare();
        let mut running = held_at_its_push(&stage);
        running.kill().expect("a signal");
        running.wait().expect("an end");
        fs::write(bare.join(end), "").expect("a file");
        match *end {
            "accept" => {
                wait_until("the push never arrived", || stage.references().contains("refs/tags/v1.0.0"))
            }
            _ => wait_until("the push was not refused", || bare.join("refused").exists()),
        }
        let again = stage.release().ends_with(0).json();
        assert_eq!((&again["outcome"], &again["version"]), (&"released".into(), &"1.0.0".into()), "{end}");
        converged(&stage, &["v1.0.0"]);
    });
}
