//! `--wait-for-images`: a release that starts before its images are built.

use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use release_rehearsal::Access;

use crate::affected::unbuilt;
use crate::converged::converged;
use crate::platform::IMAGES;
use crate::run::Run;
use crate::stage::{Setting, Stage};

fn waiting(duration: &str) -> [&str; 4] {
    ["release", "--json", "--wait-for-images", duration]
}

/// Starts a release in a fresh clone and returns when it has looked for its images more than once.
fn begun(stage: &Stage, arguments: &[&str]) -> Child {
    stage.rehearsal.forget_requests();
    let child = stage.start(&stage.fresh_clone(), arguments);
    let begun = Instant::now();
    let looked = || {
        let requests = stage.rehearsal.requests();
        let own = |path: &str| path.contains("/server/manifests/sha-");
        requests.iter().filter(|request| request.method == "HEAD" && own(&request.path)).count()
    };
    while looked() < 1 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no second look");
        thread::sleep(Duration::from_millis(50));
    }
    child
}

fn ended(stage: &Stage, child: Child) -> Run {
    Run::of(stage.path("clone"), &child.wait_with_output().expect("it ends"))
}

#[test]
fn row_1_5_a_release_waits_for_its_images_and_goes_on_when_they_are_there() {
    let stage = unbuilt().set();
    let child = begun(&stage, &waiting("10m"));
    let requests = stage.rehearsal.requests();
    assert!(
        requests.iter().all(|request| request.access == Access::Read),
        "nothing is written: {requests:?}"
    );
    stage.build_images();
    let run = ended(&stage, child).ends_with(0);
    assert_eq!(run.json()["outcome"], "released");
    let line = format!("2 of 4 images are there; waiting for `{IMAGES}/server:sha-");
    assert!(run.stderr.contains(&line), "{}", run.stderr);
    assert!(run.stderr.contains("; next look in 2s, at most "), "{}", run.stderr);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn row_1_5_a_release_waits_as_long_as_the_configuration_says_and_the_option_says_otherwise() {
    const REGISTRY: &str = "registry: registry.example/aihummer";
    let setting =
        unbuilt().configured(REGISTRY, "registry: registry.example/aihummer\n  minutes_to_wait: 10");
    let stage = setting.set();
    let refused = stage.run(&stage.fresh_clone(), &waiting("0s")).ends_with(5);
    assert_eq!(refused.findings()[0].0, "E-IMAGE-MISSING");
    let child = begun(&stage, &["release", "--json"]);
    stage.build_images();
    ended(&stage, child).ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn row_1_5_past_the_deadline_a_release_stops_with_what_is_missing_and_can_be_run_again() {
    let stage = unbuilt().set();
    stage.push_image("worker", "built", &format!("sha-{}", stage.head()));
    let before = (stage.rehearsal.snapshot(), stage.references());
    let run = stage.run(&stage.fresh_clone(), &waiting("1s")).ends_with(75);
    let findings = run.findings();
    assert_eq!((findings.len(), findings[0].0.as_str()), (1, "E-IMAGES-PENDING"));
    let words = format!("1 of 4 images are not there after 1s: `{IMAGES}/server:sha-{}`", stage.head());
    assert!(findings[0].1.contains(&words) && findings[0].1.contains("run again"), "{findings:?}");
    assert_eq!(run.json()["outcome"], "stopped");
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "nothing was written");
    assert!(!run.clone.join("dist").exists(), "nothing was built");
    stage.push_image("server", "built", &format!("sha-{}", stage.head()));
    stage.run(&stage.fresh_clone(), &waiting("1s")).ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn row_1_5_a_world_that_moved_while_a_release_waited_is_read_anew() {
    let stage = unbuilt().set();
    let child = begun(&stage, &waiting("10m"));
    let waited_for = stage.head();
    stage.merge("Serve the third page", &["minor"]);
    for name in ["server", "worker"] {
        stage.push_image(name, "built", &format!("sha-{waited_for}"));
    }
    let run = ended(&stage, child).ends_with(75);
    assert_eq!(run.findings()[0].0, "E-OVERTAKEN", "{:?}", run.findings());
    stage.build_images();
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn whoever_has_to_do_something_first_is_told_at_once() {
    let stage = unbuilt().set();
    stage.release_unlabelled();
    let run = stage.run(&stage.fresh_clone(), &waiting("10m"));
    assert!(!run.stderr.contains("waiting for"), "{}", run.stderr);
    let causes: Vec<String> = run.ends_with(1).findings().into_iter().map(|(cause, _)| cause).collect();
    assert!(causes.contains(&"E-LABEL-MISSING".to_owned()), "{causes:?}");
}

#[test]
fn a_duration_that_is_none_is_refused() {
    let stage = Setting::new().set();
    for wrong in ["soon", "-5m", "6d"] {
        let option = format!("--wait-for-images={wrong}");
        stage.run(&stage.fresh_clone(), &["release", &option]).ends_with(2);
    }
}

impl Stage {
    /// A release, and a merge without a label since.
    fn release_unlabelled(&self) {
        self.build_images();
        self.release().ends_with(0);
        self.merge("Say nothing", &[]);
    }
}
