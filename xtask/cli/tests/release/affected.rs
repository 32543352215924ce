//! `affected`: what a merge reaches, the matrix that CI builds, and the tags of what it does not reach.

use std::fs;
use std::path::Path;

use release_rehearsal::{Fault, FaultKind, Target};
use serde_json::Value;

use crate::converged::converged;
use crate::git::{commit, git};
use crate::killed::for_each;
use crate::platform::IMAGES;
use crate::run::Run;
use crate::stage::{RELEASE, Setting, Stage, merged};

impl Stage {
    /// The newest commit of main.
    pub(crate) fn head(&self) -> String {
        git(&self.bare(), &["rev-parse", "main"])
    }

    /// Pushes an own image under a tag, as CI does: each with content of its own, by what it was built from.
    pub(crate) fn push_image(&self, name: &str, content: &str, tag: &str) {
        let media_type = "application/vnd.oci.image.index.v1+json";
        let base = format!("http://{}/v2/{IMAGES}/{name}/manifests", self.rehearsal.registry_address());
        // What the registry does not hold by this name, it makes up.
        let mut made = ureq::get(format!("{base}/{content}")).call().expect("an image");
        let bytes = made.body_mut().read_to_vec().expect("an index");
        ureq::put(format!("{base}/{tag}"))
            .header("content-type", media_type)
            .send(&bytes[..])
            .expect("taken");
    }

    /// What a tag of an own image leads to, if it was pushed.
    fn digest(&self, name: &str, tag: &str) -> Option<String> {
        self.rehearsal.snapshot().images.get(&format!("{IMAGES}/{name}:{tag}")).cloned()
    }

    /// Squash-merges a pull request that changes this one file and nothing else.
    fn merge_only(&self, labels: &[&str], path: &str, text: &str) {
        let (workshop, number) = (self.path("workshop"), self.next());
        git(&workshop, &["fetch", "--quiet", "--tags", "origin"]);
        git(&workshop, &["switch", "--quiet", "--detach", "origin/main"]);
        let file = workshop.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("a file");
        let title = format!("Change {path}");
        commit(&workshop, &format!("{title} (#{number})"), number);
        git(&workshop, &["push", "--quiet", "origin", "HEAD:main"]);
        self.rehearsal.add_pull_request(merged(&workshop, number, &title, labels)).expect("a pull request");
    }

    /// Builds both own images of the newest commit.
    pub(crate) fn build_images(&self) {
        let tag = format!("sha-{}", self.head());
        for name in ["server", "worker"] {
            self.push_image(name, &format!("built-{name}"), &tag);
        }
    }
}

/// A registry that has no image of a commit until somebody pushes it.
pub(crate) fn unbuilt() -> Setting {
    Setting::new().absent(&format!("{IMAGES}/*:sha-*"))
}

/// Runs `affected` in a fresh clone as a step of a workflow; what it printed, and its outputs.
fn affected(stage: &Stage, options: &[&str], code: i32) -> (Run, Vec<(String, String)>) {
    let file = stage.path(&format!("output-{}", stage.next()));
    let arguments = [&["affected", "--json"], options].concat();
    let run = stage.run_with(
        &stage.fresh_clone(),
        &arguments,
        &[("GITHUB_OUTPUT", file.to_str().expect("a path"))],
    );
    (run.ends_with(code), outputs(&file))
}

fn outputs(file: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let pairs = text.lines().map(|line| line.split_once('=').expect("an output"));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name")).collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn row_1_5_only_what_a_merge_reaches_is_built_and_the_rest_is_tagged_by_digest() {
    let stage = unbuilt().set();
    stage.build_images();
    stage.release().ends_with(0);
    stage.merge_only(&["patch"], "services/server/Dockerfile", "FROM scratch\nLABEL a=b\n");
    stage.rehearsal.forget_requests();
    let (run, _) = affected(&stage, &[], 0);
    assert!(stage.rehearsal.requests().is_empty(), "comparing asks nobody");
    let found = run.json();
    assert_eq!(found["since"]["name"], "v1.0.0");
    assert_eq!(names(&found["images"]), ["server"]);
    assert_eq!(found["images"][0]["reasons"][0]["path"], "services/server/Dockerfile");
    assert_eq!(found["untouched"][0]["state"], "untagged");
    assert_eq!((&found["bundle"], &found["deployable"]), (&serde_json::json!([]), &Value::from(true)));

    let tag = format!("sha-{}", stage.head());
    let (run, outputs) = affected(&stage, &["--retag"], 0);
    assert_eq!(run.json()["untouched"][0]["state"], "tagged");
    let matrix = serde_json::json!({ "include": [{
        "name": "server", "context": "services/server", "dockerfile": "services/server/Dockerfile",
        "registry": "registry.example", "reference": format!("{IMAGES}/server:{tag}"),
    }] });
    assert_eq!(
        outputs,
        [pair("matrix", &matrix.to_string()), pair("any", "true"), pair("deployable", "true")]
    );
    assert_eq!(stage.digest("worker", &tag), stage.digest("worker", "v1.0.0"));
    assert_eq!(stage.digest("server", &tag), None, "nobody built it yet");
    let blobs = stage.rehearsal.requests().into_iter().filter(|one| one.operation == "registry/get-blob");
    assert_eq!(blobs.count(), 0, "nothing is pulled");

    let early = stage.run(&stage.fresh_clone(), RELEASE).ends_with(5);
    assert!(early.findings()[0].1.contains("`server`"), "{:?}", early.findings());
    stage.push_image("server", "built-anew", &tag);
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0", "v1.0.1"]);
    assert_eq!(stage.digest("worker", "v1.0.1"), stage.digest("worker", "v1.0.0"));
    assert_ne!(stage.digest("server", "v1.0.1"), stage.digest("server", "v1.0.0"));
}

#[test]
fn row_1_5_after_a_release_nothing_is_affected_and_the_matrix_can_be_told_empty() {
    let stage = unbuilt().set();
    let (run, outputs) = affected(&stage, &["--retag"], 0);
    assert_eq!(
        (names(&run.json()["images"]), &run.json()["since"]),
        (vec!["server", "worker"], &Value::Null)
    );
    assert_eq!(outputs[1], pair("any", "true"));
    stage.build_images();
    stage.release().ends_with(0);
    let empty = [pair("matrix", r#"{"include":[]}"#), pair("any", "false"), pair("deployable", "false")];
    let (run, outputs) = affected(&stage, &["--retag"], 0);
    assert_eq!(outputs, empty, "the stamp of the release is no change");
    let states: Vec<Value> = (0..2).map(|at| run.json()["untouched"][at]["state"].clone()).collect();
    assert_eq!(states, ["already-tagged", "already-tagged"]);

    stage.merge_only(&["none"], "docs/index.md", "# More\n");
    let (_, outputs) = affected(&stage, &["--retag"], 0);
    assert_eq!(outputs, empty, "what nobody deploys reaches nothing");
    let tag = format!("sha-{}", stage.head());
    for name in ["server", "worker"] {
        assert_eq!(stage.digest(name, &tag), stage.digest(name, "v1.0.0"), "{name}");
    }
}

#[test]
fn row_1_5_an_image_without_an_earlier_one_is_built_and_a_tag_that_leads_elsewhere_is_for_a_person() {
    let stage = unbuilt().set();
    stage.build_images();
    stage.release().ends_with(0);
    stage.merge_only(&["patch"], "docs/a.md", "# More\n");
    stage.merge_only(&["patch"], "docs/b.md", "# More\n");
    let (run, outputs) = affected(&stage, &["--since", "HEAD~1", "--retag"], 0);
    let images = run.json()["images"].clone();
    assert_eq!(names(&images), ["server", "worker"]);
    assert_eq!(images[0]["reasons"][0]["kind"], "no-image");
    assert_eq!((&outputs[1], &outputs[2]), (&pair("any", "true"), &pair("deployable", "false")));

    stage.push_image("worker", "of-somebody", &format!("sha-{}", stage.head()));
    let before = stage.rehearsal.snapshot();
    let (run, outputs) = affected(&stage, &["--retag"], 3);
    let findings = run.findings();
    assert_eq!((findings.len(), findings[0].0.as_str()), (1, "E-IMAGE-TAG-ELSEWHERE"));
    assert!(findings[0].1.contains(&format!("{IMAGES}/worker:sha-")), "{findings:?}");
    assert!(outputs.is_empty(), "no job builds by half a result");
    assert_eq!(stage.rehearsal.snapshot(), before, "nothing was tagged");
}

#[test]
fn row_1_10_whatever_breaks_while_images_are_tagged_a_second_run_gives_every_tag_once() {
    let kinds = [
        FaultKind::ResetBefore,
        FaultKind::ResetAfter,
        FaultKind::Status(403),
        FaultKind::Status(500),
        FaultKind::StatusAfter(500),
        FaultKind::WrongContent,
        FaultKind::TruncatedJson,
    ];
    for_each(&kinds, |kind| {
        for operation in ["registry/put-manifest", "registry/get-manifest"] {
            let stage = unbuilt().set();
            stage.build_images();
            stage.release().ends_with(0);
            stage.merge_only(&["patch"], "docs/a.md", "# More\n");
            stage.rehearsal.inject(Fault::first(Target::operation(operation), kind.clone()));
            let first = stage.run(&stage.fresh_clone(), &["affected", "--retag", "--json"]);
            if first.code != Some(0) {
                assert!(
                    first.findings().iter().all(|(cause, _)| cause == "E-REGISTRY"),
                    "{kind:?}: {first:?}"
                );
            }
            let hit = stage.rehearsal.requests().iter().any(|request| request.fault.is_some());
            assert!(hit, "{kind:?}: nothing broke at {operation}");
            stage.rehearsal.clear_faults();
            let (_, outputs) = affected(&stage, &["--retag"], 0);
            assert_eq!(outputs[1], pair("any", "false"), "{kind:?} {operation}");
            let tag = format!("sha-{}", stage.head());
            for name in ["server", "worker"] {
                assert_eq!(
                    stage.digest(name, &tag),
                    stage.digest(name, "v1.0.0"),
                    "{kind:?} {operation}: {name}"
                );
            }
        }
    });
}

#[test]
fn row_1_5_people_read_which_images_are_reached_and_why() {
    let stage = unbuilt().set();
    stage.build_images();
    stage.release().ends_with(0);
    stage.merge_only(&["patch"], "services/worker/Dockerfile", "FROM scratch\nLABEL a=b\n");
    let run = stage.run(&stage.fresh_clone(), &["affected", "--retag"]).ends_with(0);
    let expected = "build      worker  `services/worker/Dockerfile` changed\n\
                    untouched  server  nothing of it changed; tagged now\n\
                    bundle     unchanged\n";
    assert_eq!(run.stdout, expected);
    assert!(run.stderr.contains("compared with v1.0.0 ("), "{}", run.stderr);
    assert!(run.stderr.contains(" (1 of 1)\n"), "{}", run.stderr);
    let run = stage.run(&stage.fresh_clone(), &["affected", "--since", "nothing"]).ends_with(5);
    assert!(run.stderr.contains("`nothing` names no commit of this clone"), "{}", run.stderr);
}
