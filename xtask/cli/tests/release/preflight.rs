//! What is wrong is found before anything happens, all at once, with a cause, an exit code, and what to do.

use std::fs;
use std::path::{Path, PathBuf};

use release_rehearsal::Access;

use crate::converged::converged;
use crate::git::git;
use crate::platform::IMAGES;
use crate::run::Run;
use crate::stage::{READER, RELEASE, Setting, Stage, WORKFLOW};

/// Requires that releasing from a clone stops with this code and cause and writes nothing; returns the finding's words.
#[track_caller]
fn refused(stage: &Stage, clone: &Path, variables: &[(&str, &str)], code: i32, cause: &str) -> String {
    let before = (stage.rehearsal.snapshot(), stage.references());
    stage.rehearsal.forget_requests();
    let run = stage.run_with(clone, RELEASE, variables).ends_with(code);
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "{cause}");
    let requests = stage.rehearsal.requests();
    assert!(requests.iter().all(|request| request.access == Access::Read), "{cause}: {requests:?}");
    assert!(!clone.join("dist").exists(), "{cause}: nothing was built");
    assert_eq!(run.json()["outcome"], "stopped");
    words(&run, cause)
}

#[track_caller]
fn words(run: &Run, cause: &str) -> String {
    let findings = run.findings();
    let found = findings.iter().find(|(found, _)| found == cause);
    found.unwrap_or_else(|| panic!("no {cause} among {findings:?}")).1.clone()
}

/// A change to a fresh clone that makes it unfit, with exit code, cause, and words of the message.
struct Case {
    name: &'static str,
    spoil: fn(&Stage) -> PathBuf,
    code: i32,
    cause: &'static str,
    says: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "a changed file",
        spoil: |stage| {
            let clone = stage.fresh_clone();
            fs::write(clone.join("VERSION"), "9.9.9\n").expect("a file");
            clone
        },
        code: 4,
        cause: "E-TREE-DIRTY",
        says: &["VERSION", "git stash"],
    },
    Case {
        name: "a new file",
        spoil: |stage| {
            let clone = stage.fresh_clone();
            fs::write(clone.join("notes.txt"), "").expect("a file");
            clone
        },
        code: 4,
        cause: "E-TREE-DIRTY",
        says: &["notes.txt"],
    },
    Case {
        name: "another branch",
        spoil: |stage| {
            let clone = stage.fresh_clone();
            git(&clone, &["switch", "--quiet", "--create", "feature"]);
            clone
        },
        code: 4,
        cause: "E-BRANCH-WRONG",
        says: &["feature", "git switch main"],
    },
    Case {
        name: "behind its remote",
        spoil: |stage| {
            let clone = stage.fresh_clone();
            stage.merge("Serve the third page", &["minor"]);
            clone
        },
        code: 75,
        cause: "E-OVERTAKEN",
        says: &["behind", "git pull", "run again"],
    },
    Case {
        name: "ahead of its remote",
        spoil: |stage| {
            let clone = stage.fresh_clone();
            git(&clone, &["commit", "--quiet", "--allow-empty", "--message", "Not pushed"]);
            clone
        },
        code: 4,
        cause: "E-BRANCH-DIFFERS",
        says: &["git push"],
    },
    Case {
        name: "diverged",
        spoil: |stage| {
            let clone = stage.fresh_clone();
            git(&clone, &["commit", "--quiet", "--allow-empty", "--message", "Not pushed"]);
            stage.merge("Serve the third page", &["minor"]);
            git(&clone, &["fetch", "--quiet"]);
            clone
        },
        code: 4,
        cause: "E-BRANCH-DIFFERS",
        says: &["parted", "1 commit here"],
    },
    Case {
        name: "a tag that means something else on the remote",
        spoil: |stage| {
            let clone = stage.fresh_clone();
            git(&clone, &["tag", "v0.9.0", "HEAD"]);
            git(&stage.bare(), &["tag", "v0.9.0", "main~1"]);
            clone
        },
        code: 3,
        cause: "E-TAG-ELSEWHERE",
        says: &["v0.9.0", "on the remote"],
    },
    Case {
        name: "a tag that only the remote has",
        spoil: |stage| {
            let clone = stage.fresh_clone();
            git(&stage.bare(), &["tag", "v0.9.0", "main~1"]);
            clone
        },
        code: 3,
        cause: "E-TAG-ELSEWHERE",
        says: &["v0.9.0", "git fetch --tags"],
    },
    Case {
        name: "a tag that only the clone has",
        spoil: |stage| {
            let clone = stage.fresh_clone();
            git(&clone, &["tag", "v0.9.0", "HEAD~1"]);
            clone
        },
        code: 3,
        cause: "E-TAG-ELSEWHERE",
        says: &["v0.9.0", "git tag -d v0.9.0"],
    },
    Case {
        name: "nobody to commit",
        spoil: Stage::clone_of_nobody,
        code: 4,
        cause: "E-IDENTITY-MISSING",
        says: &["user.name", "user.email"],
    },
];

#[test]
fn what_a_clone_lacks_is_found_before_anything_happens() {
    crate::killed::for_each(CASES, |case| {
        let stage = Setting::new().set();
        let clone = (case.spoil)(&stage);
        let words = refused(&stage, &clone, &[], case.code, case.cause);
        for said in case.says {
            assert!(words.contains(said), "{}: `{said}` is not in {words}", case.name);
        }
    });
}

#[test]
fn a_shallow_clone_is_refused_with_its_remedy() {
    let stage = Setting::new().set();
    let url = format!("file://{}", stage.bare().display());
    git(&stage.path(""), &["clone", "--quiet", "--depth=1", &url, "shallow"]);
    let run = stage.run(&stage.path("shallow"), &["release"]).ends_with(4);
    assert!(run.stderr.contains("error[E-REPOSITORY-SHALLOW]"), "{}", run.stderr);
    assert!(run.stderr.contains("git fetch --unshallow --tags") && run.stderr.contains("fetch-depth: 0"));
    assert!(stage.rehearsal.requests().is_empty());
}

/// A stage with one release, after which these pull requests were merged.
fn released_then(pulls: &[(&str, &[&str])]) -> Stage {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    for (title, labels) in pulls {
        stage.merge(title, labels);
    }
    stage
}

#[test]
fn row_1_1_a_merged_pull_request_without_a_label_stops_the_release_and_is_named() {
    let stage = released_then(&[
        ("Serve a page", &["minor"]),
        ("Forgot the label", &[]),
        ("Cannot decide", &["major", "patch"]),
        ("Means something", &["patch", "urgent"]),
    ]);
    let clone = stage.fresh_clone();
    for (cause, title, says) in [
        ("E-LABEL-MISSING", "Forgot the label", "has no version label"),
        ("E-LABEL-CONFLICT", "Cannot decide", "`major`, `patch`"),
        ("E-LABEL-UNKNOWN", "Means something", "unknown label `urgent`"),
    ] {
        let pulls = stage.rehearsal.snapshot().pull_requests;
        let number = pulls.iter().find(|pull| pull.title == title).expect("a pull request").number;
        let words = refused(&stage, &clone, &[], 1, cause);
        let link = format!("/example/aihummer/pull/{number}");
        for said in [&format!("#{number}"), title, "by rosa", says, &link] {
            assert!(words.contains(said), "`{said}` is not in {words}");
        }
    }
    let check = stage.run(&clone, &["plan"]).ends_with(1);
    assert_eq!(check.stderr.matches("error[E-LABEL-").count(), 3, "all at once: {}", check.stderr);
}

#[test]
fn row_1_1_a_commit_without_a_pull_request_stops_the_release_and_is_named() {
    let stage = released_then(&[("Serve a page", &["minor"])]);
    stage.push_directly("Sneaked in");
    let words = refused(&stage, &stage.fresh_clone(), &[], 1, "E-COMMIT-WITHOUT-PR");
    assert!(words.contains("Sneaked in"), "{words}");
}

#[test]
fn row_1_5_an_image_that_does_not_exist_yet_stops_the_release() {
    for pattern in [format!("{IMAGES}/server:sha-*"), "docker.io/example/model:*".to_owned()] {
        let stage = Setting::new().absent(&pattern).set();
        let words = refused(&stage, &stage.fresh_clone(), &[], 5, "E-IMAGE-MISSING");
        let name = pattern.split(':').next().expect("a name");
        assert!(words.contains(name), "{words}");
    }
}

#[test]
fn row_1_5_an_image_tag_that_somebody_else_used_stops_the_release_before_it_begins() {
    let stage = Setting::new().present(&format!("{IMAGES}/server:v1.0.0")).set();
    let words = refused(&stage, &stage.fresh_clone(), &[], 3, "E-IMAGE-TAG-ELSEWHERE");
    for said in ["`server`", "v1.0.0", "sha256:", "version.skip"] {
        assert!(words.contains(said), "`{said}` is not in {words}");
    }

    // What the finding advises is a way on.
    let setting = Setting::new().present(&format!("{IMAGES}/server:v1.0.0"));
    let stage = setting.configured("first: 1.0.0", "first: 1.0.0\n  skip: [1.0.0]").set();
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.1"]);
}

#[test]
fn row_1_5_every_own_image_has_the_tag_before_the_release_is_published() {
    let publish = Setting::new().set().step("publish");
    let stage = Setting::new().set();
    stage.release_killed(&format!("before:{publish}")).was_killed();
    let snapshot = stage.rehearsal.snapshot();
    assert!(snapshot.releases.iter().all(|release| release.draft), "nothing is public yet");
    let digest = |name: &str, tag: &str| snapshot.images.get(&format!("{IMAGES}/{name}:{tag}")).cloned();
    let (server, worker) = (digest("server", "v1.0.0"), digest("worker", "v1.0.0"));
    assert!(server.is_some() && worker.is_some() && server != worker, "{:?}", snapshot.images);
    let requests = stage.rehearsal.requests();
    let moved = |operation: &str| requests.iter().any(|request| request.operation == operation);
    assert!(moved("registry/put-manifest") && !moved("registry/get-blob"), "by digest, without its content");
}

#[test]
fn a_release_needs_a_token_that_may_push() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let none = refused(&stage, &clone, &[("GITHUB_TOKEN", "")], 4, "E-TOKEN-MISSING");
    assert!(none.contains("GITHUB_TOKEN"), "{none}");
    let reader = refused(&stage, &clone, &[("GITHUB_TOKEN", READER)], 4, "E-TOKEN-RIGHTS");
    assert!(reader.contains("example/aihummer") && reader.contains("contents: write"), "{reader}");
    refused(&stage, &clone, &[("GITHUB_TOKEN", "unknown-token")], 4, "E-TOKEN-RIGHTS");
    // What a workflow run may do the forge does not say beforehand.
    stage.run_with(&clone, RELEASE, &[("GITHUB_TOKEN", WORKFLOW)]).ends_with(0);
}

#[test]
fn an_unfinished_release_is_not_finished_without_the_right_to_push() {
    let stage = Setting::new().set();
    let draft = stage.step("draft");
    stage.release_killed(&format!("after:{draft}")).was_killed();
    refused(&stage, &stage.fresh_clone(), &[("GITHUB_TOKEN", READER)], 4, "E-TOKEN-RIGHTS");
}
