//! Every kind of release, each as a world that stands right before it and the command that makes it. The worlds grow out of one another,
//! so that what they have in common is made once.

use std::thread;

use crate::channels::make_latest;
use crate::git::git;
use crate::modes::{merge, stamp};
use crate::nightly::ON_MERGE;
use crate::run::Run;
use crate::stabilising::CANDIDATE;
use crate::stage::{RELEASE, Setting, Stage};
use crate::yanking::YANK;

const PROMOTE: &[&str] = &["promote", "v1.1.0-beta.1", "--json"];
const REPAIR: &[&str] = &["channels", "--repair", "--json"];
const RENEW: &[&str] = &["channels", "renew", "--json"];

/// A kind of release.
pub(crate) struct Kind {
    /// What it is called in messages.
    pub(crate) name: &'static str,
    /// The world before it, of which each case takes a copy.
    pub(crate) before: Stage,
    /// The branch that its clone stands on.
    pub(crate) branch: &'static str,
    /// The arguments of the program.
    pub(crate) command: &'static [&'static str],
    /// Writes without which it would not be what it is called: names of operations.
    pub(crate) needs: &'static [&'static str],
    /// How many pushes it makes.
    pub(crate) pushes: usize,
}

impl Kind {
    /// Runs it to its end, from a fresh clone.
    #[track_caller]
    pub(crate) fn run(&self, stage: &Stage) -> Run {
        stage.run(&stage.clone_at(self.branch), self.command).ends_with(0)
    }
}

/// A platform whose channels all have tags that follow, with a nightly for each merge, of which two are kept.
fn unreleased() -> Stage {
    Setting::new()
        .configured("- { name: stable }", "- { name: stable, moving_tags: true }")
        .configured(
            "- { name: beta, prerelease: beta }",
            "- { name: beta, prerelease: beta, moving_tags: true }",
        )
        .configured(
            "- { name: dev, prerelease: dev }",
            "- { name: dev, prerelease: dev, moving_tags: true, on_merge: main, keep: 2 }",
        )
        .set()
}

/// Another world with something more in it.
fn after(before: &Stage, more: impl FnOnce(&Stage)) -> Stage {
    let stage = before.copy();
    more(&stage);
    stage.rehearsal.forget_requests();
    stage
}

/// The first release of a platform.
pub(crate) fn first() -> Kind {
    Kind {
        name: "release",
        before: unreleased(),
        branch: "main",
        command: RELEASE,
        needs: &["repos/create-release", "repos/upload-release-asset", "repos/update-release"],
        pushes: 3,
    }
}

/// All of them.
pub(crate) fn kinds() -> Vec<Kind> {
    let first = first();
    let one = after(&first.before, |stage| {
        stage.release().ends_with(0);
    });
    thread::scope(|scope| {
        let nightly = scope.spawn(|| nightly(&one));
        let reviewed = scope.spawn(|| by_pull_request(&one));
        let on_a_line = scope.spawn(|| on_a_line(&one));
        let mut all = vec![first];
        all.extend(after_two(&one));
        all.push(nightly.join().expect("a kind"));
        all.extend(reviewed.join().expect("kinds"));
        all.extend(on_a_line.join().expect("kinds"));
        all
    })
}

fn nightly(one: &Stage) -> Kind {
    let before = after(one, |stage| {
        for _ in 0..2 {
            stage.merge("Change a page", &["none"]);
            stage.run(&stage.fresh_clone(), ON_MERGE).ends_with(0);
        }
        stage.merge("Change it again", &["none"]);
    });
    Kind {
        name: "nightly",
        before,
        branch: "main",
        command: ON_MERGE,
        needs: &["repos/create-release", "registry/put-manifest", "repos/delete-release"],
        pushes: 4,
    }
}

fn by_pull_request(one: &Stage) -> [Kind; 2] {
    let before = after(one, |stage| {
        let config =
            stage.file("main", "config/release.yaml").replace("mode: push", "mode: release-pr") + "\n";
        stage.merge_file("Release by pull request", &["minor"], "config/release.yaml", &config);
    });
    let reviewed = after(&before, |stage| {
        stage.release().ends_with(0);
        merge(stage, stamp(stage).0, "squash");
    });
    [
        Kind { name: "stamp", before, branch: "main", command: RELEASE, needs: &["pulls/create"], pushes: 1 },
        Kind {
            name: "reviewed release",
            before: reviewed,
            branch: "main",
            command: RELEASE,
            needs: &["repos/create-release", "repos/update-release"],
            pushes: 3,
        },
    ]
}

fn on_a_line(one: &Stage) -> [Kind; 2] {
    let before = after(one, |stage| {
        stage.merge("Serve the third page", &["minor"]);
        stage.run(&stage.fresh_clone(), &["cut", "--json"]).ends_with(0);
    });
    let tested = after(&before, |stage| {
        stage.run(&stage.clone_at("release/1.1"), CANDIDATE).ends_with(0);
    });
    [
        Kind {
            name: "candidate",
            before,
            branch: "release/1.1",
            command: CANDIDATE,
            needs: &["repos/create-release", "registry/put-manifest"],
            pushes: 3,
        },
        Kind {
            name: "promotion",
            before: tested,
            branch: "main",
            command: PROMOTE,
            needs: &["repos/create-release", "registry/put-manifest"],
            pushes: 3,
        },
    ]
}

fn after_two(one: &Stage) -> [Kind; 4] {
    let two = after(one, |stage| {
        stage.merge("Serve the third page", &["minor"]);
        stage.release().ends_with(0);
    });
    let mended = after(&two, |stage| {
        stage.run(&stage.fresh_clone(), &["hotfix", "1.0", "--json"]).ends_with(0);
        stage.merge_into("release/1.0", "Close the first page", &["patch"]);
    });
    [
        Kind {
            name: "hotfix",
            before: mended,
            branch: "release/1.0",
            command: RELEASE,
            needs: &["repos/create-release", "repos/update-release"],
            pushes: 1,
        },
        Kind {
            name: "withdrawal",
            before: two,
            branch: "main",
            command: YANK,
            needs: &["repos/update-release", "registry/put-manifest"],
            pushes: 2,
        },
        Kind {
            name: "repair",
            before: drifted(one),
            branch: "main",
            command: REPAIR,
            needs: &["repos/update-release", "registry/put-manifest"],
            pushes: 2,
        },
        Kind {
            name: "renewal",
            before: expiring(one),
            branch: "main",
            command: RENEW,
            needs: &[],
            pushes: 1,
        },
    ]
}

/// A release that was published and that nothing follows, a tag that somebody moved, and an old release that somebody made the latest.
fn drifted(one: &Stage) -> Stage {
    after(one, |stage| {
        stage.merge("Serve the third page", &["minor"]);
        let first = stage.step("move-tag:stable");
        stage.release_killed(&format!("before:{first}")).was_killed();
        let releases = stage.rehearsal.snapshot().releases;
        let old = releases.iter().find(|release| release.tag_name == "v1.0.0").expect("the first");
        make_latest(stage, old.id);
        git(&stage.bare(), &["update-ref", "refs/tags/stable", "refs/heads/main~2"]);
    })
}

/// A pointer that is to be signed again.
fn expiring(one: &Stage) -> Stage {
    after(one, |stage| {
        let config = stage.file("main", "config/release.yaml");
        let config = format!("{config}\npointers: {{ valid_days: 300, renew_before_days: 200 }}\n");
        stage.merge_file("Renew earlier", &["none"], "config/release.yaml", &config);
    })
}
