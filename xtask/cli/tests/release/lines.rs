//! Where a commit stands among the releases: before one, after none of them, or with nothing new since the last.

use std::fs;

use serde_json::Value;

use crate::converged::converged;
use crate::git::{commit, git};
use crate::landing::{Pull, Way};
use crate::platform::AILAB;
use crate::stage::{RELEASE, Setting};

#[test]
fn row_1_10_a_run_at_an_older_commit_than_the_last_release_changes_nothing_and_says_so() {
    for mode in ["push", "tag-only"] {
        let stage = Setting::new().mode(mode).set();
        let slow = stage.fresh_clone();
        stage.merge("Serve the third page", &["minor"]);
        stage.release().ends_with(0);
        converged(&stage, &["v1.0.0"]);
        // As in CI, where the run of an earlier merge comes last.
        git(&slow, &["fetch", "--quiet", "--tags"]);
        git(&slow, &["switch", "--quiet", "--detach"]);
        let before = (stage.rehearsal.snapshot(), stage.references());
        let receipt = stage.run(&slow, RELEASE).ends_with(0).json();
        assert_eq!(
            (&receipt["outcome"], &receipt["tag"]),
            (&"already-released".into(), &"v1.0.0".into()),
            "{mode}"
        );
        let said = stage.run(&slow, &["release"]).ends_with(0);
        assert!(said.stdout.contains("v1.0.0 was released before"), "{mode}: {}", said.stdout);
        assert_eq!(stage.run(&slow, &["plan", "--json"]).ends_with(0).json(), Value::Null, "{mode}");
        assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "{mode}");
    }
}

#[test]
fn row_1_4_a_history_without_any_of_the_releases_is_refused() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let workshop = stage.path("workshop");
    git(&workshop, &["fetch", "--quiet", "--tags", "origin"]);
    git(&workshop, &["switch", "--quiet", "--orphan", "rewritten"]);
    git(&workshop, &["checkout", "--quiet", "origin/main", "--", "."]);
    fs::remove_file(workshop.join(".release/plan.json")).expect("a file");
    commit(&workshop, "Begin again", 60);
    git(&workshop, &["push", "--quiet", "--force", "origin", "HEAD:main"]);
    let before = (stage.rehearsal.snapshot(), stage.references());
    for command in [RELEASE, &["plan", "--json"]] {
        let run = stage.run(&stage.fresh_clone(), command).ends_with(4);
        let findings = run.findings();
        let found = findings.iter().find(|(cause, _)| cause == "E-LINE-UNKNOWN");
        let (_, words) = found.unwrap_or_else(|| panic!("{findings:?}"));
        assert!(words.contains("v1.0.0") && words.contains("rewritten"), "{words}");
    }
    assert_eq!((stage.rehearsal.snapshot(), stage.references()), before);
}

#[test]
fn row_1_10_a_rehearsal_with_nothing_new_makes_a_change_up_and_says_so() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let clone = stage.fresh_clone();
    let before = (stage.rehearsal.snapshot(), stage.references(), git(&clone, &["rev-parse", "HEAD"]));
    let nothing: &[(&str, &str)] = &[
        ("GITHUB_TOKEN", ""),
        ("GITHUB_API_URL", ""),
        ("GITHUB_GRAPHQL_URL", ""),
        ("GITHUB_SERVER_URL", ""),
        ("SLIPWAY_REHEARSAL_REGISTRY", ""),
    ];
    stage.rehearsal.forget_requests();
    let run = stage.run_with(&clone, &["release", "--rehearse", "--json"], nothing).ends_with(0);
    let receipt = run.json();
    assert_eq!(
        (&receipt["outcome"], &receipt["tag"], &receipt["rehearsed"]),
        (&"released".into(), &"v1.0.1".into(), &true.into())
    );
    assert!(run.stderr.contains("nothing came in since the last release"), "{}", run.stderr);
    assert!(stage.rehearsal.requests().is_empty(), "no other server was asked");
    let after = (stage.rehearsal.snapshot(), stage.references(), git(&clone, &["rev-parse", "HEAD"]));
    assert_eq!(after, before, "nothing outside its folder changed");

    stage.merge("Mend the third page", &["patch"]);
    let run = stage.run_with(&stage.fresh_clone(), &["release", "--rehearse", "--json"], nothing);
    assert!(!run.ends_with(0).stderr.contains("nothing came in"), "with something new nothing is made up");
}

#[test]
fn row_1_11_releases_are_cut_from_the_declared_branch_only() {
    let stage = Setting::of(&AILAB).set();
    for branch in ["develop", "feature/threads", "release/next", "hotfix/login", "upgrade/postgres-18"] {
        git(&stage.bare(), &["branch", branch, "main"]);
        let clone = stage.fresh_clone();
        git(&clone, &["switch", "--quiet", branch]);
        let run = stage.run(&clone, RELEASE).ends_with(4);
        let findings = run.findings();
        let found = findings.iter().find(|(cause, _)| cause == "E-BRANCH-WRONG");
        let (_, words) = found.unwrap_or_else(|| panic!("{findings:?}"));
        assert!(words.contains(&format!("`{branch}`")) && words.contains("git switch main"), "{words}");
    }
    assert!(stage.rehearsal.snapshot().releases.is_empty());
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn row_1_11_what_develop_collected_is_released_when_it_reaches_main() {
    let stage = Setting::of(&AILAB).set();
    stage.release().ends_with(0);
    let add_migration = |clone: &std::path::Path| {
        let text = "\"\"\"Threads.\"\"\"\n\nrevision = \"0002\"\ndown_revision = \"0001\"\n";
        fs::write(clone.join("migrations/versions/0002_threads.py"), text).expect("a file");
    };
    stage.land(&Pull {
        title: "chore: bring develop to main",
        way: Way::Merge(&["feat(api): keep threads", "fix: count epochs from one", "docs: explain threads"]),
        edit: add_migration,
        ..Pull::default()
    });
    let run = stage.release().ends_with(0);
    assert_eq!(run.json()["tag"], "v1.1.0");
    converged(&stage, &["v1.0.0", "v1.1.0"]);
    let archive = run.clone.join("dist/v1.1.0/ailab-v1.1.0.tar.gz").display().to_string();
    let listed = std::process::Command::new("tar").args(["-tzf", &archive]).output().expect("tar runs");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    for migration in ["0001_users.py", "0002_threads.py"] {
        assert!(listed.contains(&format!("configs/migrations/versions/{migration}\n")), "{listed}");
    }
}
