//! Work that comes to main by way of another branch: what develop collected, what prepared a release, and what mended one.

use std::fs;

use release_rehearsal::SeedPullRequest;

use crate::converged::{converged, plan_of};
use crate::git::{commit, git};
use crate::platform::AILAB;
use crate::stage::{RELEASE, Setting, Stage, merged};

/// Git-flow with labels: exactly one of three on each pull request.
const LABELS: &str = "version:\n  first: 1.0.0\nlabels:\n  - { name: minor, bump: minor }\n  - { name: patch, bump: patch }\n  - { name: major, bump: major }\n  - { name: none, bump: none }\n";

fn labelled() -> Setting {
    Setting::of(&AILAB).configured("version:\n  first: 1.0.0\n  source: conventional-commits\n", LABELS)
}

/// A platform that was released once, with a branch develop.
fn released(setting: Setting) -> Stage {
    let stage = setting.set();
    stage.release().ends_with(0);
    git(&stage.bare(), &["branch", "develop", "main"]);
    stage
}

impl Stage {
    /// Merges a change on a branch into another one by a pull request with a merge commit, and returns its number.
    fn flow(&self, head: &str, base: &str, title: &str, labels: &[&str]) -> u64 {
        let (number, workshop) = (self.next(), self.path("workshop"));
        git(&workshop, &["fetch", "--quiet", "--tags", "origin"]);
        git(&workshop, &["switch", "--quiet", "--detach", &format!("origin/{base}")]);
        let file = workshop.join("services/backend").join(format!("{number}.txt"));
        fs::create_dir_all(workshop.join("services/backend")).expect("a folder");
        fs::write(file, title).expect("a file");
        commit(&workshop, title, number);
        let own = git(&workshop, &["rev-parse", "HEAD"]);
        git(&workshop, &["push", "--quiet", "origin", &format!("HEAD:refs/heads/{head}")]);
        self.bring(number, head, base, title, labels, vec![own])
    }

    /// Merges a branch as it is into another one, and returns the number of the pull request.
    fn carry(&self, head: &str, base: &str, title: &str, labels: &[&str]) -> u64 {
        let (number, workshop) = (self.next(), self.path("workshop"));
        git(&workshop, &["fetch", "--quiet", "--tags", "origin"]);
        let range = format!("origin/{base}..origin/{head}");
        let landed = git(&workshop, &["rev-list", &range]).lines().map(str::to_owned).collect();
        self.bring(number, head, base, title, labels, landed)
    }

    fn bring(
        &self,
        number: u64,
        head: &str,
        base: &str,
        title: &str,
        labels: &[&str],
        mut landed: Vec<String>,
    ) -> u64 {
        let workshop = self.path("workshop");
        git(&workshop, &["fetch", "--quiet", "origin"]);
        git(&workshop, &["switch", "--quiet", "--detach", &format!("origin/{base}")]);
        git(&workshop, &["merge", "--quiet", "--no-ff", "--no-commit", &format!("origin/{head}")]);
        commit(&workshop, &format!("Merge pull request #{number} from example/{head}"), number);
        git(&workshop, &["push", "--quiet", "origin", &format!("HEAD:{base}")]);
        landed.push(git(&workshop, &["rev-parse", "HEAD"]));
        let seed = merged(&workshop, number, title, labels);
        let (head, base) = (Some(head.to_owned()), Some(base.to_owned()));
        self.rehearsal
            .add_pull_request(SeedPullRequest { landed, head, base, ..seed })
            .expect("a pull request");
        number
    }
}

#[test]
fn row_1_11_labels_into_develop_decide_what_is_released_when_it_reaches_main() {
    let stage = released(labelled());
    let threads = stage.flow("feature/threads", "develop", "Keep threads", &["minor"]);
    let epochs = stage.flow("feature/epochs", "develop", "Count epochs from one", &["patch"]);
    let carrier = stage.carry("develop", "main", "Bring develop to main", &[]);
    let run = stage.release().ends_with(0);
    assert_eq!(run.json()["tag"], "v1.1.0");
    converged(&stage, &["v1.0.0", "v1.1.0"]);
    let changelog = stage.file("v1.1.0", "CHANGELOG.md");
    for number in [threads, epochs] {
        assert!(changelog.contains(&format!("#{number}")), "{changelog}");
    }
    assert!(!changelog.contains(&format!("#{carrier}")), "{changelog}");
    assert_eq!(plan_of(&stage, "v1.1.0")["reason"]["because"], serde_json::json!([format!("#{threads}")]));

    // What was released goes back to develop, and the next round holds nothing twice.
    stage.carry("main", "develop", "Bring the release back", &[]);
    let next = stage.flow("feature/search", "develop", "Search threads", &["patch"]);
    stage.carry("develop", "main", "Bring develop to main again", &[]);
    assert_eq!(stage.release().ends_with(0).json()["tag"], "v1.1.1");
    let entries = plan_of(&stage, "v1.1.1")["entries"].to_string();
    assert!(
        entries.contains(&format!("/pull/{next}")) && !entries.contains(&format!("/pull/{threads}")),
        "{entries}"
    );
}

#[test]
fn row_1_11_conventional_commits_through_develop_decide_as_well() {
    let stage = released(Setting::of(&AILAB));
    stage.flow("feature/threads", "develop", "feat(api): keep threads", &[]);
    stage.flow("upgrade/postgres-18", "develop", "chore: take the newer database", &[]);
    stage.carry("develop", "main", "Bring develop to main", &[]);
    assert_eq!(stage.release().ends_with(0).json()["tag"], "v1.1.0");
    converged(&stage, &["v1.0.0", "v1.1.0"]);
}

#[test]
fn what_mended_a_release_counts_by_its_own_pull_requests() {
    let stage = released(labelled());
    git(&stage.bare(), &["branch", "hotfix/login", "main"]);
    let mended = stage.flow("feature/login", "hotfix/login", "Mend the login", &["patch"]);
    stage.carry("hotfix/login", "main", "Bring the hotfix", &[]);
    assert_eq!(stage.release().ends_with(0).json()["tag"], "v1.0.1");
    assert_eq!(plan_of(&stage, "v1.0.1")["reason"]["because"], serde_json::json!([format!("#{mended}")]));
}

#[test]
fn a_pull_request_into_develop_without_a_label_stops_the_release_of_main() {
    let stage = released(labelled());
    let silent = stage.flow("feature/threads", "develop", "Keep threads", &[]);
    stage.carry("develop", "main", "Bring develop to main", &[]);
    let findings = stage.run(&stage.fresh_clone(), RELEASE).ends_with(1).findings();
    let [(cause, words)] = findings.as_slice() else { panic!("one finding: {findings:?}") };
    assert!(cause == "E-LABEL-MISSING" && words.contains(&format!("#{silent} ")), "{findings:?}");
}

#[test]
fn branches_have_the_names_that_were_agreed_on() {
    let stage = released(labelled());
    let clone = stage.fresh_clone();
    git(&clone, &["switch", "--quiet", "--create", "my-idea"]);
    let run = stage.run(&clone, &["check"]).ends_with(4);
    assert!(run.stderr.contains("E-BRANCH-NAME") && run.stderr.contains("`my-idea`"), "{}", run.stderr);
    git(&clone, &["branch", "--quiet", "--move", "feature/idea"]);
    stage.run(&clone, &["check"]).ends_with(0);

    stage.flow("my-idea", "develop", "Keep threads", &["minor"]);
    stage.carry("develop", "main", "Bring develop to main", &[]);
    let receipt = stage.release().ends_with(0).json();
    assert_eq!(receipt["tag"], "v1.1.0");
    assert!(receipt["findings"].to_string().contains("E-BRANCH-NAME"), "a note: {receipt}");

    let mut seed = crate::stage::open(90, "Keep more", &["minor"]);
    (seed.head, seed.base) = (Some("another".to_owned()), Some("develop".to_owned()));
    git(&stage.bare(), &["branch", "another", "develop"]);
    stage.rehearsal.add_pull_request(seed).expect("a pull request");
    let run = stage.run(&clone, &["check", "--pr", "90"]).ends_with(4);
    assert!(run.stderr.contains("E-BRANCH-NAME") && run.stderr.contains("#90"), "{}", run.stderr);
    let mut seed = crate::stage::open(91, "Bring develop to main", &[]);
    (seed.head, seed.base) = (Some("develop".to_owned()), Some("main".to_owned()));
    stage.rehearsal.add_pull_request(seed).expect("a pull request");
    stage.run(&clone, &["check", "--pr", "91"]).ends_with(0);
}
